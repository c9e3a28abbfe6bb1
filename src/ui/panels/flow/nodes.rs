//! The cards of the diagram: name, instances, figures, state; click, drag, menu.

use std::sync::Arc;

use egui::{Align2, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::camera::View;
use super::scene::Scene;
use super::{Action, Actions, Selected, instances_text};
use crate::flow::{Node, NodeInstance};
use crate::model::{InstanceState, NodeKind};
use crate::session::Command;
use crate::text::{count, fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme, space};

/// From this share of failed calls on a node shows as failing.
const FAILING: f64 = 0.01;

/// Draws all cards and takes in what the person does to them.
pub(super) fn show(
    ui: &mut Ui,
    cx: &PanelCx<'_>,
    view: &View,
    scene: &mut Scene,
    selected: Option<&Selected>,
    actions: &mut Actions,
) {
    let mut moved = None;
    for (node, place) in scene.nodes() {
        let rect = view.rect_to_screen(place);
        if !rect.intersects(view.rect) {
            continue;
        }
        let id = ui.scope_id().with(("node", &node.name));
        let response = ui.interact(rect.intersect(view.rect), id, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, describe(node)));
        let is_selected = matches!(selected, Some(Selected::Node(name)) if *name == node.name);
        let is_lit = response.hovered() || response.has_focus();
        card(&ui.painter_at(view.rect), view, rect, node, (is_selected, is_lit), cx.theme);
        if response.clicked() {
            let select = (!is_selected).then(|| Selected::Node(Arc::clone(&node.name)));
            actions.push(Action::Select(select));
        }
        if response.dragged() {
            moved =
                Some((Arc::clone(&node.name), place.center() + response.drag_delta() / view.zoom));
        }
        response.context_menu(|ui| menu(ui, node, actions));
    }
    if let Some((name, centre)) = moved {
        scene.pin(&name, centre);
    }
}

/// What a node's menu offers: every instance, and its newest call once more.
pub(super) fn menu(ui: &mut Ui, node: &Node, actions: &mut Actions) {
    if ui.add_enabled(node.n_calls > 0, egui::Button::new(t("flow.play_latest"))).clicked() {
        actions.push(Action::PlayLatest(Arc::clone(&node.name)));
        ui.close();
    }
    if node.kind == NodeKind::Demo {
        for instance in &node.instances {
            if instance_button(ui, instance, actions) {
                ui.close();
            }
        }
    }
    if node.kind == NodeKind::Gateway {
        let is_up = node.instances.iter().any(|i| i.state == Some(InstanceState::Ready));
        let (key, command) = if is_up {
            ("flow.stop", Command::StopGateway)
        } else {
            ("flow.start", Command::StartGateway)
        };
        if ui.button(fill(key, &[("instance", &node.name)])).clicked() {
            actions.push(Action::Send(command));
            ui.close();
        }
    }
}

/// `Stop greeter-1` or `Start greeter-1`.
pub(super) fn instance_button(ui: &mut Ui, instance: &NodeInstance, actions: &mut Actions) -> bool {
    let name = Arc::clone(&instance.name);
    let (key, command) = match instance.state {
        Some(InstanceState::Ready) => ("flow.stop", Command::StopInstance(name)),
        Some(InstanceState::Stopped) => ("flow.start", Command::StartInstance(name)),
        _ => return false,
    };
    let is_clicked = ui.button(fill(key, &[("instance", &instance.name)])).clicked();
    if is_clicked {
        actions.push(Action::Send(command));
    }
    is_clicked
}

/// `greeter, 2 instances, 4 calls, p99 0.4 ms`: what a reader says and a test finds.
pub(super) fn describe(node: &Node) -> String {
    let mut parts = vec![node.name.to_string()];
    if !node.instances.is_empty() {
        parts.push(instances_text(n_ready(node), node.instances.len()));
    }
    parts.push(count("flow.calls", node.n_calls, &[]));
    if let Some(percentiles) = node.percentiles {
        parts.push(fill("flow.p99", &[("took", &format::duration(percentiles.p99))]));
    }
    if node.error_share > 0.0 {
        parts.push(fill("flow.fail", &[("share", &format::percent(node.error_share))]));
    }
    parts.join(", ")
}

fn n_ready(node: &Node) -> usize {
    node.instances.iter().filter(|i| !is_down(i)).count()
}

fn is_down(instance: &NodeInstance) -> bool {
    matches!(instance.state, Some(InstanceState::Stopped | InstanceState::Draining))
}

