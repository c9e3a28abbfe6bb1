//! The lines between the cards: width by rate, red by share of failures, dashed where nobody has called.

use egui::{
    Align2, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
};

use super::camera::View;
use super::scene::Scene;
use super::{Action, Actions, Selected};
use crate::flow::{Edge, EdgePath};
use crate::text::{count, fill, format};
use crate::ui::theme::{self, Theme};

/// How near the pointer must be to a line to mean it, in points.
const REACH: f32 = 6.0;

/// Draws all lines.
pub(super) fn paint(
    painter: &Painter,
    view: &View,
    scene: &Scene,
    selected: Option<&Selected>,
    theme: &Theme,
) {
    for (edge, path) in scene.edges() {
        let points: Vec<Pos2> = path.polyline.iter().map(|point| view.to_screen(*point)).collect();
        let is_selected = matches!(selected, Some(Selected::Edge(key)) if *key == edge.key);
        let color = match (is_selected, edge.is_declared_only()) {
            (true, _) => theme.accent,
            (false, true) => theme::mix(theme.ground, theme.node_line, 0.85),
            (false, false) => theme.node_line,
        };
        if edge.is_declared_only() {
            painter.extend(Shape::dashed_line(&points, Stroke::new(1.0, color), 4.0, 4.0));
            continue;
        }
        let width = width_of(edge) * view.zoom.clamp(0.6, 1.4);
        painter.add(Shape::line(points.clone(), Stroke::new(width, color)));
        if edge.error_share > 0.0 {
            // The red part of the width is the share of failures, never too thin to be seen.
            let red = (width * edge.error_share as f32).max(1.2);
            painter.add(Shape::line(points, Stroke::new(red, theme.failed)));
        }
        if (is_selected || edge.error_share > 0.0) && view.has_text() {
            label(painter, view, path, edge, theme);
        }
    }
}

fn label(painter: &Painter, view: &View, path: &EdgePath, edge: &Edge, theme: &Theme) {
    let (text, color) = if edge.error_share > 0.0 {
        let share = format::percent(edge.error_share);
        (fill("flow.fail", &[("share", &share)]), theme.failed)
    } else if let Some(percentiles) = edge.percentiles {
        (fill("flow.p99", &[("took", &format::duration(percentiles.p99))]), theme.muted)
    } else {
        return;
    };
    let at = view.to_screen(path.at(0.5));
    let galley = painter.layout_no_wrap(text, theme::small_font(), color);
    let rect = Align2::CENTER_CENTER.anchor_size(at - Vec2::new(0.0, 10.0), galley.size());
    painter.rect_filled(rect.expand(2.0), 3.0, theme.ground);
    painter.galley(rect.min, galley, color);
}

/// 1.5 points for a trickle, one more for each doubling of the rate, up to 7.
fn width_of(edge: &Edge) -> f32 {
    (1.5 + 0.7 * (1.0 + edge.rate as f32).log2()).min(7.0)
}

/// A click near a line selects it; each has a named handle at its middle for keyboard, readers and tests.
pub(super) fn interact(
    ui: &mut Ui,
    view: &View,
    scene: &Scene,
    background: &Response,
    actions: &mut Actions,
) {
    for (edge, path) in scene.edges() {
        let at = view.to_screen(path.at(0.5));
        let handle = Rect::from_center_size(at, Vec2::splat(12.0));
        if !view.rect.contains_rect(handle) {
            continue;
        }
        let id = ui.scope_id().with(("edge", &edge.key));
        let response = ui.interact(handle, id, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, describe(edge)));
        if response.has_focus() {
            let theme = Theme::current(ui.ctx());
            ui.painter().circle_stroke(at, 6.0, theme.focus_stroke());
        }
        if response.clicked() {
            actions.push(Action::Select(Some(Selected::Edge(edge.key.clone()))));
        }
        response.on_hover_text(describe(edge));
    }
    let Some(at) = background.interact_pointer_pos().filter(|_| background.clicked()) else {
        return;
    };
    let at = view.world_at(at);
    let nearest = scene
        .edges()
        .map(|(edge, path)| (path.distance(at) * view.zoom, edge))
        .filter(|(distance, _)| *distance <= REACH)
        .min_by(|a, b| a.0.total_cmp(&b.0));
    actions.push(Action::Select(nearest.map(|(_, edge)| Selected::Edge(edge.key.clone()))));
}

/// `gateway to greeter, 4 calls, p50 0.3 ms, p99 0.4 ms`.
pub(super) fn describe(edge: &Edge) -> String {
    let ends =
        [("caller", &edge.key.caller as &dyn std::fmt::Display), ("callee", &edge.key.callee)];
    let mut parts = vec![fill("flow.edge", &ends), count("flow.calls", edge.n_calls, &[])];
    if let Some(percentiles) = edge.percentiles {
        let p50 = format::duration(percentiles.p50);
        let p99 = format::duration(percentiles.p99);
        parts.push(fill("flow.p50_p99", &[("p50", &p50), ("p99", &p99)]));
    }
    if edge.error_share > 0.0 {
        parts.push(fill("flow.fail", &[("share", &format::percent(edge.error_share))]));
    }
    parts.join(", ")
}
