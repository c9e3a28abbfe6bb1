//! The steps of a call as textbooks draw them: headers, messages, trailers.

use bytes::Bytes;

use super::gathered::Gathered;
use super::http1::Http1Head;
use super::walk::WireItem;
use crate::model::{Direction, Timestamp, WireFault};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which way.
    pub direction: Direction,
    /// The HTTP/2 stream; 0 for HTTP/1.
    pub stream: u32,
    /// What it is.
    pub kind: StepKind,
    /// Its bytes, prefix included, without the frames around them.
    pub gathered: Gathered,
    /// The item that carried its first byte.
    pub item_idx: usize,
    /// When its first byte passed.
    pub at: Timestamp,
    /// When its last byte passed.
    pub ended: Timestamp,
    /// What is wrong with it.
    pub fault: Option<WireFault>,
}

/// What a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// A head of HTTP/1.
    Http1Head(Box<Http1Head>),
    /// The fields before the body.
    Headers(Vec<(Bytes, Bytes)>),
    /// The fields behind it.
    Trailers(Vec<(Bytes, Bytes)>),
    /// The frame of gRPC-Web that holds the fields behind the messages.
    TrailersFrame(Vec<(Bytes, Bytes)>),
    /// An answer of one block: gRPC calls it trailers-only.
    TrailersOnly(Vec<(Bytes, Bytes)>),
    /// A message of gRPC.
    Message(Message),
    /// The body of HTTP, chunks taken off.
    Body(Message),
    /// The stream was reset with this code.
    Reset(u32),
    /// The connection is to end, with this code.
    GoAway(u32),
}

/// A message or a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The how-manieth of its stream and direction.
    pub idx: usize,
    /// Whether it was sent compressed.
    pub is_compressed: bool,
    /// Its length as announced, prefix excluded.
    pub len: u64,
    /// The buffer that holds it decompressed.
    pub made: Option<usize>,
}

impl Step {
    /// The fields of a header block or of what stands in its place; `None` for what is none.
    pub fn fields(&self) -> Option<&[(Bytes, Bytes)]> {
        use StepKind::{Headers, Trailers, TrailersFrame, TrailersOnly};
        match &self.kind {
            Headers(fields) | Trailers(fields) | TrailersFrame(fields) | TrailersOnly(fields) => {
                Some(fields)
            }
            _ => None,
        }
    }

    /// The value of the first field of this name, in lower case.
    pub fn field(&self, name: &str) -> Option<String> {
        let value = match &self.kind {
            StepKind::Http1Head(head) => {
                let mut lines = head.headers.iter();
                &lines.find(|line| line.name.eq_ignore_ascii_case(name))?.value
            }
            _ => &self.fields()?.iter().find(|(known, _)| known == name)?.1,
        };
        Some(String::from_utf8_lossy(value).into_owned())
    }

    /// A step that one item carried.
    pub(super) fn new(item: &WireItem, item_idx: usize, stream: u32, kind: StepKind) -> Self {
        Self {
            direction: item.direction,
            stream,
            kind,
            gathered: Gathered::default(),
            item_idx,
            at: item.at,
            ended: item.ended,
            fault: None,
        }
    }
}
