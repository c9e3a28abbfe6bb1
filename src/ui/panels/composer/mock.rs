//! The Mock tab: what a method of a served schema answers, and what its callers have to bear.

use std::sync::Arc;
use std::time::Duration;

use egui::{DragValue, RichText, Ui};

use super::json::JsonView;
use super::working::Working;
use crate::model::{
    CallKind, Code, Delay, DraftId, Failing, MethodPath, MockAnswer, MockStream, Protocol,
    Severity, SourceId, Spread,
};
use crate::session::{Command, MockEdit};
use crate::text::t;
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{combo_caret, link};
use crate::workspace::Draft;

/// The source that serves the draft's method, if one does.
pub(super) fn served(cx: &PanelCx<'_>, draft: &Draft) -> Option<(SourceId, MethodPath)> {
    let method = draft.method.clone()?;
    let source = cx.state.sources.iter().find(|source| {
        Some(&source.saved) == draft.source.as_ref() && cx.state.mocks.contains_key(&source.id)
    })?;
    Some((source.id, method))
}

/// View state of the tab.
#[derive(Debug, Default)]
pub(super) struct MockTab {
    /// The answer, edited as a body is.
    text: Option<Text>,
    json: JsonView,
}

#[derive(Debug)]
struct Text {
    of: (SourceId, MethodPath),
    working: Working,
    /// What the session said last, and what was sent to it since.
    known: String,
    sent: Option<String>,
}

impl Text {
    /// Whether somebody else changed what the session says: the same method in another draft, or the sample
    /// was asked for. What was typed here and is on its way is not somebody else.
    fn is_overtaken(&mut self, body: &str) -> bool {
        if self.sent.as_deref() == Some(body) {
            self.sent = None;
            body.clone_into(&mut self.known);
        }
        self.sent.is_none() && self.known != body
    }
}

impl MockTab {
    /// Draws the tab.
    pub(super) fn show(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, of: (SourceId, MethodPath)) {
        let Some(mock) = cx.state.mocks.get(&of.0) else { return };
        let kind = kind_of(cx, &of);
        let edit = mock.answers.get(&of.1).cloned().unwrap_or_default();
        let mut answer = edit.typed.clone();
        ui.horizontal(|ui| head(cx, ui, &mut answer, kind));
        ui.add_space(space::XS);
        ui.label(theme::small(hint(&edit, kind)).color(cx.theme.muted));
        ui.add_space(space::XS);
        self.body(cx, ui, &of, &edit, &mut answer);
        if answer != edit.typed {
            let (source, method) = of;
            cx.send(Command::SetMockAnswer { source, method, answer });
        }
    }

    fn body(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        of: &(SourceId, MethodPath),
        edit: &MockEdit,
        answer: &mut MockAnswer,
    ) {
        let shown = |body: &str| match body {
            "" => sample(cx, of).unwrap_or_default(),
            told => told.to_owned(),
        };
        let kept = self.text.take().filter(|text| text.of == *of);
        let text = kept.unwrap_or_else(|| {
            let mut draft = Draft::new(DraftId(0), Protocol::Grpc);
            draft.body = shown(&answer.body);
            let known = answer.body.clone();
            Text { of: of.clone(), working: Working::new(&Arc::new(draft)), known, sent: None }
        });
        let text = self.text.insert(text);
        if answer.body != edit.typed.body || text.is_overtaken(&edit.typed.body) {
            text.working.set_body(shown(&answer.body));
            text.known.clone_from(&answer.body);
            text.sent = None;
        }
        let before = text.working.body_revision;
        self.json.show(ui, &mut text.working, &edit.problems);
        if text.working.body_revision != before {
            answer.body.clone_from(&text.working.draft.body);
            text.sent = Some(answer.body.clone());
        }
    }
}

/// How the method is called; one that is not known yet counts as unary.
fn kind_of(cx: &PanelCx<'_>, (source, method): &(SourceId, MethodPath)) -> CallKind {
    let source = cx.state.source(*source);
    let schema = source.and_then(|source| source.schema.as_ref());
    let known = schema.and_then(|schema| schema.method(method));
    known.map_or(CallKind::Unary, |known| known.kind)
}

