//! The demo services and their instances: real sockets, real calls between them, started and
//! stopped one by one while calls run.
//!
//! Every instance has its own loopback port and its own state, reports its spans like any other
//! service would, and calls its neighbours over the network only. The room knows nothing of who
//! watches: `session` reads the topology and the endpoints from two watches.

mod error;
mod fleet;
mod samples;

mod proto;

pub use error::ClusterError;
pub use fleet::{ClusterOptions, PortPlan, StartState};
pub use samples::{HttpRoute, sample_sources, storefront_routes};
