//! Which instances stand behind a service name: what balancers pick from.
//!
//! A plain value; `session` passes it on through a watch channel whenever it changes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// Service name to instances that take calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoints(BTreeMap<Arc<str>, Vec<Endpoint>>);

/// One instance that takes calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// `greeter-2`.
    pub instance: Arc<str>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Endpoints {
    /// Sets the instances of a service; known services without instances stay known.
    pub fn set(&mut self, service: impl Into<Arc<str>>, endpoints: Vec<Endpoint>) {
        self.0.insert(service.into(), endpoints);
    }

    /// The instances of a service: `None` for a name that nobody declared, empty when all are down.
    pub fn get(&self, service: &str) -> Option<&[Endpoint]> {
        self.0.get(service).map(Vec::as_slice)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &[Endpoint])> {
        self.0.iter().map(|(name, endpoints)| (name, endpoints.as_slice()))
    }
}
