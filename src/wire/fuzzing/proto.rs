//! Messages of protobuf without a schema.

use crate::wire::{PackedWidth, ProtoField, ProtoValue, packed, proto_fields};

/// Messages within messages that are looked at.
const MAX_DEPTH: usize = 6;

/// All of it is a message.
///
/// # Panics
/// When fields do not follow each other, or written anew do not read the same.
pub fn proto(input: &[u8]) {
    message(input, 0);
    for width in [PackedWidth::Varint, PackedWidth::Fixed32, PackedWidth::Fixed64] {
        let numbers = packed(input, width).unwrap_or_default();
        let end = numbers.iter().fold(0, |at, (range, _)| {
            assert_eq!(range.start, at);
            range.end
        });
        assert!(numbers.is_empty() || end == input.len());
    }
}

fn message(bytes: &[u8], depth: usize) {
    let read = proto_fields(bytes);
    let end = follow(&read.fields, 0);
    assert_eq!(read.fault.as_ref().map_or(bytes.len(), |(at, _)| *at), end);
    let mut written = Vec::new();
    write(&mut written, &read.fields, bytes);
    let again = proto_fields(&written);
    assert_eq!(again.fault, None);
    let same = |(one, other): (&ProtoField, &ProtoField)| alike(one, other, bytes, &written);
    assert_eq!(read.fields.len(), again.fields.len());
    assert!(read.fields.iter().zip(&again.fields).all(same));
    for field in read.fields.iter().filter(|field| field.value == ProtoValue::Length) {
        if depth < MAX_DEPTH {
            message(content(field, bytes), depth + 1);
        }
    }
}

/// Where they end.
fn follow(fields: &[ProtoField], start: usize) -> usize {
    fields.iter().fold(start, |at, field| {
        assert_eq!(field.range.start, at);
        assert_eq!(field.tag.start, at);
        let length_end = field.length.as_ref().map_or(field.tag.end, |length| {
            assert_eq!(length.start, field.tag.end);
            length.end
        });
        assert_eq!(field.content.start, length_end);
        match &field.value {
            ProtoValue::Group(inner) => {
                assert_eq!(follow(inner, field.content.start), field.content.end);
                assert!(field.content.end < field.range.end, "the end of a group has a tag");
            }
            _ => assert_eq!(field.content.end, field.range.end),
        }
        field.range.end
    })
}

fn content<'a>(field: &ProtoField, bytes: &'a [u8]) -> &'a [u8] {
    let (before, _) = bytes.split_at(field.content.end);
    before.split_at(field.content.start).1
}

/// Each as short as it can be.
fn write(out: &mut Vec<u8>, fields: &[ProtoField], bytes: &[u8]) {
    for field in fields {
        let tag = |out: &mut Vec<u8>, wire: u64| varint(out, u64::from(field.number) << 3 | wire);
        match &field.value {
            ProtoValue::Varint(number) => {
                tag(out, 0);
                varint(out, *number);
            }
            ProtoValue::Fixed64(number) => {
                tag(out, 1);
                out.extend(number.to_le_bytes());
            }
            ProtoValue::Length => {
                tag(out, 2);
                varint(out, content(field, bytes).len() as u64);
                out.extend(content(field, bytes));
            }
            ProtoValue::Group(inner) => {
                tag(out, 3);
                write(out, inner, bytes);
                tag(out, 4);
            }
            ProtoValue::Fixed32(number) => {
                tag(out, 5);
                out.extend(number.to_le_bytes());
            }
        }
    }
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn alike(one: &ProtoField, other: &ProtoField, of_one: &[u8], of_other: &[u8]) -> bool {
    one.number == other.number
        && match (&one.value, &other.value) {
            (ProtoValue::Group(inner), ProtoValue::Group(others)) => {
                let same = |(one, other)| alike(one, other, of_one, of_other);
                inner.len() == others.len() && inner.iter().zip(others).all(same)
            }
            (ProtoValue::Length, ProtoValue::Length) => {
                content(one, of_one) == content(other, of_other)
            }
            (value, same) => value == same,
        }
}
