use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use egui::accesskit::{Role, Toggled};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::Response;
use crate::model::{
    ByteCounts, Call, CallBody, CallFailure, CallId, Cause, Code, ConnectAttempt, ConnectionId,
    ConnectionUse, Direction, DraftId, LegSide, MethodPath, Outcome, Phase, PhaseTime, Protocol,
    Recording, RecordingPart, Request, Security, Span, SpanId, SpanKind, SpanMessages, SpanStatus,
    StatusOrigin, Step, Timestamp, TlsFacts, TlsTrust, Trace, TraceContext, Trail, TrailEntry,
    Verdict,
};
use crate::session::{
    Account, Answer, AnswerBody, DisplayText, OpeningCall, State, WireLeg, WireReading,
};
use crate::telemetry::Snapshot;
use crate::ui::bilingual::Bilingual;
use crate::ui::cx::{Ask, Pane};
use crate::ui::testing::{Bench, bench};
use crate::wire::{BothSums, Sums, tls_testing};
use crate::workspace::Draft;

pub(super) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) fn grpc(code: Code, message: &str) -> Outcome {
    Outcome::Grpc {
        code,
        number: u32::from(code.number()),
        message: message.into(),
        details: None,
        origin: StatusOrigin::Trailers,
    }
}

fn connection() -> ConnectionUse {
    let attempt = |address: &str, failure: Option<&str>| ConnectAttempt {
        address: address.into(),
        started: Timestamp(0),
        took: Duration::from_micros(300),
        failure: failure.map(Cause::from),
    };
    ConnectionUse {
        id: ConnectionId(3),
        is_kept: false,
        local: "127.0.0.1:41234".into(),
        peer: "127.0.0.1:50051".into(),
        attempts: vec![
            attempt("[::1]:50051", Some("connection refused")),
            attempt("127.0.0.1:50051", None),
        ],
        proxy: None,
        http_version: "HTTP/2",
        tls: None,
    }
}

/// A frame header and ten bytes each way, and a gap.
fn recording() -> Recording {
    let part = |direction, offset, len, bytes: Option<&'static [u8]>| RecordingPart {
        at: Timestamp(0),
        direction,
        offset,
        len,
        bytes: bytes.map(Bytes::from_static),
    };
    Recording {
        connection: Some(ConnectionId(3)),
        parts: vec![
            part(Direction::Sent, 0, 19, Some(b"\x00\x00\x0a\x00\x01\x00\x00\x00\x01question..")),
            part(Direction::Received, 0, 9, Some(b"\x00\x10\x00\x00\x00\x00\x00\x00\x01")),
            part(Direction::Received, 9, 4096, None),
        ],
        ..Recording::default()
    }
}

pub(super) fn call(outcome: Option<Outcome>) -> Call {
    let method = MethodPath::parse("Greeter/SayHello").unwrap();
    let body = CallBody::Grpc { method, messages: Vec::new() };
    let mut request = Request::new("127.0.0.1:50051".parse().unwrap(), body);
    request.headers.push("authorization", "Bearer hidden");
    let mut call = Call::begin(
        CallId(1),
        Arc::new(request),
        Timestamp(1_799_999_999_000_000_000),
        TraceContext::root(),
    );
    call.outcome = outcome;
    call.http_status = Some(200);
    call.headers.push("content-type", "application/grpc");
    call.trailers.push("grpc-status", "0");
    call.bytes = ByteCounts { sent: 282, received: 194, ..ByteCounts::default() };
    call.timing.total = Duration::from_micros(52_400);
    call.timing.set(Phase::Connect, PhaseTime::Took(Duration::from_micros(400)));
    call.timing.set(Phase::Wait, PhaseTime::Took(ms(51)));
    call.connection = Some(connection());
    call.recording = Arc::new(recording());
    call
}

fn span(call: &Call, parent: Option<SpanId>, service: &str, status: SpanStatus) -> Arc<Span> {
    Arc::new(Span {
        trace_id: call.trace.trace_id,
        span_id: SpanId::random(),
        parent,
        kind: if parent.is_none() { SpanKind::Client } else { SpanKind::Server },
        service: service.into(),
        instance: parent.map(|_| format!("{service}-2").into()),
        name: "Greeter/SayHello".into(),
        protocol: Protocol::Grpc,
        peer: None,
        started: Timestamp(1_000),
        ended: Some(Timestamp(2_001_000)),
        status,
        is_internal: false,
        call: None,
        attributes: Vec::new(),
        messages: SpanMessages::default(),
    })
}

