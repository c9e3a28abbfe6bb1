//! Which scores play now, and since when.

use crate::model::{EdgeKey, Timestamp, Topology, Trace};
use crate::telemetry::Snapshot;

use super::packets::Packet;

/// The state of the moving picture. Pure: `now` comes in.
#[derive(Debug, Clone, Default)]
pub struct Playback {
    is_frozen: bool,
}

impl Playback {
    /// Takes in what is new in a picture: call it for every new snapshot.
    pub fn update(&mut self, _snapshot: &Snapshot, _now: Timestamp) {}

    /// Plays one trace again, slowly.
    pub fn replay(&mut self, _trace: &Trace, _topology: &Topology, _now: Timestamp) {}

    /// Stops display time, or lets it run on from where it stood.
    pub fn set_frozen(&mut self, is_frozen: bool, _now: Timestamp) {
        self.is_frozen = is_frozen;
    }

    /// Whether display time stands still.
    pub fn is_frozen(&self) -> bool {
        self.is_frozen
    }

    /// All packets now.
    pub fn packets(&self, _now: Timestamp) -> Vec<Packet> {
        Vec::new()
    }

    /// Whether something moves now, so that the next frame differs from this one.
    pub fn is_moving(&self, _now: Timestamp) -> bool {
        false
    }

    /// When the picture changes next, if nothing new comes: now while it moves, `None` when it never will.
    pub fn next_wakeup(&self, _now: Timestamp) -> Option<Timestamp> {
        None
    }

    /// Whether dots of this edge are samples, one for several requests.
    pub fn is_sampled(&self, _edge: &EdgeKey) -> bool {
        false
    }
}
