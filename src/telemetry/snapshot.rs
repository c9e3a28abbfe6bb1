//! What the window sees: one immutable picture of everything that telemetry knows.
//!
//! Freezing the picture is keeping the old `Arc`. Whatever did not change between two
//! pictures is shared between them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{EdgeFigures, EdgeKey, Percentiles, Timestamp, Topology, Trace, TraceId};

/// At most so many traces are in a picture; the store holds more.
pub const MAX_TRACES: usize = 5_000;

/// A picture of one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Grows with every picture; the empty one has 0.
    pub revision: u64,
    /// When it was taken.
    pub at: Timestamp,
    /// What is declared.
    pub topology: Arc<Topology>,
    /// What was measured, by caller and callee.
    pub edges: BTreeMap<EdgeKey, Arc<EdgeView>>,
    /// What was measured on each service, external callees included.
    pub services: BTreeMap<Arc<str>, Arc<ServiceFigures>>,
    /// The recent traces in the order of their arrival, newest last; at most [`MAX_TRACES`].
    pub traces: Vec<Arc<Trace>>,
    /// The slowest traces that have ended, slowest first.
    pub slowest: Vec<Arc<Trace>>,
    /// Spans in the store.
    pub n_spans: u64,
    /// Reports that found the queue full, since the start.
    pub n_dropped: u64,
    /// Spans that made room for newer ones, since the start.
    pub n_evicted: u64,
}

/// The figures of one edge.
#[derive(Debug, Clone, Default)]
pub struct EdgeView {
    /// Over all operations.
    pub total: EdgeFigures,
    /// By the operation's name.
    pub by_operation: BTreeMap<Arc<str>, EdgeFigures>,
}

/// The figures of one service, as the service itself sees them (an external one: as its callers do).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceFigures {
    /// Calls served since the start.
    pub n_calls: u64,
    /// Of them ended with an error.
    pub n_errors: u64,
    /// Under way now.
    pub n_open: u64,
    /// Calls per second over the last ten seconds.
    pub rate: f64,
    /// Share of ended calls that failed, 0 to 1.
    pub error_share: f64,
    /// `None` before the first call ended.
    pub percentiles: Option<Percentiles>,
    /// Whether it reports no spans of its own.
    pub is_external: bool,
    /// By `service.instance.id`.
    pub instances: BTreeMap<Arc<str>, InstanceFigures>,
}

/// What one instance served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InstanceFigures {
    /// Calls since the start.
    pub n_calls: u64,
    /// Of them ended with an error.
    pub n_errors: u64,
    /// Under way now.
    pub n_open: u64,
}

impl Snapshot {
    /// The recent trace with this identifier. Older ones are asked of the store by a query.
    pub fn trace(&self, id: TraceId) -> Option<&Arc<Trace>> {
        self.traces.iter().rev().chain(&self.slowest).find(|trace| trace.id == id)
    }
}
