//! The form: generated from the shape of the message, drawn over the JSON that is the draft's one truth.
//!
//! Nothing is kept here that the JSON does not say: rows read the value, ask for edits, and the edits are
//! carried out after the whole form has been drawn. What was typed and does not fit stays in the JSON as text.

mod containers;
mod rows;
mod scalar;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use egui::Ui;
use serde_json::Value;

use self::rows::Rows;
pub(super) use self::scalar::small_icon_at;
use super::edits::{At, Edit};
use crate::model::{Problem, ProblemKind, Timestamp};
use crate::schema::{MessageShape, Schema, WellKnown};
use crate::text::{fill, t};
use crate::ui::panels::composer::parts;
use crate::ui::theme::{Theme, space};

/// Bodies over this size are not edited in a form or an editor: every key would copy the whole.
pub(super) const MAX_EDITABLE_BYTES: usize = 1_000_000;

/// Where JSON stops being JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BrokenAt {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// The parser's words.
    pub message: String,
}

/// View state of the form: what is folded, and what was parsed last.
#[derive(Debug, Default)]
pub(super) struct FormView {
    checked: Option<Checked>,
    folded: BTreeSet<String>,
    samples: Samples,
}

/// Samples of messages, made when first shown.
#[derive(Debug, Default)]
pub(super) struct Samples {
    by_message: BTreeMap<String, Arc<Value>>,
}

impl Samples {
    fn of(&mut self, schema: &Schema, message: &str) -> Arc<Value> {
        if let Some(known) = self.by_message.get(message) {
            return Arc::clone(known);
        }
        let sample = Arc::new(schema.sample(message));
        self.by_message.insert(message.to_owned(), Arc::clone(&sample));
        sample
    }
}

/// A body as it was read last, so that a still form reads nothing.
#[derive(Debug)]
pub(super) struct Checked {
    body: String,
    message: String,
    schema: Arc<Schema>,
    /// The value, or where it breaks.
    pub value: Result<Arc<Value>, BrokenAt>,
    /// What does not fit the message.
    pub problems: Arc<[Problem]>,
}

impl Checked {
    fn of(schema: &Arc<Schema>, message: &str, body: &str) -> Self {
        let is_blank = body.trim().is_empty();
        let value = if is_blank {
            Ok(Arc::new(Value::Object(serde_json::Map::new())))
        } else {
            serde_json::from_str(body).map(Arc::new).map_err(|error| BrokenAt {
                line: error.line(),
                column: error.column(),
                message: error.to_string(),
            })
        };
        let problems = if is_blank { Vec::new() } else { schema.check_json(message, body) };
        Self {
            body: body.to_owned(),
            message: message.to_owned(),
            schema: Arc::clone(schema),
            value,
            problems: problems.into(),
        }
    }

    fn is_of(&self, schema: &Arc<Schema>, message: &str, body: &str) -> bool {
        Arc::ptr_eq(&self.schema, schema) && self.message == message && self.body == body
    }
}

impl FormView {
    /// The body as read against its message; read again only when something changed.
    pub(super) fn check(&mut self, schema: &Arc<Schema>, message: &str, body: &str) -> &Checked {
        let kept = self.checked.take().filter(|checked| checked.is_of(schema, message, body));
        if kept.is_none() {
            self.samples.by_message.clear();
        }
        self.checked.insert(kept.unwrap_or_else(|| Checked::of(schema, message, body)))
    }

    /// Draws the form. Gives the new body when a row changed it.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        schema: &Arc<Schema>,
        message: &str,
        body: &str,
        now: Timestamp,
    ) -> Shown {
        let Some(shape) = schema.message(message) else {
            parts::note(ui, &fill("composer.form.unknown_message", &[("message", &message)]));
            return Shown::Nothing;
        };
        let checked = self.check(schema, message, body);
        let problems = Arc::clone(&checked.problems);
        let value = match &checked.value {
            Ok(value) => Arc::clone(value),
            Err(broken) => return show_broken(ui, &broken.clone()),
        };
        if !value.is_object() || is_own_form(&shape) {
            return show_no_rows(ui, &shape);
        }
        show_homeless(ui, &problems);
        let mut rows = Rows::new(ui, schema, now, &problems, &mut self.samples, &mut self.folded);
        rows.message(ui, &shape, Some(&value), &At::default(), 0);
        let edits = std::mem::take(&mut rows.edits);
        carry_out(edits, &value).map_or(Shown::Nothing, Shown::Edited)
    }
}

/// What drawing the form came to.
#[derive(Debug, PartialEq)]
pub(super) enum Shown {
    /// Nothing was asked for.
    Nothing,
    /// The body as a row changed it.
    Edited(String),
    /// Show the JSON at this place.
    GoToJson(BrokenAt),
}

/// The body after all edits; `None` when they change nothing.
pub(super) fn carry_out(edits: Vec<Edit>, value: &Value) -> Option<String> {
    if edits.is_empty() {
        return None;
    }
    let mut value = value.clone();
    let mut is_changed = false;
    for edit in edits {
        is_changed |= edit.apply(&mut value);
    }
    is_changed.then(|| serde_json::to_string_pretty(&value).ok()).flatten()
}

/// Messages whose JSON is no object with the message's fields.
fn is_own_form(shape: &MessageShape) -> bool {
    shape.well_known.is_some_and(|known| known != WellKnown::Empty)
}

fn show_no_rows(ui: &mut Ui, shape: &MessageShape) -> Shown {
    let name = &shape.full_name;
    parts::note(ui, &fill("composer.form.own_form", &[("message", name)]));
    if ui.button(t("composer.form.go_to_json")).clicked() {
        return Shown::GoToJson(BrokenAt { line: 1, column: 1, message: String::new() });
    }
    Shown::Nothing
}

fn show_broken(ui: &mut Ui, broken: &BrokenAt) -> Shown {
    let theme = Theme::current(ui.ctx());
    ui.add_space(space::S);
    let words = fill(
        "composer.form.broken",
        &[("line", &broken.line), ("column", &broken.column), ("message", &broken.message)],
    );
    parts::problem_line(ui, theme, &words);
    ui.add_space(space::XS);
    if ui.button(t("composer.form.go_to_json")).clicked() {
        return Shown::GoToJson(broken.clone());
    }
    Shown::Nothing
}

/// Problems that belong to no row: names that the message does not have.
fn show_homeless(ui: &mut Ui, problems: &[Problem]) {
    let theme = Theme::current(ui.ctx());
    let homeless = problems.iter().filter(|problem| {
        !matches!(&problem.kind, ProblemKind::WrongValue { path, .. } if !path.is_empty())
    });
    for problem in homeless {
        parts::problem_line(ui, theme, &crate::text::problem(problem).one_line());
    }
}
