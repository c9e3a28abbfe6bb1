//! The first lines of a draft: protocol, method, target, Send.

use std::sync::Arc;

use egui::{Align, Layout, Rect, Ui, UiBuilder, vec2};

use super::form::small_icon_at;
use super::method;
use super::parts::{self, FieldLook};
use super::stream;
use crate::model::{CallFailure, Outcome, Protocol, Security, Target, TargetError};
use crate::session::{Answer, Command, Refusal};
use crate::text::{list, t, target_error};
use crate::ui::commands;
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, CONTROL, space};
use crate::ui::widgets::{ErrorText, error_block, icon, key_hint, primary_button, tool_button};
use crate::workspace::{Action, Draft};

/// The methods of HTTP that people send (RFC 9110 section 9, RFC 5789).
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
/// Room for the lock at the left end of the target.
const LOCK: f32 = 24.0;

/// Draws the lines and carries out what they ask.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, draft: &mut Draft, answer: Option<&Arc<Answer>>) {
    ui.horizontal(|ui| {
        protocol(ui, draft);
        if draft.protocol == Protocol::Http {
            http_method(ui, draft);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            send(cx, ui, draft, is_running(answer));
            let width = ui.available_width().max(120.0);
            let is_wrong = is_unreached(draft, answer);
            target(cx, ui, draft, width, is_wrong);
        });
    });
    if draft.protocol == Protocol::Grpc {
        method::show(cx, ui, draft);
        stream::bar(cx, ui, draft);
    }
    if let Some(error) = target_problem(draft, answer) {
        let words = target_error(&error);
        error_block(ui, &ErrorText { what: &words.what, fix: &words.fix, ..ErrorText::default() });
    }
}

/// Whether the target of the shown draft is being written.
pub(in crate::ui) fn writes_target(ctx: &egui::Context) -> bool {
    let target: Option<egui::Id> = ctx.data(|data| data.get_temp(target_id()));
    target.is_some_and(|id| ctx.memory(|memory| memory.has_focus(id)))
}

/// Where the field of the shown target is kept.
fn target_id() -> egui::Id {
    egui::Id::unique("the shown target")
}

/// Whether the newest call of the draft has not ended.
pub(super) fn is_running(answer: Option<&Arc<Answer>>) -> bool {
    answer.and_then(|answer| answer.call.as_ref()).is_some_and(|call| call.outcome.is_none())
}

fn protocol(ui: &mut Ui, draft: &mut Draft) {
    let names = [(Protocol::Grpc, "gRPC"), (Protocol::Http, "HTTP")];
    let shown = if draft.protocol == Protocol::Grpc { "gRPC" } else { "HTTP" };
    parts::combo("protocol", 64.0)
        .selected_text(shown)
        .show_ui(ui, |ui| {
            for (protocol, name) in names {
                ui.selectable_value(&mut draft.protocol, protocol, name);
            }
        })
        .response
        .accessible_name(t("composer.protocol"))
        .on_hover_text(t("composer.protocol"));
}

fn http_method(ui: &mut Ui, draft: &mut Draft) {
    parts::combo("http_method", 76.0)
        .selected_text(theme::code(draft.http_method.as_str()))
        .show_ui(ui, |ui| {
            for method in METHODS {
                let is_chosen = draft.http_method == method;
                if ui.selectable_label(is_chosen, theme::code(method)).clicked() {
                    method.clone_into(&mut draft.http_method);
                }
            }
        })
        .response
        .accessible_name(t("composer.http_method"))
        .on_hover_text(t("composer.http_method"));
}

