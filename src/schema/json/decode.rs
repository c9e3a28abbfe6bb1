//! Protobuf to JSON: what can be read is shown, the rest is counted.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _,
    Value,
};
use serde_json::{Map, Value as Json};

use super::{DecodedJson, MAX_NESTING, any_type, path::MessagePath, scalar, well_known};
use crate::{
    model::{Found, Problem, ProblemKind, Wanted},
    schema::WellKnown,
};

/// Whether a field without presence is written where it has its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::schema) enum Defaults {
    #[default]
    Hidden,
    Shown,
}

/// Protobuf bytes to pretty JSON.
pub(in crate::schema) fn decode(
    message: &MessageDescriptor,
    bytes: &[u8],
    defaults: Defaults,
) -> DecodedJson {
    let decoded = match DynamicMessage::decode(message.clone(), bytes) {
        Ok(decoded) => decoded,
        Err(error) => {
            let kind = not_protobuf(message.full_name(), &error);
            return DecodedJson { problems: vec![Problem::error(kind)], ..DecodedJson::default() };
        }
    };
    let mut decoder = Decoder { defaults, ..Decoder::default() };
    let json = decoder.message(&decoded);
    DecodedJson {
        // A tree of plain JSON values always prints.
        text: serde_json::to_string_pretty(&json).unwrap_or_default(),
        problems: decoder.problems,
        n_unknown_fields: decoder.n_unknown_fields,
        unknown_types: decoder.unknown_types.into_iter().collect(),
    }
}

/// Protobuf bytes as they are written again.
pub(in crate::schema) fn read_and_write(
    message: &MessageDescriptor,
    bytes: &[u8],
) -> Result<Bytes, ProblemKind> {
    let read = DynamicMessage::decode(message.clone(), bytes);
    let read = read.map_err(|error| not_protobuf(message.full_name(), &error))?;
    Ok(read.encode_to_vec().into())
}

pub(in crate::schema) fn not_protobuf(message: &str, error: &prost::DecodeError) -> ProblemKind {
    ProblemKind::NotProtobuf { message: message.to_owned(), cause: error.to_string() }
}

#[derive(Default)]
struct Decoder {
    defaults: Defaults,
    path: MessagePath,
    problems: Vec<Problem>,
    n_unknown_fields: usize,
    unknown_types: BTreeSet<String>,
}

impl Decoder {
    fn message(&mut self, message: &DynamicMessage) -> Json {
        self.n_unknown_fields += message.unknown_fields().count();
        let descriptor = message.descriptor();
        match WellKnown::of(descriptor.full_name()) {
            Some(WellKnown::Any) => self.any(message),
            Some(known) => {
                let (json, odd) = if let Some(shown) = well_known::to_json(known, message) {
                    (shown.json, shown.odd)
                } else {
                    let fields = Json::Object(self.fields(message));
                    (fields.clone(), Some(fields))
                };
                if let Some(odd) = odd {
                    self.has_no_json(&descriptor, &odd);
                }
                json
            }
            None => Json::Object(self.fields(message)),
        }
    }

    fn has_no_json(&mut self, message: &MessageDescriptor, odd: &Json) {
        self.problems.push(Problem::warning(ProblemKind::WrongValue {
            path: self.path.text(),
            expected: Wanted::Type(message.full_name().to_owned()),
            found: Found::Shown(odd.to_string()),
        }));
    }

    fn fields(&mut self, message: &DynamicMessage) -> Map<String, Json> {
        let mut fields: Vec<(FieldDescriptor, Cow<'_, Value>)> =
            message.fields().map(|(field, value)| (field, Cow::Borrowed(value))).collect();
        if self.defaults == Defaults::Shown {
            let is_default =
                |field: &FieldDescriptor| !field.supports_presence() && !message.has_field(field);
            let defaults = message.descriptor();
            let defaults = defaults.fields().filter(is_default);
            fields.extend(defaults.map(|field| (field.clone(), Cow::Owned(field.default_value()))));
        }
        fields.sort_by_key(|(field, _)| field.path().last().copied());
        let mut object = Map::new();
        for (field, value) in fields {
            self.path.enter_field(field.json_name());
            let json = self.value(&field.kind(), &value);
            self.path.leave();
            object.insert(field.json_name().to_owned(), json);
        }
        for (extension, value) in message.extensions() {
            self.path.enter_field(extension.json_name());
            let json = self.value(&extension.kind(), value);
            self.path.leave();
            object.insert(extension.json_name().to_owned(), json);
        }
        object
    }

    fn value(&mut self, kind: &Kind, value: &Value) -> Json {
        match value {
            Value::Message(message) => self.message(message),
            Value::EnumNumber(number) => enum_json(kind.as_enum(), *number),
            Value::List(items) => {
                let rows = items.iter().enumerate().map(|(index, item)| {
                    self.path.enter_row(index);
                    let json = self.value(kind, item);
                    self.path.leave();
                    json
                });
                Json::Array(rows.collect())
            }
            Value::Map(entries) => {
                let Some(entry) = kind.as_message().filter(|entry| entry.is_map_entry()) else {
                    return Json::Null;
                };
                let value_kind = entry.map_entry_value_field().kind();
                // Maps come in random order.
                let mut sorted: Vec<_> =
                    entries.iter().map(|(key, value)| (scalar::key_json(key), value)).collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                let mut object = Map::new();
                for ((_, key), value) in sorted {
                    self.path.enter_entry(&key);
                    let json = self.value(&value_kind, value);
                    self.path.leave();
                    object.insert(key, json);
                }
                Json::Object(object)
            }
            scalar => scalar::to_json(scalar).unwrap_or_default(),
        }
    }

    /// An `Any` of a type that the schema does not have keeps its bytes as base64; it never spoils the rest.
    fn any(&mut self, message: &DynamicMessage) -> Json {
        let Ok(any) = message.transcode_to::<prost_types::Any>() else { return Json::Null };
        let mut object = Map::new();
        if any.type_url.is_empty() && any.value.is_empty() {
            return Json::Object(object);
        }
        object.insert("@type".to_owned(), Json::String(any.type_url.clone()));
        let name = any.type_url.rsplit('/').next().unwrap_or_default();
        let inner = any_type(&message.descriptor(), name);
        // Each Any restarts the decoder's own recursion limit, so the depth is counted here.
        let inner = inner.filter(|_| self.path.depth() < MAX_NESTING);
        if inner.is_none() {
            self.unknown_types.insert(name.to_owned());
        }
        let decoded = inner.and_then(|inner| {
            DynamicMessage::decode(inner, any.value.as_slice())
                .map_err(|error| {
                    self.problems.push(Problem::warning(not_protobuf(name, &error)));
                })
                .ok()
        });
        if let Some(decoded) = decoded {
            self.path.enter_field("value");
            let json = self.message(&decoded);
            self.path.leave();
            match (WellKnown::of(name), json) {
                (None, Json::Object(fields)) => object.extend(fields),
                (_, json) => drop(object.insert("value".to_owned(), json)),
            }
        } else {
            let bytes = Json::String(scalar::base64_of(&any.value));
            object.insert("@base64".to_owned(), bytes);
        }
        Json::Object(object)
    }
}

fn enum_json(descriptor: Option<&EnumDescriptor>, number: i32) -> Json {
    let Some(descriptor) = descriptor else { return Json::from(number) };
    if number == 0 && descriptor.full_name() == "google.protobuf.NullValue" {
        return Json::Null;
    }
    descriptor
        .get_value(number)
        .map_or_else(|| Json::from(number), |value| Json::String(value.name().to_owned()))
}
