use serde_json::{Value, json};

use super::*;
use crate::model::{ProblemKind, Severity};
use crate::schema::load_virtual;

fn schema() -> Schema {
    let text = "syntax = \"proto3\"; import \"google/protobuf/struct.proto\"; import \"google/protobuf/timestamp.proto\";
        enum Colour { NONE = 0; RED = 1; }
        message Item { string sku = 1; int32 n = 2; Item child = 3; }
        message Ask { string user_name = 1; int64 big = 2; repeated Item items = 3; map<string, Item> by_key = 4;
          oneof pick { string maybe = 5; int32 b = 6; } bool ok = 7; Colour colour = 8; double d = 9;
          repeated string tags = 10; Item node = 11; google.protobuf.Struct extra = 12;
          google.protobuf.Timestamp since = 13; bytes raw = 14; optional string nick = 15; }
        message Say { string message = 1; int64 big = 2; Item first = 3; int32 small = 4; repeated string tags = 5;
          repeated Item nodes = 6; map<string, int32> counts = 7; bool ok = 8; Colour colour = 9; bytes raw = 10;
          google.protobuf.Struct extra = 11; google.protobuf.Timestamp since = 12; }";
    load_virtual(&[("a.proto", text)]).schema
}

fn fill(template: &str, request: &Value) -> String {
    Template::parse(&schema(), "Ask", template).unwrap().fill(request)
}

