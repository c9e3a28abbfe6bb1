//! One call of a connection that others share: which bytes are its own.

use std::ops::Range;

use super::blocks::BlockReader;
use super::exchange::Exchange;
use super::http1::StartLine;
use super::http2::{FRAME_HEAD_LEN, FrameType};
use super::kept::Kept;
use super::lane::WireKind;
use super::step::{Step, StepKind};
use super::walk::WireItem;
use crate::model::{Direction, HeaderTables, Recording};

/// Where a call stands in a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneCall {
    /// Its HTTP/2 stream; 0 for HTTP/1.
    pub stream: u32,
    /// From its first item to its last; with HTTP/2 those of other calls may lie between.
    items: Range<usize>,
}

/// Which items a reading of one stream shows: the connection's own frames belong to every call, and what was not
/// kept belongs to the frame before it.
pub(super) fn shown(items: &[WireItem], only: Option<u32>) -> Vec<bool> {
    let Some(only) = only else { return vec![true; items.len()] };
    let mut last = [true; 2];
    let is_shown = items.iter().map(|item| {
        let [sent, received] = &mut last;
        let last = if item.direction == Direction::Sent { sent } else { received };
        *last = match &item.kind {
            WireKind::Frame(head) => head.stream == only || head.stream == 0,
            WireKind::Gap => *last,
            _ => true,
        };
        *last
    });
    is_shown.collect()
}

/// The bytes of the shown items; a gap's are in its frame's.
pub(super) fn len_of(items: &[WireItem], shown: &[bool], direction: Direction) -> u64 {
    let own = items.iter().zip(shown).filter(|(item, is_shown)| {
        **is_shown && item.direction == direction && item.kind != WireKind::Gap
    });
    own.map(|(item, _)| item.len).sum()
}

impl Exchange {
    /// The call whose request this is said of.
    pub fn find_call(&self, is_asked: impl Fn(&Step) -> bool) -> Option<OneCall> {
        let asked = self.steps.iter().find(|step| is_request(step) && is_asked(step))?;
        let stream = asked.stream;
        let items = if stream == 0 {
            // Over HTTP/1 the next request ends the one before.
            let next = self.steps.iter().filter(|step| is_request(step)).map(|step| step.item_idx);
            let next = next.filter(|item_idx| *item_idx > asked.item_idx).min();
            asked.item_idx..next.unwrap_or(self.items.len())
        } else {
            let own = |item: &WireItem| matches!(&item.kind, WireKind::Frame(head) if head.stream == stream);
            let last = self.items.iter().rposition(own)?;
            asked.item_idx..last + 1
        };
        Some(OneCall { stream, items })
    }

    /// Whether a call has begun and not ended.
    pub fn is_open(&self, call: &OneCall) -> bool {
        if call.stream == 0 {
            return !self.is_quiet();
        }
        self.open_streams.contains(&call.stream)
    }

    /// The stretch of the recording that a call used, with the header tables at its beginning. The first call of a
    /// connection has what opened it, too.
    pub fn cut(&self, recording: &Recording, call: &OneCall) -> Recording {
        let own = self.items.get(call.items.clone()).unwrap_or_default();
        let is_own = |item: &WireItem| match &item.kind {
            WireKind::Frame(head) => head.stream == call.stream,
            _ => call.stream == 0,
        };
        let before = self.items.get(..call.items.start).unwrap_or_default();
        let is_first = before.iter().all(|item| match &item.kind {
            WireKind::Frame(head) => head.stream == 0,
            WireKind::Preface => true,
            _ => false,
        });
        let range = |direction| {
            let own = own.iter().filter(|item| item.direction == direction && is_own(item));
            let ranges = own.map(|item| (item.offset, item.offset + item.len));
            let (start, end) = ranges.reduce(|all, next| (all.0, all.1.max(next.1)))?;
            let passed = recording.parts.iter().find(|part| part.direction == direction);
            let begins_here = passed.is_some_and(|part| part.offset == 0);
            Some(if is_first && begins_here { (0, end) } else { (start, end) })
        };
        let ways = [Direction::Sent, Direction::Received].map(range);
        let parts = recording.parts.iter().filter_map(|part| {
            let [sent, received] = ways;
            let (start, end) = if part.direction == Direction::Sent { sent } else { received }?;
            part.within(start, end)
        });
        let tables = self.tables_at(recording, ways.map(|range| range.unwrap_or_default().0));
        Recording {
            connection: recording.connection,
            parts: parts.collect(),
            tables,
            windows: None,
            stream: None,
        }
    }

    /// The header tables of both directions where each of them is cut.
    fn tables_at(&self, recording: &Recording, [sent, received]: [u64; 2]) -> HeaderTables {
        let kept = Kept::of(recording);
        let mut reader = BlockReader::at(&recording.tables);
        let mut found = [None, None];
        for item in self.items.iter() {
            let WireKind::Frame(head) = &item.kind else { continue };
            let [of_sent, of_received] = &mut found;
            let (slot, cut) = match item.direction {
                Direction::Sent => (of_sent, sent),
                Direction::Received => (of_received, received),
            };
            if item.offset >= cut && slot.is_none() {
                *slot = Some(reader.tables());
            }
            if head.kind != FrameType::DATA {
                let start = item.offset + FRAME_HEAD_LEN as u64;
                let payload = kept.read(item.direction, start..item.offset + item.len);
                // What is wrong with it is told where it is read.
                let _read = reader.frame(item.direction, head, &payload, (start, 0));
            }
        }
        let [of_sent, of_received] = found.map(|tables| tables.unwrap_or_else(|| reader.tables()));
        HeaderTables { sent: of_sent.sent, received: of_received.received }
    }
}

fn is_request(step: &Step) -> bool {
    match &step.kind {
        StepKind::Http1Head(head) => matches!(head.start, StartLine::Request { .. }),
        StepKind::Headers(_) => step.field(":method").is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
