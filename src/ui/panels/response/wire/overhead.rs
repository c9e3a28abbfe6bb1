//! What the bytes of a call were for: a table with bars, both directions side by side. Below it the same beside the call
//! that opened the connection, and for all calls of the draft.

use egui::{Align2, Color32, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::model::Call;
use crate::session::{Account, WireReading};
use crate::text::{fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, ROW, Theme, space};
use crate::wire::{BothSums, Sums};

/// What bytes are for: a name, a tooltip, a colour, and how many they are.
struct Part {
    name: &'static str,
    tip: &'static str,
    color: Color32,
    of: fn(&Sums) -> u64,
}

/// Draws the view.
pub(super) fn show(
    cx: &PanelCx<'_>,
    ui: &mut Ui,
    (reading, account): (&WireReading, Option<&Account>),
    call: &Call,
) {
    let sums = &reading.exchange.sums;
    let theme = cx.theme;
    let ways = [t("response.wire.sent"), t("response.wire.received")];
    ScrollArea::vertical().auto_shrink([false, false]).id_salt("overhead").show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        table(theme, ui, t("response.wire.purpose"), &ways, &[sums.sent, sums.received]);
        notes(theme, ui, &savings(sums));
        let Some(account) = account else { return };
        if let Some(opening) = &account.opening {
            let (first, this) = (opening.sums.together(), sums.together());
            let heads = [t("response.wire.first_call"), t("response.wire.this_call")];
            let name = &opening.operation;
            heading(theme, ui, &fill("response.wire.beside_first", &[("name", name)]));
            table(theme, ui, "", &heads, &[first, this]);
            notes(theme, ui, &[kept_words(first, this)]);
        } else if account.n_calls > 0
            && let Some(connection) = &call.connection
        {
            let key =
                if connection.is_kept { "response.wire.kept" } else { "response.wire.opened" };
            notes(theme, ui, &[t(key).to_owned()]);
        }
        if account.n_calls > 1 {
            let all = &account.draft;
            heading(theme, ui, &fill("response.wire.all_calls", &[("n", &account.n_calls)]));
            table(theme, ui, t("response.wire.purpose"), &ways, &[all.sent, all.received]);
            notes(theme, ui, &savings(all));
        }
    });
}

fn heading(theme: &Theme, ui: &mut Ui, words: &str) {
    ui.add_space(space::L);
    ui.label(theme::strong(words).color(theme.text));
    ui.add_space(space::XS);
}

fn notes(theme: &Theme, ui: &mut Ui, sentences: &[String]) {
    ui.add_space(space::S);
    for words in sentences {
        ui.label(theme::small(words).color(theme.muted));
    }
}

/// One column for each of the sums, one row for each purpose that any of them has, and all together.
fn table(theme: &Theme, ui: &mut Ui, corner: &str, heads: &[&str; 2], sums: &[Sums; 2]) {
    let [phase, field, direction, other] = theme.data;
    let part = |key: (&'static str, &'static str), color, of: fn(&Sums) -> u64| {
        let (name, tip) = key;
        Part { name, tip, color, of }
    };
    let parts: [Part; 6] = [
        part((t("response.wire.payload"), t("response.wire.payload_tip")), direction, |s| {
            s.payload
        }),
        part((t("response.wire.field_bytes"), t("response.wire.field_tip")), phase, |s| s.headers),
        part((t("response.wire.framing"), t("response.wire.framing_tip")), field, |s| s.framing),
        part((t("response.wire.control"), t("response.wire.control_tip")), other, |s| s.control),
        part((t("response.wire.tls_bytes"), t("response.wire.tls_tip")), theme.faint, |s| s.tls),
        part((t("response.wire.other"), ""), theme.slow, |s| s.other),
    ];
    let counts = |part: &Part| [0, 1].map(|idx| (part.of)(&sums[idx]));
    let widest = parts.iter().flat_map(counts).max().unwrap_or(1).max(1);
    row(theme, ui, (corner, ""), &heads.map(str::to_owned), None);
    for part in &parts {
        let n = counts(part);
        if n.iter().sum::<u64>() > 0 {
            let bars = Some((n, widest, part.color));
            row(theme, ui, (part.name, part.tip), &n.map(format::bytes), bars);
        }
    }
    let all = [0, 1].map(|idx| format::bytes(sums[idx].in_all()));
    row(theme, ui, (t("response.wire.in_all"), ""), &all, None);
}

/// What compression took away.
fn savings(both: &BothSums) -> Vec<String> {
    let sums = both.together();
    let mut words = Vec::new();
    if sums.headers_plain > sums.headers {
        let (plain, sent) = (format::bytes(sums.headers_plain), format::bytes(sums.headers));
        words.push(fill("response.wire.hpack", &[("plain", &plain), ("sent", &sent)]));
    }
    if sums.payload_plain > sums.payload {
        let plain = format::bytes(sums.payload_plain);
        words.push(fill("response.wire.compressed", &[("plain", &plain)]));
    }
    words
}

/// What was not needed again. Payload differs by what is asked, so it is left out.
fn kept_words(first: Sums, this: Sums) -> String {
    let around = |sums: Sums| sums.in_all() - sums.payload;
    let (first, this) = (around(first), around(this));
    if this < first {
        let [saved, first, this] = [first - this, first, this].map(format::bytes);
        fill("response.wire.kept_saved", &[("saved", &saved), ("first", &first), ("this", &this)])
    } else {
        t("response.wire.kept").to_owned()
    }
}

/// One row: a name, and for each column a figure with its bar.
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
