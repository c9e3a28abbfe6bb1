//! Credentials of a draft. They stay in memory only, and the tab says so.

use egui::Ui;

use super::parts::{self, FieldLook, setting};
use crate::model::Secret;
use crate::text::t;
use crate::ui::theme::space;
use crate::workspace::{Auth, Draft};

const FIELD: f32 = 260.0;

/// Draws the tab.
pub(super) fn show(ui: &mut Ui, draft: &mut Draft) {
    setting(ui, t("composer.auth.kind"), |ui| kind(ui, &mut draft.auth));
    match &mut draft.auth {
        Auth::None => parts::note(ui, t("composer.auth.none_note")),
        Auth::ApiKey { header, value } => {
            text(ui, t("composer.auth.header"), header);
            secret(ui, t("composer.auth.key"), value);
        }
        Auth::Bearer(token) => secret(ui, t("composer.auth.token"), token),
        Auth::Basic { user, password } => {
            text(ui, t("composer.auth.user"), user);
            secret(ui, t("composer.auth.password"), password);
        }
    }
    if draft.auth != Auth::None {
        ui.add_space(space::XS);
        parts::note(ui, t("composer.memory_only"));
    }
}

fn kind(ui: &mut Ui, auth: &mut Auth) {
    let api_key = || Auth::ApiKey { header: "x-api-key".to_owned(), value: Secret::default() };
    let basic = || Auth::Basic { user: String::new(), password: Secret::default() };
    let chosen = match auth {
        Auth::None => t("composer.auth.none"),
        Auth::ApiKey { .. } => t("composer.auth.api_key"),
        Auth::Bearer(_) => t("composer.auth.bearer"),
        Auth::Basic { .. } => t("composer.auth.basic"),
    };
    let kinds: [(&str, &dyn Fn() -> Auth); 4] = [
        (t("composer.auth.none"), &|| Auth::None),
        (t("composer.auth.api_key"), &api_key),
        (t("composer.auth.bearer"), &|| Auth::Bearer(Secret::default())),
        (t("composer.auth.basic"), &basic),
    ];
    parts::combo("auth", 160.0)
        .selected_text(chosen)
        .show_ui(ui, |ui| {
            for (name, make) in kinds {
                let is_chosen = name == chosen;
                if ui.selectable_label(is_chosen, name).clicked() && !is_chosen {
                    *auth = make();
                }
            }
        })
        .response
        .accessible_name(t("composer.auth.kind"));
}

fn text(ui: &mut Ui, label: &str, value: &mut String) {
    setting(ui, label, |ui| {
        parts::field(ui, value, &FieldLook { name: label, width: FIELD, ..FieldLook::default() });
    });
}

fn secret(ui: &mut Ui, label: &str, value: &mut Secret) {
    setting(ui, label, |ui| {
        let mut typed = value.reveal().to_owned();
        let look =
            FieldLook { name: label, width: FIELD, is_password: true, ..FieldLook::default() };
        if parts::field(ui, &mut typed, &look).changed() {
            *value = Secret::new(typed);
        }
    });
}
