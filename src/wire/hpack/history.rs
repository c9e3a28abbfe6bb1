//! The dynamic table behind any block of a direction. Kept is what went into it, block by block: a table of its own
//! for every block would grow without bound.

use super::table::{self, Field};
use super::{Block, EntryForm};
use crate::model::HeaderTable;

/// What went into a table, in the order in which it did.
#[derive(Debug, Clone, Default)]
pub struct TableHistory {
    /// The block, what it changed, and the most that the entries may count since.
    changes: Vec<(usize, Change, usize)>,
    /// The most that the entries may count before the first change.
    first_max: usize,
}

#[derive(Debug, Clone)]
enum Change {
    Added(Field),
    /// The most before it.
    Resized(usize),
}

/// A dynamic table as it stood at one moment (RFC 7541 section 2.3.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableAt {
    /// Name and value, newest first: index 62 is the first.
    pub entries: Vec<Field>,
    /// What they count together, in octets (section 4.1).
    pub size: usize,
    /// The most that they may count.
    pub max: usize,
}

impl TableHistory {
    /// Begins with what was in the table before the first block.
    pub fn at(table: &HeaderTable) -> Self {
        let before = table.entries.iter().rev().cloned();
        let changes = before.map(|field| (0, Change::Added(field), table.max)).collect();
        Self { changes, first_max: table.max }
    }

    /// A block that was read; `block_idx` must not fall.
    pub fn note(&mut self, block_idx: usize, block: &Block) {
        for entry in &block.entries {
            let max = self.max_of(self.changes.len());
            let (change, max) = match entry.form {
                EntryForm::Incremental => (Change::Added(entry.field.clone()), max),
                EntryForm::TableSize(to) => {
                    (Change::Resized(max), usize::try_from(to).unwrap_or(usize::MAX))
                }
                _ => continue,
            };
            self.changes.push((block_idx, change, max));
        }
    }

    /// The table behind a block.
    pub fn after(&self, block_idx: usize) -> TableAt {
        let n_changes = self.changes.partition_point(|(idx, ..)| *idx <= block_idx);
        let max = self.max_of(n_changes);
        let mut table = TableAt { entries: Vec::new(), size: 0, max };
        // Newest first. An entry is still there if it and all newer ones never were more than the table could hold.
        let mut room = max;
        for (_, change, _) in self.changes.get(..n_changes).unwrap_or_default().iter().rev() {
            match change {
                Change::Added(field) => {
                    let size = table.size + table::cost(field);
                    if size > room {
                        break;
                    }
                    table.size = size;
                    table.entries.push(field.clone());
                }
                // What stood there before had to fit without what has come since.
                Change::Resized(before) => room = room.min(before.saturating_add(table.size)),
            }
        }
        table
    }

    fn max_of(&self, n_changes: usize) -> usize {
        let last = n_changes.checked_sub(1).and_then(|last| self.changes.get(last));
        last.map_or(self.first_max, |(.., max)| *max)
    }
}

/// What an entry counts, in octets (section 4.1).
pub fn entry_size(field: &Field) -> usize {
    table::cost(field)
}
