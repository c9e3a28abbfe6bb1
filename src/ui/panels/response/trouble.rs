//! A call that did not do what was asked: the stages that it passed, the one that stopped it, and what the server
//! adds to its status.

use egui::{Align2, Color32, Frame, Label, Margin, RichText, ScrollArea, Sense, Stroke, Ui, vec2};

use crate::model::{ErrorDetail, Ladder, Rung, RungState, Stage};
use crate::session::Trouble;
use crate::text::{error_detail, fill, format, obstacle, rung_state, stage, t};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets::{ErrorText, Icon, error_block, icon};

/// Room for the mark of a stage and the line that joins it to the next.
const MARK: f32 = 22.0;
const ROW: f32 = 24.0;
/// Room for the name of a stage.
const NAME: f32 = 130.0;

/// Whether there is anything to be shown.
fn is_any(trouble: &Trouble) -> bool {
    trouble.ladder.is_some() || !trouble.details.is_empty() || !trouble.problems.is_empty()
}

/// Draws it as high as it is, and leaves room for what the server sent where that `is_before` more. Says whether there
/// was anything.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, trouble: &Trouble, is_before: bool) -> bool {
    if !is_any(trouble) {
        return false;
    }
    let share = if is_before { 0.5 } else { 1.0 };
    let area = ScrollArea::vertical().id_salt("trouble").auto_shrink([false, true]);
    area.max_height(ui.available_height() * share).show(ui, |ui| {
        for problem in &trouble.problems {
            let words = crate::text::problem(problem);
            let error =
                ErrorText { what: &words.what, place: "", fix: &words.fix, is_warning: true };
            error_block(ui, &error);
        }
        if !trouble.details.is_empty() {
            ui.label(theme::strong(t("details.title")).color(cx.theme.text));
            for detail in &trouble.details {
                detail_card(cx.theme, ui, detail);
            }
            ui.add_space(space::S);
        }
        if let Some(ladder) = &trouble.ladder {
            ui.label(theme::strong(t("ladder.title")).color(cx.theme.text));
            ui.add_space(space::XS);
            stages(cx.theme, ui, ladder);
        }
    });
    true
}

fn detail_card(theme: &Theme, ui: &mut Ui, detail: &ErrorDetail) {
    Frame::new()
        .fill(theme.field)
        .stroke(theme.hairline_stroke())
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(10, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.label(theme::strong(detail.name()).color(theme.accent));
            let is_code =
                matches!(detail, ErrorDetail::Other { .. } | ErrorDetail::DebugInfo { .. });
            for line in error_detail(detail) {
                let words = if is_code { theme::code(line) } else { RichText::new(line) };
                ui.add(Label::new(words.color(theme.text)).wrap().selectable(true));
            }
        });
}

fn stages(theme: &Theme, ui: &mut Ui, ladder: &Ladder) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        let last = ladder.rungs.len().saturating_sub(1);
        for (rung_idx, rung) in ladder.rungs.iter().enumerate() {
            row(theme, ui, rung, rung_idx == last);
        }
    });
}

fn row(theme: &Theme, ui: &mut Ui, rung: &Rung, is_last: bool) {
    let (mark, color) = look(theme, &rung.state);
    let begun = ui.cursor().top();
    ui.horizontal(|ui| {
        ui.set_min_height(ROW);
        let (rect, _) = ui.allocate_exact_size(vec2(MARK, ROW), Sense::hover());
        let (font, center) = (theme::icon_font(14.0), rect.center());
        ui.painter().text(center, Align2::CENTER_CENTER, mark.0, font, color);
        ui.allocate_ui(vec2(NAME, ROW), |ui| {
            ui.set_min_width(NAME);
            let is_quiet = matches!(rung.state, RungState::NotReached | RungState::Unneeded);
            let ink = if is_quiet { theme.muted } else { theme.text };
            ui.label(RichText::new(stage(rung.stage)).color(ink));
        });
        ui.spacing_mut().item_spacing.x = space::S;
        let state = rung_state(&rung.state);
        ui.label(theme::small(state).color(color));
        if let Some(took) = rung.took {
            ui.label(theme::small(format::duration(took)).color(theme.muted));
        }
        let seen = match rung.stage {
            Stage::Message if !rung.seen.is_empty() => {
                fill("ladder.messages", &[("n", &rung.seen)])
            }
            _ => rung.seen.clone(),
        };
        if !seen.is_empty() {
            let words = theme::code(seen.as_str()).color(theme.muted);
            ui.add(Label::new(words).truncate()).on_hover_text(seen);
        }
    });
    // What the call itself failed with stands above the tabs.
    if let Some(why) = rung.state.unsaid() {
        let words = obstacle(rung.stage, why);
        ui.horizontal_top(|ui| {
            ui.add_space(MARK);
            ui.vertical(|ui| {
                ui.set_width((ui.available_width() - space::M).max(80.0));
                ui.spacing_mut().item_spacing.y = 2.0;
                let line = |text: &str, color| {
                    Label::new(RichText::new(text).color(color)).wrap().selectable(true)
                };
                ui.add(line(&words.what, theme.failed));
                ui.add(line(&words.fix, theme.muted));
                ui.add_space(space::XS);
            });
        });
    }
    if !is_last {
        let x = ui.min_rect().left() + MARK / 2.0;
        let ends = [egui::pos2(x, begun + ROW - 4.0), egui::pos2(x, ui.cursor().top() + 4.0)];
        let stroke = Stroke::new(1.0, theme::mix(theme.hairline, theme.muted, 0.4));
        ui.painter().line_segment(ends, stroke);
    }
}

/// The shape and the colour of a state: they differ both, so that neither is alone.
fn look(theme: &Theme, state: &RungState) -> (Icon, Color32) {
    match state {
        RungState::Passed | RungState::Kept => (icon::CHECK, theme.healthy),
        RungState::Unneeded => (icon::MINUS, theme.muted),
        RungState::Failed(_) => (icon::WARNING_CIRCLE, theme.failed),
        RungState::NotReached => (icon::DOTS, theme.faint),
    }
}

#[cfg(test)]
mod tests;
