//! One row of a tree or list: over the whole width, with a mark when it is the chosen one.

use egui::{Align2, Color32, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::icon;
use crate::ui::theme::{self, Theme, space};

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// A branch that is open or closed.
    Branch {
        /// Whether its rows are shown.
        is_open: bool,
    },
    /// A leaf.
    Leaf,
}

/// A row to draw.
#[derive(Debug, Clone, Copy)]
pub struct TreeRow<'a> {
    /// How deep it stands, from 0.
    pub depth: usize,
    /// Branch or leaf.
    pub kind: RowKind,
    /// Whether it is the chosen one.
    pub is_chosen: bool,
    /// A monospaced word before the text: `GET`.
    pub label: &'a str,
    /// The text.
    pub text: &'a str,
    /// Its colour.
    pub color: Color32,
    /// A badge at the right end, empty for none.
    pub badge: &'a str,
    /// What a reader says.
    pub name: &'a str,
    /// The tooltip, empty for none.
    pub tip: &'a str,
}

impl TreeRow<'_> {
    /// Draws the row and returns its response. `reserved` points at the right end stay free for buttons.
    pub fn show(&self, ui: &mut Ui, reserved: f32) -> Response {
        let size = vec2(ui.available_width(), theme::ROW);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let is_enabled = ui.is_enabled();
        response.widget_info(|| {
            WidgetInfo::selected(Role::Button, is_enabled, self.is_chosen, self.name)
        });
        let is_cut = ui.is_rect_visible(rect) && self.paint(ui, rect, &response, reserved);
        match (is_cut, self.tip) {
            (false, "") => response,
            (false, tip) => response.on_hover_text(tip),
            (true, "") => response.on_hover_text(self.text),
            (true, tip) => response.on_hover_text(format!("{}\n{tip}", self.text)),
        }
    }

    /// Says whether the text had to be cut.
    fn paint(&self, ui: &Ui, rect: Rect, response: &Response, reserved: f32) -> bool {
        let theme = Theme::current(ui.ctx());
        let painter = ui.painter();
        if self.is_chosen {
            painter.rect_filled(rect, 0.0, theme.selection);
            let mark = Rect::from_min_size(rect.min, vec2(2.0, rect.height()));
            painter.rect_filled(mark, 0.0, theme.accent);
        } else if response.hovered() {
            painter.rect_filled(rect, 0.0, theme.hover());
        }
        if response.has_focus() {
            let ring = rect.shrink(1.0);
            painter.rect_stroke(
                ring,
                theme::RADIUS,
                theme.focus_stroke(),
                egui::StrokeKind::Inside,
            );
        }
        let mut x = rect.left() + space::S + self.depth as f32 * 14.0;
        if let RowKind::Branch { is_open } = self.kind {
            let caret = if is_open { icon::CARET_DOWN } else { icon::CARET_RIGHT };
            let at = pos2(x + 6.0, rect.center().y);
            painter.text(at, Align2::CENTER_CENTER, caret.0, theme::icon_font(10.0), theme.muted);
        }
        x += 18.0;
        let mut end = rect.right() - space::S - reserved;
        if !self.badge.is_empty() {
            end = paint_badge(ui, self.badge, end, rect.center().y, theme) - space::S;
        }
        if !self.label.is_empty() {
            let font = theme::code_font();
            let at = pos2(x, rect.center().y);
            painter.text(at, Align2::LEFT_CENTER, self.label, font, theme.muted);
            x += theme::scaled(40.0);
        }
        let galley = one_line(ui, self.text, self.color, (end - x).max(8.0));
        let is_cut = galley.elided;
        painter.galley(pos2(x, rect.center().y - galley.size().y / 2.0), galley, self.color);
        is_cut
    }
}

/// Text on one line, cut with an ellipsis where it is too long.
fn one_line(ui: &Ui, text: &str, color: Color32, width: f32) -> std::sync::Arc<egui::Galley> {
    let mut job =
        egui::text::LayoutJob::simple_singleline(text.to_owned(), theme::text_font(), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

/// Paints a badge that ends at `end`; returns where it begins.
fn paint_badge(ui: &Ui, text: &str, end: f32, center_y: f32, theme: &Theme) -> f32 {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::small_font(), theme.muted);
    let size = vec2(galley.size().x + 10.0, 17.0);
    let rect = Rect::from_min_size(pos2(end - size.x, center_y - size.y / 2.0), size);
    let line = theme.hairline_stroke();
    ui.painter().rect(rect, theme::RADIUS, theme.panel, line, egui::StrokeKind::Inside);
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
    ui.painter().galley(at, galley, theme.muted);
    rect.left()
}
