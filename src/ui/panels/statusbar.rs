//! The status bar: what just happened, in words, and what the window costs.

use std::sync::Arc;

use egui::{Align, Label, Layout, Popup, PopupCloseBehavior, RichText, ScrollArea, Ui};

use super::composer::fault_words;
use crate::model::{CLIENT, CopyFormat, CopyNote, DraftId, OTHERS, Outcome, PasteNote, Severity};
use crate::session::{Command, DemoPhase, NotCopied, Notice, NoticeKind};
use crate::text::{self, count, fill, format, t};
use crate::ui::Figures;
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets::{Icon, icon, icon_button, link, tool_button};

/// View state of the bar.
#[derive(Debug, Default)]
pub struct StatusBar;

impl StatusBar {
    /// Draws the bar.
    pub fn ui(&mut self, cx: &PanelCx<'_>, figures: &Figures, ui: &mut Ui) {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            ui.add_space(space::M);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(space::M);
                show_figures(cx, figures, ui);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = space::S;
                    newest(cx, ui);
                });
            });
        });
    }
}

fn show_figures(cx: &PanelCx<'_>, figures: &Figures, ui: &mut Ui) {
    let quiet = |words: String| Label::new(RichText::new(words).color(cx.theme.muted));
    if figures.resident > 0 {
        ui.add(quiet(format::bytes(figures.resident))).on_hover_text(t("status.memory_tip"));
    }
    let frame = fill("status.frame", &[("time", &format::duration(figures.own_work))]);
    ui.add(quiet(frame)).on_hover_text(t("status.frame_tip"));
    let dropped = if figures.n_dropped == 0 {
        quiet(t("status.nothing_dropped").to_owned())
    } else {
        let words = count("topbar.dropped", figures.n_dropped, &[]);
        Label::new(RichText::new(words).color(cx.theme.slow))
    };
    ui.add(dropped).on_hover_text(t("topbar.dropped_tip"));
    let from_us =
        cx.snapshot.edges.iter().filter(|(key, _)| matches!(&*key.caller, CLIENT | OTHERS));
    let rate: f64 = from_us.map(|(_, edge)| edge.total.rate).sum();
    let calls = fill("status.calls", &[("rate", &format::rate(rate))]);
    ui.add(quiet(calls)).on_hover_text(t("status.calls_tip"));
}

/// The newest notice, and a menu of all problems that nobody dismissed yet.
fn newest(cx: &PanelCx<'_>, ui: &mut Ui) {
    let problems = folded(cx.state.notices.iter().filter(|notice| notice.severity.is_some()));
    // The newest stands in the bar itself; the button is for what it covers.
    let newest_id = cx.state.notices.last().map(|notice| notice.id);
    let is_covered =
        |run: &Vec<&Notice>| run.len() > 1 || run.last().map(|notice| notice.id) != newest_id;
    if problems.iter().any(is_covered) {
        let words = count("status.problems", problems.len() as u64, &[]);
        let button = tool_button(ui, &words, t("status.problems_tip"));
        let menu = Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        menu.show(|ui| {
            ui.set_width(560.0);
            if link(ui, t("status.dismiss_all"), t("status.dismiss_all_tip")).clicked() {
                for notice in problems.iter().flatten() {
                    cx.send(Command::DismissNotice(notice.id));
                }
                ui.close();
            }
            ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                for run in problems.iter().rev() {
                    problem_row(cx, ui, run);
                }
            });
        });
    }
    let run = folded(cx.state.notices.iter()).pop().unwrap_or_default();
    let Some(notice) = run.last() else {
        let is_off = cx.state.demo == DemoPhase::Stopped;
        let words = if is_off { t("status.demo_off") } else { t("status.starting") };
        ui.add(Label::new(RichText::new(words).color(cx.theme.muted)).truncate());
        return;
    };
    let (mark, color) = mark_of(notice, cx.theme);
    mark.show(ui, color);
    let line = words_of_run(&run);
    let buttons = if notice.severity.is_some() { 64.0 } else { 0.0 };
    let width = (ui.available_width() - buttons).max(40.0);
    let sentence = Label::new(RichText::new(&line).color(cx.theme.muted)).truncate();
    ui.scope(|ui| {
        ui.set_max_width(width);
        match draft_of(notice) {
            Some(draft) => {
                let sentence = sentence.sense(egui::Sense::click());
                let response = ui.add(sentence).on_hover_text(t("status.show_draft"));
                if response.clicked() {
                    cx.send(Command::ActivateDraft(draft));
                }
            }
            None => {
                ui.add(sentence);
            }
        }
    });
    if notice.severity.is_some() {
        notice_buttons(cx, ui, &run, &line);
    }
}

