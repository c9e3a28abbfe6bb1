//! One message as a row: way and number, time, what it says, size.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, FontId, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::model::{Call, Direction};
use crate::session::MessageRow;
use crate::text::{fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, ROW, space};

/// Widths of the columns: number, time.
const NUMBER: f32 = 58.0;
const TIME: f32 = 72.0;

/// Which way, in a word.
pub(super) fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => t("response.messages.sent"),
        Direction::Received => t("response.messages.received"),
    }
}

/// `120 B`, or `120 B as 40 B` of what travelled compressed.
pub(super) fn size(payload: u64, compressed: Option<u64>) -> String {
    let payload = format::bytes(payload);
    match compressed.map(format::bytes) {
        None => payload,
        Some(compressed) => {
            fill("response.messages.packed", &[("payload", &payload), ("compressed", &compressed)])
        }
    }
}

/// Draws it. Says whether it was chosen.
pub(super) fn show(
    cx: &PanelCx<'_>,
    ui: &mut Ui,
    call: &Call,
    row: &MessageRow,
    is_chosen: bool,
) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
    let number = format::thousands(row.idx as u64 + 1);
    let time = format::duration(row.entry.at.since(call.started));
    let size = size(row.entry.n_bytes.into(), row.entry.compressed_len.map(u64::from));
    response.widget_info(|| {
        let name =
            format!("{} {number}, {time}, {size}: {}", way(row.entry.direction), row.preview);
        WidgetInfo::selected(Role::ListBoxOption, true, is_chosen, name)
    });
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let theme = cx.theme;
    if is_chosen || response.hovered() {
        let fill = if is_chosen { theme.selection } else { theme.hover() };
        ui.painter().rect_filled(rect, 0.0, fill);
    }
    let painter = ui.painter_at(rect);
    let middle = rect.center().y;
    let (arrow, color) = match row.entry.direction {
        Direction::Sent => ("→", theme.accent),
        Direction::Received => ("←", theme.healthy),
    };
    let small = theme::small_font();
    let mut left = rect.left() + space::S;
    painter.text(pos2(left, middle), Align2::LEFT_CENTER, arrow, theme::code_font(), color);
    left += theme::scaled(NUMBER);
    painter.text(pos2(left, middle), Align2::RIGHT_CENTER, number, small.clone(), theme.faint);
    left += theme::scaled(TIME);
    painter.text(pos2(left, middle), Align2::RIGHT_CENTER, time, small.clone(), theme.muted);
    left += space::M;
    let right = rect.right() - space::S;
    let size = painter.text(pos2(right, middle), Align2::RIGHT_CENTER, size, small, theme.muted);
    let color = if row.is_readable { theme.text } else { theme.slow };
    let room = (size.left() - space::M - left).max(8.0);
    let galley = one_line(ui, &row.preview, theme::code_font(), color, room);
    painter.galley(pos2(left, middle - galley.size().y / 2.0), galley, color);
    response.clicked()
}

/// A row that is on its way.
pub(super) fn placeholder(cx: &PanelCx<'_>, ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let at = pos2(rect.left() + space::S, rect.center().y);
    ui.painter().text(at, Align2::LEFT_CENTER, "…", theme::code_font(), cx.theme.faint);
}

fn one_line(
    ui: &Ui,
    text: &str,
    font: FontId,
    color: egui::Color32,
    width: f32,
) -> std::sync::Arc<egui::Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}
