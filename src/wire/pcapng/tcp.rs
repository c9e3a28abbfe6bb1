//! A conversation as TCP segments: handshake, prelude, parts, FINs.

use std::borrow::Cow;

use bytes::Bytes;

use super::packet::{ACK, FIN, MAX_SEGMENT, PSH, SYN, Segment};
use super::{Conversation, Ends};
use crate::model::{Direction, RecordingPart, Timestamp};

/// Gaps up to this length are packets from end to end; longer ones are skipped in strides.
const LONG_GAP: u64 = 64 << 20;

/// From one packet to the next in a long gap: well below 2^31, from where on a
/// reader takes a later sequence number for an earlier one.
const STRIDE: u64 = 1 << 30;

/// After so many bytes sequence numbers are the same again.
const TURN: u64 = 1 << 32;

/// The segments in order; times never fall.
pub(super) fn segments<'a>(conversation: &Conversation<'a>, ends: Ends) -> Vec<Segment<'a>> {
    let parts = &conversation.recording.parts;
    let mut talk = Talk {
        ends,
        at: parts.first().map(|part| part.at).unwrap_or_default(),
        sent: Lane::default(),
        received: Lane::default(),
        segments: Vec::new(),
    };
    talk.open(conversation.comment);
    for (direction, bytes) in conversation.prelude {
        let comment = Some(conversation.prelude_comment).filter(|comment| !comment.is_empty());
        talk.data(*direction, bytes.clone(), comment);
    }
    for part in parts {
        talk.part(part);
    }
    if !parts.is_empty() || !conversation.prelude.is_empty() {
        talk.close();
    }
    talk.segments
}

struct Talk<'a> {
    ends: Ends,
    at: Timestamp,
    sent: Lane,
    received: Lane,
    segments: Vec<Segment<'a>>,
}

#[derive(Default)]
struct Lane {
    /// Of the next segment.
    seq: u32,
    /// Offset in the recording of the next part, once there was one.
    offset: Option<u64>,
}

impl Lane {
    /// Sequence numbers are counted modulo 2^32 (RFC 9293 section 3.4).
    fn advance(&mut self, by: u64) {
        self.seq = self.seq.wrapping_add(by as u32);
    }
}

impl<'a> Talk<'a> {
    fn open(&mut self, comment: Option<&'a str>) {
        let moved = self.ends.real_port.map(|port| {
            format!(
                "The client's port was {port}. Another one is written here, because a \
                 conversation before this one in the file has the same addresses."
            )
        });
        let comments = comment.map(Cow::Borrowed).into_iter().chain(moved.map(Cow::Owned));
        self.push(Direction::Sent, SYN, Bytes::new(), 0, comments.collect());
        self.push(Direction::Received, SYN | ACK, Bytes::new(), 0, Vec::new());
        self.push(Direction::Sent, ACK, Bytes::new(), 0, Vec::new());
    }

    fn close(&mut self) {
        self.push(Direction::Sent, FIN | ACK, Bytes::new(), 0, Vec::new());
        self.push(Direction::Received, FIN | ACK, Bytes::new(), 0, Vec::new());
        self.push(Direction::Sent, ACK, Bytes::new(), 0, Vec::new());
    }

    fn part(&mut self, part: &RecordingPart) {
        self.at = self.at.max(part.at);
        let bytes = part.bytes.clone().unwrap_or_default();
        let len = part.len.max(bytes.len() as u64);
        let lane = self.lane(part.direction);
        let hole = lane.offset.map_or(0, |offset| part.offset.saturating_sub(offset));
        lane.offset = Some(part.offset.saturating_add(len));
        let gap = len - bytes.len() as u64;
        self.gap(part.direction, hole);
        self.data(part.direction, bytes, None);
        self.gap(part.direction, gap);
    }

    fn data(&mut self, direction: Direction, mut bytes: Bytes, comment: Option<&'a str>) {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(MAX_SEGMENT));
            let comments = comment.map(Cow::Borrowed).into_iter().collect();
            self.push(direction, PSH | ACK, piece, 0, comments);
        }
    }

    /// Packets whose payload was not captured; of a long gap only some.
    fn gap(&mut self, direction: Direction, len: u64) {
        let (mut left, stride) = match len {
            0 => return,
            1..=LONG_GAP => (len, MAX_SEGMENT as u64),
            // Whole turns make no difference, but the first one must be seen to pass.
            _ => (if len < TURN { len } else { TURN + len % TURN }, STRIDE),
        };
        let mut comments = vec![Cow::Owned(format!("{len} bytes that were counted, not kept."))];
        left -= self.grow(direction, left, &mut comments);
        while left > 0 {
            let missing = left.min(MAX_SEGMENT as u64) as usize;
            self.push(direction, PSH | ACK, Bytes::new(), missing, std::mem::take(&mut comments));
            let taken = left.min(stride);
            self.lane(direction).advance(taken - missing as u64);
            left -= taken;
        }
    }

    /// Lets a gap begin in the packet before it, as far as there is room: a reader
    /// shows the header of a frame only from a packet that the frame's payload is in.
    fn grow(&mut self, direction: Direction, len: u64, comments: &mut Vec<Cow<'a, str>>) -> u64 {
        let from = match direction {
            Direction::Sent => self.ends.client,
            Direction::Received => self.ends.server,
        };
        let last = self.segments.last_mut().filter(|last| {
            let room = 1..MAX_SEGMENT;
            last.from == from && last.missing == 0 && room.contains(&last.payload.len())
        });
        let Some(last) = last else { return 0 };
        let grown = len.min((MAX_SEGMENT - last.payload.len()) as u64);
        last.missing = grown as usize;
        last.comments.append(comments);
        self.lane(direction).advance(grown);
        grown
    }

    fn push(
        &mut self,
        direction: Direction,
        flags: u8,
        payload: Bytes,
        missing: usize,
        comments: Vec<Cow<'a, str>>,
    ) {
        let Ends { client, server, .. } = self.ends;
        let (from, to, lane, other) = match direction {
            Direction::Sent => (client, server, &mut self.sent, &self.received),
            Direction::Received => (server, client, &mut self.received, &self.sent),
        };
        let seq = lane.seq;
        let ack = if flags & ACK == 0 { 0 } else { other.seq };
        // SYN and FIN count as one byte each.
        let turn = u64::from(flags & (SYN | FIN) != 0);
        lane.advance((payload.len() + missing) as u64 + turn);
        let at = self.at;
        self.segments.push(Segment { at, from, to, seq, ack, flags, payload, missing, comments });
    }

    fn lane(&mut self, direction: Direction) -> &mut Lane {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }
}
