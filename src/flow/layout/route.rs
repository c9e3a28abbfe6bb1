//! The way of an edge between two placed nodes.

use emath::{Pos2, Rangef, Rect, Vec2, pos2, vec2};

use super::path::EdgePath;

/// How far an edge that runs back swings out of its nodes, in points, where the columns leave room.
const SWING: f32 = 56.0;
/// How far it stays below the nodes that it passes.
const CLEARANCE: f32 = 16.0;

/// The path from one node to another: rightwards over the waypoints that lie between, backwards
/// round below all `nodes` between, to itself in a loop at the corner.
pub(super) fn route<'a>(
    from: Rect,
    to: Rect,
    waypoints: &[Pos2],
    nodes: impl Iterator<Item = &'a Rect> + Clone,
    column_gap: f32,
) -> EdgePath {
    let swing = column_gap.min(SWING);
    if from == to {
        return own_loop(from, swing);
    }
    let (start, end) = (from.right_center(), to.left_center());
    if start.x >= end.x {
        return backwards(from, to, nodes, swing);
    }
    let mut controls = vec![start];
    let mut last = start;
    for point in waypoints.iter().copied().chain([end]) {
        if point.x > last.x && (point.x < end.x || point == end) {
            let middle = f32::midpoint(last.x, point.x);
            controls.extend([pos2(middle, last.y), pos2(middle, point.y), point]);
            last = point;
        }
    }
    EdgePath::new(controls)
}

fn backwards<'a>(
    from: Rect,
    to: Rect,
    nodes: impl Iterator<Item = &'a Rect> + Clone,
    swing: f32,
) -> EdgePath {
    if let Some(path) = level(from, to, nodes.clone()) {
        return path;
    }
    let swing = Vec2::new(swing, 0.0);
    // In one column the way along the right side is shorter than the one below.
    if from.x_range().contains(to.center().x) {
        let (start, end) = (from.right_center(), to.right_center());
        return EdgePath::new(vec![start, start + swing, end + swing, end]);
    }
    let (start, end) = (from.right_center(), to.left_center());
    let passed = nodes.filter(|node| node.right() > to.left() && node.left() < from.right());
    let low = passed.map(Rect::bottom).fold(from.bottom(), f32::max) + CLEARANCE;
    let (right, left) = (pos2(from.right(), low), pos2(to.left(), low));
    let third = (right - left) / 3.0;
    EdgePath::new(vec![
        start,
        start + swing,
        right + swing,
        right,
        right - third,
        left + third,
        left,
        left - swing,
        end - swing,
        end,
    ])
}

/// Straight down or up between two nodes of one column that stand beside each other.
fn level<'a>(from: Rect, to: Rect, mut nodes: impl Iterator<Item = &'a Rect>) -> Option<EdgePath> {
    let x = from.center().x;
    if !to.x_range().contains(x) || from.intersects(to) {
        return None;
    }
    let is_down = from.bottom() <= to.top();
    let (start, end) = if is_down { (from.bottom(), to.top()) } else { (from.top(), to.bottom()) };
    let between = Rangef::new(start.min(end) + 0.5, start.max(end) - 0.5);
    let is_free =
        !nodes.any(|node| node.x_range().contains(x) && node.y_range().intersects(between));
    let at = |share: f32| pos2(x, start + (end - start) * share);
    let controls = || [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0].map(at).to_vec();
    is_free.then(|| EdgePath::new(controls()))
}

fn own_loop(node: Rect, swing: f32) -> EdgePath {
    let (start, end) = (node.right_center(), node.center_top());
    let over = end + vec2(node.width() / 2.0, -swing);
    EdgePath::new(vec![start, start + vec2(swing, 0.0), over, end])
}
