//! The menu that copies a draft for another tool.

use egui::{Popup, Ui};

use crate::model::{CopyFormat, Protocol};
use crate::session::Command;
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::widgets::{icon, icon_button};
use crate::workspace::Draft;

/// Draws its button.
pub(super) fn menu(cx: &PanelCx<'_>, ui: &mut Ui, draft: &Draft) {
    let formats: &[CopyFormat] = match draft.protocol {
        Protocol::Grpc => &CopyFormat::GRPC,
        Protocol::Http => &CopyFormat::HTTP,
    };
    let button = icon_button(ui, icon::COPY, t("copy.menu"), None);
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(160.0);
        for format in formats {
            if ui.button(fill("copy.as", &[("tool", &format.name())])).clicked() {
                cx.send(Command::CopyAs { draft: draft.id, format: *format });
                ui.close();
            }
        }
    });
}