/// The second line of a card.
fn figures(node: &Node) -> String {
    let is_stopped = !node.instances.is_empty() && n_ready(node) == 0;
    match (node.kind, node.percentiles) {
        (NodeKind::Client, _) => t("flow.you").to_owned(),
        _ if is_stopped => t("flow.stopped").to_owned(),
        (_, None) => t("flow.no_call").to_owned(),
        (_, Some(percentiles)) => {
            let p99 = fill("flow.p99", &[("took", &format::duration(percentiles.p99))]);
            if node.is_idle() { p99 } else { format!("{p99} · {}", format::rate(node.rate)) }
        }
    }
}

fn card(
    painter: &Painter,
    view: &View,
    rect: Rect,
    node: &Node,
    (is_selected, is_lit): (bool, bool),
    theme: &Theme,
) {
    let radius = 6.0 * view.zoom;
    let line = match (is_selected, is_lit) {
        (true, _) => Stroke::new(1.5, theme.accent),
        (false, true) => Stroke::new(1.0, theme.text),
        (false, false) => Stroke::new(1.0, theme.node_line),
    };
    painter.rect(rect, radius, theme.node, line, StrokeKind::Inside);
    if node.kind != NodeKind::Client {
        let width = (3.0 * view.zoom).max(2.0);
        let bar = Rect::from_min_size(
            rect.min + vec2(1.0, radius),
            vec2(width, rect.height() - 2.0 * radius),
        );
        painter.rect_filled(bar, 1.0, state_color(node, theme));
    }
    let pad = space::M * view.zoom;
    if !view.has_text() {
        let bar = Rect::from_min_size(
            rect.min + vec2(pad, rect.height() * 0.4),
            vec2(rect.width() * 0.5, rect.height() * 0.2),
        );
        painter.rect_filled(bar, 1.0, theme.muted);
        return;
    }
    let badges = badges(painter, view, rect, node, theme);
    let name_room = badges - rect.left() - pad - 4.0 * view.zoom;
    let name_at = pos2(rect.left() + pad, rect.top() + rect.height() * 0.33);
    let name_font = theme::strong_font(view.font(theme::TEXT));
    clipped(painter, name_at, name_room, &node.name, name_font, theme.text);
    let figures_at = pos2(rect.left() + pad, rect.top() + rect.height() * 0.71);
    let font = egui::FontId::proportional(view.font(theme::SMALL));
    clipped(painter, figures_at, rect.width() - 1.5 * pad, &figures(node), font, theme.muted);
}

/// The squares of the instances, from the right; says where they begin.
fn badges(painter: &Painter, view: &View, rect: Rect, node: &Node, theme: &Theme) -> f32 {
    let size = 14.0 * view.zoom;
    let gap = 3.0 * view.zoom;
    let mut right = rect.right() - 6.0 * view.zoom;
    let middle = rect.top() + rect.height() * 0.33;
    // The demo has at most a handful; more are told as a number in the inspector.
    for (idx, instance) in node.instances.iter().enumerate().take(4).rev() {
        let square = Rect::from_min_max(
            pos2(right - size, middle - size / 2.0),
            pos2(right, middle + size / 2.0),
        );
        let is_down = is_down(instance);
        let color = if is_down { theme.failed } else { theme.node_line };
        painter.rect_stroke(square, 2.5 * view.zoom, Stroke::new(1.0, color), StrokeKind::Inside);
        if is_down {
            let arm = size * 0.2;
            let stroke = Stroke::new(1.5, theme.failed);
            let at = square.center();
            painter.line_segment([at - vec2(arm, arm), at + vec2(arm, arm)], stroke);
            painter.line_segment([at + vec2(-arm, arm), at + vec2(arm, -arm)], stroke);
        } else {
            let font = egui::FontId::proportional(view.font(9.0));
            let number = (idx + 1).to_string();
            painter.text(square.center(), Align2::CENTER_CENTER, number, font, theme.muted);
        }
        right -= size + gap;
    }
    right
}

fn clipped(
    painter: &Painter,
    at: egui::Pos2,
    room: f32,
    text: &str,
    font: egui::FontId,
    color: egui::Color32,
) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(1.0));
    let galley = painter.layout_job(job);
    painter.galley(pos2(at.x, at.y - galley.size().y / 2.0), galley, color);
}

fn state_color(node: &Node, theme: &Theme) -> egui::Color32 {
    let n_ready = n_ready(node);
    let is_stopped = !node.instances.is_empty() && n_ready == 0;
    if is_stopped || node.error_share >= FAILING {
        theme.failed
    } else if n_ready < node.instances.len() {
        theme.slow
    } else if node.n_calls == 0 {
        theme.faint
    } else {
        theme.healthy
    }
}
