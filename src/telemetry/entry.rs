//! One trace in the store: its spans, merged by identifier.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{EdgeKey, Span, SpanId, SpanKind, Timestamp, Trace, TraceId, Trail};

/// Spans of one trace beyond this are counted and not kept.
const MAX_SPANS: usize = 1_000;
/// Passes of one trace through the gateway whose trails are kept.
const MAX_TRAILS: usize = 8;

/// A span and what was counted for it.
#[derive(Debug)]
pub(super) struct Known {
    /// As it was last reported.
    pub(super) span: Arc<Span>,
    /// The edge that a client span was counted on.
    pub(super) counted: Option<EdgeKey>,
}

/// What a report changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merged {
    /// The span is new; the index is its place.
    Started(usize),
    /// A known span ended.
    Ended(usize),
    /// More messages of a span that runs.
    Grown,
    /// Nothing: known already.
    Repeated,
    /// No room.
    Full,
}

/// A trace in the store.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// In the order of their arrival.
    pub(super) spans: Vec<Known>,
    /// What the gateway decided.
    pub(super) trails: Vec<Arc<Trail>>,
    /// Its place in the order of all traces.
    pub(super) seq: u64,
    /// Estimated size of it all.
    pub(super) bytes: usize,
    /// Among the recent ones.
    pub(super) is_recent: bool,
    /// Among the failed ones that are kept.
    pub(super) is_failed: bool,
    /// Among the slowest, with this duration.
    pub(super) slow: Option<Duration>,
    /// Waits for its [`Trace`] to be made anew.
    pub(super) is_stale: bool,
    /// The trace as it was built last.
    pub(super) trace: Option<Arc<Trace>>,
}

impl Entry {
    /// Takes in a report of a span, in whatever order the reports come.
    pub(super) fn merge(&mut self, span: &Arc<Span>) -> Merged {
        let is_full = self.spans.len() >= MAX_SPANS;
        let known = self.spans.iter_mut().enumerate();
        let known = known.rev().find(|(_, known)| known.span.span_id == span.span_id);
        match known {
            Some((idx, known)) if known.span.ended.is_none() && span.ended.is_some() => {
                self.bytes = self.bytes + size_of_span(span) - size_of_span(&known.span);
                known.span = Arc::clone(span);
                Merged::Ended(idx)
            }
            Some((_, known)) if is_grown(&known.span, span) => {
                self.bytes = self.bytes + size_of_span(span) - size_of_span(&known.span);
                known.span = Arc::clone(span);
                Merged::Grown
            }
            Some(_) => Merged::Repeated,
            None if is_full => Merged::Full,
            None => {
                self.bytes += size_of_span(span);
                self.spans.push(Known { span: Arc::clone(span), counted: None });
                Merged::Started(self.spans.len() - 1)
            }
        }
    }

    /// Keeps a trail; answers whether there was room.
    pub(super) fn add_trail(&mut self, trail: Arc<Trail>) -> bool {
        let has_room = self.trails.len() < MAX_TRAILS;
        if has_room {
            self.bytes += size_of::<Trail>();
            self.trails.push(trail);
        }
        has_room
    }

    /// The server span that answers this client span.
    pub(super) fn server_of(&self, client: SpanId) -> Option<&Arc<Span>> {
        let answers = |span: &Span| span.kind == SpanKind::Server && span.parent == Some(client);
        self.spans.iter().map(|known| &known.span).find(|span| answers(span))
    }

    /// The index of this span.
    pub(super) fn index_of(&self, id: SpanId) -> Option<usize> {
        self.spans.iter().position(|known| known.span.span_id == id)
    }

    /// How long it took, once every span has ended; `None` for health checks alone.
    pub(super) fn duration(&self) -> Option<Duration> {
        let mut ended = Timestamp::default();
        for known in &self.spans {
            ended = ended.max(known.span.ended?);
        }
        let real = self.spans.iter().map(|known| &known.span).filter(|span| !span.is_internal);
        real.map(|span| span.started).min().map(|started| ended.since(started))
    }

    /// The trace as it is now.
    pub(super) fn build(&self, id: TraceId) -> Trace {
        Trace { id, spans: sorted(&self.spans) }
    }

    /// The trace as it is now, made anew only after a change.
    pub(super) fn trace(&mut self, id: TraceId) -> Arc<Trace> {
        match &self.trace {
            Some(trace) if !self.is_stale => Arc::clone(trace),
            _ => {
                let trace = Arc::new(self.build(id));
                self.is_stale = false;
                self.trace = Some(Arc::clone(&trace));
                trace
            }
        }
    }
}

/// Sorted by start, a parent before its children even when their clocks disagree.
fn sorted(known: &[Known]) -> Vec<Arc<Span>> {
    let by_id: HashMap<SpanId, &Arc<Span>> =
        known.iter().map(|known| (known.span.span_id, &known.span)).collect();
    let mut keyed: Vec<_> = known
        .iter()
        .map(|known| {
            let (mut started, mut depth) = (known.span.started, 0);
            let mut parent = known.span.parent;
            // The bound ends circles, which only a broken reporter makes.
            while let Some(ancestor) = parent.and_then(|id| by_id.get(&id))
                && depth < MAX_SPANS
            {
                started = started.max(ancestor.started);
                depth += 1;
                parent = ancestor.parent;
            }
            ((started, depth, known.span.span_id), &known.span)
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, span)| Arc::clone(span)).collect()
}

/// Whether a report of a span that runs tells more than the one before it.
fn is_grown(known: &Span, span: &Span) -> bool {
    let is_running = known.ended.is_none() && span.ended.is_none();
    is_running && span.messages.kept.len() > known.messages.kept.len()
}

fn size_of_span(span: &Span) -> usize {
    use crate::model::AttributeValue::Text;
    let texts = span.attributes.iter().map(|(_, value)| match value {
        Text(text) => text.len() + 16,
        _ => 0,
    });
    let attributes = size_of_val(span.attributes.as_slice());
    let messages = size_of_val(span.messages.kept.as_slice());
    size_of::<Span>() + size_of::<Known>() + 32 + attributes + messages + texts.sum::<usize>()
}
