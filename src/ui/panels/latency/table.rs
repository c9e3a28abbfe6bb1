//! Every edge and method with its calls, failures and percentiles; a click shows its histogram.

use std::sync::Arc;

use egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Subject;
use crate::model::EdgeFigures;
use crate::telemetry::Snapshot;
use crate::text::{format, t};
use crate::ui::theme::{self, Theme, space};

/// Width of a column of figures, in a narrow pane and in a wide one.
const FIGURE: [f32; 2] = [58.0, 72.0];
/// From this width the pane is a wide one.
const WIDE: f32 = 560.0;

/// One line of the table.
#[derive(Debug)]
pub(super) struct Row {
    subject: Subject,
    name: String,
    is_method: bool,
    words: [String; 5],
}

/// Draws the table.
pub(super) fn show(ui: &mut Ui, theme: &Theme, rows: &[Row], subject: &mut Subject) {
    let heads = ["latency.calls", "latency.errors", "latency.p50", "latency.p90", "latency.p99"];
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
    cells(ui, rect, t("latency.edge"), &heads.map(|key| t(key).to_owned()), theme.muted, theme);
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline_stroke());
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(
        ui,
        theme::ROW,
        rows.len(),
        |ui, range| {
            for row in rows.get(range).unwrap_or_default() {
                show_row(ui, row, subject, theme);
            }
        },
    );
}

/// Every edge, and below it its methods.
pub(super) fn rows(snapshot: &Snapshot) -> Vec<Row> {
    let mut rows = Vec::new();
    for (key, edge) in &snapshot.edges {
        let whole = Subject::Edge(key.clone(), None);
        let name = whole.words();
        rows.push(Row { subject: whole, name, is_method: false, words: words_of(&edge.total) });
        for (operation, figures) in &edge.by_operation {
            rows.push(Row {
                subject: Subject::Edge(key.clone(), Some(Arc::clone(operation))),
                name: operation.to_string(),
                is_method: true,
                words: words_of(figures),
            });
        }
    }
    rows
}

fn show_row(ui: &mut Ui, row: &Row, subject: &mut Subject, theme: &Theme) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    let figures = &row.words;
    let is_chosen = *subject == row.subject;
    response.widget_info(|| {
        let words = format!("{}, {}", row.name, spoken(figures));
        WidgetInfo::selected(Role::Row, true, is_chosen, words)
    });
    if is_chosen {
        ui.painter().rect_filled(rect, theme::RADIUS, theme.selection);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS, theme.hover());
    }
    let color = if row.is_method { theme.muted } else { theme.text };
    let indent = if row.is_method { space::L } else { 0.0 };
    let inner = Rect::from_min_max(rect.min + vec2(indent, 0.0), rect.max);
    cells(ui, inner, &row.name, figures, color, theme);
    ring(ui, rect, &response, theme);
    if response.clicked() {
        *subject = row.subject.clone();
    }
}

fn ring(ui: &Ui, rect: Rect, response: &egui::Response, theme: &Theme) {
    if response.has_focus() {
        let stroke = theme.focus_stroke();
        ui.painter().rect_stroke(rect, theme::RADIUS, stroke, egui::StrokeKind::Inside);
    }
}

/// `12 calls, 8 % failed, p50 8.1 ms, p90 27 ms, p99 41 ms`.
fn spoken([calls, errors, p50, p90, p99]: &[String; 5]) -> String {
    let [calls_word, errors_word] = [t("latency.calls"), t("latency.errors")];
    format!("{calls} {calls_word}, {errors} {errors_word}, p50 {p50}, p90 {p90}, p99 {p99}")
}

fn words_of(figures: &EdgeFigures) -> [String; 5] {
    let took =
        |value: Option<std::time::Duration>| value.map_or_else(|| "–".to_owned(), format::duration);
    let percentiles = figures.percentiles();
    [
        format::thousands(figures.n_calls),
        format::percent(figures.error_share()),
        took(percentiles.map(|p| p.p50)),
        took(percentiles.map(|p| p.p90)),
        took(percentiles.map(|p| p.p99)),
    ]
}

fn cells(
    ui: &Ui,
    rect: Rect,
    name: &str,
    figures: &[String; 5],
    color: egui::Color32,
    theme: &Theme,
) {
    let painter = ui.painter_at(rect);
    let [narrow, wide] = FIGURE;
    let width = if rect.width() < WIDE { narrow } else { wide };
    let mut right = rect.right() - space::S;
    for figure in figures.iter().rev() {
        let at = pos2(right, rect.center().y);
        painter.text(at, Align2::RIGHT_CENTER, figure, theme::text_font(), color);
        right -= width;
    }
    let room = right - space::S - rect.left();
    let mut job =
        egui::text::LayoutJob::simple_singleline(name.to_owned(), theme::text_font(), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(40.0));
    let galley = painter.layout_job(job);
    let at = pos2(rect.left() + space::S, rect.center().y - galley.size().y / 2.0);
    painter.galley(at, galley, theme.text);
}
