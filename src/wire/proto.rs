//! A protobuf message field by field, without a schema, with the place of each
//! (protobuf.dev, "Encoding").

use std::ops::Range;

use crate::model::WireFault;

/// Groups within groups that are followed.
const MAX_DEPTH: usize = 100;

/// One field as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtoField {
    /// 1 to 2^29 - 1.
    pub number: u32,
    /// All of it.
    pub range: Range<usize>,
    /// Number and wire type.
    pub tag: Range<usize>,
    /// The length, where one is written.
    pub length: Option<Range<usize>>,
    /// What follows.
    pub content: Range<usize>,
    /// What it is.
    pub value: ProtoValue,
}

/// A value by its wire type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtoValue {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2: text, bytes, a message, or packed numbers.
    Length,
    /// Wire types 3 and 4.
    Group(Vec<ProtoField>),
    /// Wire type 5.
    Fixed32(u32),
}

impl ProtoValue {
    /// The name of the wire type.
    pub fn wire_type(&self) -> &'static str {
        match self {
            Self::Varint(_) => "VARINT",
            Self::Fixed64(_) => "I64",
            Self::Length => "LEN",
            Self::Group(_) => "SGROUP",
            Self::Fixed32(_) => "I32",
        }
    }
}

/// Fields as far as they can be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProtoRead {
    /// In the order of the bytes.
    pub fields: Vec<ProtoField>,
    /// Where the rest begins that cannot be read, and why.
    pub fault: Option<(usize, WireFault)>,
}

/// Reads a message.
pub fn proto_fields(bytes: &[u8]) -> ProtoRead {
    let mut reader = Reader { bytes, at: 0 };
    let mut read = ProtoRead::default();
    while reader.at < bytes.len() {
        let start = reader.at;
        match reader.field(0) {
            Ok(Some(field)) => read.fields.push(field),
            Ok(None) => {
                read.fault = Some((start, WireFault::ProtoGroup));
                break;
            }
            Err(fault) => {
                read.fault = Some((start, fault));
                break;
            }
        }
    }
    read
}

/// The numbers of a packed field, each with its place.
pub fn packed(bytes: &[u8], width: PackedWidth) -> Result<Vec<(Range<usize>, u64)>, WireFault> {
    let mut reader = Reader { bytes, at: 0 };
    let mut numbers = Vec::new();
    while reader.at < bytes.len() {
        let start = reader.at;
        let number = match width {
            PackedWidth::Varint => reader.varint()?,
            PackedWidth::Fixed32 => reader.fixed::<4>().map(u32::from_le_bytes)?.into(),
            PackedWidth::Fixed64 => reader.fixed::<8>().map(u64::from_le_bytes)?,
        };
        numbers.push((start..reader.at, number));
    }
    Ok(numbers)
}

