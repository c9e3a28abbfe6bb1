//! The graph and the places of its nodes, made anew only when something changed; nodes slide to new places.
//!
//! Until the first call the cluster is still declaring itself, and everything is placed anew with each
//! declaration. From then on what stands stays: a new service finds a free place and moves nothing, and
//! only Fit places everything anew. As long as nothing was added in that way, distances follow the pane.
//! Another scene is another picture: it is placed anew, and what stands in both slides over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use egui::{Pos2, Rect, Vec2, vec2};

use crate::flow::{Edge, EdgePath, Graph, Layout, Node, NodeBox, Pins, Spacing, cut, layout};
use crate::model::{self, EdgeKey, NodeKind};
use crate::telemetry::Snapshot;

/// How long a node slides to its place, in seconds.
pub(super) const SLIDE: f64 = 0.25;
/// Below this width of the pane cards are narrower and taller, so that their text stays readable.
const COMPACT_BELOW: f32 = 640.0;
/// Between columns, least and most; wide gaps keep lines readable, wider ones only lengthen them.
const COLUMN_GAP: std::ops::RangeInclusive<f32> = 28.0..=96.0;
/// Between the columns of a picture with two of them, at most: dots need a way to go.
const LONE_GAP: f32 = 240.0;
/// Between the nodes of a column.
const NODE_GAP: std::ops::RangeInclusive<f32> = 20.0..=54.0;

/// Sizes of cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Density {
    /// Name and instances in one row, figures below.
    #[default]
    Wide,
    /// Name, figures and instances in a row each.
    Compact,
}

/// What is drawn, and where.
#[derive(Debug, Default)]
pub(super) struct Scene {
    revision: Option<u64>,
    /// The scene, and the edges outside it that are played again.
    of: Shown,
    graph: Graph,
    layout: Layout,
    /// Where the person put nodes, scene by scene.
    pins: BTreeMap<model::Scene, Pins>,
    density: Density,
    /// Room for the diagram at zoom 1.
    room: Vec2,
    /// Whether nothing was put into this layout after it was made.
    is_whole: bool,
    /// Places before the newest layout, and when it came.
    slide: Option<(BTreeMap<Arc<str>, Rect>, f64)>,
    now: f64,
}

/// Which scene, and the edges outside it on which old calls are played again.
type Shown = (model::Scene, BTreeSet<EdgeKey>);

impl Scene {
    /// Takes in a picture. Says whether it is the first one of another scene.
    pub(super) fn update(
        &mut self,
        snapshot: &Snapshot,
        of: Shown,
        now: f64,
        is_still: bool,
    ) -> bool {
        self.now = now;
        if self.revision == Some(snapshot.revision) && self.of == of {
            return false;
        }
        let is_first = self.layout.nodes.is_empty();
        self.revision = Some(snapshot.revision);
        let is_other = self.of.0 != of.0;
        let graph = cut(Graph::of(snapshot), of.0, &of.1);
        self.of = of;
        let is_same_shape = self.graph.nodes.len() == graph.nodes.len()
            && self.graph.nodes.iter().zip(&graph.nodes).all(|(a, b)| a.name == b.name)
            && self.graph.edges.len() == graph.edges.len()
            && self.graph.edges.iter().zip(&graph.edges).all(|(a, b)| a.key == b.key);
        self.graph = graph;
        if is_same_shape && !is_first {
            return is_other;
        }
        let is_switched = is_other && !is_first;
        let is_settled = self.is_settled() && !is_first;
        let before = std::mem::take(&mut self.layout);
        self.place((is_settled && !is_switched).then_some(&before));
        self.slide = (!is_still && (is_settled || is_switched)).then_some((before.nodes, now));
        is_switched
    }

    /// Takes in the room that the pane offers.
    pub(super) fn set_room(&mut self, pane: Vec2, room: Vec2) {
        let density = if pane.x < COMPACT_BELOW { Density::Compact } else { Density::Wide };
        let is_changed = (self.room - room).abs().max_elem() > 1.0;
        self.room = room;
        if density != self.density || (is_changed && self.is_whole && !self.has_pins()) {
            self.density = density;
            self.place(None);
            self.slide = None;
        }
    }

    /// Whether somebody has called: from then on nothing moves by itself.
    pub(super) fn is_settled(&self) -> bool {
        self.n_calls() > 0
    }

