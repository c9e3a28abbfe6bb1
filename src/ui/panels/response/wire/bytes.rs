//! Hex and text of what is listed, with the bytes marked that are spoken of elsewhere.

use egui::{Align, Pos2, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::super::body::hex_job;
use super::super::hex::{self, HexRow, Letters};
use super::keys::offset_of;
use crate::model::Direction;
use crate::session::{ByteRow, ByteRows, RowContent, RowLook, WireReading};
use crate::text::{fill, format};
use crate::ui::theme::{self, CODE_ROW, Theme};
use crate::wire::{Buffer, Place};

/// A byte: its buffer and its offset there.
pub(super) type Spot = (Buffer, u64);

/// What is to be seen.
pub(super) struct Marks<'a> {
    /// The entry that is chosen.
    pub(super) entry_idx: Option<usize>,
    /// Bytes of the node that is chosen or under the pointer.
    pub(super) strong: &'a [Place],
    /// Bytes that were found.
    pub(super) found: &'a [Place],
    /// The byte that the keys stand at.
    pub(super) cursor: Option<Spot>,
    /// A row to be brought into sight.
    pub(super) scroll_to: Option<usize>,
}

/// What the pointer did.
#[derive(Default)]
pub(super) struct Pointed {
    pub(super) hovered: Option<Spot>,
    pub(super) clicked: Option<(Spot, usize)>,
    /// The rows that are in sight.
    pub(super) seen: std::ops::Range<usize>,
}

/// Draws the rows.
pub(super) fn show(
    theme: &Theme,
    ui: &mut Ui,
    reading: &WireReading,
    rows: &ByteRows,
    marks: &Marks<'_>,
) -> Pointed {
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = CODE_ROW;
    let mut area = ScrollArea::both().auto_shrink([false, false]).id_salt("bytes");
    if let Some(row_idx) = marks.scroll_to {
        // The row before stays in sight.
        let top = row_idx.saturating_sub(1);
        area = area.vertical_scroll_offset(offset_of(ui, top, rows.n_rows(), CODE_ROW));
    }
    let mut pointed = Pointed::default();
    area.show_rows(ui, CODE_ROW, rows.n_rows(), |ui, shown| {
        pointed.seen = shown.clone();
        for row in rows.rows(shown) {
            draw(theme, ui, reading, (rows, &row), marks, &mut pointed);
        }
    });
    pointed
}

fn draw(
    theme: &Theme,
    ui: &mut Ui,
    reading: &WireReading,
    (rows, row): (&ByteRows, &ByteRow),
    marks: &Marks<'_>,
    pointed: &mut Pointed,
) {
    let (all, range) = row.bytes(reading);
    if let RowContent::Gap(len) = &row.content {
        let words = fill("response.wire.gap", &[("size", &format::bytes(*len))]);
        ui.with_layout(egui::Layout::left_to_right(Align::Center), |ui| {
            ui.set_height(CODE_ROW);
            ui.label(theme::small(words).color(theme.slow));
        });
        return;
    }
    let letters = if row.look == RowLook::Content { Letters::Utf8 } else { Letters::Ascii };
    let color = match (row.look, row.buffer) {
        (RowLook::Header, _) => theme.muted,
        (_, buffer) if buffer == Buffer::from(Direction::Sent) => {
            theme.data.first().copied().unwrap_or(theme.text)
        }
        _ => theme.data.get(2).copied().unwrap_or(theme.text),
    };
    let shown = hex::row(all, range.clone(), row.at, rows.width(), letters);
    let galley = ui.painter().layout_job(hex_job(&shown, theme, color));
    let size = vec2(galley.size().x.max(ui.available_width()), CODE_ROW);
    // The area as a whole has the keys.
    let (rect, response) = ui.allocate_exact_size(size, Sense::CLICK);
    let words = format!("{}  {} {}", shown.offset, shown.digits.trim_end(), shown.text);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter();
    if marks.entry_idx == Some(row.entry_idx) {
        painter.rect_filled(rect, 0.0, theme.selection.gamma_multiply(0.5));
    }
    let grid = Grid::of(ui, rect.min, &shown, rows.width());
    for (places, color) in [(marks.found, theme.slow), (marks.strong, theme.accent)] {
        for place in places.iter().filter(|place| place.buffer == row.buffer) {
            let from = place.range.start.max(row.offset);
            let to = place.range.end.min(row.offset + range.len() as u64);
            if from < to {
                let bytes = (from - row.offset) as usize..(to - row.offset) as usize;
                for area in grid.areas(bytes, shown.text.chars().count() == range.len()) {
                    painter.rect_filled(area, 2.0, color.gamma_multiply(0.35));
                }
            }
        }
    }
    let held = marks.cursor.filter(|(buffer, _)| *buffer == row.buffer);
    let held = held.and_then(|(_, offset)| offset.checked_sub(row.offset));
    if let Some(at) = held.map(|at| at as usize).filter(|at| *at < range.len()) {
        for area in grid.areas(at..at + 1, shown.text.chars().count() == range.len()) {
            let inside = egui::StrokeKind::Outside;
            painter.rect_stroke(area, 2.0, theme.focus_stroke(), inside);
        }
    }
    painter.galley(rect.min, galley, color);
    let at = response.hover_pos().and_then(|at| grid.byte_at(at)).filter(|at| *at < range.len());
    let Some(at) = at else { return };
    let spot = (row.buffer, row.offset + at as u64);
    pointed.hovered = Some(spot);
    if response.clicked() {
        pointed.clicked = Some((spot, row.entry_idx));
    }
}

/// Where the bytes of a row stand on the screen.
struct Grid {
    digits: Pos2,
    text: Pos2,
    glyph: f32,
    width: usize,
}

impl Grid {
    fn of(ui: &Ui, at: Pos2, row: &HexRow, width: usize) -> Self {
        let glyph = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::code_font(), '0'));
        let n_offset = row.offset.len() as f32 + 2.0;
        let digits = at + vec2(n_offset * glyph, 0.0);
        let text = digits + vec2((width * 3 + 1) as f32 * glyph, 0.0);
        Self { digits, text, glyph, width }
    }

    /// The areas behind the digits, and behind the letters where each byte has one.
    fn areas(&self, bytes: std::ops::Range<usize>, has_letters: bool) -> Vec<Rect> {
        let of = |from: Pos2, start: f32, end: f32| {
            let min = pos2(from.x + start * self.glyph, from.y + 1.0);
            Rect::from_min_max(min, pos2(from.x + end * self.glyph, from.y + CODE_ROW - 1.0))
        };
        let (start, end) = (bytes.start as f32, bytes.end as f32);
        let digits = of(self.digits, start * 3.0 - 0.25, end * 3.0 - 0.75);
        let text = has_letters.then(|| of(self.text, start, end));
        [Some(digits), text].into_iter().flatten().collect()
    }

    fn byte_at(&self, at: Pos2) -> Option<usize> {
        let column = (at.x - self.digits.x) / self.glyph;
        if column < 0.0 {
            return None;
        }
        let byte = (column / 3.0) as usize;
        if byte < self.width {
            return Some(byte);
        }
        let letter = (at.x - self.text.x) / self.glyph;
        (letter >= 0.0).then_some(letter as usize)
    }
}
