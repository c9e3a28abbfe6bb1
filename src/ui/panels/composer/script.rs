//! The script of a stream: messages that are sent by themselves, one after the other, at a pace.

use egui::{RichText, Ui};

use super::code::{Code, CodeView};
use super::options::number_field;
use super::{json, parts, stream};
use crate::model::Problem;
use crate::session::{Answer, Command, Refusal};
use crate::text::{self, fill, format, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{Theme, space};
use crate::workspace::{Draft, Script};

/// A script is written by hand or pasted, not a load generator's file.
const MAX_BYTES: usize = 1024 * 1024;

/// Width of the fields for numbers.
const NUMBER: f32 = 56.0;

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
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            settings(ui, &mut draft.script);
            controls(cx, ui, draft);
        });
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

/// Pace, rounds, and what comes after the last message; one line, since the text below needs the room.
fn settings(ui: &mut Ui, script: &mut Script) {
    let theme = Theme::current(ui.ctx());
    let label = |ui: &mut Ui, words: &str| ui.label(RichText::new(words).color(theme.muted));
    label(ui, t("composer.script.pace"));
    let mut pace = Some(script.pace_millis);
    let field = number_field(ui, t("composer.script.pace"), NUMBER, &mut pace);
    field.on_hover_text(t("composer.script.pace_hint"));
    script.pace_millis = pace.unwrap_or_default();
    label(ui, "ms");
    label(ui, t("composer.script.rounds"));
    let mut rounds = Some(u64::from(script.n_rounds));
    let field = number_field(ui, t("composer.script.rounds"), NUMBER, &mut rounds);
    field.on_hover_text(t("composer.script.rounds_hint"));
    let rounds = rounds.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
    script.n_rounds = rounds.unwrap_or(script.n_rounds);
    let closes = ui.checkbox(&mut script.closes, t("composer.script.closes"));
    closes.on_hover_text(t("composer.script.closes_tip"));
}

/// Runs it, or stops it and says how far it is.
fn controls(cx: &PanelCx<'_>, ui: &mut Ui, draft: &Draft) {
    let progress = stream::running(cx, draft).and_then(|stream| stream.script);
    if let Some(progress) = progress {
        let (words, tip) = (t("composer.script.stop"), t("composer.script.stop_tip"));
        if ui.button(words).on_hover_text(tip).clicked() {
            cx.send(Command::StopScript(draft.id));
        }
        let (n, all) = (format::thousands(progress.n_sent), format::thousands(progress.n_total));
        parts::faint(ui, cx.theme, &fill("composer.script.progress", &[("n", &n), ("all", &all)]));
    } else {
        let (words, tip) = (t("composer.script.run"), t("composer.script.run_tip"));
        if ui.button(words).on_hover_text(tip).clicked() {
            cx.send(Command::RunScript(draft.id));
        }
        if draft.script.text.trim().is_empty() {
            parts::faint(ui, cx.theme, t("composer.script.note"));
        }
    }
}
