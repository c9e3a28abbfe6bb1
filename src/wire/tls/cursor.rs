//! Reading vectors with their lengths before them (RFC 8446 section 3.4).

use std::ops::Range;

/// A place in bytes, and where they end.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    /// Where the next byte stands.
    pub(super) at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    /// Over a part of some bytes.
    pub(super) fn of(bytes: &'a [u8], range: Range<usize>) -> Self {
        let end = range.end.min(bytes.len());
        Self { bytes, at: range.start.min(end), end }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    /// Passes over so many bytes.
    pub(super) fn skip(&mut self, len: usize) -> Option<Range<usize>> {
        let next = self.at.checked_add(len).filter(|next| *next <= self.end)?;
        Some(std::mem::replace(&mut self.at, next)..next)
    }

    /// A big-endian number of so many bytes.
    pub(super) fn number(&mut self, len: usize) -> Option<u64> {
        let range = self.skip(len)?;
        let bytes = self.bytes.get(range)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// What stands behind a length of so many bytes.
    pub(super) fn vector(&mut self, len_of_len: usize) -> Option<Range<usize>> {
        let begun = self.at;
        let len = self.number(len_of_len)?;
        let content = usize::try_from(len).ok().and_then(|len| self.skip(len));
        if content.is_none() {
            self.at = begun;
        }
        content
    }

    /// Numbers of two bytes each, to the end.
    pub(super) fn pairs(mut self) -> impl Iterator<Item = (Range<usize>, u64)> + use<'a> {
        std::iter::from_fn(move || {
            let start = self.at;
            let number = self.number(2)?;
            Some((start..self.at, number))
        })
    }
}
