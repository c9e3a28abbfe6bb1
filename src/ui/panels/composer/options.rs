//! Everything else that a call may need: deadline, names, trust, limits.

use egui::Ui;

use super::parts::{self, FieldLook, setting};
use crate::model::{Compression, GrpcWeb, Keepalive, Protocol, Request};
use crate::text::{fill, t};
use crate::ui::cx::{PanelCx, PemFile, Pick, Wish};
use crate::ui::widgets::badge_in;
use crate::workspace::{Draft, MetadataRow};

const FIELD: f32 = 260.0;
const NUMBER: f32 = 96.0;

/// Draws the tab.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, draft: &mut Draft) {
    let id = draft.id;
    let options = &mut draft.options;
    let mut deadline = options.deadline_millis;
    number(ui, t("composer.options.deadline"), t("composer.options.deadline_hint"), &mut deadline);
    options.deadline_millis = deadline;
    let mut limit = Some(u64::from(options.max_message_mib));
    number(ui, t("composer.options.limit"), t("composer.options.limit_hint"), &mut limit);
    let limit = limit.and_then(|mib| u32::try_from(mib).ok()).filter(|mib| (1..=64).contains(mib));
    options.max_message_mib = limit.unwrap_or(options.max_message_mib);
    if draft.protocol == Protocol::Grpc {
        compression(ui, &mut options.compression);
        grpc_web(ui, &mut options.grpc_web);
    }
    let mut keepalive = options.keepalive_secs;
    let (label, hint) = (t("composer.options.keepalive"), t("composer.options.keepalive_hint"));
    number(ui, label, hint, &mut keepalive);
    if keepalive.is_none_or(|seconds| Keepalive::SECONDS.contains(&seconds)) {
        options.keepalive_secs = keepalive;
    }
    let (authority, host) = (t("composer.options.authority"), t("composer.options.from_target"));
    text(ui, authority, host, &mut options.authority);
    text(ui, t("composer.options.user_agent"), Request::USER_AGENT, &mut options.user_agent);
    let is_agent =
        |row: &MetadataRow| row.is_enabled && row.name.trim().eq_ignore_ascii_case("user-agent");
    if !options.user_agent.trim().is_empty() && draft.metadata.iter().any(is_agent) {
        parts::warning_line(ui, cx.theme, t("composer.options.agent_in_metadata"));
    }
    text(ui, t("composer.options.server_name"), host, &mut options.server_name);
    let pem = t("composer.options.pem_hint");
    let files = [
        (PemFile::Ca, t("composer.options.ca_file"), &mut options.ca_file),
        (PemFile::Cert, t("composer.options.cert_file"), &mut options.cert_file),
        (PemFile::Key, t("composer.options.key_file"), &mut options.key_file),
    ];
    for (file, label, path) in files {
        setting(ui, label, |ui| {
            let look = FieldLook { name: label, hint: pem, width: FIELD, ..FieldLook::default() };
            parts::field(ui, path, &look);
            let name = fill("composer.options.choose_file", &[("file", &label)]);
            let button = ui.button(t("composer.options.choose")).accessible_name(name.as_str());
            if button.on_hover_text(name).clicked() {
                cx.wish(Wish::Pick(Pick::Pem(id, file)));
            }
        });
    }
    setting(ui, t("composer.options.verify"), |ui| {
        let words = t("composer.options.insecure");
        ui.checkbox(&mut options.is_insecure, words);
        if options.is_insecure {
            badge_in(ui, t("composer.options.unverified"), cx.theme.slow);
        }
    });
    if options.is_insecure {
        parts::warning_line(ui, cx.theme, t("composer.options.insecure_note"));
    }
}

fn compression(ui: &mut Ui, chosen: &mut Option<Compression>) {
    let known = Compression::ALL.map(|one| (Some(one), one.name()));
    let none = (None, t("composer.options.uncompressed"));
    let words = Words {
        name: t("composer.options.compression"),
        tip: t("composer.options.compression_tip"),
        hint: t("composer.options.compression_hint"),
    };
    choice(ui, &words, chosen, std::iter::once(none).chain(known));
}

fn grpc_web(ui: &mut Ui, chosen: &mut Option<GrpcWeb>) {
    let known = GrpcWeb::ALL.map(|one| {
        let words = match one {
            GrpcWeb::Binary => t("composer.options.web_binary"),
            GrpcWeb::Text => t("composer.options.web_text"),
        };
        (Some(one), words)
    });
    let none = (None, t("composer.options.web_off"));
    let words = Words {
        name: t("composer.options.web"),
        tip: t("composer.options.web_tip"),
        hint: t("composer.options.web_hint"),
    };
    choice(ui, &words, chosen, std::iter::once(none).chain(known));
}

/// What is said of a choice.
struct Words {
    name: &'static str,
    tip: &'static str,
    hint: &'static str,
}

/// One of several values, each with its words.
fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    words: &Words,
    chosen: &mut T,
    values: impl Iterator<Item = (T, &'static str)> + Clone,
) {
    let selected = values.clone().find(|(value, _)| value == chosen).map(|(_, words)| words);
    setting(ui, words.name, |ui| {
        parts::combo(words.name, NUMBER)
            .selected_text(selected.unwrap_or_default())
            .show_ui(ui, |ui| {
                for (value, words) in values {
                    ui.selectable_value(chosen, value, words);
                }
            })
            .response
            .accessible_name(words.name)
            .on_hover_text(words.tip);
        let theme = crate::ui::theme::Theme::current(ui.ctx());
        parts::faint(ui, theme, words.hint);
    });
}

fn text(ui: &mut Ui, label: &str, hint: &str, value: &mut String) {
    setting(ui, label, |ui| {
        let look = FieldLook { name: label, hint, width: FIELD, ..FieldLook::default() };
        parts::field(ui, value, &look);
    });
}

fn number(ui: &mut Ui, label: &str, hint: &str, value: &mut Option<u64>) {
    setting(ui, label, |ui| {
        number_field(ui, label, NUMBER, value);
        parts::faint(ui, crate::ui::theme::Theme::current(ui.ctx()), hint);
    });
}

/// A whole number; what is no number stays typed and marked while the field has the keyboard.
pub(super) fn number_field(
    ui: &mut Ui,
    name: &str,
    width: f32,
    value: &mut Option<u64>,
) -> egui::Response {
    let id = ui.make_persistent_id(("number", name));
    let written = value.map(|value| value.to_string()).unwrap_or_default();
    let kept: Option<String> = ui.data(|data| data.get_temp(id));
    let is_typing = ui.memory(|memory| memory.has_focus(id));
    let mut typed = kept.filter(|_| is_typing).unwrap_or_else(|| written.clone());
    let is_wrong = !typed.trim().is_empty() && typed.trim().parse::<u64>().is_err();
    let look = FieldLook { name, width, is_wrong, id: Some(id), ..FieldLook::default() };
    let response = parts::field(ui, &mut typed, &look);
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, typed.clone()));
        let text = typed.trim();
        if text.is_empty() {
            *value = None;
        } else if let Ok(number) = text.parse() {
            *value = Some(number);
        }
    }
    response
}
