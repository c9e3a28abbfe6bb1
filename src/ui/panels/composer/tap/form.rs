//! Between whom a tap is to stand.

use std::path::PathBuf;

use egui::{Align, Layout, Ui};

use crate::model::{Security, Target};
use crate::session::{Command, TapFault, TapSchema, TapView, TapWish};
use crate::text::t;
use crate::ui::cx::PanelCx;
use crate::ui::panels::composer::parts::{self, FieldLook, setting};
use crate::ui::theme::space;
use crate::ui::widgets::{ErrorText, badge_in, error_block, primary_button};

const FIELD: f32 = 260.0;
const NUMBER: f32 = 96.0;

/// What is typed.
#[derive(Debug)]
pub(super) struct Form {
    port: String,
    wish: TapWish,
    server_name: String,
    ca_file: String,
    cert_file: String,
    key_file: String,
}

impl Form {
    pub(super) fn of(wish: &TapWish) -> Self {
        let path = |path: &Option<PathBuf>| {
            path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
        };
        Self {
            port: wish.port.to_string(),
            server_name: wish.tls.server_name.clone().unwrap_or_default(),
            ca_file: path(&wish.tls.ca_file),
            cert_file: path(&wish.tls.cert_file),
            key_file: path(&wish.tls.key_file),
            wish: wish.clone(),
        }
    }

    /// Draws the form.
    pub(super) fn show(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        tap: &TapView,
        fault: Option<&TapFault>,
    ) {
        parts::note(ui, t("tap.sentence"));
        if let Some(fault) = fault {
            let (what, fix) = super::fault_words(fault);
            error_block(ui, &ErrorText { what: &what, fix: &fix, ..ErrorText::default() });
        }
        ui.add_space(space::XS);
        let port = self.port.trim().parse::<u16>();
        let is_ready = port.is_ok() && !self.wish.target.trim().is_empty();
        let is_started = setting(ui, t("tap.port"), |ui| {
            let is_wrong = port.is_err();
            let (name, width) = (t("tap.port"), NUMBER);
            let look = FieldLook { name, width, is_wrong, ..FieldLook::default() };
            parts::field(ui, &mut self.port, &look);
            // In a low pane what starts it must be seen without scrolling.
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let button = |ui: &mut Ui| primary_button(ui, t("tap.start"), t("tap.start_tip"));
                let is_clicked = ui.add_enabled_ui(is_ready, button).inner.clicked();
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    parts::faint(ui, cx.theme, t("tap.port_hint"));
                });
                is_clicked
            })
            .inner
        });
        let target = self.wish.target.parse::<Target>();
        let is_entered = setting(ui, t("tap.target"), |ui| {
            let look = FieldLook {
                name: t("tap.target_name"),
                hint: t("tap.target_hint"),
                tip: t("composer.target_tip"),
                width: FIELD,
                is_wrong: target.is_err() && !self.wish.target.trim().is_empty(),
                ..FieldLook::default()
            };
            let response = parts::field(ui, &mut self.wish.target, &look);
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
        });
        self.schema(cx, ui);
        self.security(ui);
        let says = target.as_ref().ok().map(|target| target.security);
        if self.wish.security.or(says) == Some(Security::Tls) {
            self.tls(cx, ui);
        }
        if (is_started || is_entered)
            && is_ready
            && let Ok(port) = port
        {
            cx.send(Command::StartTap { tap: tap.id, wish: self.wished(port) });
        }
    }

    fn security(&mut self, ui: &mut Ui) {
        let choices = [
            (None, t("tap.security_auto")),
            (Some(Security::Plaintext), t("tap.security_plaintext")),
            (Some(Security::Tls), t("tap.security_tls")),
        ];
        let security = &mut self.wish.security;
        setting(ui, t("tap.security"), |ui| {
            choose(ui, "tap security", t("tap.security"), security, &choices);
        });
    }

    fn schema(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let choices = [
            (TapSchema::Reflection, t("tap.schema_reflection")),
            (TapSchema::Loaded, t("tap.schema_loaded")),
        ];
        let schema = &mut self.wish.schema;
        setting(ui, t("tap.schema"), |ui| {
            choose(ui, "tap schema", t("tap.schema"), schema, &choices);
            if *schema == TapSchema::Reflection {
                parts::faint(ui, cx.theme, t("tap.schema_hint"));
            }
        });
    }

    fn tls(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let pem = t("composer.options.pem_hint");
        let host = t("composer.options.from_target");
        let fields = [
            (t("composer.options.server_name"), host, &mut self.server_name),
            (t("composer.options.ca_file"), pem, &mut self.ca_file),
            (t("composer.options.cert_file"), pem, &mut self.cert_file),
            (t("composer.options.key_file"), pem, &mut self.key_file),
        ];
        for (label, hint, value) in fields {
            setting(ui, label, |ui| {
                let look = FieldLook { name: label, hint, width: FIELD, ..FieldLook::default() };
                parts::field(ui, value, &look);
            });
        }
        setting(ui, t("composer.options.verify"), |ui| {
            let is_insecure = &mut self.wish.tls.is_insecure;
            ui.checkbox(is_insecure, t("composer.options.insecure"));
            if *is_insecure {
                badge_in(ui, t("composer.options.unverified"), cx.theme.slow);
            }
        });
    }

    /// What is typed, as a wish.
    fn wished(&self, port: u16) -> TapWish {
        let text = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let file = |path: &String| text(path).map(PathBuf::from);
        let mut wish = TapWish { port, ..self.wish.clone() };
        wish.target = wish.target.trim().to_owned();
        wish.tls.server_name = text(&self.server_name);
        wish.tls.ca_file = file(&self.ca_file);
        wish.tls.cert_file = file(&self.cert_file);
        wish.tls.key_file = file(&self.key_file);
        wish
    }
}

/// One of a few, in a list that opens.
fn choose<T: Copy + PartialEq>(
    ui: &mut Ui,
    id: &'static str,
    name: &str,
    value: &mut T,
    choices: &[(T, &'static str)],
) {
    let shown = choices.iter().find(|(choice, _)| choice == value).map(|(_, words)| *words);
    parts::combo(id, 180.0)
        .selected_text(shown.unwrap_or_default())
        .show_ui(ui, |ui| {
            for (choice, words) in choices {
                ui.selectable_value(value, *choice, *words);
            }
        })
        .response
        .accessible_name(name);
}
