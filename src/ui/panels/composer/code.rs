//! A text in an editor: line numbers, colours, marks where something is wrong, and a list of it below.

use std::cell::Cell;

use egui::text::{CCursor, CCursorRange, LayoutJob};
use egui::{
    Align2, FontSelection, Id, Margin, Rect, Role, ScrollArea, Sense, TextEdit, TextFormat, Ui,
    WidgetInfo, pos2, vec2,
};

use super::galley::{Counted, KeptGalley, LookOf};
use super::parts;
use super::size::BodyMode;
use crate::model::{Place, Problem, Severity};
use crate::text::{ProblemText, fill, sentences};
use crate::ui::theme::{self, Theme, space};
use crate::ui::widgets::link;

/// Room for line numbers.
const GUTTER: f32 = 40.0;
/// Problems that are listed; more would push the text away.
const MAX_LISTED: usize = 5;

/// View state of an editor.
#[derive(Debug, Default)]
pub(super) struct CodeView {
    jump: Option<(usize, usize)>,
    galley: KeptGalley,
}

/// What is edited, and what is known of it.
pub(super) struct Code<'a> {
    /// Which editor.
    pub id: &'static str,
    /// What a reader says.
    pub name: &'a str,
    /// The text.
    pub text: &'a mut String,
    /// Raised by each change of the text, whoever makes it.
    pub revision: &'a mut u64,
    /// The text never grows beyond so many bytes.
    pub limit: usize,
    /// What is wrong with it.
    pub problems: &'a [Problem],
    /// A problem in words.
    pub words: fn(&Problem) -> ProblemText,
    /// The text in its colours.
    pub colored: fn(&str, &Theme) -> LayoutJob,
    /// What stands beside a problem in the list.
    pub beside: &'a dyn Fn(&mut Ui, &Problem),
}

impl CodeView {
    /// Puts the cursor there in the next frame; line and column from 1.
    pub(super) fn go_to(&mut self, line: usize, column: usize) {
        self.jump = Some((line, column));
    }

    /// Draws the editor and, under it, what is wrong. Says whether something found no room in the text.
    pub(super) fn show(&mut self, ui: &mut Ui, code: &mut Code<'_>) -> bool {
        let problems = code.problems;
        let listed = problems.len().min(MAX_LISTED);
        let below = if listed == 0 { 0.0 } else { listed as f32 * theme::ROW + space::S };
        let height = (ui.available_height() - below).max(80.0);
        let is_refused = ScrollArea::both()
            .id_salt(code.id)
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, false])
            .show(ui, |ui| self.editor(ui, code))
            .inner;
        ui.scope(|ui| {
            // Rows as high as their link, close to each other: the text above needs the room.
            ui.spacing_mut().interact_size.y = theme::ROW;
            ui.spacing_mut().item_spacing.y = 0.0;
            for problem in problems.iter().take(MAX_LISTED) {
                self.listed(ui, code, problem);
            }
        });
        if problems.len() > listed {
            let more = problems.len() - listed;
            parts::note(ui, &fill("composer.json.more", &[("n", &more)]));
        }
        is_refused
    }

    fn editor(&mut self, ui: &mut Ui, code: &mut Code<'_>) -> bool {
        let theme = Theme::current(ui.ctx());
        let id = ui.make_persistent_id("body");
        if let Some((line, column)) = self.jump.take() {
            put_cursor(ui, id, code.text, line, column);
        }
        let size = ui.available_size();
        let is_coloured = BodyMode::of(code.text.len()) == BodyMode::Coloured;
        // One endless line would be drawn whole in each frame; broken into rows, only those in sight are.
        let wrap = if is_coloured { f32::INFINITY } else { (size.x - GUTTER - 8.0).max(80.0) };
        let (revision, is_refused) = (Cell::new(*code.revision), Cell::new(false));
        let (kept, colored) = (&mut self.galley, code.colored);
        let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, _wrap: f32| {
            let look = LookOf { revision: revision.get(), is_dark: theme.is_dark, wrap };
            kept.get(ui, look, || {
                let text = text.as_str();
                if is_coloured { colored(text, theme) } else { plain(text, theme, wrap) }
            })
        };
        let mut counted = Counted {
            text: &mut *code.text,
            revision: &revision,
            limit: code.limit,
            is_refused: &is_refused,
        };
        let output = TextEdit::multiline(&mut counted)
            .id(id)
            .code_editor()
            .font(FontSelection::FontId(theme::code_font()))
            .margin(Margin { left: GUTTER as i8, right: 8, top: 6, bottom: 6 })
            .min_size(size)
            .desired_width(size.x)
            .layouter(&mut layouter)
            .show(ui);
        *code.revision = revision.get();
        output.response.response.clone().accessible_name(code.name);
        paint_gutter(ui, theme, &output, code);
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
        is_refused.get()
    }

    fn listed(&mut self, ui: &mut Ui, code: &Code<'_>, problem: &Problem) {
        let theme = Theme::current(ui.ctx());
        let words = (code.words)(problem);
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
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                (code.beside)(ui, problem);
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let text = sentences(&words.what, &words.fix);
                    let color = color_of(theme, problem.severity);
                    let label = egui::Label::new(theme::small(text.as_str()).color(color));
                    ui.add(label.truncate()).on_hover_text(text);
                });
            });
        });
    }
}