/// Notices in runs: ports that were taken one after the other are one thing that happened.
fn folded<'a>(notices: impl Iterator<Item = &'a Arc<Notice>>) -> Vec<Vec<&'a Notice>> {
    let is_port = |notice: &Notice| matches!(notice.kind, NoticeKind::PortTaken { .. });
    let mut runs: Vec<Vec<&Notice>> = Vec::new();
    for notice in notices {
        match runs.last_mut() {
            Some(run) if is_port(notice) && run.iter().all(|other| is_port(other)) => {
                run.push(notice);
            }
            _ => runs.push(vec![notice]),
        }
    }
    runs
}

/// A run of notices as one sentence.
fn words_of_run(run: &[&Notice]) -> String {
    match run {
        [] => String::new(),
        [notice] => words_of(notice),
        several => count("status.ports_taken", several.len() as u64, &[]),
    }
}

fn problem_row(cx: &PanelCx<'_>, ui: &mut Ui, run: &[&Notice]) {
    let Some(notice) = run.first() else { return };
    let (mark, color) = mark_of(notice, cx.theme);
    let line = words_of_run(run);
    ui.horizontal(|ui| {
        mark.show(ui, color);
        ui.scope(|ui| {
            // Copy, dismiss and the scroll bar.
            ui.set_width((ui.available_width() - 88.0).max(40.0));
            ui.add(Label::new(RichText::new(&line).color(cx.theme.text)).wrap().selectable(true));
        });
        notice_buttons(cx, ui, run, &line);
    });
    if run.len() > 1 {
        for notice in run {
            let words = theme::small(words_of(notice)).color(cx.theme.muted);
            ui.horizontal(|ui| {
                ui.spacing_mut().interact_size.y = theme::CODE_ROW;
                ui.add_space(space::XL);
                ui.add(Label::new(words).wrap().selectable(true));
            });
        }
    }
}

fn notice_buttons(cx: &PanelCx<'_>, ui: &mut Ui, run: &[&Notice], line: &str) {
    if icon_button(ui, icon::COPY, t("status.copy_notice"), None).clicked() {
        ui.copy_text(line.to_owned());
    }
    if icon_button(ui, icon::X, t("status.dismiss"), None).clicked() {
        for notice in run {
            cx.send(Command::DismissNotice(notice.id));
        }
    }
}

fn mark_of(notice: &Notice, theme: &Theme) -> (Icon, egui::Color32) {
    match notice.severity {
        None => (icon::CHECK, theme.healthy),
        Some(Severity::Warning) => (icon::WARNING, theme.slow),
        Some(Severity::Error) => (icon::WARNING_CIRCLE, theme.failed),
    }
}

fn draft_of(notice: &Notice) -> Option<DraftId> {
    match &notice.kind {
        NoticeKind::CallFinished { draft, .. } | NoticeKind::NotSent { draft } => Some(*draft),
        _ => None,
    }
}

