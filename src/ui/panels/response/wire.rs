//! The bytes that really passed: what there is at the left, hex and text beside it, below what each byte means.
//! Whatever the pointer rests on is marked in all three.

mod bytes;
mod find;
mod keys;
mod list;
mod overhead;
mod tls;
mod tree;
mod windows;

pub(super) use self::list::step_words;

use std::ops::Range;
use std::sync::Arc;

use egui::{Key, Rect, ScrollArea, TextEdit, Ui, UiBuilder, pos2};

use self::bytes::{Marks, Spot};
use self::find::Found;
use self::keys::{Move, Stop, offset_of, top_for};
use self::tree::TreeView;
use self::windows::WindowsView;
use crate::model::{Call, GATEWAY, LegSide};
use crate::session::{Answer, ByteRows, WireEntry, WireLevel, WireReading};
use crate::text::{fill, t};
use crate::ui::cx::{PanelCx, Pick, Wish};
use crate::ui::theme::{self, ROW, space};
use crate::ui::widgets::{empty_state, segmented, tool_button};
use crate::wire::{FRAME_HEAD_LEN, FrameType, Place, StepKind, WireKind};

/// Below this height the meaning stands beside the bytes, if there is room.
const LOW: f32 = 300.0;
/// Room for list, bytes and meaning side by side.
const WIDE: f32 = 820.0;

/// The ways to look at a call's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shown {
    #[default]
    Logical,
    Frames,
    Windows,
    Overhead,
    /// What somebody sees who only listens.
    Records,
}

/// Room for the sentence on TLS, and for the field that finds.
const NOTE: f32 = 220.0;
const FIELD: f32 = 150.0;

/// View state of the tab.
#[derive(Debug, Default)]
pub(super) struct WireView {
    /// Whose end of which connection: 0 is our own, then those of the gateway.
    side: usize,
    /// A step that another tab points to.
    wanted: Option<usize>,
    shown: Shown,
    level: WireLevel,
    chosen: Option<usize>,
    /// The row of the bytes to be brought into sight.
    scroll_to: Option<usize>,
    /// The row of the list that is to be the first.
    list_top: Option<usize>,
    /// Rows in sight, of the list and of the bytes.
    list_seen: Range<usize>,
    bytes_seen: Range<usize>,
    /// The byte that the keys stand at.
    cursor: Option<Spot>,
    windows: WindowsView,
    /// A frame that was asked for elsewhere.
    asked: Option<usize>,
    made: Option<ByteRows>,
    tree: TreeView,
    /// The byte under the pointer.
    hovered: Option<Spot>,
    /// The node under the pointer.
    hinted: Option<Vec<usize>>,
    needle: String,
    found: Found,
}

