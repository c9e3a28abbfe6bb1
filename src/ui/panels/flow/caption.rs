//! The words in the upper left corner: what to do first, and what a small scene shows.

use egui::{Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use super::inset;
use crate::model::Scene;
use crate::session::{Command, DemoPhase};
use crate::text::{fill, t};
use crate::ui::commands;
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::link;
use crate::workspace::Action;

/// Calls a second that the card turns on: each dot can still be followed.
const FIRST_TRAFFIC: u32 = 2;

/// The card of the first minute: a call is ready to be sent. It goes with the scene's first call. While the demo is
/// stopped it says so instead.
pub(super) fn first_call(ui: &mut Ui, rect: Rect, cx: &PanelCx<'_>) {
    if cx.state.demo == DemoPhase::Stopped {
        let words = (t("scene.off_title").to_owned(), t("scene.off_sentence").to_owned());
        card(ui, rect, cx.theme, words, |ui| {
            let (start, tip) = (t("topbar.start_demo"), t("topbar.start_demo_tip"));
            if link(ui, start, tip).clicked() {
                cx.send(Command::StartDemo);
            }
        });
        return;
    }
    let keys = commands::hint_or(cx, Action::Send, t("composer.send"));
    let draft = cx.active_draft().map(|draft| draft.operation());
    let is_first = cx.snapshot.edges.values().all(|edge| edge.total.n_calls == 0);
    let words = match draft.filter(|name| !name.is_empty()) {
        Some(name) => {
            let args: [(&str, &dyn std::fmt::Display); 1] = [("method", &name)];
            let title =
                if is_first { fill("flow.first_title", &args) } else { fill("scene.ready", &args) };
            (title, first_sentence(cx.state.settings.scene, &keys))
        }
        None => (
            t("flow.first_choose").to_owned(),
            fill("flow.first_choose_sentence", &[("keys", &keys)]),
        ),
    };
    let may_have_traffic =
        cx.state.settings.scene == Scene::Shop && cx.state.traffic.per_second == 0;
    card(ui, rect, cx.theme, words, |ui| {
        let (words, tip) = (t("scene.traffic"), t("topbar.traffic_tip"));
        if may_have_traffic && link(ui, words, tip).clicked() {
            cx.send(Command::SetTraffic(FIRST_TRAFFIC));
        }
    });
}

fn card(
    ui: &mut Ui,
    rect: Rect,
    theme: &Theme,
    (title, sentence): (String, String),
    below: impl FnOnce(&mut Ui),
) {
    let place = Rect::from_min_size(inset(rect).min, vec2(inset(rect).width().min(480.0), 60.0));
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        egui::Frame::new()
            .fill(theme.selection)
            .corner_radius(theme::RADIUS)
            .inner_margin(egui::Margin::symmetric(14, 10))
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.label(theme::strong(title));
                ui.label(theme::small(sentence).color(theme.muted));
                below(ui);
            });
    });
}

fn first_sentence(scene: Scene, keys: &str) -> String {
    match scene {
        Scene::Hello => fill("scene.first_hello", &[("keys", &keys)]),
        Scene::ThroughGateway => fill("scene.first_gateway", &[("keys", &keys)]),
        Scene::Shop => fill("scene.first_shop", &[("keys", &keys)]),
    }
}

/// What a small scene shows, in one quiet line.
pub(super) fn note(ui: &Ui, rect: Rect, scene: Scene, theme: &Theme) {
    let words = match scene {
        Scene::Hello => t("scene.note_hello"),
        Scene::ThroughGateway => t("scene.note_gateway"),
        Scene::Shop => return,
    };
    let place = inset(rect);
    let galley =
        ui.painter().layout(words.to_owned(), theme::small_font(), theme.muted, place.width());
    let spot = Rect::from_min_size(place.min, galley.size());
    let response = ui.interact(spot, ui.scope_id().with("scene note"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    ui.painter().rect_filled(spot.expand(2.0), theme::RADIUS, theme.ground);
    ui.painter().galley(spot.min, galley, theme.muted);
}
