//! Header blocks put together from their frames, both directions of a connection
//! (RFC 9113 section 4.3).

use std::ops::Range;

use super::gathered::Gathered;
use super::hpack::{Block, Hpack};
use super::http2::{FrameHead, FrameType};
use crate::model::{Direction, HeaderTables, WireFault};

/// `SETTINGS_HEADER_TABLE_SIZE` (RFC 9113 section 6.5.2).
const HEADER_TABLE_SIZE: u16 = 1;
/// What is gathered of one block.
const MAX_BLOCK: usize = 1 << 20;

/// A block that has ended, and what carried it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderBlock {
    /// Whose.
    pub stream: u32,
    /// Whether its sender says no more.
    pub ends_stream: bool,
    /// Whether it announces a push.
    pub is_promise: bool,
    /// Its bytes.
    pub gathered: Gathered,
    /// What they say.
    pub block: Block,
}

/// Reads the blocks of a connection; frames must come in the order in which they passed.
#[derive(Debug, Default)]
pub struct BlockReader {
    sent: Side,
    received: Side,
}

#[derive(Debug, Default)]
struct Side {
    hpack: Hpack,
    open: Option<(FrameHead, Gathered)>,
}

impl BlockReader {
    /// Goes on where these tables stood.
    pub fn at(tables: &HeaderTables) -> Self {
        let side = |table| Side { hpack: Hpack::at(table), open: None };
        Self { sent: side(&tables.sent), received: side(&tables.received) }
    }

    /// The tables now.
    pub fn tables(&self) -> HeaderTables {
        HeaderTables { sent: self.sent.hpack.table(), received: self.received.hpack.table() }
    }

    /// Whether a block has begun that has not ended.
    pub fn has_open_block(&self) -> bool {
        self.sent.open.is_some() || self.received.open.is_some()
    }

    /// A whole frame with its payload, which stood at `offset` and is item `item_idx`.
    ///
    /// # Errors
    /// What is wrong with the frame.
    pub fn frame(
        &mut self,
        direction: Direction,
        head: &FrameHead,
        payload: &[u8],
        (offset, item_idx): (u64, usize),
    ) -> Result<Option<HeaderBlock>, WireFault> {
        let (own, other) = match direction {
            Direction::Sent => (&mut self.sent, &mut self.received),
            Direction::Received => (&mut self.received, &mut self.sent),
        };
        match head.kind {
            FrameType::SETTINGS => {
                if let Some(size) = table_size(payload) {
                    other.hpack.allow(size);
                }
                return Ok(None);
            }
            FrameType::HEADERS | FrameType::PUSH_PROMISE => {
                own.open = Some((*head, Gathered::default()));
            }
            FrameType::CONTINUATION => {}
            _ => return Ok(None),
        }
        let range = fragment(head, payload.first().copied())?;
        let Some((_, gathered)) = &mut own.open else { return Err(WireFault::StrayContinuation) };
        let fragment = payload.get(range.clone()).unwrap_or_default();
        if gathered.bytes.len() + fragment.len() > MAX_BLOCK {
            own.open = None;
            return Err(WireFault::TooLarge { limit: MAX_BLOCK as u64 });
        }
        gathered.push(offset + range.start as u64, fragment, item_idx);
        if !head.has(FrameHead::END_HEADERS) {
            return Ok(None);
        }
        let Some((first, gathered)) = own.open.take() else { return Ok(None) };
        let block = own.hpack.read(&gathered.bytes);
        Ok(Some(HeaderBlock {
            stream: first.stream,
            ends_stream: first.ends_stream(),
            is_promise: first.kind == FrameType::PUSH_PROMISE,
            gathered,
            block,
        }))
    }

    /// The item with which a block of this direction began that has not ended.
    pub(super) fn open_item(&self, direction: Direction) -> Option<usize> {
        let side = match direction {
            Direction::Sent => &self.sent,
            Direction::Received => &self.received,
        };
        side.open.as_ref()?.1.items().next()
    }
}

fn table_size(settings: &[u8]) -> Option<u32> {
    let mut sizes = settings.chunks_exact(6).filter_map(|setting| match setting {
        [high, low, a, b, c, d] if u16::from_be_bytes([*high, *low]) == HEADER_TABLE_SIZE => {
            Some(u32::from_be_bytes([*a, *b, *c, *d]))
        }
        _ => None,
    });
    sizes.next_back()
}

