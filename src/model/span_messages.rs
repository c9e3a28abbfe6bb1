//! The messages of a stream, as the span of its call tells of them.

use super::{Direction, Timestamp};

/// Messages that a span remembers one by one; the others are counted.
const MAX_KEPT: usize = 256;
/// So many of each direction are remembered however fast they come.
const BURST: u64 = 16;
/// From then on one is remembered when this many nanoseconds have passed since the last: more than twenty a second
/// nobody can follow.
const PAUSE: u64 = 50_000_000;

/// Messages in the order in which they passed. OpenTelemetry has an event for each (semantic conventions for RPC,
/// "Message event"); a stream of a million messages has a million of them, so here most are only counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpanMessages {
    /// Those that are remembered.
    pub kept: Vec<SpanMessage>,
    /// How many went out.
    pub n_sent: u64,
    /// How many came back.
    pub n_received: u64,
}

/// One message, seen by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanMessage {
    /// When it passed.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// The how manieth of its direction, from 1.
    pub number: u64,
}

impl SpanMessages {
    /// Notes so many messages that passed together; answers whether one of them is remembered.
    pub fn pass(&mut self, direction: Direction, n_messages: u64, at: Timestamp) -> bool {
        let n_told = n_messages.min(BURST + 1);
        let is_any_kept = (0..n_told).fold(false, |any, _| self.note(direction, at) || any);
        *self.count(direction) += n_messages - n_told;
        is_any_kept
    }

    fn count(&mut self, direction: Direction) -> &mut u64 {
        match direction {
            Direction::Sent => &mut self.n_sent,
            Direction::Received => &mut self.n_received,
        }
    }

    fn note(&mut self, direction: Direction, at: Timestamp) -> bool {
        let count = self.count(direction);
        *count += 1;
        let number = *count;
        let last = self.kept.iter().rev().find(|known| known.direction == direction);
        let is_rare = last.is_none_or(|last| at.0.saturating_sub(last.at.0) >= PAUSE);
        let is_kept = self.kept.len() < MAX_KEPT && (number <= BURST || is_rare);
        if is_kept {
            self.kept.push(SpanMessage { at, direction, number });
        }
        is_kept
    }

    /// Whether there were more than a request and its answer.
    pub fn are_a_stream(&self) -> bool {
        self.n_sent > 1 || self.n_received > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_remembered_and_of_a_flood_what_can_be_followed() {
        let mut messages = SpanMessages::default();
        assert!(messages.pass(Direction::Sent, 1, Timestamp(0)));
        assert!(!messages.are_a_stream());
        for n in 0..1_000_u64 {
            messages.pass(Direction::Received, 1, Timestamp(n * 1_000_000));
        }
        assert!(messages.are_a_stream());
        assert_eq!((messages.n_sent, messages.n_received), (1, 1_000));
        let numbers: Vec<_> = messages.kept.iter().skip(1).map(|message| message.number).collect();
        assert_eq!(numbers.get(..16), Some(&(1..=16).collect::<Vec<_>>()[..]));
        assert_eq!(numbers.get(16..19), Some(&[66, 116, 166][..]));
        for n in 0..10_000 {
            messages.pass(Direction::Sent, 1, Timestamp(n * PAUSE));
        }
        assert_eq!(messages.kept.len(), MAX_KEPT);
        messages.pass(Direction::Received, 1_000_000, Timestamp(0));
        assert_eq!(messages.n_received, 1_001_000);
    }
}
