//! What the bytes of an exchange were for.

use super::lane::WireKind;
use super::step::{Step, StepKind};
use crate::model::{BytePart, Direction};

/// The bytes of one direction by their purpose. Together they are all that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// What the parties say to each other, compressed where they compress.
    pub payload: u64,
    /// Header fields and lines, compressed where HTTP/2 compresses.
    pub headers: u64,
    /// Frame headers, message prefixes, padding, sizes of chunks.
    pub framing: u64,
    /// What keeps the connection: preface, settings, windows, signs of life, goodbyes.
    pub control: u64,
    /// What was not understood.
    pub other: u64,
    /// The payload decompressed.
    pub payload_plain: u64,
    /// The fields as lines of HTTP/1 would write them.
    pub headers_plain: u64,
}

impl Sums {
    /// All bytes.
    pub fn in_all(&self) -> u64 {
        self.payload + self.headers + self.framing + self.control + self.other
    }

    /// The bytes of one purpose.
    pub fn of(&self, part: BytePart) -> u64 {
        match part {
            BytePart::Payload => self.payload,
            BytePart::Headers => self.headers,
            BytePart::Framing => self.framing,
            BytePart::Control => self.control,
            BytePart::Other => self.other,
        }
    }

    /// What both of them say.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            payload: self.payload + other.payload,
            headers: self.headers + other.headers,
            framing: self.framing + other.framing,
            control: self.control + other.control,
            other: self.other + other.other,
            payload_plain: self.payload_plain + other.payload_plain,
            headers_plain: self.headers_plain + other.headers_plain,
        }
    }

    /// A whole item that is neither a frame nor a body.
    pub(super) fn add_item(&mut self, kind: &WireKind, len: u64) {
        match kind {
            WireKind::Preface => self.control += len,
            WireKind::Http1Head(_) => {
                self.headers += len;
                self.headers_plain += len;
            }
            // What was counted of a frame is in that frame's length.
            WireKind::Gap | WireKind::Frame(_) | WireKind::Http1Body => {}
            WireKind::Tls(_) | WireKind::Unknown => self.other += len,
        }
    }
}

/// Both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BothSums {
    /// What we sent.
    pub sent: Sums,
    /// What we received.
    pub received: Sums,
}

impl BothSums {
    /// Those of one direction.
    pub fn of(&self, direction: Direction) -> &Sums {
        match direction {
            Direction::Sent => &self.sent,
            Direction::Received => &self.received,
        }
    }

    /// What both of them say.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { sent: self.sent.plus(other.sent), received: self.received.plus(other.received) }
    }

    pub(super) fn of_mut(&mut self, direction: Direction) -> &mut Sums {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }

    /// What a step's bytes are when they are looked at closely: a message's prefix is framing, and its text may
    /// have been longer.
    pub(super) fn add_step(&mut self, step: &Step, made_len: Option<usize>) {
        let sums = self.of_mut(step.direction);
        let n_bytes = step.gathered.bytes.len() as u64;
        match &step.kind {
            StepKind::Message(_) => {
                let prefix = n_bytes.min(super::PREFIX_LEN as u64);
                sums.framing += prefix;
                sums.payload = sums.payload.saturating_sub(prefix);
                let plain = made_len.map_or(n_bytes - prefix, |len| len as u64);
                sums.payload_plain += plain;
            }
            StepKind::Body(message) => {
                sums.payload_plain += made_len.map_or(message.len, |len| len as u64);
            }
            StepKind::Headers(fields)
            | StepKind::Trailers(fields)
            | StepKind::TrailersOnly(fields) => {
                let line =
                    |(name, value): &(bytes::Bytes, bytes::Bytes)| name.len() + value.len() + 4;
                sums.headers_plain += fields.iter().map(line).sum::<usize>() as u64;
            }
            StepKind::Http1Head(_) | StepKind::Reset(_) | StepKind::GoAway(_) => {}
        }
    }
}
