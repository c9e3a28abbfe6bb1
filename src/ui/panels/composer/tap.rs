//! A tap: between whom it stands, and what passed.

mod form;
mod list;

use std::collections::BTreeMap;

use egui::{Align, Layout, RichText, ScrollArea, Ui};

use self::form::Form;
use crate::model::TapId;
use crate::session::{Command, TapFault, TapPhase, TapView};
use crate::text::{self, count, fill, format, t, target_error};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{icon, icon_button, link, tool_button};

use super::parts;

/// View state of all taps.
#[derive(Debug, Default)]
pub(super) struct TapPanes {
    forms: BTreeMap<TapId, Form>,
}

impl TapPanes {
    /// Draws the tap in front, if one is.
    pub(super) fn show(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) -> bool {
        self.forms.retain(|id, _| cx.state.tap(*id).is_some());
        let Some(tap) = cx.state.front_tap.and_then(|id| cx.state.tap(id)) else { return false };
        egui::Frame::new().inner_margin(space::M).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            match &tap.phase {
                TapPhase::Running(address) => {
                    self.forms.remove(&tap.id);
                    running(cx, ui, tap, &address.to_string());
                }
                TapPhase::Idle(fault) => {
                    let form = self.forms.entry(tap.id).or_insert_with(|| Form::of(&tap.wish));
                    // What passed needs room too.
                    let scroll = ScrollArea::vertical().id_salt(("tap form", tap.id));
                    let scroll = scroll.auto_shrink([false, true]).max_height(match tap.n_calls {
                        0 => f32::INFINITY,
                        _ => ui.available_height() * 0.6,
                    });
                    scroll.show(ui, |ui| form.show(cx, ui, tap, fault.as_ref()));
                }
                TapPhase::Starting => parts::note(ui, t("tap.starting")),
            }
            warnings(cx, ui, tap);
            if tap.n_calls > 0 {
                ui.add_space(space::XS);
                passed(cx, ui, tap);
            }
        });
        true
    }
}

/// Where it listens, and its end.
fn running(cx: &PanelCx<'_>, ui: &mut Ui, tap: &TapView, address: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        icon::CHECK.show(ui, cx.theme.healthy);
        ui.label(theme::code(address).color(cx.theme.text).strong());
        if icon_button(ui, icon::COPY, t("tap.copy"), None).clicked() {
            ui.ctx().copy_text(address.to_owned());
        }
        icon::ARROW_RIGHT.show(ui, cx.theme.muted);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if tool_button(ui, t("tap.stop"), t("tap.stop_tip")).clicked() {
                cx.send(Command::StopTap(tap.id));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let target = theme::code(tap.wish.target.as_str()).color(cx.theme.text);
                ui.add(egui::Label::new(target).truncate());
            });
        });
    });
    let args: [(&str, &dyn std::fmt::Display); 2] =
        [("address", &address), ("target", &tap.wish.target)];
    parts::note(ui, &fill("tap.point", &args));
    if tap.n_calls == 0 {
        ui.add_space(space::XL);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new(t("tap.none")).color(cx.theme.muted));
        });
    }
}

/// What keeps calls from being seen, or from being understood.
fn warnings(cx: &PanelCx<'_>, ui: &mut Ui, tap: &TapView) {
    if let Some(failure) = &tap.unreached {
        let words = text::failure(failure);
        let why = format!("{} {}", words.what, words.fix);
        parts::problem_line(ui, cx.theme, &fill("tap.unreached", &[("why", &why)]));
    }
    if let Some(cause) = &tap.no_schema {
        let why = text::cause(cause);
        parts::warning_line(ui, cx.theme, &fill("tap.no_schema", &[("why", &why)]));
    }
    if tap.n_opaque > 0 {
        let size = format::bytes(tap.n_opaque);
        parts::warning_line(ui, cx.theme, &fill("tap.opaque", &[("size", &size)]));
    }
    if tap.n_missed > 0 {
        let n = format::thousands(tap.n_missed);
        parts::warning_line(ui, cx.theme, &fill("tap.missed", &[("n", &n)]));
    }
}

/// How many passed, and the list of them.
fn passed(cx: &PanelCx<'_>, ui: &mut Ui, tap: &TapView) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(theme::strong(count("tap.calls", tap.n_calls, &[])));
        if tap.n_errors > 0 {
            let words = count("tap.failed_calls", tap.n_errors, &[]);
            ui.label(RichText::new(words).color(cx.theme.failed));
        }
        if (tap.calls.len() as u64) < tap.n_calls {
            let n = format::thousands(tap.calls.len() as u64);
            let args: [(&str, &dyn std::fmt::Display); 2] =
                [("n", &n), ("all", &format::thousands(tap.n_calls))];
            ui.label(theme::small(fill("tap.older", &args)).color(cx.theme.muted));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let chosen = tap.shown.filter(|id| tap.call(*id).is_some());
            let tip = if chosen.is_some() { t("tap.save_tip") } else { t("tap.save_none") };
            let save = ui.add_enabled_ui(chosen.is_some(), |ui| link(ui, t("tap.save"), tip)).inner;
            if let Some(call) = chosen.filter(|_| save.clicked()) {
                cx.send(Command::DraftOfTapped { tap: tap.id, call });
            }
        });
    });
    list::show(cx, ui, tap);
}

/// What kept a tap from starting, and what to do.
pub(in crate::ui) fn fault_words(fault: &TapFault) -> (String, String) {
    match fault {
        TapFault::Target(error) => {
            let words = target_error(error);
            (words.what, words.fix)
        }
        TapFault::Itself => (t("tap.itself").to_owned(), t("tap.itself_fix").to_owned()),
        TapFault::PortTaken(port) => {
            (fill("tap.port_taken", &[("port", port)]), t("tap.port_taken_fix").to_owned())
        }
        TapFault::Listen { port, cause } => {
            let args: [(&str, &dyn std::fmt::Display); 2] =
                [("port", port), ("cause", &text::cause(cause))];
            (fill("tap.cannot_listen", &args), t("tap.port_taken_fix").to_owned())
        }
    }
}

/// What the tab of a tap says, and its tip.
pub(super) fn title(tap: &TapView) -> (String, String) {
    let port = tap.address().map_or(tap.wish.port, |address| address.port());
    let name =
        if port == 0 { t("tap.tab_any").to_owned() } else { fill("tap.tab", &[("port", &port)]) };
    let tip = tap.address().map(|address| {
        let args: [(&str, &dyn std::fmt::Display); 2] =
            [("address", &address), ("target", &tap.wish.target)];
        fill("tap.tab_tip", &args)
    });
    (name, tip.unwrap_or_default())
}

#[cfg(test)]
mod tests;
