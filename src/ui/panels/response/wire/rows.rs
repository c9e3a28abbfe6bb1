//! The bytes of what is listed, cut into rows: made once for each choice, so that drawing lays out those in sight
//! only.

use std::ops::Range;
use std::sync::Arc;

use crate::model::{Direction, RecordingPart};
use crate::session::{WireEntry, WireLevel, WireReading};
use crate::wire::{Buffer, FRAME_HEAD_LEN, PREFIX_LEN, StepKind, WireItem, WireKind};

/// The rows of one recording at one width.
#[derive(Debug)]
pub(super) struct ByteRows {
    reading: Arc<WireReading>,
    level: WireLevel,
    pub(super) width: usize,
    /// What is listed.
    pub(super) entries: Vec<WireEntry>,
    pub(super) list: Vec<ByteRow>,
}

/// One row: a stretch of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ByteRow {
    /// Which of the entries.
    pub(super) entry_idx: usize,
    /// Offset in the entry.
    pub(super) at: u64,
    pub(super) buffer: Buffer,
    /// Offset in the buffer.
    pub(super) offset: u64,
    pub(super) content: Content,
    pub(super) look: Look,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Bytes of this part of the recording.
    Bytes { part_idx: usize, range: Range<usize> },
    /// Bytes of a buffer that was made.
    Made(Range<usize>),
    /// So many bytes that were not kept.
    Gap(u64),
}

/// How a row's bytes are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The header of a frame, the prefix of a message.
    Header,
    /// Bytes of a protocol, where no letter beyond ASCII stands.
    Protocol,
    /// What the parties say to each other.
    Content,
}

impl ByteRow {
    /// The bytes that it shows, all bytes around them, and where in those they stand.
    pub(super) fn bytes<'a>(&self, reading: &'a WireReading) -> (&'a [u8], Range<usize>) {
        match &self.content {
            Content::Bytes { part_idx, range } => {
                let part = reading.recording.parts.get(*part_idx);
                let bytes = part.and_then(|part| part.bytes.as_ref());
                (bytes.map(|bytes| &**bytes).unwrap_or_default(), range.clone())
            }
            Content::Made(range) => {
                let made = match self.buffer {
                    Buffer::Made(idx) => reading.exchange.made.get(idx),
                    _ => None,
                };
                (made.map(|made| &**made).unwrap_or_default(), range.clone())
            }
            Content::Gap(_) => (&[], 0..0),
        }
    }

    /// How many bytes stand in it.
    pub(super) fn len(&self) -> u64 {
        match &self.content {
            Content::Bytes { range, .. } | Content::Made(range) => range.len() as u64,
            Content::Gap(len) => *len,
        }
    }
}

impl ByteRows {
    pub(super) fn is_of(&self, reading: &Arc<WireReading>, level: WireLevel, width: usize) -> bool {
        Arc::ptr_eq(&self.reading, reading) && self.level == level && self.width == width
    }

    pub(super) fn of(reading: &Arc<WireReading>, level: WireLevel, width: usize) -> Self {
        let entries = reading.entries(level);
        let mut list = Vec::new();
        let recording = &reading.recording;
        let ways = [Direction::Sent, Direction::Received].map(|direction| {
            let parts = recording.parts.iter().enumerate();
            parts.filter(|(_, part)| part.direction == direction).collect::<Vec<_>>()
        });
        for (entry_idx, entry) in entries.iter().enumerate() {
            let mut cutter = Cutter { reading, ways: &ways, entry_idx, width, rows: &mut list };
            cutter.entry(*entry);
        }
        Self { reading: Arc::clone(reading), level, width, entries, list }
    }

    /// The row that shows this byte, and the entry that it belongs to.
    pub(super) fn row_of(&self, buffer: Buffer, offset: u64) -> Option<usize> {
        self.list.iter().position(|row| {
            row.buffer == buffer && (row.offset..row.offset + row.len()).contains(&offset)
        })
    }
}

