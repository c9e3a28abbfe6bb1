//! What stands at a place of the request by its contract, and how it is written into an answer.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Spot;
use crate::schema::sample::well_known;
use crate::schema::{Cardinality, EnumShape, FieldKind, FieldShape, ScalarKind, Schema, WellKnown};

/// The type of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    Scalar {
        kind: ScalarKind,
        has_presence: bool,
    },
    Enum {
        shape: Arc<EnumShape>,
        has_presence: bool,
    },
    /// A message without a JSON form of its own.
    Message(String),
    /// A message that is one text in JSON: a timestamp, a duration, a field mask.
    Text(WellKnown),
    List(Box<Self>),
    Map {
        key: ScalarKind,
        value: Box<Self>,
    },
    /// Any JSON: what is known of its beginning is kept.
    Open(Option<WellKnown>),
}

impl Leaf {
    /// The request itself, or any other message.
    pub(super) fn of_message(full_name: &str) -> Self {
        WellKnown::of(full_name).map_or_else(|| Self::Message(full_name.to_owned()), Self::of_known)
    }

    fn of_known(known: WellKnown) -> Self {
        match known {
            WellKnown::Timestamp | WellKnown::Duration | WellKnown::FieldMask => Self::Text(known),
            WellKnown::Wrapper(kind) => Self::Scalar { kind, has_presence: true },
            _ => Self::Open(Some(known)),
        }
    }

    pub(super) fn of_field(field: &FieldShape) -> Self {
        let one = |has_presence| match &field.kind {
            FieldKind::Scalar(kind) => Self::Scalar { kind: *kind, has_presence },
            FieldKind::Enum(shape) => Self::Enum { shape: Arc::clone(shape), has_presence },
            FieldKind::Message(name) => Self::Message(name.clone()),
            FieldKind::WellKnown(known) => Self::of_known(*known),
        };
        match field.cardinality {
            Cardinality::Single { has_presence } => one(has_presence),
            Cardinality::Required => one(false),
            Cardinality::Repeated => Self::List(Box::new(one(false))),
            Cardinality::Map { key } => Self::Map { key, value: Box::new(one(false)) },
        }
    }

    /// For an error: what it is that has no such field.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Scalar { kind, .. } => kind.name().to_owned(),
            Self::Enum { shape, .. } => shape.full_name.clone(),
            Self::Message(name) => name.clone(),
            Self::Text(known) | Self::Open(Some(known)) => FieldKind::WellKnown(*known).name(),
            Self::List(inside) => format!("repeated {}", inside.name()),
            Self::Map { key, value } => format!("map<{}, {}>", key.name(), value.name()),
            Self::Open(None) => "JSON".to_owned(),
        }
    }

    /// The value of this type that fewest others take: the largest number, a text that is nothing else.
    pub(super) fn hardest(&self, schema: &Schema) -> Value {
        match self {
            Self::Scalar { kind, .. } => hardest_scalar(*kind),
            Self::Enum { shape, .. } => json!(shape.values.last().map(|value| value.name.as_str())),
            Self::Message(name) => schema.sample(name),
            Self::Text(known) | Self::Open(Some(known)) => well_known(*known, ""),
            Self::List(inside) => json!([inside.hardest(schema)]),
            Self::Map { key, value } => {
                let key = plain(&Self::Scalar { kind: *key, has_presence: false }.nothing());
                json!({ key: value.hardest(schema) })
            }
            Self::Open(None) => Value::Null,
        }
    }

    /// A scalar that is set to its shortest value (one digit is no base64, ten may be); the hardest of all else.
    pub(super) fn zero(&self, schema: &Schema) -> Value {
        match self {
            Self::Scalar { .. } => self.nothing(),
            _ => self.hardest(schema),
        }
    }

    /// Whether unset differs from zero.
    fn has_presence(&self) -> bool {
        match self {
            Self::Scalar { has_presence, .. } | Self::Enum { has_presence, .. } => *has_presence,
            Self::Message(_) | Self::Text(_) | Self::Open(_) => true,
            Self::List(_) | Self::Map { .. } => false,
        }
    }

    /// What an unset field without presence is, and what stands in a list where null cannot.
    pub(super) fn nothing(&self) -> Value {
        match self {
            Self::Scalar { kind, .. } => match kind {
                ScalarKind::Bool => json!(false),
                ScalarKind::String | ScalarKind::Bytes => json!(""),
                wide if wide.is_64_bit() => json!("0"),
                _ => json!(0),
            },
            Self::Enum { shape, .. } => {
                let zero = shape.values.iter().find(|value| value.number == 0);
                json!(zero.or(shape.values.first()).map(|value| value.name.as_str()))
            }
            Self::List(_) | Self::Open(Some(WellKnown::ListValue)) => json!([]),
            Self::Message(_)
            | Self::Map { .. }
            | Self::Open(Some(WellKnown::Struct | WellKnown::Any | WellKnown::Empty)) => json!({}),
            Self::Text(WellKnown::Timestamp) => json!("1970-01-01T00:00:00Z"),
            Self::Text(WellKnown::Duration) => json!("0s"),
            Self::Text(_) => json!(""),
            Self::Open(_) => Value::Null,
        }
    }

    /// Writes a value of this type, or that there is none.
    pub(super) fn write(&self, value: Option<&Value>, spot: Spot) -> String {
        let unset = self.nothing();
        match spot {
            Spot::Within | Spot::Key => {
                let words = match value {
                    Some(value) => plain(value),
                    None if self.has_presence() && spot == Spot::Within => String::new(),
                    None => self.unset_words(&unset),
                };
                let quoted = Value::String(words).to_string();
                let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
                if spot == Spot::Key { quoted.clone() } else { inner.to_owned() }
            }
            Spot::Value { is_quoted, is_row } => match value {
                None if self.has_presence() && !is_row => Value::Null.to_string(),
                value => match value.unwrap_or(&unset) {
                    number @ Value::Number(_) if is_quoted && self.is_number() => {
                        Value::String(number.to_string()).to_string()
                    }
                    other => other.to_string(),
                },
            },
        }
    }

    /// Lists and messages that are not set have no words.
    fn unset_words(&self, unset: &Value) -> String {
        match self {
            Self::Scalar { .. } | Self::Enum { .. } => plain(unset),
            _ => String::new(),
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Scalar { .. })
    }
}

/// A value as a text says it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn hardest_scalar(kind: ScalarKind) -> Value {
    match kind {
        ScalarKind::Double | ScalarKind::Float => json!(1.5),
        ScalarKind::Int32 | ScalarKind::Sint32 | ScalarKind::Sfixed32 => json!(i32::MIN),
        ScalarKind::Uint32 | ScalarKind::Fixed32 => json!(u32::MAX),
        ScalarKind::Int64 | ScalarKind::Sint64 | ScalarKind::Sfixed64 => {
            json!(i64::MIN.to_string())
        }
        ScalarKind::Uint64 | ScalarKind::Fixed64 => json!(u64::MAX.to_string()),
        ScalarKind::Bool => json!(true),
        ScalarKind::String => json!("a text, no number"),
        ScalarKind::Bytes => json!("/+8="),
    }
}
