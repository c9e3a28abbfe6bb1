//! A message's bytes as a tree: each field by its name in the schema, or by its number where the schema has none.

use std::ops::Range;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::Schema;
use crate::model::WireFault;
use crate::wire::{Node, PackedWidth, Place, ProtoField, ProtoValue, packed, proto_fields};

/// Messages within messages that are followed.
const MAX_DEPTH: usize = 64;
/// The most that is shown of a text or of bytes.
const MAX_SHOWN: usize = 200;

/// Says where a range of the message's bytes stands.
type PlaceOf<'a> = &'a dyn Fn(Range<usize>) -> Vec<Place>;

impl Schema {
    /// The fields of a message. `place_of` says where bytes of `bytes` stand; without a known `message` the
    /// fields have numbers, and what looks like text or like a message is shown as such.
    pub fn message_tree(
        &self,
        message: Option<&str>,
        bytes: &[u8],
        place_of: PlaceOf<'_>,
    ) -> Vec<Node> {
        let descriptor = message.and_then(|name| self.descriptor(name));
        Tree { bytes, place_of }.message(descriptor.as_ref(), 0..bytes.len(), 0)
    }
}

struct Tree<'a> {
    bytes: &'a [u8],
    place_of: PlaceOf<'a>,
}

impl Tree<'_> {
    fn get(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    fn node(
        &self,
        label: impl Into<String>,
        value: impl Into<String>,
        range: Range<usize>,
    ) -> Node {
        let mut node = Node::new(label.into(), value);
        node.places = (self.place_of)(range);
        node
    }

    fn message(
        &self,
        message: Option<&MessageDescriptor>,
        range: Range<usize>,
        depth: usize,
    ) -> Vec<Node> {
        let read = proto_fields(self.get(range.clone()));
        let fields = read.fields.iter();
        let mut nodes: Vec<_> =
            fields.map(|field| self.field(message, field, range.start, depth)).collect();
        if let Some((at, fault)) = read.fault {
            nodes.push(self.node("", "", range.start + at..range.end).wrong(Some(fault)));
        }
        nodes
    }

    /// `base` is where the message begins that the field's ranges count from.
    fn field(
        &self,
        message: Option<&MessageDescriptor>,
        field: &ProtoField,
        base: usize,
        depth: usize,
    ) -> Node {
        let shift = |range: &Range<usize>| range.start + base..range.end + base;
        let known = message.and_then(|message| message.get_field(field.number));
        let label = known
            .as_ref()
            .map_or_else(|| format!("#{}", field.number), |known| known.name().to_owned());
        let content = shift(&field.content);
        let tag = format!("{} {}", field.number, field.value.wire_type());
        let mut node = self.node(label, "", shift(&field.range));
        node.children.push(self.node("Tag", tag, shift(&field.tag)));
        if let Some(length) = &field.length {
            let len = field.content.len().to_string();
            node.children.push(self.node("Length", len, shift(length)));
        }
        match (&field.value, known) {
            (ProtoValue::Group(fields), known) => {
                let inside = known.as_ref().and_then(message_of);
                let each =
                    fields.iter().map(|field| self.field(inside.as_ref(), field, base, depth + 1));
                node.children.extend(each);
            }
            (ProtoValue::Length, known) => {
                self.length(&mut node, known.as_ref(), content, depth);
            }
            (ProtoValue::Varint(number), known) => {
                node.value = number_words(known.as_ref().map(FieldDescriptor::kind), *number);
                node.children.push(self.node("Value", number.to_string(), content));
            }
            (ProtoValue::Fixed64(number), known) => {
                let kind = known.map_or(Kind::Fixed64, |known| known.kind());
                node.value = number_words(Some(kind), *number);
                node.children.push(self.node("Value", format!("0x{number:016x}"), content));
            }
            (ProtoValue::Fixed32(number), known) => {
                let kind = known.map_or(Kind::Fixed32, |known| known.kind());
                node.value = number_words(Some(kind), u64::from(*number));
                node.children.push(self.node("Value", format!("0x{number:08x}"), content));
            }
        }
        node
    }

    /// Text, bytes, a message or packed numbers.
    fn length(
        &self,
        node: &mut Node,
        known: Option<&FieldDescriptor>,
        content: Range<usize>,
        depth: usize,
    ) {
        let bytes = self.get(content.clone());
        let kind = known.map(FieldDescriptor::kind);
        match kind {
            Some(Kind::Message(inside)) if depth < MAX_DEPTH => {
                node.children.extend(self.message(Some(&inside), content, depth + 1));
            }
            Some(Kind::String) => match std::str::from_utf8(bytes) {
                Ok(text) => node.value = quoted(text),
                Err(_bad) => {
                    node.value = quoted(&String::from_utf8_lossy(bytes));
                    node.fault = Some(WireFault::NotUtf8);
                }
            },
            Some(Kind::Bytes | Kind::Message(_)) => node.value = hex(bytes),
            Some(kind) => match packed(bytes, width_of(&kind)) {
                Ok(numbers) => {
                    let words = |number: u64| number_words(Some(kind.clone()), number);
                    let all: Vec<_> = numbers.iter().map(|(_, number)| words(*number)).collect();
                    node.value = cut(format!("[{}]", all.join(", ")));
                    node.children.extend(numbers.iter().enumerate().map(
                        |(idx, (range, number))| {
                            let range = content.start + range.start..content.start + range.end;
                            self.node(format!("[{idx}]"), words(*number), range)
                        },
                    ));
                }
                Err(fault) => {
                    node.value = hex(bytes);
                    node.fault = Some(fault);
                }
            },
            None => self.guess(node, content, depth),
        }
    }

    /// Nobody says what it is: text that reads like text, else a message that reads like one, else bytes.
    fn guess(&self, node: &mut Node, content: Range<usize>, depth: usize) {
        let bytes = self.get(content.clone());
        let text = std::str::from_utf8(bytes).ok();
        let text = text.filter(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace()));
        if let Some(text) = text {
            node.value = quoted(text);
        } else if depth < MAX_DEPTH && proto_fields(bytes).fault.is_none() {
            node.children.extend(self.message(None, content, depth + 1));
        } else {
            node.value = hex(bytes);
        }
    }
}

