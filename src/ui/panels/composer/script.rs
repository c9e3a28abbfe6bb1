//! The script of a stream: messages that are sent by themselves, one after the other, at a pace.

use egui::Ui;

use super::code::{Code, CodeView};
use super::options::number;
use super::parts::{self, setting};
use super::{json, stream};
use crate::model::Problem;
use crate::session::{Answer, Command, Refusal};
use crate::text::{self, fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::space;
use crate::ui::widgets::tool_button;
use crate::workspace::Draft;

/// A script is written by hand or pasted, not a load generator's file.
const MAX_BYTES: usize = 1024 * 1024;

/// View state of the tab.
#[derive(Debug, Default)]
pub(super) struct ScriptView {
    code: CodeView,
    revision: u64,
    /// The text of that revision.
    seen: String,
}

impl ScriptView {
    /// Draws the tab.
    pub(super) fn show(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        draft: &mut Draft,
        answer: Option<&Answer>,
    ) {
        let script = &mut draft.script;
        let mut pace = Some(script.pace_millis);
        number(ui, t("composer.script.pace"), t("composer.script.pace_hint"), &mut pace);
        script.pace_millis = pace.unwrap_or_default();
        let mut rounds = Some(u64::from(script.n_rounds));
        number(ui, t("composer.script.rounds"), t("composer.script.rounds_hint"), &mut rounds);
        let rounds = rounds.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
        script.n_rounds = rounds.unwrap_or(script.n_rounds);
        setting(ui, t("composer.script.after"), |ui| {
            ui.checkbox(&mut script.closes, t("composer.script.closes"));
        });
        controls(cx, ui, draft);
        ui.add_space(space::XS);
        if self.seen != draft.script.text {
            self.seen.clone_from(&draft.script.text);
            self.revision += 1;
        }
        let refusal = answer.and_then(|answer| answer.refusal.as_ref());
        let problems: &[Problem] = match refusal {
            Some(Refusal::Script(problems)) => problems,
            _ => &[],
        };
        let mut code = Code {
            id: "script",
            name: t("composer.script.name"),
            text: &mut draft.script.text,
            revision: &mut self.revision,
            limit: MAX_BYTES,
            problems,
            words: text::problem,
            colored: json::colored,
            beside: &|_, _| (),
        };
        if self.code.show(ui, &mut code) {
            parts::warning_line(ui, cx.theme, t("composer.script.full"));
        }
    }
}

fn controls(cx: &PanelCx<'_>, ui: &mut Ui, draft: &Draft) {
    let progress = stream::running(cx, draft).and_then(|stream| stream.script);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if let Some(progress) = progress {
            let (words, tip) = (t("composer.script.stop"), t("composer.script.stop_tip"));
            if tool_button(ui, words, tip).clicked() {
                cx.send(Command::StopScript(draft.id));
            }
            let (n, all) = (progress.n_sent, progress.n_total);
            let (n, all) = (format::thousands(n), format::thousands(all));
            let words = fill("composer.script.progress", &[("n", &n), ("all", &all)]);
            parts::faint(ui, cx.theme, &words);
        } else {
            let (words, tip) = (t("composer.script.run"), t("composer.script.run_tip"));
            if tool_button(ui, words, tip).clicked() {
                cx.send(Command::RunScript(draft.id));
            }
            parts::faint(ui, cx.theme, t("composer.script.note"));
        }
    });
}
