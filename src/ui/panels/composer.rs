//! The composer pane: one tab per draft, and everything that a draft says.
//!
//! A scratch schema has a tab too, with its editor in place of the form. A draft is state. The fields work on a copy of the shown one; when the copy differs at the end of a frame,
//! it is sent as an edit. So no part of the composer keeps anything that the draft does not say.

mod auth;
mod big;
mod code;
mod copy;
mod edits;
mod form;
mod galley;
mod gloss;
mod header;
pub(super) mod highlight;
mod history;
mod json;
mod metadata;
mod method;
mod mock;
mod options;
pub(super) mod parts;
mod proto;
mod script;
mod size;
mod stream;
mod tabs;
mod tap;
mod working;

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, Order, Rect, ScrollArea, Ui};

use self::big::BigView;
use self::form::{Checking, FormView, Shown};
pub(in crate::ui) use self::header::writes_target;
use self::history::History;
use self::json::JsonView;
use self::mock::MockTab;
use self::proto::ProtoView;
use self::script::ScriptView;
use self::size::BodyMode;
pub(in crate::ui) use self::tabs::{documents, title};
use self::tap::TapPanes;
pub(in crate::ui) use self::tap::fault_words;
use self::working::Working;
use crate::model::{CallKind, DraftId, Place, Protocol, SourceId};
use crate::schema::{MethodInfo, Schema};
use crate::session::{Answer, Command, Refusal};
use crate::text::t;
use crate::ui::cx::{Ask, PanelCx};
use crate::ui::theme::space;
use crate::ui::widgets::{ErrorText, empty_state, error_block, segmented, tool_button};
use crate::workspace::Draft;

/// View state of the pane.
#[derive(Debug, Default)]
pub struct Composer {
    views: BTreeMap<DraftId, DraftView>,
    protos: BTreeMap<SourceId, ProtoView>,
    taps: TapPanes,
    /// Where the fields of the shown draft stood in the last frame.
    area: Option<Rect>,
}

/// View state of one draft.
#[derive(Debug)]
struct DraftView {
    working: Working,
    history: History,
    fields: Fields,
}

/// View state of the fields of one draft.
#[derive(Debug, Default)]
struct Fields {
    tab: Tab,
    form: FormView,
    json: JsonView,
    big: BigView,
    script: ScriptView,
    mock: MockTab,
}

/// The tabs of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tab {
    #[default]
    Form,
    Json,
    Metadata,
    Auth,
    Options,
    Script,
    Mock,
}

impl Composer {
    /// Whether a field of the shown draft has the keyboard.
    pub(in crate::ui) fn has_keyboard(&self, ctx: &Context) -> bool {
        let focused = ctx.memory(egui::Memory::focused);
        let response = focused.and_then(|id| ctx.read_response(id));
        response.zip(self.area).is_some_and(|(response, area)| {
            response.layer_id.order == Order::Background
                && area.contains(response.interact_rect.center())
        })
    }

    /// Draws the pane.
    pub fn ui(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        tabs::show(cx, ui);
        self.views.retain(|id, _| cx.state.draft(*id).is_some());
        // An editor of protos keeps its own undo.
        self.area = None;
        if self.proto(cx, ui) || self.taps.show(cx, ui) {
            return;
        }
        let Some(shown) = cx.active_draft() else {
            empty_state(ui, t("composer.empty.title"), t("composer.empty.sentence"));
            return;
        };
        let view = self.views.entry(shown.id).or_insert_with(|| DraftView {
            working: Working::new(shown),
            history: History::new(shown),
            fields: Fields::default(),
        });
        let (working, fields) = (&mut view.working, &mut view.fields);
        working.follow(shown);
        let before = working.body_revision;
        let field = ui.memory(egui::Memory::focused);
        view.history.note(shown, cx.now, field);
        step(cx, &mut view.history, working);
        let answer = cx.state.answers.get(&shown.id);
        // The answer of a mock is no part of the draft: it keeps its own undo too.
        self.area = (fields.tab != Tab::Mock).then(|| ui.max_rect());
        egui::Frame::new().inner_margin(space::M).show(ui, |ui| {
            let was_blank = working.draft.body.trim().is_empty();
            header::show(cx, ui, &mut working.draft, answer);
            // A method that is chosen for an empty draft begins its body.
            if was_blank && !working.draft.body.trim().is_empty() {
                working.body_revision += 1;
            }
            show_refusal(ui, &working.draft, answer);
            fields.show(cx, ui, working);
        });
        if let Some(draft) = working.edited(before) {
            cx.edit(draft);
        }
    }
}