pub(super) fn answer(call: Call) -> Answer {
    let root = span(&call, None, "client", SpanStatus::Ok);
    let broken = SpanStatus::Error("UNAVAILABLE".into());
    let child = span(&call, Some(root.span_id), "greeter", broken);
    let trace = Trace { id: call.trace.trace_id, spans: vec![root, child] };
    let mut trail = Trail::default();
    trail.push(TrailEntry {
        step: Step::Route,
        verdict: Verdict::Passed,
        rule: "GRPCRoute demo/greeter rule 0".into(),
        took: Duration::from_micros(12),
    });
    trail.push(TrailEntry {
        step: Step::Balance,
        verdict: Verdict::NoEndpoint,
        rule: "".into(),
        took: Duration::from_micros(3),
    });
    let json = DisplayText::new("{\n  \"message\": \"Hello Ada\"\n}");
    let wire = Arc::new(WireReading::of(&call, None));
    Answer {
        draft: DraftId(7),
        refusal: None,
        call: Some(Arc::new(call)),
        body: AnswerBody::Message { json, problems: Vec::new() },
        wire,
        legs: Arc::default(),
        account: Account::default(),
        trace: Some(Arc::new(trace)),
        trail: Some(Arc::new(trail)),
        trouble: Arc::default(),
    }
}

pub(super) type Table = Bilingual<Bench<Response>>;

pub(super) fn table(answer: Option<Answer>) -> Table {
    let mut state = State { active: Some(DraftId(7)), ..State::default() };
    state.answers.extend(answer.map(|answer| (answer.draft, Arc::new(answer))));
    let draw = |response: &mut Response, cx: &crate::ui::cx::PanelCx<'_>, ui: &mut egui::Ui| {
        response.ui(cx, ui);
    };
    let mut table = bench(Response::default(), (state, Snapshot::default()), (640.0, 700.0), draw);
    table.run();
    table
}

pub(super) fn press(table: &mut Table, name: &str) {
    table.get_by_label(name).click();
    table.run();
}

#[test]
fn nothing_sent_says_what_to_do() {
    let mut shown = table(None);
    shown.get_by_label("Nothing sent yet");
    shown.get_by_label_contains("Press Send");
    shown.state_mut().state.active = None;
    shown.run();
    shown.get_by_label_contains("Open a draft and send it.");
    shown.state_mut().state.editor = Some(crate::model::SourceId(1));
    shown.run();
    shown.get_by_label_contains("Choose one of its methods on the left");
}

#[test]
fn the_status_row_says_outcome_time_bytes_and_phases() {
    let shown = table(Some(answer(call(Some(grpc(Code::Ok, ""))))));
    let phases = "Connect 400 µs, Wait 51.0 ms, Other 1.00 ms";
    for words in ["0 OK", "52.4 ms", "sent 282 B, received 194 B", phases] {
        shown.get_by_label(words);
    }
    shown.get_by_label_contains("Hello Ada");
}

#[test]
fn what_compression_made_of_the_messages_is_said() {
    let mut call = call(Some(grpc(Code::Ok, "")));
    call.bytes.count(Direction::Sent, 40_000, 87);
    call.bytes.count(Direction::Received, 12, 12);
    let shown = table(Some(answer(call)));
    shown.get_by_label("sent 282 B, received 194 B · message 40.0 kB sent as 87 B");
}

#[test]
fn names_of_headers_stand_left_of_their_values() {
    let mut shown = table(Some(answer(call(Some(grpc(Code::Ok, ""))))));
    press(&mut shown, "Headers");
    let row = |name: &str| shown.get_by_label(name).rect();
    let (name, value) = (row("content-type"), row("application/grpc"));
    assert!(name.right() <= value.left(), "{name:?} {value:?}");
    assert!((name.center().y - value.center().y).abs() < 4.0, "{name:?} {value:?}");
}

