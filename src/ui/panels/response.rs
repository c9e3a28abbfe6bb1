//! The response pane: how the newest call of the shown draft ended, and everything that is known of it.

mod body;
mod headers;
mod hex;
mod phases;
mod status;
mod timing;
mod trace;
mod wire;

use egui::{Frame, Ui};

use self::wire::WireView;
use crate::model::CallId;
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
    wire: WireView,
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
        let draft = cx.state.active;
        let answer = draft.and_then(|draft| cx.state.answers.get(&draft));
        let Some((answer, call)) = answer.and_then(|a| Some((a, a.call.as_ref()?))) else {
            if cx.state.editor.is_some() {
                empty_state(ui, t("scratch.response_title"), t("scratch.response_sentence"));
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
        if self.call != Some(call.id) {
            self.call = Some(call.id);
            self.wire = WireView::default();
        }
        if cx.asks.contains(&Ask::ShowTrace(call.trace.trace_id)) {
            self.tab = Tab::Trace;
        }
        Frame::new().inner_margin(space::M).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            if status::show(cx, ui, answer, call) {
                self.tab = Tab::Trace;
            }
            ui.add_space(space::XS);
            self.tabs(ui);
            ui.push_id((call.id, self.tab as u8), |ui| match self.tab {
                Tab::Body => body::show(cx, ui, answer, call),
                Tab::Headers => headers::show(cx, ui, call),
                Tab::Wire => self.wire.show(cx, ui, answer, call),
                Tab::Timing => timing::show(cx, ui, answer, call),
                Tab::Trace => trace::show(cx, ui, answer, call),
            });
        });
    }

    fn tabs(&mut self, ui: &mut Ui) {
        let entries = [
            (Tab::Body, t("response.tab.body"), t("response.tab.body_tip")),
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
