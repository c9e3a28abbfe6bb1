//! What the bytes of a call were for: a table with bars, both directions side by side.

use egui::{Align2, Color32, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::model::{Call, Direction};
use crate::session::WireReading;
use crate::text::{fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, ROW, Theme, space};
use crate::wire::Sums;

/// A row: its name, its tooltip, its bytes each way, its colour.
type Part = (&'static str, &'static str, [u64; 2], Color32);

/// Draws the view.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, reading: &WireReading, call: &Call) {
    let sums = &reading.exchange.sums;
    let (sent, received) = (sums.of(Direction::Sent), sums.of(Direction::Received));
    let theme = cx.theme;
    let [phase, field, direction, other] = theme.data;
    let both = |of: fn(&Sums) -> u64| [of(sent), of(received)];
    let parts: [Part; 5] = [
        (
            t("response.wire.payload"),
            t("response.wire.payload_tip"),
            both(|s| s.payload),
            direction,
        ),
        (t("response.wire.field_bytes"), t("response.wire.field_tip"), both(|s| s.headers), phase),
        (t("response.wire.framing"), t("response.wire.framing_tip"), both(|s| s.framing), field),
        (t("response.wire.control"), t("response.wire.control_tip"), both(|s| s.control), other),
        (t("response.wire.other"), "", both(|s| s.other), theme.slow),
    ];
    let widest = parts.iter().flat_map(|(_, _, n, _)| *n).max().unwrap_or(1).max(1);
    ScrollArea::vertical().auto_shrink([false, false]).id_salt("overhead").show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let heads = [t("response.wire.sent").to_owned(), t("response.wire.received").to_owned()];
        row(theme, ui, (t("response.wire.purpose"), ""), &heads, None);
        for (name, tip, n, color) in parts.iter().filter(|(_, _, n, _)| n.iter().sum::<u64>() > 0) {
            row(theme, ui, (name, tip), &n.map(format::bytes), Some((*n, widest, *color)));
        }
        let all = [sent, received].map(|sums| format::bytes(sums.in_all()));
        row(theme, ui, (t("response.wire.in_all"), ""), &all, None);
        ui.add_space(space::M);
        for words in sentences([sent, received], call) {
            ui.label(theme::small(words).color(theme.muted));
        }
    });
}

/// What the table does not say.
fn sentences(both: [&Sums; 2], call: &Call) -> Vec<String> {
    let total = |of: fn(&Sums) -> u64| both.iter().map(|sums| of(sums)).sum::<u64>();
    let (headers, plain) = (total(|s| s.headers), total(|s| s.headers_plain));
    let mut words = Vec::new();
    if plain > headers {
        let (plain, sent) = (format::bytes(plain), format::bytes(headers));
        words.push(fill("response.wire.hpack", &[("plain", &plain), ("sent", &sent)]));
    }
    let payload_plain = total(|s| s.payload_plain);
    if payload_plain > total(|s| s.payload) {
        let plain = format::bytes(payload_plain);
        words.push(fill("response.wire.compressed", &[("plain", &plain)]));
    }
    if call.connection.as_ref().is_some_and(|connection| connection.is_kept) {
        words.push(t("response.wire.kept").to_owned());
    }
    words
}

/// One row: a name, and for each direction a figure with its bar.
fn row(
    theme: &Theme,
    ui: &mut Ui,
    (name, tip): (&str, &str),
    figures: &[String; 2],
    bars: Option<([u64; 2], u64, Color32)>,
) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let words = format!("{name}: {}, {}", figures[0], figures[1]);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    let name_width = theme::scaled(130.0).min(rect.width() * 0.3);
    let column = (rect.width() - name_width) / 2.0;
    let painter = ui.painter();
    let color = if bars.is_some() { theme.text } else { theme.muted };
    painter.text(rect.left_center(), Align2::LEFT_CENTER, name, theme::text_font(), color);
    for (idx, figure) in figures.iter().enumerate() {
        let left = rect.left() + name_width + column * idx as f32;
        let figure_right = left + theme::scaled(64.0);
        let at = pos2(figure_right, rect.center().y);
        painter.text(at, Align2::RIGHT_CENTER, figure, theme::text_font(), color);
        let Some((n, widest, color)) = bars else { continue };
        let n = n.get(idx).copied().unwrap_or_default();
        let room = (column - theme::scaled(64.0) - 2.0 * space::M).max(0.0);
        let width = room * (n as f32 / widest as f32);
        if n > 0 {
            let min = pos2(figure_right + space::M, rect.center().y - 4.0);
            painter.rect_filled(Rect::from_min_size(min, vec2(width.max(2.0), 8.0)), 2.0, color);
        }
    }
    if !tip.is_empty() {
        response.on_hover_text(tip);
    }
}
