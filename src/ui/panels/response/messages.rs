//! The messages of a stream as they pass: a list that stays quick at millions, and one of them whole.

mod row;
mod tools;

use egui::{Rect, RichText, Ui, UiBuilder};

use super::body;
use crate::model::{Call, CallId, CallKind, DraftId};
use crate::session::{Command, MessageRow, ShownMessage, StreamLook, StreamView};
use crate::text::{fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, ROW, space};
use crate::ui::widgets::{LongList, Seen, empty_state, icon, icon_button};

/// Rows that are asked for around those in sight, so that scrolling finds them ready.
const AROUND: usize = 60;
/// From this width on list and message stand side by side.
const WIDE: f32 = 760.0;

/// View state of the tab.
#[derive(Debug, Default)]
pub(super) struct MessagesView {
    of: Option<CallId>,
    /// What the session was asked for last.
    look: StreamLook,
    needle: String,
    list: LongList,
    /// Rows that fitted into the list.
    n_seen: usize,
}

impl MessagesView {
    /// Draws the tab.
    pub(super) fn show(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        (draft, call): (DraftId, &Call),
        stream: &StreamView,
    ) {
        if self.of != Some(stream.call) {
            // What was asked of the stream before is asked of this one, too, but for places in it.
            let StreamLook { direction, needle, counts_only, .. } = self.look.clone();
            *self = Self { of: Some(stream.call), needle: needle.clone(), ..Self::default() };
            self.look = StreamLook { direction, needle, counts_only, ..StreamLook::default() };
        }
        let mut look = self.look.clone();
        self.tools(cx, ui, stream, &mut look);
        notes(cx, ui, stream);
        ui.add_space(space::XS);
        let area = ui.available_rect_before_wrap();
        let shown = stream.shown.as_deref().filter(|shown| look.chosen == Some(shown.idx));
        let (list, detail) = split(area, look.chosen.is_some());
        if stream.n_listed == 0 {
            nothing(ui, call, stream, &look);
        } else {
            ui.scope_builder(UiBuilder::new().max_rect(list), |ui| {
                self.rows(cx, ui, call, stream, &mut look);
            });
        }
        if let Some(detail) = detail {
            let line = cx.theme.hairline_stroke();
            if detail.left() > list.right() {
                let x = f32::midpoint(detail.left(), list.right());
                ui.painter().vline(x, area.y_range(), line);
            } else {
                ui.painter().hline(area.x_range(), list.bottom() + space::XS, line);
            }
            ui.scope_builder(UiBuilder::new().max_rect(detail), |ui| {
                if self::detail(cx, ui, call, shown) {
                    look.chosen = None;
                }
            });
        }
        if look != self.look || (*stream.look != look && stream.call == call.id) {
            self.look = look.clone();
            if *stream.look != look {
                cx.send(Command::LookAtStream { draft, look });
            }
        }
    }

    fn rows(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        call: &Call,
        stream: &StreamView,
        look: &mut StreamLook,
    ) {
        let is_answered = stream.look.lists_as(look);
        let row_at = |place: usize| -> Option<&MessageRow> {
            stream.rows.get(place.checked_sub(stream.first_row)?).filter(|_| is_answered)
        };
        let mut chosen = None;
        let name = t("response.messages.list");
        let n_listed = stream.n_listed;
        let seen = self.list.show(ui, name, n_listed, |ui, place| match row_at(place) {
            Some(row) => {
                if row::show(cx, ui, call, row, look.chosen == Some(row.idx)) {
                    chosen = Some(row.idx);
                }
            }
            None => row::placeholder(cx, ui),
        });
        let Seen { rows, response, step } = seen;
        if chosen.is_some() {
            look.chosen = chosen;
            response.request_focus();
        }
        self.n_seen = rows.len();
        if let Some(step) = step {
            self.step(step, stream, look);
        }
        let wanted = rows.start.saturating_sub(AROUND)..(rows.end + AROUND).min(n_listed);
        let covers = |have: &std::ops::Range<usize>| {
            have.start <= rows.start && have.end >= rows.end.min(n_listed)
        };
        if self.list.is_following() && look.paused_at.is_none() {
            look.rows = None;
        } else if !look.rows.as_ref().is_some_and(covers) {
            look.rows = Some(wanted);
        }
    }

