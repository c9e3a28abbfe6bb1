//! How a message is written for whoever reads it: as JSON, or in protobuf's text format.

use bytes::Bytes;
use miette::Diagnostic as _;
use prost::Message as _;
use prost_reflect::text_format::FormatOptions;
use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::DecodedJson;
use super::json::{not_protobuf, place_in};
use crate::model::{Problem, ProblemKind};

/// A way to write a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notation {
    /// JSON with the fields that are set.
    #[default]
    Json,
    /// JSON, where a field without presence stands also with its default (`0`, `""`, `false`, `[]`, `{}`, the first
    /// name of an enum). What can be unset is still left out, so that reading it again gives the same message.
    JsonWithDefaults,
    /// protobuf's text format (`name: "Ada"`). A field that the schema does not have stands by its number.
    Text,
}

/// Text format to protobuf. Fails with what is wrong, at its place in the text.
pub(super) fn encode_text(message: MessageDescriptor, text: &str) -> Result<Bytes, Vec<Problem>> {
    match DynamicMessage::parse_text_format(message, text) {
        Ok(message) => Ok(message.encode_to_vec().into()),
        Err(error) => {
            let at = error.labels().and_then(|mut labels| labels.next());
            // An error without a place is one of the end.
            let at = at.map_or(text.len(), |label| label.offset());
            let mut problem = Problem::error(ProblemKind::TextFormat { cause: error.to_string() });
            problem.place = Some(place_in(None, text, at));
            Err(vec![problem])
        }
    }
}

/// Protobuf to text format, a field a line.
pub(super) fn decode_text(message: &MessageDescriptor, bytes: &[u8]) -> DecodedJson {
    match DynamicMessage::decode(message.clone(), bytes) {
        Ok(decoded) => {
            let options = FormatOptions::new().pretty(true).skip_unknown_fields(false);
            let text = decoded.to_text_format_with_options(&options);
            DecodedJson { text, ..DecodedJson::default() }
        }
        Err(error) => {
            let kind = not_protobuf(message.full_name(), &error);
            DecodedJson { problems: vec![Problem::error(kind)], ..DecodedJson::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;
    use crate::schema::{Schema, load_text};

    fn schema() -> Schema {
        let text = "syntax = \"proto3\"; message A { string name = 1; repeated int64 n = 2; \
                    optional bool maybe = 3; E e = 4; A inner = 5; map<string, A> by = 6; \
                    oneof one { uint32 x = 7; bytes y = 8; } } enum E { NONE = 0; SOME = 1; }";
        let loaded = load_text("a.proto", text, &[]);
        assert_eq!(loaded.problems, []);
        loaded.schema
    }

    #[test]
    fn text_format_goes_both_ways() {
        let schema = schema();
        let text = "name: \"Ada\"\nn: [9007199254740993, -1]\ne: SOME\ninner { y: \"\\000\" }";
        let bytes = schema.encode_text("A", text).unwrap();
        assert_eq!(
            bytes,
            schema
                .encode_json(
                    "A",
                    r#"{"name":"Ada","n":["9007199254740993",-1],
            "e":"SOME","inner":{"y":"AA=="}}"#
                )
                .unwrap()
        );
        let shown = schema.decode_as("A", &bytes, Notation::Text).text;
        assert!(shown.contains("name: \"Ada\"\n"), "{shown}");
        assert_eq!(schema.encode_text("A", &shown).unwrap(), bytes);
        // A field that the schema does not have.
        let unknown = schema.decode_as("A", b"\x98\x01\x07", Notation::Text).text;
        assert_eq!(unknown.trim(), "19: 7");
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let check = |text: &str, line, column| {
            let problems = schema().encode_text("A", text).unwrap_err();
            let place = Place { file: None, line, column };
            assert_eq!(problems[0].place, Some(place), "{problems:?}");
        };
        check("name: \"Ada\"\n  nam: 1", 2, 3);
        check("name: 1", 1, 7);
        check("inner {", 1, 8);
        check("e: OTHER", 1, 4);
    }

    #[test]
    fn defaults_are_shown_where_nothing_can_be_unset() {
        let schema = schema();
        let shown = |bytes: &[u8]| -> serde_json::Value {
            serde_json::from_str(&schema.decode_as("A", bytes, Notation::JsonWithDefaults).text)
                .unwrap()
        };
        let empty = serde_json::json!({ "name": "", "n": [], "e": "NONE", "by": {} });
        assert_eq!(shown(b""), empty);
        assert_eq!(shown(b"\x2a\x00")["inner"], empty);
        assert_eq!(shown(b"\x18\x00")["maybe"], false);
        let text = shown(b"\x2a\x00\x38\x00").to_string();
        assert_eq!(schema.encode_json("A", &text).unwrap().as_ref(), b"\x2a\x00\x38\x00");
    }
}
