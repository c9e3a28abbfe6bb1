//! What the bytes of an exchange were for.

use super::body::Field;
use super::lane::WireKind;
use super::step::{Step, StepKind};
use crate::model::{BytePart, Direction, Recording};

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
    /// What TLS adds: its handshake, the headers of its records, the tags that protect them.
    pub tls: u64,
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
        self.payload + self.headers + self.framing + self.control + self.tls + self.other
    }

    /// Those of another call with these.
    pub fn add(&mut self, other: &Self) {
        let Self { payload, headers, framing, control, tls, other: unknown, .. } = self;
        *payload += other.payload;
        *headers += other.headers;
        *framing += other.framing;
        *control += other.control;
        *tls += other.tls;
        *unknown += other.other;
        self.payload_plain += other.payload_plain;
        self.headers_plain += other.headers_plain;
    }

    /// So many bytes passed in the records of TLS: what is not of the plaintext in them, TLS added.
    pub(super) fn seal(&mut self, n_sealed: u64) {
        self.tls = 0;
        self.tls = n_sealed.saturating_sub(self.in_all());
    }

    /// The bytes of one purpose.
    pub fn of(&self, part: BytePart) -> u64 {
        match part {
            BytePart::Payload => self.payload,
            BytePart::Headers => self.headers,
            BytePart::Framing => self.framing,
            BytePart::Control => self.control,
            BytePart::Tls => self.tls,
            BytePart::Other => self.other,
        }
    }

    /// What both of them say.
    #[must_use]
    pub fn plus(mut self, other: Self) -> Self {
        self.add(&other);
        self
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
    pub fn plus(mut self, other: Self) -> Self {
        self.add(&other);
        self
    }

    /// Both ways together.
    pub fn together(&self) -> Sums {
        let mut sums = self.sent;
        sums.add(&self.received);
        sums
    }

    /// Those of another call with these.
    pub fn add(&mut self, other: &Self) {
        self.sent.add(&other.sent);
        self.received.add(&other.received);
    }

    /// What passed was carried by the records of this recording.
    pub fn seal(&mut self, sealed: &Recording) {
        for direction in [Direction::Sent, Direction::Received] {
            self.of_mut(direction).seal(sealed.len_of(direction));
        }
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
            StepKind::TrailersFrame(fields) => {
                let prefix = n_bytes.min(super::PREFIX_LEN as u64);
                sums.framing += prefix;
                sums.headers += n_bytes - prefix;
                sums.payload = sums.payload.saturating_sub(n_bytes);
                sums.headers_plain += plain_len(fields);
            }
            StepKind::Headers(fields)
            | StepKind::Trailers(fields)
            | StepKind::TrailersOnly(fields) => {
                sums.headers_plain += plain_len(fields);
            }
            StepKind::Http1Head(_) | StepKind::Reset(_) | StepKind::GoAway(_) => {}
        }
    }
}

/// The fields as lines of HTTP/1.
fn plain_len(fields: &[Field]) -> u64 {
    fields.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{RecordingPart, Timestamp};

    fn any_sums() -> impl Strategy<Value = Sums> {
        proptest::array::uniform7(0_u64..1 << 40).prop_map(|n| {
            let [payload, headers, framing, control, other, payload_plain, headers_plain] = n;
            let tls = 0;
            Sums { payload, headers, framing, control, tls, other, payload_plain, headers_plain }
        })
    }

    proptest! {
        /// Whatever the plaintext was for: with what TLS adds it is what the socket carried.
        #[test]
        fn the_parts_of_all_calls_are_what_the_socket_carried(
            calls in proptest::collection::vec((any_sums(), any_sums(), 0_u64..1 << 40), 0..9),
        ) {
            let (mut all, mut carried) = (BothSums::default(), [0, 0]);
            for (sent, received, added) in calls {
                let mut sums = BothSums { sent, received };
                let ways = [Direction::Sent, Direction::Received];
                let part = |direction| RecordingPart {
                    at: Timestamp(0),
                    direction,
                    offset: 0,
                    len: sums.of(direction).in_all() + added,
                    bytes: None,
                };
                let sealed = Recording { parts: ways.map(part).to_vec(), ..Recording::default() };
                sums.seal(&sealed);
                for (way, direction) in ways.into_iter().enumerate() {
                    prop_assert_eq!(sums.of(direction).tls, added);
                    prop_assert_eq!(sums.of(direction).in_all(), sealed.len_of(direction));
                    carried[way] += sealed.len_of(direction);
                }
                all.add(&sums);
            }
            prop_assert_eq!([all.sent.in_all(), all.received.in_all()], carried);
            prop_assert_eq!(all.together().in_all(), carried[0] + carried[1]);
        }
    }
}
