//! Which services the demo consists of, how many instances each has, and who calls whom.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{DeclaredEdge, ServiceProtocol};

/// Which demo service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Greeter,
    Storefront,
    Catalog,
    Cart,
    Pricing,
    Inventory,
    Payment,
    Orders,
    Support,
}

/// One service of the demo.
#[derive(Debug)]
pub(super) struct ServicePlan {
    pub(super) kind: Kind,
    /// `service.name`.
    pub(super) name: &'static str,
    pub(super) n_instances: usize,
    pub(super) protocol: ServiceProtocol,
    /// What a stray caller is told that this port serves.
    pub(super) offers: &'static str,
    /// Services that it may call.
    pub(super) calls: &'static [&'static str],
}

use ServiceProtocol::{Grpc, Http};

/// The order gives the ports: greeter-1 is first because every gRPC tutorial calls port 50051.
pub(super) const FLEET: [ServicePlan; 9] = [
    plan(Kind::Greeter, "greeter", 2, Grpc, "Greeter", &[]),
    plan(
        Kind::Storefront,
        "storefront",
        1,
        Http,
        "GET /products, GET /products/{id}, POST /carts/{user}/items and POST /checkout",
        &["catalog", "cart", "orders"],
    ),
    plan(Kind::Catalog, "catalog", 3, Grpc, "shop.catalog.v1.Catalog", &[]),
    plan(Kind::Cart, "cart", 1, Grpc, "shop.cart.v1.Cart", &[]),
    plan(Kind::Pricing, "pricing", 2, Grpc, "shop.pricing.v1.Pricing", &[]),
    plan(
        Kind::Inventory,
        "inventory",
        1,
        Http,
        "GET /stock, GET /stock/{sku}, POST /reservations and DELETE /reservations/{order}",
        &[],
    ),
    plan(Kind::Payment, "payment", 2, Grpc, "shop.payment.v1.Payment", &[]),
    plan(
        Kind::Orders,
        "orders",
        2,
        Grpc,
        "shop.orders.v1.Orders",
        &["pricing", "inventory", "payment"],
    ),
    plan(Kind::Support, "support", 1, Grpc, "shop.support.v1.Support", &["catalog"]),
];

const fn plan(
    kind: Kind,
    name: &'static str,
    n_instances: usize,
    protocol: ServiceProtocol,
    offers: &'static str,
    calls: &'static [&'static str],
) -> ServicePlan {
    ServicePlan { kind, name, n_instances, protocol, offers, calls }
}

/// The declared edges, sorted.
pub(super) fn declared_edges() -> Vec<DeclaredEdge> {
    let mut edges: Vec<_> = FLEET
        .iter()
        .flat_map(|plan| {
            plan.calls.iter().map(|callee| DeclaredEdge {
                caller: Arc::from(plan.name),
                callee: Arc::from(*callee),
            })
        })
        .collect();
    edges.sort();
    edges
}

/// How many instances one service can have on this machine: each has a listener, connections and a state
/// of its own.
pub fn max_instances() -> usize {
    let n_cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (8 * n_cores).clamp(8, 64)
}

/// The demo's services by name, with the number of instances that each begins with.
pub fn demo_services() -> impl Iterator<Item = (&'static str, usize)> + Clone {
    FLEET.iter().map(|plan| (plan.name, plan.n_instances))
}

/// How many instances the demo has when nobody asks for more.
pub(super) fn n_usual_instances() -> usize {
    FLEET.iter().map(|plan| plan.n_instances).sum()
}

/// How the cluster begins.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    /// Which ports to ask for.
    pub ports: PortPlan,
    /// Whether the services run at once.
    pub start: StartState,
    /// Instances of services that shall have another number than usual, at most [`max_instances`].
    pub scale: BTreeMap<String, usize>,
}

impl ClusterOptions {
    pub(super) fn n_instances(&self, plan: &ServicePlan) -> usize {
        let asked = self.scale.get(plan.name).copied().unwrap_or(plan.n_instances);
        asked.clamp(1, max_instances())
    }
}

/// Whether the services run when the cluster begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StartState {
    /// All run.
    #[default]
    Running,
    /// All are stopped and hold no port, until they are started by name or all at once.
    Stopped,
}

/// Which ports the instances ask for. A taken one is replaced by the next that is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortPlan {
    base: Option<u16>,
    by_instance: BTreeMap<String, u16>,
}

impl Default for PortPlan {
    fn default() -> Self {
        Self { base: Some(50051), by_instance: BTreeMap::new() }
    }
}

impl PortPlan {
    /// Any free port for everybody: for tests.
    pub fn any() -> Self {
        Self { base: None, by_instance: BTreeMap::new() }
    }

    /// The same plan with this port for this instance, as the user has chosen it.
    #[must_use]
    pub fn with(mut self, instance: impl Into<String>, port: u16) -> Self {
        self.by_instance.insert(instance.into(), port);
        self
    }

    /// What the instance at this position asks for; 0 leaves the choice to the system.
    pub(super) fn wanted(&self, instance: &str, position: usize) -> u16 {
        if let Some(port) = self.by_instance.get(instance) {
            return *port;
        }
        let offset = u16::try_from(position).unwrap_or(0);
        self.base.map_or(0, |base| base.saturating_add(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fleet_calls_only_itself_and_greeter_is_first() {
        for edge in declared_edges() {
            assert!(FLEET.iter().any(|plan| plan.name == &*edge.callee), "{edge:?}");
        }
        assert_eq!(n_usual_instances(), 15);
        let ports = PortPlan::default().with("cart-1", 6000);
        assert_eq!(ports.wanted("greeter-1", 0), 50051);
        assert_eq!(ports.wanted("cart-1", 6), 6000);
        assert_eq!(PortPlan::any().wanted("greeter-1", 0), 0);
    }
}
