//! Every edge and method with its calls, failures and percentiles; a click shows its histogram.

use std::sync::Arc;

use egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Subject;
use crate::model::EdgeFigures;
use crate::text::{format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme, space};

/// Widths of the columns of figures, from the right.
const FIGURE: f32 = 68.0;

struct Row {
    subject: Subject,
    name: String,
    is_method: bool,
    figures: EdgeFigures,
}

/// Draws the table.
pub(super) fn show(ui: &mut Ui, cx: &PanelCx<'_>, subject: &mut Subject) {
    let rows = rows(cx);
    let heads = ["latency.calls", "latency.errors", "latency.p50", "latency.p90", "latency.p99"];
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
    cells(
        ui,
        rect,
        t("latency.edge"),
        &heads.map(|key| t(key).to_owned()),
        cx.theme.muted,
        cx.theme,
    );
    ui.painter().hline(rect.x_range(), rect.bottom(), cx.theme.hairline_stroke());
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(
        ui,
        theme::ROW,
        rows.len(),
        |ui, range| {
            for row in rows.get(range).unwrap_or_default() {
                show_row(ui, row, subject, cx.theme);
            }
        },
    );
}

fn rows(cx: &PanelCx<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (key, edge) in &cx.snapshot.edges {
        let whole = Subject::Edge(key.clone(), None);
        let name = whole.words();
        rows.push(Row { subject: whole, name, is_method: false, figures: edge.total.clone() });
        for (operation, figures) in &edge.by_operation {
            rows.push(Row {
                subject: Subject::Edge(key.clone(), Some(Arc::clone(operation))),
                name: operation.to_string(),
                is_method: true,
                figures: figures.clone(),
            });
        }
    }
    rows
}

fn show_row(ui: &mut Ui, row: &Row, subject: &mut Subject, theme: &Theme) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    let figures = words_of(&row.figures);
    let is_chosen = *subject == row.subject;
    response.widget_info(|| {
        let words = format!("{}, {}", row.name, figures.join(", "));
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
    cells(ui, inner, &row.name, &figures, color, theme);
    if response.clicked() {
        *subject = row.subject.clone();
    }
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
    let mut right = rect.right() - space::S;
    for figure in figures.iter().rev() {
        let at = pos2(right, rect.center().y);
        painter.text(at, Align2::RIGHT_CENTER, figure, theme::text_font(), color);
        right -= FIGURE;
    }
    let room = right + FIGURE - 60.0 - rect.left();
    let mut job =
        egui::text::LayoutJob::simple_singleline(name.to_owned(), theme::text_font(), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(40.0));
    let galley = painter.layout_job(job);
    let at = pos2(rect.left() + space::S, rect.center().y - galley.size().y / 2.0);
    painter.galley(at, galley, theme.text);
}
