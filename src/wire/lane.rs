//! One direction of a connection, cut into segments as it passes: which bytes
//! belong to which frame or message, and which of them are mere payload.

use std::collections::VecDeque;

use super::chunks::Chunks;
use super::http1::{
    Framing, HeadRead, Http1Head, StartLine, read_request_head, read_response_head,
};
use super::http2::{FRAME_HEAD_LEN, FrameHead, PREFACE};
use crate::model::Direction;

/// A head that is longer is not read as one.
const MAX_HEAD: usize = 256 * 1024;

/// What an item on the wire is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireKind {
    /// The first 24 bytes of an HTTP/2 client.
    Preface,
    /// An HTTP/2 frame with its header.
    Frame(FrameHead),
    /// An HTTP/1 head.
    Http1Head(Box<Http1Head>),
    /// The body behind it, chunk framing included.
    Http1Body,
    /// A TLS record where plaintext was expected; its content type (RFC 8446 section 5.1).
    Tls(u8),
    /// Payload that was counted, not kept.
    Gap,
    /// Not understood, or not complete enough to be.
    Unknown,
}

/// A stretch of bytes within one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// How many bytes.
    pub len: u64,
    /// Whether a new item begins here.
    pub is_first: bool,
    /// Whether these bytes are payload only: the rest can be understood without them.
    pub is_payload: bool,
    /// What the item turned out to be, when this segment made it clear.
    pub kind: Option<WireKind>,
    /// The HTTP/2 frame whose payload these bytes are.
    pub frame: Option<FrameHead>,
}

#[derive(Debug)]
enum State {
    /// An item begins; whether HTTP/2 is known to be spoken.
    Begin,
    Head(Vec<u8>),
    FrameHead([u8; FRAME_HEAD_LEN], usize),
    Frame {
        head: FrameHead,
        left: u64,
    },
    Body {
        left: u64,
    },
    Chunked(Chunks),
    TlsHead([u8; 5], usize),
    Tls {
        left: u64,
    },
    UntilEnd(WireKind),
}

/// The state of one direction.
#[derive(Debug)]
pub(super) struct Lane {
    direction: Direction,
    state: State,
    is_first: bool,
    is_http2: bool,
    is_http1: bool,
}

impl Lane {
    pub(super) fn new(direction: Direction) -> Self {
        Self { direction, state: State::Begin, is_first: true, is_http2: false, is_http1: false }
    }

    /// Bytes of an item that is not complete yet are inside it; between items nothing is.
    pub(super) fn is_between(&self) -> bool {
        self.is_first && matches!(self.state, State::Begin)
    }

    /// Takes at least one byte. `asked` holds the methods of requests that have no answer yet.
    pub(super) fn take(&mut self, bytes: &[u8], asked: &mut Asked) -> Segment {
        if matches!(self.state, State::Begin) {
            self.state = self.begin(bytes.first().copied().unwrap_or_default());
        }
        let is_first = std::mem::take(&mut self.is_first);
        let mut frame = None;
        let (len, is_payload, kind) = match std::mem::replace(&mut self.state, State::Begin) {
            State::Begin => (bytes.len(), true, Some(WireKind::Unknown)),
            State::Head(buffer) => self.head(buffer, bytes, asked),
            State::FrameHead(buffer, n) => self.frame_head(buffer, n, bytes),
            State::TlsHead(buffer, n) => self.tls_head(buffer, n, bytes),
            State::Frame { head, left } => {
                let (n, left) = spend(left, bytes);
                self.go_on(left, |left| State::Frame { head, left });
                frame = Some(head);
                (n, !head.kind.is_control(), None)
            }
            State::Body { left } => {
                let (n, left) = spend(left, bytes);
                self.go_on(left, |left| State::Body { left });
                (n, true, is_first.then_some(WireKind::Http1Body))
            }
            State::Tls { left } => {
                let (n, left) = spend(left, bytes);
                self.go_on(left, |left| State::Tls { left });
                (n, true, None)
            }
            State::Chunked(mut chunks) => {
                let (n, is_data) = chunks.take(bytes);
                self.after_chunks(chunks);
                (n, is_data, is_first.then_some(WireKind::Http1Body))
            }
            State::UntilEnd(kind) => {
                self.state = State::UntilEnd(kind.clone());
                (bytes.len(), true, is_first.then_some(kind))
            }
        };
        Segment { len: len as u64, is_first, is_payload, kind, frame }
    }

    /// Passes over bytes that nobody kept.
    pub(super) fn skip(&mut self, len: u64) {
        match &mut self.state {
            State::Frame { left, .. } | State::Body { left } | State::Tls { left }
                if *left >= len =>
            {
                *left -= len;
                if *left == 0 {
                    self.end_item();
                }
            }
            State::Chunked(chunks) => {
                chunks.skip(len);
                let chunks = *chunks;
                self.after_chunks(chunks);
            }
            State::UntilEnd(_) => {}
            _ => self.lose(),
        }
    }

    fn begin(&mut self, first: u8) -> State {
        match first {
            _ if self.is_http2 => State::FrameHead([0; FRAME_HEAD_LEN], 0),
            // Behind an answer only another one may come, or its empty lines (RFC 9112 section 2.2).
            _ if self.is_http1
                && self.direction == Direction::Received
                && !is_answers_first(first) =>
            {
                State::UntilEnd(WireKind::Unknown)
            }
            0x14..=0x17 => State::TlsHead([0; 5], 0),
            b'\r' | b'\n' | b'!'..=b'~' => State::Head(Vec::new()),
            _ => {
                self.is_http2 = true;
                State::FrameHead([0; FRAME_HEAD_LEN], 0)
            }
        }
    }

