//! The body of an answer: rows of text, or of bytes; only those in sight are laid out.

use egui::text::LayoutJob;
use egui::{Label, ScrollArea, TextFormat, TextWrapMode, Ui};

use super::{hex, trouble};
use crate::model::{Call, Problem};
use crate::session::{Answer, AnswerBody, DisplayText};
use crate::text::{format, t};
use crate::ui::cx::PanelCx;
use crate::ui::panels::composer::highlight::{Token, tokens};
use crate::ui::theme::{self, CODE_ROW, Theme};
use crate::ui::widgets::{ErrorText, empty_state, error_block, tool_button};

/// Bytes in one row of a binary body.
const HEX_WIDTH: usize = 16;

/// Draws the tab.
pub(super) fn show(cx: &PanelCx<'_>, ui: &mut Ui, answer: &Answer, call: &Call) {
    let has_body = !matches!(answer.body, AnswerBody::None);
    let has_trouble = trouble::show(cx, ui, &answer.trouble, has_body);
    match &answer.body {
        AnswerBody::None if has_trouble => {}
        AnswerBody::None => nothing(ui, call),
        body => show_body(cx, ui, body),
    }
}

/// Draws what is not empty.
pub(super) fn show_body(cx: &PanelCx<'_>, ui: &mut Ui, body: &AnswerBody) {
    match body {
        AnswerBody::None => {}
        AnswerBody::Message { json, problems } => {
            show_problems(ui, problems);
            show_text(cx, ui, json, true);
        }
        AnswerBody::Json(text) => show_text(cx, ui, text, true),
        AnswerBody::Text(text) => show_text(cx, ui, text, false),
        AnswerBody::Binary { bytes, problems } => {
            show_problems(ui, problems);
            show_bytes(cx, ui, bytes);
        }
    }
}

fn nothing(ui: &mut Ui, call: &Call) {
    if call.outcome.is_none() {
        empty_state(ui, t("response.body.waiting"), t("response.body.waiting_sentence"));
    } else {
        empty_state(ui, t("response.body.none"), t("response.body.none_sentence"));
    }
}

fn show_problems(ui: &mut Ui, problems: &[Problem]) {
    for problem in problems {
        let words = crate::text::problem(problem);
        let place = words.place.unwrap_or_default();
        let error =
            ErrorText { what: &words.what, place: &place, fix: &words.fix, is_warning: true };
        error_block(ui, &error);
    }
}

fn copy_row(cx: &PanelCx<'_>, ui: &mut Ui, size: usize, copied: impl FnOnce() -> String) {
    ui.horizontal(|ui| {
        let size = format::bytes(size as u64);
        ui.label(theme::small(size).color(cx.theme.faint));
        if tool_button(ui, t("response.body.copy"), t("response.body.copy_tip")).clicked() {
            ui.copy_text(copied());
        }
    });
}

fn show_text(cx: &PanelCx<'_>, ui: &mut Ui, text: &DisplayText, is_json: bool) {
    copy_row(cx, ui, text.text().len(), || text.text().to_owned());
    rows(ui, text.n_rows(), |ui, row_idx| {
        let row = text.row(row_idx);
        let job = if is_json { colored(row, cx.theme) } else { plain(row, cx.theme) };
        ui.add(Label::new(job).selectable(true).wrap_mode(TextWrapMode::Extend));
    });
}

fn show_bytes(cx: &PanelCx<'_>, ui: &mut Ui, bytes: &[u8]) {
    copy_row(cx, ui, bytes.len(), || hex::dump(bytes, HEX_WIDTH));
    rows(ui, bytes.len().div_ceil(HEX_WIDTH), |ui, row_idx| {
        let start = row_idx * HEX_WIDTH;
        let end = (start + HEX_WIDTH).min(bytes.len());
        let row = hex::row(bytes, start..end, start as u64, HEX_WIDTH, hex::Letters::Utf8);
        let job = hex_job(&row, cx.theme, cx.theme.text);
        ui.add(Label::new(job).selectable(true).wrap_mode(TextWrapMode::Extend));
    });
}

fn rows(ui: &mut Ui, n_rows: usize, mut row: impl FnMut(&mut Ui, usize)) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.spacing_mut().interact_size.y = CODE_ROW;
        ScrollArea::both().auto_shrink([false, false]).show_rows(
            ui,
            CODE_ROW,
            n_rows,
            |ui, shown| {
                for row_idx in shown {
                    row(ui, row_idx);
                }
            },
        );
    });
}

/// One line of the tables of bytes.
pub(super) fn hex_job(row: &hex::HexRow, theme: &Theme, color: egui::Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    job.append(&row.offset, 0.0, code(theme.faint));
    job.append(&format!("  {} ", row.digits), 0.0, code(color));
    job.append(&row.text, 0.0, code(theme.muted));
    job
}

fn code(color: egui::Color32) -> TextFormat {
    let mut format = TextFormat::simple(theme::code_font(), color);
    format.line_height = Some(CODE_ROW);
    format
}

fn plain(row: &str, theme: &Theme) -> LayoutJob {
    let mut job = LayoutJob::default();
    job.append(row, 0.0, code(theme.text));
    job
}

fn colored(row: &str, theme: &Theme) -> LayoutJob {
    let [keys, words, texts, _] = theme.data;
    let mut job = LayoutJob::default();
    for (token, range) in tokens(row) {
        let color = match token {
            Token::Key => keys,
            Token::Text => texts,
            Token::Number | Token::Word => words,
            Token::Plain => theme.text,
        };
        job.append(row.get(range).unwrap_or_default(), 0.0, code(color));
    }
    if job.is_empty() {
        job.append(" ", 0.0, code(theme.text));
    }
    job
}
