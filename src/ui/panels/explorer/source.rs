//! A source's row and its menu.

use std::sync::Arc;

use egui::{Align, Popup, Ui, vec2};

use super::{Explorer, is_turned, plain_row, serve};
use crate::model::Severity;
use crate::session::{Command, Origin, Source};
use crate::text::{fill, t};
use crate::ui::commands;
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{RowKind, TreeRow, icon, icon_button};
use crate::workspace::Action;

impl Explorer {
    pub(super) fn source_row(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        source: &Arc<Source>,
        is_open: bool,
        (text, badge): (&str, &str),
    ) {
        let worst = source.problems.iter().map(|problem| problem.severity).max();
        let (color, tip) = match worst {
            Some(Severity::Error) if source.origin == Origin::Scratch => {
                (cx.theme.slow, t("scratch.broken_tip"))
            }
            Some(Severity::Error) => (cx.theme.slow, t("explorer.has_problems")),
            Some(Severity::Warning) => (cx.theme.slow, t("explorer.has_warnings")),
            None => (cx.theme.muted, ""),
        };
        let served = serve::badge(cx, source);
        let badge = served.as_deref().unwrap_or(badge);
        let name = format!("{text}, {badge}");
        let kind = RowKind::Branch { is_open };
        let is_chosen = self.arrivals.is_marked(cx, source.id);
        let plain = plain_row(cx, 0, kind, text);
        let row = TreeRow { color, badge, tip, name: &name, is_chosen, ..plain };
        let has_menu = source.origin != Origin::BuiltIn;
        let can_be_served = serve::can_be_served(source);
        let n_buttons = u8::from(has_menu) + u8::from(can_be_served);
        // Clear of the scroll bar.
        let reserved = theme::ROW * f32::from(n_buttons) + space::XS;
        let response = row.show(ui, reserved);
        let is_newest = self.arrivals.newest.is_some_and(|(id, _)| id == source.id);
        if is_newest && std::mem::take(&mut self.arrivals.is_awaited) {
            response.scroll_to_me(Some(Align::TOP));
        }
        if is_turned(ui, &response, is_open) {
            self.chosen = Some(source.id);
            self.toggled.turn(&source.name, "");
        }
        let spot = |from_right: u8| {
            let x = theme::ROW * (f32::from(from_right) + 0.5) + space::XS + 2.0;
            let at = response.rect.right_center() - vec2(x, 0.0);
            egui::UiBuilder::new()
                .max_rect(egui::Rect::from_center_size(at, egui::Vec2::splat(theme::ROW)))
        };
        if can_be_served {
            ui.scope_builder(spot(u8::from(has_menu)), |ui| serve::button(cx, ui, source));
        }
        if has_menu {
            Popup::context_menu(&response).show(|ui| self.source_items(cx, ui, source));
            ui.scope_builder(spot(0), |ui| self.source_menu(cx, ui, source));
        }
    }

    fn source_menu(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, source: &Arc<Source>) {
        let name = fill("explorer.menu_of", &[("name", &source.name)]);
        let button = icon_button(ui, icon::DOTS, &name, None);
        Popup::menu(&button).show(|ui| self.source_items(cx, ui, source));
    }

    fn source_items(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, source: &Source) {
        ui.set_min_width(180.0);
        let is_scratch = source.origin == Origin::Scratch;
        if is_scratch && ui.button(t("scratch.edit")).on_hover_text(t("scratch.edit_tip")).clicked()
        {
            cx.send(Command::ShowEditor(source.id));
        }
        if serve::can_be_served(source) {
            serve::item(cx, ui, source);
        }
        if let Origin::Reflection { target, .. } = &source.origin
            && ui.button(t("tap.tap_node")).on_hover_text(t("tap.tap_node_tip")).clicked()
        {
            cx.send(Command::NewTap(target.clone()));
        }
        let keys = commands::hint(cx, Action::Refresh);
        let refresh = egui::Button::new(t("explorer.refresh")).shortcut_text(keys);
        if ui.add(refresh).on_hover_text(t("explorer.refresh_tip")).clicked() {
            cx.send(Command::RefreshSource(source.id));
        }
        let can_add_root = (is_scratch || matches!(source.origin, Origin::Paths { .. }))
            && !source.problems.is_empty();
        if can_add_root
            && ui.button(t("explorer.add_root")).on_hover_text(t("explorer.root_tip")).clicked()
        {
            self.roots.entry(source.id).or_default();
        }
        let close_tip = if is_scratch { t("scratch.close_tip") } else { t("explorer.close_tip") };
        if ui.button(t("explorer.close")).on_hover_text(close_tip).clicked() {
            cx.send(Command::CloseSource(source.id));
        }
    }
}