fn message_of(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(message) => Some(message),
        _ => None,
    }
}

fn width_of(kind: &Kind) -> PackedWidth {
    match kind {
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => PackedWidth::Fixed64,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => PackedWidth::Fixed32,
        _ => PackedWidth::Varint,
    }
}

/// A number as its type means it.
fn number_words(kind: Option<Kind>, number: u64) -> String {
    let low = number as u32;
    match kind {
        Some(Kind::Double) => f64::from_bits(number).to_string(),
        Some(Kind::Float) => f32::from_bits(low).to_string(),
        Some(Kind::Int32 | Kind::Sfixed32) => low.cast_signed().to_string(),
        Some(Kind::Int64 | Kind::Sfixed64) => number.cast_signed().to_string(),
        Some(Kind::Sint32) => {
            let zigzag = (low >> 1).cast_signed() ^ -(low & 1).cast_signed();
            zigzag.to_string()
        }
        Some(Kind::Sint64) => {
            let zigzag = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
            zigzag.to_string()
        }
        Some(Kind::Bool) => (number != 0).to_string(),
        Some(Kind::Enum(known)) => match known.get_value(low.cast_signed()) {
            Some(value) => format!("{} ({})", value.name(), low.cast_signed()),
            None => low.cast_signed().to_string(),
        },
        _ => number.to_string(),
    }
}

fn quoted(text: &str) -> String {
    cut(format!("{text:?}"))
}

fn hex(bytes: &[u8]) -> String {
    let shown = bytes.iter().take(MAX_SHOWN / 2);
    let digits: Vec<_> = shown.map(|byte| format!("{byte:02x}")).collect();
    cut(digits.concat())
}

