//! An error that stays readable: what happened, where, what to do; and it can be copied.

use egui::{Color32, Frame, Margin, Response, RichText, Stroke, Ui, vec2};

use super::{Icon, icon, icon_button};
use crate::text::t;
use crate::ui::theme::{self, Theme, space};

/// The words of an error.
#[derive(Debug, Clone, Copy, Default)]
pub struct ErrorText<'a> {
    /// What happened.
    pub what: &'a str,
    /// Where, empty when that is plain.
    pub place: &'a str,
    /// What to do next, empty when nothing can be done.
    pub fix: &'a str,
    /// Whether what it concerns can still be used.
    pub is_warning: bool,
}

/// Shows an error with a button that copies its words. Returns the response of the whole block.
pub fn error_block(ui: &mut Ui, error: &ErrorText<'_>) -> Response {
    let theme = Theme::current(ui.ctx());
    let color = if error.is_warning { theme.slow } else { theme.failed };
    let mark = if error.is_warning { icon::WARNING } else { icon::WARNING_CIRCLE };
    Frame::new()
        .fill(theme.wash(color))
        .stroke(Stroke::new(1.0, theme::mix(theme.hairline, color, 0.4)))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(8, 6))
        .show(ui, |ui| body(ui, error, mark, color, theme))
        .response
}

fn body(ui: &mut Ui, error: &ErrorText<'_>, mark: Icon, color: Color32, theme: &Theme) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::XS, 2.0);
        mark.show(ui, color);
        let width = (ui.available_width() - theme::ROW - space::XS).max(40.0);
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.add(label(RichText::new(error.what).color(theme.text)));
            if !error.place.is_empty() {
                ui.add(label(theme::code(error.place).color(theme.muted)));
            }
            if !error.fix.is_empty() {
                ui.add(label(RichText::new(error.fix).color(theme.muted)));
            }
        });
        if icon_button(ui, icon::COPY, t("status.copy_error"), None).clicked() {
            let lines = [error.what, error.place, error.fix];
            let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            ui.copy_text(lines.join("\n"));
        }
    });
}

fn label(text: RichText) -> egui::Label {
    egui::Label::new(text).wrap().selectable(true)
}