/// A notice as one sentence.
fn words_of(notice: &Notice) -> String {
    use NoticeKind as N;
    match &notice.kind {
        N::DemoReady { took } => fill("status.demo_ready", &[("took", &format::duration(*took))]),
        N::DemoStopped => t("status.demo_stopped").to_owned(),
        N::PortTaken { listener, wanted, got } => {
            fill("status.port_taken", &[("listener", listener), ("wanted", wanted), ("got", got)])
        }
        N::ListenFailed { listener, cause } => {
            fill("status.listen_failed", &[("listener", listener), ("cause", &text::cause(cause))])
        }
        N::Changed(kind) => text::change(kind),
        N::NotDone { whom, why } => text::not_done(whom, why),
        N::SourceLoaded { name, n_methods, n_problems, .. } => {
            loaded(name, *n_methods, *n_problems)
        }
        N::SourceFailed { name, problem, .. } => {
            let why = problem.as_ref().map(|problem| text::problem(problem).one_line());
            let why = why.unwrap_or_default();
            fill("status.source_failed", &[("name", name), ("why", &why)])
        }
        N::ScratchClosed { name } => fill("status.scratch_closed", &[("name", name)]),
        N::ScratchTooBig { n_bytes, limit } => {
            let size = format::bytes(*n_bytes as u64);
            let limit = format::bytes(*limit as u64);
            fill("status.scratch_too_big", &[("size", &size), ("limit", &limit)])
        }
        N::CallFinished { operation, outcome, took, through, .. } => {
            finished(operation, outcome, &format::duration(*took), &text::list(through))
        }
        N::NotSent { .. } => t("status.not_sent").to_owned(),
        N::GatewayConfig(problem) => {
            let why = text::problem(problem).one_line();
            fill("status.gateway_config", &[("why", &why)])
        }
        N::WorkspaceFile(problem) => {
            let why = text::problem(problem).one_line();
            fill("status.workspace_file", &[("why", &why)])
        }
        N::SettingsFile(problem) => {
            let why = text::problem(problem).one_line();
            fill("status.settings_file", &[("why", &why)])
        }
        N::RoutedElsewhere { mock, service, address } => fill(
            "status.routed_elsewhere",
            &[("mock", mock), ("service", service), ("address", address)],
        ),
        N::ComparisonSaved { path } => {
            fill("status.comparison_saved", &[("path", &path.display())])
        }
        N::Copied { format, notes } => copied(*format, notes),
        N::NotCopied { format, why } => {
            fill("copy.not_copied", &[("tool", &format.name()), ("why", &not_copied(why))])
        }
        N::Pasted { notes } => {
            let is_there = !notes.contains(&PasteNote::NoCommand);
            let first = if is_there { t("paste.done") } else { "" };
            all(first, notes.iter().map(text::paste_note))
        }
        N::CaptureSaved { path } => fill("status.capture_saved", &[("path", &path.display())]),
        N::Tapping { address, target } => {
            fill("tap.tapping", &[("address", address), ("target", target)])
        }
        N::TapFailed(fault) => {
            let (what, fix) = fault_words(fault);
            fill("tap.failed", &[("what", &what), ("fix", &fix)])
        }
        N::SaveFailed { path, cause } => {
            fill("status.save_failed", &[("path", &path.display()), ("cause", cause)])
        }
        N::TooBusy => t("status.too_busy").to_owned(),
    }
}

fn copied(format: CopyFormat, notes: &[CopyNote]) -> String {
    let first = fill("copy.done", &[("tool", &format.name())]);
    all(&first, notes.iter().map(|note| text::copy_note(note, format)))
}

/// Sentences one after the other.
fn all(first: &str, more: impl Iterator<Item = String>) -> String {
    more.fold(first.to_owned(), |before, next| text::sentences(&before, &next)).trim().to_owned()
}

fn not_copied(why: &NotCopied) -> String {
    match why {
        NotCopied::Target(error) => text::target_error(error).one_line(),
        NotCopied::Messages(problems) => {
            problems.first().map(|problem| text::problem(problem).one_line()).unwrap_or_default()
        }
        NotCopied::UnknownMethod | NotCopied::Format => t("copy.no_contract").to_owned(),
    }
}

fn loaded(name: &str, n_methods: usize, n_problems: usize) -> String {
    let methods = count("status.methods", n_methods as u64, &[]);
    if n_problems == 0 {
        return fill("status.source_loaded", &[("name", &name), ("methods", &methods)]);
    }
    let problems = count("status.problems", n_problems as u64, &[]);
    let args: [(&str, &dyn std::fmt::Display); 3] =
        [("name", &name), ("methods", &methods), ("problems", &problems)];
    fill("status.source_loaded_partly", &args)
}

fn finished(operation: &str, outcome: &Outcome, took: &str, through: &str) -> String {
    match outcome {
        Outcome::Failed(failure) => {
            let why = text::failure(failure).what;
            return fill("status.call_failed", &[("operation", &operation), ("why", &why)]);
        }
        Outcome::Cancelled => {
            return fill("status.call_cancelled", &[("operation", &operation), ("took", &took)]);
        }
        Outcome::Grpc { .. } | Outcome::Http { .. } => {}
    }
    let outcome = text::outcome(outcome);
    let args: [(&str, &dyn std::fmt::Display); 4] =
        [("operation", &operation), ("outcome", &outcome), ("took", &took), ("through", &through)];
    let key = if through.is_empty() { "status.call_finished" } else { "status.call_through" };
    fill(key, &args)
}
