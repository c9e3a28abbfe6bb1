//! Bytes gathered from stretches of a stream, and where each stood.

use std::ops::Range;

/// A message, a header block or a body that the wire carried in pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gathered {
    /// In one piece.
    pub bytes: Vec<u8>,
    stretches: Vec<Stretch>,
}

/// One piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins among the gathered bytes.
    pub at: usize,
    /// Where it stood in the stream.
    pub offset: u64,
    /// The item of the walk that carried it.
    pub item_idx: usize,
}

impl Gathered {
    /// Adds bytes that stood at `offset`.
    pub fn push(&mut self, offset: u64, bytes: &[u8], item_idx: usize) {
        if !bytes.is_empty() {
            self.stretches.push(Stretch { at: self.bytes.len(), offset, item_idx });
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Some of it.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::default();
        let mut at = range.start;
        for place in self.places(range) {
            let end = at + (place.end - place.start) as usize;
            let item_idx = self.stretch_at(at).map_or(0, |stretch| stretch.item_idx);
            part.push(place.start, self.bytes.get(at..end).unwrap_or_default(), item_idx);
            at = end;
        }
        part
    }

    /// The items that carried it.
    pub fn items(&self) -> impl Iterator<Item = usize> {
        self.stretches.iter().map(|stretch| stretch.item_idx)
    }

    /// The piece that carried this byte.
    pub fn stretch_at(&self, at: usize) -> Option<Stretch> {
        let after = self.stretches.partition_point(|stretch| stretch.at <= at);
        self.stretches.get(after.checked_sub(1)?).copied()
    }

    /// Where these bytes stood in the stream, in order.
    pub fn places(&self, range: Range<usize>) -> Vec<Range<u64>> {
        let end = range.end.min(self.bytes.len());
        let mut places: Vec<Range<u64>> = Vec::new();
        let first = self.stretches.partition_point(|stretch| stretch.at <= range.start);
        let from = first.saturating_sub(1);
        for (idx, stretch) in self.stretches.iter().enumerate().skip(from) {
            let next = self.stretches.get(idx + 1).map_or(self.bytes.len(), |next| next.at);
            let (start, stop) = (range.start.max(stretch.at), end.min(next));
            if stretch.at >= end {
                break;
            }
            if start < stop {
                let start_at = stretch.offset + (start - stretch.at) as u64;
                let stop_at = stretch.offset + (stop - stretch.at) as u64;
                match places.last_mut() {
                    Some(last) if last.end == start_at => last.end = stop_at,
                    _ => places.push(start_at..stop_at),
                }
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_is_found_where_it_stood() {
        let mut gathered = Gathered::default();
        gathered.push(100, b"abcd", 0);
        gathered.push(104, b"ef", 1);
        gathered.push(200, b"gh", 2);
        assert_eq!(gathered.places(0..8), [100..106, 200..202]);
        assert_eq!(gathered.places(3..7), [103..106, 200..201]);
        assert_eq!(gathered.places(6..99), gathered.places(6..8));
        assert_eq!(gathered.places(8..9), []);
        assert_eq!(gathered.stretch_at(5).unwrap().item_idx, 1);
        assert_eq!(Gathered::default().stretch_at(0), None);
    }

    proptest! {
        #[test]
        fn places_hold_the_bytes(
            pieces in proptest::collection::vec((0_u64..9, proptest::collection::vec(any::<u8>(), 0..6)), 0..8),
            (a, b) in (0_usize..50, 0_usize..50),
        ) {
            let (mut gathered, mut stream) = (Gathered::default(), Vec::new());
            for (idx, (skipped, piece)) in pieces.iter().enumerate() {
                stream.resize(stream.len() + *skipped as usize, 0);
                gathered.push(stream.len() as u64, piece, idx);
                stream.extend_from_slice(piece);
            }
            let range = a.min(gathered.bytes.len())..b.clamp(a, 50).min(gathered.bytes.len()).max(a.min(gathered.bytes.len()));
            let found: Vec<u8> = gathered
                .places(range.clone())
                .into_iter()
                .flat_map(|place| stream[place.start as usize..place.end as usize].to_vec())
                .collect();
            prop_assert_eq!(&found[..], &gathered.bytes[range]);
        }
    }
}