fn color_of(theme: &Theme, severity: Severity) -> egui::Color32 {
    match severity {
        Severity::Error => theme.failed,
        Severity::Warning => theme.slow,
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

/// A stretch of code in this colour.
pub(super) fn format_of(color: egui::Color32) -> TextFormat {
    let mut format = TextFormat::simple(theme::code_font(), color);
    format.line_height = Some(18.0);
    format
}

/// Text in one colour, broken where the pane ends.
fn plain(text: &str, theme: &Theme, wrap: f32) -> LayoutJob {
    let mut job = LayoutJob::single_section(text.to_owned(), format_of(theme.text));
    job.wrap.max_width = wrap;
    job
}

/// Line numbers; what is wrong carries a cross in its line and a line under its word.
fn paint_gutter(ui: &Ui, theme: &Theme, output: &egui::text_edit::TextEditOutput, code: &Code<'_>) {
    let clip = ui.clip_rect();
    let origin = output.galley_pos;
    let x = origin.x - space::S;
    let (mut line, mut is_first_of_line) = (1, true);
    for row in &output.galley.rows {
        let rect = row.rect().translate(origin.to_vec2());
        if is_first_of_line && clip.intersects(rect.expand2(vec2(GUTTER, 0.0))) {
            let at_line =
                |problem: &&Problem| problem.place.as_ref().is_some_and(|place| place.line == line);
            let wrong: Vec<&Problem> = code.problems.iter().filter(at_line).collect();
            let worst = wrong.iter().map(|problem| problem.severity).max();
            let color = worst.map_or(theme.faint, |severity| color_of(theme, severity));
            let number = if wrong.is_empty() { line.to_string() } else { format!("× {line}") };
            let at = pos2(x, rect.center().y);
            ui.painter().text(at, Align2::RIGHT_CENTER, number, theme::code_font(), color);
            for problem in &wrong {
                let column = problem.place.as_ref().map_or(0, |place| place.column);
                let (from, to) = word_at(&row.row, column as usize);
                let stroke = egui::Stroke::new(1.5, color_of(theme, problem.severity));
                let (from, to) = (rect.left() + from, rect.left() + to);
                ui.painter().hline(from..=to, rect.bottom() - 1.5, stroke);
            }
            if !wrong.is_empty() {
                tell(ui, code, line, rect, &wrong);
            }
        }
        is_first_of_line = row.ends_with_newline;
        line += u32::from(row.ends_with_newline);
    }
}

/// What is wrong with a line, at its number.
fn tell(ui: &Ui, code: &Code<'_>, line: u32, row: Rect, wrong: &[&Problem]) {
    let spot = Rect::from_min_max(pos2(row.left() - GUTTER, row.top()), row.left_bottom());
    let texts = wrong.iter().map(|problem| (code.words)(problem));
    let lines: Vec<String> = texts.map(|words| sentences(&words.what, &words.fix)).collect();
    let lines = lines.join("\n");
    let name = fill("scratch.problem_at", &[("line", &line), ("what", &lines)]);
    let response = ui.interact(spot, ui.scope_id().with(("wrong", line)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    response.on_hover_text(lines);
}

/// Where the word begins and ends that holds this column (from 1; 0 means the whole row), from the row's left end.
fn word_at(row: &egui::epaint::text::Row, column: usize) -> (f32, f32) {
    let end_of = |glyph: &egui::epaint::text::Glyph| glyph.pos.x + glyph.advance_width;
    let row_end = row.glyphs.last().map_or(0.0, end_of);
    let Some(first) = column.checked_sub(1).and_then(|at| row.glyphs.get(at)) else {
        // Behind the last letter something is missing: the mark stands where it belongs.
        let from = if column == 0 { 0.0 } else { row_end };
        return (from, row_end.max(from + space::S));
    };
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let word = row.glyphs.iter().skip(column - 1).take_while(|glyph| is_word(glyph.chr));
    let end = word.last().map_or_else(|| end_of(first), end_of);
    (first.pos.x, end)
}
