//! JSON to messages and back (ProtoJSON), with a place for every problem.

use bytes::Bytes;

use super::Schema;
use crate::model::Problem;

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

/// JSON text to protobuf.
pub(super) fn encode(_schema: &Schema, _message: &str, _text: &str) -> Result<Bytes, Vec<Problem>> {
    Ok(Bytes::new())
}

/// Protobuf to JSON.
pub(super) fn decode(_schema: &Schema, _message: &str, _bytes: &[u8]) -> DecodedJson {
    DecodedJson::default()
}
