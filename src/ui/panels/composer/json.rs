//! The JSON of a draft as text.

use egui::Ui;
use egui::text::LayoutJob;

use super::code::{Code, CodeView, format_of};
use super::highlight::{Token, tokens};
use super::working::Working;
use crate::model::Problem;
use crate::text::{self, t};
use crate::ui::theme::Theme;

/// View state of the editor.
#[derive(Debug, Default)]
pub(super) struct JsonView {
    code: CodeView,
}

impl JsonView {
    /// Puts the cursor there in the next frame; line and column from 1.
    pub(super) fn go_to(&mut self, line: usize, column: usize) {
        self.code.go_to(line, column);
    }

    /// Draws the editor and, under it, what is wrong.
    pub(super) fn show(&mut self, ui: &mut Ui, working: &mut Working, problems: &[Problem]) {
        let mut code = Code {
            id: "json",
            name: t("composer.json.name"),
            text: &mut working.draft.body,
            revision: &mut working.body_revision,
            limit: usize::MAX,
            problems,
            words: text::problem,
            colored,
            beside: &|_, _| (),
        };
        self.code.show(ui, &mut code);
    }
}

/// JSON in its colours.
pub(super) fn colored(text: &str, theme: &Theme) -> LayoutJob {
    let mut job = LayoutJob::default();
    let [keys, words, texts, _] = theme.data;
    for (token, range) in tokens(text) {
        let color = match token {
            Token::Key => keys,
            Token::Text => texts,
            Token::Number | Token::Word => words,
            Token::Plain => theme.text,
        };
        job.append(text.get(range).unwrap_or_default(), 0.0, format_of(color));
    }
    job
}
