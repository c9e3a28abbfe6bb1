//! The handle that a face holds.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::shared::{Shared, Waker};
use super::{Command, State};
use crate::model::Clock;
use crate::telemetry::Snapshot;

/// A running session, seen from a face. Cheap to clone; nothing here waits.
#[derive(Debug, Clone)]
pub struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) clock: Clock,
    pub(super) ended: CancellationToken,
}

impl Session {
    /// Sends a command. A full queue gives it back and is counted in [`State::n_dropped`].
    pub fn try_send(&self, command: Command) -> Result<(), Box<Command>> {
        self.commands.try_send(command).map_err(|error| {
            self.shared.count_refused();
            Box::new(error.into_inner())
        })
    }

    /// The newest state.
    pub fn state(&self) -> Arc<State> {
        self.shared.state()
    }

    /// The newest snapshot of what was measured.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.snapshot()
    }

    /// Calls `waker` once whenever something new is published after [`Session::take_dirty`].
    pub fn set_waker(&self, waker: impl Fn() + Send + Sync + 'static) {
        let waker: Waker = Box::new(waker);
        self.shared.set_waker(waker);
    }

    /// Whether something was published since the last time; call it before reading.
    pub fn take_dirty(&self) -> bool {
        self.shared.take_dirty()
    }

    /// Commands that found a full queue, since the start.
    pub fn n_refused(&self) -> u64 {
        self.shared.n_refused()
    }

    /// The clock that stamps every span of this process.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Whether the session has ended: everything saved, every port free.
    pub fn is_ended(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// Waits until the session has ended.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}