impl Composer {
    /// The editor of a scratch, when it is in front. What was typed into the others is sent all the same.
    fn proto(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) -> bool {
        self.protos.retain(|id, _| cx.state.scratch(*id).is_some());
        let front = cx.state.editor.and_then(|id| cx.state.scratch(id).zip(cx.state.source(id)));
        if let Some((scratch, source)) = front {
            let view = self.protos.entry(scratch.source);
            let view = view.or_insert_with(|| ProtoView::new(scratch));
            egui::Frame::new()
                .inner_margin(space::M)
                .show(ui, |ui| view.show(cx, ui, scratch, source));
        }
        let is_last = ui.input(|input| input.viewport().close_requested());
        for view in self.protos.values_mut() {
            view.flush(cx, is_last);
        }
        front.is_some()
    }
}

/// Undoes and redoes as it was asked for.
fn step(cx: &PanelCx<'_>, history: &mut History, working: &mut Working) {
    for ask in cx.asks {
        let state = match ask {
            Ask::Undo => history.undo(),
            Ask::Redo => history.redo(),
            _ => None,
        };
        if let Some(state) = state {
            working.replace(&state);
        }
    }
}

impl Fields {
    fn show(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, working: &mut Working) {
        ui.add_space(space::XS);
        let draft = &working.draft;
        let is_grpc = draft.protocol == Protocol::Grpc;
        if !is_grpc && self.tab == Tab::Form {
            self.tab = Tab::Json;
        }
        let served = mock::served(cx, draft);
        if served.is_none() && self.tab == Tab::Mock {
            self.tab = Tab::default();
        }
        let schema = cx.state.schema_of(draft).cloned();
        let method = method_of(schema.as_ref(), draft);
        ui.horizontal(|ui| {
            let takes_many = method.as_ref().is_some_and(|method| takes_many(method.kind));
            if !takes_many && self.tab == Tab::Script {
                self.tab = Tab::default();
            }
            self.tab_row(ui, draft, takes_many, served.is_some());
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                copy::menu(cx, ui, draft);
                let (words, tip) = (t("composer.fill"), t("composer.fill_tip"));
                let has_sample = is_grpc && method.is_some() && ui.available_width() > 110.0;
                if has_sample && tool_button(ui, words, tip).clicked() {
                    cx.send(Command::FillWithSample(draft.id));
                }
            });
        });
        ui.add_space(space::XS);
        let scroll = ScrollArea::vertical().auto_shrink([false, false]);
        ui.push_id((working.draft.id, self.tab as u8), |ui| match self.tab {
            Tab::Form => {
                scroll.show(ui, |ui| self.form_tab(cx, ui, working, schema.zip(method)));
            }
            Tab::Json => self.json_tab(cx, ui, working, schema.zip(method)),
            Tab::Metadata => {
                scroll.show(ui, |ui| metadata::show(cx, ui, &mut working.draft));
            }
            Tab::Auth => {
                scroll.show(ui, |ui| auth::show(ui, &mut working.draft));
            }
            Tab::Options => {
                scroll.show(ui, |ui| options::show(cx, ui, &mut working.draft));
            }
            Tab::Script => {
                let answer = cx.state.answers.get(&working.draft.id);
                self.script.show(cx, ui, &mut working.draft, answer.map(|answer| &**answer));
            }
            Tab::Mock => {
                if let Some(of) = served {
                    self.mock.show(cx, ui, of);
                }
            }
        });
    }

    fn tab_row(&mut self, ui: &mut Ui, draft: &Draft, takes_many: bool, is_served: bool) {
        let is_grpc = draft.protocol == Protocol::Grpc;
        let n_rows = draft.metadata.iter().filter(|row| row.is_enabled).count();
        let rows = if is_grpc { t("composer.tab.metadata") } else { t("composer.tab.headers") };
        let rows = if n_rows == 0 { rows.to_owned() } else { format!("{rows} {n_rows}") };
        let json = if is_grpc { t("composer.tab.json") } else { t("composer.tab.body") };
        let mut entries = vec![
            (Tab::Json, json, t("composer.tab.json_tip")),
            (Tab::Metadata, rows.as_str(), t("composer.tab.metadata_tip")),
            (Tab::Auth, t("composer.tab.auth"), t("composer.tab.auth_tip")),
            (Tab::Options, t("composer.tab.options"), t("composer.tab.options_tip")),
        ];
        if is_grpc {
            entries.insert(0, (Tab::Form, t("composer.tab.form"), t("composer.tab.form_tip")));
        }
        if takes_many {
            let tip = t("composer.tab.script_tip");
            entries.insert(2, (Tab::Script, t("composer.tab.script"), tip));
        }
        if is_served {
            entries.push((Tab::Mock, t("composer.tab.mock"), t("composer.tab.mock_tip")));
        }
        segmented(ui, &mut self.tab, &entries);
    }

    fn form_tab(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        working: &mut Working,
        method: Option<(Arc<Schema>, MethodInfo)>,
    ) {
        let Some((schema, method)) = method else {
            let words = if working.draft.method.is_none() {
                t("composer.form.no_method")
            } else {
                t("composer.form.no_schema")
            };
            parts::note(ui, words);
            return;
        };
        if BodyMode::of(working.draft.body.len()) == BodyMode::ReadOnly {
            parts::note(ui, &big::too_big(&working.draft.body));
            return;
        }
        match self.form.show(cx, ui, checking(working, &schema, &method)) {
            Shown::Nothing => {}
            Shown::Edited(body) => working.set_body(body),
            Shown::GoToJson(place) => self.go_to(&place),
        }
    }

    fn json_tab(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        working: &mut Working,
        method: Option<(Arc<Schema>, MethodInfo)>,
    ) {
        if BodyMode::of(working.draft.body.len()) == BodyMode::ReadOnly {
            let pasted = self.big.show(ui, &working.draft.body, working.body_revision);
            if let Some(body) = pasted {
                working.set_body(body);
            }
            return;
        }
        let problems = method
            .map(|(schema, method)| self.form.problems(cx, checking(working, &schema, &method)));
        self.json.show(ui, working, &problems.unwrap_or_default());
    }

    fn go_to(&mut self, place: &Place) {
        self.tab = Tab::Json;
        self.json.go_to(place.line as usize, place.column as usize);
    }
}

