//! A recording without its credentials: each of their bytes becomes a `*`, so that every length stays true.

use std::ops::Range;

use bytes::Bytes;

use super::exchange::Exchange;
use super::kept::Kept;
use super::tree::Node;
use super::{Buffer, WireKind};
use crate::model::{Direction, HeaderTable, HeaderTables, Recording, secret_parameters};

/// `*` as it stands, and as the Huffman code has it: eight bits, so that a text keeps its length and needs no padding.
const PLAIN: u8 = b'*';
const HUFFMAN: u8 = 0xf9;

/// The same recording with the values of secret header fields hidden. Bodies stay as they are.
pub fn redacted(recording: &Recording, is_secret: impl Fn(&str) -> bool) -> Recording {
    // All of it: a stream's recording holds header blocks of others.
    let exchange = Exchange::of(&Recording { stream: None, ..recording.clone() });
    let kept = Kept::of(recording);
    let is_secret = |name: &[u8]| is_secret(&String::from_utf8_lossy(name));
    let mut hidden: Vec<(Direction, Range<u64>, u8)> = Vec::new();
    for (direction, block, entry) in exchange.entries() {
        let Some(value) = &entry.value else { continue };
        let star = if value.is_huffman { HUFFMAN } else { PLAIN };
        for within in secret_parts(&entry.field, value.is_huffman, &is_secret) {
            let text = value.text.start + within.start
                ..value.text.start.saturating_add(within.end).min(value.text.end);
            let places = block.gathered.places(text);
            hidden.extend(places.into_iter().map(|range| (direction, range, star)));
        }
    }
    for (item_idx, item) in exchange.items.iter().enumerate() {
        if !matches!(item.kind, WireKind::Http1Head(_) | WireKind::Unknown) {
            continue;
        }
        let Some(head) = exchange.item_tree(&kept, item_idx) else { continue };
        let secret = head.children.iter().filter(|line| is_secret(line.label.as_bytes()));
        let values = secret.filter_map(|line| line.children.last());
        let places = values.flat_map(|value: &Node| value.places.clone());
        hidden.extend(places.map(|place| {
            let is_sent = place.buffer == Buffer::Sent;
            let way = if is_sent { Direction::Sent } else { Direction::Received };
            (way, place.range, PLAIN)
        }));
        // The first line may ask with credentials in its query.
        let first = head.children.first().and_then(|line| line.places.first());
        let Some(line) = first.map(|place| place.range.clone()) else { continue };
        let text = kept.read(item.direction, line.clone());
        let at =
            |range: Range<usize>| line.start + range.start as u64..line.start + range.end as u64;
        let parameters = secret_parameters(&text).into_iter().map(at);
        hidden.extend(parameters.map(|range| (item.direction, range, PLAIN)));
    }
    let table = |table: &HeaderTable| HeaderTable {
        entries: table.entries.iter().map(|field| hide(field, &is_secret)).collect(),
        ..table.clone()
    };
    let tables = HeaderTables {
        sent: table(&recording.tables.sent),
        received: table(&recording.tables.received),
    };
    let mut redacted = Recording { tables, ..recording.clone() };
    for part in &mut redacted.parts {
        let Some(bytes) = &part.bytes else { continue };
        let here = hidden.iter().filter(|(way, range, _)| {
            *way == part.direction
                && range.start < part.offset + part.len
                && range.end > part.offset
        });
        let mut copy: Option<Vec<u8>> = None;
        for (_, range, star) in here {
            let copy = copy.get_or_insert_with(|| bytes.to_vec());
            let start = range.start.saturating_sub(part.offset) as usize;
            let end = (range.end - part.offset).min(part.len) as usize;
            copy.get_mut(start..end).unwrap_or_default().fill(*star);
        }
        part.bytes = copy.map(Bytes::from).or_else(|| Some(bytes.clone()));
    }
    redacted
}