/// Where in a payload the content stands: behind the length of padding (its `first` byte), priority and promise,
/// before the padding.
///
/// # Errors
/// When the payload is too short for them.
pub(super) fn fragment(head: &FrameHead, first: Option<u8>) -> Result<Range<usize>, WireFault> {
    let len = head.len as usize;
    let has_padding =
        matches!(head.kind, FrameType::DATA | FrameType::HEADERS | FrameType::PUSH_PROMISE)
            && head.has(FrameHead::PADDED);
    let padding = if has_padding { first.filter(|_| len > 0).map(usize::from) } else { Some(0) };
    let mut start = usize::from(has_padding);
    if head.kind == FrameType::HEADERS && head.has(FrameHead::PRIORITY) {
        start += 5;
    }
    if head.kind == FrameType::PUSH_PROMISE {
        start += 4;
    }
    let end = padding.and_then(|padding| len.checked_sub(padding));
    match end {
        Some(end) if start <= end => Ok(start..end),
        _ if has_padding => Err(WireFault::Padding),
        _ => Err(WireFault::FrameLength(len as u64)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(kind: FrameType, flags: u8, len: usize) -> FrameHead {
        FrameHead { len: len as u32, kind, flags, stream: 1 }
    }

    fn read(frames: &[(FrameType, u8, &[u8])]) -> Result<Option<HeaderBlock>, WireFault> {
        let mut reader = BlockReader::default();
        let (mut offset, mut last) = (0, Ok(None));
        for (item_idx, (kind, flags, payload)) in frames.iter().enumerate() {
            let head = head(*kind, *flags, payload.len());
            offset += 9;
            last = reader.frame(Direction::Sent, &head, payload, (offset, item_idx));
            offset += payload.len() as u64;
        }
        last
    }

    #[test]
    fn a_block_in_pieces_with_padding_and_priority() {
        let first = [2, 0, 0, 0, 0, 16, 0x82, 0, 0];
        let all = FrameHead::PADDED | FrameHead::PRIORITY;
        let block = read(&[
            (FrameType::HEADERS, all | FrameHead::END_STREAM, &first),
            (FrameType::CONTINUATION, FrameHead::END_HEADERS, &[0x86, 0x84]),
        ]);
        let block = block.unwrap().unwrap();
        assert_eq!((block.stream, block.ends_stream, block.block.entries.len()), (1, true, 3));
        assert_eq!(block.gathered.places(0..3), [15..16, 27..29]);
    }

    #[test]
    fn what_is_no_block() {
        let (headers, continuation) = (FrameType::HEADERS, FrameType::CONTINUATION);
        assert_eq!(read(&[(headers, FrameHead::PADDED, &[9, 0x82])]), Err(WireFault::Padding));
        assert_eq!(read(&[(headers, FrameHead::PADDED, &[])]), Err(WireFault::Padding));
        let short = read(&[(headers, FrameHead::PRIORITY, &[0; 4])]);
        assert_eq!(short, Err(WireFault::FrameLength(4)));
        assert_eq!(read(&[(continuation, 4, &[0x82])]), Err(WireFault::StrayContinuation));
        assert_eq!(read(&[(headers, 0, &[0x82])]), Ok(None));
    }

    #[test]
    fn tables_go_on_and_settings_of_the_reader_count() {
        let literal = [0x40, 1, b'a', 1, b'b'];
        let mut reader = BlockReader::default();
        let end = FrameHead::END_HEADERS;
        let frame = |reader: &mut BlockReader, direction, kind, payload: &[u8]| {
            reader.frame(direction, &head(kind, end, payload.len()), payload, (0, 0)).unwrap()
        };
        frame(&mut reader, Direction::Sent, FrameType::HEADERS, &literal);
        let mut later = BlockReader::at(&reader.tables());
        let block = frame(&mut later, Direction::Sent, FrameType::HEADERS, &[0xbe]).unwrap();
        assert_eq!(block.block.entries[0].field, ("a".into(), "b".into()));
        let settings = [0, 1, 0, 1, 0, 0];
        frame(&mut later, Direction::Received, FrameType::SETTINGS, &settings);
        assert_eq!(later.tables().sent.limit, 65_536);
        assert_eq!(later.tables().received.limit, 4096);
    }

    proptest! {
        #[test]
        fn any_frames_are_read_without_panic(
            frames in proptest::collection::vec((any::<bool>(), 0_u8..11, any::<u8>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..12),
        ) {
            let mut reader = BlockReader::default();
            for (is_sent, kind, flags, payload) in frames {
                let direction = if is_sent { Direction::Sent } else { Direction::Received };
                let head = head(FrameType(kind), flags, payload.len());
                let _read = reader.frame(direction, &head, &payload, (0, 0));
            }
        }
    }
}
