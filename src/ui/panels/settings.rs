//! The menu of the theme.

use egui::{Popup, Ui};

use crate::session::Command;
use crate::text::t;
use crate::ui::cx::PanelCx;
use crate::ui::widgets::{icon, icon_button};
use crate::workspace::Theme as ThemeChoice;

/// The button with the moon or the sun.
pub(super) fn theme_menu(cx: &PanelCx<'_>, ui: &mut Ui) {
    let glyph = if cx.theme.is_dark { icon::MOON } else { icon::SUN };
    let button = icon_button(ui, glyph, t("topbar.theme"), None);
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(140.0);
        let chosen = cx.state.settings.theme;
        for (choice, words) in themes() {
            if ui.selectable_label(chosen == choice, words).clicked() {
                cx.send(Command::SetTheme(choice));
                ui.close();
            }
        }
    });
}

fn themes() -> [(ThemeChoice, &'static str); 3] {
    [
        (ThemeChoice::System, t("topbar.theme_system")),
        (ThemeChoice::Dark, t("topbar.theme_dark")),
        (ThemeChoice::Light, t("topbar.theme_light")),
    ]
}
