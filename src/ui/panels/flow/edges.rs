//! The lines between the cards: width by rate, red by share of failures, dashed where nobody has called.

use egui::{
    Align2, Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2,
    WidgetInfo,
};

use super::camera::View;
use super::scene::Scene;
use super::{Action, Actions, Selected};
use crate::flow::{Edge, EdgePath, Playback};
use crate::text::{count, fill, format, list};
use crate::ui::theme::{self, Theme};

/// How near the pointer must be to a line to mean it, in points.
const REACH: f32 = 6.0;

/// What the lines are drawn from.
pub(super) struct Lines<'a> {
    pub(super) view: &'a View,
    pub(super) scene: &'a Scene,
    pub(super) playback: &'a Playback,
    pub(super) selected: Option<&'a Selected>,
    /// Nothing moves: calls under way show on the lines instead of as dots.
    pub(super) is_still: bool,
    pub(super) theme: &'a Theme,
}

/// Draws all lines.
pub(super) fn paint(painter: &Painter, lines: &Lines<'_>) {
    let Lines { view, scene, theme, .. } = lines;
    for (edge, path) in scene.edges() {
        let points: Vec<Pos2> = path.polyline.iter().map(|point| view.to_screen(*point)).collect();
        let is_selected = matches!(lines.selected, Some(Selected::Edge(key)) if *key == edge.key);
        let is_lit = is_selected || (lines.is_still && edge.n_open > 0);
        let color = match (is_lit, edge.is_declared_only()) {
            (true, _) => theme.accent,
            (false, true) => theme::mix(theme.ground, theme.node_line, 0.7),
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
    }
}

/// Figures beside the lines, above the cards so that none is covered: the share of failures, what a dot
/// stands for where it is a sample, and p99 of the selected line.
pub(super) fn labels(painter: &Painter, lines: &Lines<'_>) {
    if !lines.view.has_text() {
        return;
    }
    for (edge, path) in lines.scene.edges() {
        let is_selected = matches!(lines.selected, Some(Selected::Edge(key)) if *key == edge.key);
        let one_of = lines.playback.one_of(&edge.key).filter(|_| !lines.is_still);
        let mut parts = Vec::new();
        if edge.error_share > 0.0 {
            parts.push(fill("flow.fail", &[("share", &format::percent(edge.error_share))]));
        }
        if let Some(percentiles) = edge.percentiles.filter(|_| is_selected && parts.is_empty()) {
            parts.push(fill("flow.p99", &[("took", &format::duration(percentiles.p99))]));
        }
        if let Some(n) = one_of {
            parts.push(fill("flow.one_of", &[("n", &format::thousands(n))]));
        }
        if !parts.is_empty() {
            let is_failing = edge.error_share > 0.0;
            let color = if is_failing { lines.theme.failed } else { lines.theme.muted };
            label(painter, lines, path, &parts.join(" · "), color);
        }
    }
}

fn label(painter: &Painter, lines: &Lines<'_>, path: &EdgePath, text: &str, color: Color32) {
    let galley = painter.layout_no_wrap(text.to_owned(), theme::small_font(), color);
    let place = |share: f32| {
        let at = lines.view.to_screen(path.at(share));
        let along = path.at(share + 0.02) - path.at(share - 0.02);
        // Above a level line, right of a steep one, so that it covers neither.
        let rect = if along.y.abs() > along.x.abs() {
            Align2::LEFT_CENTER.anchor_size(at + Vec2::new(9.0, 0.0), galley.size())
        } else {
            Align2::CENTER_BOTTOM.anchor_size(at - Vec2::new(0.0, 6.0), galley.size())
        };
        rect.expand(2.0)
    };
    let is_free = |rect: &Rect| {
        let mut cards = lines.scene.nodes().map(|(_, card)| lines.view.rect_to_screen(card));
        lines.view.rect.contains_rect(*rect) && !cards.any(|card| card.intersects(*rect))
    };
    // Where no place beside the line is free of cards, the middle will do.
    let places = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].map(place);
    let rect = places.into_iter().find(is_free).unwrap_or_else(|| place(0.5));
    painter.rect_filled(rect, 3.0, lines.theme.ground);
    painter.galley(rect.min + Vec2::splat(2.0), galley, color);
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
        response.on_hover_ui(|ui| {
            ui.label(theme::strong(format!("{} → {}", edge.key.caller, edge.key.callee)));
            ui.label(facts(edge).join(" · "));
        });
    }
    let Some(at) = background.interact_pointer_pos().filter(|_| background.clicked()) else {
        return;
    };
    background.surrender_focus();
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
    let mut parts = vec![fill("flow.edge", &ends)];
    parts.extend(facts(edge));
    list(&parts)
}

fn facts(edge: &Edge) -> Vec<String> {
    let mut parts = vec![count("flow.calls", edge.n_calls, &[])];
    if let Some(percentiles) = edge.percentiles {
        let p50 = format::duration(percentiles.p50);
        let p99 = format::duration(percentiles.p99);
        parts.push(fill("flow.p50_p99", &[("p50", &p50), ("p99", &p99)]));
    }
    if edge.error_share > 0.0 {
        parts.push(fill("flow.fail", &[("share", &format::percent(edge.error_share))]));
    }
    parts
}
