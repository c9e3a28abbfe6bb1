//! What is wrong with a source, and the root that mends it.

use std::path::PathBuf;

use egui::{Align, Layout, TextEdit, Ui, vec2};

use super::Explorer;
use super::field::{full_width, is_enter, name_field};
use crate::model::{ProblemKind, Severity};
use crate::session::{Command, Source};
use crate::text::{self, fill, t};
use crate::ui::cx::{PanelCx, Pick, Wish};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{ErrorText, error_block};

impl Explorer {
    pub(super) fn problem(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        source: &Source,
        problem_idx: usize,
    ) {
        let Some(problem) = source.problems.get(problem_idx) else { return };
        let words = text::problem(problem);
        let margin = egui::Margin { left: 8, right: 8, top: 2, bottom: 6 };
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            let error = ErrorText {
                what: &words.what,
                place: words.place.as_deref().unwrap_or(""),
                fix: &words.fix,
                is_warning: problem.severity == Severity::Warning,
            };
            error_block(ui, &error);
            let needs_root = matches!(problem.kind, ProblemKind::ImportNotFound { .. });
            let is_first = source
                .problems
                .iter()
                .position(|other| matches!(other.kind, ProblemKind::ImportNotFound { .. }))
                == Some(problem_idx);
            if (needs_root && is_first)
                || (problem_idx == 0 && !needs_root && self.roots.contains_key(&source.id))
            {
                self.root_field(cx, ui, source);
            }
        });
    }

    fn root_field(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, source: &Source) {
        let root = self.roots.entry(source.id).or_default();
        let mut is_entered = false;
        let size = vec2(ui.available_width(), theme::CONTROL);
        ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
            let tip = t("explorer.root_tip");
            let choose = ui.button(t("explorer.add_root"));
            if choose.on_hover_text(tip).clicked() {
                if root.trim().is_empty() {
                    cx.wish(Wish::Pick(Pick::Root(source.id)));
                } else {
                    is_entered = true;
                }
            }
            let field = TextEdit::singleline(root).hint_text(t("explorer.root_hint"));
            let response = full_width(ui, field.id_salt(("root", source.id)));
            let name = fill("explorer.root_of", &[("name", &source.name)]);
            name_field(&response, &name, root);
            is_entered |= is_enter(ui, &response);
        });
        let folder = root.trim();
        if is_entered && !folder.is_empty() {
            cx.send(Command::AddRoot { source: source.id, root: PathBuf::from(folder) });
            self.roots.remove(&source.id);
        }
    }
}
