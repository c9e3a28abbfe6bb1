//! The controls of single values: text, choice, list.

use egui::{Rect, Ui, vec2};
use serde_json::Value;

use super::rows::{Rows, Slot};
use super::text;
use crate::schema::{EnumShape, FieldKind, ScalarKind, WellKnown};
use crate::text::{fill, t};
use crate::ui::panels::composer::edits::Edit;
use crate::ui::panels::composer::parts::{self, FieldLook};
use crate::ui::theme;
use crate::ui::widgets::{Icon, icon};

/// Room for the button that unsets, inside the field.
const CLEAR: f32 = 20.0;

impl Rows<'_> {
    /// The control that suits the kind.
    pub(super) fn control(&mut self, ui: &mut Ui, slot: &Slot<'_>, width: f32) {
        match slot.kind {
            FieldKind::Scalar(ScalarKind::Bool)
            | FieldKind::WellKnown(WellKnown::Wrapper(ScalarKind::Bool)) => self.truth(ui, slot),
            FieldKind::Enum(shape) => self.one_of_enum(ui, slot, shape, width),
            FieldKind::WellKnown(WellKnown::Empty) => self.empty(ui, slot),
            _ => self.text_control(ui, slot, width),
        }
    }

    fn truth(&mut self, ui: &mut Ui, slot: &Slot<'_>) {
        let chosen = match slot.value {
            None if slot.has_presence => Some(None),
            None => None,
            Some(value) => value.as_bool().map(Some),
        };
        let unset = (None, t("composer.form.unset_choice"));
        let entries = [unset, (Some(false), "false"), (Some(true), "true")];
        let entries = if slot.is_clearable { &entries[..] } else { &entries[1..] };
        match parts::choice(ui, &slot.at.name, chosen.or(Some(None)), entries) {
            Some(Some(value)) => self.edits.push(Edit::Set(slot.at.path.clone(), value.into())),
            Some(None) => self.edits.push(Edit::Remove(slot.at.path.clone())),
            None => {}
        }
    }

    fn one_of_enum(&mut self, ui: &mut Ui, slot: &Slot<'_>, shape: &EnumShape, width: f32) {
        let shown = match slot.value {
            None => slot.sample.as_ref().map(text_of_enum).unwrap_or_default(),
            Some(value) => text_of_enum(value),
        };
        let color = if slot.value.is_none() { self.theme.faint } else { self.theme.text };
        let response = parts::combo("enum", width)
            .truncate()
            .selected_text(theme::code(shown).color(color))
            .show_ui(ui, |ui| {
                if slot.is_clearable
                    && ui
                        .selectable_label(slot.value.is_none(), t("composer.form.unset_choice"))
                        .clicked()
                {
                    self.edits.push(Edit::Remove(slot.at.path.clone()));
                }
                for value in &shape.values {
                    let is_chosen = slot.value.is_some_and(|set| {
                        set.as_str() == Some(&value.name)
                            || set.as_i64() == Some(i64::from(value.number))
                    });
                    let words = format!("{} = {}", value.name, value.number);
                    let row = ui.selectable_label(is_chosen, theme::code(words));
                    let row = if value.doc.is_empty() {
                        row
                    } else {
                        row.on_hover_text(value.doc.trim())
                    };
                    if row.clicked() {
                        let name = Value::String(value.name.clone());
                        self.edits.push(Edit::Set(slot.at.path.clone(), name));
                    }
                }
            })
            .response
            .accessible_name(slot.at.name.as_str());
        if self.problem_at(&slot.at).is_some() {
            let line = egui::Stroke::new(1.0, self.theme.failed);
            let inside = egui::StrokeKind::Inside;
            ui.painter().rect_stroke(response.rect, theme::RADIUS, line, inside);
        }
    }

    fn empty(&mut self, ui: &mut Ui, slot: &Slot<'_>) {
        if slot.value.is_some() {
            let name = fill("composer.form.unset_field", &[("field", &slot.at.name)]);
            if crate::ui::widgets::tool_button(ui, &name, &name).clicked() {
                self.edits.push(Edit::Remove(slot.at.path.clone()));
            }
        } else {
            let name = fill("composer.form.set_field", &[("field", &slot.at.name)]);
            if crate::ui::widgets::tool_button(ui, &name, &name).clicked() {
                let nothing = Value::Object(serde_json::Map::new());
                self.edits.push(Edit::Set(slot.at.path.clone(), nothing));
            }
        }
    }

    /// A one-line field for everything that is written.
    pub(super) fn text_control(&mut self, ui: &mut Ui, slot: &Slot<'_>, width: f32) {
        let id = ui.make_persistent_id("value");
        let mut typed = text::shown(ui, id, slot.kind, slot.value);
        let is_set = slot.value.is_some();
        let has_clear = is_set && slot.is_clearable;
        let hint = match (is_set, &slot.sample) {
            (true, _) => t("composer.form.empty").to_owned(),
            (false, Some(sample)) => crate::schema::form::text_of(sample),
            (false, None) => String::new(),
        };
        let look = FieldLook {
            name: &slot.at.name,
            hint: &hint,
            width,
            is_wrong: self.problem_at(&slot.at).is_some(),
            reserved: if has_clear { CLEAR } else { 0.0 },
            id: Some(id),
            ..FieldLook::default()
        };
        let response = parts::field(ui, &mut typed, &look);
        if response.changed() {
            text::keep(ui, id, &typed);
            self.edits.push(match text::read(slot.kind, &typed) {
                Some(value) => Edit::Set(slot.at.path.clone(), value),
                None => Edit::Remove(slot.at.path.clone()),
            });
        }
        if has_clear && clear_button(ui, response.rect, &slot.at.name) {
            text::keep(ui, id, "");
            self.edits.push(Edit::Remove(slot.at.path.clone()));
        }
    }
}

/// A small cross at the right end of a field.
fn clear_button(ui: &mut Ui, field: Rect, name: &str) -> bool {
    let spot = Rect::from_center_size(field.right_center() - vec2(13.0, 0.0), vec2(18.0, 18.0));
    let name = fill("composer.form.unset_field", &[("field", &name)]);
    small_icon_at(ui, spot, icon::X, 11.0, &name)
}

/// An icon button inside another control.
pub(in crate::ui::panels::composer) fn small_icon_at(
    ui: &mut Ui,
    spot: Rect,
    icon: Icon,
    size: f32,
    name: &str,
) -> bool {
    let theme = theme::Theme::current(ui.ctx());
    let response = ui.interact(spot, ui.make_persistent_id(name), egui::Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    let is_lit = response.hovered() || response.has_focus();
    let color = if is_lit { theme.text } else { theme.faint };
    let center = egui::Align2::CENTER_CENTER;
    ui.painter().text(spot.center(), center, icon.0, theme::icon_font(size), color);
    let is_clicked = response.clicked();
    response.on_hover_text(name);
    is_clicked
}

fn text_of_enum(value: &Value) -> String {
    crate::schema::form::text_of(value)
}
