//! The list at the left: frames as they were sent, or headers, messages and trailers.

use std::time::Duration;

use egui::text::LayoutJob;
use egui::{Align2, Role, Sense, Ui, WidgetInfo, vec2};

use super::tls::record_words;
use crate::model::{Direction, reset_words};
use crate::session::{WireEntry, WireReading};
use crate::text::{fill, format, t};
use crate::ui::theme::{self, ROW, Theme, space};
use crate::wire::{FrameHead, FrameType, StartLine, Step, StepKind, WireKind};

/// What a row says.
pub(super) struct Words {
    direction: Direction,
    kind: String,
    len: u64,
    is_faulty: bool,
    is_inside: bool,
    /// How long after the first byte of the call its own first byte passed.
    after: Duration,
}

/// The words of an entry.
pub(super) fn words(reading: &WireReading, entry: WireEntry) -> Option<Words> {
    let exchange = &reading.exchange;
    let begun = exchange.begun();
    Some(match entry {
        WireEntry::Item(item_idx) => {
            let item = exchange.items.get(item_idx)?;
            Words {
                direction: item.direction,
                kind: match &item.kind {
                    WireKind::Tls(_) => record_words(reading, item_idx),
                    kind => kind_words(kind),
                },
                len: item.len,
                is_faulty: exchange.fault(item_idx).is_some(),
                is_inside: false,
                after: item.at.since(begun),
            }
        }
        WireEntry::Step(step_idx) => {
            let step = exchange.steps.get(step_idx)?;
            Words {
                direction: step.direction,
                kind: step_words(step),
                len: step.gathered.bytes.len() as u64,
                is_faulty: step.fault.is_some(),
                is_inside: false,
                after: step.at.since(begun),
            }
        }
        WireEntry::Made(step_idx) => Words {
            direction: exchange.steps.get(step_idx)?.direction,
            kind: t("response.wire.decompressed").to_owned(),
            len: reading.made(step_idx)?.1.len() as u64,
            is_faulty: false,
            is_inside: true,
            after: exchange.steps.get(step_idx)?.ended.since(begun),
        },
    })
}

/// One row of the list. Says whether it was chosen.
pub(super) fn row(theme: &Theme, ui: &mut Ui, words: &Words, is_chosen: bool) -> bool {
    let (arrow, way) = arrow(words.direction);
    let size = format::bytes(words.len);
    let name = format!("{way} {}, {size}", words.kind);
    // The list as a whole has the keys.
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
    if ui.is_rect_visible(rect) {
        let fill = if is_chosen { theme.selection } else { theme.hover() };
        if is_chosen || response.hovered() {
            ui.painter().rect_filled(rect.with_max_x(rect.right() - 1.0), 0.0, fill);
        }
        let mut inner = rect.shrink2(vec2(space::S, 0.0));
        if words.is_inside {
            inner.min.x += space::L;
        }
        let size = ui.painter().text(
            inner.right_center(),
            Align2::RIGHT_CENTER,
            &size,
            theme::small_font(),
            theme.muted,
        );
        let arrow = if words.is_inside { "" } else { arrow };
        let color = if words.is_faulty { theme.slow } else { theme.text };
        let shown = format!("{arrow} {}", words.kind);
        let mut job = LayoutJob::simple_singleline(shown, theme::code_font(), color);
        let room = (size.left() - space::S - inner.left()).max(8.0);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room);
        let galley = ui.painter().layout_job(job);
        let at = inner.left_center() - vec2(0.0, galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
    }
    let after = fill("response.wire.after", &[("time", &format::duration(words.after))]);
    response.on_hover_text(format!("{name}\n{after}")).clicked()
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
        WireKind::Http1Head(head) => start_words(&head.start),
        WireKind::Http1Body => t("response.wire.body").to_owned(),
        WireKind::Tls(_) => t("response.wire.tls_record").to_owned(),
        WireKind::Gap => t("response.wire.gap_item").to_owned(),
        WireKind::Unknown => t("response.wire.unknown").to_owned(),
    }
}

fn start_words(start: &StartLine) -> String {
    match start {
        StartLine::Request { method, target, .. } => format!("{method} {target}"),
        StartLine::Response { status, reason, .. } => {
            format!("{status} {reason}").trim_end().to_owned()
        }
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

/// What a step is: `headers /shop.orders.v1.Orders/PlaceOrder`, `message 1`.
pub(in super::super) fn step_words(step: &Step) -> String {
    let coded = |name: &str, code: u32| format!("{name} {}", reset_words(code));
    match &step.kind {
        StepKind::Http1Head(head) => start_words(&head.start),
        StepKind::Headers(_) => {
            let words = step.field(":path").or_else(|| step.field(":status"));
            fill("response.wire.headers", &[("what", &words.unwrap_or_default())])
        }
        StepKind::Trailers(_) | StepKind::TrailersFrame(_) | StepKind::TrailersOnly(_) => {
            let status = step.field("grpc-status").map(|code| format!("grpc-status {code}"));
            let key = match step.kind {
                StepKind::Trailers(_) | StepKind::TrailersFrame(_) => "response.wire.trailers",
                _ => "response.wire.trailers_only",
            };
            fill(key, &[("what", &status.unwrap_or_default())]).trim_end().to_owned()
        }
        StepKind::Message(message) => fill("response.wire.message", &[("n", &(message.idx + 1))]),
        StepKind::Body(_) => t("response.wire.body").to_owned(),
        StepKind::Reset(code) => coded("RST_STREAM", *code),
        StepKind::GoAway(code) => coded("GOAWAY", *code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_named_as_the_standard_does() {
        let head =
            |kind, flags, stream| FrameHead { len: 21, kind: FrameType(kind), flags, stream };
        assert_eq!(frame_words(&head(1, 5, 1)), "HEADERS 1 end");
        assert_eq!(frame_words(&head(4, 1, 0)), "SETTINGS ack");
        assert_eq!(frame_words(&head(0x42, 0, 0)), "0x42");
    }
}
