//! The cards of the diagram: name, instances, figures, state; click, drag, menu.

use std::sync::Arc;

use egui::{Align2, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::camera::View;
use super::scene::{Density, Scene};
use super::{Action, Actions, Selected, instances_text, keys, menu};
use crate::flow::{Node, NodeInstance};
use crate::model::{InstanceState, NodeKind, OTHERS};
use crate::text::{count, fill, format, list, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme, space};

/// From this share of failed calls on a node shows as failing.
const FAILING: f64 = 0.01;
/// A card has room for so many squares of instances.
const MAX_SQUARES: usize = 4;

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
        let card = Card { painter: ui.painter_at(view.rect), view, rect, node, theme: cx.theme };
        card.paint(scene.density(), is_selected, response.hovered(), response.has_focus());
        if response.clicked() {
            let select = (!is_selected).then(|| Selected::Node(Arc::clone(&node.name)));
            actions.push(Action::Select(select));
        }
        if response.dragged_by(egui::PointerButton::Primary) {
            moved =
                Some((Arc::clone(&node.name), place.center() + response.drag_delta() / view.zoom));
        }
        keys::menu(ui, &response, is_selected, |ui| menu::show(ui, node, actions));
        if !response.dragged() {
            response.on_hover_ui(|ui| {
                ui.label(theme::strong(&*node.name));
                ui.label(facts(node).join(" · "));
            });
        }
    }
    if let Some((name, centre)) = moved {
        scene.pin(&name, centre);
    }
}

/// `greeter, 2 instances, 4 calls, p99 0.4 ms`: what a reader says and a test finds.
pub(super) fn describe(node: &Node) -> String {
    let mut parts = vec![node.name.to_string()];
    parts.extend(facts(node));
    list(&parts)
}

fn facts(node: &Node) -> Vec<String> {
    let mut parts = Vec::new();
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
    if node.kind == NodeKind::Mock {
        parts.push(t("flow.mock").to_owned());
    }
    for instance in node.instances.iter().filter(|instance| !instance.fault.is_none()) {
        parts.push(format!("{}: {}", instance.name, crate::text::fault(&instance.fault)));
    }
    parts
}

fn n_ready(node: &Node) -> usize {
    node.instances.iter().filter(|i| !is_down(i)).count()
}

fn is_down(instance: &NodeInstance) -> bool {
    matches!(instance.state, Some(InstanceState::Stopped | InstanceState::Draining))
}

/// The second line of a card.
fn figures(node: &Node, density: Density) -> String {
    let is_stopped = !node.instances.is_empty() && n_ready(node) == 0;
    match (node.kind, node.percentiles) {
        (NodeKind::Client, _) => t("flow.you").to_owned(),
        _ if &*node.name == OTHERS => t("flow.others").to_owned(),
        _ if is_stopped => t("flow.stopped").to_owned(),
        (_, None) if node.n_open > 0 => t("flow.waits").to_owned(),
        // Nobody calls it, so it is here because it calls, and reports nothing of it.
        (NodeKind::External, None) => t("flow.unseen").to_owned(),
        (_, None) => t("flow.no_call").to_owned(),
        (_, Some(percentiles)) => {
            let p99 = fill("flow.p99", &[("took", &format::duration(percentiles.p99))]);
            // Beside it stands that it is a mock.
            let is_mock = node.kind == NodeKind::Mock;
            let is_short = is_mock || node.is_idle() || density == Density::Compact;
            if is_short { p99 } else { format!("{p99} · {}", format::rate(node.rate)) }
        }
    }
}

/// One card while it is painted.
struct Card<'a> {
    painter: Painter,
    view: &'a View,
    rect: Rect,
    node: &'a Node,
    theme: &'a Theme,
}

