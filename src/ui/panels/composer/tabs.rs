//! The strip of drafts.

use egui::{Popup, ScrollArea, Ui};

use super::header;
use crate::session::Command;
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::widgets::{Tab, TabEvent, icon, icon_button, tab_strip};
use crate::workspace::Draft;

/// Draws the strip.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui) {
    let labels: Vec<(String, String, String)> = cx
        .state
        .drafts
        .iter()
        .map(|draft| {
            let title = told_apart(cx, draft);
            let close = fill("composer.tabs.close", &[("draft", &title)]);
            (title, draft.operation(), close)
        })
        .collect();
    let tabs: Vec<Tab<'_>> = cx
        .state
        .drafts
        .iter()
        .zip(&labels)
        .map(|(draft, (title, tip, close))| Tab {
            text: title,
            tip,
            is_active: cx.state.active == Some(draft.id),
            close: Some(close),
        })
        .collect();
    let event = ScrollArea::horizontal()
        .id_salt("drafts")
        .auto_shrink([false, true])
        .show(ui, |ui| {
            tab_strip(ui, &tabs, |ui| {
                let plus = icon_button(ui, icon::PLUS, t("composer.tabs.new"), None);
                Popup::menu(&plus).show(|ui| new_menu(cx, ui));
            })
        })
        .inner;
    let draft_at = |tab_idx: usize| cx.state.drafts.get(tab_idx).map(|draft| draft.id);
    match event {
        Some(TabEvent::Select(tab_idx)) => {
            if let Some(id) = draft_at(tab_idx) {
                cx.send(Command::ActivateDraft(id));
            }
        }
        Some(TabEvent::Close(tab_idx)) => {
            if let Some(id) = draft_at(tab_idx) {
                cx.send(Command::CloseDraft(id));
            }
        }
        None => {}
    }
}

fn new_menu(cx: &PanelCx<'_>, ui: &mut Ui) {
    ui.set_min_width(160.0);
    if ui.button(t("composer.tabs.new_grpc")).clicked() {
        cx.send(Command::NewGrpcDraft);
        ui.close();
    }
    if ui.button(t("composer.tabs.new_http")).clicked() {
        cx.send(Command::NewHttpDraft);
        ui.close();
    }
}

/// The title; with where the draft goes, when another one has the same title and goes elsewhere.
fn told_apart(cx: &PanelCx<'_>, draft: &Draft) -> String {
    let own = title(draft);
    let is_other = |other: &&std::sync::Arc<Draft>| {
        other.id != draft.id && other.target != draft.target && title(other) == own
    };
    if !cx.state.drafts.iter().any(|other| is_other(&other)) {
        return own;
    }
    let owner = draft.target.parse().ok().and_then(|target| header::owner(cx, &target));
    format!("{own} · {}", owner.as_deref().unwrap_or(&draft.target))
}

/// The name that the user gave, else what the draft calls: `PlaceOrder`, `GET /products`.
fn title(draft: &Draft) -> String {
    if !draft.title.is_empty() {
        return draft.title.clone();
    }
    match (&draft.method, draft.protocol) {
        (Some(method), crate::model::Protocol::Grpc) => method.method.clone(),
        (None, crate::model::Protocol::Grpc) => t("composer.tabs.untitled").to_owned(),
        (_, crate::model::Protocol::Http) => draft.operation(),
    }
}
