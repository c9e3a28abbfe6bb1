//! Filled-in messages: values that suit the name of their field.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Cardinality, FieldKind, FieldShape, MessageShape, ScalarKind, Schema, WellKnown};

/// How deep messages are filled; below that they stay empty.
const MAX_DEPTH: usize = 4;
/// Wide trees of messages stop growing here.
const MAX_FIELDS: usize = 400;
/// What proto2 requires is filled beyond both, up to here: it may require itself in ever more places.
const MAX_REQUIRED_FIELDS: usize = 4_000;

/// A filled-in message; `{}` for one that the schema does not have.
pub(super) fn sample(schema: &Schema, message: &str) -> Value {
    let mut filler = Filler { schema, open: Vec::new(), n_bare: 0, n_fields: 0 };
    match WellKnown::of(message) {
        Some(known) => well_known(known, ""),
        None => match filler.message(message, false) {
            Some(filled) => Value::Object(filled.object),
            None => Value::Object(Map::new()),
        },
    }
}

struct Filler<'a> {
    schema: &'a Schema,
    /// Messages being filled: one inside itself stays out.
    open: Vec<String>,
    /// How many of them, the last ones, are filled with what they require and nothing else.
    n_bare: usize,
    n_fields: usize,
}

struct Filled {
    object: Map<String, Value>,
    /// Whether it has everything that it requires.
    is_whole: bool,
}

impl Filler<'_> {
    /// `None` where filling ends: the message is open already, or it is too deep. One that is required goes on
    /// with what it requires itself, unless that has no end.
    fn message(&mut self, full_name: &str, is_required: bool) -> Option<Filled> {
        let shape = self.schema.message(full_name)?;
        let is_open = self.open.iter().any(|open| open == full_name);
        let is_full = self.open.len() >= MAX_DEPTH || self.n_fields >= MAX_FIELDS;
        let is_bare = self.n_bare > 0 || is_open || is_full;
        let bare = self.open.iter().rev().take(self.n_bare);
        let has_no_end =
            bare.into_iter().any(|open| open == full_name) || self.n_fields >= MAX_REQUIRED_FIELDS;
        if is_bare && (!is_required || has_no_end) {
            return None;
        }
        self.open.push(full_name.to_owned());
        self.n_bare += usize::from(is_bare);
        let filled = self.fields(&shape, is_bare);
        self.n_bare -= usize::from(is_bare);
        self.open.pop();
        Some(filled)
    }

    fn fields(&mut self, shape: &Arc<MessageShape>, is_bare: bool) -> Filled {
        let mut filled = Filled { object: Map::new(), is_whole: true };
        for field in &shape.fields {
            let is_required = field.cardinality == Cardinality::Required;
            // Of a oneof the first member stands.
            let is_first = field.oneof.is_none_or(|oneof| {
                shape.members(oneof).next().is_some_and(|first| first.number == field.number)
            });
            if !is_required && (is_bare || !is_first || field.is_deprecated) {
                continue;
            }
            self.n_fields += 1;
            match self.field(field) {
                Some((value, is_whole)) if is_required || is_whole => {
                    filled.object.insert(field.json_name.clone(), value);
                    filled.is_whole &= is_whole;
                }
                // Left out is better than in part.
                Some(_) => {}
                None => filled.is_whole &= !is_required,
            }
        }
        filled
    }

    /// A value, and whether it has everything that it requires.
    fn field(&mut self, field: &FieldShape) -> Option<(Value, bool)> {
        let mut is_whole = true;
        let value = match &field.kind {
            FieldKind::Scalar(kind) => scalar(*kind, &field.name),
            FieldKind::Enum(shape) => {
                let first = shape.values.iter().find(|value| value.number != 0);
                json!(first.or(shape.values.first())?.name)
            }
            FieldKind::Message(name) => {
                let filled = self.message(name, field.cardinality == Cardinality::Required)?;
                is_whole = filled.is_whole;
                Value::Object(filled.object)
            }
            FieldKind::WellKnown(known) => well_known(*known, &field.name),
        };
        let value = match field.cardinality {
            Cardinality::Single { .. } | Cardinality::Required => value,
            Cardinality::Repeated => json!([value]),
            Cardinality::Map { key } => {
                let key = match scalar(key, "key") {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                json!({ key: value })
            }
        };
        Some((value, is_whole))
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

    /// The sample of `A`, which is checked to have all that it requires unless that has no end.
    fn check(messages: &str, expect: &Value) {
        let text = format!("syntax = \"proto2\"; {messages}");
        let schema = load_virtual(&[("a.proto", text.as_str())]).schema;
        let sample = schema.sample("A");
        assert_eq!(sample, *expect);
        let problems = schema.check_json("A", &sample.to_string());
        assert_eq!(problems.is_empty(), !messages.contains("no end"), "{problems:?}");
    }

    #[test]
    fn what_is_required_is_filled_at_any_depth() {
        check(
            "message A { required B b = 1; } message B { required C c = 1; } message C { required D d = 1; }
            message D { required E e = 1; } message E { required F f = 1; optional string name = 2; }
            message F { required int32 n = 1; optional string name = 2; }",
            &json!({ "b": { "c": { "d": { "e": { "f": { "n": 1 } } } } } }),
        );
        check(
            "message A { required string old = 1 [deprecated = true]; optional B b = 2; }
            message B { required A a = 1; }",
            &json!({ "old": "text", "b": { "a": { "old": "text" } } }),
        );
    }

    #[test]
    fn what_requires_itself_without_end_stops_or_is_left_out() {
        check(
            "message A { optional string name = 1; optional B b = 2; repeated B all = 3; }
            message B { required B b = 1; }",
            &json!({ "name": "Ada" }),
        );
        check(
            "message A { required int32 n = 1; required A no_end = 2; } // no end",
            &json!({ "n": 1, "noEnd": { "n": 1 } }),
        );
    }

    #[test]
    fn wide_and_deep_samples_are_bounded() {
        let mut text = "syntax = \"proto2\"; message M40 { required int32 n = 1; } ".to_owned();
        for n in 0..40 {
            let next = n + 1;
            text += &format!("message M{n} {{ required M{next} a = 1; required M{next} b = 2; }} ");
        }
        let schema = load_virtual(&[("a.proto", text.as_str())]).schema;
        assert!(schema.sample("M0").to_string().len() < 100_000);

        let many: Vec<_> = (1..=500).map(|n| format!("optional int32 n{n} = {n};")).collect();
        let many = many.join(" ");
        check(
            &format!(
                "message A {{ {many} required B b = 501; }} message B {{ required bool c = 1; }}"
            ),
            &{
                let mut all: Map<_, _> = (1..=500).map(|n| (format!("n{n}"), json!(1))).collect();
                all.insert("b".to_owned(), json!({ "c": true }));
                Value::Object(all)
            },
        );
    }
}
