//! Where nodes stand: layered from left to right, deterministic, and stable.
//!
//! A known node keeps its place when another one is added; everything is placed anew
//! only when no previous layout is given.

mod insert;
mod layers;
mod order;
mod path;
mod place;
mod route;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use emath::{Pos2, Rect, Vec2, pos2, vec2};

use crate::model::EdgeKey;

use layers::Digraph;
use order::Columns;
pub use path::EdgePath;

/// Height that a long edge takes in a column that it passes.
const LANE: f32 = 12.0;

/// The distances between nodes, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spacing {
    /// Between two columns.
    pub column_gap: f32,
    /// Between two nodes of a column.
    pub node_gap: f32,
}

impl Default for Spacing {
    fn default() -> Self {
        Self { column_gap: 44.0, node_gap: 30.0 }
    }
}

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
    /// Where long edges pass the columns between.
    waypoints: BTreeMap<EdgeKey, Vec<Pos2>>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            nodes: BTreeMap::new(),
            edges: BTreeMap::new(),
            bounds: Rect::ZERO,
            waypoints: BTreeMap::new(),
        }
    }
}

/// Places the nodes. With `previous`, every node in it keeps its centre and only new ones are
/// placed; pinned nodes stand where the person put them, whatever lies there.
pub fn layout(
    nodes: &[NodeBox],
    edges: &[EdgeKey],
    previous: Option<&Layout>,
    pins: &Pins,
    spacing: Spacing,
) -> Layout {
    let sizes: BTreeMap<&Arc<str>, Vec2> = nodes.iter().map(|n| (&n.name, sane(n.size))).collect();
    let edges: BTreeSet<&EdgeKey> = edges
        .iter()
        .filter(|key| sizes.contains_key(&key.caller) && sizes.contains_key(&key.callee))
        .collect();
    let graph = Named { spacing: spacing.sane(), ..Named::new(&sizes, &edges) };
    let (mut placed, waypoints) = match previous.filter(|previous| !previous.nodes.is_empty()) {
        Some(previous) => (insert::insert(&graph, previous, pins), previous.waypoints.clone()),
        None => graph.place_all(),
    };
    for (name, centre) in pins.iter().filter(|(_, centre)| centre.is_finite()) {
        if let Some(rect) = placed.get_mut(name) {
            *rect = Rect::from_center_size(*centre, rect.size());
        }
    }
    let paths: BTreeMap<EdgeKey, EdgePath> = edges
        .iter()
        .filter_map(|key| {
            let (from, to) = (placed.get(&key.caller)?, placed.get(&key.callee)?);
            let over = waypoints.get(*key).map(Vec::as_slice).unwrap_or_default();
            Some((
                (*key).clone(),
                route::route(*from, *to, over, placed.values(), graph.spacing.column_gap),
            ))
        })
        .collect();
    let points = paths.values().flat_map(|path| path.polyline.iter());
    let around = points.map(|point| Rect::from_min_max(*point, *point));
    let bounds = placed.values().copied().chain(around).reduce(Rect::union);
    Layout { nodes: placed, edges: paths, bounds: bounds.unwrap_or(Rect::ZERO), waypoints }
}

impl Spacing {
    /// Distances that arithmetic and the eye can bear.
    fn sane(self) -> Self {
        let gap = |gap: f32| if gap.is_finite() { gap.clamp(8.0, 1_000.0) } else { 40.0 };
        Self { column_gap: gap(self.column_gap), node_gap: gap(self.node_gap) }
    }
}

/// A size that arithmetic can bear.
fn sane(size: Vec2) -> Vec2 {
    let side = |length: f32| if length.is_finite() { length.clamp(1.0, 10_000.0) } else { 1.0 };
    Vec2::new(side(size.x), side(size.y))
}

/// The graph by sorted names, so that the order of the input does not matter.
struct Named<'a> {
    names: Vec<&'a Arc<str>>,
    sizes: Vec<Vec2>,
    keys: Vec<&'a EdgeKey>,
    graph: Digraph,
    spacing: Spacing,
}

