//! The bytes that really passed: the list of frames at the left, the bytes at the right.
//!
//! The rows of bytes are made once for each recording; drawing lays out those in sight only.

use std::ops::Range;
use std::sync::Arc;

use egui::text::LayoutJob;
use egui::{
    Align, Align2, Label, Rect, Role, ScrollArea, Sense, TextWrapMode, Ui, UiBuilder, WidgetInfo,
    vec2,
};

use super::body::hex_job;
use super::hex::{self, Letters};
use crate::model::{Call, Direction, Recording};
use crate::session::Answer;
use crate::text::{fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, CODE_ROW, ROW, Theme, space};
use crate::ui::widgets::empty_state;
use crate::wire::{FRAME_HEAD_LEN, FrameHead, FrameType, StartLine, WireItem, WireKind};

const FRAME_HEADER: u64 = FRAME_HEAD_LEN as u64;

/// View state of the tab.
#[derive(Debug, Default)]
pub(super) struct WireView {
    chosen: Option<usize>,
    is_new_choice: bool,
    made: Option<ByteRows>,
}

/// The rows of one recording at one width.
#[derive(Debug)]
struct ByteRows {
    items: Arc<[WireItem]>,
    recording: Arc<Recording>,
    width: usize,
    list: Vec<ByteRow>,
}

/// One row: a stretch of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ByteRow {
    item_idx: usize,
    /// Offset in the item.
    at: u64,
    content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    /// Bytes of this part of the recording.
    Bytes { part_idx: usize, range: Range<usize> },
    /// So many bytes that were not kept.
    Gap(u64),
}

impl WireView {
    /// Draws the tab.
    pub(super) fn show(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, answer: &Answer, call: &Call) {
        if answer.wire.is_empty() {
            empty_state(ui, t("response.wire.none"), t("response.wire.none_sentence"));
            return;
        }
        let has_tls = call.connection.as_ref().is_some_and(|connection| connection.tls.is_some());
        let note = if has_tls { t("response.wire.tls") } else { t("response.wire.plaintext") };
        ui.label(theme::small(note).color(cx.theme.muted));
        let area = ui.available_rect_before_wrap();
        let list_width = (area.width() * 0.36).clamp(150.0, 260.0).round();
        let (list, bytes) = area.split_left_right_at_x(area.left() + list_width);
        let bytes = bytes.with_min_x(bytes.left() + space::S);
        ui.painter().vline(list.right(), area.y_range(), cx.theme.hairline_stroke());
        let mut left = ui.new_child(UiBuilder::new().max_rect(list).id_salt("items"));
        self.list(cx, &mut left, answer);
        let mut right = ui.new_child(UiBuilder::new().max_rect(bytes).id_salt("bytes"));
        self.bytes(cx, &mut right, answer, call);
        ui.advance_cursor_after_rect(area);
    }

    fn list(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, answer: &Answer) {
        ui.spacing_mut().item_spacing.y = 0.0;
        let n_items = answer.wire.len();
        ScrollArea::vertical().auto_shrink([false, false]).show_rows(
            ui,
            ROW,
            n_items,
            |ui, shown| {
                for item_idx in shown {
                    let Some(item) = answer.wire.get(item_idx) else { continue };
                    if item_row(cx.theme, ui, item, self.chosen == Some(item_idx)) {
                        self.chosen = Some(item_idx);
                        self.is_new_choice = true;
                    }
                }
            },
        );
    }

