//! The panes: one file, one struct with view state only, one `ui()`.

pub mod composer;
pub mod explorer;
pub mod flow;
pub mod latency;
pub mod response;
