//! Buttons: the one primary, quiet ones in tool rows, icons and links.

use egui::{Align2, Color32, FontId, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, vec2};

use super::Icon;
use crate::ui::theme::{self, Theme, space};

/// The one button of a pane that does its job: accent, heavier text. `tip` tells what and the shortcut.
pub fn primary_button(ui: &mut Ui, text: &str, tip: &str) -> Response {
    let theme = Theme::current(ui.ctx());
    let face = Face {
        font: theme::strong_font(theme::scaled(theme::TEXT)),
        text: theme.on_accent,
        fill: theme.accent,
        hover_fill: theme::mix(theme.accent, theme.text, 0.15),
        padding: space::L,
        height: theme::CONTROL,
    };
    labelled(ui, text, tip, None, &face)
}

/// A quiet button of a tool row: text alone until the pointer is there.
pub fn tool_button(ui: &mut Ui, text: &str, tip: &str) -> Response {
    labelled(ui, text, tip, None, &quiet(ui, false))
}

/// A quiet button that is on or off.
pub fn toggle_button(ui: &mut Ui, is_on: bool, text: &str, tip: &str) -> Response {
    labelled(ui, text, tip, Some(is_on), &quiet(ui, is_on))
}

/// Text in the accent colour that does something.
pub fn link(ui: &mut Ui, text: &str, tip: &str) -> Response {
    let theme = Theme::current(ui.ctx());
    let face = Face { text: theme.accent, padding: space::XS, ..quiet(ui, false) };
    labelled(ui, text, tip, None, &face)
}

/// An icon alone. `name` is what a reader says; it heads the tooltip, with the shortcut where there is one.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str, shortcut: Option<&str>) -> Response {
    let face = Face { font: theme::icon_font(15.0), padding: 5.0, ..quiet(ui, false) };
    let tip = shortcut.map_or_else(|| name.to_owned(), |keys| format!("{name} ({keys})"));
    draw(ui, icon.0, name, &tip, None, &face)
}

struct Face {
    font: FontId,
    text: Color32,
    fill: Color32,
    hover_fill: Color32,
    padding: f32,
    height: f32,
}

fn quiet(ui: &Ui, is_on: bool) -> Face {
    let theme = Theme::current(ui.ctx());
    Face {
        font: theme::text_font(),
        text: if is_on { theme.text } else { theme.muted },
        fill: if is_on { theme.selection } else { Color32::TRANSPARENT },
        hover_fill: if is_on { theme.selection } else { theme.hover() },
        padding: space::S,
        height: theme::ROW,
    }
}

fn labelled(ui: &mut Ui, text: &str, tip: &str, is_on: Option<bool>, face: &Face) -> Response {
    draw(ui, text, text, tip, is_on, face)
}

fn draw(
    ui: &mut Ui,
    shown: &str,
    name: &str,
    tip: &str,
    is_on: Option<bool>,
    face: &Face,
) -> Response {
    let theme = Theme::current(ui.ctx());
    let galley = ui.painter().layout_no_wrap(shown.to_owned(), face.font.clone(), face.text);
    let width = (galley.size().x + 2.0 * face.padding).max(face.height);
    let (rect, response) = ui.allocate_exact_size(vec2(width, face.height), Sense::click());
    let is_enabled = ui.is_enabled();
    response.widget_info(|| match is_on {
        Some(is_on) => WidgetInfo::selected(Role::Button, is_enabled, is_on, name),
        None => WidgetInfo::labeled(Role::Button, is_enabled, name),
    });
    if ui.is_rect_visible(rect) {
        let is_lit = response.hovered() || response.is_pointer_button_down_on();
        let fill = if is_lit { face.hover_fill } else { face.fill };
        let ring = if response.has_focus() { theme.focus_stroke() } else { Stroke::NONE };
        ui.painter().rect(rect, theme::RADIUS, fill, ring, egui::StrokeKind::Outside);
        let lit_text = if face.text == theme.muted { theme.text } else { face.text };
        let text = if is_lit { lit_text } else { face.text };
        let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
        ui.painter().galley_with_override_text_color(at, galley, text);
    }
    if tip.is_empty() { response } else { response.on_hover_text(tip) }
}

/// A square of this size that takes clicks and is named; the caller paints it.
pub(super) fn bare(ui: &mut Ui, size: Vec2, name: &str) -> Response {
    let (_, response) = ui.allocate_exact_size(size, Sense::click());
    let is_enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, name));
    response
}
