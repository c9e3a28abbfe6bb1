//! The way of an edge between two placed nodes.

use emath::{Pos2, Rect, Vec2, pos2, vec2};

use super::path::EdgePath;

/// How far an edge that runs back dips below its nodes, in points.
const DIP: f32 = 56.0;

/// The path from one node to another: rightwards over the waypoints that lie between, backwards
/// round below, to itself in a loop at the corner.
pub(super) fn route(from: Rect, to: Rect, waypoints: &[Pos2]) -> EdgePath {
    if from == to {
        return own_loop(from);
    }
    let (start, end) = (from.right_center(), to.left_center());
    if start.x >= end.x {
        return backwards(from, to);
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

fn backwards(from: Rect, to: Rect) -> EdgePath {
    // In one column the way along the right side is shorter than the one below.
    if from.x_range().contains(to.center().x) {
        let (start, end) = (from.right_center(), to.right_center());
        let out = Vec2::new(DIP, 0.0);
        return EdgePath::new(vec![start, start + out, end + out, end]);
    }
    let (start, end) = (from.center_bottom(), to.center_bottom());
    let low = start.y.max(end.y) + DIP;
    EdgePath::new(vec![start, pos2(start.x, low), pos2(end.x, low), end])
}

fn own_loop(node: Rect) -> EdgePath {
    let (start, end) = (node.right_center(), node.center_top());
    EdgePath::new(vec![start, start + vec2(DIP, 0.0), end + vec2(node.width() / 2.0, -DIP), end])
}
