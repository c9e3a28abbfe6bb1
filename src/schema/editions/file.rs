//! An encoded file as far as a lowering looks into it (descriptor.proto, `FileDescriptorProto`). Options and what
//! is not looked into stay as they came: among them are extensions that only the pool can read.

use bytes::Bytes;
use prost_types::field_descriptor_proto::{Label, Type};

use crate::wire::{ProtoValue, proto_fields};

/// How a file is written.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Head {
    #[prost(string, optional, tag = "12")]
    pub syntax: Option<String>,
    #[prost(int32, optional, tag = "14")]
    pub edition: Option<i32>,
}

/// `FileDescriptorProto`, without its edition.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct File {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub package: Option<String>,
    #[prost(string, repeated, tag = "3")]
    pub dependency: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    pub message_type: Vec<Message>,
    #[prost(message, repeated, tag = "5")]
    pub enum_type: Vec<Enum>,
    #[prost(bytes = "bytes", repeated, tag = "6")]
    pub service: Vec<Bytes>,
    #[prost(message, repeated, tag = "7")]
    pub extension: Vec<Field>,
    #[prost(bytes = "bytes", optional, tag = "8")]
    pub options: Option<Bytes>,
    #[prost(bytes = "bytes", optional, tag = "9")]
    pub source_code_info: Option<Bytes>,
    #[prost(int32, repeated, packed = "false", tag = "10")]
    pub public_dependency: Vec<i32>,
    #[prost(int32, repeated, packed = "false", tag = "11")]
    pub weak_dependency: Vec<i32>,
    #[prost(string, optional, tag = "12")]
    pub syntax: Option<String>,
    /// Imported for their options alone (edition 2024).
    #[prost(string, repeated, tag = "15")]
    pub option_dependency: Vec<String>,
}

/// `DescriptorProto`, without its visibility.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Message {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(message, repeated, tag = "2")]
    pub field: Vec<Field>,
    #[prost(message, repeated, tag = "3")]
    pub nested_type: Vec<Self>,
    #[prost(message, repeated, tag = "4")]
    pub enum_type: Vec<Enum>,
    #[prost(bytes = "bytes", repeated, tag = "5")]
    pub extension_range: Vec<Bytes>,
    #[prost(message, repeated, tag = "6")]
    pub extension: Vec<Field>,
    #[prost(bytes = "bytes", optional, tag = "7")]
    pub options: Option<Bytes>,
    #[prost(message, repeated, tag = "8")]
    pub oneof_decl: Vec<Oneof>,
    #[prost(bytes = "bytes", repeated, tag = "9")]
    pub reserved_range: Vec<Bytes>,
    #[prost(string, repeated, tag = "10")]
    pub reserved_name: Vec<String>,
}

/// `FieldDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Field {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub extendee: Option<String>,
    #[prost(int32, optional, tag = "3")]
    pub number: Option<i32>,
    #[prost(enumeration = "Label", optional, tag = "4")]
    pub label: Option<i32>,
    #[prost(enumeration = "Type", optional, tag = "5")]
    pub r#type: Option<i32>,
    #[prost(string, optional, tag = "6")]
    pub type_name: Option<String>,
    #[prost(string, optional, tag = "7")]
    pub default_value: Option<String>,
    #[prost(bytes = "bytes", optional, tag = "8")]
    pub options: Option<Bytes>,
    #[prost(int32, optional, tag = "9")]
    pub oneof_index: Option<i32>,
    #[prost(string, optional, tag = "10")]
    pub json_name: Option<String>,
    #[prost(bool, optional, tag = "17")]
    pub proto3_optional: Option<bool>,
}

/// `OneofDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Oneof {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(bytes = "bytes", optional, tag = "2")]
    pub options: Option<Bytes>,
}

/// `EnumDescriptorProto`, without its visibility.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Enum {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(message, repeated, tag = "2")]
    pub value: Vec<EnumValue>,
    #[prost(bytes = "bytes", optional, tag = "3")]
    pub options: Option<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "4")]
    pub reserved_range: Vec<Bytes>,
    #[prost(string, repeated, tag = "5")]
    pub reserved_name: Vec<String>,
}

/// `EnumValueDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct EnumValue {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(int32, optional, tag = "2")]
    pub number: Option<i32>,
    #[prost(bytes = "bytes", optional, tag = "3")]
    pub options: Option<Bytes>,
}

impl Message {
    pub(super) fn is_map_entry(&self) -> bool {
        /// Field number of `map_entry` in `MessageOptions`.
        const MAP_ENTRY: u32 = 7;
        is_on(self.options.as_ref(), MAP_ENTRY)
    }

    pub(super) fn is_message_set(&self) -> bool {
        /// Field number of `message_set_wire_format` in `MessageOptions`.
        const MESSAGE_SET: u32 = 1;
        is_on(self.options.as_ref(), MESSAGE_SET)
    }
}

impl Field {
    /// Whether its values are numbers, so that a list of them can be packed.
    pub(super) fn is_packable(&self) -> bool {
        self.label() == Label::Repeated
            && !matches!(self.r#type(), Type::String | Type::Bytes | Type::Message | Type::Group)
    }

    /// Says whether the list is packed, whatever the syntax would make of it.
    pub(super) fn set_packed(&mut self, is_packed: bool) {
        /// Field number of `packed` in `FieldOptions`.
        const PACKED: u32 = 2;
        let mut options = self.options.take().map(Vec::from).unwrap_or_default();
        prost::encoding::bool::encode(PACKED, &is_packed, &mut options);
        self.options = Some(options.into());
    }
}

/// Whether these options have a `true` at this number.
fn is_on(options: Option<&Bytes>, number: u32) -> bool {
    let Some(options) = options else { return false };
    let fields = proto_fields(options).fields;
    let last = fields.iter().rfind(|field| field.number == number);
    last.is_some_and(|field| matches!(field.value, ProtoValue::Varint(1..)))
}
