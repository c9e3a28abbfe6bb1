//! Header blocks of HTTP/2, entry by entry with their byte ranges (RFC 7541).

mod history;
mod huffman;
mod table;
mod write;

use std::ops::Range;

use bytes::Bytes;

use huffman::BadHuffman;
use table::{Field, Table};

use crate::model::{HeaderTable, HpackFault};

pub use history::{TableAt, TableHistory, entry_size};
pub use write::table_block;

/// How an entry is written (RFC 7541 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryForm {
    /// An index alone: name and value stand in a table.
    Indexed,
    /// A literal that goes into the dynamic table.
    Incremental,
    /// A literal that leaves the table as it is.
    WithoutIndexing,
    /// The same, and nobody on the way may index it: a secret.
    NeverIndexed,
    /// No field: the table's new size in octets.
    TableSize(u64),
}

/// A text of a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// Where it stands in the block, its length included.
    pub range: Range<usize>,
    /// The same without the length.
    pub text: Range<usize>,
    /// Whether it is Huffman-coded.
    pub is_huffman: bool,
}

/// One entry of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands in the block.
    pub range: Range<usize>,
    /// How it is written.
    pub form: EntryForm,
    /// The index of the field, or of its name; 0 when there is none.
    pub index: u64,
    /// Whether that is an entry of the static table.
    pub is_static: bool,
    /// The name, where it is written out.
    pub name: Option<Literal>,
    /// The value, where it is written out.
    pub value: Option<Literal>,
    /// What it says; empty for a table size.
    pub field: (Bytes, Bytes),
}

/// What a block says, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// Its entries.
    pub entries: Vec<Entry>,
    /// The first thing wrong with it, and where.
    pub problem: Option<(usize, HpackFault)>,
}

/// The state of one direction; blocks must come in the order in which they were sent.
#[derive(Debug, Clone, Default)]
pub struct Hpack {
    table: Table,
}

impl Hpack {
    /// Reads a whole block.
    pub fn read(&mut self, block: &[u8]) -> Block {
        let mut read = Block::default();
        let mut rest = Rest { block, at: 0 };
        while rest.at < block.len() {
            let start = rest.at;
            let has_field = read.entries.iter().any(|e| !matches!(e.form, EntryForm::TableSize(_)));
            if has_field && matches!(block.get(start), Some(0x20..=0x3f)) {
                read.problem = Some((start, HpackFault::LateTableSize));
                break;
            }
            match self.entry(&mut rest) {
                Ok(entry) => read.entries.push(entry),
                Err(problem) => {
                    read.problem = Some((start, problem));
                    break;
                }
            }
        }
        read
    }

    /// `SETTINGS_HEADER_TABLE_SIZE` of whoever reads these blocks.
    pub fn allow(&mut self, limit: u32) {
        self.table.allow(limit);
    }

    /// Goes on where another reader stood.
    pub fn at(table: &HeaderTable) -> Self {
        Self { table: Table::at(table) }
    }

    /// The dynamic table now.
    pub fn table(&self) -> HeaderTable {
        self.table.state()
    }

    fn entry(&mut self, rest: &mut Rest<'_>) -> Result<Entry, HpackFault> {
        let start = rest.at;
        let first = rest.block.get(start).copied().unwrap_or_default();
        let (form, bits) = match first {
            0x80.. => (EntryForm::Indexed, 7),
            0x40.. => (EntryForm::Incremental, 6),
            0x20.. => (EntryForm::TableSize(0), 5),
            0x10.. => (EntryForm::NeverIndexed, 4),
            _ => (EntryForm::WithoutIndexing, 4),
        };
        let index = rest.number(bits)?;
        let mut entry = Entry {
            range: start..rest.at,
            form,
            index,
            is_static: index != 0 && Table::is_static(index),
            name: None,
            value: None,
            field: Field::default(),
        };
        if matches!(form, EntryForm::TableSize(_)) {
            entry.form = EntryForm::TableSize(index);
            (entry.index, entry.is_static) = (0, false);
            self.table.resize(index).ok_or(HpackFault::TableSize(index))?;
            return Ok(entry);
        }
        let known = || HpackFault::Index { index, known: self.table.len() };
        if form == EntryForm::Indexed {
            entry.field = self.table.get(index).ok_or_else(known)?;
            return Ok(entry);
        }
        let name = if index == 0 {
            let (literal, text) = rest.text()?;
            entry.name = Some(literal);
            text
        } else {
            self.table.get(index).ok_or_else(known)?.0
        };
        let (literal, value) = rest.text()?;
        entry.value = Some(literal);
        entry.field = (name, value);
        entry.range.end = rest.at;
        if form == EntryForm::Incremental {
            self.table.add(&entry.field);
        }
        Ok(entry)
    }
}

/// What of a block is still to be read.
struct Rest<'a> {
    block: &'a [u8],
    at: usize,
}

impl Rest<'_> {
    fn byte(&mut self) -> Result<u8, HpackFault> {
        let byte = self.block.get(self.at).copied().ok_or(HpackFault::CutShort)?;
        self.at += 1;
        Ok(byte)
    }

    /// An integer whose first `bits` bits stand in the current byte (section 5.1).
    fn number(&mut self, bits: u8) -> Result<u64, HpackFault> {
        let most = (1_u64 << bits) - 1;
        let mut number = u64::from(self.byte()?) & most;
        if number < most {
            return Ok(number);
        }
        for shift in (0..=28).step_by(7) {
            let byte = self.byte()?;
            number += u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(HpackFault::Number)
    }

    /// A string literal (section 5.2).
    fn text(&mut self) -> Result<(Literal, Bytes), HpackFault> {
        let start = self.at;
        let is_huffman = self.block.get(start).is_some_and(|byte| byte & 0x80 != 0);
        let len = self.number(7)?;
        let len = usize::try_from(len).map_err(|_too_wide| HpackFault::CutShort)?;
        let end = self.at.checked_add(len).ok_or(HpackFault::CutShort)?;
        let bytes = self.block.get(self.at..end).ok_or(HpackFault::CutShort)?;
        let place = self.at..end;
        self.at = end;
        let text = if is_huffman {
            huffman::decode(bytes).map_err(|_why: BadHuffman| HpackFault::Huffman)?
        } else {
            bytes.to_vec()
        };
        Ok((Literal { range: start..end, text: place, is_huffman }, text.into()))
    }
}

#[cfg(test)]
mod tests;
