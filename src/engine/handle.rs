//! What the one who started a call holds.

use tokio_util::sync::{CancellationToken, DropGuard};

use crate::model::CallId;

/// A running call. Dropping it cancels the call, and the cancel reaches the peer.
#[derive(Debug)]
pub struct CallHandle {
    id: CallId,
    cancel: CancellationToken,
    _guard: DropGuard,
}

impl CallHandle {
    pub(super) fn new(id: CallId, cancel: CancellationToken) -> Self {
        Self { id, _guard: cancel.clone().drop_guard(), cancel }
    }

    /// Which call.
    pub fn id(&self) -> CallId {
        self.id
    }

    /// Asks the call to end; it does so with `Outcome::Cancelled`.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }
}
