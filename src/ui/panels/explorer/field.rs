//! Text fields of the explorer.

use egui::{Key, Response, Role, TextEdit, Ui, WidgetInfo, vec2};

use crate::ui::cx::{Ask, PanelCx};
use crate::ui::theme;

/// Lays a field over the whole width.
pub(super) fn full_width(ui: &mut Ui, field: TextEdit<'_>) -> Response {
    let size = vec2(ui.available_width(), theme::CONTROL);
    ui.add_sized(size, field.align(egui::Align2::LEFT_CENTER).desired_width(size.x))
}

/// Gives a field the keyboard when one of these was asked for.
pub(super) fn take_keyboard(cx: &PanelCx<'_>, response: &Response, asks: &[Ask]) {
    if cx.asks.iter().any(|ask| asks.contains(ask)) {
        response.request_focus();
    }
}

/// Names a field for readers of the screen.
pub(super) fn name_field(response: &Response, name: &str, value: &str) {
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, name);
        info.current_text_value = Some(value.to_owned());
        info
    });
}

/// Whether Enter ended the typing.
pub(super) fn is_enter(ui: &Ui, response: &Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}
