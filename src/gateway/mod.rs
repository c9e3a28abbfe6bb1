//! The embedded API gateway: one loopback port that speaks HTTP/1.1 and HTTP/2 and passes calls on
//! to the instances of the services behind it.
//!
//! Its configuration is Kubernetes Gateway API YAML, so a file that works here works on a cluster.
//! A request goes through a pipeline of small steps (accept, route, authenticate, balance, connect,
//! forward); each leaves one entry in the request's decision trail, and a step that refuses says so in
//! the answer. The room knows nothing of the demo cluster: it picks from `model::Endpoints`.

mod auth;
mod balance;
mod body;
mod compile;
mod config;
mod deadline;
mod documents;
mod error;
mod fields;
mod head;
mod passed;
mod pipeline;
mod refusal;
mod report;
mod route;
mod rule;
mod server;
mod upstream;
mod witness;
mod yaml;

#[cfg(test)]
mod tests;

pub use config::{Config, ConfigSource, DEFAULT_CONFIG, parse};
pub use error::GatewayError;
pub use route::{HostPattern, Match, RequestHead, RouteTable};
pub use server::{Gateway, GatewayHandle, GatewayOptions, declared};

/// The header and the key of the default configuration's one guarded route, for its draft. Public on purpose:
/// it guards nothing of value.
pub const DEMO_API_KEY: (&str, &str) = ("x-api-key", "hoplens-demo-key");
