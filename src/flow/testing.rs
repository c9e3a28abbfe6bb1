//! Pictures for the tests of whoever draws them.

use std::sync::Arc;

use crate::model::{Span, Timestamp, Topology, TraceId};
use crate::telemetry::testing::{self, SpanExt as _};
use crate::telemetry::{Limits, Report, Snapshot, SpanStore};

/// What was reported so far, on the small topology of the tests.
pub(crate) struct Reports(SpanStore);

impl Reports {
    /// The cluster is declared and nobody has called.
    pub(crate) fn new() -> Self {
        let mut store = SpanStore::new(Limits::default());
        store.set_topology(topology());
        Self(store)
    }

    /// Declares something else.
    pub(crate) fn set_topology(&mut self, topology: Arc<Topology>) {
        self.0.set_topology(topology);
    }

    /// Takes in spans.
    pub(crate) fn feed(&mut self, spans: impl IntoIterator<Item = Span>) {
        for span in spans {
            let now = span.ended.unwrap_or(span.started);
            self.0.apply(Report::Span(Arc::new(span)), now);
        }
    }

    /// The picture so many milliseconds after the start.
    pub(crate) fn snapshot(&mut self, millis: u64) -> Snapshot {
        Snapshot::clone(&self.0.snapshot(at(millis)))
    }
}

/// So many milliseconds after the start.
pub(crate) fn at(millis: u64) -> Timestamp {
    testing::at(millis)
}

/// The trace of this number.
pub(crate) fn trace_id(number: u64) -> TraceId {
    testing::trace_id(number)
}

/// Client, gateway, greeter, orders and payment.
pub(crate) fn topology() -> Arc<Topology> {
    testing::topology()
}

/// One good call over client, gateway, orders and payment.
pub(crate) fn order(number: u64) -> Vec<Span> {
    testing::order(number)
}

/// The client calls a service that nobody declared.
pub(crate) fn call_of_a_stranger() -> Span {
    testing::client("client", 900, None).trace(2).ran(0, 5).peer("127.0.0.1:7001")
}

/// Orders calls payment, which fails after 700 ms.
pub(crate) fn failed_refund() -> Span {
    let refund = testing::client("orders", 9_000, None).trace(90).ran(0, 700);
    refund.peer("payment").name("Refund").failed()
}
