//! The bytes of what is listed, cut into rows. Where each entry's rows begin is found once; the rows themselves are
//! cut when they are looked at, so that a call of 100,000 frames opens at once.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::wire_reading::{WireEntry, WireLevel, WireReading};
use crate::model::Direction;
use crate::wire::{Buffer, FRAME_HEAD_LEN, FrameType, PREFIX_LEN, StepKind, WireItem, WireKind};

/// The rows of one recording at one width.
#[derive(Debug)]
pub struct ByteRows {
    reading: Arc<WireReading>,
    level: WireLevel,
    width: usize,
    entries: Vec<WireEntry>,
    /// The first row of each entry, and behind the last how many there are.
    starts: Vec<usize>,
    /// Parts of the recording: those that were sent, those that were received.
    parts: [Vec<usize>; 2],
    /// Which bytes of a buffer stand in which entry, in the order of the bytes.
    stretches: HashMap<Buffer, Vec<Stretch>>,
}

#[derive(Debug)]
struct Stretch {
    range: Range<u64>,
    entry_idx: usize,
}

/// One row: a stretch of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByteRow {
    /// Which of the entries.
    pub entry_idx: usize,
    /// Offset in the entry, in bytes.
    pub at: u64,
    /// What its bytes are bytes of.
    pub buffer: Buffer,
    /// Offset in the buffer, in bytes.
    pub offset: u64,
    /// Its bytes.
    pub content: RowContent,
    /// How they are drawn.
    pub look: RowLook,
}

/// What stands in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowContent {
    /// Bytes of this part of the recording.
    Bytes {
        /// Which part.
        part_idx: usize,
        /// Which of its bytes.
        range: Range<usize>,
    },
    /// Bytes of a buffer that was made.
    Made(Range<usize>),
    /// So many bytes that were not kept.
    Gap(u64),
}

/// How a row's bytes are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowLook {
    /// The header of a frame, the prefix of a message.
    Header,
    /// Bytes of a protocol, where no letter beyond ASCII stands.
    Protocol,
    /// What the parties say to each other.
    Content,
}

impl ByteRow {
    /// All bytes around those that it shows, and where in them these stand.
    pub fn bytes<'a>(&self, reading: &'a WireReading) -> (&'a [u8], Range<usize>) {
        match &self.content {
            RowContent::Bytes { part_idx, range } => {
                let part = reading.recording.parts.get(*part_idx);
                let bytes = part.and_then(|part| part.bytes.as_ref());
                (bytes.map(|bytes| &**bytes).unwrap_or_default(), range.clone())
            }
            RowContent::Made(range) => {
                let made = match self.buffer {
                    Buffer::Made(idx) => reading.exchange.made.get(idx),
                    _ => None,
                };
                (made.map(|made| &**made).unwrap_or_default(), range.clone())
            }
            RowContent::Gap(_) => (&[], 0..0),
        }
    }
}

impl ByteRows {
    /// Of a reading, in rows of `width` bytes; a frame's header needs 9.
    pub fn of(reading: &Arc<WireReading>, level: WireLevel, width: usize) -> Self {
        let way = |direction| {
            let parts = reading.recording.parts.iter().enumerate();
            parts.filter(|(_, part)| part.direction == direction).map(|(idx, _)| idx).collect()
        };
        let mut rows = Self {
            reading: Arc::clone(reading),
            level,
            width: width.max(FRAME_HEAD_LEN),
            entries: reading.entries(level),
            starts: Vec::new(),
            parts: [Direction::Sent, Direction::Received].map(way),
            stretches: HashMap::new(),
        };
        rows.find_starts();
        rows
    }

