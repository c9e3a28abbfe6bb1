//! A comparison as tables of facts: whoever shows them has the words.

use std::time::Duration;

use super::{Comparison, Mishap, Tally, WayFigures};
use crate::model::{BytePart, CompareName, CompareWord, Way};
use crate::wire::Sums;

/// Rows of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompareTable {
    /// What it is about.
    pub title: CompareWord,
    /// What its figures mean.
    pub note: CompareWord,
    /// The names of its columns; empty where they need none.
    pub head: Vec<CompareWord>,
    /// The cells.
    pub rows: Vec<Vec<CompareWord>>,
    /// So many columns hold words; the ones behind them hold figures.
    pub n_words: usize,
}

/// Those that have rows, in the order in which they are shown.
pub fn comparison_tables(comparison: &Comparison) -> Vec<CompareTable> {
    let mut tables = vec![times(comparison), bytes(comparison)];
    tables.push(first_failures(comparison));
    tables.push(mishaps(comparison, CompareName::Failing, |way| &way.failing));
    tables.push(mishaps(comparison, CompareName::Refused, |way| &way.refused));
    let missing = comparison.missing.iter();
    let missing = missing.map(|(way, why)| vec![name(*way), CompareWord::NoWay(why.clone())]);
    tables.push(words(CompareName::Missing, missing.collect()));
    tables.retain(|table| !table.rows.is_empty());
    tables
}

fn times(comparison: &Comparison) -> CompareTable {
    let named = |of| CompareWord::Name(of);
    let mut head = vec![CompareWord::Nothing];
    head.extend([CompareName::Calls, CompareName::Failed, CompareName::Connections].map(named));
    head.push(named(CompareName::Opening));
    head.push(named(CompareName::Shortest));
    head.extend([50, 90, 99].map(CompareWord::Percentile));
    head.push(named(CompareName::Longest));
    let row = |way: &WayFigures| {
        let counts = [way.n_calls(), way.n_failed, way.n_connections].map(CompareWord::Count);
        let mut row = vec![name(way.way)];
        row.extend(counts);
        row.push(time(way.opening.latency.quantile(0.5)));
        let kept = &way.kept;
        let some = |took| (kept.n_calls > 0).then_some(took);
        row.push(time(some(kept.shortest)));
        row.extend([0.5, 0.9, 0.99].map(|q| time(kept.latency.quantile(q))));
        row.push(time(some(kept.latency.max())));
        row
    };
    let rows = comparison.ways.iter().map(row).collect();
    let title = CompareWord::Name(CompareName::TimeOfCall);
    CompareTable { title, note: CompareWord::Nothing, head, rows, n_words: 1 }
}

/// Of one call; between calls, of the whole way.
fn bytes(comparison: &Comparison) -> CompareTable {
    // What no call has needs no column.
    let is_there = |part: &BytePart| {
        let sums = comparison.ways.iter().map(|way| way.sums().together());
        sums.map(|sums| sums.of(*part)).sum::<u64>() > 0
    };
    let parts: Vec<BytePart> = BytePart::ALL.into_iter().filter(is_there).collect();
    let mut head = vec![CompareWord::Nothing; 2];
    head.extend(parts.iter().copied().map(CompareWord::Part));
    head.push(CompareWord::Name(CompareName::InAll));
    let mut rows = Vec::new();
    for way in &comparison.ways {
        for (of, tally) in [(CompareName::Opening, &way.opening), (CompareName::Kept, &way.kept)] {
            if tally.n_calls > 0 {
                rows.push(bytes_row(way.way, of, tally, &parts));
            }
        }
        let between = way.between();
        if between.sent + between.received > 0 {
            let mut row = vec![name(way.way), CompareWord::Name(CompareName::Between)];
            row.extend(vec![CompareWord::Nothing; parts.len()]);
            row.push(CompareWord::SentReceived(between.sent, between.received));
            rows.push(row);
        }
    }
    CompareTable {
        title: CompareWord::Name(CompareName::BytesOfCall),
        note: CompareWord::Name(CompareName::BytesNote),
        head,
        rows,
        n_words: 2,
    }
}

fn bytes_row(way: Way, of: CompareName, tally: &Tally, parts: &[BytePart]) -> Vec<CompareWord> {
    let cell = |of: &dyn Fn(&Sums) -> u64| {
        let each = |sums| tally.each(of(sums));
        CompareWord::SentReceived(each(&tally.sums.sent), each(&tally.sums.received))
    };
    let mut row = vec![name(way), CompareWord::Name(of)];
    row.extend(parts.iter().map(|part| cell(&|sums| sums.of(*part))));
    row.push(cell(&Sums::in_all));
    row
}

/// Of the calls that were to succeed.
fn first_failures(comparison: &Comparison) -> CompareTable {
    let failed = comparison.ways.iter().filter_map(|way| {
        let ended = way.first_failure.clone()?;
        Some(vec![name(way.way), CompareWord::Ended(Box::new(ended))])
    });
    words(CompareName::FirstFailure, failed.collect())
}

fn mishaps(
    comparison: &Comparison,
    title: CompareName,
    of: fn(&WayFigures) -> &Mishap,
) -> CompareTable {
    let said = |way: &WayFigures| CompareWord::Said(Box::new(of(way).said.clone()));
    words(title, comparison.ways.iter().map(|way| vec![name(way.way), said(way)]).collect())
}

fn words(title: CompareName, rows: Vec<Vec<CompareWord>>) -> CompareTable {
    let title = CompareWord::Name(title);
    CompareTable { title, note: CompareWord::Nothing, head: Vec::new(), rows, n_words: 2 }
}

fn name(way: Way) -> CompareWord {
    CompareWord::Way(way)
}

fn time(took: Option<Duration>) -> CompareWord {
    took.map_or(CompareWord::Nothing, CompareWord::Time)
}

#[cfg(test)]
mod tests {
    use super::super::tally::testing::sample;
    use super::*;

    #[test]
    fn every_row_fits_its_head_and_what_nobody_has_is_left_out() {
        let tables = comparison_tables(&sample());
        let [times, bytes, first, failing, refused, missing] = tables.as_slice() else {
            panic!("{tables:?}")
        };
        for table in [times, bytes] {
            assert!(table.rows.iter().all(|row| row.len() == table.head.len()), "{table:?}");
        }
        // Two of words, payload, headers, in all.
        assert_eq!(bytes.head.len(), 5, "{:?}", bytes.head);
        // Opening, kept and between for each way.
        assert_eq!(bytes.rows.len(), 6);
        assert_eq!(bytes.rows[2].last(), Some(&CompareWord::SentReceived(9, 0)));
        assert_eq!((first.rows.len(), failing.rows.len(), refused.rows.len()), (2, 2, 2));
        assert_eq!(missing.rows.len(), 1);
    }
}
