//! A connection told apart into its calls while its bytes pass, once through: each frame goes to the call that it
//! belongs to, however many overlap.

use std::collections::{BTreeMap, VecDeque};

use super::blocks::BlockReader;
use super::http2::{FrameHead, FrameType};
use super::lane::{Segment, WireKind};
use super::payloads::Payloads;
use super::walk::Walk;
use super::wire_call::{Share, WireCall};
use crate::model::{Direction, RecordingPart};

/// Calls of one connection that may be under way; the streams of more are passed over and counted.
const MAX_OPEN: usize = 1_024;

/// What is held back of one item until it is known whose it is, and of what passes before the first call, in bytes.
/// More is no item that anybody could read: what a peer sends without end must not fill the memory.
const MAX_PENDING: u64 = 1 << 20;
/// What a part costs beside its bytes.
const PART_COST: u64 = 64;

/// Feed it what passes, in the order in which it passed.
#[derive(Debug, Default)]
pub struct Splitter {
    walk: Walk,
    blocks: BlockReader,
    payloads: Payloads,
    sent: Way,
    received: Way,
    /// By stream, or by the order of requests for HTTP/1.
    open: BTreeMap<u32, WireCall>,
    ended: VecDeque<WireCall>,
    /// What passed before the first call: preface and settings belong to it.
    opening: Pending,
    n_begun: u64,
    n_missed: u64,
    n_opaque: u64,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    /// The beginning of an item that is not known yet, or the header block under way.
    unit: Pending,
    is_in_block: bool,
    to: To,
    frame: Option<FrameHead>,
    is_informational: bool,
}

/// Parts that wait.
#[derive(Debug, Default)]
struct Pending {
    parts: Vec<RecordingPart>,
    n_bytes: u64,
}

impl Pending {
    /// Keeps a part; without room it is passed over, and shows as a gap.
    fn push(&mut self, part: RecordingPart) {
        self.n_bytes = self.n_bytes.saturating_add(part.len + PART_COST);
        if self.n_bytes <= MAX_PENDING {
            self.parts.push(part);
        }
    }

    fn take(&mut self) -> Vec<RecordingPart> {
        std::mem::take(self).parts
    }

    fn clear(&mut self) {
        self.parts.clear();
        self.n_bytes = 0;
    }
}

/// Whom an item concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum To {
    #[default]
    Unknown,
    Nobody,
    Opening,
    One(u32),
    /// Every call that began before this one; it is this stream's own (0: the connection's).
    Everyone {
        before: u64,
        owner: u32,
    },
}