    fn bytes(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, answer: &Answer, call: &Call) {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.spacing_mut().interact_size.y = CODE_ROW;
        let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::code_font(), '0'));
        let width = if ui.available_width() > digit * 74.0 { 16 } else { FRAME_HEAD_LEN };
        let made = self.made.take().filter(|rows| rows.is_of(answer, call, width));
        let made = made.unwrap_or_else(|| ByteRows::of(answer, call, width));
        let mut area = ScrollArea::both().auto_shrink([false, false]);
        if self.is_new_choice {
            self.is_new_choice = false;
            let first = made.list.iter().position(|row| Some(row.item_idx) == self.chosen);
            area = area.vertical_scroll_offset(first.unwrap_or(0) as f32 * CODE_ROW);
        }
        area.show_rows(ui, CODE_ROW, made.list.len(), |ui, shown| {
            for row in made.list.get(shown).unwrap_or_default() {
                self.byte_row(cx, ui, &made, row);
            }
        });
        self.made = Some(made);
    }

    fn byte_row(&self, cx: &PanelCx<'_>, ui: &mut Ui, made: &ByteRows, row: &ByteRow) {
        let theme: &Theme = cx.theme;
        let start = ui.cursor().min;
        if self.chosen == Some(row.item_idx) {
            let size = vec2(ui.available_width(), CODE_ROW);
            ui.painter().rect_filled(Rect::from_min_size(start, size), 0.0, theme.selection);
        }
        let item = made.items.get(row.item_idx);
        match &row.content {
            Content::Bytes { part_idx, range } => {
                let part = made.recording.parts.get(*part_idx).and_then(|part| part.bytes.as_ref());
                let bytes = part.map(|bytes| &**bytes).unwrap_or_default();
                let is_frame = item.is_some_and(|i| matches!(i.kind, WireKind::Frame(_)));
                let is_header = is_frame && row.at < FRAME_HEADER;
                let is_content = match item.map(|item| &item.kind) {
                    Some(WireKind::Frame(head)) => head.kind == FrameType::DATA,
                    kind => !matches!(kind, Some(WireKind::Tls(_))),
                };
                let letters = if is_content { Letters::Utf8 } else { Letters::Ascii };
                let color = match item.map(|item| item.direction) {
                    _ if is_header => theme.muted,
                    Some(Direction::Sent) => theme.data.first().copied().unwrap_or(theme.text),
                    _ => theme.data.get(2).copied().unwrap_or(theme.text),
                };
                let row = hex::row(bytes, range.clone(), row.at, made.width, letters);
                let job = hex_job(&row, theme, color);
                ui.add(Label::new(job).selectable(true).wrap_mode(TextWrapMode::Extend));
            }
            Content::Gap(len) => {
                let words = fill("response.wire.gap", &[("size", &format::bytes(*len))]);
                ui.with_layout(egui::Layout::left_to_right(Align::Center), |ui| {
                    ui.set_height(CODE_ROW);
                    ui.label(theme::small(words).color(theme.slow));
                });
            }
        }
    }
}

impl ByteRows {
    fn is_of(&self, answer: &Answer, call: &Call, width: usize) -> bool {
        Arc::ptr_eq(&self.items, &answer.wire)
            && Arc::ptr_eq(&self.recording, &call.recording)
            && self.width == width
    }

    fn of(answer: &Answer, call: &Call, width: usize) -> Self {
        let recording = Arc::clone(&call.recording);
        let mut rows = Vec::new();
        for (item_idx, item) in answer.wire.iter().enumerate() {
            item_rows(&recording, item_idx, item, width, &mut rows);
        }
        Self { items: Arc::clone(&answer.wire), recording, width, list: rows }
    }
}

/// Cuts one item into rows. A frame's header stands in a row of its own; what was not kept is one row.
fn item_rows(
    recording: &Recording,
    item_idx: usize,
    item: &WireItem,
    width: usize,
    rows: &mut Vec<ByteRow>,
) {
    let end = item.offset.saturating_add(item.len);
    let mut at = item.offset;
    let of_way = recording.parts.iter().enumerate().filter(|(_, part)| {
        part.direction == item.direction && part.offset + part.len > item.offset
    });
    for (part_idx, part) in of_way {
        if at >= end || part.offset >= end {
            break;
        }
        if part.offset > at {
            rows.push(gap(item_idx, item, at, part.offset - at));
            at = part.offset;
        }
        let part_end = end.min(part.offset + part.len);
        if part.bytes.is_none() {
            // What was not kept of a frame stands as an item of its own behind it.
            if item.kind == WireKind::Gap {
                rows.push(gap(item_idx, item, at, part_end - at));
            }
            at = part_end;
        }
        while at < part_end {
            let inside = at - item.offset;
            let is_header = matches!(item.kind, WireKind::Frame(_)) && inside < FRAME_HEADER;
            let room = if is_header { FRAME_HEADER - inside } else { width as u64 };
            let len = room.min(width as u64).min(part_end - at);
            let start = (at - part.offset) as usize;
            let range = start..start + len as usize;
            let content = Content::Bytes { part_idx, range };
            rows.push(ByteRow { item_idx, at: inside, content });
            at += len;
        }
    }
    if at < end {
        rows.push(gap(item_idx, item, at, end - at));
    }
}

fn gap(item_idx: usize, item: &WireItem, at: u64, len: u64) -> ByteRow {
    ByteRow { item_idx, at: at - item.offset, content: Content::Gap(len) }
}

