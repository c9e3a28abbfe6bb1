//! The hops of a trace: every client span with its callee, under the hop that caused it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{EdgeKey, OTHERS, Span, SpanId, SpanKind, Timestamp, Topology, Trace};
use crate::telemetry::callee;

/// A hop with its true times, clipped so that it lies within its parent.
#[derive(Debug, Clone)]
pub(super) struct TrueHop {
    pub(super) span: Arc<Span>,
    pub(super) edge: EdgeKey,
    /// Index of a hop before this one.
    pub(super) parent: Option<usize>,
    pub(super) depth: usize,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
}

impl TrueHop {
    /// A time of its span, clipped as the hop itself is.
    pub(super) fn within(&self, at: Timestamp) -> Timestamp {
        let at = at.max(self.start);
        self.end.map_or(at, |end| at.min(end))
    }

    /// What it took, clocks as they were.
    pub(super) fn took(&self) -> Option<Duration> {
        Some(self.span.ended?.since(self.span.started))
    }
}

/// All hops, parents before children; health checks and reflection are no hops.
pub(super) fn hops(trace: &Trace, topology: &Topology) -> Vec<TrueHop> {
    let by_id: HashMap<SpanId, &Arc<Span>> =
        trace.spans.iter().map(|span| (span.span_id, span)).collect();
    let servers: HashMap<SpanId, &Span> = trace
        .spans
        .iter()
        .filter(|span| span.kind == SpanKind::Server)
        .filter_map(|span| Some((span.parent?, &**span)))
        .collect();
    let mut pending: Vec<(usize, &Arc<Span>)> = trace
        .spans
        .iter()
        .filter(|span| is_hop(span))
        .map(|span| (ancestors(span, &by_id).count(), span))
        .collect();
    pending.sort_by_key(|(depth, span)| (*depth, span.started, span.span_id));
    let mut index: HashMap<SpanId, usize> = HashMap::new();
    let mut hops: Vec<TrueHop> = Vec::with_capacity(pending.len());
    for (_, span) in pending {
        let parent = ancestors(span, &by_id).find_map(|id| index.get(&id).copied());
        let (mut start, mut end) = (span.started, span.ended);
        let mut depth = 0;
        if let Some(above) = parent.and_then(|idx| hops.get(idx)) {
            let latest = above.end.unwrap_or(Timestamp(u64::MAX));
            start = start.clamp(above.start, latest);
            // A parent that has ended takes every child along, whether or not its end was heard of.
            end = end.map(|end| end.min(latest)).or(above.end);
            depth = above.depth + 1;
        }
        let server = servers.get(&span.span_id).copied();
        let edge = match span.kind {
            SpanKind::Server => {
                EdgeKey { caller: OTHERS.into(), callee: Arc::clone(&span.service) }
            }
            _ => EdgeKey {
                caller: Arc::clone(&span.service),
                callee: callee(span, server, topology),
            },
        };
        index.insert(span.span_id, hops.len());
        let end = end.map(|end| end.max(start));
        hops.push(TrueHop { span: Arc::clone(span), edge, parent, depth, start, end });
    }
    hops
}

/// A call is a client span, or the server span of a caller that reports nothing.
fn is_hop(span: &Span) -> bool {
    !span.is_internal
        && match span.kind {
            SpanKind::Client => true,
            SpanKind::Server => span.parent.is_none(),
            SpanKind::Internal => false,
        }
}

/// The known spans above this one, nearest first.
fn ancestors<'a>(
    span: &Span,
    by_id: &'a HashMap<SpanId, &Arc<Span>>,
) -> impl Iterator<Item = SpanId> + 'a {
    let above = |id: SpanId| by_id.get(&id).and_then(|span| span.parent);
    // No more ancestors than spans: ends a circle, which only a broken reporter makes.
    std::iter::successors(span.parent, move |id| above(*id)).take(by_id.len())
}
