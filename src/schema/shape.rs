//! The form model: what a message looks like to a person who fills it in.

use std::sync::Arc;

use prost_reflect::{
    Cardinality as Label, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
};

use super::describe::comment_of;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageShape {
    /// `shop.orders.v1.Order`.
    pub full_name: String,
    /// Its comment, without slashes; empty when there is none.
    pub doc: String,
    /// Its fields in the order of the file.
    pub fields: Vec<FieldShape>,
    /// Its oneofs; those that proto3 `optional` makes are left out.
    pub oneofs: Vec<OneofShape>,
    /// Set when ProtoJSON writes this message in a form of its own.
    pub well_known: Option<WellKnown>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldShape {
    /// As the file names it: `user_id`.
    pub name: String,
    /// As ProtoJSON names it: `userId`.
    pub json_name: String,
    /// Its number on the wire.
    pub number: u32,
    /// What it holds; for a map, what its values are.
    pub kind: FieldKind,
    /// How many.
    pub cardinality: Cardinality,
    /// Index into [`MessageShape::oneofs`].
    pub oneof: Option<usize>,
    /// Marked `deprecated`.
    pub is_deprecated: bool,
    /// Its comment; empty when there is none.
    pub doc: String,
}

/// A group of fields of which at most one is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneofShape {
    /// Its name.
    pub name: String,
    /// Its comment; empty when there is none.
    pub doc: String,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// A number, a text, bytes, yes or no.
    Scalar(ScalarKind),
    /// One of a list of names.
    Enum(Arc<EnumShape>),
    /// Another message, by its full name (it may be this one again).
    Message(String),
    /// A message with a JSON form of its own.
    WellKnown(WellKnown),
}

/// The scalar types of protobuf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScalarKind {
    /// `double`.
    Double,
    /// `float`.
    Float,
    /// `int32`.
    Int32,
    /// `int64`.
    Int64,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
    /// `sint32`.
    Sint32,
    /// `sint64`.
    Sint64,
    /// `fixed32`.
    Fixed32,
    /// `fixed64`.
    Fixed64,
    /// `sfixed32`.
    Sfixed32,
    /// `sfixed64`.
    Sfixed64,
    /// `bool`.
    Bool,
    /// `string`.
    String,
    /// `bytes`.
    Bytes,
}

/// Messages of `google/protobuf` with a JSON form of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WellKnown {
    /// RFC 3339 text.
    Timestamp,
    /// `1.5s`.
    Duration,
    /// `a,b.c` in one text.
    FieldMask,
    /// Any JSON object.
    Struct,
    /// Any JSON value.
    Value,
    /// Any JSON list.
    ListValue,
    /// An object with `@type`.
    Any,
    /// `{}`.
    Empty,
    /// A scalar that may be null.
    Wrapper(ScalarKind),
}

/// How many values a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cardinality {
    /// At most one; with presence, unset differs from zero.
    Single {
        /// Whether unset can be told from zero.
        has_presence: bool,
    },
    /// Exactly one (proto2).
    Required,
    /// A list.
    Repeated,
    /// A map with keys of this kind.
    Map {
        /// Kind of the keys.
        key: ScalarKind,
    },
}

/// One enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumShape {
    /// Its full name.
    pub full_name: String,
    /// Its values in the order of the file.
    pub values: Vec<EnumValueShape>,
}

/// One value of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumValueShape {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: i32,
    /// Its comment; empty when there is none.
    pub doc: String,
}

impl ScalarKind {
    /// As a `.proto` writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Double => "double",
            Self::Float => "float",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Sint32 => "sint32",
            Self::Sint64 => "sint64",
            Self::Fixed32 => "fixed32",
            Self::Fixed64 => "fixed64",
            Self::Sfixed32 => "sfixed32",
            Self::Sfixed64 => "sfixed64",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Bytes => "bytes",
        }
    }

    /// Whether it is a whole number.
    pub fn is_integer(self) -> bool {
        !matches!(self, Self::Double | Self::Float | Self::Bool | Self::String | Self::Bytes)
    }

    /// Whether ProtoJSON writes it as a string to keep it exact.
    pub fn is_64_bit(self) -> bool {
        matches!(self, Self::Int64 | Self::Uint64 | Self::Sint64 | Self::Fixed64 | Self::Sfixed64)
    }

    /// From the descriptor's kind; `None` for enums and messages.
    pub(super) fn of(kind: &Kind) -> Option<Self> {
        Some(match kind {
            Kind::Double => Self::Double,
            Kind::Float => Self::Float,
            Kind::Int32 => Self::Int32,
            Kind::Int64 => Self::Int64,
            Kind::Uint32 => Self::Uint32,
            Kind::Uint64 => Self::Uint64,
            Kind::Sint32 => Self::Sint32,
            Kind::Sint64 => Self::Sint64,
            Kind::Fixed32 => Self::Fixed32,
            Kind::Fixed64 => Self::Fixed64,
            Kind::Sfixed32 => Self::Sfixed32,
            Kind::Sfixed64 => Self::Sfixed64,
            Kind::Bool => Self::Bool,
            Kind::String => Self::String,
            Kind::Bytes => Self::Bytes,
            Kind::Enum(_) | Kind::Message(_) => return None,
        })
    }
}

