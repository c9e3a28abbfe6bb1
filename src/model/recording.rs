//! The bytes of a connection as they passed, seen from outside.
//!
//! `net` writes recordings; this is the view that it hands out. Payload beyond
//! the bound is counted, not kept, and shows as a gap: nothing is silently cut.

use bytes::Bytes;

use super::{ConnectionId, Direction, FlowWindows, Timestamp};

/// What is kept of one connection (or of the stretch of it that one call used).
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// Which connection.
    pub connection: Option<ConnectionId>,
    /// The parts of both directions in the order in which they passed.
    pub parts: Vec<RecordingPart>,
    /// The header tables where the parts begin: later blocks cannot be read without (RFC 7541).
    pub tables: HeaderTables,
    /// The one stream of HTTP/2 that it is about, where the frames of others stand among the parts: their header
    /// blocks change the tables. `None` where all of it is meant.
    pub stream: Option<u32>,
    /// The flow-control windows where the parts begin; `None` where nobody followed them. Parts that begin with the
    /// connection need none.
    pub windows: Option<FlowWindows>,
}

/// The header tables of both directions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderTables {
    /// Of the blocks that we send.
    pub sent: HeaderTable,
    /// Of the blocks that we receive.
    pub received: HeaderTable,
}

/// A dynamic table of header fields (RFC 7541 section 2.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderTable {
    /// Name and value, newest first.
    pub entries: Vec<(Bytes, Bytes)>,
    /// What they count together, in octets (section 4.1).
    pub size: usize,
    /// The most that they may count: what the sender said last.
    pub max: usize,
    /// The most that the reader's SETTINGS allow.
    pub limit: usize,
}

impl Default for HeaderTable {
    /// Before any SETTINGS (RFC 9113 section 6.5.2).
    fn default() -> Self {
        Self { entries: Vec::new(), size: 0, max: 4096, limit: 4096 }
    }
}

/// One read or write of the socket, or a gap of payload that was counted only.
#[derive(Debug, Clone)]
pub struct RecordingPart {
    /// When it passed.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// Offset in this direction's byte stream, from the start of the connection.
    pub offset: u64,
    /// How many bytes passed.
    pub len: u64,
    /// The bytes; `None` for a gap.
    pub bytes: Option<Bytes>,
}

impl RecordingPart {
    /// The share of it that lies within `start..end`.
    pub fn within(&self, start: u64, end: u64) -> Option<Self> {
        let from = self.offset.max(start);
        let to = (self.offset + self.len).min(end);
        if from >= to {
            return None;
        }
        let within = |offset: u64| usize::try_from(offset - self.offset).unwrap_or(usize::MAX);
        let bytes = match &self.bytes {
            Some(bytes) => {
                bytes.get(within(from)..within(to))?;
                Some(bytes.slice(within(from)..within(to)))
            }
            None => None,
        };
        Some(Self { offset: from, len: to - from, bytes, ..self.clone() })
    }
}

/// A stretch of a connection: byte offsets per direction, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordingRange {
    /// What we sent, `start..end`.
    pub sent: (u64, u64),
    /// What we received, `start..end`.
    pub received: (u64, u64),
}

impl Recording {
    /// Whether the parts of both directions begin where the connection does.
    pub fn begins_with_connection(&self) -> bool {
        let first = |direction| self.parts.iter().find(|part| part.direction == direction);
        let ways = [Direction::Sent, Direction::Received];
        ways.into_iter().filter_map(first).all(|part| part.offset == 0)
    }

    /// How many bytes passed this way, gaps included.
    pub fn len_of(&self, direction: Direction) -> u64 {
        self.parts.iter().filter(|part| part.direction == direction).map(|part| part.len).sum()
    }

    /// The kept bytes of one direction in one piece, up to the first gap.
    pub fn contiguous(&self, direction: Direction) -> Bytes {
        let mut out = bytes::BytesMut::new();
        for part in self.parts.iter().filter(|part| part.direction == direction) {
            match &part.bytes {
                Some(bytes) => out.extend_from_slice(bytes),
                None => break,
            }
        }
        out.freeze()
    }
}
