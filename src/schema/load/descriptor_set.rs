//! Encoded `FileDescriptorSet`s, whole or cut short.

use std::path::Path;

use bytes::{Buf as _, Bytes};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};

use super::{
    link::{Unit, unit_from_bytes},
    parse::file_place,
};
use crate::model::{Cause, Problem, ProblemKind};

/// The files of a set. What stands before a cut is kept.
pub(super) fn read(bytes: &[u8], shown: &Path, problems: &mut Vec<Problem>) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut rest = Bytes::copy_from_slice(bytes);
    let mut result = if rest.is_empty() { Err(Cause::Empty) } else { Ok(()) };
    while rest.has_remaining() && result.is_ok() {
        result = next_file(&mut rest)
            .and_then(|file| file.map(unit_from_bytes).transpose())
            .map(|unit| units.extend(unit));
    }
    if let Err(cause) = result {
        let kind = ProblemKind::BadDescriptorSet { cause };
        problems.push(Problem::error(kind).at(file_place(shown)));
    }
    units
}

/// The bytes of the next file; `None` when the next field is something else.
fn next_file(rest: &mut Bytes) -> Result<Option<Bytes>, Cause> {
    let words = |error: DecodeError| Cause::Said(error.to_string());
    let (tag, wire_type) = decode_key(rest).map_err(words)?;
    if (tag, wire_type) != (1, WireType::LengthDelimited) {
        skip_field(wire_type, tag, rest, DecodeContext::default()).map_err(words)?;
        return Ok(None);
    }
    let length = decode_varint(rest).map_err(words)?;
    let remaining = rest.remaining();
    match usize::try_from(length) {
        Ok(length) if length <= remaining => Ok(Some(rest.split_to(length))),
        _ => Err(Cause::CutShort { got: remaining as u64, wanted: length }),
    }
}
