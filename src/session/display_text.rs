//! A big text made ready for a virtualised view: the window never splits or lays out the whole.

use std::ops::Range;
use std::sync::Arc;

/// The longest stretch that is shown as one row, in bytes. Longer lines go on in the next row.
const MAX_ROW_BYTES: usize = 2_000;

/// A text and where its rows begin and end.
#[derive(Debug, Clone, Default)]
pub struct DisplayText {
    text: Arc<str>,
    rows: Arc<[Range<usize>]>,
}

impl DisplayText {
    /// Splits a text into rows, once.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let mut rows = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.trim_end_matches(['\n', '\r']).len();
            let next = start + line.len();
            while end - start > MAX_ROW_BYTES {
                let cut = text.floor_char_boundary(start + MAX_ROW_BYTES);
                rows.push(start..cut);
                start = cut;
            }
            rows.push(start..end);
            start = next;
        }
        Self { text, rows: rows.into() }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many rows.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// One row, without its line end.
    pub fn row(&self, row_idx: usize) -> &str {
        self.rows.get(row_idx).and_then(|range| self.text.get(range.clone())).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_hold_the_whole_text(text in "(\\PC|\n|\r\n){0,400}", long in 0_usize..9_000) {
            let text = text + &"é".repeat(long);
            let shown = DisplayText::new(text.as_str());
            let joined: String = (0..shown.n_rows()).map(|row| shown.row(row)).collect();
            let kept = |s: &str| s.chars().filter(|c| !matches!(c, '\n' | '\r')).collect::<String>();
            prop_assert_eq!(kept(&joined), kept(&text));
            prop_assert!((0..shown.n_rows()).all(|row| shown.row(row).len() <= MAX_ROW_BYTES));
        }
    }
}
