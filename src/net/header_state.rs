//! The header tables and flow-control windows of a connection while it is being recorded: a call that comes later
//! cannot be read without them.

use crate::model::{Direction, FlowWindows, HeaderTables};
use crate::wire::{BlockReader, FrameHead, FrameType, Payloads, Segment, WindowReader, WireKind};

/// Reads along.
#[derive(Debug, Default)]
pub(super) struct HeaderState {
    reader: BlockReader,
    payloads: Payloads,
    windows: WindowReader,
    /// How much has passed of DATA that has not ended: of what was sent, and of what was received.
    n_data: [u64; 2],
}

impl HeaderState {
    /// A segment that has passed.
    pub(super) fn take(&mut self, direction: Direction, segment: &Segment, bytes: &[u8]) {
        if let Some((head, payload)) = self.payloads.take(direction, segment, bytes) {
            // What is wrong with a frame is told where it is shown.
            let _read = self.reader.frame(direction, &head, &payload, (0, 0));
            let _followed = self.windows.frame(direction, &head, &payload, |_change| {});
        } else if let Some(head) = self.whole_data(direction, segment) {
            let _followed = self.windows.frame(direction, &head, &[], |_change| {});
        }
    }

    /// A DATA frame that has passed to its end.
    fn whole_data(&mut self, direction: Direction, segment: &Segment) -> Option<FrameHead> {
        if let Some(WireKind::Frame(head @ FrameHead { len: 0, kind: FrameType::DATA, .. })) =
            &segment.kind
        {
            return Some(*head);
        }
        let head = segment.frame.filter(|head| head.kind == FrameType::DATA)?;
        let [sent, received] = &mut self.n_data;
        let n_passed = if direction == Direction::Sent { sent } else { received };
        *n_passed += segment.len;
        let is_whole = *n_passed >= u64::from(head.len);
        is_whole.then(|| {
            *n_passed = 0;
            head
        })
    }

    /// As they stand now.
    pub(super) fn tables(&self) -> HeaderTables {
        self.reader.tables()
    }

    /// As they stand now.
    pub(super) fn windows(&self) -> FlowWindows {
        self.windows.windows().clone()
    }

    /// Whether no block has begun that has not ended.
    pub(super) fn is_between(&self) -> bool {
        !self.reader.has_open_block()
    }
}
