//! Fields of the page: what is typed counts when the keyboard leaves, and stays, marked, while it does not fit.

use std::time::Duration;

use egui::{Align2, Id, Key, Response, RichText, Stroke, StrokeKind, TextEdit, Ui, vec2};

use super::{Open, Row, default_link};
use crate::session::Command;
use crate::text::{Language, language};
use crate::ui::cx::PanelCx;
use crate::ui::theme::{self, space};
use crate::ui::widgets::icon;

/// How long a wish may take to be carried out, in seconds.
const WAIT: f64 = 2.0;

/// What stands in a field while it is not what is in force.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) text: String,
    /// Why it does not fit, and in which language that was said.
    fault: Option<(Language, String)>,
    /// What was in force when the text was sent, and when that was. Until that changes, the text stands; for a
    /// while only: a wish that could not be carried out changes nothing.
    sent_over: Option<(String, f64)>,
}

/// A field and what it means.
pub(super) struct Field<'a> {
    /// What is in force, as text.
    pub(super) current: String,
    /// Points.
    pub(super) width: f32,
    /// Ghost text while it is empty.
    pub(super) hint: &'a str,
    /// What stands behind it: a unit.
    pub(super) unit: &'a str,
}

impl Typed {
    /// Takes over what is in force, unless somebody types or waits.
    fn follow(&mut self, cx: &PanelCx<'_>, current: &str, is_typing: bool) {
        let is_waited_for = self.sent_over.as_ref().is_some_and(|(over, at)| {
            let left = at + WAIT - cx.now;
            if left > 0.0 {
                cx.wake_after(Duration::from_secs_f64(left));
            }
            over == current && left > 0.0
        });
        if !is_typing && self.fault.is_none() && !is_waited_for {
            self.sent_over = None;
            current.clone_into(&mut self.text);
        }
    }

    /// The keyboard left: gives what is to be sent.
    fn leave(
        &mut self,
        current: &str,
        now: f64,
        read: impl Fn(&str) -> Result<Command, String>,
    ) -> Option<Command> {
        let text = self.text.trim();
        if text == current {
            self.fault = None;
            return None;
        }
        match read(text) {
            Ok(command) => {
                self.fault = None;
                let is_sent = self.sent_over.replace((current.to_owned(), now)).is_some();
                (!is_sent).then_some(command)
            }
            Err(fault) => {
                self.fault = Some((language(), fault));
                None
            }
        }
    }
}

impl Open {
    /// Draws a field and sends what `read` makes of its text, or shows why it makes nothing of it.
    pub(super) fn field(
        &mut self,
        cx: &PanelCx<'_>,
        ui: &mut Ui,
        (row, field): (&Row, &Field<'_>),
        read: impl Fn(&str) -> Result<Command, String>,
    ) -> Response {
        let typed = self.typed.entry(row.clone()).or_default();
        let id = ui.make_persistent_id("field");
        let is_typing = ui.memory(|memory| memory.has_focus(id) || memory.had_focus_last_frame(id));
        typed.follow(cx, &field.current, is_typing);
        // Said anew when the person changes the language.
        if typed.fault.as_ref().is_some_and(|(said_in, _)| *said_in != language()) {
            typed.fault = read(typed.text.trim()).err().map(|fault| (language(), fault));
        }
        let response = ui
            .horizontal(|ui| {
                let response = edit(ui, id, typed, (field, &row.name()));
                if !field.unit.is_empty() {
                    ui.label(RichText::new(field.unit).color(cx.theme.muted));
                }
                default_link(cx, ui, row);
                response
            })
            .inner;
        if response.has_focus() {
            typed.sent_over = None;
        } else if response.lost_focus() {
            let is_given_up = ui.input(|input| input.key_pressed(Key::Escape));
            if is_given_up {
                typed.text.clone_from(&field.current);
            }
            if let Some(command) = typed.leave(&field.current, cx.now, &read) {
                cx.send(command);
            }
        }
        if let Some((_, fault)) = &typed.fault {
            fault_line(cx, ui, fault);
        }
        response
    }
}

fn edit(ui: &mut Ui, id: Id, typed: &mut Typed, (field, name): (&Field<'_>, &str)) -> Response {
    let theme = theme::Theme::current(ui.ctx());
    let edit = TextEdit::singleline(&mut typed.text)
        .id(id)
        .font(theme::code_font())
        .hint_text(theme::code(field.hint).color(theme.faint))
        .align(Align2::LEFT_CENTER)
        .min_size(vec2(field.width, theme::CONTROL))
        .desired_width(field.width);
    let response = ui.add(edit).accessible_name(name);
    if typed.fault.is_some() {
        let line = Stroke::new(1.0, theme.failed);
        ui.painter().rect_stroke(response.rect, theme::RADIUS, line, StrokeKind::Inside);
    }
    response
}

/// A fault under a control, marked by shape and colour.
pub(super) fn fault_line(cx: &PanelCx<'_>, ui: &mut Ui, words: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        icon::WARNING_CIRCLE.show(ui, cx.theme.failed);
        let label = egui::Label::new(theme::small(words).color(cx.theme.failed));
        ui.add(label.wrap().selectable(true));
    });
}
