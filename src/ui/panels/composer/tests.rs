use std::sync::Arc;

use bytes::Bytes;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use serde_json::{Value, json};

use super::Composer;
use super::size::BodyMode;
use crate::model::{
    Call, CallBody, CallId, Compression, DraftId, GrpcWeb, MethodPath, Protocol, Request, Security,
    SourceId, Target, TargetError, Timestamp, TraceContext,
};
use crate::schema::load_virtual;
use crate::session::{
    Account, Answer, AnswerBody, Command, Origin, Refusal, Source, SourcePhase, State,
};
use crate::telemetry::Snapshot;
use crate::ui::bilingual::Bilingual;
use crate::ui::testing::{Bench, bench};
use crate::workspace::{Auth, Draft, MetadataRow, SavedSource};

const KITCHEN: &str = r#"
syntax = "proto3";
package kitchen;
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/wrappers.proto";
service Kitchen { rpc Cook (Order) returns (Order); }
enum Heat { HEAT_UNSPECIFIED = 0; HEAT_LOW = 1; HEAT_HIGH = 2; }
message Item { string sku = 1; int32 quantity = 2; }
message Deep { string note = 1; Deep inner = 2; }
message Card { string number = 1; }
message Order {
  string user_name = 1;
  int32 count = 2;
  int64 limit_cents = 3;
  optional bool is_gift = 4;
  Heat heat = 5;
  repeated Item items = 6;
  repeated string tags = 7;
  map<string, int32> stock = 8;
  Deep deep = 9;
  oneof pay { Card card = 10; string voucher = 11; }
  google.protobuf.Timestamp at = 12;
  google.protobuf.Duration pause = 13;
  google.protobuf.Int64Value maybe = 14;
  bytes seal = 15;
  map<string, Item> shelf = 16;
}
"#;

fn draft(body: &str) -> Draft {
    let mut draft = Draft::new(DraftId(7), Protocol::Grpc);
    draft.target = "127.0.0.1:50051".into();
    draft.method = MethodPath::parse("kitchen.Kitchen/Cook");
    draft.body = body.into();
    draft
}

fn state(draft: Draft) -> State {
    let loaded = load_virtual(&[("kitchen.proto", KITCHEN)]);
    let saved = SavedSource::BuiltIn("kitchen".into());
    let source = Source {
        id: SourceId(1),
        name: "kitchen".into(),
        origin: Origin::BuiltIn,
        saved,
        phase: SourcePhase::Ready,
        schema: Some(Arc::new(loaded.schema)),
        routes: Arc::new([]),
        problems: Arc::new([]),
        roots: Vec::new(),
    };
    State {
        sources: vec![Arc::new(source)],
        active: Some(draft.id),
        drafts: vec![Arc::new(draft)],
        ..State::default()
    }
}

type Table = Bilingual<Bench<Composer>>;

fn table(state: State) -> Table {
    let draw = |composer: &mut Composer, cx: &crate::ui::cx::PanelCx<'_>, ui: &mut egui::Ui| {
        composer.ui(cx, ui);
    };
    let mut table = bench(Composer::default(), (state, Snapshot::default()), (640.0, 900.0), draw);
    table.run();
    table
}

fn on(body: &str) -> Table {
    table(state(draft(body)))
}

fn now(table: &Table) -> Draft {
    Draft::clone(&table.state().state.drafts[0])
}

fn body(table: &Table) -> Value {
    serde_json::from_str(&now(table).body).unwrap()
}

fn write(table: &mut Table, field: &str, text: &str) {
    write_in(table, Role::TextInput, field, text);
}

fn write_secret(table: &mut Table, field: &str, text: &str) {
    write_in(table, Role::PasswordInput, field, text);
}

fn write_in(table: &mut Table, role: Role, field: &str, text: &str) {
    table.get_by_role_and_label(role, field).focus();
    table.run();
    table.get_by_role_and_label(role, field).type_text(text);
    table.run();
}

fn press(table: &mut Table, name: &str) {
    table.get_by_label(name).click();
    table.run();
}

fn open(table: &mut Table, list: &str) {
    table.get_by_role_and_label(Role::ComboBox, list).click();
    table.run();
}

fn answer(call: Option<Call>, refusal: Option<Refusal>) -> Arc<Answer> {
    Arc::new(Answer {
        draft: DraftId(7),
        refusal,
        call: call.map(Arc::new),
        body: AnswerBody::None,
        wire: Arc::default(),
        legs: Arc::default(),
        account: Account::default(),
        trace: None,
        trail: None,
        trouble: Arc::default(),
    })
}

