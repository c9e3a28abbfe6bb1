//! Which edge and which service a span's report is counted on.
//!
//! An edge is a client span of the caller and the server span below it; the duration is the
//! caller's. Health checks and reflection are not counted.

use std::sync::Arc;

use super::SpanStore;
use crate::model::{EdgeKey, OTHERS, Span, SpanKind, Timestamp};
use crate::telemetry::edges::{callee, declared_callee};
use crate::telemetry::entry::Merged;
use crate::telemetry::figures::{ServiceState, Step};

/// Edges told apart.
const MAX_EDGES: usize = 4_096;

impl SpanStore {
    pub(super) fn count(&mut self, span: &Span, merged: Merged, now: Timestamp) {
        match span.kind {
            SpanKind::Client => {
                if matches!(merged, Merged::Started(_)) || !self.is_counted(span) {
                    self.count_begin(span, now);
                }
                self.count_end(span, now);
            }
            SpanKind::Server => {
                if matches!(merged, Merged::Started(_)) {
                    let service = self.service(&span.service);
                    service.served(span.instance.as_ref(), Step::Begin, now);
                    self.count_caller(span, now);
                }
                if let Some(step) = end_of(span) {
                    self.service(&span.service).served(span.instance.as_ref(), step, now);
                }
                self.count_end(span, now);
            }
            SpanKind::Internal => {}
        }
    }

    fn is_counted(&self, span: &Span) -> bool {
        self.entries.get(&span.trace_id).is_some_and(|entry| {
            let known = entry.index_of(span.span_id).and_then(|idx| entry.spans.get(idx));
            known.is_some_and(|known| known.counted.is_some())
        })
    }

    /// A call is counted as soon as its callee is certain: declared, answering, or never heard of when it ended.
    fn count_begin(&mut self, span: &Span, now: Timestamp) {
        let Some(entry) = self.entries.get(&span.trace_id) else { return };
        let server = entry.server_of(span.span_id).map(|server| &**server);
        let name = if server.is_some() || span.ended.is_some() {
            Some(callee(span, server, &self.topology))
        } else {
            declared_callee(span, &self.topology)
        };
        if let Some(name) = name {
            self.count_call(span, name, now);
        }
    }

    /// A server span tells who was called by its parent.
    fn count_caller(&mut self, server: &Span, now: Timestamp) {
        let Some(parent) = server.parent else {
            // No trace context came with the call: its caller will never report.
            return self.count_edge(server, OTHERS.into(), Arc::clone(&server.service), now);
        };
        let Some(entry) = self.entries.get(&server.trace_id) else { return };
        let caller = entry.index_of(parent).and_then(|idx| entry.spans.get(idx)).filter(|known| {
            known.counted.is_none()
                && known.span.kind == SpanKind::Client
                && !known.span.is_internal
        });
        if let Some(span) = caller.map(|known| Arc::clone(&known.span)) {
            self.count_call(&span, Arc::clone(&server.service), now);
        }
    }

    fn count_call(&mut self, span: &Span, callee: Arc<str>, now: Timestamp) {
        self.count_edge(span, Arc::clone(&span.service), callee, now);
    }

    /// Counts the span on this edge, from its begin to its end.
    fn count_edge(&mut self, span: &Span, caller: Arc<str>, callee: Arc<str>, now: Timestamp) {
        let edge = EdgeKey { caller, callee };
        if self.edges.len() >= MAX_EDGES && !self.edges.contains_key(&edge) {
            return;
        }
        self.edges.entry(edge.clone()).or_default().apply(&span.name, Step::Begin, now);
        self.service(&edge.callee).called(Step::Begin, now);
        if let Some(entry) = self.entries.get_mut(&span.trace_id)
            && let Some(idx) = entry.index_of(span.span_id)
            && let Some(known) = entry.spans.get_mut(idx)
        {
            known.counted = Some(edge);
        }
    }

    fn count_end(&mut self, span: &Span, now: Timestamp) {
        let Some(step) = end_of(span) else { return };
        let Some(entry) = self.entries.get(&span.trace_id) else { return };
        let known = entry.index_of(span.span_id).and_then(|idx| entry.spans.get(idx));
        if let Some(edge) = known.and_then(|known| known.counted.clone()) {
            self.count_step(&edge, span, step, now);
        }
    }

    pub(super) fn count_step(&mut self, edge: &EdgeKey, span: &Span, step: Step, now: Timestamp) {
        if let Some(state) = self.edges.get_mut(edge) {
            state.apply(&span.name, step, now);
        }
        self.service(&edge.callee).called(step, now);
    }

    pub(super) fn service(&mut self, name: &Arc<str>) -> &mut ServiceState {
        self.services.entry(Arc::clone(name)).or_default()
    }
}

fn end_of(span: &Span) -> Option<Step> {
    let took = span.ended?.since(span.started);
    Some(Step::End { took, is_error: span.is_error() })
}
