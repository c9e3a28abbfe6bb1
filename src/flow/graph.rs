//! Snapshot to graph: which nodes and edges the diagram has and what stands on them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    CLIENT, EdgeFigures, EdgeKey, Fault, GATEWAY, InstanceState, NodeKind, Percentiles,
};
use crate::telemetry::Snapshot;

/// The diagram's content, without places.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    /// Client first, then the gateway, then by name.
    pub nodes: Vec<Node>,
    /// By caller, then callee.
    pub edges: Vec<Edge>,
}

/// One service.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// `service.name`.
    pub name: Arc<str>,
    /// What it stands for.
    pub kind: NodeKind,
    /// Declared ones, then those known from spans alone.
    pub instances: Vec<NodeInstance>,
    /// Calls per second over the last ten seconds.
    pub rate: f64,
    /// Share of ended calls that failed, 0 to 1.
    pub error_share: f64,
    /// `None` before the first call ended.
    pub percentiles: Option<Percentiles>,
    /// Calls since the start.
    pub n_calls: u64,
    /// Calls under way.
    pub n_open: u64,
}

/// One instance on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeInstance {
    /// `greeter-2`.
    pub name: Arc<str>,
    /// `None` when it is known from its spans alone.
    pub state: Option<InstanceState>,
    /// What is done to it on purpose.
    pub fault: Fault,
    /// Calls served since the start.
    pub n_calls: u64,
    /// Of them ended with an error.
    pub n_errors: u64,
    /// Under way now.
    pub n_open: u64,
}

/// One edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Who calls whom.
    pub key: EdgeKey,
    /// Index of the caller in [`Graph::nodes`].
    pub from: usize,
    /// Index of the callee in [`Graph::nodes`].
    pub to: usize,
    /// Calls per second over the last ten seconds.
    pub rate: f64,
    /// Share of ended calls that failed, 0 to 1.
    pub error_share: f64,
    /// `None` before the first call ended.
    pub percentiles: Option<Percentiles>,
    /// Calls since the start.
    pub n_calls: u64,
    /// Calls under way.
    pub n_open: u64,
}

impl Node {
    /// Whether it has not been called in the last ten seconds.
    pub fn is_idle(&self) -> bool {
        self.n_open == 0 && self.rate <= 0.0
    }
}

impl Edge {
    /// An edge that nobody has used yet. Its ends are still to be found.
    pub(super) fn declared(key: EdgeKey) -> Self {
        Self {
            key,
            from: 0,
            to: 0,
            rate: 0.0,
            error_share: 0.0,
            percentiles: None,
            n_calls: 0,
            n_open: 0,
        }
    }

    /// Declared, and no call has used it: drawn dashed.
    pub fn is_declared_only(&self) -> bool {
        self.n_calls == 0
    }
}

impl Graph {
    /// The graph of this picture.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut keys: BTreeSet<EdgeKey> = snapshot.edges.keys().cloned().collect();
        keys.extend(snapshot.topology.edges.iter().map(|edge| EdgeKey {
            caller: Arc::clone(&edge.caller),
            callee: Arc::clone(&edge.callee),
        }));
        let nodes = nodes(snapshot, &keys);
        let index: BTreeMap<Arc<str>, usize> =
            nodes.iter().enumerate().map(|(idx, node)| (Arc::clone(&node.name), idx)).collect();
        let edges = keys
            .into_iter()
            .filter_map(|key| {
                let from = *index.get(&key.caller)?;
                let to = *index.get(&key.callee)?;
                Some(edge(snapshot, key, from, to))
            })
            .collect();
        Self { nodes, edges }
    }

    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| &*node.name == name)
    }

    /// The edge between these two.
    pub fn edge(&self, key: &EdgeKey) -> Option<&Edge> {
        self.edges.iter().find(|edge| edge.key == *key)
    }
}

fn edge(snapshot: &Snapshot, key: EdgeKey, from: usize, to: usize) -> Edge {
    let figures = snapshot.edges.get(&key).map(|view| &view.total);
    Edge {
        from,
        to,
        rate: figures.map_or(0.0, |f| f.rate),
        error_share: figures.map_or(0.0, EdgeFigures::error_share),
        percentiles: figures.and_then(EdgeFigures::percentiles),
        n_calls: figures.map_or(0, |f| f.n_calls),
        n_open: figures.map_or(0, |f| f.n_open),
        key,
    }
}

