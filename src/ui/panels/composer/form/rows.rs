//! Rows of a message: label, control, type; and what a row needs to know.

use std::collections::BTreeSet;

use egui::{Align, Layout, RichText, Sense, Ui, UiBuilder, vec2};
use serde_json::Value;

use super::Samples;
use crate::model::{Problem, ProblemKind, Timestamp};
use crate::schema::form;
use crate::schema::{Cardinality, FieldKind, FieldShape, MessageShape, Schema, WellKnown};
use crate::text::{fill, t};
use crate::ui::panels::composer::edits::{At, Edit};
use crate::ui::panels::composer::parts;
use crate::ui::theme::{self, CONTROL, Theme, space};

/// Deeper than this a form is a worse way to read than JSON.
const MAX_DEPTH: usize = 10;

/// The form while it is being drawn.
pub(super) struct Rows<'a> {
    /// Colours.
    pub theme: &'static Theme,
    /// Where nested messages are looked up.
    pub schema: &'a Schema,
    /// For the gloss of timestamps.
    pub now: Timestamp,
    /// What does not fit.
    pub problems: &'a [Problem],
    /// Ghost texts.
    pub samples: &'a mut Samples,
    /// Nested messages that are folded, by path.
    pub folded: &'a mut BTreeSet<String>,
    /// What the rows ask for.
    pub edits: Vec<Edit>,
    /// Where controls begin.
    pub label_width: f32,
    /// How wide controls are.
    pub field_width: f32,
}

