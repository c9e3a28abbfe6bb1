//! The messages that ProtoJSON writes in a form of their own.

use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};
use prost_types::{Any, Duration, FieldMask, ListValue, Struct, Timestamp, value::Kind};

use super::{
    any_type,
    encode::Encoder,
    scalar,
    text::{Member, Node, NodeValue},
};
use crate::{
    model::Wanted,
    schema::{ScalarKind, WellKnown},
};

/// Range of seconds that RFC 3339 can write: years 1 to 9999.
const TIMESTAMP_SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// About 10,000 years.
const MAX_DURATION_SECONDS: u64 = 315_576_000_000;

impl Encoder<'_> {
    pub(super) fn well_known(
        &mut self,
        message: &MessageDescriptor,
        known: WellKnown,
        node: &Node,
    ) -> Option<DynamicMessage> {
        let built = match (known, &node.value) {
            (WellKnown::Any, NodeValue::Object(members)) => {
                return self.any(message, members, node);
            }
            (WellKnown::Empty, NodeValue::Object(members)) => {
                for member in members {
                    self.unknown_field(message, member);
                }
                Some(DynamicMessage::new(message.clone()))
            }
            (WellKnown::Wrapper(scalar), json) => {
                scalar::from_json(scalar, json).and_then(|value| wrapped(message, value))
            }
            (WellKnown::Timestamp, NodeValue::Text(text)) => {
                timestamp(text).and_then(|time| transcode(message, &time))
            }
            (WellKnown::Duration, NodeValue::Text(text)) => {
                duration(text).and_then(|span| transcode(message, &span))
            }
            (WellKnown::FieldMask, NodeValue::Text(text)) => {
                mask(text).and_then(|mask| transcode(message, &mask))
            }
            // By its fields: the only way to write what has no text, such as the year 10,000.
            (
                WellKnown::Timestamp | WellKnown::Duration | WellKnown::FieldMask,
                NodeValue::Object(members),
            ) => {
                let mut built = DynamicMessage::new(message.clone());
                self.fields(&mut built, members.iter(), node);
                return Some(built);
            }
            (WellKnown::Value, json) => value(json).and_then(|value| transcode(message, &value)),
            (WellKnown::Struct, NodeValue::Object(members)) => {
                structure(members).and_then(|structure| transcode(message, &structure))
            }
            (WellKnown::ListValue, NodeValue::List(items)) => {
                list(items).and_then(|list| transcode(message, &list))
            }
            _ => None,
        };
        match built {
            Some(built) => Some(built),
            None => self.wrong(node, expected(message, known)),
        }
    }

    /// `{"@type": "...", fields}`, `{"@type", "value"}` for the messages of this file, or `{"@type", "@base64"}`.
    fn any(
        &mut self,
        message: &MessageDescriptor,
        members: &[Member],
        node: &Node,
    ) -> Option<DynamicMessage> {
        if members.is_empty() {
            return Some(DynamicMessage::new(message.clone()));
        }
        let named = |name: &str| members.iter().find(|member| member.key == name);
        let Some(Member { value: Node { value: NodeValue::Text(type_url), .. }, .. }) =
            named("@type")
        else {
            return self.wrong(node, "\"@type\"");
        };
        let type_url = type_url.clone();
        let pack =
            |bytes: Vec<u8>| transcode(message, &Any { type_url: type_url.clone(), value: bytes });
        if let Some(raw) = named("@base64") {
            let bytes = match &raw.value.value {
                NodeValue::Text(text) => scalar::bytes_from(text),
                _ => None,
            };
            return match bytes {
                Some(bytes) => pack(bytes),
                None => self.wrong(&raw.value, ScalarKind::Bytes.name()),
            };
        }
        let name = type_url.rsplit('/').next().unwrap_or_default();
        let Some(inner) = any_type(message, name) else {
            let at = named("@type").map_or(node, |member| &member.value);
            return self.unlike(at, Wanted::TypeUrl);
        };
        let built = if WellKnown::of(name).is_some() {
            let Some(value) = named("value") else { return self.wrong(node, "\"value\"") };
            for member in members.iter().filter(|m| m.key != "@type" && m.key != "value") {
                self.unknown_field(&inner, member);
            }
            self.message(&inner, &value.value)?
        } else {
            let mut built = DynamicMessage::new(inner);
            self.fields(&mut built, members.iter().filter(|m| m.key != "@type"), node);
            built
        };
        pack(built.encode_to_vec())
    }
}

