//! Lifelines, work and arrows.

use std::time::Duration;

use egui::text::LayoutJob;
use egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::flow::{Arrow, Label, Sequence};
use crate::model::Timestamp;
use crate::text::{fill, format, t};
use crate::ui::theme::{self, Theme, space};

/// Height of the names.
pub(super) const HEAD: f32 = 32.0;
/// From arrow to arrow.
const STEP: f32 = 34.0;
/// Where the first arrow stands below the names.
const FIRST: f32 = 28.0;
/// Room for the times at the left.
const TIMES: f32 = 76.0;
/// Lifelines stand no closer than this, and no further apart than that.
const CLOSEST: f32 = 108.0;
const FURTHEST: f32 = 320.0;
/// Half the width of a stretch of work.
const WORK: f32 = 4.0;
/// How far work within work stands to the side.
const ASIDE: f32 = 4.0;
/// A pause of this share of the whole is told between two arrows.
const PAUSE: f32 = 0.1;

/// A sequence and where its lifelines stand.
pub(super) struct Sheet<'a> {
    sequence: &'a Sequence,
    apart: f32,
}

impl<'a> Sheet<'a> {
    pub(super) fn of(sequence: &'a Sequence, width: f32) -> Self {
        let n = sequence.lifelines.len().max(1) as f32;
        let apart = ((width - TIMES - space::L) / n).clamp(CLOSEST, FURTHEST);
        Self { sequence, apart }
    }

    pub(super) fn width(&self) -> f32 {
        TIMES + self.apart * self.sequence.lifelines.len() as f32 + space::S
    }

    pub(super) fn height(&self) -> f32 {
        HEAD + FIRST + self.sequence.arrows.len() as f32 * STEP
    }

    fn x(&self, lifeline: usize) -> f32 {
        TIMES + self.apart * (lifeline as f32 + 0.5)
    }

    fn y(&self, at: Timestamp) -> f32 {
        FIRST + self.sequence.row_of(at) * STEP
    }

    pub(super) fn heads(&self, theme: &Theme, ui: &Ui, at: Pos2) {
        let painter = ui.painter();
        let strip = Rect::from_min_size(at, vec2(self.width().max(ui.clip_rect().width()), HEAD));
        painter.rect_filled(strip, 0.0, theme.panel);
        for (idx, name) in self.sequence.lifelines.iter().enumerate() {
            let center = pos2(at.x + self.x(idx), at.y + HEAD / 2.0);
            let room = self.apart - space::S;
            let galley =
                short(painter, name, theme::text_font(), theme.text, room - 2.0 * space::S);
            let size = vec2((galley.size().x + 2.0 * space::S).min(room), 24.0);
            let card = Rect::from_center_size(center, size);
            let line = Stroke::new(1.0, theme.node_line);
            painter.rect(card, theme::RADIUS, theme.node, line, StrokeKind::Inside);
            painter.galley(card.center() - galley.size() / 2.0, galley, theme.text);
        }
        let y = at.y + HEAD;
        painter.hline(strip.x_range(), y, theme.hairline_stroke());
    }

    pub(super) fn lifelines(&self, theme: &Theme, ui: &Ui, origin: Pos2) {
        let bottom = origin.y + self.height() - HEAD;
        for idx in 0..self.sequence.lifelines.len() {
            let x = origin.x + self.x(idx);
            ui.painter().vline(x, origin.y..=bottom, theme.hairline_stroke());
        }
    }

