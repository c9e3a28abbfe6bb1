//! The JSON of a draft as text: line numbers, colours, marks where something does not fit.

use std::cell::Cell;

use egui::text::{CCursor, CCursorRange, LayoutJob};
use egui::{Align2, FontSelection, Id, Margin, Rect, ScrollArea, TextEdit, TextFormat, Ui};

use super::galley::{Counted, KeptGalley, LookOf};
use super::highlight::{Token, tokens};
use super::parts;
use super::size::BodyMode;
use super::working::Working;
use crate::model::{Place, Problem};
use crate::text::{fill, t};
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets::link;

/// Room for line numbers.
const GUTTER: f32 = 40.0;
/// Problems that are listed; more would push the text away.
const MAX_LISTED: usize = 5;

/// View state of the editor.
#[derive(Debug, Default)]
pub(super) struct JsonView {
    jump: Option<(usize, usize)>,
    galley: KeptGalley,
}

impl JsonView {
    /// Puts the cursor there in the next frame; line and column from 1.
    pub(super) fn go_to(&mut self, line: usize, column: usize) {
        self.jump = Some((line, column));
    }

    /// Draws the editor and, under it, what is wrong.
    pub(super) fn show(&mut self, ui: &mut Ui, working: &mut Working, problems: &[Problem]) {
        let listed = problems.len().min(MAX_LISTED);
        let below = if listed == 0 { 0.0 } else { listed as f32 * theme::ROW + space::S };
        let height = (ui.available_height() - below).max(80.0);
        ScrollArea::both()
            .id_salt("json")
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, false])
            .show(ui, |ui| self.editor(ui, working, problems));
        for problem in problems.iter().take(MAX_LISTED) {
            self.listed(ui, problem);
        }
        if problems.len() > listed {
            let more = problems.len() - listed;
            parts::note(ui, &fill("composer.json.more", &[("n", &more)]));
        }
    }

    fn editor(&mut self, ui: &mut Ui, working: &mut Working, problems: &[Problem]) {
        let theme = Theme::current(ui.ctx());
        let id = ui.make_persistent_id("body");
        if let Some((line, column)) = self.jump.take() {
            put_cursor(ui, id, &working.draft.body, line, column);
        }
        let size = ui.available_size();
        let is_coloured = BodyMode::of(working.draft.body.len()) == BodyMode::Coloured;
        // One endless line would be drawn whole in each frame; broken into rows, only those in sight are.
        let wrap = if is_coloured { f32::INFINITY } else { (size.x - GUTTER - 8.0).max(80.0) };
        let revision = Cell::new(working.body_revision);
        let kept = &mut self.galley;
        let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, _wrap: f32| {
            let look = LookOf { revision: revision.get(), is_dark: theme.is_dark, wrap };
            kept.get(ui, look, || {
                let text = text.as_str();
                if is_coloured { colored(text, theme) } else { plain(text, theme, wrap) }
            })
        };
        let mut counted = Counted { text: &mut working.draft.body, revision: &revision };
        let output = TextEdit::multiline(&mut counted)
            .id(id)
            .code_editor()
            .font(FontSelection::FontId(theme::code_font()))
            .margin(Margin { left: GUTTER as i8, right: 8, top: 6, bottom: 6 })
            .min_size(size)
            .desired_width(size.x)
            .layouter(&mut layouter)
            .show(ui);
        working.body_revision = revision.get();
        output.response.response.clone().accessible_name(t("composer.json.name"));
        paint_gutter(ui, theme, &output, problems);
        if let Some(cursor) = output.cursor_range.filter(|_| output.response.response.has_focus()) {
            let rect = output.galley.pos_from_cursor(cursor.primary);
            // Only when it moved: else the wheel could not leave the cursor.
            let seen = id.with("seen");
            let is_new = ui.data(|data| data.get_temp(seen)) != Some(cursor.primary.index.0);
            if is_new {
                ui.data_mut(|data| data.insert_temp(seen, cursor.primary.index.0));
                ui.scroll_to_rect(rect.translate(output.galley_pos.to_vec2()), None);
            }
        }
    }

    fn listed(&mut self, ui: &mut Ui, problem: &Problem) {
        let theme = Theme::current(ui.ctx());
        let words = crate::text::problem(problem);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            if let Some(Place { line, column, .. }) = &problem.place
                && *line > 0
            {
                let place = format!("{line}:{column}");
                let tip = fill("composer.json.jump", &[("place", &place)]);
                if link(ui, &place, &tip).clicked() {
                    self.go_to(*line as usize, *column as usize);
                }
            }
            let text = format!("{} {}", words.what, words.fix);
            let label = egui::Label::new(theme::small(text.as_str()).color(theme.failed));
            ui.add(label.truncate()).on_hover_text(text);
        });
    }
}

fn put_cursor(ui: &Ui, id: Id, body: &str, line: usize, column: usize) {
    let before: usize =
        body.split_inclusive('\n').take(line.saturating_sub(1)).map(|l| l.chars().count()).sum();
    let in_line = body.lines().nth(line.saturating_sub(1)).map_or(0, |l| l.chars().count());
    let at = before + column.saturating_sub(1).min(in_line);
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(at))));
    TextEdit::store_state(ui.ctx(), id, state);
    ui.memory_mut(|memory| memory.request_focus(id));
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
        let mut format = TextFormat::simple(theme::code_font(), color);
        format.line_height = Some(18.0);
        job.append(text.get(range).unwrap_or_default(), 0.0, format);
    }
    job
}

/// Text in one colour, broken where the pane ends.
fn plain(text: &str, theme: &Theme, wrap: f32) -> LayoutJob {
    let mut format = TextFormat::simple(theme::code_font(), theme.text);
    format.line_height = Some(18.0);
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap.max_width = wrap;
    job
}

/// Line numbers; lines with a problem carry a cross and a line under their text.
fn paint_gutter(
    ui: &Ui,
    theme: &Theme,
    output: &egui::text_edit::TextEditOutput,
    problems: &[Problem],
) {
    let is_marked = |line: u32| {
        problems.iter().any(|problem| problem.place.as_ref().is_some_and(|p| p.line == line))
    };
    let clip = ui.clip_rect();
    let origin = output.galley_pos;
    let x = origin.x - space::S;
    let (mut line, mut is_first_of_line) = (1, true);
    for row in &output.galley.rows {
        let rect = row.rect().translate(origin.to_vec2());
        if is_first_of_line && clip.intersects(rect.expand2(egui::vec2(GUTTER, 0.0))) {
            let is_wrong = is_marked(line);
            let color = if is_wrong { theme.failed } else { theme.faint };
            let at = egui::pos2(x, rect.center().y);
            let number = if is_wrong { format!("× {line}") } else { line.to_string() };
            ui.painter().text(at, Align2::RIGHT_CENTER, number, theme::code_font(), color);
            if is_wrong {
                let right = rect.right().max(rect.left() + space::L);
                let under =
                    Rect::from_min_max(rect.left_bottom(), egui::pos2(right, rect.bottom()));
                let stroke = egui::Stroke::new(1.0, theme.failed);
                ui.painter().hline(under.x_range(), rect.bottom() - 1.0, stroke);
            }
        }
        is_first_of_line = row.ends_with_newline;
        line += u32::from(row.ends_with_newline);
    }
}
