//! A body that is too big for an editor: its rows, read only, of which only those in sight are laid out.

use egui::{Event, Label, ScrollArea, TextWrapMode, Ui, ViewportCommand};

use super::json;
use super::parts;
use super::size::MAX_EDITED_BYTES;
use crate::session::DisplayText;
use crate::text::{fill, format, t};
use crate::ui::theme::{CODE_ROW, Theme};
use crate::ui::widgets::tool_button;

/// View state: the rows of the body, and whether its successor was asked of the clipboard.
#[derive(Debug, Default)]
pub(super) struct BigView {
    split: Option<(u64, DisplayText)>,
    wants_paste: bool,
}

impl BigView {
    /// Draws the body. Gives the one that takes its place, when the person pasted one.
    pub(super) fn show(&mut self, ui: &mut Ui, body: &str, revision: u64) -> Option<String> {
        parts::note(ui, &too_big(body));
        if tool_button(ui, t("composer.big.paste"), t("composer.big.paste_tip")).clicked() {
            self.wants_paste = true;
            ui.send_viewport_cmd(ViewportCommand::RequestPaste);
        }
        let pasted = self.wants_paste.then(|| taken_paste(ui)).flatten();
        self.wants_paste &= pasted.is_none();
        self.rows(ui, body, revision);
        pasted
    }

    fn rows(&mut self, ui: &mut Ui, body: &str, revision: u64) {
        let kept = self.split.take().filter(|(of, _)| *of == revision);
        let split = kept.unwrap_or_else(|| (revision, DisplayText::new(body)));
        let (_, text) = self.split.insert(split);
        let theme = Theme::current(ui.ctx());
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.spacing_mut().interact_size.y = CODE_ROW;
            let scroll = ScrollArea::both().id_salt("big").auto_shrink([false, false]);
            scroll.show_rows(ui, CODE_ROW, text.n_rows(), |ui, shown| {
                for row_idx in shown {
                    let job = json::colored(text.row(row_idx), theme);
                    ui.add(Label::new(job).selectable(true).wrap_mode(TextWrapMode::Extend));
                }
            });
        });
    }
}

/// Why a body is not edited.
pub(super) fn too_big(body: &str) -> String {
    let size = format::bytes(body.len() as u64);
    let limit = format::bytes(MAX_EDITED_BYTES as u64);
    fill("composer.too_big", &[("size", &size), ("limit", &limit)])
}

/// What the clipboard answered.
fn taken_paste(ui: &Ui) -> Option<String> {
    ui.input_mut(|input| {
        let at = input.events.iter().position(|event| matches!(event, Event::Paste(_)))?;
        match input.events.remove(at) {
            Event::Paste(text) => Some(text),
            _ => None,
        }
    })
}
