//! The files with authorities: a list, each with what is wrong with it.

use std::path::PathBuf;

use egui::{Align2, Key, TextEdit, Ui, vec2};

use super::fields::fault_line;
use super::{Control, Open, Row, default_link, in_force};
use crate::session::Command;
use crate::text::{fill, t};
use crate::ui::cx::{PanelCx, Pick, Wish};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{icon, icon_button};
use crate::workspace::SettingChange;

const WIDTH: f32 = 184.0;

impl Open {
    /// Draws the list and, under it, the field that takes another file.
    pub(super) fn authorities(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) -> Control {
        let files = &in_force(cx).ca_files;
        for (idx, file) in files.iter().enumerate() {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                let shown = file.display().to_string();
                let remove = fill("settings.ca_files.remove", &[("file", &shown)]);
                let room = (ui.available_width() - theme::CONTROL).max(60.0);
                ui.allocate_ui(vec2(room, theme::ROW), |ui| {
                    ui.set_width(room);
                    let label = theme::code(shown.as_str()).color(cx.theme.text);
                    ui.add(egui::Label::new(label).truncate()).on_hover_text(shown.as_str());
                });
                if icon_button(ui, icon::X, &remove, None).clicked() {
                    let mut files = files.clone();
                    files.remove(idx);
                    cx.send(Command::ChangeSetting(SettingChange::CaFiles(files)));
                }
            });
            if let Some(cause) = cx.state.ca_problems.get(file) {
                let cause = crate::text::cause(cause);
                fault_line(cx, ui, &fill("settings.ca_files.fault", &[("cause", &cause)]));
            }
        }
        self.another_file(cx, ui, row)
    }

    fn another_file(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, row: &Row) -> Control {
        let typed = self.typed.entry(row.clone()).or_default();
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut typed.text)
                .font(theme::code_font())
                .hint_text(theme::code(t("settings.ca_files.hint")).color(cx.theme.faint))
                .align(Align2::LEFT_CENTER)
                .min_size(vec2(WIDTH, theme::CONTROL))
                .desired_width(WIDTH);
            let response = ui.add(field).accessible_name(row.name());
            let is_entered =
                response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let path = typed.text.trim();
            if is_entered && !path.is_empty() {
                cx.send(with_file(cx, path.into()));
                typed.text.clear();
            }
            let choose = ui.button(t("composer.options.choose"));
            if choose.accessible_name(t("settings.ca_files.choose")).clicked() {
                cx.wish(Wish::Pick(Pick::Authority));
            }
            default_link(cx, ui, row);
            Some(response)
        })
        .inner
    }
}

/// The list with one more file at its end.
fn with_file(cx: &PanelCx<'_>, file: PathBuf) -> Command {
    let mut files = in_force(cx).ca_files.clone();
    if !files.contains(&file) {
        files.push(file);
    }
    Command::ChangeSetting(SettingChange::CaFiles(files))
}