fn send(cx: &PanelCx<'_>, ui: &mut Ui, draft: &Draft, is_running: bool) {
    let keys = commands::hint(cx, Action::Send);
    if ui.available_width() > 420.0 && !keys.is_empty() {
        key_hint(ui, &keys);
    }
    if is_running {
        let tip = commands::tip(cx, t("composer.cancel_tip"), Action::Cancel);
        if tool_button(ui, t("composer.cancel"), &tip).clicked() {
            cx.send(Command::CancelCall(draft.id));
        }
        if stream::to_send(cx, draft).is_some() {
            let tip = commands::tip(cx, t("composer.stream.send_tip"), Action::Send);
            if primary_button(ui, t("composer.stream.send"), &tip).clicked() {
                cx.send(Command::SendCall(draft.id));
            }
        }
    } else {
        let tip = commands::tip(cx, t("composer.send_tip"), Action::Send);
        if primary_button(ui, t("composer.send"), &tip).clicked() {
            cx.send(Command::SendCall(draft.id));
        }
    }
}

/// The target with its lock at the left and what it is at the right.
fn target(cx: &PanelCx<'_>, ui: &mut Ui, draft: &mut Draft, width: f32, is_wrong: bool) {
    let id = ui.make_persistent_id(("target", draft.id));
    ui.data_mut(|data| data.insert_temp(target_id(), id));
    let parsed: Result<Target, TargetError> = draft.target.parse();
    let security = draft.security_override.or(parsed.as_ref().ok().map(|target| target.security));
    let words = what_it_is(cx, parsed.as_ref().ok(), security);
    let galley = ui.painter().layout_no_wrap(words, theme::small_font(), cx.theme.muted);
    // On a narrow pane the address itself matters more.
    let mut typed = shown_target(ui, id, draft);
    let font = theme::code_font();
    let text = ui.painter().layout_no_wrap(typed.clone(), font, cx.theme.text);
    // What the field keeps free at both ends, and air between address and words.
    let edges = LOCK + 2.0 * space::L + space::S;
    let has_room = width > text.size().x + galley.size().x + edges;
    let reserved = if has_room { galley.size().x + space::S } else { 0.0 };
    let before = typed.clone();
    let rect = ui
        .allocate_ui_with_layout(vec2(width, CONTROL), Layout::left_to_right(Align::Center), |ui| {
            let look = FieldLook {
                name: t("composer.target"),
                hint: t("composer.target_hint"),
                tip: t("composer.target_tip"),
                width,
                is_wrong: is_wrong || parsed.is_err() && !draft.target.is_empty(),
                reserved,
                lead: LOCK - 4.0,
                id: Some(id),
                ..FieldLook::default()
            };
            parts::field(ui, &mut typed, &look).rect
        })
        .inner;
    if typed != before {
        ui.data_mut(|data| data.insert_temp(id, typed.clone()));
        take_target(draft, &typed);
    }
    if has_room {
        let at = rect.right_center() - vec2(galley.size().x + space::S, galley.size().y / 2.0);
        ui.painter().galley(at, galley, cx.theme.muted);
    }
    lock(ui, rect, draft, security);
}

/// What the target line shows: for HTTP the address and the path in one.
fn shown_target(ui: &Ui, id: egui::Id, draft: &Draft) -> String {
    let text = match draft.protocol {
        Protocol::Grpc => draft.target.clone(),
        Protocol::Http => format!("{}{}", draft.target, draft.http_path),
    };
    let kept: Option<String> = ui.data(|data| data.get_temp(id));
    let means_it = |typed: &String| match draft.protocol {
        Protocol::Grpc => *typed == draft.target,
        Protocol::Http => split_url(typed) == (&*draft.target, &*draft.http_path),
    };
    kept.filter(|typed| ui.memory(|memory| memory.has_focus(id)) && means_it(typed)).unwrap_or(text)
}

fn take_target(draft: &mut Draft, typed: &str) {
    match draft.protocol {
        Protocol::Grpc => typed.clone_into(&mut draft.target),
        Protocol::Http => {
            let (target, path) = split_url(typed);
            target.clone_into(&mut draft.target);
            path.clone_into(&mut draft.http_path);
        }
    }
}