impl Card<'_> {
    fn paint(&self, density: Density, is_selected: bool, is_hovered: bool, has_focus: bool) {
        let Self { painter, view, rect, node, theme } = self;
        let radius = 6.0 * view.zoom;
        let line = match (is_selected, is_hovered) {
            (true, _) => Stroke::new(1.5, theme.accent),
            (false, true) => Stroke::new(1.0, theme.muted),
            (false, false) => Stroke::new(1.0, theme.node_line),
        };
        painter.rect(*rect, radius, theme.node, line, StrokeKind::Inside);
        if has_focus {
            let ring = rect.expand(3.0);
            painter.rect_stroke(ring, radius + 3.0, theme.focus_stroke(), StrokeKind::Inside);
        }
        if node.kind != NodeKind::Client {
            let width = (3.0 * view.zoom).max(2.0);
            let size = vec2(width, rect.height() - 2.0 * radius);
            let bar = Rect::from_min_size(rect.min + vec2(1.0, radius), size);
            painter.rect_filled(bar, 1.0, state_color(node, theme));
        }
        self.words(density);
    }

    fn words(&self, density: Density) {
        let Self { view, rect, node, theme, .. } = self;
        let pad = if density == Density::Compact { 9.0 } else { space::M } * view.zoom;
        if !view.has_text() {
            let size = vec2(rect.width() * 0.5, rect.height() * 0.2);
            let bar = Rect::from_min_size(rect.min + vec2(pad, rect.height() * 0.4), size);
            self.painter.rect_filled(bar, 1.0, theme.muted);
            return;
        }
        let (name_at, figures_at) = match density {
            Density::Wide => (0.32, 0.70),
            Density::Compact => (0.22, 0.52),
        };
        let right = match density {
            Density::Wide => self.badges(rect.right() - 7.0 * view.zoom, 0.32, true),
            Density::Compact => {
                self.badges(rect.left() + pad, 0.80, false);
                rect.right() - 6.0 * view.zoom
            }
        };
        let tag_at = if density == Density::Compact { 0.80 } else { figures_at };
        let tag = if node.kind == NodeKind::Mock { self.tag(tag_at) } else { 0.0 };
        let taken = if density == Density::Compact { 0.0 } else { tag };
        let room = rect.width() - pad - 7.0 * view.zoom - taken;
        let strong = theme::strong_font(view.font(theme::TEXT));
        self.line(name_at, right - rect.left() - pad, pad, &node.name, strong, theme.text);
        let small = egui::FontId::proportional(view.font(theme::SMALL));
        self.line(figures_at, room, pad, &figures(node, density), small, theme.muted);
    }

    /// `mock` at the right end of a line; says how much of it is taken.
    fn tag(&self, share: f32) -> f32 {
        let Self { painter, view, rect, theme, .. } = self;
        let font = egui::FontId::proportional(view.font(theme::SMALL));
        let galley = painter.layout_no_wrap(t("flow.mock").to_owned(), font, theme.data[1]);
        let width = galley.size().x;
        let at = pos2(rect.right() - 7.0 * view.zoom, rect.top() + rect.height() * share);
        let place = Align2::RIGHT_CENTER.anchor_size(at, galley.size());
        painter.galley(place.min, galley, theme.data[1]);
        width + space::XS
    }

    fn line(
        &self,
        share: f32,
        room: f32,
        pad: f32,
        text: &str,
        font: egui::FontId,
        color: egui::Color32,
    ) {
        let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(1.0));
        let galley = self.painter.layout_job(job);
        let middle = self.rect.top() + self.rect.height() * share;
        let at = pos2(self.rect.left() + pad, middle - galley.size().y / 2.0);
        self.painter.galley(at, galley, color);
    }

    /// The squares of the instances, from the right end or from the left one; says where they end.
    fn badges(&self, from: f32, share: f32, is_leftwards: bool) -> f32 {
        let Self { view, rect, node, .. } = self;
        let size = 15.0 * view.zoom;
        let step = size + 2.0 * view.zoom;
        let middle = rect.top() + rect.height() * share;
        let (shown, rest) = squares(&node.instances);
        let rest_width = if rest.is_empty() { 0.0 } else { 1.6 * size + 2.0 * view.zoom };
        let width = step * shown.len() as f32 + rest_width;
        let first = if is_leftwards { from - width } else { from };
        let square = |idx: usize, width: f32| {
            let corner = pos2(first + step * idx as f32, middle - size / 2.0);
            Rect::from_min_size(corner, vec2(width, size))
        };
        for (idx, instance) in shown.iter().enumerate() {
            self.badge(square(idx, size), idx + 1, instance);
        }
        if !rest.is_empty() {
            self.rest(square(shown.len(), 1.6 * size), rest);
        }
        first - 3.0 * view.zoom
    }

    /// `+9`, and `+9!` where one of those is not well.
    fn rest(&self, place: Rect, rest: &[NodeInstance]) {
        let Self { painter, view, theme, .. } = self;
        let color = match (rest.iter().any(is_down), rest.iter().all(is_well)) {
            (true, _) => Some(theme.failed),
            (false, false) => Some(theme.slow),
            (false, true) => None,
        };
        let line = Stroke::new(1.0, color.unwrap_or(theme.node_line));
        painter.rect_stroke(place, 3.0 * view.zoom, line, StrokeKind::Inside);
        let font = egui::FontId::proportional(view.font(10.0));
        let color = color.unwrap_or(theme.muted);
        painter.text(place.center(), Align2::CENTER_CENTER, rest_words(rest), font, color);
    }

    fn badge(&self, square: Rect, number: usize, instance: &NodeInstance) {
        let Self { painter, view, theme, .. } = self;
        let is_down = is_down(instance);
        let color = match (is_down, instance.fault.is_none()) {
            (true, _) => theme.failed,
            (false, false) => theme.slow,
            (false, true) => theme.node_line,
        };
        painter.rect_stroke(square, 3.0 * view.zoom, Stroke::new(1.0, color), StrokeKind::Inside);
        if is_down {
            let arm = square.width() * 0.2;
            let stroke = Stroke::new(1.5, theme.failed);
            let at = square.center();
            painter.line_segment([at - vec2(arm, arm), at + vec2(arm, arm)], stroke);
            painter.line_segment([at + vec2(-arm, arm), at + vec2(arm, -arm)], stroke);
            return;
        }
        let font = egui::FontId::proportional(view.font(10.0));
        let at = square.center();
        // Not by colour alone: what has a fault carries a mark behind its number.
        let (words, color) = if instance.fault.is_none() {
            (number.to_string(), theme.muted)
        } else {
            (format!("{number}!"), theme.slow)
        };
        painter.text(at, Align2::CENTER_CENTER, words, font, color);
    }
}