    fn place(&mut self, previous: Option<&Layout>) {
        let size = |node: &Node| size_of(node, self.density);
        let boxes: Vec<NodeBox> = self
            .graph
            .nodes
            .iter()
            .map(|node| NodeBox { name: Arc::clone(&node.name), size: size(node) })
            .collect();
        let edges: Vec<EdgeKey> = self.graph.edges.iter().map(|edge| edge.key.clone()).collect();
        let (own_boxes, own_edges) = self.own(&boxes, &edges);
        let anew = |pins: &Pins, spacing| layout(&own_boxes, &own_edges, None, pins, spacing);
        let tight = Spacing { column_gap: *COLUMN_GAP.start(), node_gap: *NODE_GAP.start() };
        let spacing = spread(&anew(&Pins::new(), tight), tight, self.room);
        self.is_whole = previous.is_none();
        let pins = self.own_pins();
        let base = if let Some(previous) = previous { previous } else { &anew(pins, spacing) };
        self.layout = layout(&boxes, &edges, Some(base), pins, spacing);
    }

    /// What the scene itself is made of: guests, who go again, find their places around it.
    fn own(&self, boxes: &[NodeBox], edges: &[EdgeKey]) -> (Vec<NodeBox>, Vec<EdgeKey>) {
        let Some(own) = self.of.0.edges() else { return (boxes.to_vec(), edges.to_vec()) };
        let is_own = |node: &&NodeBox| {
            own.iter().any(|(caller, callee)| [*caller, *callee].contains(&&*node.name))
        };
        let is_own_edge = |key: &&EdgeKey| own.contains(&(&*key.caller, &*key.callee));
        let boxes = boxes.iter().filter(is_own).cloned().collect();
        (boxes, edges.iter().filter(is_own_edge).cloned().collect())
    }

    fn own_pins(&self) -> &Pins {
        static NONE: Pins = Pins::new();
        self.pins.get(&self.of.0).unwrap_or(&NONE)
    }

    fn has_pins(&self) -> bool {
        !self.own_pins().is_empty()
    }

    /// The person put a node somewhere: it stays there.
    pub(super) fn pin(&mut self, name: &Arc<str>, centre: Pos2) {
        self.pins.entry(self.of.0).or_default().insert(Arc::clone(name), centre);
        let before = std::mem::take(&mut self.layout);
        self.place(Some(&before));
        self.slide = None;
    }

    /// Nodes go back to where the layout wants them.
    pub(super) fn forget_pins(&mut self, is_still: bool) {
        self.pins.remove(&self.of.0);
        let before = std::mem::take(&mut self.layout);
        self.place(None);
        self.slide = (!is_still).then_some((before.nodes, self.now));
    }

    /// Around everything.
    pub(super) fn bounds(&self) -> Rect {
        self.layout.bounds
    }

    /// How cards are drawn.
    pub(super) fn density(&self) -> Density {
        self.density
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

    /// Whether a call has gone an edge of the scene itself.
    pub(super) fn is_called(&self) -> bool {
        let own = self.of.0.edges();
        let is_own =
            |key: &EdgeKey| own.is_none_or(|own| own.contains(&(&*key.caller, &*key.callee)));
        self.graph.edges.iter().any(|edge| edge.n_calls > 0 && is_own(&edge.key))
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
        let share = slid(*since, self.now);
        Some(to.translate((from.center() - to.center()) * (1.0 - share)))
    }
}

/// How much of its way something has gone that began to slide then: quick at first, then slower.
pub(super) fn slid(since: f64, now: f64) -> f32 {
    let share = ((now - since) / SLIDE).clamp(0.0, 1.0) as f32;
    1.0 - (1.0 - share).powi(3)
}

/// The distances with which a layout that was made with tight ones fills the room.
fn spread(tight: &Layout, spacing: Spacing, room: Vec2) -> Spacing {
    let columns: BTreeSet<i64> =
        tight.nodes.values().map(|rect| rect.center().x.round() as i64).collect();
    let highest = columns
        .iter()
        .map(|x| tight.nodes.values().filter(|rect| rect.center().x.round() as i64 == *x).count());
    let highest = highest.max().unwrap_or(0);
    let free = room - tight.bounds.size();
    let share = |free: f32, n_nodes: usize| free / n_nodes.saturating_sub(1).max(1) as f32;
    let column_gap = spacing.column_gap + share(free.x, columns.len());
    let node_gap = spacing.node_gap + share(free.y, highest);
    Spacing {
        column_gap: column_gap.clamp(*COLUMN_GAP.start(), widest_gap(columns.len())),
        node_gap: node_gap.clamp(*NODE_GAP.start(), *NODE_GAP.end()),
    }
}

/// Few columns stand further apart, so that a call has a way to go.
fn widest_gap(n_columns: usize) -> f32 {
    match n_columns {
        0..=2 => LONE_GAP,
        3 => LONE_GAP * 0.75,
        _ => *COLUMN_GAP.end(),
    }
}

fn size_of(node: &Node, density: Density) -> Vec2 {
    match (density, node.kind == NodeKind::Client) {
        (Density::Wide, true) => vec2(84.0, 46.0),
        (Density::Wide, false) => vec2(136.0, 46.0),
        (Density::Compact, true) => vec2(56.0, 62.0),
        (Density::Compact, false) => vec2(98.0, 62.0),
    }
}
