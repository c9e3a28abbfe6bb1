//! ProtoJSON both ways, and what is said about JSON that does not fit.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    model::{Found, Problem, ProblemKind, Severity, Wanted},
    schema::{Schema, UnknownNames, bundled, load_virtual},
};

const SINK: &str = "kitchen.Sink";

fn schema() -> Schema {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(read_schema);
    SCHEMA.clone()
}

fn read_schema() -> Schema {
    let loaded = load_virtual(&[
        ("kitchen.proto", include_str!("../../../tests/data/schema/kitchen.proto")),
        ("old.proto", include_str!("../../../tests/data/schema/old.proto")),
    ]);
    assert_eq!(loaded.problems, []);
    loaded.schema
}

/// JSON in, bytes, JSON out.
fn round_trip(message: &str, text: &str) -> Value {
    let schema = schema();
    let bytes =
        schema.encode_json(message, text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    let decoded = schema.decode_json(message, &bytes);
    assert_eq!(decoded.problems, [], "{text}");
    serde_json::from_str(&decoded.text).unwrap()
}

#[test]
fn values_survive_both_ways() {
    for canonical in [
        json!({ "aDouble": 1.5, "aFloat": 0.1, "anInt32": -5, "anInt64": "9223372036854775807" }),
        json!({ "aUint64": "18446744073709551615", "aSint64": "-9223372036854775808" }),
        json!({ "aFixed32": 4_294_967_295_u32, "aFixed64": "1", "aSfixed32": -1, "aSfixed64": "-1" }),
        json!({ "aDouble": "NaN", "aFloat": "-Infinity" }),
        json!({ "aBool": true, "aString": "ä\n\"", "someBytes": "AP8=", "color": "GREEN" }),
        json!({ "color": 77, "maybe": 0 }),
        json!({ "child": { "child": { "tags": ["a", "b"] } }, "children": [{}, { "aBool": true }] }),
        json!({ "byName": { "a": "1", "b": "-2" }, "byId": { "-3": {}, "2": { "aBool": true }, "10": {} } }),
        json!({ "byFlag": { "false": "RED", "true": "GREEN" } }),
        json!({ "voucher": { "code": "x", "cents": "5" } }),
        json!({ "at": "2026-11-22T13:00:00.250Z", "took": "-1.500s", "mask": "userId,a.bC" }),
        json!({ "free": { "a": [1, "x", null, { "b": false }] }, "anyValue": null, "anyList": [1.5] }),
        json!({ "any": { "@type": "type.googleapis.com/kitchen.Voucher", "code": "x" } }),
        json!({ "any": { "@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s" } }),
        json!({ "any": {} }),
        json!({ "nothing": {}, "wrappedLong": "7", "wrappedText": "", "wrappedFlag": false }),
        json!({ "values": [null, 1, "x"], "@odd": "x" }),
    ] {
        assert_eq!(round_trip(SINK, &canonical.to_string()), canonical);
    }
    let old = json!({ "id": "x", "size": 7, "part": { "label": "l" }, "numbers": ["1", "2"], "[old.colour]": "red" });
    assert_eq!(round_trip("old.Thing", &old.to_string()), old);
}

#[test]
fn other_spellings_are_read() {
    for (text, canonical) in [
        (r#"{"an_int64": 9223372036854775807}"#, json!({ "anInt64": "9223372036854775807" })),
        (r#"{"aUint64": 18446744073709551615}"#, json!({ "aUint64": "18446744073709551615" })),
        (r#"{"anInt32": "5", "a_uint32": 1.0e2}"#, json!({ "anInt32": 5, "aUint32": 100 })),
        (r#"{"color": 1, "someBytes": "_-8"}"#, json!({ "color": "RED", "someBytes": "/+8=" })),
        (
            r#"{"aString": null, "child": null, "tags": null, "card": null, "cash": true}"#,
            json!({ "cash": true }),
        ),
        (
            r#"{"mask": "userId", "at": "2026-11-22T14:00:00+01:00"}"#,
            json!({ "mask": "userId", "at": "2026-11-22T13:00:00Z" }),
        ),
        (
            r#"{"at": {"seconds": "1", "nanos": 5e8}, "took": {"nanos": -1}, "mask": {"paths": ["user_id"]}}"#,
            json!({ "at": "1970-01-01T00:00:01.500Z", "took": "-0.000000001s", "mask": "userId" }),
        ),
        (r#"{"odd": "x"}"#, json!({ "@odd": "x" })),
        (" \n", json!({})),
    ] {
        assert_eq!(round_trip(SINK, text), canonical, "{text}");
    }
}

/// `line:column what` of every problem.
fn complaints(message: &str, text: &str) -> Vec<String> {
    let describe = |problem: &Problem| {
        let place = problem.place.as_ref().unwrap();
        assert_eq!(place.file, None);
        let what = match &problem.kind {
            ProblemKind::UnknownField { name, nearest, .. } => {
                format!("unknown {name}, {nearest:?}")
            }
            ProblemKind::WrongValue { path, expected, found } => {
                let expected = match expected {
                    Wanted::Type(name) => name.clone(),
                    other => format!("{other:?}"),
                };
                let found = match found {
                    Found::Shown(text) => text.as_str(),
                    _ => "",
                };
                format!("{path}: {expected}, not {found}")
            }
            ProblemKind::SetTwice { path } => format!("{path} twice"),
            ProblemKind::OneofTwice { path, oneof, earlier } => {
                format!("{path}: {oneof} has {earlier}")
            }
            ProblemKind::JsonSyntax { .. } => "syntax".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{}:{} {what}", place.line, place.column)
    };
    schema().check_json(message, text).iter().map(describe).collect()
}

#[test]
fn every_problem_is_found_with_its_place() {
    let text = "{\n  \"aStrin\": \"x\",\n  \"anInt32\": \"five\",\n  \"tags\": [\"a\", 2, true],\n  \"child\": { \"color\": \"BLUE\" },\n  \"byId\": { \"x\": {} }\n}";
    assert_eq!(
        complaints(SINK, text),
        [
            "2:3 unknown aStrin, Some(\"aString\")",
            "3:14 anInt32: int32, not \"five\"",
            "4:17 tags[1]: string, not 2",
            "4:20 tags[2]: string, not true",
            "5:23 child.color: kitchen.Color (COLOR_UNSPECIFIED | RED | GREEN), not \"BLUE\"",
            "6:13 byId[\"x\"]: int32, not \"x\"",
        ]
    );
    for (text, complaint) in [
        ("{", "1:2 syntax"),
        ("[]", "1:1 : kitchen.Sink, not [...]"),
        ("{\"an_int32\": 1, \"anInt32\": 2}", "1:28 anInt32 twice"),
        ("{\"card\": \"x\", \"cash\": true}", "1:23 cash: pay has card"),
        ("{\"anInt32\": 3000000000}", "1:13 anInt32: int32, not 3000000000"),
        ("{\"child\": 5}", "1:11 child: kitchen.Sink, not 5"),
        ("{\"tags\": \"x\"}", "1:10 tags: [string], not \"x\""),
        ("{\"tags\": [null]}", "1:11 tags[0]: string, not null"),
        ("{\"byName\": []}", "1:12 byName: {string: int64}, not [...]"),
        (
            "{\"at\": \"today\"}",
            "1:8 at: google.protobuf.Timestamp (\"2026-01-31T12:00:00Z\"), not \"today\"",
        ),
        ("{\"any\": {\"a\": 1}}", "1:9 any: \"@type\", not {...}"),
        ("{\"any\": {\"@type\": \"x/y.Z\"}}", "1:19 any: TypeUrl, not \"x/y.Z\""),
        (
            "{\"any\": {\"@type\": \"x/kitchen.Voucher\", \"cod\": 1}}",
            "1:40 unknown cod, Some(\"code\")",
        ),
        ("{\"free\": 1}", "1:10 free: google.protobuf.Struct, not 1"),
        ("{\"nothing\": {\"a\": 1}}", "1:14 unknown a, None"),
        ("{\"wrappedLong\": \"x\"}", "1:17 wrappedLong: google.protobuf.Int64Value, not \"x\""),
        ("{\"free\": {\"a\": 1e999}}", "1:10 free: google.protobuf.Struct, not {...}"),
        (
            "{\"mask\": \"user_id\"}",
            "1:10 mask: google.protobuf.FieldMask (\"a,b.c\"), not \"user_id\"",
        ),
        ("{\"at\": {\"second\": 1}}", "1:9 unknown second, Some(\"seconds\")"),
        ("{\"someBytes\": \"%\"}", "1:15 someBytes: bytes, not \"%\""),
    ] {
        assert_eq!(complaints(SINK, text), [complaint], "{text}");
        assert!(schema().encode_json(SINK, text).is_err(), "{text}");
    }
}

#[test]
fn details_of_a_status_are_read_whatever_the_schema() {
    let text = r#"{"code": 5, "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "GONE"}]}"#;
    let bytes = bundled().encode_json("google.rpc.Status", text).unwrap();
    let decoded = bundled().decode_json("google.rpc.Status", &bytes);
    assert!(decoded.text.contains("GONE"), "{}", decoded.text);

    let schema = load_virtual(&[(
        "a.proto",
        "syntax = \"proto3\"; import \"google/protobuf/any.proto\"; message A { google.protobuf.Any any = 1; }",
    )])
    .schema;
    let text = r#"{"any": {"@type": "x/google.rpc.ErrorInfo", "reason": "GONE"}}"#;
    let bytes = schema.encode_json("A", text).unwrap();
    assert_eq!(schema.decode_json("A", &bytes).unknown_types, [""; 0]);
    assert_eq!(schema.check_json("A", &schema.sample("A").to_string()), []);
}

#[test]
fn a_missing_required_field_is_a_warning() {
    let schema = schema();
    let problems = schema.check_json("old.Thing", "{}");
    assert_eq!(
        problems.iter().map(|problem| problem.severity).collect::<Vec<_>>(),
        [Severity::Warning]
    );
    assert!(schema.encode_json("old.Thing", "{}").is_ok());
}

#[test]
fn an_unknown_type_in_any_spoils_nothing_and_survives() {
    let text = r#"{"aBool": true, "any": {"@type": "x/some.Where", "@base64": "CAE="}}"#;
    let schema = schema();
    let bytes = schema.encode_json(SINK, text).unwrap();
    let decoded = schema.decode_json(SINK, &bytes);
    assert_eq!(decoded.unknown_types, ["some.Where"]);
    assert_eq!(decoded.problems, []);
    assert_eq!(schema.encode_json(SINK, &decoded.text).unwrap(), bytes);
}

#[test]
fn what_cannot_be_read_is_said() {
    let schema = schema();
    let decoded = schema.decode_json(SINK, b"\xff\xff");
    assert_eq!(decoded.text, "");
    assert!(matches!(decoded.problems[0].kind, ProblemKind::NotProtobuf { .. }));

    // Field 90 here and field 9 inside the voucher are not in the schema.
    let decoded = schema.decode_json(SINK, b"\x68\x01\xd0\x05\x01\xd2\x01\x02\x48\x01");
    assert_eq!(decoded.n_unknown_fields, 2);
    assert_eq!(
        serde_json::from_str::<Value>(&decoded.text).unwrap(),
        json!({ "aBool": true, "voucher": {} })
    );

    // A timestamp beyond the year 9999 has no JSON form.
    let mut at = vec![0x08];
    prost::encoding::encode_varint(300_000_000_000, &mut at);
    let mut message = vec![0xf2, 0x01, at.len() as u8];
    message.extend(at);
    let decoded = schema.decode_json(SINK, &message);
    assert_eq!(
        serde_json::from_str::<Value>(&decoded.text).unwrap(),
        json!({ "at": { "seconds": "300000000000" } })
    );
    assert_eq!(decoded.problems[0].severity, Severity::Warning);
    assert_eq!(schema.encode_json(SINK, &decoded.text).unwrap(), message, "and is sent as it came");
    assert!(schema.decode_json("no.Such", b"").problems.len() == 1);
}

#[test]
fn a_number_that_json_does_not_have_is_marked() {
    let schema = bundled();
    for (number, text) in [(f64::NAN, "\"NaN\""), (f64::NEG_INFINITY, "\"-Infinity\"")] {
        let number =
            prost_types::Value { kind: Some(prost_types::value::Kind::NumberValue(number)) };
        let list = prost_types::ListValue { values: vec![number] };
        let bytes = prost::Message::encode_to_vec(&list);
        let decoded = schema.decode_json("google.protobuf.ListValue", &bytes);
        assert_eq!(decoded.text, format!("[\n  {text}\n]"));
        let found = Found::Shown(text.to_owned());
        assert!(
            matches!(&decoded.problems[..], [Problem { kind: ProblemKind::WrongValue { found: it, .. }, .. }] if *it == found),
            "{:?}",
            decoded.problems
        );
    }
}

#[test]
fn lists_are_packed_as_the_schema_says() {
    let proto3 = "syntax = \"proto3\"; message A { repeated int32 plain = 1; repeated int32 loose = 2 [packed = false]; }";
    let proto2 = "syntax = \"proto2\"; message B { repeated int32 plain = 1; message In { repeated int32 tight = 2 [packed = true]; } }";
    let loaded = load_virtual(&[("a.proto", proto3), ("b.proto", proto2)]);
    assert_eq!(loaded.problems, []);
    let bytes = |message: &str, text: &str| loaded.schema.encode_json(message, text).unwrap();
    assert_eq!(bytes("A", r#"{"plain": [1, 2]}"#), b"\x0a\x02\x01\x02"[..]);
    assert_eq!(bytes("A", r#"{"loose": [1, 2]}"#), b"\x10\x01\x10\x02"[..]);
    assert_eq!(bytes("B", r#"{"plain": [1, 2]}"#), b"\x08\x01\x08\x02"[..]);
    assert_eq!(bytes("B.In", r#"{"tight": [1, 2]}"#), b"\x12\x02\x01\x02"[..]);
}

#[test]
fn names_that_the_schema_does_not_have_may_be_let_pass() {
    let text = r#"{"nobody": {"a": [1]}, "color": "PINK", "aBool": true}"#;
    let read = |unknown| schema().encode_json_with(SINK, text, unknown);
    assert_eq!(read(UnknownNames::Refused).unwrap_err().len(), 2);
    assert_eq!(read(UnknownNames::Ignored).unwrap(), b"\x68\x01"[..]);
    let wrong = r#"{"color": true, "anInt32": "x"}"#;
    assert_eq!(schema().encode_json_with(SINK, wrong, UnknownNames::Ignored).unwrap_err().len(), 2);
}

#[test]
fn what_is_read_and_written_keeps_fields_that_the_schema_does_not_have() {
    let bytes = b"\x68\x01\xd0\x05\x01";
    assert_eq!(schema().read_and_write(SINK, bytes).unwrap(), bytes[..]);
    let problem = schema().read_and_write(SINK, b"\xff\xff").unwrap_err();
    assert!(matches!(problem.kind, ProblemKind::NotProtobuf { .. }));
    let problem = schema().read_and_write("no.Such", b"").unwrap_err();
    assert!(matches!(problem.kind, ProblemKind::UnknownMessage { .. }));
}

#[test]
fn depth_is_bounded_both_ways() {
    let schema = schema();
    let deep = format!("{}{}", "{\"child\":".repeat(5000), "}".repeat(5000));
    assert!(!schema.check_json(SINK, &deep).is_empty());
    // Any inside Any, 300 times: each level starts a decoder of its own.
    let mut value = Vec::new();
    for _ in 0..300 {
        let any = prost_types::Any { type_url: "x/kitchen.Sink".to_owned(), value };
        let any = prost::Message::encode_to_vec(&any);
        value = Vec::new();
        prost::encoding::bytes::encode(36, &any, &mut value);
    }
    assert!(schema.decode_json(SINK, &value).text.contains("@base64"));
}

/// JSON that is near to a `Sink`: right names, values of any kind.
fn near_json() -> impl Strategy<Value = Value> {
    let names: Vec<String> =
        schema().message(SINK).unwrap().fields.iter().map(|f| f.json_name.clone()).collect();
    let texts =
        ["RED", "2026-01-31T12:00:00Z", "1s", "a,b", "7", "AAA=", "x/kitchen.Voucher", "NaN", ""];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..300).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(texts.to_vec()).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let mut keys = names.clone();
        keys.extend(["@type", "value", "1", "true"].map(str::to_owned));
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(keys), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_not_refused_comes_back(json in near_json()) {
        let (schema, text) = (schema(), json.to_string());
        let problems = schema.check_json(SINK, &text);
        let encoded = schema.encode_json(SINK, &text);
        prop_assert_eq!(encoded.is_err(), !problems.is_empty());
        if let Ok(bytes) = encoded {
            let decoded = schema.decode_json(SINK, &bytes);
            prop_assert_eq!((decoded.problems.len(), decoded.n_unknown_fields), (0, 0));
            let again = schema.encode_json(SINK, &decoded.text).unwrap();
            prop_assert_eq!(schema.decode_json(SINK, &again).text, decoded.text);
        }
        for problem in problems {
            prop_assert!(problem.place.is_some());
        }
    }

    #[test]
    fn no_bytes_make_decoding_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let schema = schema();
        let decoded = schema.decode_json(SINK, &bytes);
        // What is shown can be sent again, unless it was marked.
        if !decoded.text.is_empty() && decoded.problems.is_empty() {
            prop_assert!(schema.encode_json(SINK, &decoded.text).is_ok(), "{}", decoded.text);
        }
    }

    #[test]
    fn no_text_makes_encoding_panic(text in ".{0,60}") {
        drop(schema().check_json(SINK, &text));
    }

    #[test]
    fn integers_are_exact_both_ways(long in any::<i64>(), unsigned in any::<u64>()) {
        let text = format!("{{\"anInt64\": {long}, \"aUint64\": {unsigned}, \"byName\": {{\"x\": {long}}}}}");
        let back = round_trip(SINK, &text);
        let expected = |number: String, zero: bool| if zero { Value::Null } else { Value::String(number) };
        prop_assert_eq!(&back["anInt64"], &expected(long.to_string(), long == 0));
        prop_assert_eq!(&back["aUint64"], &expected(unsigned.to_string(), unsigned == 0));
        prop_assert_eq!(&back["byName"]["x"], &Value::String(long.to_string()));
    }
}
