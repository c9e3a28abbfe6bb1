//! What the pool takes for granted in a compiled descriptor and a stranger's may not keep.

use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, MessageOptions,
    field_descriptor_proto::{Label, Type},
};

/// Spans of three or four numbers. A file with others loses its comments.
pub(super) fn has_legal_spans(file: &FileDescriptorProto) -> bool {
    let mut locations = file.source_code_info.iter().flat_map(|info| &info.location);
    locations.all(|location| matches!(location.span.len(), 3 | 4))
}

/// The first message that calls itself a map entry and is none.
pub(super) fn false_map_entry(file: &FileDescriptorProto) -> Option<&DescriptorProto> {
    let mut open: Vec<&DescriptorProto> = file.message_type.iter().collect();
    while let Some(message) = open.pop() {
        if is_called_map_entry(message) && !is_map_entry(message) {
            return Some(message);
        }
        open.extend(&message.nested_type);
    }
    None
}

/// Whether a field that was parsed a moment ago says that its list is packed or is not. Options of protobuf itself do
/// not count: they are no part of a message, and nearly every public schema imports one that says it.
pub(super) fn says_packed(file: &FileDescriptorProto) -> bool {
    let mut open: Vec<&DescriptorProto> = file.message_type.iter().collect();
    let mut is_said = file.extension.iter().any(is_packing_said);
    while let Some(message) = open.pop().filter(|_| !is_said) {
        is_said = message.field.iter().chain(&message.extension).any(is_packing_said);
        open.extend(&message.nested_type);
    }
    is_said
}

fn is_packing_said(field: &FieldDescriptorProto) -> bool {
    if field.extendee().trim_start_matches('.').starts_with("google.protobuf.") {
        return false;
    }
    let mut options = field.options.iter().flat_map(|options| &options.uninterpreted_option);
    options.any(|option| matches!(option.name.as_slice(), [name] if name.name_part == "packed"))
}

fn is_called_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(MessageOptions::map_entry)
}

/// A key and a value, numbered 1 and 2, nothing more.
fn is_map_entry(message: &DescriptorProto) -> bool {
    let [key, value] = message.field.as_slice() else { return false };
    let is_field = |field: &FieldDescriptorProto, number, name| {
        field.number() == number && field.name() == name && field.label() == Label::Optional
    };
    let is_key_type = !matches!(
        key.r#type(),
        Type::Double | Type::Float | Type::Bytes | Type::Enum | Type::Message | Type::Group
    );
    let has_type = key.r#type.is_some() && key.type_name.is_none();
    is_field(key, 1, "key") && is_field(value, 2, "value") && is_key_type && has_type
}