#[test]
fn places_take_what_the_request_says() {
    let request = json!({
        "userName": "Ada \"the\" 1st", "big": "9007199254740993", "b": 5, "ok": true, "colour": "RED",
        "items": [{ "sku": "mug", "n": 2 }], "byKey": { "a": { "sku": "cup" } },
        "extra": { "deep": { "er": [1] } }, "tags": ["x", "y"]
    });
    let check = |template: &str, filled: &str| assert_eq!(fill(template, &request), filled);
    check(r#"{"message":"Hello {{request.user_name}}"}"#, r#"{"message":"Hello Ada \"the\" 1st"}"#);
    check(r#"{"message":"{{ request.userName }}"}"#, r#"{"message":"Ada \"the\" 1st"}"#);
    check(r#"{"big":"{{request.big}}"}"#, r#"{"big":"9007199254740993"}"#);
    check(r#"{"first":{{request.items.0}}}"#, r#"{"first":{"sku":"mug","n":2}}"#);
    check(r#"{"small":"{{request.items.0.n}}"}"#, r#"{"small":"2"}"#);
    check(r#"{"small":{{request.items.0.n}}}"#, r#"{"small":2}"#);
    check(r#"{"message":"{{request.b}}","ok":"{{request.ok}}"}"#, r#"{"message":"5","ok":true}"#);
    check(
        r#"{"message":"{{request.by_key.a.sku}} of {{request.items.7.sku}}."}"#,
        r#"{"message":"cup of ."}"#,
    );
    check(r#"{"counts":{"{{request.b}}":1}}"#, r#"{"counts":{"5":1}}"#);
    check(r#"{"tags":["{{request.tags.1}}"]}"#, r#"{"tags":["y"]}"#);
    check(r#"{"extra":"{{request.extra.deep}}"}"#, r#"{"extra":{"er":[1]}}"#);
    check(
        r#"{"message":"said \"{{request.user_name}}"}"#,
        r#"{"message":"said \"Ada \"the\" 1st"}"#.replace(" \"the\"", " \\\"the\\\"").as_str(),
    );
    check(r#"{"message":"\u007b{ {{request.b}}"}"#, r#"{"message":"\u007b{ 5"}"#);
    check(r#"{"first":{"sku":"x"}}"#, r#"{"first":{"sku":"x"}}"#);
    assert!(!Template::parse(&schema(), "Ask", "{}").unwrap().has_slots());
}

#[test]
fn what_is_not_set_is_zero_or_nothing_as_the_contract_has_it() {
    let check = |template: &str, filled: &str| assert_eq!(fill(template, &json!({})), filled);
    let words = "n={{request.items.0.n}} big={{request.big}} ok={{request.ok}} c={{request.colour}} d={{request.d}}";
    check(&format!(r#"{{"message":"{words}"}}"#), r#"{"message":"n=0 big=0 ok=false c=NONE d=0"}"#);
    check(
        r#"{"message":"<{{request.maybe}}{{request.nick}}{{request.node}}>"}"#,
        r#"{"message":"<>"}"#,
    );
    check(r#"{"message":"{{request.user_name}}"}"#, r#"{"message":""}"#);
    check(
        r#"{"message":"{{request.nick}}","first":"{{request.node}}"}"#,
        r#"{"message":null,"first":null}"#,
    );
    check(
        r#"{"tags":["{{request.nick}}"],"nodes":[{{request.node.child}}]}"#,
        r#"{"tags":[""],"nodes":[{}]}"#,
    );
    check(r#"{"message":"he said \"{{request.user_name}}"}"#, r#"{"message":"he said \""}"#);
    check(r#"{"ok":{{request.ok}},"tags":{{request.tags}}}"#, r#"{"ok":false,"tags":[]}"#);
}

#[test]
fn what_does_not_fit_is_told_with_its_place_in_the_template() {
    let check = |template: &str, expect: &str| {
        let problems = schema().check_template("Ask", "Say", template);
        let got: Vec<String> = problems
            .iter()
            .map(|problem| {
                let place = problem.place.clone().unwrap();
                let words = match &problem.kind {
                    ProblemKind::UnknownField { name, nearest, .. } => {
                        format!("unknown {name} {nearest:?}")
                    }
                    ProblemKind::WrongValue { path, .. } => format!("wrong {path}"),
                    ProblemKind::JsonSyntax { .. } => "syntax".to_owned(),
                    other => format!("{other:?}"),
                };
                format!("{}:{} {words}", place.line, place.column)
            })
            .collect();
        assert_eq!(got.join("; "), expect, "{template}");
    };
    for fits in [
        r#"{"message":"Hello {{request.user_name}}"}"#,
        r#"{"message":"{{request.b}}"}"#,
        r#"{"small":"{{request.b}}","big":"{{request.b}}"}"#,
        r#"{"tags":["{{request.user_name}}","{{request.tags.1}}","{{request.nick}}"]}"#,
        r#"{"nodes":[{{request.node.child}}],"first":"{{request.items.3}}"}"#,
        r#"{"counts":{"{{request.b}}":1}}"#,
        r#"{"raw":"{{request.raw}}","colour":"{{request.colour}}","since":"{{request.since}}"}"#,
        r#"{"extra":"{{request.extra}}","ok":"{{request.ok}}"}"#,
        r#"{"message":"he said \"{{request.user_name}}"}"#,
        r#"{"message":"\u007b\u007b braces"}"#,
    ] {
        check(fits, "");
    }
    check(r#"{"message":"{{request.user_nam}}"}"#, r#"1:15 unknown user_nam Some("user_name")"#);
    check(r#"{"message":"{{name}}"}"#, r#"1:15 unknown name Some("request")"#);
    check(r#"{"message":"{{nick}}"}"#, r#"1:15 unknown nick Some("request.nick")"#);
    check(r#"{"message":"{{request.ok.foo}}"}"#, "1:15 unknown foo None");
    check(r#"{"message":"{{request.items.sku}}"}"#, "1:15 unknown sku None");
    check(r#"{"message":"{{request.user_name"}"#, "1:13 syntax");
    check(
        "{\n  \"message\": \"{{request.user_name}} and more\",\n  \"massage\": 1\n}",
        r#"3:3 unknown massage Some("message")"#,
    );
    check(
        r#"{"message":"{{request.user_name}}", "smal": 1}"#,
        r#"1:37 unknown smal Some("small")"#,
    );
    check(r#"{"small":"{{request.user_name}}"}"#, "1:10 wrong small");
    check(r#"{"raw":"{{request.user_name}}"}"#, "1:8 wrong raw");
    check(r#"{"raw":"{{request.b}}"}"#, "1:8 wrong raw");
    check(r#"{"small":"{{request.big}}"}"#, "1:10 wrong small");
    check(r#"{"message":{{request.b}}}"#, "1:12 wrong message");
    check(r#"{"message":"{{request.ok}}"}"#, "1:12 wrong message");
    check(r#"{"counts":{"a":"{{request.maybe}}"}}"#, r#"1:16 wrong counts["a"]"#);
    check(r#"{"counts":{"a":"{{request.b}}"}}"#, r#"1:16 wrong counts["a"]"#);
    check(r#"{"small": {{request.items.0.n}}"#, "1:32 syntax");
}

#[test]
fn the_whole_request_is_never_unset() {
    for fits in ["{{request}}", "\"{{request}}\"", " {{ request }} "] {
        assert_eq!(schema().check_template("Ask", "Ask", fits), []);
    }
    assert_eq!(fill("{{request}}", &json!({ "b": 5 })), r#"{"b":5}"#);
    assert_eq!(fill("{{request}}", &Value::Null), "{}", "bytes that are no message");
    assert_ne!(schema().check_template("Ask", "Say", "{{request}}"), [], "another message");
    let nested = schema().check_template("Item", "Item", r#"{"child": {{request}}}"#);
    assert_eq!(nested, []);
}

#[test]
fn a_warning_hides_no_misfit() {
    let text = "syntax = \"proto2\"; message Say { required string a = 1; optional int32 n = 2; map<string, int32> counts = 3; }
        message Ask { optional int32 n = 1; }";
    let schema = load_virtual(&[("a.proto", text)]).schema;
    let check = |template: &str| {
        let problems = schema.check_template("Ask", "Say", template);
        problems.iter().map(|problem| problem.severity).collect::<Vec<_>>()
    };
    assert_eq!(check(r#"{"n": {{request.n}}}"#), [Severity::Warning]);
    // Wrong only where the request says nothing, which is tried last.
    let unset = check(r#"{"counts": {"a": {{request.n}}}}"#);
    assert!(unset.contains(&Severity::Error), "{unset:?}");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[\"{}\\[\\],:a-z. \\\\é\n]{0,40}") {
        let schema = schema();
        schema.check_template("Ask", "Say", &text);
        if let Ok(template) = Template::parse(&schema, "Ask", &text) {
            template.fill(&json!({ "userName": "é" }));
        }
    }

    /// A template that was found to fit answers whatever is asked.
    #[test]
    fn what_fits_answers_every_request(
        field in "user_name|big|b|maybe|ok|colour|d|nick|node|items.0|tags.1|since|raw|extra|tags",
        target in "message|big|first|small|tags|nodes|ok|colour|raw|extra|since",
        (is_quoted, is_row) in (proptest::bool::ANY, proptest::bool::ANY),
        (text, number, wide) in ("\\PC{0,12}", proptest::num::i32::ANY, proptest::num::i64::ANY),
        is_set in proptest::bool::ANY,
    ) {
        let schema = schema();
        let place = format!("{{{{request.{field}}}}}");
        let place = if is_quoted { format!("\"{place}\"") } else { place };
        let value = if is_row { format!("[{place}]") } else { place };
        let template = format!("{{\"{target}\": {value}}}");
        if schema.check_template("Ask", "Say", &template).is_empty() {
            let request = if is_set {
                json!({
                    "userName": text, "big": wide.to_string(), "b": number, "ok": true, "colour": "RED", "d": 0.5,
                    "nick": text, "node": { "n": number }, "items": [{ "sku": text }], "tags": [text, text],
                    "since": "2026-01-31T12:00:00Z", "raw": "AAE=", "extra": { "a": [null] }
                })
            } else {
                json!({})
            };
            let filled = Template::parse(&schema, "Ask", &template).unwrap().fill(&request);
            proptest::prop_assert!(schema.encode_json("Say", &filled).is_ok(), "{template}: {filled}");
        }
    }
}
