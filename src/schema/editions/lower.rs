//! From features to a syntax. Both know `optional`, `required`, groups and `packed` field by field as far as the
//! pool is concerned; they differ in what a field is that says nothing, and in what else a file may hold.

use std::collections::HashSet;

use bytes::Bytes;
use prost::{DecodeError, Message as _};
use prost_types::field_descriptor_proto::{Label, Type};

use super::{
    EDITIONS,
    features::{
        Enums, Features, Lists, Messages, OF_ENUM, OF_FIELD, OF_FILE, OF_MESSAGE, OF_ONEOF,
        Presence,
    },
    file::{Enum, Field, File, Head, Message, Oneof},
};
use crate::schema::load::is_bundled;

/// How a file was written before it came here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::schema) enum Written {
    /// In proto2 or proto3, and so it still is.
    #[default]
    Plain,
    /// In an edition. `settable` are the full names of fields that it has no unset state for and that got one.
    Edition { settable: Vec<String> },
    /// In an edition that nobody here knows: untouched.
    Unknown { edition: String },
}

/// An encoded `FileDescriptorProto` in a form that the pool takes. Fails when it is none.
pub(in crate::schema) fn lower(encoded: Bytes) -> Result<(Bytes, Written), DecodeError> {
    let head = Head::decode(encoded.clone())?;
    if head.syntax() != EDITIONS {
        return Ok((encoded, Written::Plain));
    }
    // descriptor.proto, `Edition`.
    let unknown = match head.edition() {
        1000 | 1001 => None,
        1002 => Some("2026".to_owned()),
        other => Some(other.to_string()),
    };
    if let Some(edition) = unknown {
        return Ok((encoded, Written::Unknown { edition }));
    }
    let mut file = File::decode(encoded)?;
    let settable = lower_file(&mut file);
    Ok((file.encode_to_vec().into(), Written::Edition { settable }))
}

/// Names the fields that could not stay without an unset state.
fn lower_file(file: &mut File) -> Vec<String> {
    let features = features_of(Features::default(), file.options.as_ref(), OF_FILE);
    let mut found = Found::default();
    let package = file.package().to_owned();
    for message in &mut file.message_type {
        settle_message(message, features, &package, &mut found);
    }
    settle_extensions(&mut file.extension, features, &mut found);
    found.look_at_enums(&file.enum_type, features);
    // Where options come from that this file may write. Those of others stay encoded, as they came.
    let wanted = std::mem::take(&mut file.option_dependency).into_iter();
    let wanted = wanted.filter(|import| is_bundled(import) && !file.dependency.contains(import));
    file.dependency.extend(wanted.collect::<Vec<_>>());
    if found.is_never_proto3 || (found.is_proto2 && found.implicit.is_empty()) {
        file.syntax = Some("proto2".to_owned());
        file.message_type.iter_mut().for_each(leave_to_proto2);
        found.implicit
    } else {
        file.syntax = Some("proto3".to_owned());
        file.message_type.iter_mut().for_each(add_synthetic_oneofs);
        Vec::new()
    }
}

/// What of a file asks for one syntax or for the other.
#[derive(Debug, Default)]
struct Found {
    /// Something that proto3 has not. The pool lets it pass; others who are handed this file may not.
    is_proto2: bool,
    /// Something that the pool refuses in proto3.
    is_never_proto3: bool,
    /// Full names of the fields that cannot be unset, which proto2 has not.
    implicit: Vec<String>,
}

impl Found {
    fn look_at_enums(&mut self, enums: &[Enum], around: Features) {
        for found in enums {
            let features = features_of(around, found.options.as_ref(), OF_ENUM);
            self.is_proto2 |= features.enums == Enums::Closed;
            self.is_never_proto3 |= found.value.first().is_some_and(|first| first.number() != 0);
        }
    }
}

fn features_of(around: Features, options: Option<&Bytes>, number: u32) -> Features {
    options.map_or(around, |options| around.with(options, number))
}

