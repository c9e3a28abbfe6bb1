//! What the calls of this session put on the wire, added up: a call on a kept connection is told beside the one that
//! opened it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::model::{Call, ConnectionId, DraftId};
use crate::wire::BothSums;

/// Connections whose first call is remembered.
const MAX_OPENED: usize = 64;

/// What there is to be told beside a call's own sums.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// The call that opened the connection, where this call found it open.
    pub opening: Option<Arc<OpeningCall>>,
    /// How many calls of its draft have ended so far, this one included.
    pub n_calls: u64,
    /// What all of those put on the wire.
    pub draft: BothSums,
}

/// A call that opened a connection.
#[derive(Debug, Clone)]
pub struct OpeningCall {
    /// `Greeter/SayHello`, `GET /products`.
    pub operation: String,
    /// What its bytes were for.
    pub sums: BothSums,
}

/// All sums.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The newest last.
    opened: VecDeque<(ConnectionId, Arc<OpeningCall>)>,
    drafts: HashMap<DraftId, (u64, BothSums)>,
}

impl Ledger {
    /// Enters a call that has ended.
    pub(super) fn enter(&mut self, draft: DraftId, call: &Call, sums: &BothSums) -> Account {
        let (n_calls, all) = self.drafts.entry(draft).or_default();
        *n_calls += 1;
        all.add(sums);
        let (n_calls, all) = (*n_calls, *all);
        let opening = call.connection.as_ref().and_then(|connection| {
            if connection.is_kept {
                return self.opening(connection.id);
            }
            let operation = call.request.operation();
            if self.opened.len() >= MAX_OPENED {
                self.opened.pop_front();
            }
            self.opened
                .push_back((connection.id, Arc::new(OpeningCall { operation, sums: *sums })));
            None
        });
        Account { opening, n_calls, draft: all }
    }

    /// A draft is gone.
    pub(super) fn remove(&mut self, draft: DraftId) {
        self.drafts.remove(&draft);
    }

    fn opening(&self, id: ConnectionId) -> Option<Arc<OpeningCall>> {
        let (_, call) = self.opened.iter().rev().find(|(known, _)| *known == id)?;
        Some(Arc::clone(call))
    }
}