fn expected(message: &MessageDescriptor, known: WellKnown) -> String {
    let example = match known {
        WellKnown::Timestamp => " (\"2026-01-31T12:00:00Z\")",
        WellKnown::Duration => " (\"1.5s\")",
        WellKnown::FieldMask => " (\"a,b.c\")",
        _ => "",
    };
    format!("{}{example}", message.full_name())
}

fn transcode(message: &MessageDescriptor, typed: &impl prost::Message) -> Option<DynamicMessage> {
    // A schema may bring an own message of this name that does not take the bytes.
    DynamicMessage::decode(message.clone(), typed.encode_to_vec().as_slice()).ok()
}

fn wrapped(message: &MessageDescriptor, value: Value) -> Option<DynamicMessage> {
    let mut built = DynamicMessage::new(message.clone());
    built.try_set_field_by_number(1, value).ok()?;
    Some(built)
}

fn timestamp(text: &str) -> Option<Timestamp> {
    // prost_types reads looser dates too. RFC 3339 needs the time and the zone, ProtoJSON capital letters.
    let bytes = text.as_bytes();
    let has_time = bytes.get(10).is_some_and(|t| *t == b'T');
    let has_zone = bytes.last().is_some_and(|z| *z == b'Z')
        || bytes
            .len()
            .checked_sub(6)
            .and_then(|at| bytes.get(at))
            .is_some_and(|sign| matches!(sign, b'+' | b'-'));
    if !(has_time && has_zone && text.is_ascii()) {
        return None;
    }
    let time: Timestamp = text.parse().ok()?;
    TIMESTAMP_SECONDS.contains(&time.seconds).then_some(time)
}

fn duration(text: &str) -> Option<Duration> {
    let span: Duration = text.parse().ok()?;
    (text.ends_with('s') && span.seconds.unsigned_abs() <= MAX_DURATION_SECONDS).then_some(span)
}

/// Snake case in JSON would become another path than the one that comes back.
fn mask(text: &str) -> Option<FieldMask> {
    let paths = text.split(',').map(str::trim).filter(|path| !path.is_empty());
    (!text.contains('_')).then(|| FieldMask { paths: paths.map(snake_case).collect() })
}

/// `userId.name` to `user_id.name`.
fn snake_case(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 4);
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn camel_case(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '_' && next.is_ascii_lowercase() => {
                out.push(next.to_ascii_uppercase());
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// `None` where a number is too large for a double.
fn value(json: &NodeValue) -> Option<prost_types::Value> {
    let kind = match json {
        NodeValue::Null => Kind::NullValue(0),
        NodeValue::Bool(flag) => Kind::BoolValue(*flag),
        NodeValue::Number(number) => {
            Kind::NumberValue(number.parse().ok().filter(|number: &f64| number.is_finite())?)
        }
        NodeValue::Text(text) => Kind::StringValue(text.clone()),
        NodeValue::List(items) => Kind::ListValue(list(items)?),
        NodeValue::Object(members) => Kind::StructValue(structure(members)?),
    };
    Some(prost_types::Value { kind: Some(kind) })
}

fn list(items: &[Node]) -> Option<ListValue> {
    let values = items.iter().map(|item| value(&item.value)).collect::<Option<_>>()?;
    Some(ListValue { values })
}

fn structure(members: &[Member]) -> Option<Struct> {
    let fields = members.iter().map(|m| Some((m.key.clone(), value(&m.value.value)?)));
    Some(Struct { fields: fields.collect::<Option<_>>()? })
}

/// A well-known message as JSON.
pub(super) struct Shown {
    pub json: serde_json::Value,
    /// A number of a `Value` that JSON does not have: `NaN`. It stands there as text, which is another value.
    pub odd: Option<serde_json::Value>,
}

/// A well-known message (not `Any`) as JSON; `None` when its content has no JSON form.
pub(super) fn to_json(known: WellKnown, message: &DynamicMessage) -> Option<Shown> {
    use serde_json::Value as Json;
    let mut odd = None;
    let json = match known {
        WellKnown::Any => return None,
        WellKnown::Empty => Json::Object(serde_json::Map::new()),
        WellKnown::Wrapper(_) => scalar::to_json(message.get_field_by_number(1)?.as_ref())?,
        WellKnown::Timestamp => {
            let time: Timestamp = message.transcode_to().ok()?;
            let is_legal = TIMESTAMP_SECONDS.contains(&time.seconds)
                && (0..1_000_000_000).contains(&time.nanos);
            is_legal.then(|| Json::String(time.to_string()))?
        }
        WellKnown::Duration => {
            let span: Duration = message.transcode_to().ok()?;
            let is_legal = span.seconds.unsigned_abs() <= MAX_DURATION_SECONDS
                && span.nanos.unsigned_abs() < 1_000_000_000
                && i64::from(span.nanos.signum()) * span.seconds.signum() >= 0;
            is_legal.then(|| Json::String(span.to_string()))?
        }
        WellKnown::FieldMask => {
            let mask: FieldMask = message.transcode_to().ok()?;
            mask_json(&mask)?
        }
        WellKnown::Struct => struct_json(message.transcode_to().ok()?, &mut odd),
        WellKnown::Value => value_json(message.transcode_to().ok()?, &mut odd),
        WellKnown::ListValue => list_json(message.transcode_to().ok()?, &mut odd),
    };
    Some(Shown { json, odd })
}

/// `None` where the text would be read as other paths.
fn mask_json(paths: &FieldMask) -> Option<serde_json::Value> {
    let camel: Vec<_> = paths.paths.iter().map(|path| camel_case(path)).collect();
    let text = camel.join(",");
    (mask(&text).as_ref() == Some(paths)).then_some(serde_json::Value::String(text))
}

fn value_json(value: prost_types::Value, odd: &mut Option<serde_json::Value>) -> serde_json::Value {
    use serde_json::Value as Json;
    match value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(flag)) => Json::Bool(flag),
        Some(Kind::NumberValue(number)) => {
            let json = scalar::float_json(number);
            if !number.is_finite() {
                *odd = Some(json.clone());
            }
            json
        }
        Some(Kind::StringValue(text)) => Json::String(text),
        Some(Kind::ListValue(list)) => list_json(list, odd),
        Some(Kind::StructValue(structure)) => struct_json(structure, odd),
    }
}

