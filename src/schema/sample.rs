//! Filled-in messages: values that suit the name of their field.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Cardinality, FieldKind, FieldShape, MessageShape, ScalarKind, Schema, WellKnown};

/// How deep messages are filled; below that they stay empty.
const MAX_DEPTH: usize = 4;
/// Wide trees of messages stop growing here.
const MAX_FIELDS: usize = 400;

/// A filled-in message; `{}` for one that the schema does not have.
pub(super) fn sample(schema: &Schema, message: &str) -> Value {
    let mut filler = Filler { schema, open: Vec::new(), n_fields: 0 };
    match WellKnown::of(message) {
        Some(known) => well_known(known, ""),
        None => filler.message(message).unwrap_or_else(|| Value::Object(Map::new())),
    }
}

struct Filler<'a> {
    schema: &'a Schema,
    /// Messages being filled: one inside itself stays out.
    open: Vec<String>,
    n_fields: usize,
}

impl Filler<'_> {
    /// `None` where filling ends: the message is open already, or it is too deep.
    fn message(&mut self, full_name: &str) -> Option<Value> {
        let shape = self.schema.message(full_name)?;
        let is_open = self.open.iter().any(|open| open == full_name);
        if is_open || self.open.len() >= MAX_DEPTH || self.n_fields >= MAX_FIELDS {
            return None;
        }
        self.open.push(full_name.to_owned());
        let object = self.fields(&shape);
        self.open.pop();
        Some(Value::Object(object))
    }

    fn fields(&mut self, shape: &Arc<MessageShape>) -> Map<String, Value> {
        let mut object = Map::new();
        for field in &shape.fields {
            // Of a oneof the first member stands.
            let is_first = field.oneof.is_none_or(|oneof| {
                shape.members(oneof).next().is_some_and(|first| first.number == field.number)
            });
            if !is_first || field.is_deprecated {
                continue;
            }
            self.n_fields += 1;
            if let Some(value) = self.field(field) {
                object.insert(field.json_name.clone(), value);
            }
        }
        object
    }

    fn field(&mut self, field: &FieldShape) -> Option<Value> {
        let value = match &field.kind {
            FieldKind::Scalar(kind) => scalar(*kind, &field.name),
            FieldKind::Enum(shape) => {
                let first = shape.values.iter().find(|value| value.number != 0);
                json!(first.or(shape.values.first())?.name)
            }
            FieldKind::Message(name) => self.message(name)?,
            FieldKind::WellKnown(known) => well_known(*known, &field.name),
        };
        Some(match field.cardinality {
            Cardinality::Single { .. } | Cardinality::Required => value,
            Cardinality::Repeated => json!([value]),
            Cardinality::Map { key } => {
                let key = match scalar(key, "key") {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                json!({ key: value })
            }
        })
    }
}

/// A value of a message with a JSON form of its own.
pub(super) fn well_known(known: WellKnown, name: &str) -> Value {
    match known {
        WellKnown::Timestamp => json!("2026-01-31T12:00:00Z"),
        WellKnown::Duration => json!("1.500s"),
        WellKnown::FieldMask => json!("name"),
        WellKnown::Struct => json!({ "key": "value" }),
        WellKnown::Value => json!("value"),
        WellKnown::ListValue => json!(["value"]),
        WellKnown::Any => {
            json!({ "@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s" })
        }
        WellKnown::Empty => json!({}),
        WellKnown::Wrapper(kind) => scalar(kind, name),
    }
}

fn scalar(kind: ScalarKind, name: &str) -> Value {
    match kind {
        ScalarKind::Bool => json!(true),
        ScalarKind::String => json!(text(name)),
        ScalarKind::Bytes => json!("aGVsbG8="),
        ScalarKind::Double | ScalarKind::Float => json!(number(name).1),
        wide if wide.is_64_bit() => json!(number(name).0.to_string()),
        _ => json!(number(name).0),
    }
}

/// A whole number and a fraction that suit the name.
fn number(name: &str) -> (i32, f64) {
    let has = |words: &[&str]| words.iter().any(|word| name.to_lowercase().contains(word));
    match () {
        () if has(&["year"]) => (2026, 2026.0),
        () if has(&["month"]) => (1, 1.0),
        () if has(&["page_size", "pagesize", "limit", "max"]) => (10, 10.0),
        () if has(&["lat"]) => (52, 52.52),
        () if has(&["lon", "lng"]) => (13, 13.405),
        () if has(&["price", "amount", "total", "cost"]) => (1999, 19.99),
        () if has(&["nanos"]) => (0, 0.0),
        () if has(&["port"]) => (8080, 8080.0),
        () => (1, 1.5),
    }
}

/// A text that suits the name. The first row that matches counts.
fn text(name: &str) -> &'static str {
    const BY_NAME: [(&[&str], &str); 27] = [
        (&["email"], "ada@example.com"),
        (&["currency"], "EUR"),
        (&["card_number", "cardnumber"], "4111 1111 1111 1111"),
        (&["phone"], "+49 30 123456"),
        (&["first_name", "firstname"], "Ada"),
        (&["last_name", "lastname", "surname"], "Lovelace"),
        (&["display_name", "displayname"], "Ada Lovelace"),
        (&["file"], "notes.txt"),
        (&["host"], "localhost"),
        (&["name", "author", "owner"], "Ada"),
        (&["user"], "ada"),
        (&["url", "uri", "link", "website"], "https://example.com"),
        (&["street", "address_line"], "1 Main Street"),
        (&["city", "town"], "Berlin"),
        (&["state", "region"], "Berlin"),
        (&["country"], "DE"),
        (&["zip", "postal"], "10115"),
        (&["language", "locale"], "en-US"),
        (&["time_zone", "timezone"], "Europe/Berlin"),
        (&["date"], "2026-01-31"),
        (&["token", "cursor"], ""),
        (&["sku", "product"], "MUG-01"),
        (&["title", "subject"], "Hello"),
        (&["message", "comment", "text", "body", "content", "description"], "Hello, world"),
        (&["query", "search", "filter"], "mug"),
        (&["key"], "key"),
        (&["id"], "42"),
    ];
    let name = name.to_lowercase();
    BY_NAME
        .iter()
        .find(|(words, _)| words.iter().any(|word| name.contains(word)))
        .map_or("text", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::load_virtual;

    #[test]
    fn values_suit_their_names() {
        let loaded = load_virtual(&[(
            "a.proto",
            "syntax = \"proto3\"; import \"google/protobuf/timestamp.proto\";
            enum Color { NONE = 0; RED = 1; }
            message A { string name = 1; int64 big = 2; repeated Color colors = 3; map<int32, A> by_id = 4; A me = 5;
              oneof pay { string email = 6; bool cash = 7; } google.protobuf.Timestamp at = 8; string old = 9 [deprecated = true]; }",
        )]);
        assert_eq!(loaded.problems, []);
        assert_eq!(
            loaded.schema.sample("A"),
            json!({
                "name": "Ada", "big": "1", "colors": ["RED"],
                "email": "ada@example.com", "at": "2026-01-31T12:00:00Z"
            })
        );
        assert_eq!(loaded.schema.sample("Nobody"), json!({}));
    }
}
