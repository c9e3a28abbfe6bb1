//! A comparison for people: tables, then how each way says that something is wrong.

use crate::model::CompareWord;
use crate::session::{CompareTable, Comparison, comparison_tables};
use crate::text::compare_word;

/// All of it.
pub(super) fn comparison(comparison: &Comparison) -> String {
    let calls = compare_word(&CompareWord::Calls(comparison.n_wanted));
    let mut blocks = vec![format!("{}, {calls}", comparison.method)];
    blocks.extend(comparison_tables(comparison).iter().map(block));
    blocks.join("\n\n")
}

fn block(table: &CompareTable) -> String {
    let rows = std::iter::once(&table.head).filter(|head| !head.is_empty()).chain(&table.rows);
    let rows: Vec<Vec<String>> = rows.map(|row| row.iter().map(compare_word).collect()).collect();
    let mut lines = vec![compare_word(&table.title), columned(&rows, table.n_words)];
    lines.push(compare_word(&table.note));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// Columns side by side; behind the first `n_words` figures stand at the right of theirs.
fn columned(rows: &[Vec<String>], n_words: usize) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |idx: usize| rows.iter().filter_map(|row| row.get(idx)).map(|c| columns(c)).max();
    let widths: Vec<usize> = (0..n_columns).map(|idx| width(idx).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(idx, (cell, width))| {
            let space = " ".repeat(width.saturating_sub(columns(cell)));
            if idx < n_words { format!("{cell}{space}") } else { format!("{space}{cell}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// How many columns of a terminal a text takes: Chinese letters take two.
fn columns(text: &str) -> usize {
    let is_wide = |c: char| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ff00}'..='\u{ff60}');
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_at_the_right_of_their_column_in_both_scripts() {
        let rows = [["a", "10"], ["网关", "7"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columned(&rows, 1), "a     10\n网关   7");
        assert_eq!(columned(&rows, 2), "a     10\n网关  7");
    }
}
