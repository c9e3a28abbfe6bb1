//! The graph and the places of its nodes, made anew only when something changed; nodes slide to new places.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Pos2, Rect, Vec2, vec2};

use crate::flow::{Edge, EdgePath, Graph, Layout, Node, NodeBox, Pins, layout};
use crate::model::{EdgeKey, NodeKind};
use crate::telemetry::Snapshot;

/// How long a node slides to its place, in seconds.
const SLIDE: f64 = 0.25;
const CARD: Vec2 = vec2(152.0, 48.0);
const SMALL_CARD: Vec2 = vec2(92.0, 48.0);

/// What is drawn, and where.
#[derive(Debug, Default)]
pub(super) struct Scene {
    revision: Option<u64>,
    graph: Graph,
    layout: Layout,
    pins: Pins,
    /// Places before the newest layout, and when it came.
    slide: Option<(BTreeMap<Arc<str>, Rect>, f64)>,
    now: f64,
}

impl Scene {
    /// Takes in a picture.
    pub(super) fn update(&mut self, snapshot: &Snapshot, now: f64, is_still: bool) {
        self.now = now;
        if self.revision == Some(snapshot.revision) {
            return;
        }
        let is_first = self.layout.nodes.is_empty();
        self.revision = Some(snapshot.revision);
        let graph = Graph::of(snapshot);
        let is_same_shape = self.graph.nodes.len() == graph.nodes.len()
            && self.graph.nodes.iter().zip(&graph.nodes).all(|(a, b)| a.name == b.name)
            && self.graph.edges.len() == graph.edges.len()
            && self.graph.edges.iter().zip(&graph.edges).all(|(a, b)| a.key == b.key);
        self.graph = graph;
        if is_same_shape && !is_first {
            return;
        }
        // The cluster declares itself within the first moments: until somebody has called,
        // the picture is laid out afresh, from then on what stands stays.
        let is_settled = self.n_calls() > 0;
        let before = std::mem::take(&mut self.layout);
        self.place(is_settled.then_some(&before));
        self.slide = (!is_still && !is_first && is_settled).then_some((before.nodes, now));
    }

    fn place(&mut self, previous: Option<&Layout>) {
        let boxes: Vec<NodeBox> = self
            .graph
            .nodes
            .iter()
            .map(|node| NodeBox { name: Arc::clone(&node.name), size: size_of(node) })
            .collect();
        let edges: Vec<EdgeKey> = self.graph.edges.iter().map(|edge| edge.key.clone()).collect();
        self.layout = layout(&boxes, &edges, previous, &self.pins);
    }

    /// The person put a node somewhere: it stays there.
    pub(super) fn pin(&mut self, name: &Arc<str>, centre: Pos2) {
        self.pins.insert(Arc::clone(name), centre);
        let before = std::mem::take(&mut self.layout);
        self.place(Some(&before));
        self.slide = None;
    }

    /// Nodes go back to where the layout wants them.
    pub(super) fn forget_pins(&mut self) {
        self.pins.clear();
        let before = std::mem::take(&mut self.layout);
        self.place(None);
        self.slide = Some((before.nodes, self.now));
    }

    /// Around everything.
    pub(super) fn bounds(&self) -> Rect {
        self.layout.bounds
    }

    /// Nodes with their places in this frame.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (&Node, Rect)> {
        self.graph.nodes.iter().filter_map(|node| Some((node, self.node_rect(&node.name)?)))
    }

    /// Edges with their lines.
    pub(super) fn edges(&self) -> impl Iterator<Item = (&Edge, &EdgePath)> {
        self.graph.edges.iter().filter_map(|edge| Some((edge, self.layout.edges.get(&edge.key)?)))
    }

    pub(super) fn path(&self, key: &EdgeKey) -> Option<&EdgePath> {
        self.layout.edges.get(key)
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Calls on all edges since the start.
    pub(super) fn n_calls(&self) -> u64 {
        self.graph.edges.iter().map(|edge| edge.n_calls).sum()
    }

    /// Whether nodes are on their way to new places.
    pub(super) fn is_sliding(&self, now: f64) -> bool {
        self.slide.as_ref().is_some_and(|(_, since)| now - since < SLIDE)
    }

    fn node_rect(&self, name: &str) -> Option<Rect> {
        let to = *self.layout.nodes.get(name)?;
        let Some((before, since)) = self.slide.as_ref().filter(|_| self.is_sliding(self.now))
        else {
            return Some(to);
        };
        let Some(from) = before.get(name) else { return Some(to) };
        let share = ((self.now - since) / SLIDE).clamp(0.0, 1.0) as f32;
        let eased = 1.0 - (1.0 - share).powi(3);
        Some(to.translate((from.center() - to.center()) * (1.0 - eased)))
    }
}

fn size_of(node: &Node) -> Vec2 {
    if node.kind == NodeKind::Client { SMALL_CARD } else { CARD }
}
