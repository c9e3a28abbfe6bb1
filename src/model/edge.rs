//! Edges of the service graph and what is measured on each.
//!
//! Keyed by caller and callee and, one level down, by operation, because a slow
//! method hides behind a fast one when they share an edge.

use std::sync::Arc;
use std::time::Duration;

use super::{Heat, Histogram};

/// The service name under which Hoplens's own calls are reported.
pub const CLIENT: &str = "client";
/// The name under which callers appear that report no span of their own: a person's `grpcurl`, a load test.
pub const OTHERS: &str = "other clients";
/// The service name of the embedded gateway.
pub const GATEWAY: &str = "gateway";

/// Who calls whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EdgeKey {
    /// `service.name` of the caller.
    pub caller: Arc<str>,
    /// `service.name` of the callee, or the external peer's name.
    pub callee: Arc<str>,
}

/// What was measured on one edge, or on one operation of it.
#[derive(Debug, Clone, Default)]
pub struct EdgeFigures {
    /// Calls since the start.
    pub n_calls: u64,
    /// Of them ended with an error.
    pub n_errors: u64,
    /// Under way now.
    pub n_open: u64,
    /// Calls per second over the last ten seconds.
    pub rate: f64,
    /// Durations as the caller saw them, since the start.
    pub histogram: Histogram,
    /// The same over the last three minutes.
    pub heat: Heat,
}

/// The three that are always shown together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentiles {
    /// Half are at most this.
    pub p50: Duration,
    /// Nine of ten.
    pub p90: Duration,
    /// Ninety-nine of a hundred.
    pub p99: Duration,
}

impl EdgeFigures {
    /// Share of ended calls that failed, 0 to 1.
    pub fn error_share(&self) -> f64 {
        let ended = self.n_calls.saturating_sub(self.n_open);
        if ended == 0 { 0.0 } else { self.n_errors as f64 / ended as f64 }
    }

    /// p50, p90, p99; `None` before the first call ended.
    pub fn percentiles(&self) -> Option<Percentiles> {
        Some(Percentiles {
            p50: self.histogram.quantile(0.5)?,
            p90: self.histogram.quantile(0.9)?,
            p99: self.histogram.quantile(0.99)?,
        })
    }

    /// Adds another's counts to these.
    pub fn merge(&mut self, other: &Self) {
        self.n_calls += other.n_calls;
        self.n_errors += other.n_errors;
        self.n_open += other.n_open;
        self.rate += other.rate;
        self.histogram.merge(&other.histogram);
        self.heat.merge(&other.heat);
    }
}
