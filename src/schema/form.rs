//! Edits of the JSON behind a form: pure, in place, and blind to everything they do not name.
//!
//! Keys keep their order, fields keep the spelling in which they stand
//! (`user_id` or `userId`), and text that does not fit its type stays as typed.

use serde_json::{Map, Number, Value};

use super::{
    Cardinality, FieldKind, FieldShape, MessageShape, ScalarKind, WellKnown, json::integer,
};

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

/// Sets the value at a path, making the objects on the way. Says whether it could:
/// it never replaces a list or a text by an object, and never leaves a gap in a list.
pub fn set(root: &mut Value, path: &[PathStep], value: Value) -> bool {
    match is_reachable(root, path).then(|| make_way(root, path)).flatten() {
        Some(slot) => {
            *slot = value;
            true
        }
        None => false,
    }
}

/// Takes out the value at a path; the rest keeps its order.
pub fn remove(root: &mut Value, path: &[PathStep]) -> Option<Value> {
    let (last, parents) = path.split_last()?;
    let parent = get_mut(root, parents)?;
    match last {
        PathStep::Key(key) => parent.as_object_mut()?.shift_remove(key),
        PathStep::Index(index) => {
            let list = parent.as_array_mut()?;
            (*index < list.len()).then(|| list.remove(*index))
        }
    }
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
pub fn add_row(root: &mut Value, path: &[PathStep], row: Value) -> bool {
    if get(root, path).is_none_or(Value::is_null) && !set(root, path, Value::Array(Vec::new())) {
        return false;
    }
    match get_mut(root, path).and_then(Value::as_array_mut) {
        Some(list) => {
            list.push(row);
            true
        }
        None => false,
    }
}

/// Adds an entry to the map at a path, under `key` or the first free name made from it. Gives the key.
pub fn add_entry(root: &mut Value, path: &[PathStep], key: &str, value: Value) -> Option<String> {
    let is_missing = get(root, path).is_none_or(Value::is_null);
    if is_missing && !set(root, path, Value::Object(Map::new())) {
        return None;
    }
    let map = get_mut(root, path)?.as_object_mut()?;
    let free = free_key(map, key);
    map.insert(free.clone(), value);
    Some(free)
}

/// Renames a key of the map at a path in its place. Refused (`false`) when the new name is taken.
pub fn rename_key(root: &mut Value, path: &[PathStep], old: &str, new: &str) -> bool {
    let Some(map) = get_mut(root, path).and_then(Value::as_object_mut) else { return false };
    if !map.contains_key(old) || (old != new && map.contains_key(new)) {
        return false;
    }
    let entries = std::mem::take(map).into_iter();
    *map = entries
        .map(|(key, value)| if key == old { (new.to_owned(), value) } else { (key, value) })
        .collect();
    true
}

/// Makes `member` the set one of its oneof in the message at a path: its siblings go, a value that it has stays.
/// `None` for the member clears the oneof.
pub fn choose_member(
    root: &mut Value,
    path: &[PathStep],
    shape: &MessageShape,
    oneof: usize,
    member: Option<(&FieldShape, Value)>,
) -> bool {
    let is_missing = get(root, path).is_none_or(Value::is_null);
    if is_missing && !set(root, path, Value::Object(Map::new())) {
        return false;
    }
    let Some(object) = get_mut(root, path).and_then(Value::as_object_mut) else { return false };
    for sibling in shape.members(oneof) {
        if member.as_ref().is_none_or(|(chosen, _)| chosen.number != sibling.number) {
            object.shift_remove(&sibling.json_name);
            object.shift_remove(&sibling.name);
        }
    }
    if let Some((chosen, value)) = member {
        let is_set = |name: &str| object.get(name).is_some_and(|value| !value.is_null());
        if !is_set(&chosen.json_name) && !is_set(&chosen.name) {
            let key =
                if object.contains_key(&chosen.name) { &chosen.name } else { &chosen.json_name };
            object.insert(key.clone(), value);
        }
    }
    true
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
pub fn default_value(field: &FieldShape) -> Value {
    match field.cardinality {
        Cardinality::Repeated => Value::Array(Vec::new()),
        Cardinality::Map { .. } => Value::Object(Map::new()),
        Cardinality::Single { .. } | Cardinality::Required => default_of_kind(&field.kind),
    }
}

/// What one row or entry of this kind holds when nothing is typed yet.
pub fn default_of_kind(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Scalar(scalar) => default_of_scalar(*scalar),
        FieldKind::Enum(shape) => shape
            .values
            .iter()
            .find(|value| value.number == 0)
            .or(shape.values.first())
            .map_or(Value::from(0), |value| Value::String(value.name.clone())),
        FieldKind::Message(_) => Value::Object(Map::new()),
        FieldKind::WellKnown(known) => match known {
            WellKnown::Timestamp => Value::from("1970-01-01T00:00:00Z"),
            WellKnown::Duration => Value::from("0s"),
            WellKnown::FieldMask => Value::from(""),
            WellKnown::Struct | WellKnown::Any | WellKnown::Empty => Value::Object(Map::new()),
            WellKnown::Value => Value::Null,
            WellKnown::ListValue => Value::Array(Vec::new()),
            WellKnown::Wrapper(scalar) => default_of_scalar(*scalar),
        },
    }
}

fn default_of_scalar(scalar: ScalarKind) -> Value {
    match scalar {
        ScalarKind::Bool => Value::Bool(false),
        ScalarKind::String | ScalarKind::Bytes => Value::from(""),
        wide if wide.is_64_bit() => Value::from("0"),
        _ => Value::from(0),
    }
}

/// What the user typed, as the JSON that fits the kind; text that does not fit stays text,
/// so that nothing typed is lost and `check_json` can mark it.
pub fn scalar_from_text(kind: &FieldKind, text: &str) -> Value {
    let scalar = match kind {
        FieldKind::Scalar(scalar) | FieldKind::WellKnown(WellKnown::Wrapper(scalar)) => *scalar,
        FieldKind::Enum(shape) => {
            let is_name = shape.values.iter().any(|value| value.name == text);
            return match integer(text.trim()).filter(|_| !is_name) {
                Some(number) => number_value(&number.to_string(), text),
                None => Value::from(text),
            };
        }
        FieldKind::WellKnown(
            WellKnown::Value | WellKnown::Struct | WellKnown::ListValue | WellKnown::Any,
        ) => {
            return serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        }
        FieldKind::WellKnown(_) | FieldKind::Message(_) => return Value::from(text),
    };
    let trimmed = text.trim();
    match scalar {
        ScalarKind::String | ScalarKind::Bytes => Value::from(text),
        ScalarKind::Bool => match trimmed {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::from(text),
        },
        // As ProtoJSON writes them: text is exact everywhere.
        wide if wide.is_64_bit() => match integer(trimmed) {
            Some(number) => Value::String(number.to_string()),
            None => Value::from(text),
        },
        _ => number_value(trimmed, text),
    }
}

fn number_value(number: &str, typed: &str) -> Value {
    // The number keeps its digits (arbitrary precision); only JSON's own spelling is a number.
    serde_json::from_str::<Number>(number).map_or_else(|_| Value::from(typed), Value::Number)
}

/// A scalar as the text that a field shows.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn get_mut<'a>(root: &'a mut Value, path: &[PathStep]) -> Option<&'a mut Value> {
    path.iter().try_fold(root, |value, step| match step {
        PathStep::Key(key) => value.as_object_mut()?.get_mut(key),
        PathStep::Index(index) => value.as_array_mut()?.get_mut(*index),
    })
}

