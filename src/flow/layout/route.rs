//! The way of an edge between two placed nodes.

use emath::{Pos2, Rect, Vec2, pos2, vec2};

use super::path::EdgePath;

/// How far an edge that runs back swings out of its nodes, in points; less than the gap of two columns.
const SWING: f32 = 56.0;
/// How far it stays below the nodes that it passes.
const CLEARANCE: f32 = 16.0;

/// The path from one node to another: rightwards over the waypoints that lie between, backwards
/// round below all `nodes` between, to itself in a loop at the corner.
pub(super) fn route<'a>(
    from: Rect,
    to: Rect,
    waypoints: &[Pos2],
    nodes: impl Iterator<Item = &'a Rect>,
) -> EdgePath {
    if from == to {
        return own_loop(from);
    }
    let (start, end) = (from.right_center(), to.left_center());
    if start.x >= end.x {
        return backwards(from, to, nodes);
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

fn backwards<'a>(from: Rect, to: Rect, nodes: impl Iterator<Item = &'a Rect>) -> EdgePath {
    let swing = Vec2::new(SWING, 0.0);
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

fn own_loop(node: Rect) -> EdgePath {
    let (start, end) = (node.right_center(), node.center_top());
    let over = end + vec2(node.width() / 2.0, -SWING);
    EdgePath::new(vec![start, start + vec2(SWING, 0.0), over, end])
}
