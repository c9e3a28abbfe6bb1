//! The editor of a scratch schema, in place of a draft's form: what it compiles to, the text, what is wrong.
//!
//! The text is kept here while it is typed; the session gets it whole, some times a second at most.

mod highlight;
mod save;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use egui::text::LayoutJob;
use egui::{Align, Label, Layout, RichText, Ui};

use self::highlight::{Token, tokens};
use self::save::SaveRow;
use super::code::{Code, CodeView, format_of};
use super::parts;
use crate::model::{Problem, ProblemKind, Severity, SourceId};
use crate::session::{Command, MAX_SCRATCH_BYTES, Scratch, Source};
use crate::text::{self, ProblemText, count, fill, format, sentences, t};
use crate::ui::cx::{PanelCx, Pick, Wish};
use crate::ui::panels::explorer::serve;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{icon, link, toggle_button, tool_button};

/// The session hears of typing this often at most, in seconds.
const SEND_EVERY: f64 = 0.1;
/// A text that the session has not taken by then is sent again: an edit is never lost.
const SEND_AGAIN: f64 = 1.0;

/// View state of one editor.
#[derive(Debug)]
pub(super) struct ProtoView {
    source: SourceId,
    text: String,
    revision: u64,
    /// The revision that was sent last, and when.
    sent: (u64, f64),
    code: CodeView,
    save: Option<SaveRow>,
    is_full: bool,
}

impl ProtoView {
    /// The editor of a scratch that was not shown before.
    pub(super) fn new(scratch: &Scratch) -> Self {
        let mut code = CodeView::default();
        // Whoever opens an editor wants to write.
        code.go_to(1, 1);
        Self {
            source: scratch.source,
            text: scratch.text.to_string(),
            revision: scratch.revision,
            sent: (scratch.revision, 0.0),
            code,
            save: None,
            is_full: false,
        }
    }

    /// Sends what the session does not have yet, now or as soon as it is due. Called in every frame, shown or not.
    pub(super) fn flush(&mut self, cx: &PanelCx<'_>, is_urgent: bool) {
        let known = cx.state.scratch(self.source).map_or(u64::MAX, |scratch| scratch.revision);
        if known >= self.revision {
            return;
        }
        let (revision, at) = self.sent;
        let pause = if revision == self.revision { SEND_AGAIN } else { SEND_EVERY };
        let left = at + pause - cx.now;
        if left > 0.0 && !is_urgent {
            return cx.wake_after(Duration::from_secs_f64(left));
        }
        self.sent = (self.revision, cx.now);
        let (source, text, revision) = (self.source, self.text.as_str().into(), self.revision);
        cx.send(Command::EditScratch { source, text, revision });
    }

    /// Draws the editor.
    pub(super) fn show(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        scratch: &Scratch,
        source: &Arc<Source>,
    ) {
        self.bar(cx, ui, scratch, source);
        if let Some(save) = &mut self.save {
            match save.show(cx, ui, scratch) {
                save::Said::Nothing => {}
                save::Said::Cancel => self.save = None,
                save::Said::Save(command) => {
                    // The newest text first: commands are carried out in their order.
                    self.flush(cx, true);
                    cx.send(command);
                }
            }
        }
        if self.is_full {
            let limit = format::bytes(MAX_SCRATCH_BYTES as u64);
            parts::warning_line(ui, cx.theme, &fill("scratch.full", &[("limit", &limit)]));
        }
        ui.add_space(space::XS);
        self.editor(cx, ui, scratch, source);
    }

    fn editor(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, scratch: &Scratch, source: &Source) {
        let name = fill("scratch.editor", &[("name", &scratch.name)]);
        let before = self.revision;
        let beside = |ui: &mut Ui, problem: &Problem| {
            let is_missing = matches!(problem.kind, ProblemKind::ImportNotFound { .. });
            if is_missing && link(ui, t("explorer.add_root"), t("explorer.root_tip")).clicked() {
                cx.wish(Wish::Pick(Pick::Root(source.id)));
            }
        };
        let mut code = Code {
            id: "proto",
            name: &name,
            text: &mut self.text,
            revision: &mut self.revision,
            limit: MAX_SCRATCH_BYTES,
            problems: &source.problems,
            words: words_of,
            colored,
            beside: &beside,
        };
        let is_refused = ui.push_id(scratch.source, |ui| self.code.show(ui, &mut code)).inner;
        self.is_full = is_refused || (self.is_full && self.revision == before);
    }

