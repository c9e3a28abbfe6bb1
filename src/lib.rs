//! Hoplens: see your services talk.
//!
//! The rooms stand in the order of who may import whom, from the ground up;
//! `docs/architecture.md` explains the house and `tests/it/tidy.rs` keeps it.

pub mod cli;
pub mod cluster;
pub mod engine;
pub mod flow;
pub mod gateway;
pub mod model;
pub mod net;
pub mod schema;
pub mod session;
pub mod telemetry;
pub mod text;
#[cfg(feature = "window")]
pub mod ui;
pub mod wire;
pub mod workspace;
