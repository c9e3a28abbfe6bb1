//! The response pane: how the newest call of the shown draft ended, and everything that is known of it.

mod binary;
mod body;
mod countdown;
mod flowed;
mod headers;
mod hex;
mod messages;
mod phases;
mod status;
mod timing;
mod trace;
mod trouble;
mod wire;

use egui::{Frame, Ui};

use self::headers::HeadersView;
use self::messages::MessagesView;
use self::trace::TraceView;
use self::wire::WireView;
use crate::model::{CallId, DraftId, TraceId};
use crate::session::Command;
use crate::text::{fill, t};
use crate::ui::commands;
use crate::ui::cx::{Ask, PanelCx};
use crate::ui::theme::space;
use crate::ui::widgets::{empty_state, segmented};
use crate::workspace::Action;

/// View state of the pane.
#[derive(Debug, Default)]
pub struct Response {
    tab: Tab,
    call: Option<CallId>,
    headers: HeadersView,
    messages: MessagesView,
    wire: WireView,
    trace: TraceView,
    /// A trace that no draft's newest call has: a shopper's, another program's, an older one.
    visited: Option<TraceId>,
}

/// The tabs of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tab {
    #[default]
    Body,
    Headers,
    Wire,
    Timing,
    Trace,
}

impl Response {
    /// Draws the pane.
    pub fn ui(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        self.hear(cx);
        if let Some(id) = self.visited {
            Frame::new().inner_margin(space::M).show(ui, |ui| {
                if self.trace.visit(cx, ui, id) {
                    self.visited = None;
                }
            });
            return;
        }
        let draft = cx.state.active;
        let answer = cx.state.shown_answer();
        let Some((answer, call)) = answer.and_then(|a| Some((a, a.call.as_ref()?))) else {
            if cx.state.editor.is_some() {
                empty_state(ui, t("scratch.response_title"), t("scratch.response_sentence"));
                return;
            }
            if cx.state.front_tap.is_some() {
                empty_state(ui, t("tap.response_title"), t("tap.response_sentence"));
                return;
            }
            let is_refused = answer.is_some_and(|answer| answer.refusal.is_some());
            let keys = commands::hint_or(cx, Action::Send, t("composer.send"));
            let sentence = if draft.is_none() {
                t("response.empty.no_draft").to_owned()
            } else if is_refused {
                t("response.empty.refused").to_owned()
            } else {
                fill("response.empty.sentence", &[("keys", &keys)])
            };
            empty_state(ui, t("response.empty.title"), &sentence);
            return;
        };
        Frame::new().inner_margin(space::M).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            if status::show(cx, ui, answer, call) {
                self.tab = Tab::Trace;
            }
            ui.add_space(space::XS);
            let stream = draft.and_then(|draft| Some((draft, cx.state.streams.get(&draft)?)));
            let stream = stream.filter(|(_, stream)| stream.call == call.id);
            self.tabs(ui, stream.is_some());
            ui.push_id((call.id, self.tab as u8), |ui| match self.tab {
                Tab::Body => match stream {
                    Some((draft, stream)) => {
                        trouble::show(cx, ui, &answer.trouble, true);
                        self.messages.show(cx, ui, (draft, call), stream);
                    }
                    None => body::show(cx, ui, answer, call),
                },
                Tab::Headers => self.headers.show(cx, ui, call),
                Tab::Wire => self.wire.show(cx, ui, answer, call),
                Tab::Timing => timing::show(cx, ui, answer, call),
                Tab::Trace => {
                    if let Some((side, step_idx)) = self.trace.show(cx, ui, answer, call) {
                        self.wire.show_step(side, step_idx);
                        self.tab = Tab::Wire;
                    }
                }
            });
        });
    }

    /// A trace is shown at the draft that sent it; one that no draft sent is visited. A new call ends the visit.
    fn hear(&mut self, cx: &PanelCx<'_>) {
        let call_of =
            |id: DraftId| cx.state.answers.get(&id).and_then(|answer| answer.call.as_ref());
        let shown = cx.state.shown_answer().and_then(|answer| answer.call.as_ref());
        let shown = shown.map(|call| call.id);
        if shown.is_some() && shown != self.call {
            self.call = shown;
            self.wire = WireView::default();
            self.visited = None;
        }
        for ask in cx.asks {
            let Ask::ShowTrace(wanted) = ask else { continue };
            let has_it =
                |id: &DraftId| call_of(*id).is_some_and(|call| call.trace.trace_id == *wanted);
            let owner = cx.state.active.filter(has_it);
            let owner = owner.or_else(|| cx.state.answers.keys().copied().find(has_it));
            let tapped = cx.state.taps.iter().find_map(|tap| {
                let mut calls = tap.calls.iter().rev();
                let passed = calls.find(|passed| passed.call.trace.trace_id == *wanted)?;
                Some((tap.id, passed.call.id))
            });
            if let Some((tap, call)) = tapped.filter(|_| owner.is_none()) {
                self.tab = Tab::Trace;
                cx.send(Command::ShowTap(tap));
                cx.send(Command::ShowTapped { tap, call: Some(call) });
                continue;
            }
            self.visited = owner.is_none().then_some(*wanted);
            match owner {
                Some(owner) => {
                    self.tab = Tab::Trace;
                    if cx.state.active != Some(owner) {
                        cx.send(Command::ActivateDraft(owner));
                    }
                }
                None => cx.send(Command::FetchTrace(*wanted)),
            }
        }
    }

    fn tabs(&mut self, ui: &mut Ui, is_stream: bool) {
        let body = if is_stream {
            (Tab::Body, t("response.tab.messages"), t("response.tab.messages_tip"))
        } else {
            (Tab::Body, t("response.tab.body"), t("response.tab.body_tip"))
        };
        let entries = [
            body,
            (Tab::Headers, t("response.tab.headers"), t("response.tab.headers_tip")),
            (Tab::Wire, t("response.tab.wire"), t("response.tab.wire_tip")),
            (Tab::Timing, t("response.tab.timing"), t("response.tab.timing_tip")),
            (Tab::Trace, t("response.tab.trace"), t("response.tab.trace_tip")),
        ];
        segmented(ui, &mut self.tab, &entries);
    }
}

#[cfg(test)]
mod tests;
