//! A tap of the session: what passes it is told as calls of our own are, and is passed on as it came.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hoplens::model::{
    Delay, Direction, EdgeKey, Fault, Outcome, SpanKind, Spread, TapId, TraceContext, Whom,
};
use hoplens::session::{Command, NoticeKind, TapFault, TapPhase, TapSchema, TapView, TapWish};
use hoplens::wire::{Exchange, StepKind, grpc_prefix};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::desk::{Desk, eventually, shown};

/// The tap that was made last.
async fn newest(desk: &Desk) -> Arc<TapView> {
    desk.until("a tap", |state| state.taps.last().cloned()).await
}

async fn start(desk: &Desk, target: &str) -> (TapId, SocketAddr) {
    desk.send(Command::NewTap(target.to_owned()));
    desk.caught_up().await;
    let tap = newest(desk).await;
    assert_eq!((desk.session.state().front_tap, &*tap.wish.target), (Some(tap.id), target));
    let wish = TapWish { port: 0, ..tap.wish.clone() };
    desk.send(Command::StartTap { tap: tap.id, wish });
    let listens = |state: &hoplens::session::State| state.tap(tap.id)?.address();
    (tap.id, desk.until("a tap that listens", listens).await)
}

/// A client that is none of ours.
async fn client(address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let io = TokioIo::new(stream);
    let (sender, driver) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(driver);
    sender
}

fn hello(name: &str, more: &[(&str, &str)]) -> http::Request<Full<Bytes>> {
    let message = [&[10, name.len() as u8][..], name.as_bytes()].concat();
    let body = [&grpc_prefix(message.len()).unwrap()[..], &message].concat();
    let mut request = http::Request::post("http://greeter/Greeter/SayHello")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", "shopfront/2.1 (test)")
        .header("x-tenant", name)
        .header("authorization", "Bearer never-on-the-disk");
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    request.body(Full::new(body.into())).unwrap()
}

/// Sends it and reads the answer to its end.
async fn answer(sender: &SendRequest<Full<Bytes>>, request: http::Request<Full<Bytes>>) -> Bytes {
    let mut sender = sender.clone();
    sender.ready().await.unwrap();
    let answer = sender.send_request(request).await.unwrap();
    answer.into_body().collect().await.unwrap().to_bytes()
}

