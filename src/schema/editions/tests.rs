//! Files that protoc compiled, and messages that protobuf's Python library wrote with them.

use std::path::Path;

use proptest::prelude::*;
use prost::Message as _;

use crate::{
    model::{Problem, ProblemKind, Severity},
    schema::{
        Cardinality, LoadRequest, Loaded, Notation, Schema, load, load_descriptor_set, load_text,
        load_virtual,
    },
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

/// The same files as people write them.
fn parsed() -> Loaded {
    let request = LoadRequest { paths: vec![folder()], roots: Vec::new() };
    // The folder has its descriptor set too, which is none of the `.proto` files.
    load(&request)
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
    for loaded in [compiled(), parsed()] {
        check_cases(&loaded.schema);
        check_problem(&loaded);
    }
}

/// proto3 has no enum without a zero, and proto2 no field that cannot be unset.
fn check_problem(loaded: &Loaded) {
    let kind = ProblemKind::PresenceGained { fields: vec!["editions.odd.Walk.pace".to_owned()] };
    let [Problem { severity: Severity::Warning, kind: found, place: Some(place) }] =
        &loaded.problems[..]
    else {
        panic!("{:?}", loaded.problems)
    };
    assert_eq!(found, &kind);
    assert!(place.file.as_deref().unwrap().ends_with("odd.proto"), "{place:?}");
}

#[test]
fn what_is_handed_on_loads_again() {
    check_set(&compiled().schema.to_descriptor_set());
    check_set(&parsed().schema.to_descriptor_set());
}

fn check_set(set: &[u8]) {
    let again = load_descriptor_set(set, Path::new("again"));
    assert_eq!(again.problems, []);
    check_cases(&again.schema);
    let http = b"/v1/notes/{word}";
    assert!(set.windows(http.len()).any(|window| window == http), "options that 2024 imports");
}

#[test]
fn files_stay_what_others_take_where_they_can() {
    for loaded in [compiled(), parsed()] {
        check_syntax(&loaded.schema.to_descriptor_set());
    }
}

fn check_syntax(set: &[u8]) {
    let set = prost_types::FileDescriptorSet::decode(set).unwrap();
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
    for schema in [compiled().schema, parsed().schema] {
        check_forms(&schema);
    }
}

fn check_forms(schema: &Schema) {
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
fn comments_stay_where_they_are_written() {
    let schema = parsed().schema;
    let notes = schema.service("editions.plain.Notes").unwrap();
    assert_eq!(
        (notes.doc.as_str(), notes.methods[0].doc.as_str()),
        ("Takes and gives a note.", "Gives it back.")
    );
    let note = schema.message("editions.plain.Note").unwrap();
    let docs: Vec<_> = note.fields.iter().take(4).map(|field| field.doc.as_str()).collect();
    assert_eq!(docs, ["Can be unset.", "", "Cannot.", ""]);
}

#[test]
fn defaults_are_what_protoc_makes_of_them() {
    let defaults = |set: Vec<u8>| -> Vec<_> {
        let set = prost_types::FileDescriptorSet::decode(set.as_slice()).unwrap();
        let file = set.file.into_iter().find(|file| file.name() == "legacy.proto").unwrap();
        file.message_type[0].field.iter().map(|field| field.default_value.clone()).collect()
    };
    let set = prost_types::FileDescriptorSet::decode(read("editions.binpb").as_slice()).unwrap();
    let theirs = defaults(set.encode_to_vec());
    let ours = defaults(parsed().schema.to_descriptor_set());
    assert_eq!(ours, theirs);
    assert_eq!(theirs.iter().flatten().count(), 7);
}

#[test]
fn what_is_wrong_in_a_text_has_its_place() {
    for (text, line, column, words) in [
        (
            "edition = \"2023\";\nmessage A {\n  int32 a = 1 [features.field_presence = IMPLICT];\n}",
            3,
            16,
            "IMPLICT",
        ),
        (
            "edition = \"2023\";\nmessage A {\n  int32 a = 1 [features.presence = IMPLICIT];\n}",
            3,
            16,
            "features.presence",
        ),
        ("edition = \"2023\";\nmessage A {\n  reserved b;\n  B c = 1;\n}", 4, 3, "B"),
        ("edition = \"2024\";\nexport message A {\n  int32 a 1;\n}", 3, 11, "'='"),
        ("edition = \"2023\";\nmessage A {\n  int32 a = 1 [default = x];\n}", 3, 16, "x"),
        ("edition = \"2023\";\nmessage A {\n  int32 a = 1 [default = 1, x = 2];\n}", 3, 29, "x"),
    ] {
        let loaded = load_text("a.proto", text, &[]);
        let [problem] = &loaded.problems[..] else { panic!("{text}: {:?}", loaded.problems) };
        let place = problem.place.as_ref().unwrap();
        assert_eq!((place.line, place.column), (line, column), "{problem:?}");
        let (ProblemKind::Syntax { message } | ProblemKind::Definition { message, .. }) =
            &problem.kind
        else {
            panic!("{problem:?}")
        };
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn types_are_found_from_the_inside_out() {
    let text = "edition = \"2023\"; package a.b; option features.message_encoding = DELIMITED; \
                option features.field_presence = IMPLICIT; \
                enum Kind { NONE = 0; } message Outer { enum Inner { ZERO = 0; } message Kind {} \
                Inner one = 1; Outer.Kind two = 2; .a.b.Kind three = 3; b.Kind four = 4; Other five = 5; \
                repeated .a.b.Kind six = 6; Kind seven = 7; }";
    let other = "edition = \"2024\"; package a.b; message Other { int32 x = 1; }";
    let text = text.replace("package a.b;", "package a.b; import \"other.proto\";");
    let loaded = load_virtual(&[("a.proto", &text), ("other.proto", other)]);
    assert_eq!(loaded.problems, []);
    let json = r#"{"one":0,"two":{},"three":0,"four":0,"five":{"x":0},"six":[0],"seven":{}}"#;
    let bytes = loaded.schema.encode_json("a.b.Outer", json).unwrap();
    assert_eq!(bytes.as_ref(), b"\x13\x14\x2b\x08\x00\x2c\x32\x01\x00\x3b\x3c");
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
