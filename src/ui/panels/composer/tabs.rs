//! The strip of drafts, editors and taps.

use std::sync::Arc;

use egui::{Popup, ScrollArea, Ui};

use super::header;
use crate::session::{Command, Scratch, TapView};
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::widgets::{Tab, TabEvent, icon, icon_button, tab_strip};
use crate::workspace::Draft;

/// Draws the strip: drafts, then the editors of scratches, then taps.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui) {
    let documents = documents(cx);
    let titles: Vec<String> = cx.state.drafts.iter().map(|draft| title(draft)).collect();
    let labels: Vec<(String, String, String)> = documents
        .iter()
        .map(|document| {
            let (title, tip) = match document {
                Document::Draft(draft) => (told_apart(cx, draft, &titles), draft.operation()),
                Document::Editor(scratch) => (scratch.name.clone(), String::new()),
                Document::Tap(tap) => super::tap::title(tap),
            };
            let close = fill("composer.tabs.close", &[("draft", &title)]);
            (title, tip, close)
        })
        .collect();
    let tabs: Vec<Tab<'_>> = documents
        .iter()
        .zip(&labels)
        .map(|(document, (title, tip, close))| Tab {
            text: title,
            tip,
            is_active: document.is_shown(cx),
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
    match event {
        Some(TabEvent::Select(tab_idx)) => {
            if let Some(document) = documents.get(tab_idx) {
                cx.send(document.show());
            }
        }
        Some(TabEvent::Close(tab_idx)) => {
            if let Some(document) = documents.get(tab_idx) {
                cx.send(document.close());
            }
        }
        None => {}
    }
}

/// What a tab holds.
pub(in crate::ui) enum Document<'a> {
    Draft(&'a Arc<Draft>),
    Editor(&'a Arc<Scratch>),
    Tap(&'a Arc<TapView>),
}

/// What the strip shows, from left to right.
pub(in crate::ui) fn documents<'a>(cx: &PanelCx<'a>) -> Vec<Document<'a>> {
    let drafts = cx.state.drafts.iter().map(Document::Draft);
    let editors = cx.state.scratches.iter().filter(|scratch| scratch.has_tab);
    let taps = cx.state.taps.iter().map(Document::Tap);
    drafts.chain(editors.map(Document::Editor)).chain(taps).collect()
}

impl Document<'_> {
    /// Whether it is in front.
    pub(in crate::ui) fn is_shown(&self, cx: &PanelCx<'_>) -> bool {
        match self {
            Self::Draft(draft) => cx.state.active == Some(draft.id),
            Self::Editor(scratch) => cx.state.editor == Some(scratch.source),
            Self::Tap(tap) => cx.state.front_tap == Some(tap.id),
        }
    }

    /// Brings it to the front.
    pub(in crate::ui) fn show(&self) -> Command {
        match self {
            Self::Draft(draft) => Command::ActivateDraft(draft.id),
            Self::Editor(scratch) => Command::ShowEditor(scratch.source),
            Self::Tap(tap) => Command::ShowTap(tap.id),
        }
    }

    /// Closes its tab.
    pub(in crate::ui) fn close(&self) -> Command {
        match self {
            Self::Draft(draft) => Command::CloseDraft(draft.id),
            Self::Editor(scratch) => Command::CloseEditor(scratch.source),
            Self::Tap(tap) => Command::CloseTap(tap.id),
        }
    }
}

fn new_menu(cx: &PanelCx<'_>, ui: &mut Ui) {
    ui.set_min_width(160.0);
    let mut entry = |words: &str, command: Command| {
        if ui.button(words).clicked() {
            cx.send(command);
            ui.close();
        }
    };
    entry(t("composer.tabs.new_grpc"), Command::NewGrpcDraft);
    entry(t("composer.tabs.new_http"), Command::NewHttpDraft);
    entry(t("scratch.new"), Command::NewScratch(t("scratch.template").into()));
    entry(t("tap.new"), Command::NewTap(String::new()));
    for closed in cx.state.closed_scratches.iter().rev() {
        let words = fill("scratch.reopen", &[("name", &closed.name)]);
        entry(&words, Command::ReopenScratch(closed.name.clone()));
    }
}

/// The title; with where the draft goes, when another one has the same title and goes elsewhere.
fn told_apart(cx: &PanelCx<'_>, draft: &Draft, titles: &[String]) -> String {
    let own = title(draft);
    let mut others = cx.state.drafts.iter().zip(titles);
    if !others.any(|(other, title)| other.target != draft.target && *title == own) {
        return own;
    }
    let owner = draft.target.parse().ok().and_then(|target| header::owner(cx, &target));
    format!("{own} · {}", owner.as_deref().unwrap_or(&draft.target))
}

/// The name that the user gave, else what the draft calls: `PlaceOrder`, `GET /products`.
pub(in crate::ui) fn title(draft: &Draft) -> String {
    if !draft.title.is_empty() {
        return draft.title.clone();
    }
    match (&draft.method, draft.protocol) {
        (Some(method), crate::model::Protocol::Grpc) => method.method.clone(),
        (None, crate::model::Protocol::Grpc) => t("composer.tabs.untitled").to_owned(),
        (_, crate::model::Protocol::Http) => draft.operation(),
    }
}
