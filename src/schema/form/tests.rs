//! Edited from both sides, nothing lost.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    model::Severity,
    schema::{Schema, load_virtual},
};

/// Messages of protobuf, googleapis, the online boutique and our own test files.
fn schema() -> (Schema, Vec<String>) {
    let imports = [
        "google/api/http.proto",
        "google/api/distribution.proto",
        "google/api/metric.proto",
        "google/api/quota.proto",
        "google/api/service.proto",
        "google/rpc/error_details.proto",
        "google/rpc/status.proto",
        "google/rpc/context/attribute_context.proto",
        "google/type/datetime.proto",
        "google/type/money.proto",
        "google/type/postal_address.proto",
        "google/type/color.proto",
        "google/protobuf/api.proto",
    ];
    let all: String = imports.map(|import| ["import \"", import, "\";\n"].concat()).concat();
    let loaded = load_virtual(&[
        ("all.proto", &format!("syntax = \"proto3\";\n{all}")),
        ("kitchen.proto", include_str!("../../../tests/data/schema/kitchen.proto")),
        ("old.proto", include_str!("../../../tests/data/schema/old.proto")),
        ("demo.proto", include_str!("../../../tests/data/schema/online-boutique/demo.proto")),
    ]);
    assert_eq!(loaded.problems, []);
    let names = loaded.schema.message_names();
    (loaded.schema, names)
}

fn key(name: &str) -> PathStep {
    PathStep::Key(name.to_owned())
}

#[test]
fn samples_of_every_message_go_both_ways() {
    let (schema, names) = schema();
    assert!(names.len() >= 50, "{}", names.len());
    for name in &names {
        let sample = schema.sample(name).to_string();
        let problems = schema.check_json(name, &sample);
        assert_eq!(problems, [], "{name}: {sample}");
        let bytes = schema.encode_json(name, &sample).unwrap();
        let decoded = schema.decode_json(name, &bytes);
        assert_eq!((decoded.problems.len(), decoded.n_unknown_fields), (0, 0), "{name}");
        assert_eq!(
            schema.encode_json(name, &decoded.text).unwrap(),
            bytes,
            "{name}: {}",
            decoded.text
        );
    }
}

/// Every field of every message is set through the form while the JSON side holds texts that the form does not know.
#[test]
fn form_and_json_stay_in_step() {
    let (schema, names) = schema();
    let mut n_fields = 0;
    for name in names.iter().filter(|name| WellKnown::of(name).is_none()) {
        let shape = schema.message(name).unwrap();
        let mut root = json!({ "zNote": "kept", "message": { "aNote": [1, "x"] } });
        for field in &shape.fields {
            n_fields += 1;
            let path = [key("message"), key(&key_of(&root["message"], field))];
            edit_field(&mut root, &path, field);
            assert_eq!(root["zNote"], "kept");
            assert_eq!(root["message"]["aNote"], json!([1, "x"]));
            assert_eq!(root["message"].as_object().unwrap().keys().next().unwrap(), "aNote");
        }
        for oneof in 0..shape.oneofs.len() {
            check_oneof(&mut root, &shape, oneof);
        }
        // What the form made is a message, once the foreign key is out.
        remove(&mut root, &[key("message"), key("aNote")]);
        let text = serde_json::to_string_pretty(&root["message"]).unwrap();
        let problems = schema.check_json(name, &text);
        let has_error = problems.iter().any(|problem| problem.severity == Severity::Error);
        assert!(!has_error, "{name}: {text}\n{problems:?}");
        // The JSON side changes the text; the form's values are still there.
        let reread: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(reread, root["message"]);
    }
    assert!(n_fields > 300, "{n_fields}");
}

/// Sets a field the way a form does; a member of a oneof leaves again, so that the message stays legal.
fn edit_field(root: &mut Value, path: &[PathStep], field: &FieldShape) {
    let row = default_of_kind(&field.kind);
    match field.cardinality {
        Cardinality::Repeated => {
            assert!(add_row(root, path, row.clone()) && add_row(root, path, row.clone()));
            let second: Vec<_> = path.iter().cloned().chain([PathStep::Index(1)]).collect();
            assert_eq!(remove(root, &second), Some(row));
        }
        Cardinality::Map { key: kind } => {
            let wanted = if kind == ScalarKind::Bool { "true" } else { "1" };
            assert_eq!(add_entry(root, path, wanted, row.clone()).as_deref(), Some(wanted));
            let other = if kind == ScalarKind::Bool { "false" } else { "7" };
            assert!(rename_key(root, path, wanted, other));
            assert_eq!(get(root, path), Some(&json!({ other: row })));
        }
        Cardinality::Single { .. } | Cardinality::Required => {
            assert!(set(root, path, default_value(field)));
            if matches!(field.kind, FieldKind::Scalar(_) | FieldKind::Enum(_)) {
                let shown = text_of(get(root, path).unwrap());
                assert!(set(root, path, scalar_from_text(&field.kind, &shown)));
                assert_eq!(text_of(get(root, path).unwrap()), shown, "{}", field.name);
            }
        }
    }
    if field.oneof.is_some() {
        remove(root, path);
    }
}

fn check_oneof(root: &mut Value, shape: &MessageShape, oneof: usize) {
    let path = [key("message")];
    for member in shape.members(oneof) {
        assert!(choose_member(root, &path, shape, oneof, Some((member, default_value(member)))));
        let n_set =
            shape.members(oneof).filter(|field| field_value(&root["message"], field).is_some());
        assert_eq!(n_set.count(), 1);
    }
    assert!(choose_member(root, &path, shape, oneof, None));
    assert!(chosen_member(&root["message"], shape, oneof).is_none());
    let first = shape.members(oneof).next().unwrap();
    choose_member(root, &path, shape, oneof, Some((first, default_value(first))));
    if !default_value(first).is_null() {
        assert_eq!(chosen_member(&root["message"], shape, oneof), Some(first));
    }
}

