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
mod twin;

mod berth;
mod front;
mod listen;
mod log;
mod observe;
mod paced;
mod peers;
mod pick;
mod raw;
mod reflection;
mod role;
mod run;
mod seat;
mod status;
mod trace;

mod interop;
mod mock;
mod shopper;
mod traffic;

mod proto;
mod services;

pub use control::{ClusterHandle, InstanceLog, start};
pub use error::ClusterError;
pub use fleet::{ClusterOptions, PortPlan, StartState, demo_services, max_instances};
pub use interop::{InteropServer, serve_interop};
pub use mock::{MockPlan, check_mock_answer};
pub use samples::{HttpRoute, sample_message, sample_sources, storefront_routes};
pub use traffic::{Traffic, run_traffic};
pub use twin::{JSON_SERVICE, JsonTwin, failing_message, json_twin, service_of};

#[cfg(test)]
mod tests;
