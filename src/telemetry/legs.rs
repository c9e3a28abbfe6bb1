//! The bytes of calls at the gateway, within a bound of their own: spans must not make room for them.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::{Leg, TraceId};

/// How many are kept.
const MAX_LEGS: usize = 256;
/// What they may cost together, in bytes.
const MAX_BYTES: usize = 32 << 20;

/// The newest legs.
#[derive(Debug, Default)]
pub(super) struct Legs {
    kept: VecDeque<(TraceId, Arc<Leg>)>,
    bytes: usize,
}

impl Legs {
    /// Keeps one; the oldest make room.
    pub(super) fn add(&mut self, id: TraceId, leg: Arc<Leg>) {
        self.bytes += leg.size();
        self.kept.push_back((id, leg));
        while self.kept.len() > MAX_LEGS || (self.bytes > MAX_BYTES && self.kept.len() > 1) {
            let Some((_, oldest)) = self.kept.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(oldest.size());
        }
    }

    /// Those of a trace, in the order in which they began.
    pub(super) fn of(&self, id: TraceId) -> Vec<Arc<Leg>> {
        let own = self.kept.iter().filter(|(known, _)| *known == id);
        let mut own: Vec<_> = own.map(|(_, leg)| Arc::clone(leg)).collect();
        own.sort_by_key(|leg| leg.recording.parts.iter().map(|part| part.at).min());
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Direction, LegSide, Recording, RecordingPart, SpanId, Timestamp};

    fn leg(at: u64, len: usize) -> Arc<Leg> {
        let bytes = Some(vec![0; len].into());
        let direction = Direction::Sent;
        let part =
            RecordingPart { at: Timestamp(at), direction, offset: 0, len: len as u64, bytes };
        let recording = Arc::new(Recording { parts: vec![part], ..Recording::default() });
        Arc::new(Leg { asked_by: SpanId::random(), side: LegSide::Client, stream: 1, recording })
    }

    #[test]
    fn a_trace_has_its_legs_in_order_and_the_oldest_make_room() {
        let (one, other) = (TraceId::random(), TraceId::random());
        let mut legs = Legs::default();
        legs.add(one, leg(7, 10));
        legs.add(other, leg(6, 10));
        legs.add(one, leg(5, 10));
        let begun = |legs: &Legs| -> Vec<_> {
            legs.of(one).iter().map(|leg| leg.recording.parts[0].at.0).collect()
        };
        assert_eq!(begun(&legs), [5, 7]);
        legs.add(other, leg(8, MAX_BYTES - 300));
        assert_eq!(begun(&legs), [5], "the first that came went");
        for _ in 0..2 * MAX_LEGS {
            legs.add(other, leg(9, 1));
        }
        assert_eq!((begun(&legs).len(), legs.of(other).len()), (0, MAX_LEGS));
        assert!(legs.bytes < MAX_LEGS * 1_000);
    }
}
