//! What a connection's recording is written on (design: everything up to 4 MB,
//! from then on heads and control frames up to 16 MB in all, payload counted).

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;

use super::header_state::HeaderState;
use super::holds::{Held, Holds};
use super::tls::rustls_error;
use crate::model::{
    Clock, ConnectionId, Direction, FlowWindows, HeaderTables, Recording, RecordingPart,
    RecordingRange, Timestamp,
};
use crate::wire::Walk;

/// How much of one connection is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapeLimits {
    /// Up to so many bytes, both directions together, everything is kept.
    pub everything: usize,
    /// Up to so many bytes what is no payload is kept.
    pub in_all: usize,
    /// How much is kept while no call holds the tape; about twice as much at most.
    pub unheld: usize,
}

impl TapeLimits {
    /// For a connection of many calls of which few are looked at.
    pub const PASSING: Self = Self { everything: 4 << 20, in_all: 16 << 20, unheld: 64 << 10 };

    /// For records that nobody but the two ends can read: their sizes and times tell what there is to be told.
    pub const SEALED: Self = Self { everything: 1 << 20, in_all: 8 << 20, unheld: usize::MAX };
}

impl Default for TapeLimits {
    fn default() -> Self {
        Self { everything: 4 << 20, in_all: 16 << 20, unheld: usize::MAX }
    }
}

/// What a part costs beside its bytes.
const PART_COST: usize = 64;

/// When bytes passed since the last [`Tape::mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamps {
    /// First byte sent.
    pub first_write: Option<Timestamp>,
    /// Last byte sent.
    pub last_write: Option<Timestamp>,
    /// First byte received.
    pub first_read: Option<Timestamp>,
    /// Last byte received.
    pub last_read: Option<Timestamp>,
}

/// The recording of one connection while it is being written. Clones are the same tape.
#[derive(Debug, Clone)]
pub struct Tape {
    id: ConnectionId,
    clock: Clock,
    limits: TapeLimits,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    parts: Vec<RecordingPart>,
    kept: usize,
    walk: Walk,
    sent: Lane,
    received: Lane,
    stamps: Stamps,
    broke: Option<Broke>,
    headers: HeaderState,
    /// Where the last stretch began.
    marked: Mark,
    holds: Holds,
}

/// Where a stretch began, and what its reader must know of all that passed before.
#[derive(Debug, Clone, Default)]
struct Mark {
    range: RecordingRange,
    tables: HeaderTables,
    windows: FlowWindows,
}

/// The error that ended the connection: hyper keeps it to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broke {
    /// Whether TLS failed, rather than the socket.
    pub(super) is_tls: bool,
    /// rustls's or the system's words.
    pub(super) cause: String,
}

#[derive(Debug, Default)]
struct Lane {
    passed: u64,
    /// Where the item begins that the next byte belongs to.
    item_start: u64,
    /// The gap that more payload is added to.
    gap: Option<usize>,
}

impl Tape {
    /// An empty tape.
    pub fn new(id: ConnectionId, clock: Clock, limits: TapeLimits) -> Self {
        Self { id, clock, limits, inner: Arc::default() }
    }

    /// Which connection it is of.
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// The clock that stamps what passes.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Notes bytes that have passed at this time.
    pub(super) fn pass(&self, direction: Direction, at: Timestamp, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let inner = &mut *self.inner.lock();
        // Parts stand in the order of their times.
        let at = inner.parts.last().map_or(at, |last| at.max(last.at));
        inner.stamp(direction, at);
        let is_whole = inner.kept < self.limits.everything;
        let lane_start = inner.lane(direction).passed;
        if is_whole {
            inner.keep(at, direction, Bytes::copy_from_slice(bytes));
        }
        let mut item_start = inner.lane(direction).item_start;
        let mut offset = lane_start;
        let mut walk = std::mem::take(&mut inner.walk);
        let mut headers = std::mem::take(&mut inner.headers);
        walk.feed(direction, bytes, |segment, piece| {
            if segment.is_first {
                item_start = offset;
            }
            offset += segment.len;
            headers.take(direction, &segment, piece);
            if is_whole {
                return;
            }
            let cost = piece.len() + PART_COST;
            if segment.is_payload || inner.kept + cost > self.limits.in_all {
                inner.count(at, direction, piece.len() as u64);
            } else {
                inner.keep(at, direction, Bytes::copy_from_slice(piece));
            }
        });
        inner.lane(direction).item_start =
            if walk.is_between(direction) { offset } else { item_start };
        inner.walk = walk;
        inner.headers = headers;
        if inner.holds.passed(bytes.len(), self.limits.unheld) && inner.headers.is_between() {
            inner.forget();
        }
    }

