//! What a tape that many calls share must keep, and from where.

use std::collections::VecDeque;

use super::Tape;
use crate::model::{HeaderTables, Recording, RecordingRange};

/// Which calls hold a tape, and where a reading may begin.
#[derive(Debug, Default)]
pub(super) struct Holds {
    n_calls: usize,
    /// The last two places; what passed before them is gone.
    places: VecDeque<(RecordingRange, HeaderTables)>,
    n_since: usize,
}

impl Holds {
    /// So many bytes passed; says whether it is time to forget.
    pub(super) fn passed(&mut self, n_bytes: usize, unheld: usize) -> bool {
        self.n_since = self.n_since.saturating_add(n_bytes);
        self.n_calls == 0 && self.n_since >= unheld
    }

    /// A reading may begin here. Gives the place before which nothing is needed.
    pub(super) fn note(&mut self, place: RecordingRange, tables: HeaderTables) -> RecordingRange {
        self.n_since = 0;
        self.places.push_back((place, tables));
        if self.places.len() > 2 {
            self.places.pop_front();
        }
        // A call is told of after its first bytes were read, so one place more than the last is kept.
        if self.places.len() < 2 { RecordingRange::default() } else { self.first().0 }
    }

    /// One call more. Gives where its reading begins, and the header tables there.
    pub(super) fn hold(&mut self) -> (RecordingRange, HeaderTables) {
        self.n_calls += 1;
        if self.places.len() < 2 { Default::default() } else { self.first() }
    }

    /// One call less.
    pub(super) fn release(&mut self) {
        self.n_calls = self.n_calls.saturating_sub(1);
    }

    fn first(&self) -> (RecordingRange, HeaderTables) {
        self.places.front().cloned().unwrap_or_default()
    }
}

/// A call's hold on a tape: what it needs is kept until this goes.
#[derive(Debug)]
pub struct Held {
    pub(super) tape: Tape,
    pub(super) range: RecordingRange,
    pub(super) tables: HeaderTables,
}

impl Held {
    /// What has passed since, and just before; calls of others included.
    pub fn recording(&self) -> Recording {
        let recording = self.tape.slice(self.tape.range_since(self.range));
        Recording { tables: self.tables.clone(), ..recording }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.tape.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Clock, ConnectionId, Direction};
    use crate::net::TapeLimits;
    use crate::wire::{Exchange, FrameHead, FrameType, PREFACE};

    fn request(stream: u32, fields: &[u8]) -> Vec<u8> {
        let flags = FrameHead::END_HEADERS | FrameHead::END_STREAM;
        let head = FrameHead { len: fields.len() as u32, kind: FrameType::HEADERS, flags, stream };
        [&head.write()[..], fields].concat()
    }

    #[test]
    fn what_nobody_holds_is_forgotten_and_what_is_held_can_be_read() {
        let limits = TapeLimits { unheld: 1_000, ..TapeLimits::default() };
        let tape = Tape::new(ConnectionId::next(), Clock::start(), limits);
        let kept =
            || tape.slice(tape.range_since(RecordingRange::default())).len_of(Direction::Sent);
        tape.pass(Direction::Sent, tape.now(), PREFACE);
        // The first adds to the header table, all others name what it added.
        tape.pass(Direction::Sent, tape.now(), &request(1, &[0x83, 0x40, 1, b'a', 1, b'b']));
        let mut n_passed = 24 + 15;
        for idx in 1..1_000 {
            let other = request(2 * idx + 1, &[0x83, 0xbe]);
            n_passed += other.len() as u64;
            tape.pass(Direction::Sent, tape.now(), &other);
        }
        assert!(n_passed > 10_000 && kept() < 2_100, "{} of {n_passed}", kept());
        // Its bytes passed before anybody knew of it.
        tape.pass(Direction::Sent, tape.now(), &request(5_001, &[0x83, 0xbe]));
        let held = tape.hold();
        for idx in 3_000..4_000 {
            tape.pass(Direction::Sent, tape.now(), &request(2 * idx + 1, &[0x83, 0xbe]));
        }
        let recording = held.recording();
        let read = Exchange::of(&recording);
        let call = read.find_call(|step| step.stream == 5_001).unwrap();
        let own = Exchange::of_stream(&read.cut(&recording, &call), call.stream);
        assert_eq!(own.steps[0].field("a").as_deref(), Some("b"));
        drop(held);
        let before = kept();
        for idx in 4_000..4_300 {
            tape.pass(Direction::Sent, tape.now(), &request(2 * idx + 1, &[0x83, 0xbe]));
        }
        assert!(before > 10_000 && kept() < 2_100, "{before}, then {}", kept());
    }
}
