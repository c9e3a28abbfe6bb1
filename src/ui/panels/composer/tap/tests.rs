use std::sync::Arc;

use bytes::Bytes;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;

use crate::model::{
    Call, CallBody, CallFailure, CallId, Cause, Outcome, Request, Security, TapId, Timestamp,
    TraceContext,
};
use crate::session::{Command, State, TapFault, TapPhase, TapSchema, TapView, TapWish, TappedCall};
use crate::telemetry::Snapshot;
use crate::ui::bilingual::Bilingual;
use crate::ui::cx::PanelCx;
use crate::ui::panels::composer::Composer;
use crate::ui::testing::{Bench, bench};

type Table = Bilingual<Bench<Composer>>;

fn tap(phase: TapPhase) -> TapView {
    let wish = TapWish { target: "127.0.0.1:50051".to_owned(), ..TapWish::default() };
    TapView { phase, ..TapView::new(TapId(4), wish) }
}

fn running() -> TapView {
    tap(TapPhase::Running(([127, 0, 0, 1], 9_000).into()))
}

fn passed(id: u64, path: &str, status: u16) -> Arc<TappedCall> {
    let body = CallBody::Http { method: "GET".to_owned(), body: Bytes::new() };
    let mut request = Request::new("127.0.0.1:50051".parse().unwrap(), body);
    request.target.path = path.to_owned();
    let trace = TraceContext::root();
    let mut call = Call::begin(CallId(id), Arc::new(request), Timestamp(1), trace);
    call.outcome = Some(Outcome::Http { status, reason: "Sure".to_owned() });
    let client = ([127, 0, 0, 1], 40_001).into();
    Arc::new(TappedCall { client, name: "curl".into(), reset: None, call: Arc::new(call) })
}

fn table(tap: TapView) -> Table {
    let state = State { front_tap: Some(tap.id), taps: vec![Arc::new(tap)], ..State::default() };
    let draw = |composer: &mut Composer, cx: &PanelCx<'_>, ui: &mut egui::Ui| composer.ui(cx, ui);
    let mut table = bench(Composer::default(), (state, Snapshot::default()), (640.0, 700.0), draw);
    table.run();
    table
}

fn write(table: &mut Table, field: &str, text: &str) {
    table.get_by_role_and_label(Role::TextInput, field).focus();
    table.run();
    table.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    table.get_by_role_and_label(Role::TextInput, field).type_text(text);
    table.run();
}

fn started(table: &Table) -> Option<TapWish> {
    table.state().sent.iter().rev().find_map(|command| match command {
        Command::StartTap { tap: TapId(4), wish } => Some(wish.clone()),
        _ => None,
    })
}

#[test]
fn the_form_says_between_whom_to_stand() {
    let mut table = table(tap(TapPhase::Idle(None)));
    assert!(table.query_by_role_and_label(Role::TextInput, "CA file").is_none());
    write(&mut table, "Port", "9100");
    write(&mut table, "Target of the tap", "grpcs://shop.example");
    // A target of TLS asks how to trust it.
    let name = crate::text::t("composer.options.server_name");
    write(&mut table, name, "shop.internal");
    table.get_by_role_and_label(Role::ComboBox, "Messages by").click();
    table.run();
    table.get_by_label("loaded schemas").click();
    table.run();
    table.get_by_label("Start tap").click();
    table.run();
    let wish = started(&table).unwrap();
    assert_eq!((wish.port, &*wish.target), (9_100, "grpcs://shop.example"));
    assert_eq!((wish.schema, wish.security), (TapSchema::Loaded, None));
    assert_eq!(wish.tls.server_name.as_deref(), Some("shop.internal"));
}

#[test]
fn tls_to_a_target_of_this_machine_must_be_asked_for() {
    let mut table = table(tap(TapPhase::Idle(None)));
    table.get_by_role_and_label(Role::ComboBox, "Security").click();
    table.run();
    table.get_by_label("TLS to the target").click();
    table.run();
    table.get_by_label(crate::text::t("composer.options.insecure")).click();
    table.run();
    table.get_by_label("Start tap").click();
    table.run();
    let wish = started(&table).unwrap();
    assert_eq!((wish.security, wish.tls.is_insecure), (Some(Security::Tls), true));
}

#[test]
fn a_port_that_is_none_starts_nothing() {
    let mut table = table(tap(TapPhase::Idle(None)));
    write(&mut table, "Port", "ninety");
    table.get_by_label("Start tap").click();
    table.run();
    assert_eq!(started(&table), None);
}

#[test]
fn what_kept_it_from_starting_stands_below_with_what_to_do() {
    let check = |fault: TapFault, words: &str, fix: &str| {
        let table = table(tap(TapPhase::Idle(Some(fault))));
        table.get_by_label_contains(words);
        table.get_by_label_contains(fix);
    };
    check(TapFault::PortTaken(9_000), "Port 9000 is taken", "Choose another port");
    check(TapFault::Itself, "the tap itself", "Write where the server listens");
    let cause = Cause::Said("permission denied".to_owned());
    check(
        TapFault::Listen { port: 80, cause },
        "Port 80 cannot be listened on: permission",
        "any that is free.",
    );
}

#[test]
fn calls_are_listed_newest_first_and_one_can_be_looked_at_and_drafted() {
    let mut tap = running();
    tap.calls = Arc::new(vec![passed(1, "/a", 200), passed(2, "/b?x=1", 503)]);
    (tap.n_calls, tap.n_errors) = (1_200, 1);
    let mut table = table(tap);
    for words in [
        "Point the client at 127.0.0.1:9000",
        "1,200 calls",
        "1 failed",
        "the newest 2 of 1,200 are listed",
    ] {
        table.get_by_label_contains(words);
    }
    let top = |table: &Table, name: &str| table.get_by_label_contains(name).rect().top();
    assert!(top(&table, "GET /b, curl, 503") < top(&table, "GET /a, curl, 200"));
    table.get_by_label_contains("GET /a, curl").click();
    table.run();
    let chosen = |command: &Command| {
        matches!(command, Command::ShowTapped { tap: TapId(4), call: Some(CallId(1)) })
    };
    assert!(table.state().sent.iter().any(chosen));
    let shown = Arc::make_mut(&mut table.state_mut().state.taps[0]);
    shown.shown = Some(CallId(1));
    table.run();
    table.get_by_label("Save as draft").click();
    table.run();
    let drafted = |command: &Command| {
        matches!(command, Command::DraftOfTapped { tap: TapId(4), call: CallId(1) })
    };
    assert!(table.state().sent.iter().any(drafted));
    table.get_by_label("Stop").click();
    table.run();
    assert!(table.state().sent.iter().any(|c| matches!(c, Command::StopTap(TapId(4)))));
}

#[test]
fn what_is_not_seen_is_said() {
    let mut tap = running();
    tap.n_opaque = 517;
    tap.n_missed = 3;
    tap.no_schema = Some(Cause::NoReflection);
    tap.unreached = Some(CallFailure::Refused { address: "127.0.0.1:50051".to_owned() });
    let table = table(tap);
    for words in
        ["Nothing has passed yet", "517 B passed", "3 calls passed unseen", "took no connection"]
    {
        table.get_by_label_contains(words);
    }
    table.get_by_label_contains("told no schema");
}
