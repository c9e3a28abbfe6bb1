//! The line above the list: what has passed, what is listed, and whether it goes on.

use egui::{Align, Layout, RichText, Ui};

use super::MessagesView;
use crate::model::Direction;
use crate::session::{StreamLook, StreamView, StreamWay};
use crate::text::{fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::panels::composer::parts::{FieldLook, field};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{segmented, toggle_button};

/// Room that the buttons at the right need.
const BUTTONS: f32 = 190.0;
/// The search field at its widest.
const SEARCH: f32 = 260.0;

impl MessagesView {
    /// Draws the lines.
    pub(super) fn tools(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        stream: &StreamView,
        look: &mut StreamLook,
    ) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            count(cx, ui, "→", &stream.sent, t("response.messages.sent"));
            count(cx, ui, "←", &stream.received, t("response.messages.received"));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                self.buttons(ui, stream, look);
            });
        });
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let entries = [
                (None, t("response.messages.all"), ""),
                (Some(Direction::Sent), t("response.messages.sent"), ""),
                (Some(Direction::Received), t("response.messages.received"), ""),
            ];
            segmented(ui, &mut look.direction, &entries);
            let search = FieldLook {
                name: t("response.messages.find"),
                hint: t("response.messages.find"),
                tip: t("response.messages.find_tip"),
                width: (ui.available_width() - space::S).clamp(90.0, SEARCH),
                ..FieldLook::default()
            };
            field(ui, &mut self.needle, &search);
            self.needle.trim().clone_into(&mut look.needle);
            if look.direction.is_some() || !look.needle.is_empty() {
                let n = format::thousands(stream.n_listed as u64);
                let words = fill("response.messages.hits", &[("n", &n)]);
                ui.add(egui::Label::new(theme::small(words).color(cx.theme.muted)).truncate());
            }
        });
    }

    fn buttons(&mut self, ui: &mut Ui, stream: &StreamView, look: &mut StreamLook) {
        let has_room = ui.available_width() > BUTTONS;
        let is_paused = look.paused_at.is_some();
        let behind = stream.n_kept.saturating_sub(look.paused_at.unwrap_or(stream.n_kept));
        let words = if is_paused && behind > 0 && has_room {
            let n = format::thousands(behind as u64);
            fill("response.messages.paused", &[("n", &n)])
        } else {
            t("response.messages.pause").to_owned()
        };
        if toggle_button(ui, is_paused, &words, t("response.messages.pause_tip")).clicked() {
            look.paused_at = (!is_paused).then_some(stream.n_kept);
            if is_paused {
                self.list.follow();
            }
        }
        let (words, tip) =
            (t("response.messages.count_only"), t("response.messages.count_only_tip"));
        if toggle_button(ui, look.counts_only, words, tip).clicked() {
            look.counts_only = !look.counts_only;
        }
        if !self.list.is_following() && !is_paused {
            let (words, tip) = (t("response.messages.newest"), t("response.messages.newest_tip"));
            if crate::ui::widgets::link(ui, words, tip).clicked() {
                self.list.follow();
            }
        }
    }
}

/// `→ 3 · 120 B`, what is left of it where it was compressed, and how many a second while they pass.
fn count(cx: &PanelCx<'_>, ui: &mut Ui, arrow: &str, way: &StreamWay, name: &str) {
    let n = format::thousands(way.n_messages);
    let compressed = (way.n_carried != way.n_bytes).then_some(way.n_carried);
    let mut words = format!("{arrow} {n} · {}", super::row::size(way.n_bytes, compressed));
    if way.per_second > 0 {
        let rate = format::thousands(way.per_second);
        words = format!("{words} · {}", fill("response.messages.rate", &[("n", &rate)]));
    }
    let label = ui.label(RichText::new(&words).color(cx.theme.text));
    label.on_hover_text(name);
}