    /// What the text compiles to, and what can be done with it.
    fn bar(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, scratch: &Scratch, source: &Source) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if tool_button(ui, t("scratch.save"), t("scratch.save_tip")).clicked() {
                    self.save = match self.save {
                        None => Some(SaveRow::new(&scratch.name)),
                        Some(_) => None,
                    };
                }
                serve_button(cx, ui, source);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = space::XS;
                    state_line(cx.theme, ui, scratch, source);
                });
            });
        });
    }
}

/// Serves the schema, or stops serving it.
fn serve_button(cx: &PanelCx<'_>, ui: &mut Ui, source: &Source) {
    let is_served = cx.state.mocks.contains_key(&source.id);
    let (words, tip, command) = if is_served {
        let tip = t("explorer.stop_serving_tip");
        (t("explorer.stop_serving"), tip, Command::StopServing(source.id))
    } else {
        (t("explorer.serve"), t("explorer.serve_tip"), Command::ServeSource(source.id))
    };
    ui.add_enabled_ui(is_served || serve::can_be_served(source), |ui| {
        if toggle_button(ui, is_served, words, tip).clicked() {
            cx.send(command);
        }
    });
}

fn state_line(theme: &Theme, ui: &mut Ui, scratch: &Scratch, source: &Source) {
    let n_errors = source.problems.iter().filter(|p| p.severity == Severity::Error).count();
    let (mark, color, words) = if n_errors > 0 {
        let problems = count("scratch.problems", n_errors as u64, &[]);
        let kept =
            if source.schema.is_some() { t("scratch.last_good") } else { t("scratch.none_good") };
        (icon::WARNING_CIRCLE, theme.failed, sentences(&problems, kept))
    } else if scratch.n_checked == 0 {
        (icon::REFRESH, theme.muted, t("scratch.checking").to_owned())
    } else {
        let schema = source.schema.as_ref();
        let n_services = schema.map_or(0, |schema| schema.services().len());
        let n_methods = schema.map_or(0, |schema| schema.n_methods());
        let services = count("scratch.services", n_services as u64, &[]);
        let methods = count("status.methods", n_methods as u64, &[]);
        let words = fill("scratch.compiles", &[("services", &services), ("methods", &methods)]);
        match source.problems.len() {
            0 => (icon::CHECK, theme.healthy, words),
            // Without an import, say: what needs it is missing from the count.
            n => {
                let warnings = count("scratch.warnings", n as u64, &[]);
                (icon::WARNING_CIRCLE, theme.slow, sentences(&warnings, &words))
            }
        }
    };
    mark.show(ui, color);
    let label = Label::new(RichText::new(&words).color(theme.muted)).truncate();
    ui.add(label).on_hover_text(words);
}

/// A problem of a text that stands right here: nothing reloads, and no file is named.
fn words_of(problem: &Problem) -> ProblemText {
    let words = text::problem(problem);
    let is_here = matches!(
        problem.kind,
        ProblemKind::Syntax { .. } | ProblemKind::Definition { help: None, .. }
    );
    let fix = if is_here { t("scratch.fix").to_owned() } else { words.fix };
    ProblemText { fix, ..words }
}

/// A proto in its colours.
fn colored(text: &str, theme: &Theme) -> LayoutJob {
    let mut job = LayoutJob::default();
    let [types, keywords, texts, numbers] = theme.data;
    for (token, range) in tokens(text) {
        let color = match token {
            Token::Keyword => keywords,
            Token::Type => types,
            Token::Text => texts,
            Token::Number => numbers,
            Token::Comment => theme.faint,
            Token::Plain => theme.text,
        };
        job.append(text.get(range).unwrap_or_default(), 0.0, format_of(color));
    }
    job
}
