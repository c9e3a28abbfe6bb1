//! The trace of a call as a waterfall: who ran when, under whom.

use std::sync::Arc;

use egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::flowed::{FlowedView, ShowStep};
use crate::flow::{Row, Waterfall};
use crate::model::{Call, Span, SpanStatus, Trace, TraceId};
use crate::session::{Answer, Command};
use crate::text::{count, fill, format, t};
use crate::ui::cx::{Ask, PanelCx};
use crate::ui::theme::{self, ROW, Theme, space};
use crate::ui::widgets::{empty_state, icon, icon_button, link, segmented, tool_button};

/// Room for a duration at the right end.
const FIGURE: f32 = 64.0;

/// How a trace is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shown {
    #[default]
    Waterfall,
    Flowed,
}

/// View state of the tab.
#[derive(Debug, Default)]
pub(super) struct TraceView {
    shown: Shown,
    flowed: FlowedView,
}

impl TraceView {
    /// Draws the tab. Gives the message whose bytes the person wants to see.
    pub(super) fn show(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        answer: &Answer,
        call: &Call,
    ) -> Option<ShowStep> {
        let id = call.trace.trace_id;
        let fetched = cx.state.traces.get(&id).and_then(|trace| trace.value());
        let known = [answer.trace.as_ref(), fetched].into_iter().flatten();
        let trace = known.max_by_key(|trace| trace.spans.len());
        if trace.is_none() && !cx.state.traces.contains_key(&id) && call.outcome.is_some() {
            cx.send(Command::FetchTrace(id));
        }
        self.header(cx, ui, trace);
        match (self.shown, trace) {
            (Shown::Flowed, _) => return self.flowed.show(cx, ui, (answer, call), trace),
            (Shown::Waterfall, Some(trace)) => waterfall(cx, ui, trace),
            (Shown::Waterfall, None) => {
                empty_state(ui, t("response.trace.none"), t("response.trace.none_sentence"));
            }
        }
        None
    }

    /// Draws a trace that no draft has; true when the person goes back to the answer.
    pub(super) fn visit(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, id: TraceId) -> bool {
        let fetched = cx.state.traces.get(&id).and_then(|trace| trace.value());
        let trace = cx.snapshot.trace(id).or(fetched);
        let mut is_over = false;
        ui.horizontal(|ui| {
            ui.label(theme::strong(t("response.trace.visit")));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let (words, tip) = (t("response.trace.back"), t("response.trace.back_tip"));
                is_over = tool_button(ui, words, tip).clicked();
                let (words, tip) = (t("response.play"), t("response.play_tip"));
                if trace.is_some() && link(ui, words, tip).clicked() {
                    cx.ask(Ask::PlayTrace(id));
                }
            });
        });
        let Some(trace) = trace else {
            empty_state(ui, t("response.trace.gone"), t("response.trace.gone_sentence"));
            return is_over;
        };
        self.header(cx, ui, Some(trace));
        match self.shown {
            Shown::Waterfall => waterfall(cx, ui, trace),
            Shown::Flowed => self.flowed.show_trace(cx, ui, trace),
        }
        is_over
    }

    fn header(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, trace: Option<&Arc<Trace>>) {
        ui.horizontal(|ui| {
            let entries = [
                (
                    Shown::Waterfall,
                    t("response.trace.waterfall"),
                    t("response.trace.waterfall_tip"),
                ),
                (Shown::Flowed, t("response.trace.flowed"), t("response.trace.flowed_tip")),
            ];
            segmented(ui, &mut self.shown, &entries);
            if let Some(trace) = trace {
                summary(cx, ui, trace);
            }
        });
    }
}

fn waterfall(cx: &PanelCx<'_>, ui: &mut Ui, trace: &Trace) {
    let picture = Waterfall::of(trace, cx.clock);
    ui.spacing_mut().item_spacing.y = 0.0;
    let n_rows = picture.rows.len();
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, n_rows, |ui, shown| {
        for row in picture.rows.get(shown).unwrap_or_default() {
            show_row(cx.theme, ui, row);
        }
    });
}

