//! A new node comes into a picture that is known: it finds a free place and moves nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use emath::{Pos2, Rect, Vec2, pos2};

use super::{LANE, Layout, Named, Pins, Spacing};

/// The rectangles of all nodes: known ones where they were, new ones in free space near their
/// neighbours, callers first.
pub(super) fn insert(
    graph: &Named<'_>,
    previous: &Layout,
    pins: &Pins,
) -> BTreeMap<Arc<str>, Rect> {
    let mut placed: BTreeMap<Arc<str>, Rect> = BTreeMap::new();
    let ranks = graph.graph.without_cycles().ranks();
    let mut new = Vec::new();
    let nodes = graph.names.iter().zip(&graph.sizes).zip(ranks);
    for (idx, ((name, size), rank)) in nodes.enumerate() {
        let known = previous.nodes.get(*name);
        let pin = pins.get(*name).copied().filter(|pin| pin.is_finite());
        match (pin, known) {
            (Some(centre), _) => {
                placed.insert(Arc::clone(name), Rect::from_center_size(centre, *size));
            }
            (None, Some(rect)) => {
                // Centre and size would round: a node of the same size keeps its very rectangle.
                let is_same = (rect.size() - *size).abs().max_elem() < 0.01;
                let resized = Rect::from_center_size(rect.center(), *size);
                placed.insert(Arc::clone(name), if is_same { *rect } else { resized });
            }
            (None, None) => new.push((rank, idx, *name, *size)),
        }
    }
    let lanes: Vec<Rect> = lanes(graph, previous).collect();
    new.sort_by_key(|(rank, idx, ..)| (*rank, *idx));
    for (_, _, name, size) in new {
        let wanted = wanted_centre(graph, name, size, &placed);
        let obstacles: Vec<Rect> = placed.values().chain(&lanes).copied().collect();
        placed.insert(Arc::clone(name), free_place(wanted, size, &obstacles, graph.spacing));
    }
    placed
}

/// Where long edges pass a column: nothing new is put on top of them.
fn lanes(graph: &Named<'_>, previous: &Layout) -> impl Iterator<Item = Rect> {
    let points = graph.keys.iter().filter_map(|key| previous.waypoints.get(*key)).flatten();
    points.map(|point| Rect::from_center_size(*point, Vec2::splat(LANE)))
}

/// Right of its callers, else left of its callees, else right below everything; snapped to a column.
fn wanted_centre(
    graph: &Named<'_>,
    name: &Arc<str>,
    size: Vec2,
    placed: &BTreeMap<Arc<str>, Rect>,
) -> Pos2 {
    let rects = |is_caller: bool| {
        graph.keys.iter().filter_map(move |key| {
            let (own, other) =
                if is_caller { (&key.callee, &key.caller) } else { (&key.caller, &key.callee) };
            (own == name).then(|| placed.get(other)).flatten().copied()
        })
    };
    let mean_y = |rects: &[Rect]| {
        rects.iter().map(|rect| rect.center().y).sum::<f32>() / rects.len().max(1) as f32
    };
    let (callers, callees): (Vec<Rect>, Vec<Rect>) =
        (rects(true).collect(), rects(false).collect());
    let Spacing { column_gap, node_gap } = graph.spacing;
    let half = column_gap + size.x / 2.0;
    let centre = if let Some(right) = callers.iter().map(Rect::right).reduce(f32::max) {
        pos2(right + half, mean_y(&callers))
    } else if let Some(left) = callees.iter().map(Rect::left).reduce(f32::min) {
        pos2(left - half, mean_y(&callees))
    } else {
        let all = placed.values().copied().reduce(Rect::union).unwrap_or(Rect::ZERO);
        pos2(all.right() - size.x / 2.0, all.bottom() + node_gap + size.y / 2.0)
    };
    let columns = placed.values().map(|rect| rect.center().x);
    let nearest = columns.min_by(|a, b| (a - centre.x).abs().total_cmp(&(b - centre.x).abs()));
    let snapped = nearest.filter(|x| (x - centre.x).abs() < column_gap.max(40.0));
    pos2(snapped.unwrap_or(centre.x), centre.y)
}

/// The free place in this column that is nearest to the wanted one.
fn free_place(wanted: Pos2, size: Vec2, obstacles: &[Rect], spacing: Spacing) -> Rect {
    let gap = spacing.node_gap.min(spacing.column_gap);
    let own = Rect::from_center_size(wanted, size);
    // Half a gap of tolerance: places that touch another's gap exactly are free.
    let in_column: Vec<Rect> = obstacles
        .iter()
        .filter(|rect| rect.expand(gap / 2.0).x_range().intersects(own.x_range()))
        .copied()
        .collect();
    let is_free = |y: f32| {
        let rect = Rect::from_center_size(pos2(wanted.x, y), size).expand(gap / 2.0);
        !in_column.iter().any(|other| other.intersects(rect))
    };
    let step = gap + size.y / 2.0;
    let beside = in_column.iter().flat_map(|rect| [rect.top() - step, rect.bottom() + step]);
    let nearest = std::iter::once(wanted.y)
        .chain(beside)
        .filter(|y| is_free(*y))
        .min_by(|a, b| (a - wanted.y).abs().total_cmp(&(b - wanted.y).abs()));
    let below = || in_column.iter().map(Rect::bottom).fold(wanted.y, f32::max) + step;
    Rect::from_center_size(pos2(wanted.x, nearest.unwrap_or_else(below)), size)
}