    /// Keeps what passes from now on, and what passed just before, until the hold goes.
    pub fn hold(&self) -> Held {
        let inner = &mut *self.inner.lock();
        let (range, tables) = inner.holds.hold();
        Held { tape: self.clone(), range, tables }
    }

    pub(super) fn release(&self) {
        self.inner.lock().holds.release();
    }

    /// Notes an error of the stream; what TLS says tells more than what the socket says.
    pub(super) fn noting<T>(&self, result: std::io::Result<T>) -> std::io::Result<T> {
        result.inspect_err(|error| self.note(error))
    }

    fn note(&self, error: &std::io::Error) {
        let tls = rustls_error(error);
        let cause = tls.map_or_else(|| error.to_string(), ToString::to_string);
        // rustls adds the address of its manual.
        let cause = cause.split(": https://").next().unwrap_or_default().to_owned();
        let broke = Broke { is_tls: tls.is_some(), cause };
        let inner = &mut *self.inner.lock();
        if broke.is_tls {
            inner.broke = Some(broke);
        } else {
            inner.broke.get_or_insert(broke);
        }
    }

    /// The error of the stream, if there was one.
    pub(super) fn why_broke(&self) -> Option<Broke> {
        self.inner.lock().broke.clone()
    }

    /// Begins a stretch: stamps start anew, and the range starts at a frame's beginning.
    pub fn mark(&self) -> RecordingRange {
        let inner = &mut *self.inner.lock();
        inner.stamps = Stamps::default();
        inner.sent.gap = None;
        inner.received.gap = None;
        let range = inner.item_starts();
        let (tables, windows) = (inner.headers.tables(), inner.headers.windows());
        inner.marked = Mark { range, tables, windows };
        range
    }

    /// From the beginning of `mark` to now.
    pub fn range_since(&self, mark: RecordingRange) -> RecordingRange {
        let inner = self.inner.lock();
        RecordingRange {
            sent: (mark.sent.0, inner.sent.passed),
            received: (mark.received.0, inner.received.passed),
        }
    }

    /// When bytes passed since the last mark.
    pub fn stamps(&self) -> Stamps {
        self.inner.lock().stamps
    }

    /// Whether whole calls are no longer kept: time for a new connection.
    pub fn is_full(&self) -> bool {
        self.inner.lock().kept >= self.limits.everything
    }

    /// What is kept of a stretch, in the order in which it passed.
    pub fn slice(&self, range: RecordingRange) -> Recording {
        let inner = self.inner.lock();
        let mut left = [range.sent.0, range.received.0].map(|_| true);
        let mut parts = Vec::new();
        // From the end, because the newest stretch is what is asked for.
        for part in inner.parts.iter().rev() {
            let (idx, (start, end)) = match part.direction {
                Direction::Sent => (0, range.sent),
                Direction::Received => (1, range.received),
            };
            if let Some(is_wanted) = left.get_mut(idx) {
                *is_wanted &= part.offset > start;
                if let Some(cut) = part.within(start, end) {
                    parts.push(cut);
                }
            }
            let [sent, received] = left;
            if !sent && !received {
                break;
            }
        }
        parts.reverse();
        let Mark { range: mark, tables, windows } = &inner.marked;
        let is_marked = (mark.sent.0, mark.received.0) == (range.sent.0, range.received.0);
        let tables = if is_marked { tables.clone() } else { HeaderTables::default() };
        let windows = is_marked.then(|| windows.clone());
        Recording { connection: Some(self.id), parts, tables, windows, stream: None }
    }

