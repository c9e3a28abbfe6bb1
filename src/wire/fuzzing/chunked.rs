//! Bodies in chunks: as they come, and cut into chunks by us.

use super::laws::{hold, recording};
use crate::model::Direction::{Received, Sent};
use crate::wire::chunk_list::{Part, data_ranges, parts};
use crate::wire::{Exchange, StepKind, WireKind, walk};

const ASKED: &[u8] = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
const ANSWERED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
/// Places where our own chunks are cut.
const MAX_CUTS: usize = 48;
const LAST: &[u8] = b"0\r\nX-Last: 1\r\n\r\n";

/// The first byte says where to cut, the second how long our own chunks are; the rest is a chunked body, and is cut
/// into chunks to become one.
///
/// # Panics
/// When the parts of a body do not add up, or what was cut into chunks does not come together again.
pub fn chunked(input: &[u8]) {
    let [cut, size, body @ ..] = input else { return };
    let mut at = 0;
    for (_, range) in parts(body) {
        assert_eq!(range.start, at);
        assert!(range.end > at);
        at = range.end;
    }
    assert_eq!(at, body.len());
    let (asked, answered) = ([ASKED, body].concat(), [ANSWERED, body].concat());
    let cut_at = usize::from(*cut) * answered.len() / 255;
    hold(&[(Sent, &asked), (Received, &answered)], 1, cut_at);
    comes_together(body, usize::from(*size) + 1);
}

fn comes_together(data: &[u8], size: usize) {
    let chunk =
        |data: &[u8]| [format!("{:x};a=b\r\n", data.len()).as_bytes(), data, b"\r\n"].concat();
    let coded: Vec<u8> = data.chunks(size).flat_map(chunk).chain(LAST.iter().copied()).collect();
    let pieces = data_ranges(&coded).map(|range| coded.get(range).unwrap_or_default());
    assert_eq!(pieces.collect::<Vec<_>>().concat(), data);
    assert!(parts(&coded).iter().all(|(part, _)| *part != Part::Bad));
    // Another answer follows: the body ends where it ends.
    let answered = [ANSWERED, &coded, b"HTTP/1.1 204 No Content\r\n\r\n"].concat();
    let asked = [ASKED, LAST, b"GET / HTTP/1.1\r\n\r\n"].concat();
    let read = Exchange::of(&recording(&[(Sent, &asked), (Received, &answered)]));
    for cut in (ANSWERED.len()..answered.len()).take(MAX_CUTS) {
        let (first, rest) = answered.split_at(cut);
        let cut = walk(&recording(&[(Sent, &asked), (Received, first), (Received, rest)]));
        assert_eq!(cut[..], read.items[..]);
    }
    let bodies = read.items.iter().filter(|item| item.kind == WireKind::Http1Body);
    let lens = bodies.map(|item| item.len as usize);
    assert_eq!(lens.collect::<Vec<_>>(), [LAST.len(), coded.len()]);
    let body = read
        .steps
        .iter()
        .find(|step| step.direction == Received && matches!(step.kind, StepKind::Body(_)));
    assert_eq!(body.map(|step| &step.gathered.bytes[..]).unwrap_or_default(), data);
}
