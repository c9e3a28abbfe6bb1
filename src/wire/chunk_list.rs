//! The chunks of an HTTP/1 body with their places (RFC 9112 section 7.1).

use std::ops::Range;

use super::chunks::Chunks;

/// What a stretch of a chunked body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The line with the size.
    Size,
    /// The data.
    Data,
    /// The line end behind the data.
    DataEnd,
    /// The lines behind the last chunk, the empty one included.
    Trailer,
    /// No chunk.
    Bad,
}

/// The parts of a body that has chunks, one behind the other.
pub(super) fn parts(body: &[u8]) -> Vec<(Part, Range<usize>)> {
    let mut parts: Vec<(Part, Range<usize>)> = Vec::new();
    let (mut state, mut at) = (Chunks::Size(0), 0);
    while at < body.len() {
        let part = match state {
            Chunks::Size(_) | Chunks::Extension(_) => Part::Size,
            Chunks::Data(_) => Part::Data,
            Chunks::DataEnd => Part::DataEnd,
            Chunks::Trailer(_) => Part::Trailer,
            Chunks::Done | Chunks::Bad => Part::Bad,
        };
        let rest = body.get(at..).unwrap_or_default();
        let taken = match state {
            Chunks::Data(_) => state.take(rest).0,
            Chunks::Done | Chunks::Bad => rest.len(),
            // Byte by byte: what a line is changes within.
            _ => state.take(rest.get(..1).unwrap_or_default()).0,
        };
        let part = if state == Chunks::Bad { Part::Bad } else { part };
        let end = at + taken.max(1);
        match parts.last_mut() {
            Some((last, range)) if *last == part && part != Part::Data => range.end = end,
            _ => parts.push((part, at..end)),
        }
        at = end;
    }
    parts
}

/// Where the data stand.
pub(super) fn data_ranges(body: &[u8]) -> impl Iterator<Item = Range<usize>> {
    parts(body).into_iter().filter(|(part, _)| *part == Part::Data).map(|(_, range)| range)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_part_has_its_place() {
        let got = parts(b"5\r\nhello\r\n0\r\nx: y\r\n\r\n!");
        assert_eq!(
            got,
            [
                (Part::Size, 0..3),
                (Part::Data, 3..8),
                (Part::DataEnd, 8..10),
                (Part::Size, 10..13),
                (Part::Trailer, 13..21),
                (Part::Bad, 21..22),
            ]
        );
        assert_eq!(parts(b"1z\r\n"), [(Part::Size, 0..1), (Part::Bad, 1..4)]);
    }

    proptest! {
        #[test]
        fn parts_follow_each_other(body: Vec<u8>, size in 0_usize..30) {
            let body = [format!("{size:x}\r\n").as_bytes(), &body].concat();
            let mut at = 0;
            for (_, range) in parts(&body) {
                prop_assert_eq!(range.start, at);
                prop_assert!(range.end > at);
                at = range.end;
            }
            prop_assert_eq!(at, body.len());
        }
    }
}