    /// The first bytes that came, at most `len`.
    pub(crate) fn first_received(&self, len: usize) -> Bytes {
        let inner = self.inner.lock();
        let mut out = BytesMut::new();
        for part in inner.parts.iter().filter(|part| part.direction == Direction::Received) {
            let Some(bytes) = part.bytes.as_ref().filter(|_| out.len() < len) else { break };
            let n = bytes.len().min(len - out.len());
            out.extend_from_slice(bytes.get(..n).unwrap_or_default());
        }
        out.freeze()
    }
}

impl Inner {
    fn lane(&mut self, direction: Direction) -> &mut Lane {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }

    /// Where the next whole items begin.
    fn item_starts(&self) -> RecordingRange {
        let (sent, received) = (self.sent.item_start, self.received.item_start);
        RecordingRange { sent: (sent, sent), received: (received, received) }
    }

    /// Drops what nobody will ask for.
    fn forget(&mut self) {
        let start = self.holds.note(self.item_starts(), self.headers.tables());
        let mut freed = 0;
        self.parts.retain(|part| {
            let start =
                if part.direction == Direction::Sent { start.sent.0 } else { start.received.0 };
            let is_wanted = part.offset + part.len > start;
            if !is_wanted && let Some(bytes) = &part.bytes {
                freed += bytes.len() + PART_COST;
            }
            is_wanted
        });
        self.kept = self.kept.saturating_sub(freed);
        self.sent.gap = None;
        self.received.gap = None;
    }

    fn stamp(&mut self, direction: Direction, at: Timestamp) {
        let Stamps { first_write, last_write, first_read, last_read } = &mut self.stamps;
        let (first, last) = match direction {
            Direction::Sent => (first_write, last_write),
            Direction::Received => (first_read, last_read),
        };
        first.get_or_insert(at);
        *last = Some(at);
    }

    fn keep(&mut self, at: Timestamp, direction: Direction, bytes: Bytes) {
        self.kept += bytes.len() + PART_COST;
        let len = bytes.len() as u64;
        self.push(RecordingPart { at, direction, offset: 0, len, bytes: Some(bytes) });
    }

    fn count(&mut self, at: Timestamp, direction: Direction, len: u64) {
        let gap = self.lane(direction).gap;
        if let Some(gap) = gap.and_then(|idx| self.parts.get_mut(idx)) {
            gap.len += len;
            self.lane(direction).passed += len;
            return;
        }
        let idx = self.parts.len();
        self.push(RecordingPart { at, direction, offset: 0, len, bytes: None });
        self.lane(direction).gap = Some(idx);
    }

