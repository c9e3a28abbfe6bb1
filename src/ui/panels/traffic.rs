//! The chip of the shoppers: how many calls they make, and what became of every one.

use egui::{Popup, Ui};

use crate::session::Command;
use crate::text::{fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Dot, chip};

/// Calls a second that the menu offers.
const RATES: [u32; 4] = [0, 2, 20, 200];

/// The chip and its menu.
pub(super) fn traffic_chip(cx: &PanelCx<'_>, ui: &mut Ui) {
    let traffic = &cx.state.traffic;
    let is_on = traffic.per_second > 0;
    let words = words_of(traffic.per_second);
    let dot = if is_on { Dot::Healthy } else { Dot::Off };
    let button = chip(ui, Some(dot), &words, &words, t("topbar.traffic_tip"));
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(220.0);
        for rate in RATES {
            let is_chosen = traffic.per_second == rate;
            if ui.selectable_label(is_chosen, words_of(rate)).clicked() {
                cx.send(Command::SetTraffic(rate));
                ui.close();
            }
        }
        let figures = &traffic.figures;
        if figures.n_sent == 0 {
            return;
        }
        ui.separator();
        ui.spacing_mut().item_spacing.y = space::XS;
        let line = |key, n: u64| theme::small(fill(key, &[("n", &format::thousands(n))]));
        ui.label(line("topbar.traffic_sent", figures.n_sent).color(cx.theme.text));
        ui.label(line("topbar.traffic_answered", figures.n_answered).color(cx.theme.muted));
        for (status, n) in &figures.failed {
            let args: [(&str, &dyn std::fmt::Display); 2] =
                [("n", &format::thousands(*n)), ("status", status)];
            ui.label(theme::small(fill("topbar.traffic_failed", &args)).color(cx.theme.failed));
        }
        ui.label(line("topbar.traffic_open", figures.n_open()).color(cx.theme.muted));
        if figures.n_turned_away > 0 {
            ui.label(line("topbar.traffic_away", figures.n_turned_away).color(cx.theme.slow));
        }
    });
}

fn words_of(per_second: u32) -> String {
    match per_second {
        0 => t("topbar.traffic_off").to_owned(),
        rate => fill("topbar.traffic", &[("n", &rate)]),
    }
}
