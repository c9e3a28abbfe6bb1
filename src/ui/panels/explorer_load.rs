//! The buttons below the explorer: the ways to a schema.

use egui::{Button, Ui, vec2};

use crate::session::Command;
use crate::text::t;
use crate::ui::commands;
use crate::ui::cx::{PanelCx, Pick, Wish};
use crate::ui::theme::{self, space};
use crate::workspace::Action;

/// Draws the buttons, as many in a row as have room, each row filled.
pub(super) fn buttons(cx: &PanelCx<'_>, ui: &mut Ui, is_asking: &mut bool) {
    let load_tip = commands::tip(cx, t("explorer.load_tip"), Action::OpenFiles);
    let buttons = [
        (t("topbar.load"), load_tip.as_str()),
        (t("scratch.new"), t("scratch.new_tip")),
        (t("explorer.ask"), t("explorer.ask_tip")),
    ];
    let width_of = |words: &str| {
        let font = theme::text_font();
        let galley = ui.painter().layout_no_wrap(words.to_owned(), font, cx.theme.text);
        galley.size().x + 2.0 * ui.spacing().button_padding.x + 2.0
    };
    let widest = buttons.iter().map(|(words, _)| width_of(words)).fold(1.0, f32::max);
    let (room, gap) = (ui.available_width(), space::S);
    let n_columns = (((room + gap) / (widest + gap)) as usize).clamp(1, buttons.len());
    let mut clicked = None;
    for (row_idx, row) in buttons.chunks(n_columns).enumerate() {
        ui.columns(row.len(), |columns| {
            for (column, (ui, (words, tip))) in columns.iter_mut().zip(row).enumerate() {
                let idx = row_idx * n_columns + column;
                let size = vec2(ui.available_width(), theme::CONTROL);
                let is_on = idx == 2 && *is_asking;
                let button = Button::new(*words).truncate().min_size(size).selected(is_on);
                if ui.add(button).on_hover_text(*tip).clicked() {
                    clicked = Some(idx);
                }
            }
        });
    }
    match clicked {
        Some(0) => cx.wish(Wish::Pick(Pick::Schemas)),
        Some(1) => cx.send(Command::NewScratch(t("scratch.template").into())),
        Some(_) => *is_asking = !*is_asking,
        None => {}
    }
}