/// One value that a row shows and edits.
pub(super) struct Slot<'v> {
    /// Where it stands.
    pub at: At,
    /// What stands there.
    pub value: Option<&'v Value>,
    /// What could stand there.
    pub sample: Option<Value>,
    /// What fits.
    pub kind: &'v FieldKind,
    /// Whether unset differs from zero.
    pub has_presence: bool,
    /// Whether it can be taken out alone; elements of lists are taken out by their row.
    pub is_clearable: bool,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        ui: &Ui,
        schema: &'a Schema,
        now: Timestamp,
        problems: &'a [Problem],
        samples: &'a mut Samples,
        folded: &'a mut BTreeSet<String>,
    ) -> Self {
        let width = ui.available_width();
        let label_width = (width * 0.24).clamp(88.0, 150.0).round();
        // The type stands to the right of the control.
        let field_width = (width - label_width - 130.0).clamp(120.0, 240.0).round();
        Self {
            theme: Theme::current(ui.ctx()),
            schema,
            now,
            problems,
            samples,
            folded,
            edits: Vec::new(),
            label_width,
            field_width,
        }
    }

    /// All fields of a message, oneofs as choices.
    pub(super) fn message(
        &mut self,
        ui: &mut Ui,
        shape: &std::sync::Arc<MessageShape>,
        object: Option<&Value>,
        at: &At,
        depth: usize,
    ) {
        if shape.fields.is_empty() {
            parts::note(ui, t("composer.form.no_fields"));
            return;
        }
        if depth > MAX_DEPTH {
            parts::note(ui, t("composer.form.too_deep"));
            return;
        }
        let nothing = Value::Null;
        let object = object.unwrap_or(&nothing);
        let sample = self.samples.of(self.schema, &shape.full_name);
        let mut shown_oneofs = BTreeSet::new();
        for field in &shape.fields {
            match field.oneof {
                Some(oneof) if shown_oneofs.insert(oneof) => {
                    self.oneof(ui, shape, oneof, object, at, depth);
                }
                Some(_) => {}
                None => {
                    let ghost = form::field_value(&sample, field).cloned();
                    self.field(ui, field, object, at, ghost, depth);
                }
            }
        }
    }

    /// One field, whatever it holds.
    pub(super) fn field(
        &mut self,
        ui: &mut Ui,
        field: &FieldShape,
        object: &Value,
        parent: &At,
        sample: Option<Value>,
        depth: usize,
    ) {
        let at = parent.field(&form::key_of(object, field), field);
        let value = form::field_value(object, field).filter(|value| !value.is_null());
        ui.push_id(&field.name, |ui| match (field.cardinality, &field.kind) {
            (Cardinality::Repeated, _) => self.list(ui, field, value, &at, depth),
            (Cardinality::Map { key }, _) => self.map(ui, field, key, value, &at, depth),
            (_, FieldKind::Message(message)) => {
                self.nested(ui, field, message, value, &at, depth);
            }
            (cardinality, kind) => {
                let has_presence = matches!(kind, FieldKind::WellKnown(_))
                    || cardinality == Cardinality::Required
                    || cardinality == (Cardinality::Single { has_presence: true });
                let slot = Slot { at, value, sample, kind, has_presence, is_clearable: true };
                self.line(ui, field, depth, |rows, ui| {
                    rows.control(ui, &slot, rows.field_width);
                    parts::faint(ui, rows.theme, &rows.type_words(&slot));
                });
                self.wrong(ui, &slot.at);
            }
        });
    }

    /// What stands to the right of a control.
    pub(super) fn type_words(&self, slot: &Slot<'_>) -> String {
        if slot.value.is_none() && slot.sample.is_some() && !is_bool(slot.kind) {
            return t("composer.form.unset_sample").to_owned();
        }
        let type_name = short_type(slot.kind);
        if slot.value.is_none() {
            return fill("composer.form.unset", &[("type", &type_name)]);
        }
        match slot.kind {
            FieldKind::Scalar(scalar) if scalar.is_64_bit() => {
                fill("composer.form.exact", &[("type", &type_name)])
            }
            FieldKind::Scalar(crate::schema::ScalarKind::Bytes) => {
                fill("composer.form.base64", &[("type", &type_name)])
            }
            FieldKind::WellKnown(known) => {
                let text = slot.value.and_then(Value::as_str).unwrap_or_default();
                super::text::gloss(*known, text, self.now).unwrap_or(type_name)
            }
            _ => type_name,
        }
    }

    /// A row with the field's label and whatever follows it.
    pub(super) fn line(
        &mut self,
        ui: &mut Ui,
        field: &FieldShape,
        depth: usize,
        contents: impl FnOnce(&mut Self, &mut Ui),
    ) {
        let label = theme::code(field.name.as_str()).color(self.theme.muted);
        let label = if field.is_deprecated { label.strikethrough() } else { label };
        self.labelled(ui, label, &field.doc, depth, contents);
    }

    /// A row with any label.
    pub(super) fn labelled(
        &mut self,
        ui: &mut Ui,
        label: RichText,
        doc: &str,
        depth: usize,
        contents: impl FnOnce(&mut Self, &mut Ui),
    ) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let (rect, _) = ui.allocate_exact_size(vec2(self.label_width, CONTROL), Sense::hover());
            let indent = (depth as f32 * space::M).min(self.label_width * 0.5);
            let rect = rect.with_min_x(rect.min.x + indent);
            let mut inside = ui.new_child(
                UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center)),
            );
            let shown = inside.add(egui::Label::new(label).truncate());
            if !doc.is_empty() {
                shown.on_hover_text(doc.trim());
            }
            contents(self, ui);
        });
    }

    /// The words under a row whose value does not fit.
    pub(super) fn wrong(&self, ui: &mut Ui, at: &At) {
        let Some(problem) = self.problem_at(at) else { return };
        let words = crate::text::problem(problem);
        ui.horizontal_top(|ui| {
            ui.add_space(self.label_width + space::S);
            ui.vertical(|ui| {
                parts::problem_line(ui, self.theme, &format!("{} {}", words.what, words.fix));
            });
        });
    }

    /// The problem of the value at this path.
    pub(super) fn problem_at(&self, at: &At) -> Option<&'a Problem> {
        self.problems.iter().find(
            |problem| matches!(&problem.kind, ProblemKind::WrongValue { path, .. } if *path == at.in_json),
        )
    }
}

fn is_bool(kind: &FieldKind) -> bool {
    use crate::schema::ScalarKind::Bool;
    matches!(kind, FieldKind::Scalar(Bool) | FieldKind::WellKnown(WellKnown::Wrapper(Bool)))
}

/// The type without its package: `Item`, `int64`, `Timestamp`.
pub(super) fn short_type(kind: &FieldKind) -> String {
    let name = kind.name();
    name.rsplit('.').next().unwrap_or(&name).to_owned()
}
