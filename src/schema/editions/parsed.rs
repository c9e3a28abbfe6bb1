//! A file of an edition that was parsed a moment ago: its types are names, and its features are words.

use std::collections::HashMap;

use bytes::Bytes;
use prost::{DecodeError, Message as _};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    field_descriptor_proto::Type,
};

use super::{EDITIONS, Written, lower, text::DEFAULT};

// Numbers of what holds fields and messages, and of what a field has (descriptor.proto).
const FILE_MESSAGE: i32 = 4;
const FILE_EXTENSION: i32 = 7;
const MESSAGE_FIELD: i32 = 2;
const MESSAGE_NESTED: i32 = 3;
const MESSAGE_EXTENSION: i32 = 6;
const FIELD_DEFAULT: i32 = 7;
const UNINTERPRETED: i32 = 999;

/// By the path of a field: which of its options was its default.
type Taken = HashMap<Vec<i32>, i32>;

/// Makes of what was parsed of a rewritten text what the text said.
pub(in crate::schema) fn restore(file: &mut FileDescriptorProto) {
    file.syntax = Some(EDITIONS.to_owned());
    let mut taken = HashMap::new();
    restore_defaults(&mut file.extension, &[], FILE_EXTENSION, &mut taken);
    restore_messages(&mut file.message_type, &[], FILE_MESSAGE, &mut taken);
    for location in file.source_code_info.iter_mut().flat_map(|info| &mut info.location) {
        move_place(&mut location.path, &taken);
    }
}

fn restore_messages(
    messages: &mut [DescriptorProto],
    around: &[i32],
    number: i32,
    taken: &mut Taken,
) {
    for (nth, message) in messages.iter_mut().enumerate() {
        let path = [around, &[number, nth as i32]].concat();
        restore_defaults(&mut message.field, &path, MESSAGE_FIELD, taken);
        restore_defaults(&mut message.extension, &path, MESSAGE_EXTENSION, taken);
        restore_messages(&mut message.nested_type, &path, MESSAGE_NESTED, taken);
    }
}

/// The default of a field is no option of its descriptor.
fn restore_defaults(
    fields: &mut [FieldDescriptorProto],
    around: &[i32],
    number: i32,
    taken: &mut Taken,
) {
    for (nth, field) in fields.iter_mut().enumerate() {
        if let Some(at) = restore_default(field) {
            taken.insert([around, &[number, nth as i32]].concat(), at as i32);
        }
    }
}

/// Which of the options it was.
fn restore_default(field: &mut FieldDescriptorProto) -> Option<usize> {
    let options = &mut field.options.as_mut()?.uninterpreted_option;
    let at = options.iter().position(|option| {
        matches!(option.name.as_slice(), [name] if !name.is_extension && name.name_part == DEFAULT)
    })?;
    let value = options.remove(at);
    let is_bytes = field.r#type() == Type::Bytes;
    let text = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) if !is_bytes => text,
        Ok(text) => escaped(text.as_bytes()),
        Err(error) => escaped(error.as_bytes()),
    };
    field.default_value = value
        .identifier_value
        .or_else(|| value.positive_int_value.map(|value| value.to_string()))
        .or_else(|| value.negative_int_value.map(|value| value.to_string()))
        .or_else(|| value.double_value.map(|value| value.to_string().to_ascii_lowercase()))
        .or_else(|| value.string_value.map(text));
    Some(at)
}

/// Bytes as protoc writes them. In octal: of hexadecimal digits C takes as many as follow.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'"' | b'\'' | b'\\' => text.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    text
}

/// Errors look for the place of a default where its descriptor has it, and for that of an option by its number.
fn move_place(path: &mut Vec<i32>, taken: &Taken) {
    let Some(at) = path.iter().rposition(|part| *part == UNINTERPRETED) else { return };
    let Some(field) = at.checked_sub(1) else { return };
    let default = path.get(..field).and_then(|field| taken.get(field));
    let (Some(default), Some(option)) = (default, path.get_mut(at + 1)) else { return };
    if *option > *default {
        *option -= 1;
    } else if option == default {
        path.truncate(field);
        path.push(FIELD_DEFAULT);
    }
}

/// The types that a set of files defines.
#[derive(Debug, Default)]
pub(in crate::schema) struct Names {
    /// Full name to `Message` or `Enum`.
    types: HashMap<String, Type>,
}

impl Names {
    pub(in crate::schema) fn add(&mut self, file: &FileDescriptorProto) {
        self.add_enums(&file.enum_type, file.package());
        for message in &file.message_type {
            self.add_message(message, file.package());
        }
    }

    fn add_message(&mut self, message: &DescriptorProto, scope: &str) {
        let name = within(scope, message.name());
        self.add_enums(&message.enum_type, &name);
        for nested in &message.nested_type {
            self.add_message(nested, &name);
        }
        self.types.insert(name, Type::Message);
    }

    fn add_enums(&mut self, enums: &[EnumDescriptorProto], scope: &str) {
        self.types.extend(enums.iter().map(|found| (within(scope, found.name()), Type::Enum)));
    }

    /// What a name in a scope means: the innermost one holds.
    fn find(&self, scope: &str, name: &str) -> Option<Type> {
        if let Some(full) = name.strip_prefix('.') {
            return self.types.get(full).copied();
        }
        let mut scope = scope;
        loop {
            if let Some(found) = self.types.get(&within(scope, name)) {
                return Some(*found);
            }
            if scope.is_empty() {
                return None;
            }
            scope = scope.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
    }
}

/// Lowers a file that was restored; `names` has what it imports.
pub(in crate::schema) fn lower_parsed(
    mut file: FileDescriptorProto,
    names: &Names,
) -> Result<(FileDescriptorProto, Written), DecodeError> {
    /// 2024 has the same defaults where it matters here.
    const EDITION_2023: i32 = 1000;
    /// Field number of `edition` in `FileDescriptorProto`.
    const EDITION: u32 = 14;
    let package = file.package().to_owned();
    let find_types = |fields: &mut [FieldDescriptorProto], scope: &str| {
        for field in fields.iter_mut().filter(|field| field.r#type.is_none()) {
            field.r#type = names.find(scope, field.type_name()).map(|found| found as i32);
        }
    };
    find_types(&mut file.extension, &package);
    for_each_message(&mut file.message_type, &package, &mut |scope, message| {
        find_types(&mut message.field, scope);
        find_types(&mut message.extension, scope);
    });
    let mut encoded = file.encode_to_vec();
    prost::encoding::int32::encode(EDITION, &EDITION_2023, &mut encoded);
    let (lowered, written) = lower(Bytes::from(encoded))?;
    Ok((FileDescriptorProto::decode(lowered)?, written))
}

/// Each message with its full name, the outer ones first.
fn for_each_message(
    messages: &mut [DescriptorProto],
    scope: &str,
    visit: &mut impl FnMut(&str, &mut DescriptorProto),
) {
    for message in messages {
        let name = within(scope, message.name());
        visit(&name, message);
        for_each_message(&mut message.nested_type, &name, visit);
    }
}

fn within(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { [scope, ".", name].concat() }
}
