//! One trace as rows: who ran when, under whom.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Span, SpanId, Timestamp, Trace};

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// How many known ancestors it has.
    pub depth: usize,
    /// The span.
    pub span: Arc<Span>,
    /// Where its bar begins, as a share (0 to 1) of the whole.
    pub offset: f32,
    /// How long its bar is, as a share (0 to 1) of the whole.
    pub width: f32,
    /// When it began, after the first span.
    pub began: Duration,
    /// How long it took; so far, while it runs.
    pub took: Duration,
}

/// The whole picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Waterfall {
    /// Parents before children, children by start.
    pub rows: Vec<Row>,
    /// What the full width stands for.
    pub total: Duration,
}

impl Waterfall {
    /// The rows of a trace; spans that still run reach until `now`.
    pub fn of(trace: &Trace, now: Timestamp) -> Self {
        let started = trace.started();
        let end_of = |span: &Span| span.ended.unwrap_or(now).max(span.started);
        let ended = trace.spans.iter().map(|span| end_of(span)).max().unwrap_or(started);
        let total = ended.since(started);
        let share = |part: Duration| {
            if total.is_zero() { 0.0 } else { (part.as_secs_f64() / total.as_secs_f64()) as f32 }
        };
        let rows = in_tree_order(trace).into_iter().map(|(depth, span)| {
            let (began, took) = (span.started.since(started), end_of(span).since(span.started));
            let width = if total.is_zero() { 1.0 } else { share(took) };
            Row { depth, span: Arc::clone(span), offset: share(began), width, began, took }
        });
        Self { rows: rows.collect(), total }
    }
}

/// Depth and span, each parent directly followed by its descendants.
fn in_tree_order(trace: &Trace) -> Vec<(usize, &Arc<Span>)> {
    let mut unplaced: HashMap<SpanId, &Arc<Span>> =
        trace.spans.iter().map(|span| (span.span_id, span)).collect();
    let mut children: HashMap<SpanId, Vec<&Arc<Span>>> = HashMap::new();
    let mut roots = Vec::new();
    for span in &trace.spans {
        match span.parent.filter(|parent| unplaced.contains_key(parent)) {
            Some(parent) => children.entry(parent).or_default().push(span),
            None => roots.push(span),
        }
    }
    let by_start = |spans: &mut Vec<&Arc<Span>>| {
        spans.sort_by_key(|span| std::cmp::Reverse((span.started, span.span_id)));
    };
    by_start(&mut roots);
    children.values_mut().for_each(by_start);
    let mut rows = Vec::with_capacity(trace.spans.len());
    let mut pending: Vec<_> = roots.into_iter().map(|span| (0, span)).collect();
    // Spans that are their own ancestors hang under no root: they come last, each as one.
    let mut rest: Vec<_> = trace.spans.iter().collect();
    by_start(&mut rest);
    while let Some((depth, span)) = pending.pop().or_else(|| rest.pop().map(|span| (0, span))) {
        if unplaced.remove(&span.span_id).is_none() {
            continue;
        }
        rows.push((depth, span));
        let below = children.remove(&span.span_id).unwrap_or_default();
        pending.extend(below.into_iter().map(|child| (depth + 1, child)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::testing::{SpanExt as _, at, client, order, server};

    fn rows(spans: Vec<Span>) -> (Vec<(usize, String, u32, u32)>, Duration) {
        let trace =
            Trace { id: spans[0].trace_id, spans: spans.into_iter().map(Arc::new).collect() };
        let waterfall = Waterfall::of(&trace, at(100));
        let percent = |share: f32| (share * 100.0).round() as u32;
        let row = |row: &Row| {
            (row.depth, row.span.service.to_string(), percent(row.offset), percent(row.width))
        };
        (waterfall.rows.iter().map(row).collect(), waterfall.total)
    }

    #[test]
    fn rows_by_depth_and_start() {
        let check = |spans: Vec<Span>, millis: u64, expect: &[(usize, &str, u32, u32)]| {
            let (rows, total) = rows(spans);
            let expect: Vec<_> =
                expect.iter().map(|(a, b, c, d)| (*a, (*b).to_owned(), *c, *d)).collect();
            assert_eq!((rows, total), (expect, Duration::from_millis(millis)));
        };
        let mut shuffled = order(1);
        shuffled.reverse();
        check(
            shuffled,
            50,
            &[
                (0, "client", 0, 100),
                (1, "gateway", 2, 96),
                (2, "gateway", 4, 92),
                (3, "orders", 6, 88),
                (4, "orders", 20, 60),
                (5, "payment", 22, 56),
            ],
        );
        check(
            vec![
                client("a", 1, None).ran(0, 100),
                client("c", 3, Some(1)).ran(50, 60),
                server("x", 4, Some(2)).ran(20, 25),
                client("b", 2, Some(1)).ran(10, 30),
            ],
            100,
            &[(0, "a", 0, 100), (1, "b", 10, 20), (2, "x", 20, 5), (1, "c", 50, 10)],
        );
        // One that runs, one in no time at all, two that are each other's parents.
        check(vec![client("a", 1, None).from(50)], 50, &[(0, "a", 0, 100)]);
        check(vec![client("a", 1, None).ran(0, 0)], 0, &[(0, "a", 0, 100)]);
        check(
            vec![client("a", 1, Some(2)).ran(0, 10), client("b", 2, Some(1)).ran(0, 10)],
            10,
            &[(0, "a", 0, 100), (1, "b", 0, 100)],
        );
    }
}