#[test]
fn what_is_typed_is_kept() {
    let scalar = |kind| FieldKind::Scalar(kind);
    for (kind, text, json) in [
        (scalar(ScalarKind::Int64), "9223372036854775807", json!("9223372036854775807")),
        (scalar(ScalarKind::Uint64), "18446744073709551615", json!("18446744073709551615")),
        (scalar(ScalarKind::Int32), " 12", json!(12)),
        (scalar(ScalarKind::Int32), "12x", json!("12x")),
        (scalar(ScalarKind::Int32), "", json!("")),
        (scalar(ScalarKind::Int32), "-", json!("-")),
        (scalar(ScalarKind::Double), "1.50", serde_json::from_str("1.50").unwrap()),
        (scalar(ScalarKind::Double), "NaN", json!("NaN")),
        (scalar(ScalarKind::Bool), "true", json!(true)),
        (scalar(ScalarKind::Bool), "maybe", json!("maybe")),
        (scalar(ScalarKind::String), " 12 ", json!(" 12 ")),
        (FieldKind::WellKnown(WellKnown::Timestamp), "yesterday", json!("yesterday")),
        (FieldKind::WellKnown(WellKnown::Wrapper(ScalarKind::Int64)), "5", json!("5")),
        (FieldKind::WellKnown(WellKnown::Value), "{\"a\":1}", json!({ "a": 1 })),
        (FieldKind::WellKnown(WellKnown::Value), "plain", json!("plain")),
    ] {
        assert_eq!(scalar_from_text(&kind, text), json, "{kind:?} {text:?}");
    }
    assert_eq!(text_of(&serde_json::from_str("1.50").unwrap()), "1.50");
}

#[test]
fn both_spellings_are_one_field() {
    let schema =
        load_virtual(&[("a.proto", "syntax = \"proto3\"; message A { string user_id = 1; }")])
            .schema;
    let shape = schema.message("A").unwrap();
    let field = shape.field("user_id").unwrap();
    assert_eq!(shape.field("userId"), Some(field));
    for (object, key) in [
        (json!({}), "userId"),
        (json!({ "user_id": "x" }), "user_id"),
        (json!({ "userId": "x" }), "userId"),
    ] {
        assert_eq!(key_of(&object, field), key);
        assert_eq!(field_value(&object, field).is_some(), !object.as_object().unwrap().is_empty());
    }
}

#[test]
fn refused_edits_change_nothing() {
    let root = json!({ "list": [1], "text": "x", "map": { "a": 1, "b": 2 } });
    let edits: [fn(&mut Value) -> bool; 6] = [
        |root| set(root, &[key("list"), PathStep::Index(5)], json!(1)),
        |root| set(root, &[key("new"), PathStep::Index(1)], json!(1)),
        |root| set(root, &[key("text"), key("a")], json!(1)),
        |root| add_row(root, &[key("text")], json!(1)),
        |root| rename_key(root, &[key("map")], "a", "b"),
        |root| add_entry(root, &[key("list")], "a", json!(1)).is_some(),
    ];
    for (index, edit) in edits.iter().enumerate() {
        let mut changed = root.clone();
        assert!(!edit(&mut changed), "{index}");
        assert_eq!(changed, root, "{index}");
    }
    let mut root = root;
    assert!(rename_key(&mut root, &[key("map")], "a", "z"));
    assert_eq!(root["map"].to_string(), "{\"z\":1,\"b\":2}");
    assert_eq!(add_entry(&mut root, &[key("map")], "z", json!(3)).as_deref(), Some("z2"));
    assert_eq!(remove(&mut root, &[key("map"), key("z")]), Some(json!(1)));
    assert_eq!(root["map"].to_string(), "{\"b\":2,\"z2\":3}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-c]", inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn any_path() -> impl Strategy<Value = Vec<PathStep>> {
    let step = prop_oneof!["[a-c]".prop_map(PathStep::Key), (0usize..4).prop_map(PathStep::Index)];
    prop::collection::vec(step, 1..4)
}

proptest! {
    #[test]
    fn set_then_remove_gives_back_the_rest(root in any_json(), path in any_path(), value in any::<i64>()) {
        let mut changed = root.clone();
        let was_there = get(&root, &path).is_some();
        if set(&mut changed, &path, Value::from(value)) {
            prop_assert_eq!(get(&changed, &path), Some(&Value::from(value)));
            if was_there {
                let before = get(&root, &path).unwrap().clone();
                prop_assert!(set(&mut changed, &path, before));
                prop_assert_eq!(changed.to_string(), root.to_string(), "order and all");
            } else {
                prop_assert_eq!(remove(&mut changed, &path), Some(Value::from(value)));
                prop_assert!(get(&changed, &path).is_none());
            }
        } else {
            prop_assert_eq!(changed, root);
        }
    }

    #[test]
    fn typed_text_is_never_lost(text in ".{0,20}") {
        for kind in [ScalarKind::String, ScalarKind::Bytes] {
            prop_assert_eq!(text_of(&scalar_from_text(&FieldKind::Scalar(kind), &text)), text.clone());
        }
        for kind in [ScalarKind::Int32, ScalarKind::Int64, ScalarKind::Double, ScalarKind::Bool] {
            let value = scalar_from_text(&FieldKind::Scalar(kind), &text);
            let is_kept = text_of(&value) == text || text_of(&value).parse::<f64>().is_ok() || value.is_boolean();
            prop_assert!(is_kept, "{kind:?} {value}");
        }
    }
}