    fn head(&mut self, mut buffer: Vec<u8>, bytes: &[u8], asked: &mut Asked) -> Taken {
        let mut taken = 0;
        for byte in bytes {
            buffer.push(*byte);
            taken += 1;
            if buffer == PREFACE {
                self.is_http2 = true;
                self.end_item();
                return (taken, false, Some(WireKind::Preface));
            }
            if ends_head(&buffer) && !PREFACE.starts_with(&buffer) {
                return (taken, false, Some(self.whole_head(&buffer, asked)));
            }
            if buffer.len() > MAX_HEAD {
                self.lose();
                return (taken, false, Some(WireKind::Unknown));
            }
        }
        self.state = State::Head(buffer);
        (taken, false, None)
    }

    fn whole_head(&mut self, buffer: &[u8], asked: &mut Asked) -> WireKind {
        let read = match self.direction {
            Direction::Sent => read_request_head(buffer),
            Direction::Received => read_response_head(buffer),
        };
        let HeadRead::Complete(head) = read else {
            self.lose();
            return WireKind::Unknown;
        };
        self.is_http1 = true;
        let framing = match &head.start {
            StartLine::Request { method, .. } => {
                asked.push(method);
                head.framing(None)
            }
            StartLine::Response { status: 100 | 102..=199, .. } => Framing::Length(0),
            StartLine::Response { .. } => head.framing(asked.pop()),
        };
        self.end_item();
        match framing {
            Framing::Length(0) => {}
            Framing::Length(left) => self.state = State::Body { left },
            Framing::Chunked => self.state = State::Chunked(Chunks::Size(0)),
            Framing::UntilEnd => self.state = State::UntilEnd(WireKind::Http1Body),
            Framing::Upgraded => self.state = State::UntilEnd(WireKind::Unknown),
        }
        WireKind::Http1Head(Box::new(head))
    }

    fn frame_head(&mut self, mut buffer: [u8; FRAME_HEAD_LEN], n: usize, bytes: &[u8]) -> Taken {
        let taken = fill(&mut buffer, n, bytes);
        if n + taken < FRAME_HEAD_LEN {
            self.state = State::FrameHead(buffer, n + taken);
            return (taken, false, None);
        }
        let head = FrameHead::read(&buffer);
        self.go_on(u64::from(head.len), |left| State::Frame { head, left });
        (taken, false, Some(WireKind::Frame(head)))
    }

    fn tls_head(&mut self, mut buffer: [u8; 5], n: usize, bytes: &[u8]) -> Taken {
        let taken = fill(&mut buffer, n, bytes);
        if n + taken < buffer.len() {
            self.state = State::TlsHead(buffer, n + taken);
            return (taken, false, None);
        }
        let [content_type, major, _, high, low] = buffer;
        if major != 3 {
            self.lose();
            return (taken, false, Some(WireKind::Unknown));
        }
        self.go_on(u64::from(u16::from_be_bytes([high, low])), |left| State::Tls { left });
        (taken, false, Some(WireKind::Tls(content_type)))
    }

    fn after_chunks(&mut self, chunks: Chunks) {
        match chunks {
            Chunks::Done => self.end_item(),
            Chunks::Bad => self.lose(),
            _ => self.state = State::Chunked(chunks),
        }
    }

    fn go_on(&mut self, left: u64, state: impl FnOnce(u64) -> State) {
        if left == 0 {
            self.end_item();
        } else {
            self.state = state(left);
        }
    }

    fn end_item(&mut self) {
        self.state = State::Begin;
        self.is_first = true;
    }

    fn lose(&mut self) {
        self.end_item();
        self.state = State::UntilEnd(WireKind::Unknown);
    }
}

/// Whether an answer may begin with this byte.
pub(super) fn is_answers_first(byte: u8) -> bool {
    matches!(byte, b'H' | b'\r' | b'\n')
}

/// Bytes taken, whether they are payload, what the item turned out to be.
type Taken = (usize, bool, Option<WireKind>);

fn spend(left: u64, bytes: &[u8]) -> (usize, u64) {
    let n = left.min(bytes.len() as u64);
    (n as usize, left - n)
}

fn fill(buffer: &mut [u8], n: usize, bytes: &[u8]) -> usize {
    let room = buffer.get_mut(n..).unwrap_or_default();
    room.iter_mut().zip(bytes).map(|(slot, byte)| *slot = *byte).count()
}

fn ends_head(buffer: &[u8]) -> bool {
    (buffer.ends_with(b"\n\r\n") || buffer.ends_with(b"\n\n"))
        && buffer.iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
}

/// Methods of requests that wait for their answer, oldest first. A client may pipeline hundreds.
#[derive(Debug, Default)]
pub(super) struct Asked(VecDeque<&'static str>);

impl Asked {
    const MAX: usize = 4096;

    fn push(&mut self, method: &str) {
        // Only these say how the answer ends.
        let method = ["HEAD", "CONNECT"].into_iter().find(|known| *known == method);
        if self.0.len() < Self::MAX {
            self.0.push_back(method.unwrap_or_default());
        }
    }

    fn pop(&mut self) -> Option<&'static str> {
        self.0.pop_front()
    }
}
