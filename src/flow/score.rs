//! One clock per call: a trace laid on display time, slow enough to be followed.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{CallId, EdgeKey, SpanId, TraceId};

/// A trace on display time. Times are seconds since the score's beginning.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Which trace.
    pub trace: TraceId,
    /// The call that began it, when Hoplens sent it.
    pub call: Option<CallId>,
    /// Parents before children.
    pub hops: Vec<Hop>,
    /// Display seconds until the last answer is home; for an open trace until the last known leg ended.
    pub length: f64,
    /// What it really took, so far.
    pub took: Duration,
    /// Whether a span still runs.
    pub is_open: bool,
}

/// One request and its answer on one edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Hop {
    /// The span that it is drawn from (the caller's).
    pub span: SpanId,
    /// The hop that caused it, an index of [`Score::hops`].
    pub parent: Option<usize>,
    /// Who calls whom.
    pub edge: EdgeKey,
    /// The operation.
    pub operation: Arc<str>,
    /// The request leaves the caller.
    pub leaves: f64,
    /// The request is at the callee.
    pub arrives: f64,
    /// The answer leaves the callee; `None` while the hop is open.
    pub answers: Option<f64>,
    /// The answer is home; `None` while the hop is open.
    pub returns: Option<f64>,
    /// Whether it failed.
    pub is_error: bool,
    /// What the hop really took; `None` while it is open.
    pub took: Option<Duration>,
}

impl Score {
    /// How many times slower than the truth it plays; `None` for an open or empty one.
    pub fn slowdown(&self) -> Option<f64> {
        let took = self.took.as_secs_f64();
        (!self.is_open && took > 0.0).then(|| self.length / took)
    }
}
