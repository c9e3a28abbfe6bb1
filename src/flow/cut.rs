//! The part of a picture that belongs to a scene, and whatever else happens.
//!
//! A scene leaves out what stands still. It hides no call: an edge that is used shows with both its ends for as
//! long as it is, even where neither belongs to the scene.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Edge, Graph};
use crate::model::{EdgeKey, Scene};

/// The graph of a scene. `played` are edges on which old calls are played again.
pub fn cut(graph: Graph, scene: Scene, played: &BTreeSet<EdgeKey>) -> Graph {
    let Some(own) = scene.edges() else { return graph };
    let own: BTreeSet<EdgeKey> = own
        .iter()
        .map(|(caller, callee)| EdgeKey { caller: (*caller).into(), callee: (*callee).into() })
        .collect();
    let is_used = |edge: &&Edge| edge.rate > 0.0 || edge.n_open > 0 || played.contains(&edge.key);
    let used = graph.edges.iter().filter(is_used).map(|edge| &edge.key);
    let keys: BTreeSet<&EdgeKey> = own.iter().chain(used).collect();
    let names: BTreeSet<&Arc<str>> =
        keys.iter().flat_map(|key| [&key.caller, &key.callee]).collect();
    let Graph { nodes, edges } = &graph;
    let nodes: Vec<_> = nodes.iter().filter(|node| names.contains(&node.name)).cloned().collect();
    let index: BTreeMap<&Arc<str>, usize> =
        nodes.iter().enumerate().map(|(idx, node)| (&node.name, idx)).collect();
    let edge = |key: &EdgeKey| {
        let (from, to) = (*index.get(&key.caller)?, *index.get(&key.callee)?);
        let known = edges.iter().find(|edge| edge.key == *key).cloned();
        // What a scene declares and the demo as a whole does not: the client calls the greeter itself.
        let edge = known.unwrap_or_else(|| Edge::declared(key.clone()));
        Some(Edge { from, to, ..edge })
    };
    let edges: Vec<Edge> = keys.into_iter().filter_map(edge).collect();
    Graph { nodes, edges }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::{Reports, call_of_a_stranger, order};
    use crate::model::CLIENT;

    fn graph(reports: &mut Reports, millis: u64) -> Graph {
        Graph::of(&reports.snapshot(millis))
    }

    fn names(graph: &Graph) -> (Vec<String>, Vec<String>) {
        let nodes = graph.nodes.iter().map(|node| node.name.to_string());
        let edges = graph.edges.iter().map(|edge| {
            assert_eq!(graph.nodes[edge.from].name, edge.key.caller);
            assert_eq!(graph.nodes[edge.to].name, edge.key.callee);
            format!("{} {}", edge.key.caller, edge.key.callee)
        });
        (nodes.collect(), edges.collect())
    }

    #[test]
    fn a_scene_leaves_out_what_stands_still() {
        let check = |scene: Scene, nodes: &[&str], edges: &[&str]| {
            let whole = graph(&mut Reports::new(), 0);
            let cut = cut(whole, scene, &BTreeSet::new());
            let (shown_nodes, shown_edges) = names(&cut);
            assert_eq!(shown_nodes, nodes, "{scene:?}");
            assert_eq!(shown_edges, edges, "{scene:?}");
            assert!(cut.edges.iter().all(Edge::is_declared_only));
        };
        check(Scene::Hello, &["client", "greeter"], &["client greeter"]);
        check(
            Scene::ThroughGateway,
            &["client", "gateway", "greeter"],
            &["client gateway", "gateway greeter"],
        );
        let whole = graph(&mut Reports::new(), 0);
        assert_eq!(cut(whole.clone(), Scene::Shop, &BTreeSet::new()), whole);
        assert_eq!(cut(Graph::default(), Scene::Hello, &BTreeSet::new()), Graph::default());
    }

    #[test]
    fn nothing_that_happens_is_hidden_and_it_goes_when_it_is_over() {
        let mut reports = Reports::new();
        reports.feed(order(1).into_iter().chain([call_of_a_stranger()]));
        let at = |reports: &mut Reports, millis, played: &BTreeSet<EdgeKey>| {
            names(&cut(graph(reports, millis), Scene::Hello, played))
        };
        let nothing = BTreeSet::new();
        let (nodes, edges) = at(&mut reports, 60, &nothing);
        assert_eq!(nodes, ["client", "gateway", "127.0.0.1:7001", "greeter", "orders", "payment"]);
        assert_eq!(
            edges,
            [
                "client 127.0.0.1:7001",
                "client gateway",
                "client greeter",
                "gateway orders",
                "orders payment",
            ]
        );
        let (nodes, edges) = at(&mut reports, 60_000, &nothing);
        assert_eq!((nodes.len(), edges), (2, vec!["client greeter".to_owned()]));
        let stranger = EdgeKey { caller: CLIENT.into(), callee: "127.0.0.1:7001".into() };
        let (nodes, edges) = at(&mut reports, 60_000, &BTreeSet::from([stranger]));
        assert_eq!(nodes, ["client", "127.0.0.1:7001", "greeter"], "an old call is played again");
        assert_eq!(edges, ["client 127.0.0.1:7001", "client greeter"]);
    }
}