/// Whether [`make_way`] gets there: asked first, so that a refused edit changes nothing.
fn is_reachable(root: &Value, path: &[PathStep]) -> bool {
    let mut here = Some(root);
    for step in path {
        here = match (here.filter(|value| !value.is_null()), step) {
            (None, PathStep::Key(_) | PathStep::Index(0)) => None,
            (Some(Value::Object(object)), PathStep::Key(key)) => object.get(key),
            (Some(Value::Array(list)), PathStep::Index(index)) if *index <= list.len() => {
                list.get(*index)
            }
            _ => return false,
        };
    }
    true
}

/// The slot at a path; what is missing or null on the way becomes an object or grows the list by one.
fn make_way<'a>(root: &'a mut Value, path: &[PathStep]) -> Option<&'a mut Value> {
    path.iter().try_fold(root, |value, step| match step {
        PathStep::Key(key) => {
            if value.is_null() {
                *value = Value::Object(Map::new());
            }
            Some(value.as_object_mut()?.entry(key.clone()).or_insert(Value::Null))
        }
        PathStep::Index(index) => {
            if value.is_null() {
                *value = Value::Array(Vec::new());
            }
            let list = value.as_array_mut()?;
            if *index == list.len() {
                list.push(Value::Null);
            }
            list.get_mut(*index)
        }
    })
}

fn free_key(map: &Map<String, Value>, wanted: &str) -> String {
    if !map.contains_key(wanted) {
        return wanted.to_owned();
    }
    // Keys may be numbers: `1` continues with `2`, `key` with `key2`.
    let stem = wanted.trim_end_matches(|c: char| c.is_ascii_digit());
    let start =
        wanted.get(stem.len()..).and_then(|digits| digits.parse::<u32>().ok()).map_or(1, u64::from);
    (start + 1..)
        .take(map.len() + 1)
        .map(|number| format!("{stem}{number}"))
        .find(|key| !map.contains_key(key))
        .unwrap_or_else(|| format!("{wanted}_"))
}

#[cfg(test)]
mod tests;
