//! What lies between the bytes and the network: what TLS was agreed on, the certificates, and what somebody sees who
//! only listens.

use egui::{Grid, Label, Popup, PopupCloseBehavior, RichText, ScrollArea, Ui, vec2};

use super::super::timing::verified_words;
use crate::model::TlsFacts;
use crate::session::WireReading;
use crate::text::{fill, format, list, t};
use crate::ui::theme::{self, CODE_ROW, Theme, space};
use crate::ui::widgets::{toggle_button, tool_button};
use crate::wire::{Certificate, RecordKind, certificate};

/// Room for a chain of a few certificates.
const CHAIN_WIDTH: f32 = 460.0;
const CHAIN_HEIGHT: f32 = 360.0;

/// The row below the header: the switch, where there are records, and what was agreed on. Says whether the switch was
/// turned.
pub(super) fn row(theme: &Theme, ui: &mut Ui, tls: Option<&TlsFacts>, is_on: Option<bool>) -> bool {
    let mut is_turned = false;
    ui.horizontal(|ui| {
        let (name, tip) = (t("response.wire.eavesdropper"), t("response.wire.eavesdropper_tip"));
        is_turned = is_on.is_some_and(|is_on| toggle_button(ui, is_on, name, tip).clicked());
        let Some(tls) = tls else { return };
        let n = tls.chain_der.len();
        if n > 0 {
            let words = fill("response.wire.certificates", &[("n", &n)]);
            let button = tool_button(ui, &words, t("response.wire.certificates_tip"));
            Popup::menu(&button)
                .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
                .show(|ui| chain(theme, ui, tls));
        }
        let facts = theme::small(agreed(tls)).color(theme.muted);
        ui.add(Label::new(facts).truncate()).on_hover_text(agreed(tls));
    });
    is_turned
}

/// `TLS 1.3, TLS13_AES_256_GCM_SHA384, h2, verified`.
fn agreed(tls: &TlsFacts) -> String {
    let alpn = match &tls.alpn {
        Some(alpn) => fill("response.wire.alpn", &[("name", alpn)]),
        None => t("response.wire.no_alpn").to_owned(),
    };
    list(&[tls.version.clone(), tls.suite.clone(), alpn, verified_words(tls).to_owned()])
}

/// The certificates, the peer's own first.
fn chain(theme: &Theme, ui: &mut Ui, tls: &TlsFacts) {
    ui.set_width(theme::scaled(CHAIN_WIDTH));
    ScrollArea::vertical().max_height(CHAIN_HEIGHT).show(ui, |ui| {
        for (idx, der) in tls.chain_der.iter().enumerate() {
            if idx > 0 {
                ui.add_space(space::M);
            }
            let heading = fill("response.wire.certificate", &[("n", &(idx + 1))]);
            ui.label(theme::strong(heading).color(theme.text));
            let Some(read) = certificate(der) else {
                let size = format::bytes(der.len() as u64);
                ui.label(fill("response.wire.certificate_unread", &[("size", &size)]));
                continue;
            };
            let grid = Grid::new(("certificate", idx)).num_columns(2);
            grid.spacing(vec2(space::L, 2.0)).min_row_height(CODE_ROW).show(ui, |ui| {
                for (name, value) in certificate_facts(&read) {
                    ui.label(RichText::new(name).color(theme.muted));
                    ui.add(Label::new(theme::code(value)).wrap().selectable(true));
                    ui.end_row();
                }
            });
        }
    });
}

/// Name and value of what a certificate says, in the order in which people ask.
fn certificate_facts(read: &Certificate) -> Vec<(&'static str, String)> {
    let facts = [
        (t("response.wire.subject"), read.subject.text.clone()),
        (t("response.wire.issuer"), read.issuer.text.clone()),
        (t("response.wire.not_before"), read.not_before.text.clone()),
        (t("response.wire.not_after"), read.not_after.text.clone()),
        (t("response.wire.names"), read.names_line()),
        (t("response.wire.key"), read.key.text.clone()),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// What somebody sees who only listens, and what not.
pub(super) fn sentence(sealed: &WireReading) -> String {
    let heard = sealed.exchange.overheard();
    let mut words = vec![match (&heard.server_name, heard.has_hello) {
        (Some(name), _) => fill("response.wire.heard_name", &[("name", name)]),
        (None, true) => t("response.wire.heard_no_name").to_owned(),
        (None, false) => t("response.wire.heard_before").to_owned(),
    }];
    if !heard.certificates.is_empty() {
        words.push(t("response.wire.heard_certificates").to_owned());
    }
    words.push(t("response.wire.not_heard").to_owned());
    words.join(" ")
}

/// What a record is called in the list.
pub(super) fn record_words(reading: &WireReading, item_idx: usize) -> String {
    let exchange = &reading.exchange;
    let Some(record) = exchange.record(item_idx) else {
        return t("response.wire.tls_record").to_owned();
    };
    match record.kind {
        RecordKind::Encrypted => t("response.wire.encrypted").to_owned(),
        RecordKind::ChangeCipherSpec => "change_cipher_spec".to_owned(),
        RecordKind::Alert(_) => {
            fill("response.wire.alert", &[("name", &record.alert().unwrap_or_default())])
        }
        RecordKind::Handshake => {
            let names = exchange.handshake(item_idx).map(|message| message.name().into_owned());
            list(&names.collect::<Vec<_>>())
        }
        RecordKind::Unknown => t("response.wire.tls_record").to_owned(),
    }
}
