//! The tables of a comparison.

use egui::{Align2, FontId, Label, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::model::CompareWord;
use crate::session::CompareTable;
use crate::text::compare_word;
use crate::ui::theme::{self, ROW, Theme, space};

/// Columns of words, in points: as wide as those of the picture.
const NAME: f32 = 180.0;
const NOTE: f32 = 90.0;

/// Draws one.
pub(super) fn show(theme: &Theme, ui: &mut Ui, table: &CompareTable) {
    ui.label(theme::strong(compare_word(&table.title)).color(theme.text));
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if table.head.is_empty() {
            table.rows.iter().for_each(|row| sentence(theme, ui, row));
        } else {
            figures(theme, ui, (&table.head, table.n_words), true);
            table.rows.iter().for_each(|row| figures(theme, ui, (row, table.n_words), false));
        }
    });
    let note = compare_word(&table.note);
    if !note.is_empty() {
        ui.add(Label::new(theme::small(note).color(theme.muted)).wrap());
    }
}

/// A name and what is said of it.
fn sentence(theme: &Theme, ui: &mut Ui, row: &[CompareWord]) {
    let [name, said @ ..] = row else { return };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let width = theme::scaled(NAME);
        let size = vec2(width, ROW);
        ui.allocate_ui_with_layout(size, egui::Layout::top_down(egui::Align::Min), |ui| {
            ui.set_width(width);
            ui.label(compare_word(name));
        });
        for words in said {
            let words = egui::RichText::new(compare_word(words)).color(theme.muted);
            ui.add(Label::new(words).wrap().selectable(true));
        }
    });
    ui.add_space(space::XS);
}

/// Words at the left, figures at the right of their columns.
fn figures(theme: &Theme, ui: &mut Ui, (row, n_words): (&[CompareWord], usize), is_head: bool) {
    let cells: Vec<String> = row.iter().map(compare_word).collect();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let told: Vec<&str> =
        cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, told.join(", ")));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let (font, color): (FontId, _) =
        if is_head { (theme::small_font(), theme.muted) } else { (theme::text_font(), theme.text) };
    let words_width = [theme::scaled(NAME), theme::scaled(NOTE)];
    let words: f32 = words_width.iter().take(n_words).sum();
    let n_figures = cells.len().saturating_sub(n_words).max(1);
    let column = (rect.width() - words) / n_figures as f32;
    let mut left = rect.left();
    for (idx, cell) in cells.iter().enumerate() {
        let width = words_width.get(idx).copied().filter(|_| idx < n_words).unwrap_or(column);
        let place = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
        let (at, anchor) = if idx < n_words {
            (place.left_center(), Align2::LEFT_CENTER)
        } else {
            (place.right_center(), Align2::RIGHT_CENTER)
        };
        ui.painter().text(at, anchor, cell, font.clone(), color);
        left += width;
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline_stroke());
}
