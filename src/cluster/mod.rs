//! The demo services and their instances: real sockets, real calls between them, started and
//! stopped one by one while calls run.
//!
//! Every instance has its own loopback port and its own state, reports its spans like any other
//! service would, and calls its neighbours over the network only. The room knows nothing of who
//! watches: `session` reads the topology and the endpoints from two watches.

mod control;
mod error;
mod fleet;
mod samples;

mod front;
mod listen;
mod observe;
mod peers;
mod pick;
mod run;
mod seat;
mod trace;

mod proto;
mod services;

pub use control::{ClusterHandle, start};
pub use error::ClusterError;
pub use fleet::{ClusterOptions, PortPlan, StartState};
pub use samples::{HttpRoute, sample_message, sample_sources, storefront_routes};

#[cfg(test)]
mod tests;