struct Cutter<'a> {
    reading: &'a WireReading,
    /// The parts of what was sent, and of what was received.
    ways: &'a [Vec<(usize, &'a RecordingPart)>; 2],
    entry_idx: usize,
    width: usize,
    rows: &'a mut Vec<ByteRow>,
}

impl Cutter<'_> {
    fn entry(&mut self, entry: WireEntry) {
        match entry {
            WireEntry::Item(item_idx) => {
                if let Some(item) = self.reading.exchange.items.get(item_idx) {
                    self.item(item);
                }
            }
            WireEntry::Step(step_idx) => {
                let Some(step) = self.reading.exchange.steps.get(step_idx) else { return };
                let (n_header, look) = match &step.kind {
                    StepKind::Message(_) => (PREFIX_LEN as u64, Look::Content),
                    StepKind::Body(_) | StepKind::Http1Head(_) => (0, Look::Content),
                    _ => (0, Look::Protocol),
                };
                let mut at = 0;
                for place in step.gathered.places(0..step.gathered.bytes.len()) {
                    let len = place.end - place.start;
                    self.stretch(step.direction, place, at, (n_header, look));
                    at += len;
                }
            }
            WireEntry::Made(step_idx) => {
                let Some((made_idx, bytes)) = self.reading.made(step_idx) else { return };
                for start in (0..bytes.len()).step_by(self.width) {
                    let range = start..bytes.len().min(start + self.width);
                    self.rows.push(ByteRow {
                        entry_idx: self.entry_idx,
                        at: start as u64,
                        buffer: Buffer::Made(made_idx),
                        offset: start as u64,
                        content: Content::Made(range),
                        look: Look::Content,
                    });
                }
            }
        }
    }

    /// A frame's header stands in a row of its own; what was not kept is one row.
    fn item(&mut self, item: &WireItem) {
        let range = item.offset..item.offset.saturating_add(item.len);
        let (n_header, look) = match &item.kind {
            WireKind::Frame(head) => {
                let is_data = head.kind == crate::wire::FrameType::DATA;
                let look = if is_data { Look::Content } else { Look::Protocol };
                (FRAME_HEAD_LEN as u64, look)
            }
            WireKind::Tls(_) => (0, Look::Protocol),
            _ => (0, Look::Content),
        };
        if item.kind == WireKind::Gap {
            self.gap(item.direction, range.start, 0, item.len);
        } else {
            self.stretch(item.direction, range, 0, (n_header, look));
        }
    }

    fn gap(&mut self, direction: Direction, offset: u64, at: u64, len: u64) {
        self.rows.push(ByteRow {
            entry_idx: self.entry_idx,
            at,
            buffer: direction.into(),
            offset,
            content: Content::Gap(len),
            look: Look::Protocol,
        });
    }

    /// Bytes of a direction, which stand at `begin` of their entry. What was not kept of a frame stands as an item
    /// of its own behind it, so nothing is said of it here.
    fn stretch(
        &mut self,
        direction: Direction,
        range: Range<u64>,
        begin: u64,
        (n_header, look): (u64, Look),
    ) {
        let [sent, received] = self.ways;
        let parts = if direction == Direction::Sent { sent } else { received };
        let first = parts.partition_point(|(_, part)| part.offset + part.len <= range.start);
        let parts = parts.get(first..).unwrap_or_default().iter();
        for (part_idx, part) in parts.take_while(|(_, part)| part.offset < range.end) {
            let part_idx = *part_idx;
            if part.bytes.is_none() {
                continue;
            }
            let mut at = range.start.max(part.offset);
            let part_end = range.end.min(part.offset + part.len);
            while at < part_end {
                let inside = begin + at - range.start;
                let is_header = inside < n_header;
                let room = if is_header { n_header - inside } else { self.width as u64 };
                let len = room.min(self.width as u64).min(part_end - at);
                let start = (at - part.offset) as usize;
                self.rows.push(ByteRow {
                    entry_idx: self.entry_idx,
                    at: inside,
                    buffer: direction.into(),
                    offset: at,
                    content: Content::Bytes { part_idx, range: start..start + len as usize },
                    look: if is_header { Look::Header } else { look },
                });
                at += len;
            }
        }
    }
}
