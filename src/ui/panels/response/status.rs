//! The first lines of an answer, for all its tabs: how it ended, how long it took, what passed, and where to go on.

use std::sync::Arc;

use egui::{Align, Color32, Layout, RichText, Ui};

use super::{countdown, phases};
use crate::model::{
    Address, Call, CallFailure, Direction, InstanceState, Outcome, Security, TlsTrust, TraceId,
};
use crate::session::{Answer, Command, DemoPhase};
use crate::text::{self, fill, format, t};
use crate::ui::cx::{Ask, Pane, PanelCx};
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets::{ErrorText, Icon, badge_in, error_block, icon, link};
use crate::workspace::Draft;

/// Room for the links at the right end.
const LINKS: f32 = 250.0;

/// Draws the lines. Says whether the trace was asked for.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, answer: &Answer, call: &Call) -> bool {
    let bytes = passed(call);
    let mut wants_trace = false;
    let mut has_room = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        headline(cx, ui, call);
        let width = ui.painter().layout_no_wrap(bytes.clone(), theme::text_font(), cx.theme.muted);
        has_room = ui.available_width() > width.size().x + LINKS;
        if has_room {
            ui.label(RichText::new(bytes.as_str()).color(cx.theme.muted));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            wants_trace = links(cx, ui, answer, call);
        });
    });
    phases::show(ui, &call.timing, (!has_room).then_some(bytes.as_str()));
    match &call.outcome {
        Some(Outcome::Failed(failure)) => {
            let words = text::failure(failure);
            let error = ErrorText { what: &words.what, fix: &words.fix, ..ErrorText::default() };
            error_block(ui, &error);
            offer_lock(cx, ui, answer, failure);
            offer_start(cx, ui, call, failure);
        }
        Some(outcome) if !outcome.is_ok() => meaning(ui, outcome),
        _ => {}
    }
    wants_trace
}

/// What passed on the connection, and what compression made of the messages.
fn passed(call: &Call) -> String {
    let sent = format::bytes(call.bytes.sent);
    let received = format::bytes(call.bytes.received);
    let mut words = fill("response.bytes", &[("sent", &sent), ("received", &received)]);
    let ways = [
        (Direction::Sent, "response.packed_sent"),
        (Direction::Received, "response.packed_received"),
    ];
    for (direction, key) in ways {
        if let Some((payload, carried)) = call.bytes.packed(direction) {
            let (payload, carried) = (format::bytes(payload), format::bytes(carried));
            words.push_str(" · ");
            words.push_str(&fill(key, &[("payload", &payload), ("carried", &carried)]));
        }
    }
    words
}

/// Where one side spoke TLS and the other did not: a link that turns the lock.
fn offer_lock(cx: &PanelCx<'_>, ui: &mut Ui, answer: &Answer, failure: &CallFailure) {
    let (security, words, tip) = match failure {
        CallFailure::PlaintextPeer { .. } => {
            (Security::Plaintext, "response.use_plaintext", "response.use_plaintext_tip")
        }
        CallFailure::TlsPeer { .. } => (Security::Tls, "response.use_tls", "response.use_tls_tip"),
        _ => return,
    };
    let Some(draft) = cx.state.draft(answer.draft) else { return };
    if draft.security_override != Some(security) && link(ui, t(words), t(tip)).clicked() {
        let mut draft = Draft::clone(draft);
        draft.security_override = Some(security);
        cx.edit(draft);
    }
}

/// Where nobody listens because one of our own listeners is stopped: says so, and a link that starts it.
fn offer_start(cx: &PanelCx<'_>, ui: &mut Ui, call: &Call, failure: &CallFailure) {
    if !matches!(failure, CallFailure::Refused { .. } | CallFailure::Connect { .. }) {
        return;
    }
    let Some((name, start)) = own_stopped(cx, call) else { return };
    let is_demo = cx.state.demo == DemoPhase::Stopped;
    let (key, words, tip, command) = if is_demo {
        let words = t("topbar.start_demo").to_owned();
        ("response.demo_stopped", words, t("topbar.start_demo_tip"), Command::StartDemo)
    } else {
        ("response.own_stopped", fill("topbar.start_one", &[("name", &name)]), "", start)
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label(RichText::new(fill(key, &[("name", &name)])).color(cx.theme.text));
        if link(ui, &words, tip).clicked() {
            cx.send(command);
        }
    });
}

