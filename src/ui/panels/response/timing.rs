//! Where the time went: phases, the connection and its attempts, TLS, and what the gateway decided.

use egui::{Color32, Grid, Label, Rect, RichText, ScrollArea, Sense, Ui, vec2};

use super::phases;
use crate::model::{Call, ConnectionUse, Phase, PhaseTime, TlsFacts, TlsTrust, Trail};
use crate::session::Answer;
use crate::text::{self, cause, fill, format, phase, resent, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};

/// Widths of the trail's first columns.
const STEP_WIDTH: f32 = 84.0;
const TOOK_WIDTH: f32 = 58.0;

/// Draws the tab.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, answer: &Answer, call: &Call) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().interact_size.y = theme::CODE_ROW;
        if call.outcome.is_some() {
            phase_table(cx, ui, call);
        } else {
            // Before the end nothing is known of most phases, which is not the same as that they did not happen.
            ui.label(RichText::new(t("response.timing.running")).color(cx.theme.muted));
        }
        if let Some(connection) = &call.connection {
            heading(cx, ui, t("response.timing.connection"));
            if let Some(why) = call.resent {
                ui.add(Label::new(theme::small(resent(why)).color(cx.theme.slow)).wrap());
            }
            connection_facts(cx, ui, connection);
        }
        let trail = answer.trail.as_deref().or(call.trail.as_deref());
        if let Some(trail) = trail {
            heading(cx, ui, t("response.timing.trail"));
            trail_table(cx, ui, trail);
        }
    });
}

fn heading(cx: &PanelCx<'_>, ui: &mut Ui, words: &str) {
    ui.add_space(space::S);
    ui.label(theme::strong(words).color(cx.theme.text));
}

fn grid(id: &str) -> Grid {
    Grid::new(id).spacing(vec2(space::L, 2.0)).min_row_height(theme::CODE_ROW).min_col_width(0.0)
}

fn phase_table(cx: &PanelCx<'_>, ui: &mut Ui, call: &Call) {
    grid("phases").show(ui, |ui| {
        for (kind, time) in call.timing.iter() {
            if (kind, time) == (Phase::Proxy, PhaseTime::Absent) {
                continue;
            }
            let (words, color) = match time {
                PhaseTime::Took(took) => (format::duration(took), cx.theme.text),
                PhaseTime::Kept => (t("response.kept").to_owned(), cx.theme.muted),
                PhaseTime::Absent => (t("response.timing.absent").to_owned(), cx.theme.faint),
            };
            let is_taken = matches!(time, PhaseTime::Took(_));
            swatch(ui, is_taken.then(|| phases::color(cx.theme, kind)));
            ui.label(RichText::new(phase(kind)).color(cx.theme.muted));
            ui.label(RichText::new(words).color(color));
            ui.end_row();
        }
        let rest = call.timing.rest();
        if !rest.is_zero() {
            swatch(ui, Some(phases::rest_color(cx.theme)));
            let tip = t("response.phase.other_tip");
            let name = RichText::new(t("response.phase.other")).color(cx.theme.muted);
            ui.label(name).on_hover_text(tip);
            ui.label(RichText::new(format::duration(rest)).color(cx.theme.text));
            ui.end_row();
        }
        ui.label("");
        ui.label(RichText::new(t("response.timing.total")).color(cx.theme.muted));
        ui.label(theme::strong(format::duration(call.timing.total)).color(cx.theme.text));
        ui.end_row();
    });
}

/// The mark that ties a row to the bar.
fn swatch(ui: &mut Ui, color: Option<Color32>) {
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 16.0), Sense::hover());
    if let Some(color) = color {
        let square = Rect::from_center_size(rect.center(), vec2(8.0, 8.0));
        ui.painter().rect_filled(square, 1.0, color);
    }
}