async fn passed(desk: &Desk, tap: TapId, n_wanted: usize) -> Arc<TapView> {
    desk.until(format!("{n_wanted} calls"), |state| {
        state.tap(tap).filter(|tap| tap.calls.len() == n_wanted).cloned()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_overlap_on_one_connection_are_told_apart() {
    let desk = Desk::with_demo().await;
    let greeter = desk.instance("greeter-1").unwrap().address;
    // So long that all of them are under way at once.
    let longest = Duration::from_millis(150);
    let delay = Some(Delay { longest, spread: Spread::Fixed });
    let fault = Fault { delay, ..Fault::default() };
    desk.send(Command::SetFault { whom: Whom::Service("greeter".to_owned()), fault });
    desk.notice("the fault", |kind| matches!(kind, NoticeKind::Changed(_)).then_some(())).await;
    let (tap, address) = start(&desk, &greeter.to_string()).await;
    let sender = client(address).await;
    let names: Vec<String> = (0..12).map(|n| format!("caller {n}")).collect();
    let calls = names.iter().map(|name| answer(&sender, hello(name, &[])));
    let answers = futures_util::future::join_all(calls).await;
    for (name, answer) in names.iter().zip(&answers) {
        assert!(String::from_utf8_lossy(answer).contains(&format!("Hello {name}")), "{answer:?}");
    }

    let view = passed(&desk, tap, 12).await;
    assert_eq!((view.n_calls, view.n_errors, view.n_opaque, view.n_missed), (12, 0, 0, 0));
    let began = view.calls.iter().map(|passed| passed.call.started).max().unwrap();
    let ended = view.calls.iter().map(|p| p.call.started + p.call.timing.total).min().unwrap();
    assert!(began < ended, "they did not overlap");
    let mut streams: Vec<_> = view.calls.iter().map(|p| p.call.recording.stream).collect();
    streams.sort();
    streams.dedup();
    assert_eq!(streams.len(), 12);
    for passed in view.calls.iter() {
        let name = passed.call.request.headers.get_str("x-tenant").unwrap().to_owned();
        assert_eq!(&*passed.name, "shopfront");
        assert!(passed.call.outcome.as_ref().is_some_and(Outcome::is_ok));
        assert!(passed.call.timing.total >= longest, "{:?}", passed.call.timing);
        desk.send(Command::ShowTapped { tap, call: Some(passed.call.id) });
        let answer = desk
            .until("what the call says", |state| {
                let answer = state.shown_answer()?;
                (answer.call.as_ref()?.id == passed.call.id).then(|| Arc::clone(answer))
            })
            .await;
        assert!(shown(&answer).contains(&format!("Hello {name}")), "{}", shown(&answer));
        let call = answer.call.as_ref().unwrap();
        assert_eq!(call.messages.len(), 2);
        assert_eq!(call.trailers.get_str("grpc-status"), Some("0"));
        // Its bytes are its own: one request, one answer, and all of them are accounted for.
        let exchange = Exchange::of(&call.recording);
        let of = |direction| {
            let steps = exchange.steps.iter().filter(move |step| step.direction == direction);
            steps.filter(|step| matches!(step.kind, StepKind::Message(_))).count()
        };
        assert_eq!((of(Direction::Sent), of(Direction::Received)), (1, 1));
        let tenants: Vec<_> = exchange.steps.iter().filter_map(|s| s.field("x-tenant")).collect();
        assert_eq!(tenants, [name]);
        let sums = exchange.sums;
        assert_eq!(
            (sums.sent.in_all(), sums.received.in_all()),
            (call.bytes.sent, call.bytes.received)
        );
        assert_eq!((sums.sent.other, sums.received.other), (0, 0));
    }
    let edge = EdgeKey { caller: "shopfront".into(), callee: "greeter".into() };
    eventually("the unseen client in the picture", || {
        let snapshot = desk.session.snapshot();
        let edge = snapshot.edges.get(&edge)?;
        (edge.total.n_calls == 12 && edge.total.n_open == 0).then_some(())
    })
    .await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_joins_the_trace_that_it_names() {
    let desk = Desk::with_demo().await;
    desk.send(Command::TapService("greeter".into()));
    desk.caught_up().await;
    let made = newest(&desk).await;
    assert_eq!(made.wish.target, desk.instance("greeter-1").unwrap().address.to_string());
    desk.send(Command::CloseTap(made.id));
    let (tap, address) = start(&desk, &made.wish.target).await;
    let context = TraceContext::root();
    let sender = client(address).await;
    answer(&sender, hello("Ada", &[("traceparent", &context.to_string())])).await;
    let view = passed(&desk, tap, 1).await;
    let call = view.calls[0].call.id;
    assert_eq!(view.calls[0].call.trace, context);
    desk.send(Command::ShowTapped { tap, call: Some(call) });
    desk.until("both sides in one trace", |state| {
        let trace = state.shown_answer()?.trace.as_ref()?;
        let client = trace.spans.iter().find(|span| span.span_id == context.span_id)?;
        let server = trace.spans.iter().find(|span| span.parent == Some(context.span_id))?;
        let is_so = (&*client.service, client.kind) == ("shopfront", SpanKind::Client)
            && (&*server.service, server.kind) == ("greeter", SpanKind::Server);
        is_so.then_some(())
    })
    .await;
    // The same words for another call: it is another call.
    answer(&sender, hello("Ada", &[("traceparent", &context.to_string())])).await;
    let again = passed(&desk, tap, 2).await;
    let second = again.calls[1].call.trace;
    assert_eq!(second.trace_id, context.trace_id);
    assert_ne!(second.span_id, context.span_id);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_becomes_a_draft_that_can_be_sent() {
    let desk = Desk::with_demo().await;
    let greeter = desk.instance("greeter-1").unwrap().address.to_string();
    let (tap, address) = start(&desk, &greeter).await;
    answer(&client(address).await, hello("Grace", &[])).await;
    let view = passed(&desk, tap, 1).await;
    desk.until("the schema", |state| (state.tap(tap)?.no_schema.is_none()).then_some(())).await;
    desk.send(Command::DraftOfTapped { tap, call: view.calls[0].call.id });
    let draft = desk
        .until("the draft", |state| {
            let draft = state.draft(state.active?)?;
            (draft.target == greeter && draft.body.contains("Grace")).then(|| Arc::clone(draft))
        })
        .await;
    assert_eq!(desk.session.state().front_tap, None);
    assert_eq!(draft.operation(), "Greeter/SayHello");
    let rows: Vec<_> = draft.metadata.iter().map(|r| (&*r.name, r.stays_in_memory())).collect();
    assert_eq!(rows, [("x-tenant", false), ("authorization", true)]);
    let sent = desk.call_until_known(draft.id).await;
    assert!(shown(&sent).contains("Hello Grace"), "{}", shown(&sent));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tap_that_cannot_start_says_why_and_one_that_stops_frees_its_port() {
    let desk = Desk::without_demo();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    desk.send(Command::NewTap(String::new()));
    let tap = newest(&desk).await;
    let check = async |port: u16, target: &str, fault: TapFault| {
        let wish = TapWish { port, target: target.to_owned(), ..TapWish::default() };
        desk.send(Command::StartTap { tap: tap.id, wish });
        let idle = TapPhase::Idle(Some(fault.clone()));
        desk.until(format!("{fault:?}"), |s| (s.tap(tap.id)?.phase == idle).then_some(())).await;
        let is_it = |kind: &NoticeKind| match kind {
            NoticeKind::TapFailed(told) => (*told == fault).then_some(()),
            _ => None,
        };
        desk.notice("the notice", is_it).await;
    };
    check(port, "localhost:50051", TapFault::PortTaken(port)).await;
    check(9, "localhost:9", TapFault::Itself).await;
    let bad: hoplens::model::TargetError = "nowhere".parse::<hoplens::model::Target>().unwrap_err();
    check(0, "nowhere", TapFault::Target(bad)).await;
    drop(taken);
    let wish = TapWish {
        port,
        target: "localhost:1".to_owned(),
        schema: TapSchema::Loaded,
        ..TapWish::default()
    };
    desk.send(Command::StartTap { tap: tap.id, wish });
    let address = desk.until("it listens", |state| state.tap(tap.id)?.address()).await;
    assert_eq!((address.port(), address.ip().is_loopback()), (port, true));
    // Nobody is there: the client is told as it would be by its own connection, and the person by name.
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    desk.until("why", |state| state.tap(tap.id)?.unreached.clone()).await;
    drop(stream);
    desk.send(Command::StopTap(tap.id));
    eventually("a free port", || TcpListener::bind(("127.0.0.1", port)).ok()).await;
    desk.close().await;
}