fn running() -> Call {
    let target: Target = "127.0.0.1:50051".parse().unwrap();
    let body = CallBody::Http { method: "GET".into(), body: Bytes::new() };
    let request = Arc::new(Request::new(target, body));
    Call::begin(CallId(1), request, Timestamp(0), TraceContext::root())
}

#[test]
fn what_is_typed_in_the_form_stands_in_the_json_and_back() {
    let mut table = on(r#"{"count": 2}"#);
    let count = table.get_by_role_and_label(Role::TextInput, "count");
    assert_eq!(count.value().as_deref(), Some("2"));
    write(&mut table, "user_name", "Ada");
    write(&mut table, "limit_cents", "9007199254740993");
    assert_eq!(
        body(&table),
        json!({"count": 2, "userName": "Ada", "limitCents": "9007199254740993"})
    );
    let mut edited = now(&table);
    edited.body = r#"{"user_name": "Grace"}"#.into();
    table.state_mut().state.drafts = vec![Arc::new(edited)];
    table.run();
    let name = table.get_by_role_and_label(Role::TextInput, "user_name");
    assert_eq!(name.value().as_deref(), Some("Grace"));
    write(&mut table, "count", "5");
    assert_eq!(body(&table), json!({"user_name": "Grace", "count": 5}), "its spelling stays");
}

#[test]
fn what_does_not_fit_is_marked_in_words_and_stays() {
    let mut table = on("{}");
    write(&mut table, "count", "many");
    assert_eq!(body(&table), json!({"count": "many"}));
    let field = table.get_by_role_and_label(Role::TextInput, "count");
    assert_eq!(field.value().as_deref(), Some("many"));
    table.get_by_label_contains("count wants int32");
}

#[test]
fn unset_is_not_empty() {
    let mut table = on(r#"{"userName": ""}"#);
    press(&mut table, "Unset user_name");
    assert_eq!(body(&table), json!({}));
    write(&mut table, "user_name", "A");
    table.key_press(egui::Key::Backspace);
    table.run();
    assert_eq!(body(&table), json!({"userName": ""}));
    assert!(table.query_by_label("Unset user_name").is_some());
}

#[test]
fn lists_maps_and_nested_messages_take_rows() {
    let mut table = on("{}");
    press(&mut table, "Add to items");
    press(&mut table, "Add to items");
    write(&mut table, "items[1].sku", "sku-7");
    press(&mut table, "Remove items[0]");
    press(&mut table, "Add to tags");
    press(&mut table, "Add to stock");
    write(&mut table, "key of stock[\"key\"]", "s");
    press(&mut table, "Set deep");
    press(&mut table, "Add to shelf");
    assert_eq!(
        body(&table),
        json!({
            "items": [{"sku": "sku-7"}], "tags": [""], "stock": {"keys": 0}, "deep": {},
            "shelf": {"key": {}},
        })
    );
    press(&mut table, "Unset deep");
    assert_eq!(body(&table)["deep"], Value::Null);
}

#[test]
fn truth_has_three_states_where_presence_matters() {
    let mut table = on("{}");
    press(&mut table, "is_gift: true");
    assert_eq!(body(&table), json!({"isGift": true}));
    press(&mut table, "is_gift: unset");
    assert_eq!(body(&table), json!({}));
}

#[test]
fn a_oneof_is_a_choice_and_an_enum_a_list() {
    let mut table = on(r#"{"voucher": "v"}"#);
    open(&mut table, "pay");
    press(&mut table, "card");
    write(&mut table, "card.number", "4242");
    open(&mut table, "heat");
    press(&mut table, "HEAT_HIGH = 2");
    assert_eq!(body(&table), json!({"card": {"number": "4242"}, "heat": "HEAT_HIGH"}));
}

#[test]
fn broken_json_says_where_and_leads_there() {
    let mut table = on("{\n  \"count\": ,\n}");
    table.get_by_label_contains("line 2, column 12");
    press(&mut table, "Go to JSON");
    table.get_by_role_and_label(Role::MultilineTextInput, "Body");
    assert_eq!(now(&table).body, "{\n  \"count\": ,\n}", "nothing typed is lost");
}

#[test]
fn problems_of_the_json_are_listed_with_their_place() {
    let mut table = on("{\n  \"count\": \"many\",\n  \"nowhere\": 1\n}");
    table.get_by_label_contains("nowhere");
    press(&mut table, "JSON");
    table.get_by_label("2:12");
    press(&mut table, "3:3");
    assert!(table.get_by_role_and_label(Role::MultilineTextInput, "Body").is_focused());
}

#[test]
fn a_click_sends() {
    let mut table = on("{}");
    press(&mut table, "Send");
    assert!(matches!(table.state().sent[..], [Command::SendCall(DraftId(7))]));
}

#[test]
fn a_running_call_can_be_cancelled() {
    let mut state = state(draft("{}"));
    state.answers.insert(DraftId(7), answer(Some(running()), None));
    let mut table = table(state);
    assert!(table.query_by_label("Send").is_none());
    press(&mut table, "Cancel");
    assert!(matches!(table.state().sent[..], [Command::CancelCall(DraftId(7))]));
}

#[test]
fn the_lock_tells_and_toggles() {
    let mut table = on("{}");
    press(&mut table, "Plaintext. Click to call with TLS");
    assert_eq!(now(&table).security_override, Some(Security::Tls));
    press(&mut table, "TLS. Click to call in plaintext");
    assert_eq!(now(&table).security_override, Some(Security::Plaintext));
}

#[test]
fn a_refusal_stands_where_it_arose() {
    let mut state = state(draft("{}"));
    state.answers.insert(DraftId(7), answer(None, Some(Refusal::UnknownMethod)));
    let shown = table(state);
    shown.get_by_label_contains("no open schema knows this method");
    let mut bad = draft("{}");
    bad.target = "localhost".into();
    let mut state = self::state(bad);
    let refusal = Refusal::Target(TargetError::NoPort("localhost".into()));
    state.answers.insert(DraftId(7), answer(None, Some(refusal)));
    table(state).get_by_label_contains("50051");
}

#[test]
fn every_tab_is_named_and_edits_the_draft() {
    let mut table = on("{}");
    press(&mut table, "Metadata");
    press(&mut table, "+ Add row");
    write(&mut table, "Name of row 1", "authorization");
    write_secret(&mut table, "Value of row 1", "Bearer x");
    table.get_by_label_contains("Kept in memory only");
    assert_eq!(now(&table).metadata, [MetadataRow::new("authorization", "Bearer x")]);
    press(&mut table, "Auth");
    open(&mut table, "Credentials");
    press(&mut table, "API key");
    write_secret(&mut table, "Key", "k1");
    assert!(matches!(now(&table).auth, Auth::ApiKey { value, .. } if value.reveal() == "k1"));
    press(&mut table, "Options");
    write(&mut table, "Authority", "shop.example");
    write(&mut table, "User agent", "load/1 (test)");
    assert_eq!(now(&table).options.user_agent, "load/1 (test)");
    press(&mut table, "Skip it");
    assert!(now(&table).options.is_insecure);
    assert_eq!(now(&table).options.authority, "shop.example");
    table.get_by_label("unverified");
    write(&mut table, "Keepalive", "9");
    assert_eq!(now(&table).options.keepalive_secs, None, "servers close such a connection");
    write(&mut table, "Keepalive", "0");
    assert_eq!(now(&table).options.keepalive_secs, Some(90));
    open(&mut table, "Compression");
    press(&mut table, "zstd");
    assert_eq!(now(&table).options.compression, Some(Compression::Zstd));
    open(&mut table, "Compression");
    press(&mut table, "none");
    assert_eq!(now(&table).options.compression, None);
    open(&mut table, "gRPC-Web");
    press(&mut table, "text");
    assert_eq!(now(&table).options.grpc_web, Some(GrpcWeb::Text));
    open(&mut table, "gRPC-Web");
    press(&mut table, "off");
    assert_eq!(now(&table).options.grpc_web, None);
}

#[test]
fn bytes_of_metadata_that_cannot_be_read_are_marked() {
    let mut draft = draft("{}");
    draft.metadata.push(MetadataRow::new("key-bin", "hex:0a0"));
    draft.metadata.push(MetadataRow::new("key", "hex:0a0"));
    let mut table = table(state(draft));
    press(&mut table, "Metadata 2");
    table.get_by_label_contains("the call cannot be sent");
    let mut edit = |value: &str| {
        let mut draft = now(&table);
        draft.metadata[0].value = value.into();
        table.state_mut().state.drafts = vec![Arc::new(draft)];
        table.run();
        let is_marked = |words: &str| table.query_by_label_contains(words).is_some();
        (is_marked("the call cannot be sent"), is_marked("This is no base64"))
    };
    assert_eq!(edit("hex:0a0b"), (false, false));
    assert_eq!(edit("ä"), (false, true));
    assert_eq!(edit("AAEC"), (false, false));
}

#[test]
fn an_http_draft_has_one_line_for_address_and_path() {
    let mut http = Draft::new(DraftId(7), Protocol::Http);
    http.target = "127.0.0.1:8080".into();
    http.http_path = "/products".into();
    let mut table = table(state(http));
    assert!(table.query_by_label("Form").is_none());
    write(&mut table, "Target", "/1?full=true");
    assert_eq!(now(&table).http_path, "/products/1?full=true");
    assert_eq!(now(&table).target, "127.0.0.1:8080");
    table.get_by_role_and_label(Role::MultilineTextInput, "Body");
}

#[test]
fn tabs_open_close_and_add_drafts() {
    let mut state = state(draft("{}"));
    state.drafts.push(Arc::new(Draft::new(DraftId(8), Protocol::Http)));
    let mut table = table(state);
    press(&mut table, "GET /");
    press(&mut table, "Close Cook");
    press(&mut table, "New draft");
    press(&mut table, "New HTTP request");
    press(&mut table, "Fill with sample");
    assert!(matches!(
        table.state().sent[..],
        [
            Command::ActivateDraft(DraftId(8)),
            Command::CloseDraft(DraftId(7)),
            Command::NewHttpDraft,
            Command::FillWithSample(DraftId(7)),
        ]
    ));
}

#[test]
fn an_empty_composer_says_what_to_do() {
    table(State::default()).get_by_label("No draft is open");
}

#[test]
fn a_method_is_chosen_under_the_target() {
    let mut empty = draft("");
    empty.method = None;
    let mut table = table(state(empty));
    press(&mut table, "Choose a method");
    press(&mut table, "kitchen.Kitchen/Cook");
    let chosen = now(&table);
    assert_eq!(chosen.method, MethodPath::parse("kitchen.Kitchen/Cook"));
    assert_eq!(chosen.source, Some(SavedSource::BuiltIn("kitchen".into())));
    assert_eq!(chosen.body, "{}");
}

/// A body of `n` tags, about 1 kB each.
fn tags(n: usize) -> String {
    let tag = format!("    \"{}\"", "x".repeat(990));
    format!("{{\n  \"tags\": [\n{}\n  ]\n}}", vec![tag; n].join(",\n"))
}

fn mode(table: &Table) -> BodyMode {
    BodyMode::of(now(table).body.len())
}

#[test]
fn a_body_of_300_kilobytes_is_edited_and_checked_when_typing_pauses() {
    let mut table = on(&tags(300));
    assert_eq!(mode(&table), BodyMode::CheckedLater);
    press(&mut table, "JSON");
    table.get_by_role_and_label(Role::MultilineTextInput, "Body").focus();
    table.run();
    table.event(egui::Event::Text("!".to_owned()));
    table.step();
    table.step();
    assert!(now(&table).body.contains('!'));
    let is_listed = |table: &Table| table.query_all_by_label_contains("JSON").count() > 1;
    assert!(!is_listed(&table), "it is not checked with the key itself");
    table.input_mut().time = Some(100.0);
    table.step();
    table.step();
    assert!(is_listed(&table), "it is checked when typing has paused");
}

#[test]
fn a_body_of_two_megabytes_is_shown_and_sent_and_another_can_be_pasted() {
    let big = tags(2_000);
    let mut table = on(&big);
    assert_eq!(mode(&table), BodyMode::ReadOnly);
    table.get_by_label_contains("not edited here");
    press(&mut table, "JSON");
    assert!(table.query_by_role_and_label(Role::MultilineTextInput, "Body").is_none());
    table.get_by_label_contains("\"tags\"");
    assert!(table.query_all_by_label_contains("xxxx").count() < 100, "only rows in sight");
    press(&mut table, "Send");
    assert!(matches!(table.state().sent[..], [Command::SendCall(DraftId(7))]));
    assert!(now(&table).body == big, "nothing is lost");
    press(&mut table, "Paste another body");
    table.event(egui::Event::Paste("{\"count\": 1}".to_owned()));
    table.run();
    assert_eq!(body(&table), json!({"count": 1}));
    table.get_by_role_and_label(Role::MultilineTextInput, "Body");
}