impl WireView {
    /// Draws the tab.
    pub(super) fn show(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, answer: &Answer, call: &Call) {
        self.side = self.side.min(answer.legs.len());
        self.sides(cx, ui, answer);
        let leg = self.side.checked_sub(1).and_then(|leg_idx| answer.legs.get(leg_idx));
        let inside = leg.map_or(&answer.wire, |leg| &leg.reading);
        let sealed = inside.sealed.as_ref();
        if self.shown == Shown::Records && sealed.is_none() {
            self.show_as(Shown::Frames);
        }
        let reading = sealed.filter(|_| self.shown == Shown::Records).unwrap_or(inside);
        if inside.exchange.items.is_empty() && sealed.is_none() {
            empty_state(ui, t("response.wire.none"), t("response.wire.none_sentence"));
            return;
        }
        self.header(cx, ui, reading, call);
        self.below_tls(cx, ui, sealed, call);
        // The switch may just have been turned.
        let reading = sealed.filter(|_| self.shown == Shown::Records).unwrap_or(inside);
        if self.shown == Shown::Overhead {
            // What is known of other calls is known of our own end.
            let account = Some(&answer.account).filter(|_| self.side == 0);
            overhead::show(cx, ui, (reading, account), call);
            return;
        }
        if self.shown == Shown::Windows {
            if let Some(item_idx) = self.windows.show(cx.theme, ui, reading) {
                self.show_as(Shown::Frames);
                self.asked = Some(item_idx);
            }
            return;
        }
        if reading.exchange.items.is_empty() {
            empty_state(ui, t("response.wire.none"), t("response.wire.handshake_alone"));
            return;
        }
        // A low pane needs the room; there the tooltips say it.
        let has_two_views = reading.exchange.is_http2() && self.shown != Shown::Records;
        if has_two_views && ui.available_height() > LOW {
            ui.label(theme::small(t("response.wire.two_views")).color(cx.theme.muted));
        }
        let area = ui.available_rect_before_wrap();
        let [list, bytes, meaning] = split(area);
        ui.painter().vline(list.right(), area.y_range(), cx.theme.hairline_stroke());
        if meaning.left() > list.right() + 2.0 * space::S {
            ui.painter().vline(
                meaning.left() - space::XS,
                area.y_range(),
                cx.theme.hairline_stroke(),
            );
        } else {
            let y = meaning.top() - space::XS;
            ui.painter().hline(bytes.x_range(), y, cx.theme.hairline_stroke());
        }
        let mut part = |rect: Rect, id: &str| {
            let mut part = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(id));
            part.set_clip_rect(part.clip_rect().intersect(rect));
            part
        };
        self.prepare(&mut part(bytes, "measure"), reading);
        // Tab goes through them in this order, whatever is drawn first.
        let stops = [
            (list, t("response.wire.list_area")),
            (bytes, t("response.wire.bytes_area")),
            (meaning, t("response.wire.tree_area")),
        ];
        let stops = stops.map(|(rect, name)| Stop::new(&mut part(rect, name), rect, name));
        let [list_stop, bytes_stop, tree_stop] = &stops;
        self.list_keys(reading, list_stop);
        self.bytes_keys(reading, bytes_stop);
        self.list(cx, &mut part(list, "items"), reading, list_stop);
        let hinted = self.hovered.and_then(|(buffer, offset)| self.tree.path_to(buffer, offset));
        let mut tree_ui = part(meaning, "meaning");
        self.hinted = self.tree.show(cx.theme, &mut tree_ui, hinted.as_deref(), tree_stop);
        let strong = match (&self.hinted, &hinted) {
            (Some(path), _) | (None, Some(path)) => self.tree.places(path).to_vec(),
            (None, None) => self.tree.chosen_places().to_vec(),
        };
        self.bytes(cx, &mut part(bytes, "bytes"), (reading, bytes_stop), &strong);
        for stop in &stops {
            stop.ring(ui, cx.theme);
        }
        ui.advance_cursor_after_rect(area);
    }

    /// Shows a step of one side, whatever was shown before.
    pub(super) fn show_step(&mut self, side: usize, step_idx: usize) {
        self.side = side;
        self.show_as(Shown::Logical);
        self.wanted = Some(step_idx);
    }

    /// At whose end the bytes are looked at, where they passed our gateway.
    fn sides(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, answer: &Answer) {
        if answer.legs.is_empty() {
            return;
        }
        let names: Vec<String> = answer.legs.iter().map(|leg| side_words(&leg.side)).collect();
        let mut entries = vec![(0, t("response.wire.side_own"), t("response.wire.side_own_tip"))];
        let tips = answer.legs.iter().map(|leg| match leg.side {
            LegSide::Client => t("response.wire.side_client_tip"),
            LegSide::Upstream { .. } => t("response.wire.side_upstream_tip"),
        });
        let legs = names.iter().zip(tips).enumerate();
        entries.extend(legs.map(|(idx, (name, tip))| (idx + 1, name.as_str(), tip)));
        ui.horizontal(|ui| {
            ui.label(theme::small(t("response.wire.seen_at")).color(cx.theme.muted));
            if segmented(ui, &mut self.side, &entries) {
                self.chosen = None;
                self.scroll_to = None;
                self.found.needle.clear();
            }
        });
    }

    /// How close to look, why that differs, and what to look for.
    fn header(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, reading: &WireReading, call: &Call) {
        let own = call.connection.as_ref().filter(|_| self.side == 0);
        let has_tls = own.is_some_and(|connection| connection.tls.is_some());
        let note = match (has_tls, self.shown) {
            (_, Shown::Records) => t("response.wire.records"),
            (true, _) => t("response.wire.tls"),
            (false, _) => t("response.wire.plaintext"),
        };
        let mut has_room = true;
        ui.horizontal(|ui| {
            let mut levels = vec![
                (Shown::Logical, t("response.wire.logical"), t("response.wire.logical_tip")),
                (Shown::Frames, t("response.wire.frames"), t("response.wire.frames_tip")),
                (Shown::Windows, t("response.wire.windows"), t("response.wire.windows_tip")),
                (Shown::Overhead, t("response.wire.overhead"), t("response.wire.overhead_tip")),
            ];
            // HTTP/1 has no windows.
            let is_http2 = reading.exchange.is_http2();
            levels.retain(|(shown, ..)| is_http2 || *shown != Shown::Windows);
            if !is_http2 && self.shown == Shown::Windows {
                self.show_as(Shown::Logical);
            }
            let mut shown = self.shown;
            if segmented(ui, &mut shown, &levels) {
                self.show_as(shown);
            }
            let save = tool_button(ui, t("response.wire.save"), t("response.wire.save_tip"));
            if save.clicked() {
                cx.wish(Wish::Pick(Pick::SaveCapture(call.id, self.side)));
            }
            has_room = ui.available_width() > NOTE + FIELD;
            if has_room {
                let label = ui.label(theme::small(note).color(cx.theme.muted));
                if !has_tls {
                    label.on_hover_text(t("response.wire.plaintext_tip"));
                }
            }
            if !matches!(self.shown, Shown::Windows | Shown::Overhead) {
                self.search(cx, ui, reading);
            }
        });
        // In a narrow pane the field needs the room, but nobody may take what was encrypted for what was seen.
        if has_tls && !has_room && self.shown != Shown::Records {
            ui.label(theme::small(note).color(cx.theme.muted));
        }
    }

    /// The switch, what TLS was agreed on, and what an eavesdropper sees.
    fn below_tls(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        sealed: Option<&Arc<WireReading>>,
        call: &Call,
    ) {
        let own = call.connection.as_ref().filter(|_| self.side == 0);
        let facts = own.and_then(|connection| connection.tls.as_ref());
        if sealed.is_none() && facts.is_none() {
            return;
        }
        let is_on = self.shown == Shown::Records;
        if tls::row(cx.theme, ui, facts, sealed.map(|_| is_on)) {
            self.show_as(if is_on { Shown::Frames } else { Shown::Records });
        }
        if let Some(sealed) = sealed.filter(|_| self.shown == Shown::Records) {
            ui.label(theme::small(tls::sentence(sealed)).color(cx.theme.muted));
            ui.add_space(space::XS);
        }
    }

    /// Looks in another way.
    fn show_as(&mut self, shown: Shown) {
        let had_records = self.shown == Shown::Records;
        self.shown = shown;
        match shown {
            Shown::Logical => self.look(WireLevel::Logical),
            Shown::Frames | Shown::Records => self.look(WireLevel::Frames),
            Shown::Windows | Shown::Overhead => {}
        }
        if had_records != (shown == Shown::Records) {
            self.forget();
        }
    }

    /// Looks from another distance.
    fn look(&mut self, level: WireLevel) {
        if self.level != level {
            self.level = level;
            self.forget();
        }
    }

    /// What is chosen is no longer listed.
    fn forget(&mut self) {
        self.chosen = None;
        self.scroll_to = None;
        self.cursor = None;
        self.tree.set(None);
        // Found anew in what is shown now.
        self.found.needle.clear();
    }

    fn search(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, reading: &WireReading) {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let field = TextEdit::singleline(&mut self.needle)
                .hint_text(t("response.wire.find_hint"))
                .desired_width(FIELD.min(ui.available_width() - space::S));
            let response = ui.add_sized([FIELD.min(ui.available_width()), ROW], field);
            response.widget_info(|| {
                let mut info =
                    egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("response.wire.find"));
                info.current_text_value = Some(self.needle.clone());
                info
            });
            let is_new = self.found.look(reading, &self.needle);
            let is_enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if is_enter {
                self.found.step(ui.input(|input| input.modifiers.shift));
                response.request_focus();
            }
            if (is_new || is_enter)
                && let Some(place) = self.found.current().cloned()
            {
                self.go_to(reading, &place);
            }
            if !self.needle.trim().is_empty() {
                let n = self.found.places.len();
                let idx = if n == 0 { 0 } else { self.found.idx + 1 };
                let words = fill("response.wire.found", &[("idx", &idx), ("n", &n)]);
                ui.label(theme::small(words).color(cx.theme.muted));
            }
        });
    }

    /// Shows bytes wherever they are, in the list as it is or else as frames.
    fn go_to(&mut self, reading: &WireReading, place: &Place) {
        let row = |made: &ByteRows| made.row_of(place.buffer, place.range.start);
        let Some(made) = &self.made else { return };
        match row(made) {
            Some(row_idx) => {
                let entry = made.rows(row_idx..row_idx + 1).first().map(|row| row.entry_idx);
                self.choose(reading, entry);
                self.show_in_list();
                self.scroll_to = Some(row_idx);
            }
            None if self.level == WireLevel::Logical => {
                // Its row is known once the frames have been cut.
                self.show_as(Shown::Frames);
            }
            None => {}
        }
    }

    fn prepare(&mut self, ui: &mut Ui, reading: &Arc<WireReading>) {
        let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::code_font(), '0'));
        let width = if ui.available_width() > digit * 74.0 { 16 } else { FRAME_HEAD_LEN };
        let made = self.made.take().filter(|rows| rows.is_of(reading, self.level, width));
        let made = made.unwrap_or_else(|| ByteRows::of(reading, self.level, width));
        self.chosen = self.chosen.filter(|idx| *idx < made.entries().len());
        let asked = self.asked.take().map(WireEntry::Item);
        let asked = asked.or(self.wanted.take().map(WireEntry::Step));
        let place_of = |wanted: WireEntry| made.entries().iter().position(|one| *one == wanted);
        let wished = asked.and_then(place_of).or_else(|| {
            let is_first = |entry: &WireEntry| Self::is_first_shown(reading, *entry);
            let is_open = self.chosen.is_none() && !made.entries().is_empty();
            is_open.then(|| made.entries().iter().position(is_first).unwrap_or(0))
        });
        if let Some(wished) = wished {
            self.scroll_to = Some(made.of_entry(wished).start);
        }
        self.made = Some(made);
        if wished.is_some() {
            self.choose(reading, wished);
            self.show_in_list();
        }
    }

    /// Brings the chosen entry into sight in the list.
    fn show_in_list(&mut self) {
        let top = self.chosen.and_then(|chosen| top_for(chosen, &self.list_seen));
        self.list_top = top.or(self.list_top);
    }

    fn list_keys(&mut self, reading: &WireReading, stop: &Stop) {
        let (Some(made), Some(wish)) = (&self.made, stop.wish) else { return };
        let row = wish.row(self.chosen, made.entries().len(), self.list_seen.len());
        self.scroll_to = row.map(|row| made.of_entry(row).start);
        self.choose(reading, row);
        self.show_in_list();
    }

    /// Moves the byte that the keys stand at, and chooses the smallest meaning of it.
    fn bytes_keys(&mut self, reading: &WireReading, stop: &Stop) {
        let (Some(made), Some(wish)) = (&self.made, stop.wish) else { return };
        let first = self.chosen.map_or(0, |chosen| made.of_entry(chosen).start);
        let known = self.cursor.and_then(|(buffer, offset)| made.row_of(buffer, offset));
        let from = known.unwrap_or(first);
        let Some(now) = made.rows(from..from + 1).pop() else { return };
        let column = match (self.cursor, known) {
            (Some((_, offset)), Some(_)) => (offset - now.offset) as usize,
            _ => 0,
        };
        let len = now.bytes(reading).1.len().max(1);
        let (row, column) = match wish {
            _ if known.is_none() => (from, 0),
            Move::Left if column > 0 => (from, column - 1),
            Move::Left => (from.saturating_sub(1), if from > 0 { usize::MAX } else { 0 }),
            Move::Right if column + 1 < len => (from, column + 1),
            Move::Right if from + 1 < made.n_rows() => (from + 1, 0),
            Move::First => (0, 0),
            Move::Last => (made.n_rows().saturating_sub(1), usize::MAX),
            wish => {
                let row = wish.row(Some(from), made.n_rows(), self.bytes_seen.len());
                (row.unwrap_or(from), column)
            }
        };
        let Some(to) = made.rows(row..row + 1).pop() else { return };
        let column = column.min(to.bytes(reading).1.len().saturating_sub(1));
        // What is to be the second row: the one before stays in sight.
        let top = top_for(row, &self.bytes_seen).map(|top| top + 1);
        self.point(reading, (to.buffer, to.offset + column as u64), to.entry_idx);
        self.scroll_to = top;
    }

    /// Chooses a byte: its entry, and the smallest thing that it is a part of.
    fn point(&mut self, reading: &WireReading, spot: Spot, entry_idx: usize) {
        self.choose(reading, Some(entry_idx));
        self.show_in_list();
        self.cursor = Some(spot);
        if let Some(path) = self.tree.path_to(spot.0, spot.1) {
            self.tree.choose(path);
        }
    }

    /// What is shown before anybody chose: the first message, or the frame with the first headers.
    fn is_first_shown(reading: &WireReading, entry: WireEntry) -> bool {
        let is_message = |step_idx: usize| {
            let step = reading.exchange.steps.get(step_idx);
            step.is_some_and(|step| matches!(step.kind, StepKind::Message(_) | StepKind::Body(_)))
        };
        match entry {
            WireEntry::Step(step_idx) => is_message(step_idx),
            WireEntry::Item(item_idx) => {
                let item = reading.exchange.items.get(item_idx);
                item.is_some_and(|item| match &item.kind {
                    WireKind::Frame(head) => head.kind == FrameType::HEADERS,
                    kind => matches!(kind, WireKind::Http1Head(_) | WireKind::Tls(_)),
                })
            }
            WireEntry::Made(_) => false,
        }
    }

    fn choose(&mut self, reading: &WireReading, entry_idx: Option<usize>) {
        if self.chosen == entry_idx {
            return;
        }
        self.chosen = entry_idx;
        self.cursor = None;
        let entries = self.made.as_ref().map(ByteRows::entries);
        let entry = entries.zip(entry_idx).and_then(|(entries, idx)| entries.get(idx));
        self.tree.set(entry.and_then(|entry: &WireEntry| reading.tree(*entry)));
    }

    fn list(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, reading: &WireReading, stop: &Stop) {
        ui.spacing_mut().item_spacing.y = 0.0;
        let Some(made) = self.made.take() else { return };
        let mut clicked = None;
        let mut area = ScrollArea::vertical().auto_shrink([false, false]);
        if let Some(top) = self.list_top.take() {
            area = area.vertical_scroll_offset(offset_of(ui, top, made.entries().len(), ROW));
        }
        area.show_rows(ui, ROW, made.entries().len(), |ui, shown| {
            self.list_seen = shown.clone();
            for entry_idx in shown {
                let entry = made.entries().get(entry_idx);
                let Some(words) = entry.and_then(|entry| list::words(reading, *entry)) else {
                    continue;
                };
                if list::row(cx.theme, ui, &words, self.chosen == Some(entry_idx)) {
                    clicked = Some(entry_idx);
                }
            }
        });
        if let Some(clicked) = clicked {
            self.scroll_to = Some(made.of_entry(clicked).start);
            ui.memory_mut(|memory| memory.request_focus(stop.id));
        }
        self.made = Some(made);
        if clicked.is_some() {
            self.choose(reading, clicked);
        }
    }

    fn bytes(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        (reading, stop): (&WireReading, &Stop),
        strong: &[Place],
    ) {
        let Some(made) = self.made.take() else { return };
        let marks = Marks {
            entry_idx: self.chosen,
            strong,
            found: &self.found.places,
            cursor: self.cursor.filter(|_| stop.has_focus),
            scroll_to: self.scroll_to.take(),
        };
        let pointed = bytes::show(cx.theme, ui, reading, &made, &marks);
        self.made = Some(made);
        self.bytes_seen = pointed.seen;
        if pointed.hovered != self.hovered {
            self.hovered = pointed.hovered;
            ui.request_repaint();
        }
        if let Some((spot, entry_idx)) = pointed.clicked {
            self.point(reading, spot, entry_idx);
            ui.memory_mut(|memory| memory.request_focus(stop.id));
        }
    }
}

/// The list, the bytes, what they mean: below the bytes, or beside them in a low and wide pane.
/// `gateway`, `gateway → greeter-1`.
fn side_words(side: &LegSide) -> String {
    match side {
        LegSide::Client => GATEWAY.to_owned(),
        LegSide::Upstream { instance, .. } => format!("{GATEWAY} → {instance}"),
    }
}

fn split(area: Rect) -> [Rect; 3] {
    let list_width = (area.width() * 0.3).clamp(150.0, 240.0).round();
    let (list, rest) = area.split_left_right_at_x(area.left() + list_width);
    let rest = rest.with_min_x(rest.left() + space::S);
    if area.height() < LOW && area.width() > WIDE {
        let at = (rest.left() + rest.width() * 0.55).round();
        let (bytes, meaning) = rest.split_left_right_at_x(at);
        return [list, bytes, Rect::from_min_max(pos2(at + space::S, meaning.top()), meaning.max)];
    }
    let at = (rest.top() + rest.height() * 0.5).round();
    let (bytes, meaning) = rest.split_top_bottom_at_y(at);
    [list, bytes.with_max_y(at - space::S), meaning]
}

#[cfg(test)]
mod tests;
