//! The kept bytes of a recording, found by their offset.

use std::ops::Range;

use crate::model::{Direction, Recording, RecordingPart};

/// An index of a recording.
#[derive(Debug)]
pub struct Kept<'a> {
    sent: Vec<&'a RecordingPart>,
    received: Vec<&'a RecordingPart>,
}

impl<'a> Kept<'a> {
    /// Indexes it.
    pub fn of(recording: &'a Recording) -> Self {
        let way =
            |direction| recording.parts.iter().filter(|part| part.direction == direction).collect();
        Self { sent: way(Direction::Sent), received: way(Direction::Received) }
    }

    /// The bytes of a stretch up to the first that was not kept.
    pub fn read(&self, direction: Direction, range: Range<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.pieces(direction, range, |piece| bytes.extend_from_slice(piece));
        bytes
    }

    /// The same in the pieces in which it was kept. Gives where it ends.
    pub(super) fn pieces(
        &self,
        direction: Direction,
        range: Range<u64>,
        mut each: impl FnMut(&'a [u8]),
    ) -> u64 {
        let parts = match direction {
            Direction::Sent => &self.sent,
            Direction::Received => &self.received,
        };
        let first = parts.partition_point(|part| part.offset + part.len <= range.start);
        let mut at = range.start;
        for part in parts.iter().skip(first) {
            let Some(bytes) = part.bytes.as_ref().filter(|_| part.offset <= at && at < range.end)
            else {
                break;
            };
            let end = range.end.min(part.offset + part.len);
            let within = (at - part.offset) as usize..(end - part.offset) as usize;
            each(bytes.get(within).unwrap_or_default());
            at = end;
        }
        at
    }
}