fn checking<'a>(
    working: &'a Working,
    schema: &'a Arc<Schema>,
    method: &'a MethodInfo,
) -> Checking<'a> {
    Checking {
        schema,
        message: &method.input,
        body: &working.draft.body,
        revision: working.body_revision,
    }
}

/// Whether the client may send more than one message.
fn takes_many(kind: CallKind) -> bool {
    matches!(kind, CallKind::ClientStream | CallKind::Bidirectional)
}

fn method_of(schema: Option<&Arc<Schema>>, draft: &Draft) -> Option<MethodInfo> {
    let path = draft.method.as_ref().filter(|_| draft.protocol == Protocol::Grpc)?;
    schema?.method(path).cloned()
}

/// Why the draft was not sent, where it concerns the whole of it; a bad target stands under the target.
fn show_refusal(ui: &mut Ui, draft: &Draft, answer: Option<&Arc<Answer>>) {
    let Some(refusal) = answer.and_then(|answer| answer.refusal.as_ref()) else { return };
    if matches!(refusal, Refusal::Target(_)) {
        return;
    }
    let (what, fix) = refusal_words(refusal, draft.method.is_some());
    ui.add_space(space::XS);
    error_block(ui, &ErrorText { what: &what, fix: &fix, ..ErrorText::default() });
}

/// Why a draft could not be sent, and what to do.
pub(in crate::ui) fn refusal_words(refusal: &Refusal, has_method: bool) -> (String, String) {
    let (what, fix) = match refusal {
        Refusal::Target(error) => {
            let words = crate::text::target_error(error);
            return (words.what, words.fix);
        }
        Refusal::Body(problems) => {
            let first = problems.first().map(|problem| crate::text::problem(problem).one_line());
            (t("composer.refusal.body"), first.unwrap_or_default())
        }
        Refusal::UnknownMethod if !has_method => {
            (t("composer.refusal.no_method"), t("composer.refusal.no_method_fix").to_owned())
        }
        Refusal::UnknownMethod => {
            (t("composer.refusal.method"), t("composer.refusal.method_fix").to_owned())
        }
        Refusal::Script(problems) => {
            let first = problems.first().map(|problem| crate::text::problem(problem).one_line());
            (t("composer.refusal.script"), first.unwrap_or_default())
        }
        Refusal::Full => (t("composer.refusal.full"), t("composer.refusal.full_fix").to_owned()),
        Refusal::WebStreaming => (
            t("composer.refusal.web_streaming"),
            t("composer.refusal.web_streaming_fix").to_owned(),
        ),
        Refusal::Streaming => {
            (t("composer.refusal.streaming"), t("composer.refusal.streaming_fix").to_owned())
        }
    };
    (what.to_owned(), fix)
}

#[cfg(test)]
mod tests;