#[test]
fn a_status_that_is_no_ok_is_put_into_words() {
    let shown = table(Some(answer(call(Some(grpc(Code::Unimplemented, "no such method"))))));
    shown.get_by_label("12 UNIMPLEMENTED");
    shown.get_by_label_contains("The server has no such method");
    shown.get_by_label("no such method");
}

#[test]
fn a_failure_says_what_where_and_what_to_do() {
    let failure = CallFailure::Refused { address: "127.0.0.1:50051".into() };
    let shown = table(Some(answer(call(Some(Outcome::Failed(failure))))));
    shown.get_by_label_contains("Nobody listens on 127.0.0.1:50051");
    shown.get_by_label_contains("Start the server");
}

#[test]
fn a_mismatch_of_tls_offers_to_turn_the_lock() {
    let address = || "127.0.0.1:50051".to_owned();
    let cases = [
        (CallFailure::PlaintextPeer { address: address() }, "Use plaintext", Security::Plaintext),
        (CallFailure::TlsPeer { address: address() }, "Use TLS", Security::Tls),
    ];
    for (failure, words, security) in cases {
        let mut shown = table(Some(answer(call(Some(Outcome::Failed(failure))))));
        let draft = Draft::new(DraftId(7), Protocol::Grpc);
        shown.state_mut().state.drafts = vec![Arc::new(draft)];
        shown.run();
        press(&mut shown, words);
        assert_eq!(shown.state().state.drafts[0].security_override, Some(security));
        assert!(shown.query_by_label(words).is_none());
    }
}

#[test]
fn an_unverified_connection_carries_a_badge() {
    let mut call = call(Some(grpc(Code::Ok, "")));
    if let Some(connection) = &mut call.connection {
        connection.tls = Some(TlsFacts {
            version: "TLS 1.3".into(),
            suite: "TLS13_AES_256_GCM_SHA384".into(),
            alpn: Some("h2".into()),
            chain_der: Vec::new(),
            trust: TlsTrust::Skipped,
        });
    }
    let mut shown = table(Some(answer(call)));
    shown.get_by_label("unverified");
    press(&mut shown, "Wire");
    shown.get_by_label("Bytes inside TLS, shown as plaintext");
}

#[test]
fn headers_and_trailers_stand_apart_and_secrets_are_hidden() {
    let mut shown = table(Some(answer(call(Some(grpc(Code::Ok, ""))))));
    press(&mut shown, "Headers");
    shown.get_by_label("Headers, HTTP status 200");
    let value = shown.get_by_label("application/grpc").rect();
    let name = shown.get_by_label("content-type").rect();
    assert!(name.right() <= value.left() && name.top() < value.bottom(), "{name:?} {value:?}");
    shown.get_by_label("Trailers");
    shown.get_by_label("grpc-status");
    shown.get_by_label("•••");
    assert!(shown.query_by_label_contains("hidden").is_none());
}

#[test]
fn the_wire_lists_frames_and_shows_their_bytes_and_gaps() {
    let mut shown = table(Some(answer(call(Some(grpc(Code::Ok, ""))))));
    press(&mut shown, "Wire");
    shown.get_by_label_contains("Logical is what the two said");
    press(&mut shown, "Frames");
    press(&mut shown, "sent DATA 1 end, 19 B");
    let chosen = shown.get_by_role_and_label(Role::Button, "sent DATA 1 end, 19 B");
    assert_eq!(chosen.accesskit_node().toggled(), Some(Toggled::True));
    shown.get_by_label_contains("71 75 65 73 74 69 6f 6e");
    shown.get_by_label("4.1 kB counted, not kept");
}

fn tls_facts() -> TlsFacts {
    TlsFacts {
        version: "TLS 1.2".into(),
        suite: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384".into(),
        alpn: Some("h2".into()),
        chain_der: vec![tls_testing::leaf().into()],
        trust: TlsTrust::Verified,
    }
}

/// The records are those of another program's call.
fn over_tls() -> Call {
    let mut call = call(Some(grpc(Code::Ok, "")));
    if let Some(connection) = &mut call.connection {
        connection.tls = Some(tls_facts());
    }
    call.sealed = Arc::new(tls_testing::capture("tls12"));
    call
}

