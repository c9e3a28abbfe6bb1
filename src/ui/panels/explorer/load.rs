//! The ways to a schema, below the tree: a path, a server, the buttons.

use std::path::PathBuf;

use egui::{Align, Button, Layout, TextEdit, Ui, vec2};

use super::Explorer;
use super::field::{full_width, is_enter, name_field, take_keyboard};
use crate::session::Command;
use crate::text::t;
use crate::ui::commands;
use crate::ui::cx::{Ask, PanelCx, Pick, Wish};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{icon, icon_button, primary_button};
use crate::workspace::Action;

impl Explorer {
    pub(super) fn load_area(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        ui.spacing_mut().item_spacing.y = space::S;
        if self.is_asking {
            self.ask_field(cx, ui);
        }
        let size = vec2(ui.available_width(), theme::CONTROL);
        let layout = Layout::right_to_left(Align::Center);
        let response = ui.allocate_ui_with_layout(size, layout, |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            let keys = commands::hint(cx, Action::OpenFolder);
            let keys = Some(keys.as_str()).filter(|keys| !keys.is_empty());
            if icon_button(ui, icon::FOLDER_OPEN, t("explorer.load_folder"), keys).clicked() {
                cx.wish(Wish::Pick(Pick::SchemaFolder));
            }
            let field = TextEdit::singleline(&mut self.path).hint_text(t("explorer.path_hint"));
            full_width(ui, field)
        });
        let response = response.inner;
        name_field(&response, t("explorer.path"), &self.path);
        take_keyboard(cx, &response, &[Ask::GoToPath]);
        if is_enter(ui, &response) {
            let paths = read_paths(&self.path);
            if !paths.is_empty() {
                cx.send(Command::LoadPaths(paths));
                self.path.clear();
            }
        }
        response.on_hover_text(commands::tip(cx, t("explorer.path_tip"), Action::PastePath));
        buttons(cx, ui, &mut self.is_asking);
    }

    fn ask_field(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let mut is_entered = false;
        let size = vec2(ui.available_width(), theme::CONTROL);
        ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
            let tip = t("explorer.ask_tip");
            is_entered |= primary_button(ui, t("explorer.ask_now"), tip).clicked();
            let field = TextEdit::singleline(&mut self.target)
                .font(theme::code_font())
                .hint_text(t("explorer.target_hint"));
            let response = full_width(ui, field);
            name_field(&response, t("explorer.target"), &self.target);
            take_keyboard(cx, &response, &[Ask::GoToServer]);
            is_entered |= is_enter(ui, &response);
        });
        let target = self.target.trim();
        if is_entered && !target.is_empty() {
            cx.send(Command::AskServer { target: target.to_owned() });
            self.is_asking = false;
            self.target.clear();
        }
    }
}

/// Paths as people paste them: one a line, maybe in quotes, maybe as `file://`.
fn read_paths(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(|line| line.trim().trim_matches(['"', '\'']));
    let paths = lines.map(|line| line.strip_prefix("file://").unwrap_or(line));
    paths.filter(|line| !line.is_empty()).map(PathBuf::from).collect()
}

/// Draws the buttons, as many in a row as have room, each row filled.
fn buttons(cx: &PanelCx<'_>, ui: &mut Ui, is_asking: &mut bool) {
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
