//! What holds other values: oneofs, lists, maps, nested messages.

use std::sync::Arc;

use egui::Ui;
use serde_json::Value;

use super::rows::{Rows, Slot, short_type};
use crate::schema::form;
use crate::schema::{Cardinality, FieldKind, FieldShape, MessageShape, ScalarKind};
use crate::text::{count, fill, t};
use crate::ui::panels::composer::edits::{At, Edit};
use crate::ui::panels::composer::parts::{self, FieldLook};
use crate::ui::theme::{self, CONTROL, space};
use crate::ui::widgets::{badge, icon, icon_button, link};

/// Rows of a list or map that are drawn; more are edited as JSON.
const MAX_ROWS: usize = 200;
/// Messages with up to so many plain fields stand on one line of a list.
const MAX_COLUMNS: usize = 4;

impl Rows<'_> {
    /// A oneof: which member is set, then the member.
    pub(super) fn oneof(
        &mut self,
        ui: &mut Ui,
        shape: &Arc<MessageShape>,
        oneof: usize,
        object: &Value,
        at: &At,
        depth: usize,
    ) {
        let Some(group) = shape.oneofs.get(oneof) else { return };
        let chosen = form::chosen_member(object, shape, oneof);
        let members: Vec<&str> = shape.members(oneof).map(|member| member.name.as_str()).collect();
        let dot = if at.name.is_empty() { "" } else { "." };
        let name = format!("{}{dot}{}", at.name, group.name);
        let label = theme::code(group.name.as_str()).color(self.theme.muted);
        ui.push_id(("oneof", oneof), |ui| {
            self.labelled(ui, label, &group.doc, depth, |rows, ui| {
                let none = t("composer.form.unset_choice");
                let shown = chosen.map_or(none, |member| member.name.as_str());
                parts::combo("member", 120.0)
                    .selected_text(theme::code(shown))
                    .show_ui(ui, |ui| {
                        if ui.selectable_label(chosen.is_none(), none).clicked() {
                            rows.choose(at, shape, oneof, None);
                        }
                        for member in shape.members(oneof) {
                            let is_chosen = chosen == Some(member);
                            let text = theme::code(member.name.as_str());
                            if ui.selectable_label(is_chosen, text).clicked() && !is_chosen {
                                rows.choose(at, shape, oneof, Some(member));
                            }
                        }
                    })
                    .response
                    .accessible_name(name.as_str());
                let words = fill("composer.form.oneof", &[("members", &members.join(", "))]);
                parts::faint(ui, rows.theme, &words);
            });
        });
        let Some(member) = chosen else { return };
        self.member(ui, member, object, at, &shape.full_name, depth + 1);
    }

    /// The set member: a message stands open, without a fold of its own.
    fn member(
        &mut self,
        ui: &mut Ui,
        member: &FieldShape,
        object: &Value,
        at: &At,
        owner: &str,
        depth: usize,
    ) {
        if let FieldKind::Message(message) = &member.kind
            && let Some(shape) = self.schema.message(message)
        {
            let inside = at.field(&form::key_of(object, member), member);
            let value = form::field_value(object, member);
            ui.push_id(&member.name, |ui| self.message(ui, &shape, value, &inside, depth));
            return;
        }
        let ghost = form::field_value(&self.samples.of(self.schema, owner), member).cloned();
        self.field(ui, member, object, at, ghost, depth);
    }

    fn choose(
        &mut self,
        at: &At,
        shape: &Arc<MessageShape>,
        oneof: usize,
        member: Option<&FieldShape>,
    ) {
        self.edits.push(Edit::Choose {
            path: at.path.clone(),
            shape: Arc::clone(shape),
            oneof,
            member: member.map(|member| (member.clone(), form::default_value(member))),
        });
    }

    /// A nested message: `Set` while it is unset, folded or open when it is set.
    pub(super) fn nested(
        &mut self,
        ui: &mut Ui,
        field: &FieldShape,
        message: &str,
        value: Option<&Value>,
        at: &At,
        depth: usize,
    ) {
        let name = at.name.clone();
        let is_open = value.is_some() && !self.folded.contains(&name);
        self.line(ui, field, depth, |rows, ui| {
            if value.is_none() {
                let tip = fill("composer.form.set_field", &[("field", &name)]);
                if link(ui, t("composer.form.set"), &tip).accessible_name(tip.as_str()).clicked() {
                    rows.edits.push(Edit::Set(at.path.clone(), form::default_value(field)));
                }
                let type_name = short_type(&field.kind);
                let words = fill("composer.form.unset", &[("type", &type_name)]);
                parts::faint(ui, rows.theme, &words);
                return;
            }
            rows.fold_button(ui, &name, is_open);
            parts::faint(ui, rows.theme, &short_type(&field.kind));
            let unset = fill("composer.form.unset_field", &[("field", &name)]);
            if icon_button(ui, icon::X, &unset, None).clicked() {
                rows.edits.push(Edit::Remove(at.path.clone()));
            }
        });
        self.wrong(ui, at);
        if is_open && let Some(shape) = self.schema.message(message) {
            self.message(ui, &shape, value, at, depth + 1);
        }
    }

    fn fold_button(&mut self, ui: &mut Ui, name: &str, is_open: bool) {
        let (mark, words) = if is_open {
            (icon::CARET_DOWN, fill("composer.form.fold", &[("field", &name)]))
        } else {
            (icon::CARET_RIGHT, fill("composer.form.unfold", &[("field", &name)]))
        };
        if icon_button(ui, mark, &words, None).clicked() {
            if is_open {
                self.folded.insert(name.to_owned());
            } else {
                self.folded.remove(name);
            }
        }
    }

    /// A list: how many rows, `Add`, then the rows.
    pub(super) fn list(
        &mut self,
        ui: &mut Ui,
        field: &FieldShape,
        value: Option<&Value>,
        at: &At,
        depth: usize,
    ) {
        let name = at.name.clone();
        let nothing = Vec::new();
        let items = value.and_then(Value::as_array).unwrap_or(&nothing);
        self.line(ui, field, depth, |rows, ui| {
            badge(ui, &count("composer.form.rows", items.len() as u64, &[]));
            let tip = fill("composer.form.add_to", &[("field", &name)]);
            if link(ui, t("composer.form.add"), &tip).accessible_name(tip.as_str()).clicked() {
                rows.edits.push(Edit::AddRow(at.path.clone(), form::default_of_kind(&field.kind)));
            }
            let type_name = short_type(&field.kind);
            parts::faint(ui, rows.theme, &fill("composer.form.repeated", &[("type", &type_name)]));
        });
        self.wrong(ui, at);
        let columns = self.columns(&field.kind);
        for (item_idx, item) in items.iter().enumerate().take(MAX_ROWS) {
            let at = at.row(item_idx);
            ui.push_id(item_idx, |ui| match &columns {
                Some(shape) => self.table_row(ui, shape, item, &at, item_idx, depth),
                None => self.item(ui, &field.kind, item, &at, &item_idx.to_string(), depth),
            });
        }
        self.cut_note(ui, items.len());
    }

    fn cut_note(&self, ui: &mut Ui, n_items: usize) {
        if n_items > MAX_ROWS {
            ui.horizontal(|ui| {
                ui.add_space(self.label_width + space::S);
                let shown = fill("composer.form.cut", &[("shown", &MAX_ROWS), ("all", &n_items)]);
                parts::note(ui, &shown);
            });
        }
    }

    /// The shape of a message whose fields are few and plain enough to stand on one line.
    fn columns(&self, kind: &FieldKind) -> Option<Arc<MessageShape>> {
        let FieldKind::Message(message) = kind else { return None };
        let is_plain = |field: &FieldShape| {
            matches!(&field.kind, FieldKind::Scalar(scalar) if *scalar != ScalarKind::Bool)
                && matches!(field.cardinality, Cardinality::Single { .. } | Cardinality::Required)
                && field.oneof.is_none()
        };
        self.schema.message(message).filter(|shape| {
            (1..=MAX_COLUMNS).contains(&shape.fields.len()) && shape.fields.iter().all(is_plain)
        })
    }

    /// One element as columns; the names of the fields stand in the empty cells as ghost text.
    fn table_row(
        &mut self,
        ui: &mut Ui,
        shape: &Arc<MessageShape>,
        item: &Value,
        at: &At,
        item_idx: usize,
        depth: usize,
    ) {
        let label = theme::code(format!("[{item_idx}]")).color(self.theme.faint);
        self.labelled(ui, label, "", depth + 1, |rows, ui| {
            let n_columns = shape.fields.len() as f32;
            let room = (ui.available_width() - CONTROL - space::S).min(420.0);
            let width = ((room - (n_columns - 1.0) * space::XS) / n_columns).max(48.0);
            ui.spacing_mut().item_spacing.x = space::XS;
            for field in &shape.fields {
                let slot = Slot {
                    at: at.field(&form::key_of(item, field), field),
                    value: form::field_value(item, field),
                    sample: Some(Value::String(field.name.clone())),
                    kind: &field.kind,
                    has_presence: true,
                    is_clearable: false,
                };
                ui.push_id(&field.name, |ui| rows.text_control(ui, &slot, width));
            }
            rows.remove_button(ui, at);
        });
        for field in &shape.fields {
            self.wrong(ui, &at.field(&form::key_of(item, field), field));
        }
    }

    fn remove_button(&mut self, ui: &mut Ui, at: &At) {
        let tip = fill("composer.form.remove", &[("field", &at.name)]);
        if icon_button(ui, icon::X, &tip, None).clicked() {
            self.edits.push(Edit::Remove(at.path.clone()));
        }
    }

    /// One element of a list, or the value of a map's entry, under a heading of its own.
    fn item(
        &mut self,
        ui: &mut Ui,
        kind: &FieldKind,
        item: &Value,
        at: &At,
        label: &str,
        depth: usize,
    ) {
        let name = at.name.clone();
        let heading = theme::code(format!("[{label}]")).color(self.theme.faint);
        let is_open = !self.folded.contains(&name);
        self.labelled(ui, heading, "", depth + 1, |rows, ui| {
            if matches!(kind, FieldKind::Message(_)) {
                rows.fold_button(ui, &name, is_open);
                parts::faint(ui, rows.theme, &short_type(kind));
            } else {
                let slot = element(kind, item, at);
                rows.control(ui, &slot, rows.field_width);
            }
            rows.remove_button(ui, at);
        });
        self.wrong(ui, at);
        if let FieldKind::Message(message) = kind
            && is_open
            && let Some(shape) = self.schema.message(message)
        {
            self.message(ui, &shape, Some(item), at, depth + 2);
        }
    }

    /// A map: how many entries, `Add`, then key and value of each.
    pub(super) fn map(
        &mut self,
        ui: &mut Ui,
        field: &FieldShape,
        key_kind: ScalarKind,
        value: Option<&Value>,
        at: &At,
        depth: usize,
    ) {
        let name = at.name.clone();
        let nothing = serde_json::Map::new();
        let entries = value.and_then(Value::as_object).unwrap_or(&nothing);
        self.line(ui, field, depth, |rows, ui| {
            badge(ui, &count("composer.form.entries", entries.len() as u64, &[]));
            let tip = fill("composer.form.add_to", &[("field", &name)]);
            if link(ui, t("composer.form.add"), &tip).accessible_name(tip.as_str()).clicked() {
                let value = form::default_of_kind(&field.kind);
                rows.edits.push(Edit::AddEntry(at.path.clone(), first_key(key_kind), value));
            }
            let (key, value) = (key_kind.name(), short_type(&field.kind));
            let words = fill("composer.form.map", &[("key", &key), ("value", &value)]);
            parts::faint(ui, rows.theme, &words);
        });
        self.wrong(ui, at);
        for (entry_idx, (key, value)) in entries.iter().enumerate().take(MAX_ROWS) {
            ui.push_id(entry_idx, |ui| self.entry(ui, &field.kind, (key, value), at, depth));
        }
        self.cut_note(ui, entries.len());
    }

    fn entry(
        &mut self,
        ui: &mut Ui,
        kind: &FieldKind,
        (key, value): (&String, &Value),
        map: &At,
        depth: usize,
    ) {
        let at = map.entry(key);
        if let FieldKind::Message(_) = kind {
            self.labelled(ui, theme::code(""), "", depth + 1, |rows, ui| {
                rows.key_field(ui, key, map, rows.field_width);
            });
            ui.push_id("value", |ui| self.item(ui, kind, value, &at, key, depth));
            return;
        }
        self.labelled(ui, theme::code(""), "", depth + 1, |rows, ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            let room = (ui.available_width() - CONTROL - space::S).min(420.0);
            let width = ((room - space::XS) / 2.0).max(60.0);
            rows.key_field(ui, key, map, width);
            let slot = element(kind, value, &at);
            rows.control(ui, &slot, width);
            rows.remove_button(ui, &at);
        });
        self.wrong(ui, &at);
    }

    /// The key of an entry. A key that is taken stays typed and is marked, the entry keeps its old one.
    fn key_field(&mut self, ui: &mut Ui, key: &str, map: &At, width: f32) {
        let id = ui.make_persistent_id("key");
        let kept: Option<String> = ui.data(|data| data.get_temp(id));
        let is_typing = ui.memory(|memory| memory.has_focus(id));
        let mut typed = kept.filter(|_| is_typing).unwrap_or_else(|| key.to_owned());
        let name = fill("composer.form.key_of", &[("entry", &map.entry(key).name)]);
        let look = FieldLook {
            name: &name,
            hint: t("composer.form.empty_key"),
            tip: if typed == key { "" } else { t("composer.form.key_taken") },
            width,
            is_wrong: typed != key,
            id: Some(id),
            ..FieldLook::default()
        };
        if parts::field(ui, &mut typed, &look).changed() {
            ui.data_mut(|data| data.insert_temp(id, typed.clone()));
            let (path, old) = (map.path.clone(), key.to_owned());
            self.edits.push(Edit::Rename { path, old, new: typed });
        }
    }
}

/// A value that its row takes out, not itself.
fn element<'v>(kind: &'v FieldKind, item: &'v Value, at: &At) -> Slot<'v> {
    Slot {
        at: at.clone(),
        value: Some(item),
        sample: None,
        kind,
        has_presence: false,
        is_clearable: false,
    }
}

/// What a new entry's key begins with.
fn first_key(kind: ScalarKind) -> String {
    match kind {
        ScalarKind::String => "key",
        ScalarKind::Bool => "false",
        _ => "0",
    }
    .to_owned()
}