/// The address and the path of a URL as it is typed.
fn split_url(text: &str) -> (&str, &str) {
    if text.starts_with("unix:") {
        return (text, "/");
    }
    let authority_at = text.find("://").map_or(0, |at| at + 3);
    let path_at = text
        .get(authority_at..)
        .and_then(|rest| rest.find(['/', '?']))
        .map_or(text.len(), |at| authority_at + at);
    let (target, path) = text.split_at_checked(path_at).unwrap_or((text, ""));
    (target, if path.is_empty() { "/" } else { path })
}

fn lock(ui: &mut Ui, field: Rect, draft: &mut Draft, security: Option<Security>) {
    let spot = Rect::from_center_size(field.left_center() + vec2(14.0, 0.0), vec2(20.0, 22.0));
    let security = security.unwrap_or(Security::Plaintext);
    let (mark, name, other) = match security {
        Security::Plaintext => (icon::LOCK_OPEN, t("composer.lock.plaintext"), Security::Tls),
        Security::Tls => (icon::LOCK, t("composer.lock.tls"), Security::Plaintext),
    };
    let mut inside = ui.new_child(UiBuilder::new().max_rect(spot).id_salt("lock"));
    if small_icon_at(&mut inside, spot, mark, 14.0, name) {
        draft.security_override = Some(other);
    }
}

/// `gateway, plaintext`: whose address it is, and how it is spoken to.
fn what_it_is(cx: &PanelCx<'_>, target: Option<&Target>, security: Option<Security>) -> String {
    let Some(target) = target else { return String::new() };
    let security = match security {
        Some(Security::Tls) => t("composer.tls"),
        _ => t("composer.plaintext"),
    };
    match owner(cx, target) {
        Some(owner) => list(&[&*owner, security]),
        None => security.to_owned(),
    }
}

/// Which of our own listeners the target is.
pub(super) fn owner(cx: &PanelCx<'_>, target: &Target) -> Option<String> {
    let crate::model::Address::Tcp { port, .. } = &target.address else { return None };
    if !target.is_loopback() {
        return None;
    }
    if cx.state.gateway.last_address.is_some_and(|address| address.port() == *port) {
        return Some(t("composer.gateway").to_owned());
    }
    let mut instances = cx.snapshot.topology.services.iter().flat_map(|service| &service.instances);
    instances
        .find(|instance| instance.address.port() == *port)
        .map(|instance| instance.name.to_string())
}

/// Whether the newest call never reached the target that still stands there.
fn is_unreached(draft: &Draft, answer: Option<&Arc<Answer>>) -> bool {
    use CallFailure as F;
    let Some(call) = answer.and_then(|answer| answer.call.as_ref()) else { return false };
    let is_about_target = matches!(
        call.outcome,
        Some(Outcome::Failed(
            F::LookUp { .. }
                | F::Refused { .. }
                | F::Connect { .. }
                | F::PlaintextPeer { .. }
                | F::TlsPeer { .. }
                | F::Certificate { .. }
        ))
    );
    let is_same = draft.target.parse::<Target>().is_ok_and(|target| {
        let sent = &call.request.target;
        let security = draft.security_override.unwrap_or(target.security);
        target.address == sent.address && security == sent.security
    });
    is_about_target && is_same
}

/// What is wrong with the target: at once when something stands there, else once it was refused.
fn target_problem(draft: &Draft, answer: Option<&Arc<Answer>>) -> Option<TargetError> {
    let error = draft.target.parse::<Target>().err()?;
    let refusal = answer.and_then(|answer| answer.refusal.as_ref());
    let is_refused = matches!(refusal, Some(Refusal::Target(_)));
    (is_refused || error != TargetError::Empty).then_some(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_splits_where_its_path_begins() {
        let check = |text: &str, target: &str, path: &str| {
            assert_eq!(split_url(text), (target, path), "{text}");
        };
        check("127.0.0.1:8080/products", "127.0.0.1:8080", "/products");
        check("http://a.example/b?c=d", "http://a.example", "/b?c=d");
        check("http://a.example", "http://a.example", "/");
        check("http://a?x=1", "http://a", "?x=1");
        check("", "", "/");
        check("unix:/run/a.sock", "unix:/run/a.sock", "/");
    }
}