#[test]
fn an_eavesdropper_sees_records_and_the_name_and_nothing_of_the_call() {
    let mut shown = table(Some(answer(over_tls())));
    press(&mut shown, "Wire");
    press(&mut shown, "As an eavesdropper");
    let switch = shown.get_by_role_and_label(Role::Button, "As an eavesdropper");
    assert_eq!(switch.accesskit_node().toggled(), Some(Toggled::True));
    shown.get_by_label_contains("the name shop.example (SNI)");
    shown.get_by_label_contains("certificates pass in clear");
    for record in
        ["received Certificate, 1.2 kB", "sent change_cipher_spec, 6 B", "received encrypted, 51 B"]
    {
        shown.get_by_role_and_label(Role::Button, record);
    }
    press(&mut shown, "sent ClientHello, 227 B");
    shown.get_by_label_contains("16 03 01 00 de");
    shown.get_by_label("Content Type 22 handshake");
    press(&mut shown, "Certificates (1)");
    shown.get_by_label("CN=shop.example, O=Größe");
    shown.get_by_label("2027-11-25 17:52:58 UTC");
    press(&mut shown, "Frames");
    shown.get_by_label("Bytes inside TLS, shown as plaintext");
    assert!(shown.query_by_label("sent ClientHello, 227 B").is_none());
}

#[test]
fn what_was_not_encrypted_has_no_eavesdropper() {
    let mut shown = table(Some(answer(call(Some(grpc(Code::Ok, ""))))));
    press(&mut shown, "Wire");
    assert!(shown.query_by_label("As an eavesdropper").is_none());
}

#[test]
fn a_handshake_that_failed_can_be_seen() {
    let mut call = over_tls();
    call.recording = Arc::default();
    call.outcome =
        Some(Outcome::Failed(CallFailure::Tls { address: "a:1".into(), cause: "b".into() }));
    let mut shown = table(Some(answer(call)));
    press(&mut shown, "Wire");
    shown.get_by_label_contains("Nothing but the handshake");
    press(&mut shown, "As an eavesdropper");
    shown.get_by_label("sent ClientHello, 227 B");
}

/// What a call costs beside its payload, beside the first on the connection, and all together.
#[test]
fn overhead_is_told_by_purpose_beside_the_first_call_and_in_all() {
    let mut answered = answer(over_tls());
    let sums = answered.wire.exchange.sums;
    assert_eq!((sums.sent.in_all(), sums.sent.tls), (371, 371 - 19));
    let sent = Sums { payload: 10, headers: 150, tls: 600, ..Sums::default() };
    let opening = OpeningCall {
        operation: "Greeter/SayHello".into(),
        sums: BothSums { sent, received: Sums { control: 2000, ..Sums::default() } },
    };
    let mut draft = opening.sums;
    draft.add(&sums);
    answered.account = Account { opening: Some(Arc::new(opening)), n_calls: 2, draft };
    let mut shown = table(Some(answered));
    press(&mut shown, "Wire");
    press(&mut shown, "Overhead");
    for row in [
        "TLS: 352 B, 0 B",
        "in all: 371 B, 4.1 kB",
        "Beside the first call on this connection, Greeter/SayHello",
        "connection: 2.0 kB, 0 B",
        "All 2 calls of this draft",
    ] {
        shown.get_by_label_contains(row);
    }
}

