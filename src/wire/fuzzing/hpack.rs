//! Header blocks, one behind the other over one table.

use crate::model::HeaderTable;
use crate::wire::{Block, EntryForm, Hpack, table_block};

/// The first two bytes are how large the table may be; then blocks, each behind its length in one byte.
///
/// # Panics
/// When entries do not follow each other, a table counts wrongly, or its state cannot be handed on.
pub fn hpack(input: &[u8]) {
    let [high, low, rest @ ..] = input else { return };
    let mut hpack = Hpack::default();
    hpack.allow(u32::from(*high) << 8 | u32::from(*low));
    let mut rest = rest;
    while let [len, more @ ..] = rest {
        let (block, behind) = more.split_at(usize::from(*len).min(more.len()));
        // Who comes later and is given the table reads the same.
        let mut other = Hpack::at(&hpack.table());
        let read = hpack.read(block);
        assert_eq!(other.read(block), read);
        assert_eq!(other.table(), hpack.table());
        entries_follow(&read, block.len());
        table_counts(&hpack.table());
        rest = behind;
    }
}

fn entries_follow(read: &Block, len: usize) {
    let mut at = 0;
    for entry in &read.entries {
        assert_eq!(entry.range.start, at);
        at = entry.range.end;
        for literal in [&entry.name, &entry.value].into_iter().flatten() {
            assert!(entry.range.start < literal.range.start && literal.range.end <= at);
            assert_eq!(literal.text.end, literal.range.end);
            assert!(literal.range.start < literal.text.start);
        }
        let is_size = matches!(entry.form, EntryForm::TableSize(_));
        assert!(!is_size || entry.field.0.is_empty() && entry.field.1.is_empty());
        assert_eq!(entry.value.is_none(), is_size || entry.form == EntryForm::Indexed);
    }
    assert_eq!(read.problem.as_ref().map_or(len, |(at, _)| *at), at);
}

fn table_counts(table: &HeaderTable) {
    // RFC 7541 section 4.1.
    let size: usize = table.entries.iter().map(|(name, value)| name.len() + value.len() + 32).sum();
    assert_eq!(size, table.size);
    assert!(table.size <= table.max, "{} of {}", table.size, table.max);
    // A table that is larger than its reader allows waits for the sender to say so.
    if table.max <= table.limit {
        let mut fresh = Hpack::default();
        fresh.allow(u32::try_from(table.limit).unwrap_or(u32::MAX));
        assert_eq!(fresh.read(&table_block(table)).problem, None);
        assert_eq!(&fresh.table(), table);
    }
}