/// One row of the list. Says whether it was chosen.
fn item_row(theme: &Theme, ui: &mut Ui, item: &WireItem, is_chosen: bool) -> bool {
    let (arrow, way) = arrow(item.direction);
    let (kind, size) = (kind_words(&item.kind), format::bytes(item.len));
    let name = format!("{way} {kind}, {size}");
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
    if ui.is_rect_visible(rect) {
        let fill = if is_chosen { theme.selection } else { theme.hover() };
        if is_chosen || response.hovered() {
            ui.painter().rect_filled(rect.with_max_x(rect.right() - 1.0), 0.0, fill);
        }
        if response.has_focus() {
            let inside = egui::StrokeKind::Inside;
            ui.painter().rect_stroke(rect, theme::RADIUS, theme.focus_stroke(), inside);
        }
        let inner = rect.shrink2(vec2(space::S, 0.0));
        let size = ui.painter().text(
            inner.right_center(),
            Align2::RIGHT_CENTER,
            &size,
            theme::small_font(),
            theme.muted,
        );
        let words = format!("{arrow} {kind}");
        let mut job = LayoutJob::simple_singleline(words, theme::code_font(), theme.text);
        let room = (size.left() - space::S - inner.left()).max(8.0);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room);
        let galley = ui.painter().layout_job(job);
        let at = inner.left_center() - vec2(0.0, galley.size().y / 2.0);
        ui.painter().galley(at, galley, theme.text);
    }
    response.on_hover_text(&name).clicked()
}

fn arrow(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Sent => ("→", t("response.wire.sent")),
        Direction::Received => ("←", t("response.wire.received")),
    }
}

/// What an item is, in the words of its standard.
fn kind_words(kind: &WireKind) -> String {
    match kind {
        WireKind::Preface => t("response.wire.preface").to_owned(),
        WireKind::Frame(head) => frame_words(head),
        WireKind::Http1Head(head) => match &head.start {
            StartLine::Request { method, target, .. } => format!("{method} {target}"),
            StartLine::Response { status, reason, .. } => {
                format!("{status} {reason}").trim_end().to_owned()
            }
        },
        WireKind::Http1Body => t("response.wire.body").to_owned(),
        WireKind::Tls(_) => t("response.wire.tls_record").to_owned(),
        WireKind::Gap => t("response.wire.gap_item").to_owned(),
        WireKind::Unknown => t("response.wire.unknown").to_owned(),
    }
}

/// `HEADERS 1 end`, `SETTINGS ack` (RFC 9113 section 6).
fn frame_words(head: &FrameHead) -> String {
    let mut out = head.kind.name().map_or_else(|| format!("0x{:02x}", head.kind.0), str::to_owned);
    if head.stream != 0 {
        out = format!("{out} {}", head.stream);
    }
    let is_ack = matches!(head.kind, FrameType::SETTINGS | FrameType::PING) && head.flags & 1 == 1;
    if head.ends_stream() {
        out.push_str(" end");
    } else if is_ack {
        out.push_str(" ack");
    }
    out
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::{RecordingPart, Timestamp};

    fn item(offset: u64, len: u64, kind: WireKind) -> WireItem {
        let at = Timestamp(0);
        WireItem { at, ended: at, direction: Direction::Sent, offset, len, kind }
    }

    fn head(kind: u8, flags: u8, stream: u32) -> FrameHead {
        FrameHead { len: 21, kind: FrameType(kind), flags, stream }
    }

    fn part(offset: u64, len: u64, bytes: Option<&'static [u8]>) -> RecordingPart {
        let bytes = bytes.map(Bytes::from_static);
        RecordingPart { at: Timestamp(0), direction: Direction::Sent, offset, len, bytes }
    }

    #[test]
    fn an_item_runs_over_parts_and_shows_what_was_not_kept() {
        let recording = Recording {
            parts: vec![
                part(100, 4, Some(b"abcd")),
                part(104, 50, None),
                part(154, 3, Some(b"xyz")),
            ],
            ..Recording::default()
        };
        let mut rows = Vec::new();
        item_rows(&recording, 0, &item(102, 60, WireKind::Gap), 8, &mut rows);
        let got: Vec<(u64, Content)> = rows.into_iter().map(|row| (row.at, row.content)).collect();
        assert_eq!(
            got,
            [
                (0, Content::Bytes { part_idx: 0, range: 2..4 }),
                (2, Content::Gap(50)),
                (52, Content::Bytes { part_idx: 2, range: 0..3 }),
                (55, Content::Gap(5)),
            ]
        );
    }

    #[test]
    fn a_frame_header_stands_alone() {
        let bytes: &'static [u8] = &[7; 30];
        let recording = Recording { parts: vec![part(0, 30, Some(bytes))], ..Recording::default() };
        let frame = WireKind::Frame(head(0, 1, 1));
        let mut rows = Vec::new();
        item_rows(&recording, 0, &item(0, 30, frame), 16, &mut rows);
        let offsets: Vec<u64> = rows.iter().map(|row| row.at).collect();
        assert_eq!(offsets, [0, 9, 25]);
    }

    #[test]
    fn frames_are_named_as_the_standard_does() {
        assert_eq!(frame_words(&head(1, 5, 1)), "HEADERS 1 end");
        assert_eq!(frame_words(&head(4, 1, 0)), "SETTINGS ack");
        assert_eq!(frame_words(&head(0x42, 0, 0)), "0x42");
    }
}
