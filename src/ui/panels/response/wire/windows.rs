//! The flow-control windows over time: how much each side could still send, and where a window was empty.

mod curves;

use std::sync::Arc;

use egui::{
    Align2, Painter, Pos2, Rect, Role, ScrollArea, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use self::curves::{Curves, Line, Span, curves};
use crate::model::Direction;
use crate::session::WireReading;
use crate::text::{count, fill, format, t};
use crate::ui::theme::{self, ROW, Theme, space};
use crate::ui::widgets::{empty_state, icon};
use crate::wire::EmptyWindow;

/// Room for the sizes on the left.
const LEFT: f32 = 60.0;
/// Room for the times below.
const BELOW: f32 = 18.0;
/// Times at which a window was empty that are listed; all are marked.
const MAX_LISTED: usize = 100;

/// View state: the lines of one recording.
#[derive(Debug, Default)]
pub(super) struct WindowsView {
    drawn: Option<(Arc<WireReading>, Span, Vec<Curves>)>,
}

impl WindowsView {
    /// Draws both sides. Gives the frame that was asked for.
    pub(super) fn show(
        &mut self,
        theme: &Theme,
        ui: &mut Ui,
        reading: &Arc<WireReading>,
    ) -> Option<usize> {
        let drawn = self.drawn.take().filter(|(known, ..)| Arc::ptr_eq(known, reading));
        let (reading, span, both) = drawn.unwrap_or_else(|| {
            let span = Span::of(reading);
            (Arc::clone(reading), span, curves(reading, span))
        });
        if both.is_empty() {
            empty_state(ui, t("response.wire.no_windows"), t("response.wire.no_windows_sentence"));
            return None;
        }
        let mut asked = None;
        // What stands around both pictures: their headings, the sentence, and the list's beginning.
        let height = ((ui.available_height() - 5.0 * ROW) / 2.0).clamp(70.0, 240.0);
        ScrollArea::vertical().auto_shrink([false, false]).id_salt("windows").show(ui, |ui| {
            for one in &both {
                heading(theme, ui, one);
                plot(theme, ui, (one, span), height);
            }
            let empty = both.iter().flat_map(|one| &one.empty).take(MAX_LISTED);
            for one in empty {
                if spell(theme, ui, one, span) {
                    asked = Some(one.item_idx);
                }
            }
            if both.iter().all(|one| one.empty.is_empty()) {
                ui.add_space(space::XS);
                let words = theme::small(t("response.wire.never_empty")).color(theme.muted);
                ui.label(words);
            }
        });
        self.drawn = Some((reading, span, both));
        asked
    }
}

fn color(theme: &Theme, line: &Line) -> egui::Color32 {
    let [phase, _, direction, _] = theme.data;
    if line.stream.is_some() { direction } else { phase }
}

/// Whose windows these are, and which line is which.
fn heading(theme: &Theme, ui: &mut Ui, one: &Curves) {
    ui.horizontal(|ui| {
        ui.set_height(ROW);
        let words = match one.sender {
            Direction::Sent => t("response.wire.window_sent"),
            Direction::Received => t("response.wire.window_received"),
        };
        ui.label(theme::strong(words));
        ui.add_space(space::S);
        let stream = one.lines.iter().find(|line| line.stream.is_some());
        for line in one.lines.first().into_iter().chain(stream) {
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, ROW), Sense::hover());
            stroke(ui.painter(), &[rect.left_center(), rect.right_center()], line, theme);
            let words = match line.stream {
                None => t("response.wire.window_connection"),
                Some(_) => t("response.wire.window_stream"),
            };
            ui.label(theme::small(words).color(theme.muted));
        }
    });
}

/// Not by colour alone: the connection's line is dashed.
fn stroke(painter: &Painter, points: &[Pos2], line: &Line, theme: &Theme) {
    let stroke = Stroke::new(1.5, color(theme, line));
    if line.stream.is_none() {
        painter.extend(Shape::dashed_line(points, stroke, 5.0, 3.0));
    } else {
        painter.add(Shape::line(points.to_vec(), stroke));
    }
}

/// Where times and sizes stand.
struct Scale {
    area: Rect,
    least: f32,
    size: f32,
}

impl Scale {
    fn x(&self, column: u32) -> f32 {
        self.area.left() + self.area.width() * (column as f32 / Span::WHOLE as f32)
    }

    fn y(&self, value: i64) -> f32 {
        self.area.bottom() - self.area.height() * (value as f32 - self.least) / self.size
    }
}

fn plot(theme: &Theme, ui: &mut Ui, (one, span): (&Curves, Span), height: f32) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, spoken(one)));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter_at(rect);
    let min = rect.min + vec2(LEFT, space::XS);
    let area = Rect::from_min_max(min, rect.max - vec2(space::M, BELOW));
    let (least, most) = one.range;
    // A little room above: a line along the edge is no line.
    let size = (most - least) as f32 * 1.08;
    let scale = Scale { area, least: least as f32, size };
    axes(&painter, &scale, one, span, theme);
    for empty in &one.empty {
        let from = scale.x(span.column(empty.from));
        let until = empty.until.map_or(area.right(), |until| scale.x(span.column(until)));
        let band = Rect::from_x_y_ranges(from..=until.max(from + 1.0), area.y_range());
        painter.rect_filled(band, 0.0, theme.slow.gamma_multiply(0.22));
        let foot = pos2(from, area.bottom());
        let mark = vec![foot, foot + vec2(-4.0, 7.0), foot + vec2(4.0, 7.0)];
        painter.add(Shape::convex_polygon(mark, theme.slow, Stroke::NONE));
    }
    for line in &one.lines {
        let points = steps(line, &scale);
        if points.len() > 1 {
            stroke(&painter, &points, line, theme);
        }
    }
    if let Some(at) = response.hover_pos().filter(|at| area.contains(*at)) {
        painter.vline(at.x, area.y_range(), theme.hairline_stroke());
        response.on_hover_text_at_pointer(tip(one, span, (at.x - area.left()) / area.width()));
    }
}