/// No value is longer than a line can show.
fn cut(mut text: String) -> String {
    if text.len() > MAX_SHOWN {
        text.truncate(text.floor_char_boundary(MAX_SHOWN));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::load_virtual;
    use crate::wire::Buffer;

    const PROTO: &str = r#"syntax = "proto2";
        message A {
          optional string text = 1; optional sint32 zigzag = 2; repeated int32 many = 3 [packed = true];
          optional A inside = 4; optional Colour colour = 5; optional double real = 6; optional bool is = 7;
          map<string, int64> counts = 8; optional bytes raw = 9; optional int64 big = 10; optional float small = 11;
          optional group Old = 12 { optional int32 n = 1; }
        }
        enum Colour { NONE = 0; RED = 3; }"#;

    fn schema() -> Schema {
        load_virtual(&[("a.proto", PROTO)]).schema
    }

    fn tree(message: Option<&str>, bytes: &[u8]) -> Vec<Node> {
        schema().message_tree(message, bytes, &|range| {
            vec![Place { buffer: Buffer::Sent, range: range.start as u64..range.end as u64 }]
        })
    }

    fn short(nodes: &[Node]) -> String {
        let inner = |node: &Node| {
            let children = node.children.iter().filter(|child| {
                !matches!(child.label.as_ref(), "Tag" | "Length" | "Value")
                    && !child.label.starts_with('[')
            });
            let children: Vec<_> = children.cloned().collect();
            let fault = node.fault.as_ref().map(|fault| format!("!{fault:?}")).unwrap_or_default();
            let inside = if children.is_empty() {
                String::new()
            } else {
                format!("{{{}}}", short(&children))
            };
            format!("{}={}{inside}{fault}", node.label, node.value)
        };
        nodes.iter().map(inner).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_type_is_said_as_it_is_meant() {
        let json = r#"{"text": "h\u00e4", "zigzag": -3, "many": [1, -1], "inside": {"is": true}, "colour": "RED",
            "real": 0.5, "counts": {"a": 7}, "raw": "AAE=", "big": "-9007199254740993", "small": 1.5,
            "old": {"n": 4}}"#;
        let bytes = schema().encode_json("A", json).unwrap();
        assert_eq!(
            short(&tree(Some("A"), &bytes)),
            "text=\"hä\" zigzag=-3 many=[1, -1] inside={is=true} colour=RED (3) real=0.5 \
             counts={key=\"a\" value=7} raw=0001 big=-9007199254740993 small=1.5 old={n=4}"
        );
    }

    #[test]
    fn without_a_schema_there_are_numbers_and_guesses() {
        let inside = [0x0a, 2, b'h', b'i', 0x22, 2, 0x08, 5, 0x1a, 2, 0xff, 0xfe, 0x28, 9];
        assert_eq!(short(&tree(None, &inside)), "#1=\"hi\" #4={#1=5} #3=fffe #5=9");
        assert_eq!(short(&tree(Some("A"), &[0x0a, 1, 0xff])), "text=\"\u{fffd}\"!NotUtf8");
        assert_eq!(short(&tree(Some("A"), &[0x1a, 2, 1, 0x7f])), "many=[1, 127]");
        assert_eq!(short(&tree(Some("A"), &[0x98, 6, 1, 0x0a, 9])), "#99=1 =!ProtoShort");
    }

    #[test]
    fn places_count_in_the_whole_message() {
        let bytes = [0x22, 5, 0x0a, 3, b'a', b'b', b'c'];
        let nodes = tree(Some("A"), &bytes);
        let inside = &nodes[0].children[2];
        assert_eq!((inside.label.as_ref(), inside.places[0].range.clone()), ("text", 2..7));
        assert_eq!(nodes[0].path_to(Buffer::Sent, 3), Some(vec![2, 1]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_shown_and_every_place_is_inside(bytes: Vec<u8>, is_known: bool) {
            let mut open = tree(is_known.then_some("A"), &bytes);
            while let Some(node) = open.pop() {
                for place in &node.places {
                    prop_assert!(place.range.end <= bytes.len() as u64);
                }
                open.extend(node.children);
            }
        }
    }
}
