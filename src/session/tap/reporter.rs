//! Spans of calls that passed, in the name of a client that reports none.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::TappedCall;
use super::call::{call_of, name_of};
use super::line::{Batch, Line};
use crate::engine::client_span;
use crate::model::{ConnectionId, SpanId, Target, Timestamp, TraceContext};
use crate::telemetry::Recorder;
use crate::wire::WireCall;

/// Spans of clients that are remembered: one that is named twice is not the same call twice.
const MAX_SEEN: usize = 4_096;
/// Calls under way that were reported.
const MAX_BEGUN: usize = 16_384;

/// Turns what passed into calls, and reports them.
#[derive(Debug)]
pub(super) struct Reporter {
    target: Target,
    recorder: Option<Recorder>,
    begun: HashMap<(ConnectionId, u64), Identity>,
    seen: VecDeque<SpanId>,
}

/// The span of a call.
#[derive(Debug, Clone, Copy)]
struct Identity {
    trace: TraceContext,
    parent: Option<SpanId>,
}

impl Reporter {
    pub(super) fn new(target: Target, recorder: Option<Recorder>) -> Self {
        Self { target, recorder, begun: HashMap::new(), seen: VecDeque::new() }
    }

    /// The calls of a batch that have ended.
    pub(super) fn take(&mut self, line: &Line, batch: Batch) -> Vec<TappedCall> {
        for call in batch.begun {
            let key = (line.facts.id, call.idx);
            let identity = self.identify(&call);
            if self.begun.len() < MAX_BEGUN {
                self.begun.insert(key, identity);
            }
            self.tell(line, call, identity, false);
        }
        let asked = batch.ended.into_iter().filter(WireCall::is_asked);
        let ended = asked.map(|call| {
            let known = self.begun.remove(&(line.facts.id, call.idx));
            let identity = known.unwrap_or_else(|| self.identify(&call));
            self.tell(line, call, identity, true)
        });
        ended.collect()
    }

    /// The trace that the client names, with the span that it named as its own; else a new one.
    fn identify(&mut self, call: &WireCall) -> Identity {
        let named = call.request.get_str("traceparent").and_then(TraceContext::parse);
        let Some(named) = named else {
            return Identity { trace: TraceContext::root(), parent: None };
        };
        if self.seen.contains(&named.span_id) {
            return Identity { trace: named.child(), parent: Some(named.span_id) };
        }
        if self.seen.len() >= MAX_SEEN {
            self.seen.pop_front();
        }
        self.seen.push_back(named.span_id);
        Identity { trace: named, parent: None }
    }

    fn tell(&self, line: &Line, passed: WireCall, identity: Identity, is_over: bool) -> TappedCall {
        let name = name_of(&passed.request, line.client);
        let reset = passed.reset.map(|(_, code)| code);
        let ended: Option<Timestamp> = is_over.then(|| passed.ended());
        let mut call = call_of(passed, line, &self.target, identity.trace);
        if !is_over {
            call.outcome = None;
        }
        if let Some(recorder) = &self.recorder {
            let mut span = client_span(&call, ended);
            span.service = Arc::clone(&name);
            span.parent = identity.parent;
            span.call = None;
            recorder.span(span);
        }
        TappedCall { client: line.client, name, reset, call: Arc::new(call) }
    }
}
