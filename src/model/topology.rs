//! What is declared to exist before any call has been seen: services, instances, upstreams.

use std::net::SocketAddr;
use std::sync::Arc;

use super::Fault;

/// Services and the edges that they declare. The first picture needs no span.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    /// Sorted by name.
    pub services: Vec<Service>,
    /// Sorted by caller, then callee.
    pub edges: Vec<DeclaredEdge>,
}

/// One service and its instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// `service.name`.
    pub name: Arc<str>,
    /// What kind of node it becomes.
    pub kind: NodeKind,
    /// What it speaks.
    pub protocol: ServiceProtocol,
    /// In the order of their numbers.
    pub instances: Vec<Instance>,
}

/// What a node of the diagram stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// Hoplens itself.
    Client,
    /// The embedded gateway.
    Gateway,
    /// A service of the demo cluster.
    Demo,
    /// A schema that Hoplens serves with samples.
    Mock,
    /// A peer that reports no spans, known by its address or name.
    External,
}

/// What a service offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServiceProtocol {
    /// gRPC over plaintext HTTP/2.
    Grpc,
    /// HTTP and JSON.
    Http,
    /// Both, on one port.
    Both,
}

/// One running copy of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// `greeter-2`.
    pub name: Arc<str>,
    /// Where it listens, or listened last.
    pub address: SocketAddr,
    /// The port that was asked for, where it was taken and another one had to do.
    pub wanted_port: Option<u16>,
    /// Whether it takes calls.
    pub state: InstanceState,
    /// What is done to it on purpose.
    pub fault: Fault,
}

/// The life of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstanceState {
    /// Binding its port.
    Starting,
    /// Takes calls.
    Ready,
    /// Finishes what it has, takes nothing new.
    Draining,
    /// Port free.
    Stopped,
}

/// A call that a service declares it may make.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeclaredEdge {
    /// The caller.
    pub caller: Arc<str>,
    /// The callee.
    pub callee: Arc<str>,
}

impl NodeKind {
    /// Whether its instances run inside Hoplens and can be started, stopped and given faults.
    pub fn has_hands(self) -> bool {
        matches!(self, Self::Demo | Self::Mock)
    }
}

impl Topology {
    /// The service of this name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| &*service.name == name)
    }

    /// Adds what another part of the system declares, keeping the order.
    pub fn merge(&mut self, other: &Self) {
        for service in &other.services {
            if self.service(&service.name).is_none() {
                self.services.push(service.clone());
            }
        }
        self.edges.extend(other.edges.iter().cloned());
        self.services.sort_by(|a, b| a.name.cmp(&b.name));
        self.edges.sort();
        self.edges.dedup();
    }
}

impl Service {
    /// How many instances take calls.
    pub fn n_ready(&self) -> usize {
        self.instances.iter().filter(|i| i.state == InstanceState::Ready).count()
    }
}
