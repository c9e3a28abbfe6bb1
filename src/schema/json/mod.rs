//! JSON to messages and back (ProtoJSON), with a place for every problem.

mod decode;
mod encode;
mod path;
mod scalar;
mod text;
mod well_known;

use prost_reflect::MessageDescriptor;

use crate::{
    model::{JsonFault, Place, Problem},
    schema::bundled,
};

pub use encode::UnknownNames;

pub(super) use decode::{Defaults, decode, not_protobuf, read_and_write};
pub(super) use encode::{Encoded, encode};
pub(super) use scalar::integer;
pub(super) use text::place_in;

/// How deep messages may nest, `Any` inside `Any` included.
const MAX_NESTING: usize = 100;

/// The type inside an `Any`: of the same schema, else one that is always there.
fn any_type(any: &MessageDescriptor, name: &str) -> Option<MessageDescriptor> {
    any.parent_pool().get_message_by_name(name).or_else(|| bundled().descriptor(name))
}

/// A message as JSON, as much of it as could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecodedJson {
    /// Pretty-printed; empty when the bytes are not this message.
    pub text: String,
    /// What could not be shown as it is.
    pub problems: Vec<Problem>,
    /// Fields, at any depth, that the schema does not have.
    pub n_unknown_fields: usize,
    /// Types inside `Any` that the schema does not have; they stand as `@base64`.
    pub unknown_types: Vec<String>,
}

/// Why and where a text is no JSON; `None` when it is.
pub fn json_fault(text: &str) -> Option<(Place, JsonFault)> {
    let error = text::parse(text).err()?;
    Some((text::place_at(text, error.at), error.fault))
}

#[cfg(test)]
mod tests;
