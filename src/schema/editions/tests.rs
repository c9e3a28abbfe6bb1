//! Files that protoc compiled, and messages that protobuf's Python library wrote with them.

use std::path::Path;

use proptest::prelude::*;
use prost::Message as _;

use crate::{
    model::{Problem, ProblemKind, Severity},
    schema::{Cardinality, Loaded, Notation, Schema, load_descriptor_set},
};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema/editions")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn compiled() -> Loaded {
    load_descriptor_set(&read("editions.binpb"), Path::new("editions.binpb"))
}

/// Every message to its bytes and back, as `make_cases.py` wrote them.
fn check_cases(schema: &Schema) {
    let cases = String::from_utf8(read("cases.txt")).unwrap();
    for case in cases.lines() {
        let [message, hex, json] = case.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{case}")
        };
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();
        let written = schema.encode_json(message, json);
        assert_eq!(written.as_deref(), Ok(&bytes[..]), "{case}");
        let again = schema.read_and_write(message, &bytes);
        assert_eq!(again.as_deref(), Ok(&bytes[..]), "{case}");
        let read = schema.decode_json(message, &bytes);
        assert_eq!(read.problems, [], "{case}");
        let shown: serde_json::Value = serde_json::from_str(&read.text).unwrap();
        assert_eq!(shown, serde_json::from_str::<serde_json::Value>(json).unwrap(), "{case}");
    }
    assert_eq!(cases.lines().count(), 22);
}

#[test]
fn messages_are_written_as_python_writes_them() {
    let loaded = compiled();
    check_cases(&loaded.schema);
    // proto3 has no enum without a zero, and proto2 no field that cannot be unset.
    let kind = ProblemKind::PresenceGained { fields: vec!["editions.odd.Walk.pace".to_owned()] };
    let [Problem { severity: Severity::Warning, kind: found, place: Some(place) }] =
        &loaded.problems[..]
    else {
        panic!("{:?}", loaded.problems)
    };
    assert_eq!((found, place.file.as_deref()), (&kind, Some(Path::new("odd.proto"))));
}

#[test]
fn what_is_handed_on_loads_again() {
    let set = compiled().schema.to_descriptor_set();
    let again = load_descriptor_set(&set, Path::new("again"));
    assert_eq!(again.problems, []);
    check_cases(&again.schema);
    let http = b"/v1/notes/{word}";
    assert!(set.windows(http.len()).any(|window| window == http), "options that 2024 imports");
}

#[test]
fn files_stay_what_others_take_where_they_can() {
    let set = compiled().schema.to_descriptor_set();
    let set = prost_types::FileDescriptorSet::decode(set.as_slice()).unwrap();
    let syntax = |name: &str| {
        let mut files = set.file.iter();
        files.find(|file| file.name() == name).unwrap().syntax.clone().unwrap_or_default()
    };
    let found =
        ["plain", "legacy", "mixed", "newer", "odd"].map(|name| syntax(&[name, ".proto"].concat()));
    assert_eq!(found, ["proto3", "proto2", "proto3", "proto3", "proto2"]);
    let plain = set.file.iter().find(|file| file.name() == "plain.proto").unwrap();
    let note = &plain.message_type[0];
    let oneofs: Vec<_> =
        note.oneof_decl.iter().map(prost_types::OneofDescriptorProto::name).collect();
    assert_eq!(oneofs, ["_views", "_title", "X_views", "__private"], "{:?}", note.field);
}

#[test]
fn a_form_knows_what_can_be_unset() {
    let schema = compiled().schema;
    let cardinality = |message: &str, field: &str| {
        schema.message(message).unwrap().field(field).unwrap().cardinality
    };
    for (message, field, wanted) in [
        ("editions.plain.Note", "title", Cardinality::Single { has_presence: true }),
        ("editions.plain.Note", "stars", Cardinality::Single { has_presence: false }),
        ("editions.legacy.Record", "id", Cardinality::Required),
        ("editions.mixed.Both", "implicit", Cardinality::Single { has_presence: false }),
        ("editions.mixed.Both", "number", Cardinality::Single { has_presence: true }),
        ("editions.mixed.Both", "must", Cardinality::Required),
    ] {
        assert_eq!(cardinality(message, field), wanted, "{message} {field}");
    }
    let text = schema.describe("editions.plain.Note").unwrap();
    assert!(
        text.contains("  optional string title = 1;\n") && text.contains("  int32 stars = 3;\n"),
        "{text}"
    );
    let empty =
        schema.decode_as("editions.mixed.Both", b"\x22\x00", Notation::JsonWithDefaults).text;
    let empty: serde_json::Value = serde_json::from_str(&empty).unwrap();
    assert_eq!(empty, serde_json::json!({ "implicit": 0, "must": "", "by": {} }));
}

#[test]
fn an_edition_of_tomorrow_is_named() {
    for (number, edition) in [(1002, "2026"), (1003, "1003"), (0, "0")] {
        let file = prost_types::FileDescriptorProto {
            name: Some("a.proto".to_owned()),
            syntax: Some("editions".to_owned()),
            ..Default::default()
        };
        let mut bytes = file.encode_to_vec();
        prost::encoding::int32::encode(14, &number, &mut bytes);
        let mut set = Vec::new();
        prost::encoding::bytes::encode(1, &bytes, &mut set);
        let loaded = load_descriptor_set(&set, Path::new("a.binpb"));
        let [problem] = &loaded.problems[..] else { panic!("{:?}", loaded.problems) };
        assert_eq!(problem.kind, ProblemKind::Edition { edition: edition.to_owned() });
        assert!(loaded.schema.files().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_flipped_byte_makes_a_lowering_panic(at in any::<prop::sample::Index>(), to in any::<u8>(), n in 1usize..4) {
        let mut bytes = read("editions.binpb");
        for step in 0..n {
            let len = bytes.len();
            bytes[(at.index(len) + step * 7) % len] = to;
        }
        let schema = load_descriptor_set(&bytes, Path::new("x")).schema;
        for message in schema.message_names() {
            drop(schema.encode_json(&message, &schema.sample(&message).to_string()));
        }
    }
}