fn axes(painter: &Painter, scale: &Scale, one: &Curves, span: Span, theme: &Theme) {
    let area = scale.area;
    for value in [one.range.1, 0, one.range.0] {
        let y = scale.y(value);
        painter.hline(area.x_range(), y, theme.hairline_stroke());
        let at = pos2(area.left() - space::XS, y);
        painter.text(at, Align2::RIGHT_CENTER, size(value), theme::small_font(), theme.muted);
    }
    for (share, align) in [(0.0, Align2::LEFT_TOP), (1.0, Align2::RIGHT_TOP)] {
        let at = pos2(area.left() + area.width() * share, area.bottom() + 4.0);
        let words = format::duration(span.at(share));
        painter.text(at, align, words, theme::small_font(), theme.muted);
    }
}

/// A window stays as it is until it changes.
fn steps(line: &Line, scale: &Scale) -> Vec<Pos2> {
    let mut points: Vec<Pos2> = Vec::with_capacity(line.steps.len() * 2 + 1);
    for (column, value) in &line.steps {
        let (x, y) = (scale.x(*column), scale.y(*value));
        if let Some(last) = points.last() {
            points.push(pos2(x, last.y));
        }
        points.push(pos2(x, y));
    }
    if let Some(last) = points.last() {
        points.push(pos2(scale.x(line.until.unwrap_or(Span::WHOLE)), last.y));
    }
    points
}

/// `65.5 kB`, also below zero.
fn size(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", format::bytes(value.unsigned_abs()))
}

fn exact(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{} B", format::thousands(value.unsigned_abs()))
}

fn name(stream: Option<u32>) -> String {
    match stream {
        None => t("response.wire.window_connection").to_owned(),
        Some(id) => fill("response.wire.window_of_stream", &[("id", &id)]),
    }
}

/// The time under the pointer, and the windows then.
fn tip(one: &Curves, span: Span, share: f32) -> String {
    /// Of more streams than this nobody reads the numbers.
    const MAX: usize = 8;
    let column = (share.clamp(0.0, 1.0) * Span::WHOLE as f32) as u32;
    let values = one.lines.iter().filter_map(|line| Some((line.stream, line.value_at(column)?)));
    let values =
        values.take(MAX).map(|(stream, value)| format!("{} {}", name(stream), exact(value)));
    let time = format::duration(span.at(share));
    let first = fill("response.wire.after", &[("time", &time)]);
    std::iter::once(first).chain(values).collect::<Vec<_>>().join("\n")
}

/// What a screen reader says of a picture: where each window began and where it ended.
fn spoken(one: &Curves) -> String {
    let first = match one.sender {
        Direction::Sent => t("response.wire.window_sent"),
        Direction::Received => t("response.wire.window_received"),
    };
    let lines = one.lines.iter().take(4).filter_map(|line| {
        let (from, to) = (line.steps.first()?.1, line.steps.last()?.1);
        Some(format!("{} {} → {}", name(line.stream), exact(from), exact(to)))
    });
    let empty = count("response.wire.n_empty", one.empty.len() as u64, &[]);
    let all = std::iter::once(first.to_owned()).chain(lines).chain(std::iter::once(empty));
    all.collect::<Vec<_>>().join(", ")
}

/// One time at which a window was empty. Says whether its frame was asked for.
fn spell(theme: &Theme, ui: &mut Ui, one: &EmptyWindow, span: Span) -> bool {
    let from = format::duration(span.after(one.from));
    let way = match one.sender {
        Direction::Sent => t("response.wire.sent"),
        Direction::Received => t("response.wire.received"),
    };
    let what = name(one.stream);
    let words = if let Some(until) = one.until {
        let took = format::duration(until.since(one.from));
        let args: [(&str, &dyn std::fmt::Display); 4] =
            [("way", &way), ("what", &what), ("from", &from), ("time", &took)];
        fill("response.wire.empty_for", &args)
    } else {
        let args: [(&str, &dyn std::fmt::Display); 3] =
            [("way", &way), ("what", &what), ("from", &from)];
        fill("response.wire.empty_to_end", &args)
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
    if ui.is_rect_visible(rect) {
        if response.hovered() {
            ui.painter().rect_filled(rect, theme::RADIUS, theme.hover());
        }
        if response.has_focus() {
            let inside = egui::StrokeKind::Inside;
            ui.painter().rect_stroke(rect, theme::RADIUS, theme.focus_stroke(), inside);
        }
        let at = rect.left_center() + vec2(space::S, 0.0);
        let mark = (icon::WARNING.0, theme::icon_font(12.0), theme.slow);
        ui.painter().text(at, Align2::LEFT_CENTER, mark.0, mark.1, mark.2);
        let at = at + vec2(space::L + space::XS, 0.0);
        ui.painter().text(at, Align2::LEFT_CENTER, &words, theme::text_font(), theme.text);
    }
    response.on_hover_text(t("response.wire.empty_tip")).clicked()
}
