//! A trace as it is known so far.

use std::sync::Arc;

use super::{CallId, Span, Timestamp, TraceId};

/// All spans of one trace that have been reported, running ones included.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Which.
    pub id: TraceId,
    /// Sorted by start, parents before children where both are known.
    pub spans: Vec<Arc<Span>>,
}

impl Trace {
    /// When its first span started.
    pub fn started(&self) -> Timestamp {
        self.spans.iter().map(|span| span.started).min().unwrap_or_default()
    }

    /// When its last span ended; `None` while one runs.
    pub fn ended(&self) -> Option<Timestamp> {
        self.spans.iter().map(|span| span.ended).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// The span without a known parent that started first.
    pub fn root(&self) -> Option<&Arc<Span>> {
        let is_known = |parent| self.spans.iter().any(|span| span.span_id == parent);
        self.spans.iter().find(|span| span.parent.is_none_or(|parent| !is_known(parent)))
    }

    /// The call of Hoplens's own that began it, if one did.
    pub fn call(&self) -> Option<CallId> {
        self.spans.iter().find_map(|span| span.call)
    }

    /// Whether any span ended with an error.
    pub fn is_error(&self) -> bool {
        self.spans.iter().any(|span| span.is_error())
    }
}
