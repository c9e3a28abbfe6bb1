//! Decoded bytes as a tree: what each of them means, and where it stands.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::{Direction, WireFault};

/// What offsets count in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Buffer {
    /// What was sent, from the start of the connection.
    Sent,
    /// What was received, from the start of the connection.
    Received,
    /// Bytes that were made of others, such as a decompressed message.
    Made(usize),
}

impl From<Direction> for Buffer {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Sent => Self::Sent,
            Direction::Received => Self::Received,
        }
    }
}

/// Bytes of one buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which buffer.
    pub buffer: Buffer,
    /// Which of its bytes.
    pub range: Range<u64>,
}

/// One meaning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// What it is, as its standard or its schema calls it.
    pub label: Cow<'static, str>,
    /// What it says; empty where the children say it.
    pub value: String,
    /// Where it stands; several where the wire carried it in pieces.
    pub places: Vec<Place>,
    /// What is wrong with it.
    pub fault: Option<WireFault>,
    /// What it is made of.
    pub children: Vec<Self>,
}

impl Node {
    /// A node without bytes.
    pub fn new(label: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), ..Self::default() }
    }

    /// The same at these places.
    #[must_use]
    pub fn at(mut self, buffer: Buffer, ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        self.places.extend(ranges.into_iter().map(|range| Place { buffer, range }));
        self
    }

    /// The same with something wrong.
    #[must_use]
    pub fn wrong(mut self, fault: Option<WireFault>) -> Self {
        self.fault = fault;
        self
    }

    /// The same with children.
    #[must_use]
    pub fn with(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// Whether this byte belongs to it.
    pub fn holds(&self, buffer: Buffer, offset: u64) -> bool {
        let mut places = self.places.iter();
        places.any(|place| place.buffer == buffer && place.range.contains(&offset))
    }

    /// The way down to the smallest meaning of a byte: the index of a child on each level. `None` when the byte is
    /// none of its own.
    pub fn path_to(&self, buffer: Buffer, offset: u64) -> Option<Vec<usize>> {
        let mut path = Vec::new();
        let mut node = self.holds(buffer, offset).then_some(self)?;
        while let Some((idx, child)) =
            node.children.iter().enumerate().find(|(_, child)| child.holds(buffer, offset))
        {
            path.push(idx);
            node = child;
        }
        Some(path)
    }

    /// The node at the end of such a way.
    pub fn get(&self, path: &[usize]) -> Option<&Self> {
        path.iter().try_fold(self, |node, idx| node.children.get(*idx))
    }
}

/// Makes nodes for parts of a stretch of bytes that stands at `offset`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bench<'a> {
    pub(super) buffer: Buffer,
    pub(super) offset: u64,
    /// As far as they were kept.
    pub(super) bytes: &'a [u8],
    /// How many have passed: no place goes beyond.
    pub(super) len: u64,
}

impl<'a> Bench<'a> {
    /// The bytes of a part, as far as they are there.
    pub(super) fn get(&self, range: Range<usize>) -> &'a [u8] {
        let end = range.end.min(self.bytes.len());
        self.bytes.get(range.start.min(end)..end).unwrap_or_default()
    }

    /// A big-endian number.
    pub(super) fn number(&self, range: Range<usize>) -> u64 {
        self.get(range).iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    pub(super) fn node(
        &self,
        range: Range<usize>,
        label: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Node {
        let within = |at: usize| self.offset + (at as u64).min(self.len);
        let place = within(range.start)..within(range.end);
        Node::new(label, value).at(self.buffer, [place])
    }

    pub(super) fn number_node(&self, range: Range<usize>, label: &'static str) -> Node {
        self.node(range.clone(), label, self.number(range).to_string())
    }

    /// The rest behind `start`.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let start = (range.start as u64).min(self.len);
        let len = (range.end as u64).min(self.len) - start;
        Self { offset: self.offset + start, bytes: self.get(range), len, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_meaning_of_a_byte_is_found() {
        let bench = Bench { buffer: Buffer::Sent, offset: 100, bytes: &[1, 2, 3, 4], len: 4 };
        let part = bench
            .node(0..4, "part", "")
            .with([bench.number_node(0..2, "first"), bench.number_node(2..4, "second")]);
        assert_eq!(part.path_to(Buffer::Sent, 103), Some(vec![1]));
        assert_eq!(part.get(&[1]).unwrap().value, "772");
        assert_eq!(part.get(&[0, 0]), None);
        assert_eq!(part.path_to(Buffer::Sent, 104), None);
        assert_eq!(part.path_to(Buffer::Received, 103), None);
    }
}
