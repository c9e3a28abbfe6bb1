//! Durations on a logarithmic axis, with the percentiles as lines.

use std::sync::Arc;
use std::time::Duration;

use egui::{
    Align2, Color32, Galley, Painter, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::flow::{Bars, Tick};
use crate::model::EdgeFigures;
use crate::text::{count, fill, format, t};
use crate::ui::theme::{self, Theme, space};

/// Draws the histogram over the rest of the pane.
pub(super) fn show(ui: &mut Ui, theme: &Theme, figures: &EdgeFigures) {
    ui.label(theme::small(summary(figures)).color(theme.muted));
    let size = vec2(ui.available_width(), (ui.available_height() - space::S).max(60.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, summary(figures)));
    let painter = ui.painter_at(rect.expand(2.0));
    let bars = Bars::of(&figures.histogram);
    let most = label(&painter, format::thousands(bars.max_count), theme.muted);
    let calls = label(&painter, t("latency.axis_calls").to_owned(), theme.faint);
    let margin = most.size().x.max(calls.size().x) + 2.0 * space::XS;
    let plot = Rect::from_min_max(rect.min + vec2(margin, 18.0), rect.max - vec2(24.0, 20.0));
    axis(&painter, plot, &bars.ticks, theme);
    counts(&painter, plot, [most, calls, label(&painter, "0".to_owned(), theme.muted)]);
    let x = |share: f32| plot.left() + plot.width() * share;
    let mut under_pointer = None;
    for bar in bars.bars.iter().filter(|bar| bar.count > 0) {
        let share = bar.count as f32 / bars.max_count.max(1) as f32;
        let top = plot.bottom() - (plot.height() * share).max(2.0);
        let right = (x(bar.right) - 1.0).max(x(bar.left) + 1.0);
        let column = Rect::from_min_max(pos2(x(bar.left), top), pos2(right, plot.bottom()));
        let is_hovered = response
            .hover_pos()
            .is_some_and(|at| column.x_range().contains(at.x) && plot.contains(at));
        let color = if is_hovered { theme.text } else { theme.data[0] };
        painter.rect_filled(column, 1.0, color);
        if is_hovered {
            under_pointer = Some(bar);
        }
    }
    percentiles(&painter, plot, &bars, figures, theme);
    if let Some(bar) = under_pointer {
        let range: [(&str, &dyn std::fmt::Display); 2] =
            [("from", &format::duration(bar.from)), ("to", &format::duration(bar.to))];
        let words =
            format!("{}: {}", fill("latency.range", &range), count("flow.calls", bar.count, &[]));
        response.on_hover_text_at_pointer(words);
    }
}

/// `128 calls, p50 0.3 ms, p90 1.2 ms, p99 4.0 ms, slowest 5.1 ms`.
fn summary(figures: &EdgeFigures) -> String {
    let mut parts = vec![count("flow.calls", figures.n_calls, &[])];
    for (name, took) in named(figures) {
        parts.push(format!("{name} {}", format::duration(took)));
    }
    let slowest = format::duration(figures.histogram.max());
    parts.push(fill("latency.slowest", &[("took", &slowest)]));
    parts.join(" · ")
}

fn named(figures: &EdgeFigures) -> Vec<(&'static str, Duration)> {
    figures
        .percentiles()
        .map(|p| vec![("p50", p.p50), ("p90", p.p90), ("p99", p.p99)])
        .unwrap_or_default()
}

fn label(painter: &Painter, text: String, color: Color32) -> Arc<Galley> {
    painter.layout_no_wrap(text, theme::small_font(), color)
}

/// The highest count, what is counted, and nothing, left of the plot.
fn counts(painter: &Painter, plot: Rect, labels: [Arc<Galley>; 3]) {
    let heights = [plot.top(), plot.center().y, plot.bottom()];
    for (galley, y) in labels.into_iter().zip(heights) {
        let at = pos2(plot.left() - space::XS, y);
        let at = Align2::RIGHT_CENTER.anchor_size(at, galley.size()).min;
        painter.galley(at, galley, Color32::PLACEHOLDER);
    }
}

/// Durations below the plot, with a line up for each power of ten.
fn axis(painter: &Painter, plot: Rect, ticks: &[Tick], theme: &Theme) {
    for tick in ticks {
        let x = plot.left() + plot.width() * tick.at;
        painter.vline(x, plot.y_range(), theme.hairline_stroke());
        let at = pos2(x, plot.bottom() + 4.0);
        let words = format::whole_duration(tick.value);
        painter.text(at, Align2::CENTER_TOP, words, theme::small_font(), theme.muted);
    }
    painter.hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, theme.node_line));
}

/// The axis alone, and what will come there.
pub(super) fn empty(ui: &mut Ui, theme: &Theme, words: &str) {
    let size = vec2(ui.available_width(), (ui.available_height() - space::S).max(60.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    let painter = ui.painter_at(rect.expand(2.0));
    let plot = Rect::from_min_max(rect.min + vec2(24.0, 18.0), rect.max - vec2(24.0, 20.0));
    axis(&painter, plot, &Bars::empty_axis(), theme);
    let galley = painter.layout_no_wrap(words.to_owned(), theme::text_font(), theme.muted);
    let spot = Align2::CENTER_CENTER.anchor_size(plot.center(), galley.size());
    painter.rect_filled(spot.expand(space::XS), theme::RADIUS, theme.panel);
    painter.galley(spot.min, galley, theme.muted);
}

fn percentiles(painter: &Painter, plot: Rect, bars: &Bars, figures: &EdgeFigures, theme: &Theme) {
    let mut taken_until = f32::NEG_INFINITY;
    for (name, took) in named(figures) {
        let x = plot.left() + plot.width() * bars.place(took);
        let stroke = Stroke::new(1.0, theme.data[1]);
        let points = [pos2(x, plot.top()), pos2(x, plot.bottom())];
        painter.extend(egui::Shape::dashed_line(&points, stroke, 3.0, 3.0));
        let galley = painter.layout_no_wrap(name.to_owned(), theme::small_font(), theme.data[1]);
        // Percentiles that fall together share one place: the later one moves aside.
        let left = (x - galley.size().x / 2.0).max(taken_until + 4.0);
        taken_until = left + galley.size().x;
        painter.galley(pos2(left, plot.top() - 16.0), galley, theme.data[1]);
    }
}
