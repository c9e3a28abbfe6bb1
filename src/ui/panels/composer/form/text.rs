//! Between what is typed and what stands in the JSON.
//!
//! While a field has the keyboard it shows what was typed, letter by letter, as long as that still means
//! the value in the JSON: `1.50` stays `1.50`, although the JSON may write it `1.5`.

use egui::{Id, Ui};
use serde_json::Value;

use crate::model::Timestamp;
use crate::schema::form;
use crate::schema::{FieldKind, ScalarKind, WellKnown};
use crate::text::{count, fill, format};
use crate::ui::panels::composer::gloss::{self, Unit};

/// What the field shows: the typed text while it means the value, else the value.
pub(super) fn shown(ui: &Ui, id: Id, kind: &FieldKind, value: Option<&Value>) -> String {
    let kept: Option<String> = ui.data(|data| data.get_temp(id));
    kept.filter(|typed| ui.memory(|memory| memory.has_focus(id)) && means(kind, typed, value))
        .unwrap_or_else(|| value.map(|value| written(kind, value)).unwrap_or_default())
}

/// Keeps what is typed.
pub(super) fn keep(ui: &Ui, id: Id, typed: &str) {
    ui.data_mut(|data| data.insert_temp(id, typed.to_owned()));
}

/// The JSON that the typed text stands for; `None` unsets.
pub(super) fn read(kind: &FieldKind, typed: &str) -> Option<Value> {
    if typed.trim().is_empty() && !takes_empty(kind) {
        return None;
    }
    Some(match kind {
        FieldKind::WellKnown(known) if is_any_json(*known) => {
            serde_json::from_str(typed).unwrap_or_else(|_not_json| Value::String(typed.to_owned()))
        }
        _ => form::scalar_from_text(kind, typed),
    })
}

fn written(kind: &FieldKind, value: &Value) -> String {
    match (kind, value) {
        (FieldKind::WellKnown(WellKnown::Value), value) => value.to_string(),
        _ => form::text_of(value),
    }
}

fn means(kind: &FieldKind, typed: &str, value: Option<&Value>) -> bool {
    read(kind, typed).as_ref() == value
}

/// Kinds for which an empty text is a value.
fn takes_empty(kind: &FieldKind) -> bool {
    use ScalarKind::{Bytes, String};
    matches!(
        kind,
        FieldKind::Scalar(String | Bytes)
            | FieldKind::WellKnown(WellKnown::Wrapper(String | Bytes) | WellKnown::FieldMask)
    )
}

/// Messages that hold JSON of any form.
fn is_any_json(known: WellKnown) -> bool {
    matches!(known, WellKnown::Struct | WellKnown::Value | WellKnown::ListValue | WellKnown::Any)
}

/// What a timestamp or duration means.
pub(super) fn gloss(known: WellKnown, text: &str, now: Timestamp) -> Option<String> {
    match known {
        WellKnown::Timestamp => {
            let now = i64::try_from(now.0 / 1_000_000_000).ok()?;
            let far = gloss::distance(text, now)?;
            let amount = match far.unit {
                Unit::Seconds => count("composer.gloss.seconds", far.count, &[]),
                Unit::Minutes => count("composer.gloss.minutes", far.count, &[]),
                Unit::Hours => count("composer.gloss.hours", far.count, &[]),
                Unit::Days => count("composer.gloss.days", far.count, &[]),
            };
            Some(if far.is_ahead {
                fill("composer.gloss.ahead", &[("amount", &amount)])
            } else {
                fill("composer.gloss.ago", &[("amount", &amount)])
            })
        }
        WellKnown::Duration => gloss::length(text).map(format::duration),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_emptied_field_is_empty_for_texts_and_unset_for_the_rest() {
        let text = FieldKind::Scalar(ScalarKind::String);
        assert_eq!(read(&text, ""), Some(json!("")));
        assert_eq!(read(&FieldKind::Scalar(ScalarKind::Int32), ""), None);
        assert_eq!(read(&FieldKind::WellKnown(WellKnown::Timestamp), ""), None);
    }

    #[test]
    fn any_json_is_taken_as_json_and_the_rest_as_text() {
        let kind = FieldKind::WellKnown(WellKnown::Struct);
        assert_eq!(read(&kind, r#"{"a": 1}"#), Some(json!({"a": 1})));
        assert_eq!(read(&kind, r#"{"a": "#), Some(json!(r#"{"a": "#)));
    }
}