    fn push(&mut self, mut part: RecordingPart) {
        let lane = self.lane(part.direction);
        part.offset = lane.passed;
        lane.passed += part.len;
        lane.gap = None;
        self.parts.push(part);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{FrameHead, FrameType, WireKind, walk};

    fn tape(everything: usize, in_all: usize) -> Tape {
        Tape::new(
            ConnectionId::next(),
            Clock::start(),
            TapeLimits { everything, in_all, unheld: usize::MAX },
        )
    }

    fn frame(kind: FrameType, len: usize) -> Vec<u8> {
        let head = FrameHead { len: len as u32, kind, flags: 0, stream: 1 };
        [&head.write()[..], &vec![b'x'; len]].concat()
    }

    #[test]
    fn payload_is_counted_where_the_tape_ends_and_headers_stay() {
        let tape = tape(100, 100_000);
        tape.pass(Direction::Received, tape.now(), &frame(FrameType::SETTINGS, 60));
        for _ in 0..3 {
            tape.pass(Direction::Received, tape.now(), &frame(FrameType::HEADERS, 20));
            tape.pass(Direction::Received, tape.now(), &frame(FrameType::DATA, 16_384));
        }
        let recording = tape.slice(tape.range_since(RecordingRange::default()));
        assert_eq!(recording.len_of(Direction::Received), 69 + 3 * (29 + 16_393));
        let kinds: Vec<_> = walk(&recording)
            .into_iter()
            .map(|item| match item.kind {
                WireKind::Frame(head) => head.kind.name().unwrap_or("?"),
                WireKind::Gap => "gap",
                _ => "?",
            })
            .collect();
        let each = ["HEADERS", "DATA", "gap"];
        assert_eq!(kinds, [&["SETTINGS"][..], &each, &each, &each].concat());
        assert!(tape.is_full());
    }

    #[test]
    fn beyond_the_second_limit_one_gap_per_direction_grows() {
        let tape = tape(100, 300);
        for _ in 0..1000 {
            tape.pass(Direction::Received, tape.now(), &frame(FrameType::HEADERS, 20));
            tape.pass(Direction::Sent, tape.now(), &frame(FrameType::HEADERS, 20));
        }
        assert!(tape.inner.lock().parts.len() < 10);
        let range = tape.range_since(RecordingRange::default());
        assert_eq!((range.sent.1, range.received.1), (29_000, 29_000));
        assert_eq!(tape.slice(range).len_of(Direction::Sent), 29_000);
    }

    /// The second call on a connection names its fields by index: its bytes alone say nothing.
    #[test]
    fn a_stretch_comes_with_the_header_tables_at_its_beginning() {
        let tape = tape(1 << 20, 1 << 20);
        let block = |fields: &[u8]| {
            let flags = FrameHead::END_HEADERS;
            let head =
                FrameHead { len: fields.len() as u32, kind: FrameType::HEADERS, flags, stream: 1 };
            [&head.write()[..], fields].concat()
        };
        for byte in block(&[0x40, 1, b'a', 1, b'b']) {
            tape.pass(Direction::Sent, tape.now(), &[byte]);
        }
        let first = tape.slice(tape.range_since(RecordingRange::default()));
        assert_eq!(first.tables, HeaderTables::default());
        let mark = tape.mark();
        tape.pass(Direction::Sent, tape.now(), &block(&[0xbe]));
        let second = tape.slice(tape.range_since(mark));
        assert_eq!(second.tables.sent.entries, [("a".into(), "b".into())]);
        assert_eq!(second.tables.received.entries, []);
    }

    /// What a call may send on a kept connection is what the calls before it have left.
    #[test]
    fn a_stretch_comes_with_the_windows_at_its_beginning() {
        let tape = tape(1 << 20, 1 << 20);
        let update = [0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 10];
        for byte in frame(FrameType::DATA, 1000).into_iter().chain(update) {
            tape.pass(Direction::Received, tape.now(), &[byte]);
        }
        let mark = tape.mark();
        let recording = tape.slice(tape.range_since(mark));
        let windows = recording.windows.unwrap();
        assert_eq!((windows.sent.connection, windows.received.connection), (65_545, 64_535));
        assert_eq!(tape.slice(tape.range_since(RecordingRange::default())).windows, None);
    }

    proptest! {
        #[test]
        fn a_slice_is_what_passed_since_the_mark(
            before in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..9)), 0..9),
            after in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..9)), 0..9),
        ) {
            let tape = tape(1 << 20, 1 << 20);
            let direction = |is_sent| if is_sent { Direction::Sent } else { Direction::Received };
            for (is_sent, bytes) in &before {
                tape.pass(direction(*is_sent), tape.now(), bytes);
            }
            let full = tape.range_since(RecordingRange::default());
            for (is_sent, bytes) in &after {
                tape.pass(direction(*is_sent), tape.now(), bytes);
            }
            let start = RecordingRange { sent: (full.sent.1, 0), received: (full.received.1, 0) };
            let slice = tape.slice(tape.range_since(start));
            for is_sent in [true, false] {
                let wanted: Vec<u8> = after.iter().filter(|(d, _)| *d == is_sent).flat_map(|(_, b)| b.clone()).collect();
                prop_assert_eq!(&slice.contiguous(direction(is_sent))[..], &wanted[..]);
            }
        }
    }
}
