//! A set without the features of its files: what they said is said otherwise by now, and nobody takes features in a
//! file of proto2 or proto3.

use crate::wire::{ProtoValue, proto_fields};

/// What a message of descriptor.proto is, as far as features can be in it.
#[derive(Debug, Clone, Copy)]
enum Part {
    Set,
    File,
    Message,
    Field,
    Oneof,
    Enum,
    Value,
    Range,
    Service,
    Method,
    /// Options that have their features at this number.
    Options(u32),
}

impl Part {
    /// What it has at a number.
    fn part(self, number: u32) -> Option<Self> {
        Some(match (self, number) {
            (Self::Set, 1) => Self::File,
            (Self::File, 4) | (Self::Message, 3) => Self::Message,
            (Self::File, 5) | (Self::Message, 4) => Self::Enum,
            (Self::File, 6) => Self::Service,
            (Self::File, 7) | (Self::Message, 2 | 6) => Self::Field,
            (Self::Message, 5) => Self::Range,
            (Self::Message, 8) => Self::Oneof,
            (Self::Enum, 2) => Self::Value,
            (Self::Service, 2) => Self::Method,
            (Self::File, 8) | (Self::Range, 3) => Self::Options(50),
            (Self::Message, 7) => Self::Options(12),
            (Self::Field, 8) => Self::Options(21),
            (Self::Oneof, 2) => Self::Options(1),
            (Self::Enum, 3) => Self::Options(7),
            (Self::Value, 3) => Self::Options(2),
            (Self::Service, 3) => Self::Options(34),
            (Self::Method, 4) => Self::Options(35),
            _ => return None,
        })
    }
}

/// An encoded `FileDescriptorSet` without features. All else stays byte for byte.
pub(in crate::schema) fn without_features(set: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(set.len());
    strip(set, Part::Set, &mut kept);
    kept
}

fn strip(bytes: &[u8], part: Part, kept: &mut Vec<u8>) {
    let read = proto_fields(bytes);
    for field in read.fields {
        match part.part(field.number).filter(|_| field.value == ProtoValue::Length) {
            Some(inner) => {
                let content = bytes.get(field.content).unwrap_or_default();
                let mut stripped = Vec::with_capacity(content.len());
                strip(content, inner, &mut stripped);
                prost::encoding::bytes::encode(field.number, &stripped, kept);
            }
            None if matches!(part, Part::Options(features) if features == field.number) => {}
            None => kept.extend_from_slice(bytes.get(field.range).unwrap_or_default()),
        }
    }
    if let Some((rest, _)) = read.fault {
        kept.extend_from_slice(bytes.get(rest..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use prost_types::{
        FileDescriptorProto, FileDescriptorSet, FileOptions, MethodDescriptorProto, MethodOptions,
        ServiceDescriptorProto,
    };

    use super::*;

    #[test]
    fn nothing_but_features_is_taken_out() {
        let method = MethodDescriptorProto {
            options: Some(MethodOptions { deprecated: Some(true), ..MethodOptions::default() }),
            ..MethodDescriptorProto::default()
        };
        let file = FileDescriptorProto {
            options: Some(FileOptions::default()),
            service: vec![ServiceDescriptorProto {
                method: vec![method],
                ..ServiceDescriptorProto::default()
            }],
            ..FileDescriptorProto::default()
        };
        let set = FileDescriptorSet { file: vec![file] }.encode_to_vec();
        assert_eq!(without_features(&set), set);
        // The options of the file: java_package, features and something unknown.
        let options = |features: &[u8]| [b"\x0a\x01a", features, b"\xc2\x3e\x01b"].concat();
        let set = |options: &[u8]| {
            let (mut file, mut set) = (Vec::new(), Vec::new());
            prost::encoding::bytes::encode(8, &options.to_vec(), &mut file);
            prost::encoding::bytes::encode(1, &file, &mut set);
            set
        };
        assert_eq!(without_features(&set(&options(b"\x92\x03\x02\x08\x02"))), set(&options(b"")));
        for broken in [&b"\xff"[..], b"\x0a\x05\x0a", b"\x0a\x01\xff"] {
            assert_eq!(without_features(broken), broken);
        }
    }
}