/// Writes the features of all fields into label, type, `packed` and `proto3_optional`.
fn settle_message(message: &mut Message, around: Features, scope: &str, found: &mut Found) {
    // The entry of a map is always written in the same way.
    if message.is_map_entry() {
        return;
    }
    let features = features_of(around, message.options.as_ref(), OF_MESSAGE);
    let scope = match scope {
        "" => message.name().to_owned(),
        scope => [scope, ".", message.name()].concat(),
    };
    let entries = message.nested_type.iter().filter(|nested| nested.is_map_entry());
    let entries: HashSet<String> = entries.map(|entry| entry.name().to_owned()).collect();
    let oneofs = message.oneof_decl.iter();
    let oneofs: Vec<_> =
        oneofs.map(|oneof| features_of(features, oneof.options.as_ref(), OF_ONEOF)).collect();
    for field in &mut message.field {
        let oneof = field.oneof_index.and_then(|index| oneofs.get(usize::try_from(index).ok()?));
        let around = oneof.copied().unwrap_or(features);
        let features = features_of(around, field.options.as_ref(), OF_FIELD);
        let last = field.type_name().rsplit('.').next().unwrap_or_default();
        let is_map = field.label() == Label::Repeated && entries.contains(last);
        if !is_map {
            settle_encoding(field, features, found);
        }
        if field.label() != Label::Repeated && oneof.is_none() {
            settle_presence(field, features, &scope, found);
        }
    }
    settle_extensions(&mut message.extension, features, found);
    for nested in &mut message.nested_type {
        settle_message(nested, features, &scope, found);
    }
    found.look_at_enums(&message.enum_type, features);
    found.is_proto2 |= !message.extension_range.is_empty() || message.is_message_set();
    found.is_never_proto3 |= has_like_names(&message.field);
}

/// An extension can always be unset.
fn settle_extensions(extensions: &mut [Field], around: Features, found: &mut Found) {
    for field in extensions {
        let features = features_of(around, field.options.as_ref(), OF_FIELD);
        settle_encoding(field, features, found);
        // proto3 knows extensions of options.
        let extendee = field.extendee().trim_start_matches('.');
        let is_option = extendee.starts_with("google.protobuf.") && extendee.ends_with("Options");
        found.is_proto2 |= !is_option;
    }
}

fn settle_encoding(field: &mut Field, features: Features, found: &mut Found) {
    if field.is_packable() {
        field.set_packed(features.lists == Lists::Packed);
    }
    if field.r#type() == Type::Message && features.messages == Messages::Delimited {
        field.set_type(Type::Group);
    }
    found.is_proto2 |= field.r#type() == Type::Group || field.default_value.is_some();
}

fn settle_presence(field: &mut Field, features: Features, scope: &str, found: &mut Found) {
    let is_message = matches!(field.r#type(), Type::Message | Type::Group);
    match features.presence {
        Presence::Required => {
            field.set_label(Label::Required);
            found.is_proto2 = true;
            // A required zero is written as well.
            field.proto3_optional = (!is_message).then_some(true);
        }
        _ if is_message => {}
        Presence::Explicit => field.proto3_optional = Some(true),
        Presence::Implicit => found.implicit.push([scope, ".", field.name()].concat()),
    }
}

/// Names that differ in capitals and underscores alone.
fn has_like_names(fields: &[Field]) -> bool {
    let mut seen = HashSet::new();
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    !fields.iter().all(|field| seen.insert(plain(field.name())))
}

/// proto2 has an unset state for every field.
fn leave_to_proto2(message: &mut Message) {
    for field in &mut message.field {
        field.proto3_optional = None;
    }
    message.nested_type.iter_mut().for_each(leave_to_proto2);
}

/// In proto3 a field that can be unset is the only one of a oneof, after all that the file wrote
/// (protobuf, `docs/implementing_proto3_presence.md`).
fn add_synthetic_oneofs(message: &mut Message) {
    let mut taken: HashSet<String> = HashSet::new();
    taken.extend(
        message.field.iter().chain(&message.extension).map(|field| field.name().to_owned()),
    );
    taken.extend(message.oneof_decl.iter().map(|oneof| oneof.name().to_owned()));
    taken.extend(message.nested_type.iter().map(|nested| nested.name().to_owned()));
    for nested in &message.enum_type {
        taken.insert(nested.name().to_owned());
        taken.extend(nested.value.iter().map(|value| value.name().to_owned()));
    }
    for field in &mut message.field {
        if field.proto3_optional() && field.label() == Label::Optional {
            let mut name = ["_", field.name()].concat();
            while !taken.insert(name.clone()) {
                name.insert(0, 'X');
            }
            field.oneof_index = i32::try_from(message.oneof_decl.len()).ok();
            message.oneof_decl.push(Oneof { name: Some(name), options: None });
        }
    }
    message.nested_type.iter_mut().for_each(add_synthetic_oneofs);
}
