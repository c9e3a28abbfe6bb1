//! Edits of the JSON behind a form: pure, in place, and blind to everything they do not name.
//!
//! Keys keep their order, fields keep the spelling in which they stand
//! (`user_id` or `userId`), and text that does not fit its type stays as typed.

use serde_json::Value;

use super::{FieldKind, FieldShape, MessageShape};

/// One step into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathStep {
    /// Into an object, by key.
    Key(String),
    /// Into a list, by position.
    Index(usize),
}

/// The value at a path.
pub fn get<'a>(root: &'a Value, path: &[PathStep]) -> Option<&'a Value> {
    path.iter().try_fold(root, |value, step| match step {
        PathStep::Key(key) => value.as_object()?.get(key),
        PathStep::Index(index) => value.as_array()?.get(*index),
    })
}

/// Sets the value at a path, making the objects on the way. Says whether it could.
pub fn set(_root: &mut Value, _path: &[PathStep], _value: Value) -> bool {
    false
}

/// Takes out the value at a path; the rest keeps its order.
pub fn remove(_root: &mut Value, _path: &[PathStep]) -> Option<Value> {
    None
}

/// The key under which a field stands in this object: the spelling found there, else its JSON name.
pub fn key_of(object: &Value, field: &FieldShape) -> String {
    let has_proto_name = object.as_object().is_some_and(|object| {
        object.contains_key(&field.name) && !object.contains_key(&field.json_name)
    });
    if has_proto_name { field.name.clone() } else { field.json_name.clone() }
}

/// The value of a field in this object, under either spelling.
pub fn field_value<'a>(object: &'a Value, field: &FieldShape) -> Option<&'a Value> {
    object.as_object()?.get(&key_of(object, field))
}

/// Appends a row to the list at a path, making the list if there is none.
pub fn add_row(_root: &mut Value, _path: &[PathStep], _row: Value) -> bool {
    false
}

/// Adds an entry to the map at a path, under `key` or the first free name made from it. Gives the key.
pub fn add_entry(
    _root: &mut Value,
    _path: &[PathStep],
    _key: &str,
    _value: Value,
) -> Option<String> {
    None
}

/// Renames a key of the map at a path in its place. Refused (`false`) when the new name is taken.
pub fn rename_key(_root: &mut Value, _path: &[PathStep], _old: &str, _new: &str) -> bool {
    false
}

/// Makes `member` the set one of its oneof in the message at a path: its siblings go, a value that it has stays.
/// `None` for the member clears the oneof.
pub fn choose_member(
    _root: &mut Value,
    _path: &[PathStep],
    _shape: &MessageShape,
    _oneof: usize,
    _member: Option<(&FieldShape, Value)>,
) -> bool {
    false
}

/// The member of a oneof that is set in this object.
pub fn chosen_member<'a>(
    object: &Value,
    shape: &'a MessageShape,
    oneof: usize,
) -> Option<&'a FieldShape> {
    shape.members(oneof).find(|field| field_value(object, field).is_some())
}

/// What a field holds when it is set and nothing is typed yet: a list for repeated, an object for maps and messages.
pub fn default_value(_field: &FieldShape) -> Value {
    Value::Null
}

/// What one row or entry of this kind holds when nothing is typed yet.
pub fn default_of_kind(_kind: &FieldKind) -> Value {
    Value::Null
}

/// What the user typed, as the JSON that fits the kind; text that does not fit stays text.
pub fn scalar_from_text(_kind: &FieldKind, text: &str) -> Value {
    Value::String(text.to_owned())
}

/// A scalar as the text that a field shows.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