impl<'a> Named<'a> {
    fn new(sizes: &BTreeMap<&'a Arc<str>, Vec2>, edges: &BTreeSet<&'a EdgeKey>) -> Self {
        let names: Vec<&Arc<str>> = sizes.keys().copied().collect();
        let index = |name: &Arc<str>| names.binary_search(&name).ok().map(|idx| idx as u32);
        let known = edges.iter().filter_map(|key| {
            let (from, to) = (index(&key.caller)?, index(&key.callee)?);
            (from != to).then_some((*key, (from, to)))
        });
        let (keys, edges) = known.unzip();
        let graph = Digraph { n_nodes: names.len(), edges };
        let sizes = sizes.values().copied().collect();
        Self { sizes, names, keys, graph, spacing: Spacing::default() }
    }

    /// Everything anew; the rectangles by name and the waypoints of long edges.
    fn place_all(&self) -> (BTreeMap<Arc<str>, Rect>, BTreeMap<EdgeKey, Vec<Pos2>>) {
        let acyclic = self.graph.without_cycles();
        let ranks = acyclic.ranks();
        let (mut columns, chains) = Columns::new(&ranks, &acyclic.edges);
        columns.reduce_crossings();
        let rank = |node: u32| ranks.get(node as usize);
        let level = acyclic.edges.iter().filter(|(from, to)| rank(*from) == rank(*to));
        let level: Vec<_> = level.map(|(from, to)| (*from as usize, *to as usize)).collect();
        columns.draw_together(&level);
        let lanes = chains.iter().map(Vec::len).sum();
        let mut heights: Vec<f32> = self.sizes.iter().map(|size| size.y).collect();
        heights.extend(std::iter::repeat_n(LANE, lanes));
        // The gap is part of a node, so that lanes lie close to each other.
        let gap = self.spacing.node_gap;
        let mut padded: Vec<f32> = self.sizes.iter().map(|size| size.y + gap).collect();
        padded.extend(std::iter::repeat_n(LANE, lanes));
        let ys = place::heights(&columns, &padded);
        let top = ys.iter().zip(&heights).map(|(y, height)| y - height / 2.0);
        let top = top.fold(f32::INFINITY, f32::min);
        let xs = self.column_centres(&columns);
        let mut points = vec![Pos2::ZERO; heights.len()];
        let mut halves = vec![0.0; heights.len()];
        for (items, (x, width)) in columns.items.iter().zip(xs) {
            for item in items {
                let y = ys.get(*item).copied().unwrap_or(top) - top;
                halves.iter_mut().skip(*item).take(1).for_each(|half| *half = width / 2.0);
                points.iter_mut().skip(*item).take(1).for_each(|point| *point = pos2(x, y));
            }
        }
        let rects = self.names.iter().zip(&self.sizes).zip(&points);
        let rects = rects.map(|((name, size), centre)| {
            (Arc::clone(name), Rect::from_center_size(*centre, *size))
        });
        let ways: BTreeMap<(u32, u32), Vec<Pos2>> = acyclic
            .edges
            .iter()
            .zip(&chains)
            .filter(|(_, chain)| !chain.is_empty())
            .map(|(edge, chain)| {
                // A lane runs level through the whole column: it bends in the gaps, beside no card.
                let lane = |item: &usize| {
                    let (point, half) = (*points.get(*item)?, *halves.get(*item)?);
                    Some([point - vec2(half, 0.0), point + vec2(half, 0.0)])
                };
                (*edge, chain.iter().filter_map(lane).flatten().collect())
            })
            .collect();
        // Edges that were turned round run below their nodes and need no lane.
        let waypoints = self.keys.iter().zip(&self.graph.edges);
        let waypoints =
            waypoints.filter_map(|(key, edge)| Some(((*key).clone(), ways.get(edge)?.clone())));
        (rects.collect(), waypoints.collect())
    }

    /// The middle and the width of each column, the first one beginning at 0.
    fn column_centres(&self, columns: &Columns) -> Vec<(f32, f32)> {
        let mut x = 0.0;
        let mut centres = Vec::with_capacity(columns.items.len());
        for items in &columns.items {
            let widths = items.iter().filter_map(|item| self.sizes.get(*item)).map(|size| size.x);
            let width = widths.fold(0.0, f32::max);
            centres.push((x + width / 2.0, width));
            x += width + self.spacing.column_gap;
        }
        centres
    }
}