fn connection_facts(cx: &PanelCx<'_>, ui: &mut Ui, connection: &ConnectionUse) {
    let state = if connection.is_kept { t("response.kept") } else { t("response.timing.new") };
    let id = connection.id;
    let mut facts = vec![
        (
            t("response.timing.state"),
            fill("response.timing.numbered", &[("state", &state), ("id", &id)]),
        ),
        (t("response.timing.protocol"), connection.http_version.to_owned()),
        (t("response.timing.local"), connection.local.clone()),
        (t("response.timing.peer"), connection.peer.clone()),
    ];
    if let Some(proxy) = &connection.proxy {
        facts.push((t("response.phase.proxy"), proxy.clone()));
    }
    match &connection.tls {
        Some(tls) => facts.extend(tls_facts(tls)),
        None => facts.push((t("response.timing.tls"), t("response.timing.no_tls").to_owned())),
    }
    grid("connection").show(ui, |ui| {
        for (name, value) in facts {
            ui.label(RichText::new(name).color(cx.theme.muted));
            ui.add(Label::new(theme::code(value)).selectable(true));
            ui.end_row();
        }
    });
    if connection.attempts.is_empty() {
        return;
    }
    heading(cx, ui, t("response.timing.attempts"));
    grid("attempts").show(ui, |ui| {
        for attempt in &connection.attempts {
            let (words, color) = match &attempt.failure {
                None => (t("response.timing.won").to_owned(), cx.theme.healthy),
                Some(why) => (cause(why), cx.theme.failed),
            };
            ui.add(Label::new(theme::code(attempt.address.as_str())).selectable(true));
            ui.label(format::duration(attempt.took));
            ui.label(RichText::new(words).color(color));
            ui.end_row();
        }
    });
}

/// Whether the certificate was looked at.
pub(super) fn verified_words(tls: &TlsFacts) -> &'static str {
    match tls.trust {
        TlsTrust::Verified => t("response.timing.verified"),
        TlsTrust::Skipped => t("response.unverified"),
        TlsTrust::Refused => t("response.timing.refused"),
    }
}

fn tls_facts(tls: &TlsFacts) -> Vec<(&'static str, String)> {
    let none = || t("response.timing.none").to_owned();
    vec![
        (t("response.timing.tls"), format!("{}, {}", tls.version, tls.suite)),
        (t("response.timing.alpn"), tls.alpn.clone().unwrap_or_else(none)),
        (t("response.timing.certificate"), verified_words(tls).to_owned()),
    ]
}

/// A cell that stands under the one above it.
fn column(ui: &mut Ui, width: f32, words: RichText) {
    ui.allocate_ui(vec2(width, theme::CODE_ROW), |ui| {
        ui.set_min_width(width);
        ui.add(Label::new(words).truncate());
    });
}

fn trail_table(cx: &PanelCx<'_>, ui: &mut Ui, trail: &Trail) {
    let refused_at = trail.refusal();
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, 2.0);
        for entry in trail.iter() {
            let is_refusal = refused_at == Some(entry);
            let color = if is_refusal { cx.theme.failed } else { cx.theme.text };
            ui.horizontal_top(|ui| {
                let step = RichText::new(text::step(entry.step)).color(cx.theme.muted);
                column(ui, STEP_WIDTH, step);
                column(ui, TOOK_WIDTH, RichText::new(format::duration(entry.took)));
                let mark = if is_refusal { "× " } else { "" };
                let words = format!("{mark}{}", text::verdict(&entry.verdict));
                ui.vertical(|ui| {
                    let sentence = RichText::new(words).color(color);
                    ui.add(Label::new(sentence).wrap().selectable(true));
                    if !entry.rule.is_empty() {
                        let rule = theme::code(&*entry.rule).color(cx.theme.faint);
                        ui.add(Label::new(rule).wrap().selectable(true));
                    }
                });
            });
        }
    });
    if trail.n_dropped > 0 {
        let words = fill("response.timing.trail_dropped", &[("n", &trail.n_dropped)]);
        ui.label(theme::small(words).color(cx.theme.slow));
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::model::{Code, Resent};
    use crate::ui::panels::response::tests::{answer, call, grpc, press, table};

    #[test]
    fn a_call_that_runs_has_no_phases_yet() {
        let mut shown = table(Some(answer(call(None))));
        press(&mut shown, "Timing");
        shown.get_by_label("The phases are told when the call has ended.");
        assert!(shown.query_by_label("did not happen").is_none());
    }

    #[test]
    fn what_was_sent_once_more_says_why() {
        let mut again = call(Some(grpc(Code::Ok, "")));
        again.resent = Some(Resent::GoneAway { code: 0 });
        let mut shown = table(Some(answer(again)));
        press(&mut shown, "Timing");
        shown.get_by_label_contains("Sent once more on a new connection");
    }
}
