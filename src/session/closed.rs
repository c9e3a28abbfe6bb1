//! Drafts that were closed, kept for a while with all that they said: in memory only, and bounded.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::workspace::Draft;

/// Closed drafts that can come back.
const MAX_DRAFTS: usize = 20;
/// Bytes of their bodies, all together.
const MAX_BYTES: usize = 8 << 20;

/// The newest closed drafts, each with the place of its tab.
#[derive(Debug, Default)]
pub(super) struct ClosedDrafts(VecDeque<(usize, Arc<Draft>)>);

impl ClosedDrafts {
    /// Keeps a draft; the oldest ones make room, and it stays itself whatever it holds.
    pub(super) fn push(&mut self, index: usize, draft: Arc<Draft>) {
        self.0.push_back((index, draft));
        while self.0.len() > 1 && (self.0.len() > MAX_DRAFTS || self.n_bytes() > MAX_BYTES) {
            self.0.pop_front();
        }
    }

    /// The draft that was closed last.
    pub(super) fn pop(&mut self) -> Option<(usize, Arc<Draft>)> {
        self.0.pop_back()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn n_bytes(&self) -> usize {
        self.0.iter().map(|(_, draft)| draft.body.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DraftId, Protocol};

    fn draft(id: u64, n_bytes: usize) -> Arc<Draft> {
        let mut draft = Draft::new(DraftId(id), Protocol::Http);
        draft.body = "x".repeat(n_bytes);
        Arc::new(draft)
    }

    #[test]
    fn the_last_one_comes_back_first_and_the_oldest_are_forgotten() {
        let mut closed = ClosedDrafts::default();
        for id in 0..25 {
            closed.push(id as usize, draft(id, 10));
        }
        assert_eq!(closed.len(), MAX_DRAFTS);
        assert_eq!(closed.pop().map(|(at, draft)| (at, draft.id)), Some((24, DraftId(24))));
        closed.push(0, draft(30, MAX_BYTES + 1));
        assert_eq!(closed.len(), 1, "a big one pushes the others out");
        assert_eq!(closed.pop().map(|(_, draft)| draft.id), Some(DraftId(30)));
        assert!(closed.pop().is_none());
    }
}
