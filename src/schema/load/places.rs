//! Where each word of a file stands, kept out of the way.
//!
//! A compiler notes the place of every word: most of a file's weight in memory,
//! of use only to say where an error stands. So a file goes into the pool with its
//! comments alone, and the rest lies by, encoded, until an error asks for it.

use bytes::{Buf as _, Bytes};
use prost::{
    Message as _,
    encoding::{self, DecodeContext, decode_key, skip_field},
};
use prost_types::{FileDescriptorProto, SourceCodeInfo, source_code_info::Location};

/// Field number of `source_code_info` in `FileDescriptorProto`.
const SOURCE_INFO: u32 = 9;
/// Field number of `dependency` in `FileDescriptorProto`.
pub(super) const DEPENDENCY: i32 = 3;

/// Takes the places out of a file but those with comments and those of imports. Gives all of them, encoded.
pub(super) fn put_by(file: &mut FileDescriptorProto) -> Bytes {
    let Some(info) = &mut file.source_code_info else { return Bytes::new() };
    let all = info.encode_to_vec().into();
    info.location.retain(|place| has_comment(place) || place.path.first() == Some(&DEPENDENCY));
    info.location.shrink_to_fit();
    if info.location.is_empty() {
        file.source_code_info = None;
    }
    all
}

fn has_comment(place: &Location) -> bool {
    place.leading_comments.is_some()
        || place.trailing_comments.is_some()
        || !place.leading_detached_comments.is_empty()
}

/// An encoded file with this source info instead of its own. All else stays byte for byte, unknown fields too.
pub(super) fn with(encoded: &Bytes, info: &Bytes) -> Bytes {
    replaced(encoded, info).unwrap_or_else(|| encoded.clone())
}

/// The same with what a file has kept of it.
pub(super) fn with_kept(encoded: &Bytes, info: Option<&SourceCodeInfo>) -> Bytes {
    with(encoded, &info.map(SourceCodeInfo::encode_to_vec).unwrap_or_default().into())
}

/// `None` when it is no message.
fn replaced(encoded: &Bytes, info: &Bytes) -> Option<Bytes> {
    let mut rest = encoded.clone();
    let mut file = Vec::with_capacity(encoded.len());
    let mut info = Some(info).filter(|info| !info.is_empty());
    while rest.has_remaining() {
        let before = rest.clone();
        let (number, wire_type) = decode_key(&mut rest).ok()?;
        skip_field(wire_type, number, &mut rest, DecodeContext::default()).ok()?;
        // Where a compiler writes it: fields stand in the order of their numbers.
        if number >= SOURCE_INFO
            && let Some(info) = info.take()
        {
            encoding::bytes::encode(SOURCE_INFO, info, &mut file);
        }
        if number != SOURCE_INFO {
            file.extend_from_slice(before.get(..before.len() - rest.len())?);
        }
    }
    if let Some(info) = info {
        encoding::bytes::encode(SOURCE_INFO, info, &mut file);
    }
    Some(file.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "syntax = \"proto3\";\nimport \"google/protobuf/any.proto\";\n// Says who.\nmessage A {\n  \
                        string name = 1;\n  google.protobuf.Any more = 2; // Whatever.\n}\n";

    #[test]
    fn comments_and_imports_keep_their_place_and_the_rest_comes_back() {
        let whole = protox_parse::parse("a.proto", TEXT).unwrap();
        let mut file = whole.clone();
        let places = put_by(&mut file);
        let kept = &file.source_code_info.as_ref().unwrap().location;
        let n_whole = whole.source_code_info.as_ref().unwrap().location.len();
        assert_eq!((kept.len(), kept.len() < n_whole), (3, true), "{kept:?}");
        let encoded: Bytes = file.encode_to_vec().into();
        assert_eq!(FileDescriptorProto::decode(with(&encoded, &places)).unwrap(), whole);
        let whole: Bytes = whole.encode_to_vec().into();
        let slim = with_kept(&whole, file.source_code_info.as_ref());
        assert_eq!(FileDescriptorProto::decode(slim).unwrap(), file);
    }

    #[test]
    fn what_is_unknown_stays_and_what_is_no_message_too() {
        let mut file = FileDescriptorProto::default().encode_to_vec();
        encoding::string::encode(4000, &"of tomorrow".to_owned(), &mut file);
        let file = Bytes::from(file);
        assert_eq!(with(&file, &Bytes::new()), file);
        let broken = Bytes::from_static(&[0x4a, 200, 1]);
        assert_eq!(with(&broken, &Bytes::new()), broken);
    }
}