    fn find_starts(&mut self) {
        let mut stretches: HashMap<Buffer, Vec<Stretch>> = HashMap::new();
        let mut starts = Vec::with_capacity(self.entries.len() + 1);
        let mut n_rows = 0;
        for (entry_idx, entry) in self.entries.iter().enumerate() {
            starts.push(n_rows);
            self.segments(*entry, &mut |segment| {
                n_rows += segment.n_rows(self.width);
                let range = segment.offset..segment.offset + segment.len;
                let known = stretches.entry(segment.buffer).or_default();
                match known.last_mut() {
                    Some(last) if last.entry_idx == entry_idx && last.range.end == range.start => {
                        last.range.end = range.end;
                    }
                    _ => known.push(Stretch { range, entry_idx }),
                }
            });
        }
        starts.push(n_rows);
        #[expect(clippy::iter_over_hash_type, reason = "each is put in order by itself")]
        for known in stretches.values_mut() {
            known.sort_by_key(|stretch| stretch.range.start);
        }
        (self.starts, self.stretches) = (starts, stretches);
    }

    /// Whether these are the rows of this reading, so looked at.
    pub fn is_of(&self, reading: &Arc<WireReading>, level: WireLevel, width: usize) -> bool {
        Arc::ptr_eq(&self.reading, reading) && self.level == level && self.width == width
    }

    /// What is listed.
    pub fn entries(&self) -> &[WireEntry] {
        &self.entries
    }

    /// Bytes in a full row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.starts.last().copied().unwrap_or_default()
    }

    /// The rows of an entry.
    pub fn of_entry(&self, entry_idx: usize) -> Range<usize> {
        let start = self.starts.get(entry_idx).copied().unwrap_or_else(|| self.n_rows());
        start..self.starts.get(entry_idx + 1).copied().unwrap_or(start)
    }

    /// Some of the rows.
    pub fn rows(&self, wanted: Range<usize>) -> Vec<ByteRow> {
        let mut rows = Vec::new();
        let first = self.starts.partition_point(|start| *start <= wanted.start).saturating_sub(1);
        for (entry_idx, entry) in self.entries.iter().enumerate().skip(first) {
            let mut row_idx = self.of_entry(entry_idx).start;
            if row_idx >= wanted.end {
                break;
            }
            self.segments(*entry, &mut |segment| {
                let end = row_idx + segment.n_rows(self.width);
                for idx in row_idx.max(wanted.start)..end.min(wanted.end) {
                    rows.push(segment.row(idx - row_idx, self.width, entry_idx));
                }
                row_idx = end;
            });
        }
        rows
    }

    /// The row that shows this byte.
    pub fn row_of(&self, buffer: Buffer, offset: u64) -> Option<usize> {
        let known = self.stretches.get(&buffer)?;
        let after = known.partition_point(|stretch| stretch.range.start <= offset);
        let stretch = known.get(after.checked_sub(1)?)?;
        if !stretch.range.contains(&offset) {
            return None;
        }
        let mut row_idx = self.of_entry(stretch.entry_idx).start;
        let mut found = None;
        self.segments(*self.entries.get(stretch.entry_idx)?, &mut |segment| {
            let range = segment.offset..segment.offset + segment.len;
            if segment.buffer == buffer && range.contains(&offset) {
                found = Some(row_idx + segment.row_at(offset - segment.offset, self.width));
            }
            row_idx += segment.n_rows(self.width);
        });
        found
    }

    /// What an entry is made of, in order.
    fn segments(&self, entry: WireEntry, each: &mut impl FnMut(Segment)) {
        let exchange = &self.reading.exchange;
        match entry {
            WireEntry::Item(item_idx) => {
                if let Some(item) = exchange.items.get(item_idx) {
                    self.item(item, each);
                }
            }
            WireEntry::Step(step_idx) => {
                let Some(step) = exchange.steps.get(step_idx) else { return };
                let (n_header, look) = match &step.kind {
                    StepKind::Message(_) => (PREFIX_LEN as u64, RowLook::Content),
                    StepKind::Body(_) | StepKind::Http1Head(_) => (0, RowLook::Content),
                    _ => (0, RowLook::Protocol),
                };
                let mut at = 0;
                for place in step.gathered.places(0..step.gathered.bytes.len()) {
                    let len = place.end - place.start;
                    self.stretch(step.direction, place, at, (n_header, look), each);
                    at += len;
                }
            }
            WireEntry::Made(step_idx) => {
                let Some((made_idx, bytes)) = self.reading.made(step_idx) else { return };
                each(Segment {
                    at: 0,
                    buffer: Buffer::Made(made_idx),
                    offset: 0,
                    len: bytes.len() as u64,
                    source: Source::Made,
                    look: RowLook::Content,
                });
            }
        }
    }

    /// A frame's header stands in a row of its own; what was not kept is one row.
    fn item(&self, item: &WireItem, each: &mut impl FnMut(Segment)) {
        let range = item.offset..item.offset.saturating_add(item.len);
        let (n_header, look) = match &item.kind {
            WireKind::Frame(head) => {
                let is_data = head.kind == FrameType::DATA;
                let look = if is_data { RowLook::Content } else { RowLook::Protocol };
                (FRAME_HEAD_LEN as u64, look)
            }
            WireKind::Tls(_) => (0, RowLook::Protocol),
            _ => (0, RowLook::Content),
        };
        if item.kind == WireKind::Gap {
            each(Segment {
                at: 0,
                buffer: item.direction.into(),
                offset: item.offset,
                len: item.len,
                source: Source::Gap,
                look: RowLook::Protocol,
            });
        } else {
            self.stretch(item.direction, range, 0, (n_header, look), each);
        }
    }

    /// Bytes of a direction, which stand at `begin` of their entry. What was not kept of a frame stands as an item
    /// of its own behind it, so nothing is said of it here.
    fn stretch(
        &self,
        direction: Direction,
        range: Range<u64>,
        begin: u64,
        (n_header, look): (u64, RowLook),
        each: &mut impl FnMut(Segment),
    ) {
        let [sent, received] = &self.parts;
        let indices = if direction == Direction::Sent { sent } else { received };
        let all = &self.reading.recording.parts;
        let end_of = |idx: usize| all.get(idx).map_or(0, |part| part.offset + part.len);
        let first = indices.partition_point(|idx| end_of(*idx) <= range.start);
        for part_idx in indices.get(first..).unwrap_or_default() {
            let Some(part) = all.get(*part_idx).filter(|part| part.offset < range.end) else {
                break;
            };
            if part.bytes.is_none() {
                continue;
            }
            let mut at = range.start.max(part.offset);
            let part_end = range.end.min(part.offset + part.len);
            while at < part_end {
                let inside = begin + at - range.start;
                let is_header = inside < n_header;
                let len = if is_header { n_header - inside } else { u64::MAX };
                let len = len.min(part_end - at);
                each(Segment {
                    at: inside,
                    buffer: direction.into(),
                    offset: at,
                    len,
                    source: Source::Part {
                        part_idx: *part_idx,
                        start: (at - part.offset) as usize,
                    },
                    look: if is_header { RowLook::Header } else { look },
                });
                at += len;
            }
        }
    }
}