fn list_json(list: ListValue, odd: &mut Option<serde_json::Value>) -> serde_json::Value {
    list.values.into_iter().map(|value| value_json(value, odd)).collect()
}

fn struct_json(structure: Struct, odd: &mut Option<serde_json::Value>) -> serde_json::Value {
    structure.fields.into_iter().map(|(key, value)| (key, value_json(value, odd))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_and_spans() {
        for (text, is_time) in [
            ("2026-11-22T13:00:00Z", true),
            ("2026-11-22T13:00:00.123456789+01:00", true),
            ("0001-01-01T00:00:00Z", true),
            ("2026-11-22", false),
            ("2026-11-22T13:00:00", false),
            ("2026-13-22T13:00:00Z", false),
            ("yesterday", false),
            ("2026-11-22t13:00:00Z", false),
            ("2026-11-22T13:00:00z", false),
            ("", false),
        ] {
            assert_eq!(timestamp(text).is_some(), is_time, "{text:?}");
        }
        for (text, is_span) in [
            ("1s", true),
            ("-1.5s", true),
            ("0.000000001s", true),
            ("1", false),
            ("1m", false),
            ("400000000000s", false),
            ("s", false),
        ] {
            assert_eq!(duration(text).is_some(), is_span, "{text:?}");
        }
    }

    #[test]
    fn field_masks_change_case_and_back() {
        for (json, path) in [("userId.displayName", "user_id.display_name"), ("a", "a")] {
            assert_eq!(snake_case(json), path);
            assert_eq!(camel_case(path), json);
        }
        assert_eq!(camel_case("a_1"), "a_1");
    }

    #[test]
    fn a_field_mask_that_would_come_back_as_another_has_no_text() {
        let shown = |path: &str| mask_json(&FieldMask { paths: vec![path.to_owned()] });
        assert_eq!(shown("user_id.name"), Some("userId.name".into()));
        for path in ["fooBar", "foo__bar", "foo_3_bar", "foo_", "a,b", ""] {
            assert_eq!(shown(path), None, "{path:?}");
        }
        assert_eq!(mask("user_id"), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,40}") {
            if let Some(time) = timestamp(&text) {
                prop_assert!(TIMESTAMP_SECONDS.contains(&time.seconds));
            }
            if let Some(span) = duration(&text) {
                prop_assert!(span.seconds.unsigned_abs() <= MAX_DURATION_SECONDS);
            }
            drop(camel_case(&snake_case(&text)));
        }

        #[test]
        fn dates_never_panic(text in "[0-9]{1,5}-[0-9]{1,3}-[0-9]{1,3}T[0-9:.]{1,16}[Z+-][0-9:]{0,6}") {
            if let Some(time) = timestamp(&text) {
                prop_assert!((0..1_000_000_000).contains(&time.nanos), "{text}");
            }
        }
    }
}
