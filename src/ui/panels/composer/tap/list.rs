//! The calls that passed, newest first.

use egui::{Align2, Color32, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::model::{Call, Outcome};
use crate::session::{Command, TapView, TappedCall};
use crate::text::{self, fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets::{Icon, icon};

/// Widths of the columns at the right, last one first: what it took, what it weighs, how it ended.
const COLUMNS: [f32; 3] = [64.0, 64.0, 136.0];
/// From this width there is room for who asked, too.
const WIDE: f32 = 520.0;
const CLIENT: f32 = 130.0;

/// Draws the list.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, tap: &TapView) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let n_calls = tap.calls.len();
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(
        ui,
        theme::ROW,
        n_calls,
        |ui, shown| {
            for idx in shown {
                let passed = n_calls.checked_sub(idx + 1).and_then(|at| tap.calls.get(at));
                if let Some(passed) = passed {
                    row(cx, ui, tap, passed);
                }
            }
        },
    );
}

fn row(cx: &PanelCx<'_>, ui: &mut Ui, tap: &TapView, passed: &TappedCall) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    let call = &passed.call;
    let is_chosen = tap.shown == Some(call.id);
    let operation = call.request.operation();
    let (mark, color, ended) = verdict(cx.theme, call);
    let took = format::duration(call.timing.total);
    response.widget_info(|| {
        let words = format!("{operation}, {}, {ended}, {took}", passed.name);
        WidgetInfo::selected(Role::Button, true, is_chosen, words)
    });
    if is_chosen {
        ui.painter().rect_filled(rect, theme::RADIUS, cx.theme.selection);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS, cx.theme.hover());
    }
    if response.has_focus() {
        let inside = egui::StrokeKind::Inside;
        ui.painter().rect_stroke(rect, theme::RADIUS, cx.theme.focus_stroke(), inside);
    }
    let size = format::bytes(call.bytes.sent + call.bytes.received);
    let painter = ui.painter_at(rect);
    let middle = rect.center().y;
    let glyph = pos2(rect.left() + space::S + 6.0, middle);
    painter.text(glyph, Align2::CENTER_CENTER, mark.0, theme::icon_font(13.0), color);
    // The scroll bar floats over the right end.
    let mut right = rect.right() - space::L;
    let [took_width, size_width, ended_width] = COLUMNS;
    for (words, width) in [(&took, took_width), (&size, size_width)] {
        let at = pos2(right, middle);
        painter.text(at, Align2::RIGHT_CENTER, words, theme::text_font(), cx.theme.text);
        right -= theme::scaled(width);
    }
    let mut cell = |words: &str, width: f32, color: Color32| {
        right -= width;
        cut(
            ui,
            Rect::from_x_y_ranges(right..=right + width - space::S, rect.y_range()),
            words,
            color,
        );
    };
    cell(&ended, theme::scaled(ended_width), color);
    if rect.width() > WIDE {
        cell(&passed.name, theme::scaled(CLIENT), cx.theme.muted);
    }
    let left = rect.left() + space::S + 18.0;
    cut(
        ui,
        Rect::from_x_y_ranges(left..=right - space::S, rect.y_range()),
        &operation,
        cx.theme.text,
    );
    if response.clicked() {
        cx.send(Command::ShowTapped { tap: tap.id, call: Some(call.id) });
    }
    let from = fill("tap.from", &[("name", &passed.name), ("client", &passed.client)]);
    response.on_hover_text(format!("{operation}\n{from}"));
}

/// Text on one line, cut with an ellipsis where it is too long.
fn cut(ui: &Ui, rect: Rect, words: &str, color: Color32) {
    let mut job =
        egui::text::LayoutJob::simple_singleline(words.to_owned(), theme::text_font(), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width().max(8.0));
    let galley = ui.painter().layout_job(job);
    let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
    ui.painter_at(rect).galley(at, galley, color);
}

/// How it ended as shape, colour and words.
fn verdict(theme: &Theme, call: &Call) -> (Icon, Color32, String) {
    let Some(outcome) = &call.outcome else {
        return (icon::STOP, theme.muted, String::new());
    };
    let words = match outcome {
        Outcome::Failed(_) => t("response.failed").to_owned(),
        _ => text::outcome(outcome),
    };
    match outcome {
        Outcome::Cancelled => (icon::STOP, theme.muted, words),
        _ if outcome.is_ok() => (icon::CHECK, theme.healthy, words),
        _ => (icon::WARNING_CIRCLE, theme.failed, words),
    }
}
