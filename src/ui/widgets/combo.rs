//! The caret of combo boxes, the same as on chips: `ComboBox::icon(combo_caret)`.

use egui::style::WidgetVisuals;
use egui::{Align2, Rect, Ui};

use super::icon;
use crate::ui::theme::{self, Theme};

/// Paints the caret of a combo box.
pub fn combo_caret(ui: &Ui, rect: Rect, _visuals: &WidgetVisuals, _is_open: bool) {
    let color = Theme::current(ui.ctx()).muted;
    let font = theme::icon_font(10.0);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon::CARET_DOWN.0, font, color);
}