impl Splitter {
    /// Bytes that have just passed.
    pub fn feed(&mut self, part: &RecordingPart) {
        let Some(bytes) = &part.bytes else { return };
        let mut at = 0;
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let segment = self.walk.take(part.direction, rest);
            let len = usize::try_from(segment.len).unwrap_or(usize::MAX).clamp(1, rest.len());
            let piece = RecordingPart {
                offset: part.offset + at as u64,
                len: len as u64,
                bytes: Some(bytes.slice(at..at + len)),
                ..*part
            };
            at += len;
            self.segment(&segment, piece);
        }
    }

    /// Calls that have ended and were not taken yet, at most so many, in the order of their ends.
    pub fn ended(&mut self, most: usize) -> impl Iterator<Item = WireCall> + '_ {
        let n_taken = most.min(self.ended.len());
        self.ended.drain(..n_taken)
    }

    /// Calls that are under way.
    pub fn open(&self) -> impl Iterator<Item = &WireCall> {
        self.open.values()
    }

    /// The connection is over, and so is every call on it.
    pub fn finish(&mut self) {
        let open = std::mem::take(&mut self.open);
        self.ended.extend(open.into_values().map(WireCall::closed));
    }

    /// Calls that were passed over because too many were under way.
    pub fn n_missed(&self) -> u64 {
        self.n_missed
    }

    /// Bytes that are no HTTP, or encrypted.
    pub fn n_opaque(&self) -> u64 {
        self.n_opaque
    }

    fn way(&mut self, direction: Direction) -> &mut Way {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }

    fn segment(&mut self, segment: &Segment, piece: RecordingPart) {
        let direction = piece.direction;
        let way = self.way(direction);
        if segment.is_first && !way.is_in_block {
            way.unit.clear();
            way.to = To::Unknown;
        }
        if let Some(kind) = &segment.kind {
            self.place(direction, kind);
        }
        let whole =
            piece.bytes.as_ref().and_then(|bytes| self.payloads.take(direction, segment, bytes));
        self.route(segment.is_payload, piece);
        if let Some((head, payload)) = whole {
            self.frame(direction, &head, &payload);
        }
        if self.walk.is_between(direction) {
            self.item_ended(direction);
        }
    }

    /// An item has become known: whom it concerns.
    fn place(&mut self, direction: Direction, kind: &WireKind) {
        if self.way(direction).is_in_block {
            if let WireKind::Frame(head) = kind {
                self.way(direction).frame = Some(*head);
            }
            return;
        }
        let is_first = self.n_begun == 0;
        let before = |splitter: &Self| splitter.n_begun;
        let to = match kind {
            WireKind::Frame(head) => {
                self.way(direction).frame = Some(*head);
                let is_block = matches!(head.kind, FrameType::HEADERS | FrameType::PUSH_PROMISE);
                if is_block {
                    self.begin_stream(direction, head);
                    To::Everyone { before: before(self), owner: head.stream }
                } else if head.stream != 0 {
                    To::One(head.stream)
                } else if is_first {
                    To::Opening
                } else {
                    To::Everyone { before: before(self), owner: 0 }
                }
            }
            WireKind::Preface => To::Opening,
            WireKind::Http1Head(head) => {
                self.way(direction).frame = None;
                if direction == Direction::Sent {
                    self.begin_exchange();
                }
                let to = self.exchange(direction);
                if let To::One(key) = to
                    && let Some(call) = self.open.get_mut(&key)
                {
                    call.head(head);
                    let is_informational =
                        direction == Direction::Received && call.status.is_none();
                    self.way(direction).is_informational = is_informational;
                }
                to
            }
            WireKind::Http1Body | WireKind::Unknown => {
                self.way(direction).frame = None;
                self.exchange(direction)
            }
            WireKind::Tls(_) | WireKind::Gap => To::Nobody,
        };
        self.way(direction).to = to;
        let pending = self.way(direction).unit.take();
        for part in pending {
            self.route(false, part);
        }
    }

    /// The exchange of HTTP/1 that a direction is at: requests the newest, answers the oldest.
    fn exchange(&self, direction: Direction) -> To {
        let mut keys = self.open.keys().copied();
        let key = match direction {
            Direction::Sent => keys.next_back(),
            Direction::Received => keys.next(),
        };
        key.map_or(To::Nobody, To::One)
    }

    fn begin_exchange(&mut self) {
        let key = u32::try_from(self.n_begun + 1).unwrap_or(u32::MAX);
        self.begin(key, 0);
    }

    /// Headers that we send begin a call, unless they are its trailers.
    fn begin_stream(&mut self, direction: Direction, head: &FrameHead) {
        let is_new = direction == Direction::Sent && !self.open.contains_key(&head.stream);
        if !is_new || head.stream == 0 || !self.begin(head.stream, head.stream) {
            return;
        }
        // A block of the other direction that is half there will change its table later.
        let half = match self.received.to {
            To::Everyone { owner, .. } => Some(owner),
            _ => None,
        };
        if let Some(owner) = half
            && let Some(call) = self.open.get_mut(&head.stream)
        {
            let share = if owner == 0 { Share::Common } else { Share::Strange };
            self.received.unit.parts.iter().for_each(|part| call.push(part, share));
            self.received.to = To::Everyone { before: self.n_begun, owner };
        }
    }

    fn begin(&mut self, key: u32, stream: u32) -> bool {
        if self.open.len() >= MAX_OPEN {
            self.n_missed += 1;
            return false;
        }
        let mut call = WireCall::new(self.n_begun, stream, self.blocks.tables());
        self.n_begun += 1;
        for part in self.opening.take() {
            call.push(&part, Share::Common);
        }
        self.open.insert(key, call);
        true
    }

    /// Gives a piece to whom it concerns.
    fn route(&mut self, is_payload: bool, part: RecordingPart) {
        let way = self.way(part.direction);
        let to = way.to;
        let is_block = way.is_in_block || matches!(to, To::Everyone { .. });
        match to {
            To::Unknown => {}
            To::Nobody => self.n_opaque += part.len,
            To::Opening => self.opening.push(part.clone()),
            To::One(key) => {
                let Some(call) = self.open.get_mut(&key) else { return };
                call.push(&part, Share::Own { is_payload });
                return;
            }
            To::Everyone { before, owner } => {
                for (key, call) in self.open.iter_mut().filter(|(_, call)| call.idx < before) {
                    let share = match owner {
                        0 => Share::Common,
                        owner if owner == *key => Share::Own { is_payload: false },
                        _ => Share::Strange,
                    };
                    call.push(&part, share);
                }
            }
        }
        if to == To::Unknown || is_block {
            self.way(part.direction).unit.push(part);
        }
    }

    /// A frame of headers, settings or an end is whole.
    fn frame(&mut self, direction: Direction, head: &FrameHead, payload: &[u8]) {
        if head.kind == FrameType::RST_STREAM {
            let code = payload.first_chunk().map(|code| u32::from_be_bytes(*code));
            if let Some(call) = self.open.get_mut(&head.stream) {
                call.reset = Some((direction, code.unwrap_or_default()));
            }
            return;
        }
        if head.kind == FrameType::WINDOW_UPDATE {
            return;
        }
        let is_block = head.kind != FrameType::SETTINGS;
        self.way(direction).is_in_block = is_block && !head.has(FrameHead::END_HEADERS);
        // What is wrong with a frame is told where it is shown.
        let Ok(Some(block)) = self.blocks.frame(direction, head, payload, (0, 0)) else { return };
        if block.is_promise {
            return;
        }
        let Some(call) = self.open.get_mut(&block.stream) else { return };
        let fields: Vec<_> = block.block.entries.into_iter().map(|entry| entry.field).collect();
        call.block(direction, &fields, block.ends_stream);
        if block.ends_stream {
            self.end_of(direction, block.stream);
        }
    }

    fn end_of(&mut self, direction: Direction, key: u32) {
        let Some(call) = self.open.get_mut(&key) else { return };
        match direction {
            Direction::Sent => call.has_ended.0 = true,
            Direction::Received => call.has_ended.1 = true,
        }
    }

    /// An item is whole; over HTTP/1 a message with it.
    fn item_ended(&mut self, direction: Direction) {
        let way = self.way(direction);
        let is_informational = std::mem::take(&mut way.is_informational);
        let key = match (way.frame, way.to) {
            (Some(head), _) => {
                if head.kind == FrameType::DATA && head.ends_stream() {
                    self.end_of(direction, head.stream);
                }
                head.stream
            }
            (None, To::One(key)) => {
                if !is_informational {
                    self.end_of(direction, key);
                }
                key
            }
            _ => 0,
        };
        let way = self.way(direction);
        if !way.is_in_block {
            way.unit.clear();
            way.to = To::Unknown;
        }
        let is_over = self.open.get(&key).is_some_and(|call| {
            let is_answered = call.stream == 0 && call.has_ended.1;
            call.reset.is_some() || call.has_ended == (true, true) || is_answered
        });
        if is_over && let Some(call) = self.open.remove(&key) {
            self.ended.push_back(call.closed());
        }
    }
}

#[cfg(test)]
mod tests;