fn summary(cx: &PanelCx<'_>, ui: &mut Ui, trace: &Trace) {
    let total = format::duration(Waterfall::of(trace, cx.clock).total);
    let mut services: Vec<&str> = trace.spans.iter().map(|span| &*span.service).collect();
    services.sort_unstable();
    services.dedup();
    let words = fill(
        "response.trace.summary",
        &[
            ("spans", &count("response.trace.spans", trace.spans.len() as u64, &[])),
            ("services", &count("response.trace.services", services.len() as u64, &[])),
            ("total", &total),
        ],
    );
    ui.spacing_mut().item_spacing.x = space::XS;
    ui.label(theme::small(words).color(cx.theme.muted));
    if icon_button(ui, icon::COPY, t("response.copy_trace"), None).clicked() {
        ui.copy_text(trace.id.to_string());
    }
}

fn show_row(theme: &Theme, ui: &mut Ui, row: &Row) {
    // The right end stays free for the scroll bar.
    let width = ui.available_width() - space::M;
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let figure = figure(row);
    let who = who(&row.span);
    let name = format!("{who} {}, {figure}", row.span.name);
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    if ui.is_rect_visible(rect) {
        if response.hovered() {
            ui.painter().rect_filled(rect, theme::RADIUS, theme.hover());
        }
        let names_width = (width * 0.46).clamp(140.0, 360.0);
        let (names, bars) = rect.split_left_right_at_x(rect.left() + names_width);
        let indent = (row.depth as f32 * space::M).min(names_width * 0.4);
        paint_names(theme, ui, names.with_min_x(names.left() + indent), &row.span, &who);
        paint_bar(theme, ui, bars.with_max_x(bars.right() - FIGURE), row);
        let color = if row.span.is_error() { theme.failed } else { theme.muted };
        let at = rect.right_center();
        ui.painter().text(at, Align2::RIGHT_CENTER, &figure, theme::small_font(), color);
    }
    response.on_hover_text(tip(&row.span, &name));
}

/// `orders-2`, or the service where there are no instances.
fn who(span: &Span) -> String {
    span.instance.as_deref().unwrap_or(&span.service).to_owned()
}

fn figure(row: &Row) -> String {
    let took = format::duration(row.took);
    match row.span.status {
        SpanStatus::Running => fill("response.trace.so_far", &[("took", &took)]),
        SpanStatus::Ok | SpanStatus::Error(_) => took,
    }
}

fn tip(span: &Span, name: &str) -> String {
    match &span.status {
        SpanStatus::Error(cause) => format!("{name}\n{cause}"),
        SpanStatus::Running | SpanStatus::Ok => name.to_owned(),
    }
}

fn paint_names(theme: &Theme, ui: &Ui, rect: Rect, span: &Span, who: &str) {
    let mut x = rect.left();
    if span.is_error() {
        let at = pos2(x + 6.0, rect.center().y);
        let glyph = icon::WARNING_CIRCLE.0;
        let font = theme::icon_font(13.0);
        ui.painter().text(at, Align2::CENTER_CENTER, glyph, font, theme.failed);
        x += 16.0;
    }
    let operation = span.name.rsplit('/').next().filter(|_| !span.name.contains(' '));
    let mut job = egui::text::LayoutJob::default();
    let simple = |font, color| egui::TextFormat::simple(font, color);
    job.append(who, 0.0, simple(theme::text_font(), theme.text));
    job.append(operation.unwrap_or(&span.name), space::S, simple(theme::small_font(), theme.muted));
    let room = (rect.right() - space::S - x).max(8.0);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let galley = ui.painter().layout_job(job);
    let at = pos2(x, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.text);
}

fn paint_bar(theme: &Theme, ui: &Ui, rect: Rect, row: &Row) {
    let [client, _, server, _] = theme.data;
    let color = match (row.span.is_error(), row.span.kind) {
        (true, _) => theme.failed,
        (false, crate::model::SpanKind::Client) => client,
        (false, _) => server,
    };
    let left = rect.left() + rect.width() * row.offset.clamp(0.0, 1.0);
    let width = (rect.width() * row.width).clamp(2.0, (rect.right() - left).max(2.0));
    let bar = Rect::from_min_size(pos2(left, rect.center().y - 4.0), vec2(width, 8.0));
    if row.span.status == SpanStatus::Running {
        let line = egui::Stroke::new(1.0, color);
        ui.painter().rect_stroke(bar, 2.0, line, egui::StrokeKind::Inside);
    } else {
        ui.painter().rect_filled(bar, 2.0, color);
    }
    if row.span.is_error() {
        // The same cross that a broken instance carries.
        let at = pos2(bar.right() + 6.0, bar.center().y);
        let glyph = icon::X.0;
        ui.painter().text(at, Align2::CENTER_CENTER, glyph, theme::icon_font(9.0), theme.failed);
    }
}
