//! A file without the imports that were not found: often they bring options only (`validate/validate.proto`),
//! and the file is of use without those.

use std::collections::HashMap;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    ServiceDescriptorProto, UninterpretedOption,
};

/// Takes out the imports that `is_there` denies, and the options that they may have brought.
pub(super) fn forget_imports(file: &mut FileDescriptorProto, is_there: impl Fn(&str) -> bool) {
    let mut moved: HashMap<i32, i32> = HashMap::new();
    let mut kept = Vec::new();
    for (index, import) in std::mem::take(&mut file.dependency).into_iter().enumerate() {
        if is_there(&import) {
            moved.insert(index as i32, kept.len() as i32);
            kept.push(import);
        }
    }
    file.dependency = kept;
    for indices in [&mut file.public_dependency, &mut file.weak_dependency] {
        *indices = indices.iter().filter_map(|index| moved.get(index).copied()).collect();
    }
    if let Some(options) = &mut file.options {
        strip(&mut options.uninterpreted_option);
    }
    file.message_type.iter_mut().for_each(strip_message);
    file.enum_type.iter_mut().for_each(strip_enum);
    file.extension.iter_mut().for_each(strip_field);
    file.service.iter_mut().for_each(strip_service);
}

/// Keeps the options of protobuf itself and those that are bundled.
fn strip(options: &mut Vec<UninterpretedOption>) {
    options.retain(|option| {
        option.name.iter().all(|part| {
            !part.is_extension || part.name_part.trim_start_matches('.').starts_with("google.api.")
        })
    });
}

fn strip_message(message: &mut DescriptorProto) {
    if let Some(options) = &mut message.options {
        strip(&mut options.uninterpreted_option);
    }
    message.field.iter_mut().chain(&mut message.extension).for_each(strip_field);
    for options in message.oneof_decl.iter_mut().filter_map(|oneof| oneof.options.as_mut()) {
        strip(&mut options.uninterpreted_option);
    }
    message.enum_type.iter_mut().for_each(strip_enum);
    message.nested_type.iter_mut().for_each(strip_message);
}

fn strip_field(field: &mut FieldDescriptorProto) {
    if let Some(options) = &mut field.options {
        strip(&mut options.uninterpreted_option);
    }
}

fn strip_enum(descriptor: &mut EnumDescriptorProto) {
    if let Some(options) = &mut descriptor.options {
        strip(&mut options.uninterpreted_option);
    }
    for options in descriptor.value.iter_mut().filter_map(|value| value.options.as_mut()) {
        strip(&mut options.uninterpreted_option);
    }
}

fn strip_service(service: &mut ServiceDescriptorProto) {
    if let Some(options) = &mut service.options {
        strip(&mut options.uninterpreted_option);
    }
    for options in service.method.iter_mut().filter_map(|method| method.options.as_mut()) {
        strip(&mut options.uninterpreted_option);
    }
}
