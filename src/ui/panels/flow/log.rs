//! The log of one instance, in a card at the lower edge of the pane. Each line leads to its call.

use egui::{Align, Align2, Id, Layout, Order, Rect, ScrollArea, Sense, Ui, vec2};

use super::{Action, Actions, inset};
use crate::model::LogLine;
use crate::session::{Command, LogView};
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme;
use crate::ui::widgets::{card, icon, icon_button};

const WIDTH: f32 = 520.0;
const HEIGHT: f32 = 180.0;

/// Draws the card.
pub(super) fn show(cx: &PanelCx<'_>, ui: &Ui, pane: Rect, log: &LogView, actions: &mut Actions) {
    let place = inset(pane);
    let id = (Id::unique("instance log"), Order::Middle);
    card(ui, id, (place, Align2::LEFT_BOTTOM), WIDTH, |ui| {
        head(ui, log, actions);
        if log.lines.is_empty() {
            ui.label(theme::small(t("flow.log_empty")).color(cx.theme.muted));
        } else {
            lines(cx, ui, log, actions);
        }
    });
}

fn head(ui: &mut Ui, log: &LogView, actions: &mut Actions) {
    ui.horizontal(|ui| {
        ui.label(theme::strong(fill("flow.log_title", &[("instance", &log.instance)])));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, icon::X, t("flow.log_close"), None).clicked() {
                actions.push(Action::Send(Command::FollowLog(None)));
            }
            if icon_button(ui, icon::COPY, t("flow.log_copy"), None).clicked() {
                let all: Vec<&str> = log.lines.iter().map(|line| line.text.as_str()).collect();
                ui.copy_text(all.join("\n"));
            }
        });
    });
}

fn lines(cx: &PanelCx<'_>, ui: &mut Ui, log: &LogView, actions: &mut Actions) {
    let rows = ScrollArea::vertical()
        .max_height(HEIGHT.min(ui.available_height()))
        .auto_shrink([false, true])
        .stick_to_bottom(true);
    rows.show_rows(ui, theme::CODE_ROW, log.lines.len(), |ui, range| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let size = vec2(ui.available_width(), theme::CODE_ROW);
        for line in log.lines.get(range).unwrap_or_default() {
            let layout = Layout::left_to_right(Align::Center);
            ui.allocate_ui_with_layout(size, layout, |ui| {
                ui.set_min_size(size);
                row(cx, ui, line, actions);
            });
        }
    });
}

fn row(cx: &PanelCx<'_>, ui: &mut Ui, line: &LogLine, actions: &mut Actions) {
    let age = cx.clock.since(line.at).as_secs();
    let text = format!("{:>4} s  {}", age, line.text);
    let label = egui::Label::new(theme::code(text).color(cx.theme.text)).truncate();
    let Some(trace) = line.trace else {
        ui.add(label);
        return;
    };
    let response = ui.add(label.sense(Sense::click())).on_hover_text(t("flow.log_open"));
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        actions.push(Action::OpenCall(trace));
    }
}