/// Those that have a square of their own, and those that share one.
fn squares(instances: &[NodeInstance]) -> (&[NodeInstance], &[NodeInstance]) {
    let n_shown = if instances.len() > MAX_SQUARES { MAX_SQUARES - 1 } else { instances.len() };
    instances.split_at(n_shown)
}

fn rest_words(rest: &[NodeInstance]) -> String {
    let mark = if rest.iter().all(is_well) { "" } else { "!" };
    format!("+{}{mark}", rest.len())
}

fn is_well(instance: &NodeInstance) -> bool {
    !is_down(instance) && instance.fault.is_none()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fault;

    #[test]
    fn what_has_no_square_of_its_own_is_counted_and_marked_when_it_is_not_well() {
        let well = NodeInstance {
            name: "greeter-1".into(),
            state: Some(InstanceState::Ready),
            fault: Fault::default(),
            n_calls: 0,
            n_errors: 0,
            n_open: 0,
        };
        let stopped = NodeInstance { state: Some(InstanceState::Stopped), ..well.clone() };
        let fault = Fault { is_hanging: true, ..Fault::default() };
        let hung = NodeInstance { fault, ..well.clone() };
        let check = |last: &NodeInstance, n: usize, n_shown: usize, words: &str| {
            let mut all = vec![well.clone(); n - 1];
            all.push(last.clone());
            let (shown, rest) = squares(&all);
            let got = if rest.is_empty() { String::new() } else { rest_words(rest) };
            assert_eq!((shown.len(), got.as_str()), (n_shown, words));
        };
        check(&well, 1, 1, "");
        check(&hung, 4, 4, "");
        check(&well, 5, 3, "+2");
        check(&hung, 5, 3, "+2!");
        check(&stopped, 12, 3, "+9!");
    }
}
