//! The header tables of a connection while it is being recorded: a call that comes
//! later cannot be read without them.

use crate::model::{Direction, HeaderTables};
use crate::wire::{BlockReader, FrameHead, FrameType, Segment, WireKind};

/// A frame that is larger is not gathered: its block could not be read anyway.
const MAX_FRAME: u32 = 1 << 20;

/// Reads along.
#[derive(Debug, Default)]
pub(super) struct HeaderState {
    reader: BlockReader,
    sent: Vec<u8>,
    received: Vec<u8>,
}

impl HeaderState {
    /// A segment that has passed.
    pub(super) fn take(&mut self, direction: Direction, segment: &Segment, bytes: &[u8]) {
        if let Some(WireKind::Frame(head @ FrameHead { len: 0, .. })) = &segment.kind {
            self.finish(direction, head);
            return;
        }
        let Some(head) = segment.frame.filter(|head| matters(head.kind) && head.len <= MAX_FRAME)
        else {
            return;
        };
        let payload = self.payload(direction);
        payload.extend_from_slice(bytes);
        if payload.len() as u64 >= u64::from(head.len) {
            self.finish(direction, &head);
        }
    }

    /// As they stand now.
    pub(super) fn tables(&self) -> HeaderTables {
        self.reader.tables()
    }

    /// Whether no block has begun that has not ended.
    pub(super) fn is_between(&self) -> bool {
        !self.reader.has_open_block()
    }

    fn finish(&mut self, direction: Direction, head: &FrameHead) {
        let payload = std::mem::take(self.payload(direction));
        // What is wrong with a frame is told where it is shown.
        let _read = self.reader.frame(direction, head, &payload, (0, 0));
    }

    fn payload(&mut self, direction: Direction) -> &mut Vec<u8> {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }
}

fn matters(kind: FrameType) -> bool {
    matches!(
        kind,
        FrameType::HEADERS
            | FrameType::CONTINUATION
            | FrameType::PUSH_PROMISE
            | FrameType::SETTINGS
    )
}