/// Which bytes of a field's value are to be hidden. Of a Huffman-coded one all of them: its letters have no bytes of
/// their own.
fn secret_parts(
    (name, value): &(Bytes, Bytes),
    is_huffman: bool,
    is_secret: &impl Fn(&[u8]) -> bool,
) -> Vec<Range<usize>> {
    let all = || std::iter::once(0..usize::MAX).collect();
    if is_secret(name) {
        return all();
    }
    let parameters = if &name[..] == b":path" { secret_parameters(value) } else { Vec::new() };
    if is_huffman && !parameters.is_empty() { all() } else { parameters }
}

fn hide(field: &(Bytes, Bytes), is_secret: &impl Fn(&[u8]) -> bool) -> (Bytes, Bytes) {
    let mut value = field.1.to_vec();
    for part in secret_parts(field, false, is_secret) {
        let end = part.end.min(value.len());
        value.get_mut(part.start..end).unwrap_or_default().fill(PLAIN);
    }
    (field.0.clone(), value.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RecordingPart, Timestamp};
    use crate::wire::{FrameHead, FrameType, PREFACE, StepKind};

    fn recording(bytes: &[u8], step: usize) -> Recording {
        let parts = bytes.chunks(step).enumerate().map(|(idx, piece)| RecordingPart {
            at: Timestamp(idx as u64),
            direction: Direction::Sent,
            offset: (idx * step) as u64,
            len: piece.len() as u64,
            bytes: Some(Bytes::copy_from_slice(piece)),
        });
        Recording { parts: parts.collect(), ..Recording::default() }
    }

    fn is_secret(name: &str) -> bool {
        name.eq_ignore_ascii_case("authorization")
    }

    #[test]
    fn a_head_keeps_its_length_and_loses_its_credential() {
        let text = b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer hunter2\r\nX: y\r\n\r\n";
        for step in [1, 7, 200] {
            let hidden = redacted(&recording(text, step), is_secret).contiguous(Direction::Sent);
            let hidden = String::from_utf8(hidden.to_vec()).unwrap();
            assert_eq!(
                hidden,
                "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: **************\r\nX: y\r\n\r\n"
            );
        }
    }

    #[test]
    fn a_query_loses_its_credential_too() {
        let text = b"GET /a?page=2&token=hunter2 HTTP/1.1\r\nHost: a\r\n\r\n";
        let hidden = redacted(&recording(text, 5), is_secret).contiguous(Direction::Sent);
        assert!(hidden.starts_with(b"GET /a?page=2&token=******* HTTP/1.1\r\n"), "{hidden:?}");
        let path = |flag: u8, value: &[u8]| {
            let block = [&[0x44, flag | value.len() as u8][..], value].concat();
            let (flags, kind) = (FrameHead::END_HEADERS, FrameType::HEADERS);
            let head = FrameHead { len: block.len() as u32, kind, flags, stream: 1 };
            [PREFACE, &head.write()[..], &block].concat()
        };
        let all = recording(&path(0, b"/a?key=12"), 7);
        let read = Exchange::of(&redacted(&all, is_secret));
        assert_eq!(read.steps[0].field(":path").as_deref(), Some("/a?key=**"));
    }

    /// Literal and Huffman-coded, and a later block that names the field by its index.
    #[test]
    fn a_header_block_stays_readable() {
        let plain = [&[0x40, 13][..], b"authorization", &[4], b"abcd"].concat();
        // "no-cache" of RFC 7541 C.4.2, as a value of authorization (static index 23).
        let huffman = [0x57, 0x86, 0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf];
        let frame = |payload: &[u8], stream| {
            let flags = FrameHead::END_HEADERS;
            let head =
                FrameHead { len: payload.len() as u32, kind: FrameType::HEADERS, flags, stream };
            [&head.write()[..], payload].concat()
        };
        let all =
            [PREFACE.to_vec(), frame(&plain, 1), frame(&huffman, 3), frame(&[0xbe], 5)].concat();
        let before = recording(&all, 16);
        let after = redacted(&before, is_secret);
        assert_eq!(after.len_of(Direction::Sent), before.len_of(Direction::Sent));
        let values: Vec<_> = Exchange::of(&after)
            .steps
            .iter()
            .map(|step| match &step.kind {
                StepKind::Headers(fields) => fields[0].1.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(values, ["****", "******", "******"]);
    }
}
