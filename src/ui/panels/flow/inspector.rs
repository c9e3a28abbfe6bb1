//! What is known of the selected node or edge, in a card in the lower left corner.

use std::sync::Arc;

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::menu::life_button;
use super::scene::Scene;
use super::{Action, Actions, Selected, inset, instances_text};
use crate::flow::{Bars, Node, NodeInstance};
use crate::model::{EdgeKey, InstanceState, Percentiles};
use crate::telemetry::Snapshot;
use crate::text::{count, fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets::{Icon, card, icon, icon_button, link};

const WIDTH: f32 = 288.0;

/// Draws the card.
pub(super) fn show(
    ui: &mut Ui,
    cx: &PanelCx<'_>,
    rect: Rect,
    scene: &Scene,
    snapshot: &Snapshot,
    selected: &Selected,
    actions: &mut Actions,
) {
    let place = inset(rect);
    let id = (ui.scope_id().with("inspector"), egui::Order::Middle);
    card(ui, id, (place, Align2::LEFT_BOTTOM), WIDTH, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        match selected {
            Selected::Node(name) => match scene.graph().node(name) {
                Some(node) => of_node(ui, cx.theme, node, place.height(), actions),
                None => actions.push(Action::Select(None)),
            },
            Selected::Edge(key) => of_edge(ui, cx.theme, snapshot, key, actions),
        }
    });
}

fn head(ui: &mut Ui, title: &str, actions: &mut Actions) {
    ui.horizontal(|ui| {
        ui.label(theme::strong(title));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close: Icon = icon::X;
            if icon_button(ui, close, t("flow.close_inspector"), None).clicked() {
                actions.push(Action::Select(None));
            }
        });
    });
}

fn of_node(ui: &mut Ui, theme: &Theme, node: &Node, room: f32, actions: &mut Actions) {
    head(ui, &node.name, actions);
    let mut words = vec![count("flow.calls", node.n_calls, &[])];
    if !node.instances.is_empty() {
        let n_ready =
            node.instances.iter().filter(|i| i.state == Some(InstanceState::Ready)).count();
        words.insert(0, instances_text(n_ready, node.instances.len()));
    }
    if node.error_share > 0.0 {
        words.push(fill("flow.fail", &[("share", &format::percent(node.error_share))]));
    }
    ui.label(theme::small(words.join(" · ")).color(theme.muted));
    percentiles(ui, theme, node.percentiles);
    let rows = egui::ScrollArea::vertical().max_height((room - 130.0).clamp(60.0, 200.0));
    rows.show(ui, |ui| {
        for instance in &node.instances {
            instance_row(ui, theme, node, instance, actions);
        }
    });
    if node.n_calls > 0 && link(ui, t("flow.play_latest"), t("flow.play_latest_tip")).clicked() {
        actions.push(Action::PlayLatest(Arc::clone(&node.name)));
    }
}

fn instance_row(
    ui: &mut Ui,
    theme: &Theme,
    node: &Node,
    instance: &NodeInstance,
    actions: &mut Actions,
) {
    ui.horizontal(|ui| {
        let state = match instance.state {
            Some(InstanceState::Stopped) => t("flow.state_stopped").to_owned(),
            Some(InstanceState::Draining) => t("flow.state_draining").to_owned(),
            Some(InstanceState::Starting) => t("flow.state_starting").to_owned(),
            Some(InstanceState::Ready) | None if !instance.fault.is_none() => {
                crate::text::fault(&instance.fault)
            }
            Some(InstanceState::Ready) | None => count("flow.calls", instance.n_calls, &[]),
        };
        ui.spacing_mut().button_padding.y = 2.0;
        ui.spacing_mut().interact_size.y = theme::ROW;
        ui.label(theme::code(&*instance.name));
        ui.label(theme::small(state).color(theme.muted));
        if node.kind.has_hands() {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                life_button(ui, instance, actions);
            });
        }
    });
}

fn of_edge(ui: &mut Ui, theme: &Theme, snapshot: &Snapshot, key: &EdgeKey, actions: &mut Actions) {
    head(ui, &format!("{} → {}", key.caller, key.callee), actions);
    let Some(edge) = snapshot.edges.get(key) else {
        ui.label(theme::small(t("flow.declared_only")).color(theme.muted));
        return;
    };
    let operations = edge.by_operation.len() as u64;
    let words = [
        count("flow.calls", edge.total.n_calls, &[]),
        count("flow.operations", operations, &[]),
        format::rate(edge.total.rate),
    ];
    ui.label(theme::small(words.join(" · ")).color(theme.muted));
    percentiles(ui, theme, edge.total.percentiles());
    let bars = Bars::of(&edge.total.histogram);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), egui::Sense::hover());
    for bar in &bars.bars {
        let share = bar.count as f32 / bars.max_count.max(1) as f32;
        let column = Rect::from_min_max(
            pos2(rect.left() + rect.width() * bar.left, rect.bottom() - rect.height() * share),
            pos2(rect.left() + rect.width() * bar.right - 1.0, rect.bottom()),
        );
        ui.painter().rect_filled(column, 1.0, theme.accent);
    }
}

fn percentiles(ui: &mut Ui, theme: &Theme, percentiles: Option<Percentiles>) {
    let Some(Percentiles { p50, p90, p99 }) = percentiles else { return };
    let rows = [("p50", p50), ("p90", p90), ("p99", p99)];
    let words: Vec<String> =
        rows.iter().map(|(name, took)| format!("{name} {}", format::duration(*took))).collect();
    ui.label(theme::small(words.join(" · ")).color(theme.text));
}