    pub(super) fn works(&self, theme: &Theme, ui: &mut Ui, origin: Pos2) {
        for work in &self.sequence.works {
            let x = origin.x + self.x(work.lifeline) + work.depth as f32 * ASIDE;
            let end = Timestamp(work.began.0.saturating_add(work.took.as_nanos() as u64));
            let (top, bottom) = (self.y(work.began), self.y(end));
            let rect = Rect::from_min_max(
                pos2(x - WORK, origin.y + top),
                pos2(x + WORK, origin.y + bottom.max(top + WORK)),
            );
            let [_, _, data, _] = theme.data;
            let color = if work.is_failed { theme.failed } else { data };
            let inside = theme.panel.lerp_to_gamma(color, 0.45);
            ui.painter().rect(rect, 2.0, inside, Stroke::new(1.0, color), StrokeKind::Inside);
            let name = self.name(work.lifeline);
            let took = format::duration(work.took);
            let words = fill("response.flowed.worked", &[("who", &name), ("took", &took)]);
            let id = ui.scope_id().with(("work", work.lifeline, work.began.0, work.depth));
            let response = ui.interact(rect, id, Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
            response.on_hover_text(words);
        }
    }

    /// Gives what an arrow that was clicked was seen in.
    pub(super) fn arrows(
        &self,
        theme: &Theme,
        ui: &mut Ui,
        origin: Pos2,
    ) -> Option<(usize, usize)> {
        let mut clicked = None;
        let mut before = None;
        for (idx, arrow) in self.sequence.arrows.iter().enumerate() {
            let y = origin.y + FIRST + idx as f32 * STEP;
            let row = Rect::from_min_max(
                pos2(origin.x, y - STEP * 0.62),
                pos2(origin.x + self.width(), y + STEP * 0.3),
            );
            if ui.is_rect_visible(row) {
                if let Some(before) = before {
                    self.pause(theme, ui, arrow.at.since(before), pos2(origin.x, y - STEP / 2.0));
                }
                if self.arrow(theme, ui, (idx, arrow), (origin.x, y)) {
                    clicked = arrow.seen;
                }
            }
            before = Some(arrow.at);
        }
        clicked
    }

    /// A long pause between two arrows is told where it lies.
    fn pause(&self, theme: &Theme, ui: &Ui, pause: Duration, at: Pos2) {
        if pause.as_secs_f32() < self.sequence.total.as_secs_f32() * PAUSE {
            return;
        }
        let words = format!("+ {}", format::duration(pause));
        let at = pos2(at.x + TIMES - space::M, at.y);
        ui.painter().text(at, Align2::RIGHT_CENTER, words, theme::small_font(), theme.faint);
    }

    fn arrow(
        &self,
        theme: &Theme,
        ui: &mut Ui,
        (idx, arrow): (usize, &Arrow),
        (left, y): (f32, f32),
    ) -> bool {
        let ends = (left + self.x(arrow.from), left + self.x(arrow.to));
        let after = arrow.at.since(self.sequence.began);
        let label = label_words(&arrow.label);
        let size = arrow.n_bytes.map(format::bytes);
        let is_own = arrow.from == arrow.to;
        let line = if is_own { (ends.0, ends.0 + self.apart * 0.3) } else { ends };
        let (from, to) = (line.0.min(line.1), line.0.max(line.1));
        let rect = Rect::from_min_max(pos2(from, y - 20.0), pos2(to, y + 8.0));
        let sense = if arrow.seen.is_some() { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, ui.scope_id().with(("arrow", idx)), sense);
        let words = self.words(arrow, &label, size.as_deref());
        let role = if arrow.seen.is_some() { Role::Button } else { Role::Label };
        response.widget_info(|| WidgetInfo::labeled(role, true, &words));
        let painter = ui.painter();
        if (response.hovered() || response.has_focus()) && arrow.seen.is_some() {
            painter.rect_filled(rect.shrink2(vec2(WORK, 0.0)), theme::RADIUS, theme.hover());
        }
        if response.has_focus() {
            painter.rect_stroke(rect, theme::RADIUS, theme.focus_stroke(), StrokeKind::Inside);
        }
        let color = match (arrow.is_failed, arrow.is_answer) {
            (true, _) => theme.failed,
            (false, false) => theme.accent,
            (false, true) => theme.healthy,
        };
        stroke(painter, (line.0, line.1), y, (color, arrow.is_answer));
        let time = format::duration(after);
        let at = pos2(left + TIMES - space::M, y);
        painter.text(at, Align2::RIGHT_CENTER, time, theme::small_font(), theme.muted);
        let room = (to - from - 2.0 * (WORK + space::XS)).max(24.0);
        label_above(
            theme,
            painter,
            (arrow, &label, size.as_deref()),
            (pos2(f32::midpoint(from, to), y - 3.0), room),
        );
        let response = response.on_hover_text(words);
        arrow.seen.is_some() && response.clicked()
    }

    fn words(&self, arrow: &Arrow, label: &str, size: Option<&str>) -> String {
        let (from, to) = (self.name(arrow.from), self.name(arrow.to));
        let what = match size {
            Some(size) => format!("{label}, {size}"),
            None => label.to_owned(),
        };
        let after = format::duration(arrow.at.since(self.sequence.began));
        let mut words = fill(
            "response.flowed.arrow",
            &[("from", &from), ("to", &to), ("what", &what), ("after", &after)],
        );
        if let Some(took) = arrow.took {
            let took = format::duration(took);
            words = format!("{words}\n{}", fill("response.flowed.took", &[("took", &took)]));
        }
        if arrow.seen.is_some() {
            words = format!("{words}\n{}", t("response.flowed.click"));
        }
        words
    }

    fn name(&self, lifeline: usize) -> &str {
        self.sequence.lifelines.get(lifeline).map_or("", |name| name)
    }
}

fn label_words(label: &Label) -> String {
    match label {
        Label::Seen(words) => words.clone(),
        Label::Asked(name) => {
            let method = name.rsplit('/').next().filter(|_| !name.contains(' '));
            method.unwrap_or(name).to_owned()
        }
        Label::Ok => t("response.flowed.ok").to_owned(),
        Label::Failed(cause) => cause.to_string(),
        Label::More(n) => fill("response.flowed.more", &[("n", n)]),
    }
}

fn label_above(
    theme: &Theme,
    painter: &Painter,
    (arrow, label, size): (&Arrow, &str, Option<&str>),
    (at, room): (Pos2, f32),
) {
    let color = if arrow.is_failed { theme.failed } else { theme.text };
    let size =
        size.map(|size| painter.layout_no_wrap(size.to_owned(), theme::small_font(), theme.muted));
    let size_width = size.as_ref().map_or(0.0, |size| size.size().x + space::S);
    let galley = short(painter, label, theme::small_font(), color, (room - size_width).max(16.0));
    let width = galley.size().x + size_width;
    let left = (at.x - width / 2.0).round();
    let top = at.y - galley.size().y;
    let next = left + galley.size().x + space::S;
    painter.galley(pos2(left, top), galley, color);
    if let Some(size) = size {
        painter.galley(pos2(next, top), size, theme.muted);
    }
}

/// A request is a whole line, an answer a dashed one; each ends in a head.
fn stroke(painter: &Painter, (from, to): (f32, f32), y: f32, (color, is_answer): (Color32, bool)) {
    let way = if to >= from { 1.0 } else { -1.0 };
    let (start, end) = (from + way * (WORK + 1.0), to - way * (WORK + 1.0));
    let line = Stroke::new(1.5, color);
    if is_answer {
        painter.extend(Shape::dashed_line(&[pos2(start, y), pos2(end, y)], line, 5.0, 3.0));
    } else {
        painter.line_segment([pos2(start, y), pos2(end, y)], line);
    }
    let head = vec![pos2(end, y), pos2(end - way * 7.0, y - 3.5), pos2(end - way * 7.0, y + 3.5)];
    painter.add(Shape::convex_polygon(head, color, Stroke::NONE));
}

fn short(
    painter: &Painter,
    words: &str,
    font: FontId,
    color: Color32,
    room: f32,
) -> std::sync::Arc<egui::Galley> {
    let mut job = LayoutJob::simple_singleline(words.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(8.0));
    painter.layout_job(job)
}
