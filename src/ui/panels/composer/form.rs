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
use std::time::Duration;

use egui::Ui;
use serde_json::Value;

use self::rows::Rows;
pub(super) use self::scalar::small_icon_at;
use super::edits::{At, Edit};
use super::size::BodyMode;
use crate::model::{JsonFault, Place, Problem, ProblemKind};
use crate::schema::{MessageShape, Schema, WellKnown, json_fault};
use crate::text::{fill, t};
use crate::ui::cx::PanelCx;
use crate::ui::panels::composer::parts;
use crate::ui::theme::{Theme, space};

/// How long typing must pause before a big body is checked, in seconds.
const PAUSE: f64 = 0.3;

/// Where JSON stops being JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BrokenAt {
    /// Where.
    pub place: Place,
    /// Why.
    pub fault: JsonFault,
}

/// View state of the form: what is folded, and what was parsed last.
#[derive(Debug, Default)]
pub(super) struct FormView {
    checked: Option<Checked>,
    /// The newest body that is not checked yet, and since when it stands.
    changed: (u64, f64),
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
struct Checked {
    /// Of which body the value is.
    value_of: u64,
    /// Of which body the problems are; older while somebody types in a big one.
    problems_of: u64,
    message: String,
    schema: Arc<Schema>,
    value: Result<Arc<Value>, BrokenAt>,
    problems: Arc<[Problem]>,
}

/// A body and the message that it should be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checking<'a> {
    /// What knows the message.
    pub schema: &'a Arc<Schema>,
    /// Its full name.
    pub message: &'a str,
    /// The JSON.
    pub body: &'a str,
    /// Another body has another.
    pub revision: u64,
}

impl Checking<'_> {
    fn value(&self) -> Result<Arc<Value>, BrokenAt> {
        if self.body.trim().is_empty() {
            return Ok(Arc::new(Value::Object(serde_json::Map::new())));
        }
        serde_json::from_str(self.body).map(Arc::new).map_err(|error| {
            // Our own reader knows why in every language; what it takes and this one does not is rare.
            let (place, fault) = json_fault(self.body).unwrap_or_else(|| {
                let (line, column) = (error.line() as u32, error.column() as u32);
                (Place { file: None, line, column }, JsonFault::Said(error.to_string()))
            });
            BrokenAt { place, fault }
        })
    }

    fn problems(&self) -> Arc<[Problem]> {
        if self.body.trim().is_empty() {
            return Arc::default();
        }
        self.schema.check_json(self.message, self.body).into()
    }

    fn is_of(&self, checked: &Checked) -> bool {
        Arc::ptr_eq(&checked.schema, self.schema) && checked.message == self.message
    }
}

impl FormView {
    /// What does not fit. Read again when the body changed, a big one when it has been still for a moment.
    pub(super) fn problems(&mut self, cx: &PanelCx<'_>, of: Checking<'_>) -> Arc<[Problem]> {
        let is_later = BodyMode::of(of.body.len()) == BodyMode::CheckedLater;
        let known = self.checked.as_mut().filter(|checked| of.is_of(checked));
        let Some(checked) = known else {
            let checked = self.checked.insert(Checked {
                value_of: of.revision,
                problems_of: of.revision,
                message: of.message.to_owned(),
                schema: Arc::clone(of.schema),
                value: of.value(),
                problems: of.problems(),
            });
            self.samples.by_message.clear();
            return Arc::clone(&checked.problems);
        };
        if checked.problems_of != of.revision {
            if self.changed.0 != of.revision {
                self.changed = (of.revision, cx.now);
            }
            let wait = self.changed.1 + PAUSE - cx.now;
            if is_later && wait > 0.0 {
                cx.wake_after(Duration::from_secs_f64(wait));
            } else {
                checked.problems_of = of.revision;
                checked.problems = of.problems();
            }
        }
        Arc::clone(&checked.problems)
    }

    fn value(&mut self, of: Checking<'_>) -> Result<Arc<Value>, BrokenAt> {
        match self.checked.as_mut().filter(|checked| of.is_of(checked)) {
            Some(checked) => {
                if checked.value_of != of.revision {
                    checked.value_of = of.revision;
                    checked.value = of.value();
                }
                checked.value.clone()
            }
            None => of.value(),
        }
    }

    /// Draws the form. Gives the new body when a row changed it.
    pub(super) fn show(&mut self, cx: &PanelCx<'_>, ui: &mut Ui, of: Checking<'_>) -> Shown {
        let Checking { schema, message, revision, .. } = of;
        let Some(shape) = schema.message(message) else {
            parts::note(ui, &fill("composer.form.unknown_message", &[("message", &message)]));
            return Shown::Nothing;
        };
        let problems = self.problems(cx, of);
        let value = match self.value(of) {
            Ok(value) => value,
            Err(broken) => return show_broken(ui, &broken),
        };
        if !value.is_object() || is_own_form(&shape) {
            return show_no_rows(ui, &shape);
        }
        show_homeless(ui, &problems);
        let (samples, folded) = (&mut self.samples, &mut self.folded);
        let mut rows = Rows::new(ui, schema, cx.clock, &problems, samples, folded);
        rows.message(ui, &shape, Some(&value), &At::default(), 0);
        let edits = std::mem::take(&mut rows.edits);
        let Some((value, body)) = carry_out(edits, &value) else { return Shown::Nothing };
        if let Some(checked) = &mut self.checked {
            // The body that is made of it is the next one: it needs no reading.
            checked.value_of = revision + 1;
            checked.value = Ok(Arc::new(value));
        }
        Shown::Edited(body)
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
    GoToJson(Place),
}

/// Value and body after all edits; `None` when they change nothing.
fn carry_out(edits: Vec<Edit>, value: &Value) -> Option<(Value, String)> {
    if edits.is_empty() {
        return None;
    }
    let mut value = value.clone();
    let mut is_changed = false;
    for edit in edits {
        is_changed |= edit.apply(&mut value);
    }
    let body = is_changed.then(|| serde_json::to_string_pretty(&value).ok()).flatten()?;
    Some((value, body))
}

/// Messages whose JSON is no object with the message's fields.
fn is_own_form(shape: &MessageShape) -> bool {
    shape.well_known.is_some_and(|known| known != WellKnown::Empty)
}

fn show_no_rows(ui: &mut Ui, shape: &MessageShape) -> Shown {
    let name = &shape.full_name;
    parts::note(ui, &fill("composer.form.own_form", &[("message", name)]));
    if ui.button(t("composer.form.go_to_json")).clicked() {
        return Shown::GoToJson(Place { file: None, line: 1, column: 1 });
    }
    Shown::Nothing
}

fn show_broken(ui: &mut Ui, broken: &BrokenAt) -> Shown {
    let theme = Theme::current(ui.ctx());
    ui.add_space(space::S);
    let BrokenAt { place, fault } = broken;
    let words = fill(
        "composer.form.broken",
        &[
            ("line", &place.line),
            ("column", &place.column),
            ("message", &crate::text::json_fault(fault)),
        ],
    );
    parts::problem_line(ui, theme, &words);
    ui.add_space(space::XS);
    if ui.button(t("composer.form.go_to_json")).clicked() {
        return Shown::GoToJson(place.clone());
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
