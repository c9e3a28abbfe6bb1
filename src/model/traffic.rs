//! What became of the shoppers' calls.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What became of every call: `n_sent` is what was answered, what failed and what is under way, together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrafficFigures {
    /// Calls a second that they go by now.
    pub per_second: u32,
    /// Calls begun since the start.
    pub n_sent: u64,
    /// Answered well.
    pub n_answered: u64,
    /// Ended otherwise, by status.
    pub failed: BTreeMap<Arc<str>, u64>,
    /// Shoppers who found too many calls under way and sent nothing.
    pub n_turned_away: u64,
}

impl TrafficFigures {
    /// Ended with a failure.
    pub fn n_failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Under way.
    pub fn n_open(&self) -> u64 {
        self.n_sent.saturating_sub(self.n_answered).saturating_sub(self.n_failed())
    }
}
