//! Finding text or hex in the bytes of a call.

use crate::model::{Direction, Recording};
use crate::session::WireReading;
use crate::wire::{Buffer, Place};

/// More hits are not counted.
const MAX_HITS: usize = 10_000;

/// What was looked for last, and where it stands.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) needle: String,
    pub(super) places: Vec<Place>,
    /// Which of them is looked at.
    pub(super) idx: usize,
}

impl Found {
    /// Looks anew when the words have changed. Says whether they have.
    pub(super) fn look(&mut self, reading: &WireReading, needle: &str) -> bool {
        if self.needle == needle {
            return false;
        }
        *self = Self { needle: needle.to_owned(), places: find(reading, needle), idx: 0 };
        true
    }

    /// The next one, round and round.
    pub(super) fn step(&mut self, is_back: bool) {
        let n = self.places.len().max(1);
        self.idx = (self.idx + if is_back { n - 1 } else { 1 }) % n;
    }

    pub(super) fn current(&self) -> Option<&Place> {
        self.places.get(self.idx)
    }
}

/// Where a text stands, whatever its case, or the bytes that pairs of hex digits mean.
fn find(reading: &WireReading, needle: &str) -> Vec<Place> {
    let text = needle.trim();
    if text.is_empty() {
        return Vec::new();
    }
    let bytes = hex_of(text);
    let mut places = fields(reading, text);
    let mut search = |buffer, offset: u64, hay: &[u8]| {
        let in_hex =
            bytes.iter().flat_map(|bytes| hits(hay, bytes, false).map(|at| (at, bytes.len())));
        let in_text = hits(hay, text.as_bytes(), true).map(|at| (at, text.len()));
        for (at, len) in in_text.chain(in_hex) {
            let start = offset + at as u64;
            let place = Place { buffer, range: start..start + len as u64 };
            if places.len() < MAX_HITS && !places.contains(&place) {
                places.push(place);
            }
        }
    };
    for direction in [Direction::Sent, Direction::Received] {
        for (offset, run) in runs(&reading.recording, direction) {
            search(direction.into(), offset, &run);
        }
    }
    for (idx, made) in reading.exchange.made.iter().enumerate() {
        search(Buffer::Made(idx), 0, made);
    }
    places
}

/// Header fields that say it: compressed, their bytes do not.
fn fields(reading: &WireReading, text: &str) -> Vec<Place> {
    let says = |bytes: &[u8]| hits(bytes, text.as_bytes(), true).next().is_some();
    let entries = reading.exchange.entries();
    let saying = entries.filter(|(_, _, entry)| says(&entry.field.0) || says(&entry.field.1));
    saying
        .flat_map(|(direction, block, entry)| {
            let ranges = block.gathered.places(entry.range.clone());
            ranges.into_iter().map(move |range| Place { buffer: direction.into(), range })
        })
        .collect()
}

/// Stretches without a gap, whatever pieces they came in.
fn runs(recording: &Recording, direction: Direction) -> Vec<(u64, Vec<u8>)> {
    let mut runs: Vec<(u64, Vec<u8>)> = Vec::new();
    for part in recording.parts.iter().filter(|part| part.direction == direction) {
        let Some(bytes) = &part.bytes else { continue };
        match runs.last_mut() {
            Some((start, run)) if *start + run.len() as u64 == part.offset => {
                run.extend_from_slice(bytes);
            }
            _ => runs.push((part.offset, bytes.to_vec())),
        }
    }
    runs
}

fn hits<'a>(
    hay: &'a [u8],
    needle: &'a [u8],
    ignores_case: bool,
) -> impl Iterator<Item = usize> + 'a {
    let fits = move |window: &[u8]| {
        if ignores_case { window.eq_ignore_ascii_case(needle) } else { window == needle }
    };
    hay.windows(needle.len().max(1))
        .enumerate()
        .filter(move |(_, window)| fits(window))
        .map(|(at, _)| at)
}

/// `0a 03 ff` or `0a03ff`: whole bytes only.
fn hex_of(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let is_hex = digits.len() >= 2
        && digits.len().is_multiple_of(2)
        && digits.iter().all(u8::is_ascii_hexdigit);
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    is_hex.then(|| digits.chunks(2).filter_map(pair).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_hex_are_found_where_they_stand() {
        assert_eq!(hex_of("0a 03FF"), Some(vec![10, 3, 255]));
        assert_eq!((hex_of("0a3"), hex_of("hello"), hex_of("")), (None, None, None));
        assert_eq!(hits(b"Hello hello", b"hello", true).collect::<Vec<_>>(), [0, 6]);
        assert_eq!(hits(b"abab", b"ab", false).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(hits(b"a", b"ab", false).count(), 0);
    }
}
