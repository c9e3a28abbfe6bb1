//! The header tables of a connection while it is being recorded: a call that comes
//! later cannot be read without them.

use crate::model::{Direction, HeaderTables};
use crate::wire::{BlockReader, Payloads, Segment};

/// Reads along.
#[derive(Debug, Default)]
pub(super) struct HeaderState {
    reader: BlockReader,
    payloads: Payloads,
}

impl HeaderState {
    /// A segment that has passed.
    pub(super) fn take(&mut self, direction: Direction, segment: &Segment, bytes: &[u8]) {
        if let Some((head, payload)) = self.payloads.take(direction, segment, bytes) {
            // What is wrong with a frame is told where it is shown.
            let _read = self.reader.frame(direction, &head, &payload, (0, 0));
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
}
