//! A header block that brings a fresh table to a wanted state.

use crate::model::HeaderTable;

/// What a table may count before anybody says otherwise (RFC 9113 section 6.5.2).
const USUAL: usize = 4096;

/// Literals with incremental indexing, oldest first, behind a table size where it is not the usual one.
pub fn table_block(table: &HeaderTable) -> Vec<u8> {
    let mut block = Vec::new();
    if table.max != USUAL {
        number(&mut block, 0x20, 5, table.max);
    }
    for (name, value) in table.entries.iter().rev() {
        block.push(0x40);
        for text in [name, value] {
            number(&mut block, 0, 7, text.len());
            block.extend_from_slice(text);
        }
    }
    block
}

/// An integer with a prefix of `bits` bits (RFC 7541 section 5.1).
fn number(block: &mut Vec<u8>, mark: u8, bits: u8, number: usize) {
    let most = (1_usize << bits) - 1;
    if number < most {
        block.push(mark | number as u8);
        return;
    }
    block.push(mark | most as u8);
    let mut rest = number - most;
    while rest >= 0x80 {
        block.push(0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    block.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Hpack;

    proptest! {
        #[test]
        fn a_fresh_table_comes_to_the_same_state(
            fields in proptest::collection::vec(("[a-z]{1,200}", "[ -~]{0,300}"), 0..40),
            max in 0_usize..20_000,
        ) {
            let mut hpack = Hpack::default();
            hpack.allow(20_000);
            let start = HeaderTable { max, limit: 20_000, ..HeaderTable::default() };
            let entries = fields.into_iter().map(|(name, value)| (name.into(), value.into()));
            let wanted = HeaderTable { entries: entries.collect(), ..start };
            hpack.read(&table_block(&wanted));
            // What does not fit has been pushed out: that state is what a connection can have.
            let reached = hpack.table();
            let mut again = Hpack::default();
            again.allow(20_000);
            prop_assert_eq!(again.read(&table_block(&reached)).problem, None);
            prop_assert_eq!(again.table(), reached);
        }
    }
}