/// Bytes that stand together and look alike: full rows, and one that may be shorter.
struct Segment {
    /// Offset in the entry.
    at: u64,
    buffer: Buffer,
    offset: u64,
    len: u64,
    source: Source,
    look: RowLook,
}

enum Source {
    Part { part_idx: usize, start: usize },
    Made,
    Gap,
}

impl Segment {
    fn n_rows(&self, width: usize) -> usize {
        match self.source {
            Source::Gap => 1,
            _ => self.len.div_ceil(width as u64) as usize,
        }
    }

    fn row_at(&self, at: u64, width: usize) -> usize {
        match self.source {
            Source::Gap => 0,
            _ => (at / width as u64) as usize,
        }
    }

    fn row(&self, idx: usize, width: usize, entry_idx: usize) -> ByteRow {
        let from = idx * width;
        let len = (width as u64).min(self.len - (from as u64).min(self.len)) as usize;
        let content = match self.source {
            Source::Part { part_idx, start } => {
                RowContent::Bytes { part_idx, range: start + from..start + from + len }
            }
            Source::Made => RowContent::Made(from..from + len),
            Source::Gap => RowContent::Gap(self.len),
        };
        ByteRow {
            entry_idx,
            at: self.at + from as u64,
            buffer: self.buffer,
            offset: self.offset + from as u64,
            content,
            look: self.look,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Recording, RecordingPart, Timestamp};
    use crate::schema::Schema;
    use crate::wire::{FrameHead, PREFACE};

    /// Both directions, in pieces of `step` bytes; `None` for what was not kept.
    fn reading(ways: [&[Option<Vec<u8>>]; 2], step: usize) -> Arc<WireReading> {
        let mut parts = Vec::new();
        for (way, direction) in ways.iter().zip([Direction::Sent, Direction::Received]) {
            let mut offset = 0;
            for bytes in *way {
                let pieces: Vec<Option<&[u8]>> = match bytes {
                    Some(bytes) => bytes.chunks(step).map(Some).collect(),
                    None => vec![None],
                };
                for piece in pieces {
                    let len = piece.map_or(100, <[u8]>::len) as u64;
                    let bytes = piece.map(Bytes::copy_from_slice);
                    let at = Timestamp(offset);
                    parts.push(RecordingPart { at, direction, offset, len, bytes });
                    offset += len;
                }
            }
        }
        let recording = Recording { parts, ..Recording::default() };
        Arc::new(WireReading::of_recording(Arc::new(recording), &Schema::default()))
    }

    fn frame(kind: FrameType, payload: &[u8]) -> Vec<u8> {
        let head = FrameHead { len: payload.len() as u32, kind, flags: 0, stream: 1 };
        [&head.write()[..], payload].concat()
    }

    #[test]
    fn headers_stand_alone_and_a_gap_is_one_row() {
        let head = FrameHead { len: 100, kind: FrameType::DATA, flags: 0, stream: 1 };
        let received =
            [Some(frame(FrameType::SETTINGS, &[0; 18])), Some(head.write().to_vec()), None];
        let rows = ByteRows::of(&reading([&[], &received], 1000), WireLevel::Frames, 16);
        let said: Vec<_> =
            rows.rows(0..99).iter().map(|row| (row.entry_idx, row.at, row.look)).collect();
        assert_eq!(
            said,
            [
                (0, 0, RowLook::Header),
                (0, 9, RowLook::Protocol),
                (0, 25, RowLook::Protocol),
                (1, 0, RowLook::Header),
                (2, 0, RowLook::Protocol),
            ]
        );
        assert_eq!((rows.n_rows(), rows.of_entry(1), rows.of_entry(7)), (5, 3..4, 5..5));
        assert_eq!(rows.row_of(Buffer::Received, 26), Some(2));
        assert_eq!(rows.row_of(Buffer::Received, 135), Some(4));
        assert_eq!(rows.row_of(Buffer::Received, 136), None);
        assert_eq!(rows.row_of(Buffer::Sent, 0), None);
    }

    proptest! {
        /// However the bytes came: each is in the row that is said to show it, and no row is cut otherwise alone.
        #[test]
        fn rows_hold_every_byte_and_are_found_by_it(
            payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..6),
            (step, width) in (1_usize..40, 9_usize..20),
            is_logical: bool,
        ) {
            let frames = payloads.iter().map(|payload| Some(frame(FrameType::DATA, payload)));
            let sent: Vec<_> = std::iter::once(Some(PREFACE.to_vec())).chain(frames).collect();
            let reading = reading([&sent, &[]], step);
            let level = if is_logical { WireLevel::Logical } else { WireLevel::Frames };
            let rows = ByteRows::of(&reading, level, width);
            let all = rows.rows(0..rows.n_rows());
            prop_assert_eq!(all.len(), rows.n_rows());
            let mut n_bytes = 0;
            for (row_idx, row) in all.iter().enumerate() {
                let (bytes, range) = row.bytes(&reading);
                prop_assert!(!range.is_empty() && range.end <= bytes.len() && range.len() <= width);
                n_bytes += range.len() as u64;
                for at in 0..range.len() as u64 {
                    prop_assert_eq!(rows.row_of(row.buffer, row.offset + at), Some(row_idx));
                }
                let alone = rows.rows(row_idx..row_idx + 1);
                prop_assert_eq!(alone.first(), Some(row));
                prop_assert!(rows.of_entry(row.entry_idx).contains(&row_idx));
            }
            if !is_logical {
                prop_assert_eq!(n_bytes, reading.recording.len_of(Direction::Sent));
            }
        }
    }
}