fn nodes(snapshot: &Snapshot, edges: &BTreeSet<EdgeKey>) -> Vec<Node> {
    let mut names: BTreeSet<&Arc<str>> = snapshot.services.keys().collect();
    names.extend(snapshot.topology.services.iter().map(|service| &service.name));
    names.extend(edges.iter().flat_map(|key| [&key.caller, &key.callee]));
    let mut nodes: Vec<Node> = names.into_iter().map(|name| node(snapshot, name)).collect();
    nodes.sort_by_key(|node| match node.kind {
        NodeKind::Client => 0,
        NodeKind::Gateway => 1,
        NodeKind::Demo | NodeKind::Mock | NodeKind::External => 2,
    });
    nodes
}

fn node(snapshot: &Snapshot, name: &Arc<str>) -> Node {
    let service = snapshot.topology.service(name);
    let kind = service.map_or_else(
        || match &**name {
            CLIENT => NodeKind::Client,
            GATEWAY => NodeKind::Gateway,
            _ => NodeKind::External,
        },
        |service| service.kind,
    );
    let figures = snapshot.services.get(name).cloned().unwrap_or_default();
    let mut counts = figures.instances.clone();
    let mut instances = Vec::new();
    let declared = service.map(|service| service.instances.as_slice()).unwrap_or_default();
    for instance in declared {
        let count = counts.remove(&instance.name).unwrap_or_default();
        let name = Arc::clone(&instance.name);
        instances.push((name, Some(instance.state), instance.fault, count));
    }
    let strangers = counts.into_iter();
    instances.extend(strangers.map(|(name, count)| (name, None, Fault::default(), count)));
    Node {
        name: Arc::clone(name),
        kind,
        instances: instances
            .into_iter()
            .map(|(name, state, fault, count)| NodeInstance {
                name,
                state,
                fault,
                n_calls: count.n_calls,
                n_errors: count.n_errors,
                n_open: count.n_open,
            })
            .collect(),
        rate: figures.rate,
        error_share: figures.error_share,
        percentiles: figures.percentiles,
        n_calls: figures.n_calls,
        n_open: figures.n_open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Span, Timestamp};
    use crate::telemetry::testing::{SpanExt as _, at, client, order, topology};
    use crate::telemetry::{Limits, Report, SpanStore};

    fn graph(spans: Vec<Span>) -> Graph {
        let mut store = SpanStore::new(Limits::default());
        store.set_topology(topology());
        for span in spans {
            store.apply(Report::Span(Arc::new(span)), Timestamp::default());
        }
        Graph::of(&store.snapshot(at(60)))
    }

    fn names(graph: &Graph) -> Vec<&str> {
        graph.nodes.iter().map(|node| &*node.name).collect()
    }

    #[test]
    fn the_first_picture_needs_no_span() {
        let graph = graph(Vec::new());
        assert_eq!(names(&graph), ["client", "gateway", "greeter", "orders", "payment"]);
        assert_eq!(graph.edges.len(), 4);
        assert!(graph.edges.iter().all(Edge::is_declared_only));
        assert!(graph.nodes.iter().all(Node::is_idle));
        assert_eq!(graph.node("greeter").unwrap().instances.len(), 2);
        assert_eq!(Graph::of(&Snapshot::default()), Graph::default());
    }

    #[test]
    fn calls_make_edges_live_and_strangers_nodes() {
        let mut spans = order(1);
        spans.push(client("client", 900, None).trace(2).ran(0, 5).peer("127.0.0.1:7001").failed());
        let graph = graph(spans);
        assert_eq!(
            names(&graph),
            ["client", "gateway", "127.0.0.1:7001", "greeter", "orders", "payment"]
        );
        let stranger = graph.node("127.0.0.1:7001").unwrap();
        assert_eq!((stranger.kind, stranger.error_share), (NodeKind::External, 1.0));
        let live: Vec<_> = graph.edges.iter().filter(|edge| !edge.is_declared_only()).collect();
        assert_eq!(live.len(), 4);
        for edge in &graph.edges {
            assert_eq!(graph.nodes[edge.from].name, edge.key.caller);
            assert_eq!(graph.nodes[edge.to].name, edge.key.callee);
            assert_eq!(graph.edge(&edge.key), Some(edge));
        }
        let payment = graph.node("payment").unwrap();
        let served: Vec<_> = payment.instances.iter().map(|i| (&*i.name, i.n_calls)).collect();
        assert_eq!(served, [("payment-1", 0), ("payment-2", 1)]);
        assert!(payment.percentiles.is_some() && payment.instances[0].state.is_some());
    }
}
