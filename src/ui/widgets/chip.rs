//! Chips, badges and key hints: small frames with a word in them.

use egui::{Align2, Color32, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::icon;
use crate::ui::theme::{self, Theme, space};

/// What the dot of a chip says. Shapes differ, so that the colour is never alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dot {
    /// All well: filled, green.
    Healthy,
    /// Partly up or on its way: half filled, amber.
    Partial,
    /// Failed: a diamond, red.
    Failed,
    /// Off: hollow.
    Off,
}

/// A framed button with a state dot that opens a menu.
pub fn chip(ui: &mut Ui, dot: Option<Dot>, text: &str, name: &str, tip: &str) -> Response {
    let theme = Theme::current(ui.ctx());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::text_font(), theme.text);
    let dot_width = if dot.is_some() { 16.0 } else { 0.0 };
    let width = dot_width + galley.size().x + 14.0 + 2.0 * space::S;
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme::ROW), Sense::click());
    let is_enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, name));
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        let fill = if response.hovered() { theme.hover() } else { theme.field };
        let line =
            if response.has_focus() { theme.focus_stroke() } else { theme.hairline_stroke() };
        painter.rect(rect, theme::RADIUS, fill, line, StrokeKind::Inside);
        let inner = rect.shrink2(vec2(space::S, 0.0));
        if let Some(dot) = dot {
            paint_dot(painter, inner.left_center() + vec2(4.0, 0.0), dot, theme);
        }
        let at = inner.left_center() + vec2(dot_width, -galley.size().y / 2.0);
        painter.galley(at, galley, theme.text);
        let caret = inner.right_center();
        painter.text(
            caret,
            Align2::RIGHT_CENTER,
            icon::CARET_DOWN.0,
            theme::icon_font(10.0),
            theme.muted,
        );
    }
    if tip.is_empty() { response } else { response.on_hover_text(tip) }
}

/// A state dot alone, named for readers.
pub fn labelled_dot(ui: &mut Ui, dot: Dot, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(12.0, 16.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    paint_dot(ui.painter(), rect.center(), dot, Theme::current(ui.ctx()));
    response
}

fn paint_dot(painter: &egui::Painter, at: egui::Pos2, dot: Dot, theme: &Theme) {
    let radius = 4.0;
    match dot {
        Dot::Healthy => {
            painter.circle_filled(at, radius, theme.healthy);
        }
        Dot::Partial => {
            painter.circle_stroke(at, radius - 0.5, Stroke::new(1.5, theme.slow));
            painter.circle_filled(at, 2.0, theme.slow);
        }
        Dot::Failed => {
            let corners = [vec2(0.0, -5.0), vec2(5.0, 0.0), vec2(0.0, 5.0), vec2(-5.0, 0.0)];
            let points = corners.map(|corner| at + corner).to_vec();
            painter.add(egui::Shape::convex_polygon(points, theme.failed, Stroke::NONE));
        }
        Dot::Off => {
            painter.circle_stroke(at, radius - 0.5, Stroke::new(1.5, theme.muted));
        }
    }
}

/// A small frame with a word: `file`, `stream`, `3 rows`.
pub fn badge(ui: &mut Ui, text: &str) -> Response {
    let color = Theme::current(ui.ctx()).muted;
    badge_in(ui, text, color)
}

/// The same in a colour that says more.
pub fn badge_in(ui: &mut Ui, text: &str, color: Color32) -> Response {
    let theme = Theme::current(ui.ctx());
    framed(ui, text, theme::small_font(), color, theme)
}

/// A shortcut as its keys look: `Ctrl Enter`.
pub fn key_hint(ui: &mut Ui, keys: &str) -> Response {
    let theme = Theme::current(ui.ctx());
    framed(ui, keys, theme::small_font(), theme.muted, theme)
}

fn framed(ui: &mut Ui, text: &str, font: egui::FontId, color: Color32, theme: &Theme) -> Response {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let size = vec2(galley.size().x + 10.0, 17.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    if ui.is_rect_visible(rect) {
        let line = theme.hairline_stroke();
        ui.painter().rect(rect, theme::RADIUS, Color32::TRANSPARENT, line, StrokeKind::Inside);
        let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
        ui.painter().galley(at, galley, color);
    }
    response
}
