//! What happened: the recorder that every room reports to, and the store that keeps it.
//!
//! Reporting never blocks and never waits: a full queue drops the report and counts it.

mod recorder;

pub use recorder::{Recorder, Report, Reports};