/// How many messages a server stream has, and how far apart they are.
fn stream(ui: &mut Ui, answer: &mut MockAnswer, small: impl Fn(&str) -> RichText) {
    let MockStream { n_messages, pace } = &mut answer.stream;
    ui.label(small(t("composer.mock.messages")));
    let drag = DragValue::new(n_messages).range(1..=MockStream::MAX_MESSAGES);
    ui.add(drag).accessible_name(t("composer.mock.messages"));
    ui.label(small(t("composer.mock.pace")));
    let mut millis = pace.as_millis() as u64;
    let most = MockStream::MAX_PACE.as_millis() as u64;
    let drag = DragValue::new(&mut millis).range(0..=most).suffix(" ms");
    let drag = ui.add(drag);
    drag.accessible_name(t("composer.mock.pace")).on_hover_text(t("composer.mock.pace_tip"));
    *pace = Duration::from_millis(millis);
}

/// Delay and failures, and how a server stream goes.
fn head(cx: &PanelCx<'_>, ui: &mut Ui, answer: &mut MockAnswer, kind: CallKind) {
    ui.spacing_mut().item_spacing.x = space::S;
    let small =
        |words: &str| RichText::new(words.to_owned()).size(theme::SMALL).color(cx.theme.muted);
    if kind == CallKind::ServerStream {
        stream(ui, answer, small);
    }
    let mut fault = answer.fault;
    let mut millis = fault.delay.map_or(0, |delay| delay.longest.as_millis() as u64);
    ui.label(small(t("composer.mock.delay")));
    let drag = DragValue::new(&mut millis).range(0..=2_000).suffix(" ms");
    ui.add(drag).accessible_name(t("composer.mock.delay"));
    let mut percent = fault.failing.map_or(0, |failing| failing.percent);
    ui.label(small(t("composer.mock.fail")));
    let drag = DragValue::new(&mut percent).range(0..=100).suffix(" %");
    ui.add(drag).accessible_name(t("composer.mock.fail"));
    let mut code = fault.failing.map_or(Code::Unavailable, |failing| failing.code);
    if percent > 0 {
        let combo = egui::ComboBox::from_id_salt("mock status")
            .selected_text(code.name())
            .icon(combo_caret)
            .show_ui(ui, |ui| {
                for other in Code::ALL.into_iter().filter(|code| *code != Code::Ok) {
                    ui.selectable_value(&mut code, other, other.name());
                }
            });
        combo.response.accessible_name(t("composer.mock.status"));
    }
    let longest = Duration::from_millis(millis);
    let spread = fault.delay.map_or(Spread::Fixed, |delay| delay.spread);
    fault.delay = (millis > 0).then_some(Delay { longest, spread });
    fault.failing = (percent > 0).then_some(Failing { percent, code });
    answer.fault = fault;
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let (words, tip) = (t("composer.mock.sample"), t("composer.mock.sample_tip"));
        if link(ui, words, tip).clicked() {
            answer.body.clear();
        }
    });
}

/// What is so with the text below. A warning keeps no answer from being given.
fn hint(edit: &MockEdit, kind: CallKind) -> &'static str {
    let is_refused = edit.problems.iter().any(|problem| problem.severity == Severity::Error);
    match (is_refused, edit.in_force.body.trim().is_empty()) {
        (true, true) => t("composer.mock.sample_in_force"),
        (true, false) => t("composer.mock.not_in_force"),
        (false, _) if !edit.problems.is_empty() => t("composer.mock.in_force_but"),
        (false, _) => match kind {
            CallKind::Unary => t("composer.mock.hint"),
            CallKind::ServerStream => t("composer.mock.hint_stream"),
            CallKind::ClientStream => t("composer.mock.hint_collect"),
            CallKind::Bidirectional => t("composer.mock.hint_echo"),
        },
    }
}

/// The answer that is given without being told anything.
fn sample(cx: &PanelCx<'_>, (source, method): &(SourceId, MethodPath)) -> Option<String> {
    let schema = cx.state.source(*source)?.schema.as_ref()?;
    let sample = schema.sample(&schema.method(method)?.output);
    serde_json::to_string_pretty(&sample).ok()
}
