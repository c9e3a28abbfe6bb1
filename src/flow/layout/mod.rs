//! Where nodes stand: layered from left to right, deterministic, and stable.
//!
//! A known node keeps its place when another one is added; everything is placed anew
//! only when no previous layout is given.

mod path;

use std::collections::BTreeMap;
use std::sync::Arc;

use emath::{Pos2, Rect, Vec2};

use crate::model::EdgeKey;

pub use path::EdgePath;

/// A node as the layout sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeBox {
    /// Its name.
    pub name: Arc<str>,
    /// Its size in points.
    pub size: Vec2,
}

/// Where a person put nodes: the centre, by name.
pub type Pins = BTreeMap<Arc<str>, Pos2>;

/// The places of all nodes and edges.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// By name.
    pub nodes: BTreeMap<Arc<str>, Rect>,
    /// By caller and callee; a call of a service to itself has a path too.
    pub edges: BTreeMap<EdgeKey, EdgePath>,
    /// Around all nodes and edges.
    pub bounds: Rect,
}

impl Default for Layout {
    fn default() -> Self {
        Self { nodes: BTreeMap::new(), edges: BTreeMap::new(), bounds: Rect::ZERO }
    }
}

/// Places the nodes. With `previous`, every node in it keeps its centre and only new ones are placed.
pub fn layout(
    nodes: &[NodeBox],
    edges: &[EdgeKey],
    previous: Option<&Layout>,
    pins: &Pins,
) -> Layout {
    let mut placed = BTreeMap::new();
    for (idx, node) in nodes.iter().enumerate() {
        let free = Pos2::new((idx % 4) as f32 * 220.0, (idx / 4) as f32 * 100.0);
        let known = previous.and_then(|layout| layout.nodes.get(&node.name)).map(Rect::center);
        let centre = pins.get(&node.name).copied().or(known).unwrap_or(free);
        placed.insert(Arc::clone(&node.name), Rect::from_center_size(centre, node.size));
    }
    let mut paths = BTreeMap::new();
    for key in edges {
        if let (Some(from), Some(to)) = (placed.get(&key.caller), placed.get(&key.callee)) {
            let (a, b) = (from.right_center(), to.left_center());
            let middle = f32::midpoint(a.x, b.x);
            let handles = [Pos2::new(middle, a.y), Pos2::new(middle, b.y)];
            paths.insert(key.clone(), EdgePath::new(vec![a, handles[0], handles[1], b]));
        }
    }
    let bounds = placed.values().copied().reduce(Rect::union).unwrap_or(Rect::ZERO);
    Layout { nodes: placed, edges: paths, bounds }
}