/// How wide the numbers of a packed field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackedWidth {
    /// As long as they need.
    Varint,
    /// Four bytes.
    Fixed32,
    /// Eight bytes.
    Fixed64,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// `None` is the end of a group.
    fn field(&mut self, depth: usize) -> Result<Option<ProtoField>, WireFault> {
        let start = self.at;
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_too_wide| WireFault::ProtoTag)?;
        if number == 0 || number >= 1 << 29 {
            return Err(WireFault::ProtoTag);
        }
        let tag_range = start..self.at;
        let mut length = None;
        let mut content = self.at..self.at;
        let value = match tag & 7 {
            0 => ProtoValue::Varint(self.varint()?),
            1 => ProtoValue::Fixed64(u64::from_le_bytes(self.fixed()?)),
            2 => {
                let len = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                length = Some(content.start..self.at);
                content.start = self.at;
                let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len());
                self.at = end.ok_or(WireFault::ProtoShort)?;
                ProtoValue::Length
            }
            3 if depth < MAX_DEPTH => {
                ProtoValue::Group(self.group(number, depth + 1, &mut content)?)
            }
            3 => return Err(WireFault::ProtoGroup),
            4 => {
                return if depth > 0 { Ok(None) } else { Err(WireFault::ProtoGroup) };
            }
            5 => ProtoValue::Fixed32(u32::from_le_bytes(self.fixed()?)),
            _ => return Err(WireFault::ProtoTag),
        };
        if !matches!(value, ProtoValue::Group(_)) {
            content.end = self.at;
        }
        Ok(Some(ProtoField {
            number,
            range: start..self.at,
            tag: tag_range,
            length,
            content,
            value,
        }))
    }

    /// Fields up to the tag that ends the group.
    fn group(
        &mut self,
        number: u32,
        depth: usize,
        content: &mut Range<usize>,
    ) -> Result<Vec<ProtoField>, WireFault> {
        let mut fields = Vec::new();
        loop {
            let start = self.at;
            if let Some(field) = self.field(depth)? {
                fields.push(field);
                continue;
            }
            content.end = start;
            let end = Reader { bytes: self.bytes, at: start }.varint()?;
            return if end >> 3 == u64::from(number) {
                Ok(fields)
            } else {
                Err(WireFault::ProtoGroup)
            };
        }
    }

    fn varint(&mut self) -> Result<u64, WireFault> {
        let mut number = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = self.bytes.get(self.at).copied().ok_or(WireFault::ProtoShort)?;
            self.at += 1;
            // Bits beyond the 64th are dropped, as every decoder does.
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(WireFault::ProtoVarint)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], WireFault> {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>());
        let bytes = *bytes.ok_or(WireFault::ProtoShort)?;
        self.at += N;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_wire_type() {
        let bytes = [
            &[0x08, 0x96, 0x01][..],
            &[0x11, 1, 0, 0, 0, 0, 0, 0, 0],
            &[0x1a, 2, b'h', b'i'],
            &[0x23, 0x08, 7, 0x24],
            &[0x2d, 2, 0, 0, 0],
        ];
        let read = proto_fields(&bytes.concat());
        assert_eq!(read.fault, None);
        let short: Vec<_> = read
            .fields
            .iter()
            .map(|field| (field.number, field.value.wire_type(), field.content.clone()))
            .collect();
        assert_eq!(
            short,
            [
                (1, "VARINT", 1..3),
                (2, "I64", 4..12),
                (3, "LEN", 14..16),
                (4, "SGROUP", 17..19),
                (5, "I32", 21..25),
            ]
        );
        assert_eq!(read.fields[0].value, ProtoValue::Varint(150));
        assert_eq!(read.fields[2].length, Some(13..14));
        let packed = packed(&[3, 0x8e, 0x02], PackedWidth::Varint).unwrap();
        assert_eq!(packed, [(0..1, 3), (1..3, 270)]);
    }

    #[test]
    fn what_cannot_be_read_is_named_at_its_field() {
        let check = |bytes: &[u8], n_fields: usize, fault: WireFault| {
            let read = proto_fields(bytes);
            assert_eq!(
                (read.fields.len(), read.fault.map(|(_, fault)| fault)),
                (n_fields, Some(fault))
            );
        };
        check(&[0x08, 1, 0x12, 9, 1], 1, WireFault::ProtoShort);
        check(&[0x00], 0, WireFault::ProtoTag);
        check(&[0x0e], 0, WireFault::ProtoTag);
        check(
            &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            0,
            WireFault::ProtoVarint,
        );
        check(&[0x24], 0, WireFault::ProtoGroup);
        check(&[0x23, 0x2c], 0, WireFault::ProtoGroup);
        check(&[0x23; 300], 0, WireFault::ProtoGroup);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_and_fields_follow_each_other(bytes: Vec<u8>) {
            let read = proto_fields(&bytes);
            let mut at = 0;
            for field in &read.fields {
                prop_assert_eq!(field.range.start, at);
                prop_assert!(field.tag.end <= field.content.start && field.content.end <= field.range.end);
                at = field.range.end;
            }
            prop_assert_eq!(read.fault.map_or(bytes.len(), |(at, _)| at), at);
            let _numbers = packed(&bytes, PackedWidth::Fixed32);
        }
    }
}