/// Bytes of a real exchange over HTTP/1: pointer, list and tree speak of the same bytes.
#[test]
fn a_byte_is_found_by_what_it_means_and_what_it_means_by_the_byte() {
    let mut call = call(Some(grpc(Code::Ok, "")));
    let request: &'static [u8] = b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    let part = |direction, bytes: &'static [u8]| RecordingPart {
        at: Timestamp(0),
        direction,
        offset: 0,
        len: bytes.len() as u64,
        bytes: Some(Bytes::from_static(bytes)),
    };
    let answered: &'static [u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    let parts = vec![part(Direction::Sent, request), part(Direction::Received, answered)];
    call.recording = Arc::new(Recording { parts, ..Recording::default() });
    let mut shown = table(Some(answer(call)));
    press(&mut shown, "Wire");
    shown.get_by_role_and_label(Role::Button, "received body, 2 B");
    press(&mut shown, "sent GET /a, 39 B");
    press(&mut shown, "Host shop.example");
    let field = shown.get_by_label("Host shop.example");
    assert_eq!(field.accesskit_node().toggled(), Some(Toggled::True));
    // A click on a byte chooses the smallest thing that it is a part of.
    let row = shown.get_by_label_contains("47 45 54 20").rect();
    let first = row.left_center() + egui::vec2(55.0, 0.0);
    shown.hover_at(first);
    shown.run();
    shown.drag_at(first);
    shown.drop_at(first);
    shown.run();
    let method = shown.get_by_label("Method GET");
    assert_eq!(method.accesskit_node().toggled(), Some(Toggled::True));
    let find = shown.get_by_role_and_label(Role::TextInput, "Find in the bytes");
    find.focus();
    shown.run();
    shown.get_by_role_and_label(Role::TextInput, "Find in the bytes").type_text("48 6f");
    shown.run();
    shown.get_by_label("1 of 1");
}

#[test]
fn timing_names_phases_attempts_and_the_gateways_decisions() {
    let mut shown = table(Some(answer(call(Some(grpc(Code::Ok, ""))))));
    press(&mut shown, "Timing");
    for words in ["[::1]:50051", "connection refused", "connected", "Route", "12 µs"] {
        shown.get_by_label(words);
    }
    shown.get_by_label_contains("× refused with 503");
}

#[test]
fn the_trace_is_a_waterfall_and_can_be_played_again() {
    let answered = answer(call(Some(grpc(Code::Ok, ""))));
    let id = answered.trace.as_ref().unwrap().id;
    let mut shown = table(Some(answered));
    press(&mut shown, "Trace");
    shown.get_by_label_contains("greeter-2 Greeter/SayHello, 2.00 ms");
    press(&mut shown, "Play again slowly");
    assert_eq!(shown.state().asked, [Ask::PlayTrace(id), Ask::ShowPane(Pane::Flow)]);
}

#[test]
fn another_panel_can_ask_for_the_trace() {
    let answered = answer(call(Some(grpc(Code::Ok, ""))));
    let id = answered.trace.as_ref().unwrap().id;
    let mut shown = table(Some(answered));
    shown.state_mut().asks = vec![Ask::ShowTrace(id)];
    shown.run();
    shown.get_by_label_contains("2 spans of 2 services");
}

#[test]
fn a_trace_that_no_draft_sent_is_visited() {
    let mut shown = table(Some(answer(call(Some(grpc(Code::Ok, ""))))));
    shown.run();
    let mut reports = crate::flow::testing::Reports::new();
    reports.feed(crate::flow::testing::order(7));
    shown.state_mut().snapshot = Arc::new(reports.snapshot(60));
    let id = crate::flow::testing::trace_id(7);
    shown.state_mut().asks = vec![Ask::ShowTrace(id)];
    shown.run();
    shown.get_by_label("A call that no draft sent");
    shown.get_by_label_contains("payment");
    press(&mut shown, "Play again slowly");
    assert_eq!(shown.state().asked.first(), Some(&Ask::PlayTrace(id)));
    press(&mut shown, "Back to the answer");
    shown.get_by_label("Timing");
}

#[test]
fn a_visit_lasts_when_the_draft_has_been_called_behind_another_tab() {
    let mut shown = table(Some(answer(call(Some(grpc(Code::Ok, ""))))));
    shown.run();
    let mut reports = crate::flow::testing::Reports::new();
    reports.feed(crate::flow::testing::order(7));
    shown.state_mut().snapshot = Arc::new(reports.snapshot(60));
    let newer = Call { id: CallId(99), ..call(Some(grpc(Code::Ok, ""))) };
    let newer = Arc::new(answer(newer));
    shown.state_mut().state.answers.values_mut().for_each(|known| *known = Arc::clone(&newer));
    shown.state_mut().asks = vec![Ask::ShowTrace(crate::flow::testing::trace_id(7))];
    shown.run_steps(1);
    shown.state_mut().asks.clear();
    shown.run_steps(3);
    shown.get_by_label("A call that no draft sent");
}

