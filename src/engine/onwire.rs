//! What the recorded frames say about one exchange: when its own stream sent and
//! received, and whether the peer reset or refused it.

use crate::model::{Direction, Phase, PhaseTime, Recording, Resent, Timestamp, Timing};
use crate::wire::{FRAME_HEAD_LEN, FrameHead, FrameType, WireItem, WireKind, walk};

/// `REFUSED_STREAM` (RFC 9113 section 7): the peer has done nothing with the request.
const REFUSED_STREAM: u32 = 7;

/// The facts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OnWire {
    sent: Option<(Timestamp, Timestamp)>,
    received: Option<(Timestamp, Timestamp)>,
    /// The error code of the peer's `RST_STREAM`.
    pub(super) reset: Option<u32>,
    is_behind_goaway: bool,
    /// The peer's `GOAWAY`: its code, and what it says beside it.
    pub(super) goaway: Option<(u32, String)>,
    /// When our last PING went out, where the peer has not answered it.
    pub(super) unanswered_ping: Option<Timestamp>,
}

/// What is read of the words of a `GOAWAY`.
const MAX_WORDS: u64 = 200;

impl OnWire {
    pub(super) fn read(recording: &Recording) -> Self {
        let items = walk(recording);
        let stream = items.iter().find_map(|item| match &item.kind {
            WireKind::Frame(head)
                if item.direction == Direction::Sent && head.kind == FrameType::HEADERS =>
            {
                Some(head.stream)
            }
            _ => None,
        });
        let mut facts = Self::default();
        for item in &items {
            facts.add(item, stream, recording);
        }
        facts
    }

    fn add(&mut self, item: &WireItem, stream: Option<u32>, recording: &Recording) {
        let is_ours = match &item.kind {
            WireKind::Frame(head) => {
                self.note(item, head, stream, recording);
                stream == Some(head.stream) && is_message(head.kind)
            }
            WireKind::Http1Head(_) | WireKind::Http1Body => true,
            _ => false,
        };
        if is_ours {
            let span = match item.direction {
                Direction::Sent => &mut self.sent,
                Direction::Received => &mut self.received,
            };
            let (first, _) = span.unwrap_or((item.at, item.ended));
            *span = Some((first, item.ended));
        }
    }

    fn note(
        &mut self,
        item: &WireItem,
        head: &FrameHead,
        stream: Option<u32>,
        recording: &Recording,
    ) {
        if head.kind == FrameType::PING {
            self.note_ping(item, head);
        }
        if item.direction != Direction::Received {
            return;
        }
        let word = || read_u32(recording, item.offset + FRAME_HEAD_LEN as u64);
        match head.kind {
            FrameType::RST_STREAM if stream == Some(head.stream) => self.reset = word(),
            // Streams above the last one named were not looked at (RFC 9113 section 6.8).
            FrameType::GOAWAY => {
                let last = word().map(|last| last & 0x7fff_ffff);
                self.is_behind_goaway = last.zip(stream).is_some_and(|(last, ours)| ours > last);
                let begins = item.offset + FRAME_HEAD_LEN as u64;
                let code = read_u32(recording, begins + 4).unwrap_or_default();
                let words = begins + 8..(begins + u64::from(head.len)).min(begins + 8 + MAX_WORDS);
                let words: Vec<u8> = words.map_while(|at| byte_at(recording, at)).collect();
                self.goaway = Some((code, String::from_utf8_lossy(&words).into_owned()));
            }
            _ => {}
        }
    }

    /// RFC 9113 section 6.7.
    fn note_ping(&mut self, item: &WireItem, head: &FrameHead) {
        const ACK: u8 = 1;
        match (item.direction, head.flags & ACK) {
            (Direction::Sent, 0) => self.unanswered_ping = Some(item.at),
            (Direction::Received, ACK) => self.unanswered_ping = None,
            _ => {}
        }
    }

    /// How the peer says that it has done nothing with the request, if it does.
    pub(super) fn refused(&self) -> Option<Resent> {
        if self.reset == Some(REFUSED_STREAM) {
            return Some(Resent::Refused);
        }
        let (code, _words) = self.goaway.as_ref().filter(|_| self.is_behind_goaway)?;
        Some(Resent::GoneAway { code: *code })
    }

    /// Whether anything of the answer came.
    pub(super) fn is_answered(&self) -> bool {
        self.received.is_some()
    }

    /// Sets send, wait and receive.
    pub(super) fn time(&self, timing: &mut Timing) {
        if let Some((first, last)) = self.sent {
            timing.set(Phase::Send, PhaseTime::Took(last.since(first)));
        }
        if let (Some((_, sent)), Some((first, last))) = (self.sent, self.received) {
            timing.set(Phase::Wait, PhaseTime::Took(first.since(sent)));
            timing.set(Phase::Receive, PhaseTime::Took(last.since(first)));
        }
    }
}

fn is_message(kind: FrameType) -> bool {
    matches!(kind, FrameType::DATA | FrameType::HEADERS | FrameType::CONTINUATION)
}

fn read_u32(recording: &Recording, offset: u64) -> Option<u32> {
    let mut bytes = [0; 4];
    for (slot, at) in bytes.iter_mut().zip(offset..) {
        *slot = byte_at(recording, at)?;
    }
    Some(u32::from_be_bytes(bytes))
}

fn byte_at(recording: &Recording, offset: u64) -> Option<u8> {
    let part = recording.parts.iter().find(|part| {
        part.direction == Direction::Received
            && (part.offset..part.offset + part.len).contains(&offset)
    })?;
    let idx = usize::try_from(offset - part.offset).ok()?;
    part.bytes.as_ref()?.get(idx).copied()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::RecordingPart;

    #[test]
    fn resets_and_goodbyes_of_the_own_stream_count() {
        let frame = |kind: FrameType, stream, payload: &[u8]| {
            let head = FrameHead { len: payload.len() as u32, kind, flags: 0, stream };
            Bytes::from([&head.write()[..], payload].concat())
        };
        let check = |answer: Bytes, reset, is_refused| {
            let part = |direction, at, bytes: Bytes| RecordingPart {
                at: Timestamp(at),
                direction,
                offset: 0,
                len: bytes.len() as u64,
                bytes: Some(bytes),
            };
            let parts = vec![
                part(Direction::Sent, 5, frame(FrameType::HEADERS, 3, b"xx")),
                part(Direction::Received, 9, answer),
            ];
            let facts = OnWire::read(&Recording { parts, ..Recording::default() });
            assert_eq!((facts.reset, facts.refused().is_some()), (reset, is_refused));
        };
        check(frame(FrameType::RST_STREAM, 3, &[0, 0, 0, 8]), Some(8), false);
        check(frame(FrameType::RST_STREAM, 3, &[0, 0, 0, 7]), Some(7), true);
        check(frame(FrameType::RST_STREAM, 1, &[0, 0, 0, 8]), None, false);
        check(frame(FrameType::RST_STREAM, 3, &[]), None, false);
        check(frame(FrameType::GOAWAY, 0, &[0, 0, 0, 1, 0, 0, 0, 0]), None, true);
        check(frame(FrameType::GOAWAY, 0, &[0, 0, 0, 3, 0, 0, 0, 0]), None, false);
    }
}
