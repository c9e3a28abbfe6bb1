//! The list of what passed on a connection: frames, heads, bodies, gaps.

use crate::model::{Direction, Timestamp};

/// One frame, head, body or gap, as a stretch of one direction's byte stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireItem {
    /// When its first byte passed.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// Offset in this direction's byte stream, from the start of the connection.
    pub offset: u64,
    /// Length in bytes, header included.
    pub len: u64,
    /// What it is.
    pub kind: WireKind,
}

/// What a stretch of bytes is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireKind {
    /// The HTTP/2 connection preface (RFC 9113 section 3.4).
    Preface,
    /// An HTTP/2 frame (RFC 9113 section 4.1).
    Frame {
        /// The type's number.
        frame_type: u8,
        /// Its flags.
        flags: u8,
        /// Its stream, 0 for the connection.
        stream: u32,
        /// Payload length in bytes.
        payload_len: u32,
    },
    /// Start line and headers of an HTTP/1 message.
    Head {
        /// Its first line.
        start_line: String,
    },
    /// A body, or one chunk of it.
    Body,
    /// Payload that was counted, not kept.
    Gap,
    /// Bytes that fit nothing known.
    Unknown,
}

/// The items of a recording.
pub fn walk(_recording: &crate::model::Recording) -> Vec<WireItem> {
    Vec::new()
}