/// Which of our own listeners had this address and is stopped, and what starts it.
fn own_stopped(cx: &PanelCx<'_>, call: &Call) -> Option<(Arc<str>, Command)> {
    let target = &call.request.target;
    let Address::Tcp { port, .. } = &target.address else { return None };
    if !target.is_loopback() {
        return None;
    }
    let gateway = &cx.state.gateway;
    if gateway.address.is_none()
        && gateway.last_address.is_some_and(|address| address.port() == *port)
    {
        return Some((t("composer.gateway").into(), Command::StartGateway));
    }
    let services = &cx.snapshot.topology.services;
    let instance = services.iter().flat_map(|service| &service.instances).find(|instance| {
        instance.state == InstanceState::Stopped && instance.address.port() == *port
    })?;
    Some((Arc::clone(&instance.name), Command::StartInstance(Arc::clone(&instance.name))))
}

/// Outcome and total time.
fn headline(cx: &PanelCx<'_>, ui: &mut Ui, call: &Call) {
    let theme = cx.theme;
    let Some(outcome) = &call.outcome else {
        let (words, next) = countdown::read(cx.clock.since(call.started), call.request.deadline);
        ui.label(theme::strong(t("response.running")).color(theme.accent));
        ui.label(RichText::new(words).color(theme.text));
        cx.wake_after(next);
        return;
    };
    let (mark, color, words) = verdict(theme, outcome);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        mark.show(ui, color);
        ui.label(theme::strong(words).color(color));
    });
    ui.label(format::duration(call.timing.total));
    let is_unverified = call
        .connection
        .as_ref()
        .and_then(|connection| connection.tls.as_ref())
        .is_some_and(|tls| tls.trust == TlsTrust::Skipped);
    if is_unverified {
        let tip = t("response.unverified_tip");
        badge_in(ui, t("response.unverified"), theme.slow).on_hover_text(tip);
    }
}

/// The outcome as shape, colour and words.
fn verdict(theme: &Theme, outcome: &Outcome) -> (Icon, Color32, String) {
    match outcome {
        Outcome::Failed(_) => (icon::WARNING_CIRCLE, theme.failed, t("response.failed").to_owned()),
        Outcome::Cancelled => (icon::STOP, theme.muted, text::outcome(outcome)),
        _ if outcome.is_ok() => (icon::CHECK, theme.healthy, text::outcome(outcome)),
        _ => (icon::WARNING_CIRCLE, theme.failed, text::outcome(outcome)),
    }
}

/// What a status means, what the server said, and who made the status.
fn meaning(ui: &mut Ui, outcome: &Outcome) {
    let (what, said, origin) = match outcome {
        Outcome::Grpc { code, message, origin, .. } => {
            (text::code(*code), message.as_str(), text::origin(*origin))
        }
        Outcome::Http { status, .. } => (text::http_status(*status), "", None),
        Outcome::Failed(_) | Outcome::Cancelled => return,
    };
    let fix = origin.unwrap_or_default();
    error_block(ui, &ErrorText { what, place: said, fix: &fix, is_warning: false });
}

/// The links at the right end, last one first. Says whether the trace was asked for.
fn links(cx: &PanelCx<'_>, ui: &mut Ui, answer: &Answer, call: &Call) -> bool {
    ui.spacing_mut().item_spacing.x = space::XS;
    let id = call.trace.trace_id;
    let name = fill("response.trace_id", &[("id", &short(id))]);
    let tip = fill("response.trace_tip", &[("id", &id)]);
    let wants_trace = link(ui, &name, &tip).clicked();
    let has_trace = answer.trace.as_ref().is_some_and(|trace| !trace.spans.is_empty());
    if has_trace
        && call.outcome.is_some()
        && link(ui, t("response.play"), t("response.play_tip")).clicked()
    {
        cx.ask(Ask::PlayTrace(id));
        cx.ask(Ask::ShowPane(Pane::Flow));
    }
    wants_trace
}

/// `4bf9...4736`.
fn short(id: TraceId) -> String {
    let full = id.to_string();
    match (full.get(..4), full.get(28..)) {
        (Some(head), Some(tail)) => format!("{head}…{tail}"),
        _ => full,
    }
}