/// Bytes of one HTTP/1 exchange, from `at` on, and what they mean.
fn exchanged(at: u64, path: &str) -> Arc<WireReading> {
    let part = |direction, at, text: String| RecordingPart {
        at: Timestamp(1_799_999_999_000_000_000 + at * 1_000_000),
        direction,
        offset: 0,
        len: text.len() as u64,
        bytes: Some(Bytes::from(text)),
    };
    let asked = format!("GET {path} HTTP/1.1\r\n\r\n");
    let answered = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno".to_owned();
    let parts = vec![part(Direction::Sent, at, asked), part(Direction::Received, at + 8, answered)];
    let recording = Recording { parts, ..Recording::default() };
    Arc::new(WireReading::of_recording(Arc::new(recording), &crate::schema::Schema::default()))
}

/// A call that passed our gateway: its bytes at the client's end and at both sides of the gateway.
fn through_the_gateway() -> Answer {
    let mut answered = answer(call(Some(grpc(Code::Ok, ""))));
    let root = answered.call.as_ref().unwrap().trace.span_id;
    let address = "127.0.0.1:9001".parse().unwrap();
    let upstream = LegSide::Upstream { instance: "catalog-2".into(), address };
    let leg = |side, asked_by, reading| WireLeg { asked_by, side, reading };
    answered.wire = exchanged(1, "/own");
    answered.legs = Arc::new([
        leg(LegSide::Client, root, exchanged(2, "/own")),
        leg(upstream, SpanId::random(), exchanged(3, "/passed")),
    ]);
    answered
}

#[test]
fn the_wire_shows_both_sides_of_the_gateway() {
    let mut shown = table(Some(through_the_gateway()));
    press(&mut shown, "Wire");
    press(&mut shown, "sent GET /own, 21 B");
    press(&mut shown, "gateway → catalog-2");
    press(&mut shown, "sent GET /passed, 24 B");
    shown.get_by_label("Request Target /passed");
    shown.get_by_role_and_label(Role::TextInput, "Find in the bytes").focus();
    shown.run();
    shown.get_by_role_and_label(Role::TextInput, "Find in the bytes").type_text("/passed");
    shown.run();
    shown.get_by_label("1 of 1");
    press(&mut shown, "gateway");
    shown.get_by_label("0 of 0");
    press(&mut shown, "sent GET /own, 21 B");
    press(&mut shown, "client");
    shown.get_by_label("sent GET /own, 21 B");
}

#[test]
fn how_a_call_flowed_is_drawn_with_times_and_sizes_and_leads_to_its_bytes() {
    let mut shown = table(Some(through_the_gateway()));
    press(&mut shown, "Trace");
    press(&mut shown, "How it flowed");
    shown.get_by_label_contains("client → catalog-2: GET /passed, 24 B");
    shown.get_by_label_contains("catalog-2 → client: 503 Service Unavailable, 55 B");
    let asked = shown.get_by_label_contains(": GET /own, 21 B");
    let words = asked.accesskit_node().label().unwrap_or_default();
    assert!(words.contains("1.00 ms on the way"), "{words}");
    shown.get_by_label_contains("client → catalog-2: GET /passed").click();
    shown.run();
    let chosen = shown.get_by_role_and_label(Role::Button, "sent GET /passed, 24 B");
    assert_eq!(chosen.accesskit_node().toggled(), Some(Toggled::True));
}

#[test]
fn a_call_without_spans_flows_too_and_nothing_is_drawn_of_nothing() {
    let mut answered = answer(call(Some(grpc(Code::Ok, ""))));
    answered.trace = None;
    answered.wire = exchanged(1, "/own");
    let mut shown = table(Some(answered));
    press(&mut shown, "Trace");
    shown.get_by_label("No trace yet");
    press(&mut shown, "How it flowed");
    shown.get_by_label_contains("client → 127.0.0.1:50051: GET /own, 21 B");
    let mut answered = answer(Call { recording: Arc::default(), ..call(None) });
    answered.trace = None;
    let mut shown = table(Some(answered));
    press(&mut shown, "Trace");
    press(&mut shown, "How it flowed");
    shown.get_by_label("Nothing passed yet");
}
