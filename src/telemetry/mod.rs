//! What happened: the recorder that every room reports to, and the store that keeps it.
//!
//! Reporting never blocks and never waits: a full queue drops the report and counts it.
//! The store is pure and takes `now`; one task folds the reports into it and publishes
//! immutable snapshots.

mod recorder;
mod running_span;
mod task;

mod edges;
mod entry;
mod figures;
mod legs;
mod rate;
mod snapshot;
mod store;

#[cfg(test)]
pub(crate) mod testing;

pub use edges::callee;
pub use recorder::{Recorder, Report, Reports};
pub use running_span::RunningSpan;
pub use snapshot::{EdgeView, InstanceFigures, MAX_TRACES, ServiceFigures, Snapshot};
pub use store::{Limits, SpanStore};
pub use task::{Query, run};
