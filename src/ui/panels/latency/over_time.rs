//! Durations over the last three minutes, on a logarithmic axis, with what the person changed meanwhile.

use std::time::Duration;

use egui::{Align2, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::model::{Change, Heat, HeatColumn, Timestamp};
use crate::text::{self, count, fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme, space};

/// Room for the durations on the left.
const LEFT: f32 = 52.0;
/// Room for the names of changes above, and for the ages below.
const ABOVE: f32 = 20.0;
const BELOW: f32 = 20.0;

/// Draws the picture over the rest of the pane.
/// `quiet` says why there is nothing to see, where that is so.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, heat: &Heat, quiet: &str) {
    let size = vec2(ui.available_width(), (ui.available_height() - space::S).max(60.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let painter = ui.painter_at(rect.expand(2.0));
    let margin = (vec2(LEFT, ABOVE), vec2(space::M, BELOW));
    let plot = Rect::from_min_max(rect.min + margin.0, rect.max - margin.1);
    axes(&painter, plot, cx.theme);
    let columns: Vec<&HeatColumn> = heat.columns(cx.clock).collect();
    let n_calls: u64 = columns.iter().map(|column| u64::from(column.n_calls())).sum();
    let words = match n_calls {
        0 => quiet.to_owned(),
        n => count("latency.over_time_calls", n, &[]),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    if n_calls == 0 {
        let galley = painter.layout_no_wrap(words, theme::text_font(), cx.theme.muted);
        let spot = Align2::CENTER_CENTER.anchor_size(plot.center(), galley.size());
        painter.rect_filled(spot.expand(space::XS), theme::RADIUS, cx.theme.panel);
        painter.galley(spot.min, galley, cx.theme.muted);
    }
    let most = columns.iter().flat_map(|column| column.counts).max().unwrap_or(0);
    let width = plot.width() / Heat::N_COLUMNS as f32;
    let newest = Heat::slot_of(cx.clock);
    for column in &columns {
        let age = newest.saturating_sub(column.slot) as f32;
        let x = plot.right() - width * (age + 1.0);
        cells(&painter, plot, (x, width), column, most, cx.theme);
    }
    changes(&painter, plot, &cx.state.changes, cx.clock, cx.theme);
    if let Some(at) = response.hover_pos().filter(|at| plot.contains(*at)) {
        let age = ((plot.right() - at.x) / width) as u64;
        let under = columns.iter().find(|column| newest.saturating_sub(column.slot) == age);
        if let Some(column) = under {
            response.on_hover_text_at_pointer(tip(column));
        }
    }
}

/// The cells of one column: the more calls, the brighter; a failed share stands red at the foot.
fn cells(
    painter: &Painter,
    plot: Rect,
    (x, width): (f32, f32),
    column: &HeatColumn,
    most: u32,
    theme: &Theme,
) {
    let height = plot.height() / Heat::N_ROWS as f32;
    for (row, n) in column.counts.iter().enumerate().filter(|(_, n)| **n > 0) {
        // The square root keeps single calls visible beside hundreds.
        let share = (*n as f32 / most.max(1) as f32).sqrt();
        let bottom = plot.bottom() - height * row as f32;
        let cell = Rect::from_min_max(pos2(x, bottom - height), pos2(x + width, bottom));
        let color = theme::mix(theme.panel, theme.data[0], 0.18 + 0.82 * share);
        painter.rect_filled(cell.shrink(0.5), 0.0, color);
    }
    if column.n_errors > 0 {
        let foot = Rect::from_min_max(pos2(x, plot.bottom() - 3.0), pos2(x + width, plot.bottom()));
        painter.rect_filled(foot.shrink2(vec2(0.5, 0.0)), 0.0, theme.failed);
    }
}

fn axes(painter: &Painter, plot: Rect, theme: &Theme) {
    for exponent in 0..=6_u32 {
        let took = Heat::FROM * 10_u32.pow(exponent);
        let y = plot.bottom() - plot.height() * Heat::height_of(took);
        painter.hline(plot.x_range(), y, theme.hairline_stroke());
        // In a low pane every other one.
        if plot.height() < 150.0 && exponent % 2 == 1 {
            continue;
        }
        let at = pos2(plot.left() - space::XS, y);
        let words = format::whole_duration(took);
        painter.text(at, Align2::RIGHT_CENTER, words, theme::small_font(), theme.muted);
    }
    let whole = Heat::COLUMN.as_secs() * Heat::N_COLUMNS;
    for age in (0..=3).map(|minute| minute * 60).filter(|age| *age <= whole) {
        let x = plot.right() - plot.width() * age as f32 / whole as f32;
        let align = match age {
            0 => Align2::RIGHT_TOP,
            age if age == whole => Align2::LEFT_TOP,
            _ => Align2::CENTER_TOP,
        };
        painter.text(
            pos2(x, plot.bottom() + 4.0),
            align,
            age_words(age),
            theme::small_font(),
            theme.muted,
        );
    }
}

fn age_words(seconds: u64) -> String {
    match seconds {
        0 => t("latency.now").to_owned(),
        seconds => fill("latency.minutes_ago", &[("n", &(seconds / 60))]),
    }
}

/// A line at the time of each change, with its name as far as there is room.
fn changes(painter: &Painter, plot: Rect, changes: &[Change], now: Timestamp, theme: &Theme) {
    let mut free_until = f32::INFINITY;
    // The newest names come first: where they crowd, older ones give way.
    for (change, x) in places(plot, changes, now).rev() {
        let line = [Pos2::new(x, plot.top()), Pos2::new(x, plot.bottom())];
        painter.extend(Shape::dashed_line(&line, Stroke::new(1.0, theme.slow), 3.0, 3.0));
        let galley =
            painter.layout_no_wrap(text::change(&change.kind), theme::small_font(), theme.slow);
        let left = x.min(plot.right() - galley.size().x).max(plot.left());
        if left + galley.size().x + space::S <= free_until {
            painter.galley(pos2(left, plot.top() - ABOVE + 4.0), galley, theme.slow);
            free_until = left;
        }
    }
}

/// The changes in sight, oldest first, and where on the axis they stand.
pub(in crate::ui::panels) fn places(
    plot: Rect,
    changes: &[Change],
    now: Timestamp,
) -> impl DoubleEndedIterator<Item = (&Change, f32)> {
    let whole = Heat::COLUMN.mul_f64(Heat::N_COLUMNS as f64);
    // A frozen picture knows nothing of what came later.
    changes.iter().filter(move |change| change.at <= now).filter_map(move |change| {
        let age = now.since(change.at);
        let share = age.div_duration_f32(whole);
        (share <= 1.0).then(|| (change, plot.right() - plot.width() * share))
    })
}

fn tip(column: &HeatColumn) -> String {
    let mut parts = vec![count("flow.calls", u64::from(column.n_calls()), &[])];
    if column.n_errors > 0 {
        let share = f64::from(column.n_errors) / f64::from(column.n_calls().max(1));
        parts.push(fill("flow.fail", &[("share", &format::percent(share))]));
    }
    parts.join(" · ")
}

/// How long until the picture moves on by a column; nothing while there is nothing in it.
pub(in crate::ui::panels) fn next_column(heat: &Heat, now: Timestamp) -> Option<Duration> {
    heat.columns(now).next()?;
    let column = Heat::COLUMN.as_nanos() as u64;
    Some(Duration::from_nanos(column - now.0 % column))
}
