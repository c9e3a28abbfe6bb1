//! Both directions of a connection as a list of frames and messages with their byte ranges.

use super::lane::{Asked, Lane, Segment, WireKind};
use crate::model::{Direction, Recording, Timestamp};

/// One frame, head, body or gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireItem {
    /// Which way.
    pub direction: Direction,
    /// Offset of its first byte in this direction's stream, from the start of the connection.
    pub offset: u64,
    /// Bytes, as far as they have passed.
    pub len: u64,
    /// What it is.
    pub kind: WireKind,
    /// When its first byte passed.
    pub at: Timestamp,
    /// When its last byte so far passed.
    pub ended: Timestamp,
}

/// The walk's state: feed it what passes, in the order in which it passed.
#[derive(Debug)]
pub struct Walk {
    sent: Lane,
    received: Lane,
    asked: Asked,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            sent: Lane::new(Direction::Sent),
            received: Lane::new(Direction::Received),
            asked: Asked::default(),
        }
    }
}

impl Walk {
    /// Cuts bytes into segments; their lengths add up to all of it.
    pub fn feed(
        &mut self,
        direction: Direction,
        mut bytes: &[u8],
        mut each: impl FnMut(Segment, &[u8]),
    ) {
        while !bytes.is_empty() {
            let segment = self.take(direction, bytes);
            let len = usize::try_from(segment.len).unwrap_or(usize::MAX).clamp(1, bytes.len());
            let (taken, rest) = bytes.split_at(len);
            each(segment, taken);
            bytes = rest;
        }
    }

    /// Takes the first segment, at least one byte.
    pub(super) fn take(&mut self, direction: Direction, bytes: &[u8]) -> Segment {
        let lane = match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        };
        lane.take(bytes, &mut self.asked)
    }

    /// Passes over bytes that were counted only.
    pub fn skip(&mut self, direction: Direction, len: u64) {
        match direction {
            Direction::Sent => self.sent.skip(len),
            Direction::Received => self.received.skip(len),
        }
    }

    /// Whether the next byte of this direction begins a new item.
    pub fn is_between(&self, direction: Direction) -> bool {
        match direction {
            Direction::Sent => self.sent.is_between(),
            Direction::Received => self.received.is_between(),
        }
    }
}

