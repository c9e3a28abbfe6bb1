//! The strip below the diagram: calls over the last three minutes, and what the person changed meanwhile.

use egui::{Align2, Painter, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::model::{CLIENT, Heat, HeatColumn, OTHERS};
use crate::telemetry::Snapshot;
use crate::text::{self, count, fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::panels::latency::{next_column, places};
use crate::ui::theme::{self, Theme, space};

/// Height of the strip, in points.
pub(super) const HEIGHT: f32 = 34.0;

/// Every call that came in from outside, over time; made anew only for another picture.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    of: Option<u64>,
    heat: Heat,
}

impl Timeline {
    /// Draws the strip.
    pub(super) fn show(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        rect: Rect,
        snapshot: &Snapshot,
        is_frozen: bool,
    ) {
        if self.of != Some(snapshot.revision) {
            self.of = Some(snapshot.revision);
            self.heat = heat_of(snapshot);
        }
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, cx.theme.panel);
        painter.hline(rect.x_range(), rect.top() + 0.5, cx.theme.hairline_stroke());
        let left = Self::state(&painter, rect, is_frozen, cx.theme);
        let age = painter.layout_no_wrap(
            t("flow.last_minutes").to_owned(),
            theme::small_font(),
            cx.theme.muted,
        );
        let right = rect.right() - space::M - age.size().x;
        let at = Align2::LEFT_CENTER.anchor_size(pos2(right, rect.center().y), age.size()).min;
        painter.galley(at, age, cx.theme.muted);
        let plot = Rect::from_min_max(
            pos2(left, rect.top() + 7.0),
            pos2(right - space::S, rect.bottom() - 6.0),
        );
        if plot.width() < 40.0 {
            return;
        }
        let now = if is_frozen { snapshot.at } else { cx.clock };
        bars(&painter, plot, &self.heat, now, cx.theme);
        let n_calls: u64 = self.heat.columns(now).map(|column| u64::from(column.n_calls())).sum();
        let words = count("flow.timeline", n_calls, &[]);
        let response = ui.interact(plot, ui.scope_id().with("timeline"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
        marks(cx, ui, plot, now);
        if !is_frozen && let Some(wait) = next_column(&self.heat, now) {
            cx.wake_after(wait);
        }
    }

    /// `live` or `frozen` at the left end; says where the bars may begin.
    fn state(painter: &Painter, rect: Rect, is_frozen: bool, theme: &Theme) -> f32 {
        let words = if is_frozen { t("flow.frozen") } else { t("flow.live") };
        let color = if is_frozen { theme.slow } else { theme.accent };
        let at = rect.left_center() + vec2(space::M + 4.0, 0.0);
        if is_frozen {
            let square = Rect::from_center_size(at, vec2(7.0, 7.0));
            painter.rect_filled(square, 1.0, color);
        } else {
            painter.circle_filled(at, 4.0, color);
        }
        let galley = painter.layout_no_wrap(words.to_owned(), theme::small_font(), color);
        let place = Align2::LEFT_CENTER.anchor_size(at + vec2(space::S + 2.0, 0.0), galley.size());
        painter.galley(place.min, galley, color);
        place.right() + space::M
    }
}

/// Calls that nobody inside made: those of the client and of others.
fn heat_of(snapshot: &Snapshot) -> Heat {
    let mut heat = Heat::default();
    for (key, edge) in &snapshot.edges {
        if [CLIENT, OTHERS].contains(&&*key.caller) {
            heat.merge(&edge.total.heat);
        }
    }
    heat
}

fn bars(painter: &Painter, plot: Rect, heat: &Heat, now: crate::model::Timestamp, theme: &Theme) {
    painter.hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, theme.node_line));
    let most = heat.columns(now).map(HeatColumn::n_calls).max().unwrap_or(0).max(1);
    let width = plot.width() / Heat::N_COLUMNS as f32;
    let newest = Heat::slot_of(now);
    for column in heat.columns(now) {
        let age = newest.saturating_sub(column.slot) as f32;
        let x = plot.right() - width * (age + 1.0);
        let bar = |n: u32, color| {
            let height = (plot.height() * n as f32 / most as f32).max(1.5);
            let top = plot.bottom() - height;
            let bar =
                Rect::from_min_max(pos2(x, top), pos2(x + (width - 1.0).max(1.0), plot.bottom()));
            painter.rect_filled(bar, 0.0, color);
        };
        bar(column.n_calls(), theme.faint);
        if column.n_errors > 0 {
            bar(column.n_errors, theme.failed);
        }
    }
}

/// A line for each change; the tooltip and the accessible name say what it was.
fn marks(cx: &PanelCx<'_>, ui: &Ui, plot: Rect, now: crate::model::Timestamp) {
    for (idx, (change, x)) in places(plot, &cx.state.changes, now).enumerate() {
        let line = Stroke::new(2.0, cx.theme.slow);
        ui.painter().vline(x, plot.y_range(), line);
        ui.painter().circle_filled(pos2(x, plot.top()), 2.5, cx.theme.slow);
        let spot = Rect::from_center_size(pos2(x, plot.center().y), vec2(9.0, plot.height() + 6.0));
        let response = ui.interact(spot, ui.scope_id().with(("change", idx)), Sense::hover());
        let ago = format!("{} s", now.since(change.at).as_secs());
        let words =
            fill("flow.change_ago", &[("change", &text::change(&change.kind)), ("ago", &ago)]);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
        response.on_hover_text(words);
    }
}