impl WellKnown {
    /// By the message's full name.
    pub fn of(full_name: &str) -> Option<Self> {
        Some(match full_name.strip_prefix("google.protobuf.")? {
            "Timestamp" => Self::Timestamp,
            "Duration" => Self::Duration,
            "FieldMask" => Self::FieldMask,
            "Struct" => Self::Struct,
            "Value" => Self::Value,
            "ListValue" => Self::ListValue,
            "Any" => Self::Any,
            "Empty" => Self::Empty,
            "DoubleValue" => Self::Wrapper(ScalarKind::Double),
            "FloatValue" => Self::Wrapper(ScalarKind::Float),
            "Int64Value" => Self::Wrapper(ScalarKind::Int64),
            "UInt64Value" => Self::Wrapper(ScalarKind::Uint64),
            "Int32Value" => Self::Wrapper(ScalarKind::Int32),
            "UInt32Value" => Self::Wrapper(ScalarKind::Uint32),
            "BoolValue" => Self::Wrapper(ScalarKind::Bool),
            "StringValue" => Self::Wrapper(ScalarKind::String),
            "BytesValue" => Self::Wrapper(ScalarKind::Bytes),
            _ => return None,
        })
    }
}

impl FieldKind {
    /// The type as a `.proto` writes it, with the full name of enums and messages.
    pub fn name(&self) -> String {
        match self {
            Self::Scalar(scalar) => scalar.name().to_owned(),
            Self::Enum(shape) => shape.full_name.clone(),
            Self::Message(full_name) => full_name.clone(),
            Self::WellKnown(known) => format!("google.protobuf.{}", known.short_name()),
        }
    }
}

impl WellKnown {
    fn short_name(self) -> &'static str {
        match self {
            Self::Timestamp => "Timestamp",
            Self::Duration => "Duration",
            Self::FieldMask => "FieldMask",
            Self::Struct => "Struct",
            Self::Value => "Value",
            Self::ListValue => "ListValue",
            Self::Any => "Any",
            Self::Empty => "Empty",
            Self::Wrapper(scalar) => match scalar {
                ScalarKind::Double => "DoubleValue",
                ScalarKind::Float => "FloatValue",
                ScalarKind::Int64 => "Int64Value",
                ScalarKind::Uint64 => "UInt64Value",
                ScalarKind::Uint32 => "UInt32Value",
                ScalarKind::Bool => "BoolValue",
                ScalarKind::String => "StringValue",
                ScalarKind::Bytes => "BytesValue",
                _ => "Int32Value",
            },
        }
    }
}

impl MessageShape {
    /// The field of this name, in either spelling.
    pub fn field(&self, name: &str) -> Option<&FieldShape> {
        self.fields
            .iter()
            .find(|field| field.json_name == name)
            .or_else(|| self.fields.iter().find(|field| field.name == name))
    }

    /// The members of one oneof, in order.
    pub fn members(&self, oneof: usize) -> impl Iterator<Item = &FieldShape> {
        self.fields.iter().filter(move |field| field.oneof == Some(oneof))
    }

    pub(super) fn of(message: &MessageDescriptor) -> Self {
        let oneofs: Vec<_> = message.oneofs().filter(|oneof| !oneof.is_synthetic()).collect();
        let mut fields: Vec<_> = message.fields().collect();
        // The pool gives them by number; a person reads them as the file has them.
        fields.sort_by_key(|field| field.path().last().copied());
        Self {
            full_name: message.full_name().to_owned(),
            doc: comment_of(&message.parent_file(), message.path()),
            fields: fields
                .iter()
                .map(|field| {
                    let oneof = field
                        .containing_oneof()
                        .and_then(|inside| oneofs.iter().position(|oneof| *oneof == inside));
                    FieldShape::of(field, oneof)
                })
                .collect(),
            oneofs: oneofs
                .iter()
                .map(|oneof| OneofShape {
                    name: oneof.name().to_owned(),
                    doc: comment_of(&oneof.parent_file(), oneof.path()),
                })
                .collect(),
            well_known: WellKnown::of(message.full_name()),
        }
    }
}

impl FieldShape {
    fn of(field: &FieldDescriptor, oneof: Option<usize>) -> Self {
        let (kind, cardinality) = kind_and_cardinality(field);
        Self {
            name: field.name().to_owned(),
            json_name: field.json_name().to_owned(),
            number: field.number(),
            kind,
            cardinality,
            oneof,
            is_deprecated: field
                .field_descriptor_proto()
                .options
                .as_ref()
                .is_some_and(|options| options.deprecated == Some(true)),
            doc: comment_of(&field.parent_file(), field.path()),
        }
    }
}

impl EnumShape {
    fn of(descriptor: &EnumDescriptor) -> Self {
        Self {
            full_name: descriptor.full_name().to_owned(),
            values: descriptor
                .values()
                .map(|value| EnumValueShape {
                    name: value.name().to_owned(),
                    number: value.number(),
                    doc: comment_of(&descriptor.parent_file(), value.path()),
                })
                .collect(),
        }
    }
}

fn kind_and_cardinality(field: &FieldDescriptor) -> (FieldKind, Cardinality) {
    if field.is_map()
        && let Kind::Message(entry) = field.kind()
    {
        let key = ScalarKind::of(&entry.map_entry_key_field().kind());
        return (
            kind_of(&entry.map_entry_value_field().kind()),
            Cardinality::Map { key: key.unwrap_or(ScalarKind::String) },
        );
    }
    let cardinality = match field.cardinality() {
        Label::Repeated => Cardinality::Repeated,
        Label::Required => Cardinality::Required,
        Label::Optional => Cardinality::Single { has_presence: field.supports_presence() },
    };
    (kind_of(&field.kind()), cardinality)
}

fn kind_of(kind: &Kind) -> FieldKind {
    match kind {
        Kind::Message(message) => WellKnown::of(message.full_name()).map_or_else(
            || FieldKind::Message(message.full_name().to_owned()),
            FieldKind::WellKnown,
        ),
        Kind::Enum(descriptor) => FieldKind::Enum(Arc::new(EnumShape::of(descriptor))),
        scalar => FieldKind::Scalar(ScalarKind::of(scalar).unwrap_or(ScalarKind::String)),
    }
}