/// The items of a recording, in the order of their first bytes. A gap within a
/// frame's payload counts into the frame's length and stands as an item of its own behind it.
pub fn walk(recording: &Recording) -> Vec<WireItem> {
    let mut walk = Walk::default();
    let mut items: Vec<WireItem> = Vec::new();
    let mut open: [Option<usize>; 2] = [None, None];
    for part in &recording.parts {
        let direction = part.direction;
        let item = |offset, len, kind| WireItem {
            direction,
            offset,
            len,
            kind,
            at: part.at,
            ended: part.at,
        };
        let [sent, received] = &mut open;
        let slot = if direction == Direction::Sent { sent } else { received };
        let Some(bytes) = &part.bytes else {
            let current = slot.and_then(|idx| items.get_mut(idx));
            if let Some(current) = current.filter(|_| !walk.is_between(direction)) {
                current.len += part.len;
                current.ended = part.at;
            }
            walk.skip(direction, part.len);
            items.push(item(part.offset, part.len, WireKind::Gap));
            continue;
        };
        let mut offset = part.offset;
        walk.feed(direction, bytes, |segment, _| {
            if segment.is_first || slot.is_none() {
                *slot = Some(items.len());
                items.push(item(offset, 0, WireKind::Unknown));
            }
            if let Some(current) = slot.and_then(|idx| items.get_mut(idx)) {
                current.len += segment.len;
                current.ended = part.at;
                if let Some(kind) = segment.kind {
                    current.kind = kind;
                }
            }
            offset += segment.len;
        });
    }
    items
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::model::RecordingPart;
    use crate::wire::{FrameHead, FrameType, PREFACE};

    fn part(direction: Direction, offset: u64, bytes: &[u8]) -> RecordingPart {
        RecordingPart {
            at: Timestamp(offset),
            direction,
            offset,
            len: bytes.len() as u64,
            bytes: Some(Bytes::copy_from_slice(bytes)),
        }
    }

    fn cut(direction: Direction, bytes: &[u8], step: usize) -> Recording {
        let parts = bytes
            .chunks(step)
            .enumerate()
            .map(|(idx, piece)| part(direction, (idx * step) as u64, piece))
            .collect();
        Recording { parts, ..Recording::default() }
    }

    fn short(items: &[WireItem]) -> String {
        let name = |kind: &WireKind| match kind {
            WireKind::Preface => "preface".to_owned(),
            WireKind::Frame(head) => {
                format!("{}#{}", head.kind.name().unwrap_or("?"), head.stream)
            }
            WireKind::Http1Head(_) => "head".to_owned(),
            WireKind::Http1Body => "body".to_owned(),
            WireKind::Tls(kind) => format!("tls{kind}"),
            WireKind::Gap => "gap".to_owned(),
            WireKind::Unknown => "unknown".to_owned(),
        };
        let each = items.iter().map(|i| format!("{}@{}+{}", name(&i.kind), i.offset, i.len));
        each.collect::<Vec<_>>().join(" ")
    }

    fn frame(kind: FrameType, stream: u32, payload: &[u8]) -> Vec<u8> {
        let head = FrameHead { len: payload.len() as u32, kind, flags: 0, stream };
        [&head.write()[..], payload].concat()
    }

    #[test]
    fn one_direction_however_it_is_cut() {
        let check = |direction, bytes: &[u8], expected: &str| {
            for step in 1..=bytes.len() {
                assert_eq!(short(&walk(&cut(direction, bytes, step))), expected, "by {step}");
            }
        };
        let http2 = [
            PREFACE.to_vec(),
            frame(FrameType::SETTINGS, 0, b""),
            frame(FrameType::HEADERS, 1, b"abc"),
            frame(FrameType::DATA, 1, b"0123456789"),
        ];
        check(
            Direction::Sent,
            &http2.concat(),
            "preface@0+24 SETTINGS#0@24+9 HEADERS#1@33+12 DATA#1@45+19",
        );
        check(
            Direction::Sent,
            b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET / HTTP/1.1\r\n\r\n",
            "head@0+38 body@38+2 head@40+18",
        );
        check(
            Direction::Received,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
            "head@0+47 body@47+12 head@59+19",
        );
        check(Direction::Received, b"\x15\x03\x03\0\x02\x02\x46", "tls21@0+7");
        check(Direction::Received, b"HTTP/1.1 200 OK\r\n\r\nto the end", "head@0+19 body@19+10");
    }

    #[test]
    fn an_answer_to_head_has_no_body() {
        let mut recording = cut(Direction::Sent, b"HEAD / HTTP/1.1\r\n\r\n", 100);
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
        recording.parts.push(part(Direction::Received, 0, answer));
        assert_eq!(short(&walk(&recording)), "head@0+19 head@0+38 head@38+19");
    }

    #[test]
    fn each_of_many_answers_ends_as_its_request_asked() {
        let n_asked = 1000;
        let mut recording = cut(Direction::Sent, &b"HEAD / HTTP/1.1\r\n\r\n".repeat(n_asked), 4096);
        let answers = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".repeat(n_asked);
        recording.parts.push(part(Direction::Received, 0, &answers));
        let items = walk(&recording);
        assert_eq!(items.len(), 2 * n_asked);
        assert!(items.iter().all(|item| matches!(item.kind, WireKind::Http1Head(_))));
    }

    #[test]
    fn a_gap_within_a_frame_is_counted_into_it() {
        let data = frame(FrameType::DATA, 1, &[7; 100]);
        let mut recording = cut(Direction::Received, &data[..9], 9);
        let gap = RecordingPart {
            at: Timestamp(9),
            direction: Direction::Received,
            offset: 9,
            len: 100,
            bytes: None,
        };
        recording.parts.push(gap);
        recording.parts.push(part(Direction::Received, 109, &frame(FrameType::PING, 0, &[0; 8])));
        assert_eq!(short(&walk(&recording)), "DATA#1@0+109 gap@9+100 PING#0@109+17");
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked_and_none_is_lost(
            bytes in proptest::collection::vec(any::<u8>(), 1..300),
            text in "(GET|POST) /[a-z]* HTTP/1.1\r\n(Content-Length: [0-9]\r\n|Transfer-Encoding: chunked\r\n)?\r\n",
            with_text: bool,
            step in 1_usize..50,
        ) {
            let all = if with_text { [text.as_bytes(), &bytes].concat() } else { bytes };
            for direction in [Direction::Sent, Direction::Received] {
                let items = walk(&cut(direction, &all, step));
                let mut at = 0;
                for item in &items {
                    prop_assert_eq!(item.offset, at);
                    at += item.len;
                }
                prop_assert_eq!(at, all.len() as u64);
            }
        }
    }
}
