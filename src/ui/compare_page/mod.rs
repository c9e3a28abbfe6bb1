//! One call by every way, as a page over the panes: how often, Run, then tables and bars.
//!
//! The page keeps which draft it is about and the number that is being typed; all else is the session's.

mod picture;
mod table;

use egui::{
    Align, Align2, Context, DragValue, Frame, Layout, Margin, Modal, ProgressBar, ScrollArea, Ui,
    vec2,
};

use self::picture::Picture;
use super::cx::{PanelCx, Pick, Wish};
use super::panels::composer::refusal_words;
use super::theme::{self, space};
use super::widgets::{
    ErrorText, empty_state, error_block, icon, icon_button, primary_button, tool_button,
};
use crate::model::{CompareWord, DraftId};
use crate::session::{Command, CompareProgress, CompareView, MAX_COMPARED, comparison_tables};
use crate::text::{compare_word, fill, format, t};

const WIDTH: f32 = 1040.0;
/// Room for the bar of progress.
const PROGRESS: f32 = 320.0;
/// What is made by each way unless another number is wanted.
const N_CALLS: u32 = 200;

/// The page, open or not.
#[derive(Debug)]
pub(super) struct ComparePage {
    draft: Option<DraftId>,
    n_calls: u32,
    picture: Picture,
}

impl Default for ComparePage {
    fn default() -> Self {
        Self { draft: None, n_calls: N_CALLS, picture: Picture::default() }
    }
}

impl ComparePage {
    /// Whether it lies over the panes.
    pub(super) fn is_open(&self) -> bool {
        self.draft.is_some()
    }

    /// Opens it for a draft. A comparison goes on while the page is closed.
    pub(super) fn show(&mut self, draft: DraftId) {
        self.draft = Some(draft);
    }

    /// Draws it.
    pub(super) fn ui(&mut self, cx: &PanelCx<'_>, ctx: &Context) {
        let Some(draft) = self.draft else { return };
        let window = ctx.content_rect();
        let size = vec2(WIDTH.min(window.width() - 2.0 * space::XL), window.height() - 112.0);
        let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(0));
        let id = egui::Id::unique("compare page");
        let area = Modal::default_area(id).anchor(Align2::CENTER_CENTER, vec2(0.0, 6.0));
        let shown = Modal::new(id).area(area).frame(frame).show(ctx, |ui| {
            ui.set_width(size.x);
            ui.set_height(size.y);
            self.page(cx, ui, draft)
        });
        if shown.inner || shown.should_close() {
            self.draft = None;
        }
    }

    /// Says whether it is to be closed.
    fn page(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, draft: DraftId) -> bool {
        ui.spacing_mut().item_spacing.y = space::S;
        // What another draft's call came to is not this one's.
        let nothing = CompareView::default();
        let view = &cx.state.compare;
        let view = if view.draft == Some(draft) { view } else { &nothing };
        let margin = Margin { left: 20, right: 12, top: 12, bottom: 4 };
        let head = Frame::new().inner_margin(margin).show(ui, |ui| {
            let is_closed = head(cx, ui, draft, view);
            self.form(cx, ui, draft, view);
            is_closed
        });
        let line = ui.available_rect_before_wrap();
        ui.painter().hline(line.x_range(), line.top(), cx.theme.hairline_stroke());
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            Frame::new().inner_margin(Margin::symmetric(20, 12)).show(ui, |ui| {
                self.content(cx, ui, view);
            });
        });
        head.inner
    }

    /// How often, Run or Cancel, and how far it is.
    fn form(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, draft: DraftId, view: &CompareView) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.set_min_height(theme::CONTROL);
            let label = ui.label(t("compare.page.calls"));
            ui.add_enabled_ui(!view.is_running, |ui| {
                let number = DragValue::new(&mut self.n_calls).range(1..=MAX_COMPARED).speed(5.0);
                ui.add_sized(vec2(72.0, theme::CONTROL), number)
                    .labelled_by(label.id)
                    .on_hover_text(t("compare.page.calls_tip"));
            });
            if view.is_running {
                if tool_button(ui, t("compare.page.cancel"), t("compare.page.cancel_tip")).clicked()
                {
                    cx.send(Command::CancelCompare);
                }
                progress(ui, view.progress);
            } else if primary_button(ui, t("compare.page.run"), t("compare.page.run_tip")).clicked()
            {
                cx.send(Command::Compare { draft, n_calls: self.n_calls });
            }
        });
    }

    fn content(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, view: &CompareView) {
        if let Some(refusal) = &view.refusal {
            let has_method = view
                .draft
                .and_then(|draft| cx.state.draft(draft))
                .is_some_and(|draft| draft.method.is_some());
            let (what, fix) = refusal_words(refusal, has_method);
            error_block(ui, &ErrorText { what: &what, fix: &fix, ..ErrorText::default() });
            return;
        }
        let Some(comparison) = &view.result else {
            let words = if view.is_running { "compare.page.wait" } else { "compare.page.empty" };
            empty_state(ui, t(words), t("compare.page.empty_more"));
            return;
        };
        let calls = compare_word(&CompareWord::Calls(comparison.n_wanted));
        ui.label(theme::small(calls).color(cx.theme.muted));
        self.picture.ui(cx, ui, comparison);
        for table in comparison_tables(comparison) {
            ui.add_space(space::S);
            table::show(cx.theme, ui, &table);
        }
    }
}

/// Title, files and the way out; says whether that was taken.
fn head(cx: &PanelCx<'_>, ui: &mut Ui, draft: DraftId, view: &CompareView) -> bool {
    let method = cx.state.draft(draft).and_then(|draft| draft.method.as_ref());
    let method = method.map(ToString::to_string).unwrap_or_default();
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL);
        let title = theme::strong(fill("compare.page.title", &[("method", &method)]));
        let title = title.size(theme::scaled(theme::TEXT + 2.0)).color(cx.theme.text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_closed =
                icon_button(ui, icon::X, t("compare.page.close"), Some("Esc")).clicked();
            if view.result.is_some() {
                if tool_button(ui, t("compare.page.png"), t("compare.page.png_tip")).clicked() {
                    cx.wish(Wish::Pick(Pick::SaveComparePng));
                }
                if tool_button(ui, t("compare.page.csv"), t("compare.page.csv_tip")).clicked() {
                    cx.wish(Wish::Pick(Pick::SaveCompareCsv));
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(title).truncate());
            });
            is_closed
        })
        .inner
    })
    .inner
}

fn progress(ui: &mut Ui, progress: Option<CompareProgress>) {
    let (share, words) = match progress {
        Some(CompareProgress { way, n_done, n_all }) => {
            let args: [(&str, &dyn std::fmt::Display); 3] = [
                ("way", &compare_word(&CompareWord::Way(way))),
                ("done", &format::thousands(n_done)),
                ("all", &format::thousands(n_all)),
            ];
            (n_done as f32 / n_all.max(1) as f32, fill("compare.page.progress", &args))
        }
        None => (0.0, t("compare.page.begins").to_owned()),
    };
    let bar = ProgressBar::new(share).desired_width(PROGRESS.min(ui.available_width()));
    ui.add(bar.desired_height(6.0)).accessible_name(t("compare.page.done"));
    ui.label(theme::small(words));
}

#[cfg(test)]
mod tests;