    /// Moves the choice by so many rows of the list.
    fn step(&mut self, step: isize, stream: &StreamView, look: &mut StreamLook) {
        let last = stream.n_listed.saturating_sub(1);
        let at = stream.rows.iter().position(|row| look.chosen == Some(row.idx));
        let at = at.map(|at| at + stream.first_row);
        let to = match (step, at) {
            (isize::MIN, _) => 0,
            (isize::MAX, _) => last,
            (step, Some(at)) => at.saturating_add_signed(step).min(last),
            (_, None) => stream.first_row,
        };
        self.list.reveal(to, self.n_seen);
        let row = stream.rows.get(to.wrapping_sub(stream.first_row));
        // Where every message is listed its place is known before its row is there.
        let is_whole = look.direction.is_none() && look.needle.is_empty();
        look.chosen = row.map(|row| row.idx).or(is_whole.then_some(to)).or(look.chosen);
    }
}

/// Where the list stands, and where the chosen message does.
fn split(area: Rect, has_detail: bool) -> (Rect, Option<Rect>) {
    if !has_detail {
        return (area, None);
    }
    if area.width() >= WIDE {
        let (list, detail) = area.split_left_right_at_fraction(0.55);
        let list = list.with_max_x(list.right() - space::S);
        return (list, Some(detail.with_min_x(detail.left() + space::S)));
    }
    let (list, detail) = area.split_top_bottom_at_fraction(0.5);
    (list.with_max_y(list.bottom() - space::S), Some(detail.with_min_y(detail.top() + space::S)))
}

/// The chosen message. Says whether it is to be closed.
fn detail(cx: &PanelCx<'_>, ui: &mut Ui, call: &Call, shown: Option<&ShownMessage>) -> bool {
    let mut is_closed = false;
    ui.horizontal(|ui| {
        ui.set_min_height(ROW);
        if let Some(shown) = shown {
            let words = fill(
                "response.messages.head",
                &[
                    ("n", &format::thousands(shown.idx as u64 + 1)),
                    ("way", &row::way(shown.entry.direction)),
                    ("time", &format::duration(shown.entry.at.since(call.started))),
                ],
            );
            ui.label(RichText::new(words).color(cx.theme.muted));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            is_closed = icon_button(ui, icon::X, t("response.messages.close"), None).clicked();
        });
    });
    if let Some(shown) = shown {
        ui.push_id(shown.idx, |ui| body::show_body(cx, ui, &shown.body));
    }
    is_closed
}

/// What the person should know of the list.
fn notes(cx: &PanelCx<'_>, ui: &mut Ui, stream: &StreamView) {
    let mut say = |words: String, color| {
        ui.add(egui::Label::new(theme::small(words).color(color)).wrap());
    };
    if let Some(fault) = &stream.fault {
        let cause = crate::text::cause(fault);
        say(fill("response.messages.fault", &[("cause", &cause)]), cx.theme.failed);
    }
    if stream.n_unkept > 0 {
        let n = format::thousands(stream.n_unkept);
        say(fill("response.messages.unkept", &[("n", &n)]), cx.theme.muted);
    }
    if stream.n_searched < stream.n_kept {
        let (n, all) = (stream.n_searched as u64, stream.n_kept as u64);
        let args: [(&str, &dyn std::fmt::Display); 2] =
            [("n", &format::thousands(n)), ("all", &format::thousands(all))];
        say(fill("response.messages.searching", &args), cx.theme.muted);
    }
}

fn nothing(ui: &mut Ui, call: &Call, stream: &StreamView, look: &StreamLook) {
    let is_open = call.outcome.is_none();
    let is_listed = stream.n_kept > 0 && (look.direction.is_some() || !look.needle.is_empty());
    let (title, sentence) = if is_listed {
        ("response.messages.no_hit", "response.messages.no_hit_sentence")
    } else if stream.n_unkept > 0 {
        ("response.messages.counted", "response.messages.counted_sentence")
    } else if is_open && stream.is_sending && stream.kind != CallKind::ServerStream {
        ("response.messages.open", "response.messages.open_sentence")
    } else if is_open {
        ("response.body.waiting", "response.body.waiting_sentence")
    } else {
        ("response.messages.none", "response.messages.none_sentence")
    };
    empty_state(ui, t(title), t(sentence));
}

#[cfg(test)]
mod tests;
