use super::*;
use crate::model::{Span, SpanStatus, Trace};
use crate::telemetry::testing::{SpanExt as _, at, client, order, server};

fn trace(spans: Vec<Span>) -> Trace {
    Trace { id: spans[0].trace_id, spans: spans.into_iter().map(Arc::new).collect() }
}

fn seen(direction: Direction, millis: u64, words: &str) -> Seen {
    let (at, words) = (at(millis), words.to_owned());
    Seen { direction, at, ended: at, n_bytes: 10, words, is_failed: false }
}

/// `0 client>gateway-1 +2 POST 10B`.
fn words(sequence: &Sequence) -> Vec<String> {
    let name = |idx: usize| &*sequence.lifelines[idx];
    let line = |arrow: &Arrow| {
        let after = arrow.at.since(sequence.began).as_millis();
        let took = arrow.took.map(|took| format!(" +{}", took.as_millis())).unwrap_or_default();
        let what = match &arrow.label {
            Label::Seen(words) => words.clone(),
            Label::Asked(name) => format!("ask {name}"),
            Label::Ok => "ok".to_owned(),
            Label::Failed(cause) => format!("failed {cause}"),
            Label::More(n) => format!("{n} more"),
        };
        let size = arrow.n_bytes.map(|n| format!(" {n}B")).unwrap_or_default();
        format!("{after} {}>{}{took} {what}{size}", name(arrow.from), name(arrow.to))
    };
    sequence.arrows.iter().map(line).collect()
}

#[test]
fn spans_alone_tell_who_asked_whom() {
    let sequence = Sequence::of(Some(&trace(order(1))), &[], at(100));
    let name = "Charge";
    assert_eq!(
        *sequence.lifelines,
        ["client", "gateway-1", "orders-1", "payment-2"].map(Arc::from)
    );
    let told = words(&sequence);
    assert_eq!(told[2], format!("10 orders-1>payment-2 +1 ask {name}"));
    assert_eq!(told[3], "39 payment-2>orders-1 +1 ok");
    assert_eq!((told.len(), told[5].as_str()), (6, "49 gateway-1>client +1 ok"));
    // The gateway, orders and payment worked; without a call of ours nobody knows how long the client waited.
    let works: Vec<_> = sequence.works.iter().map(|work| (work.lifeline, work.took)).collect();
    let ms = Duration::from_millis;
    assert_eq!(works, [(1, ms(48)), (2, ms(44)), (3, ms(28))]);
    assert_eq!(sequence.total, ms(50));
}

#[test]
fn bytes_take_the_place_of_their_span_at_both_ends() {
    use Direction::{Received, Sent};
    let spans = vec![
        client("client", 1, None).ran(0, 50).peer("127.0.0.1:8080"),
        server("gateway", 2, Some(1)).ran(5, 45).by("gateway-1"),
    ];
    let call = SeenCall {
        asked_by: Some(spans[0].span_id),
        peer: "127.0.0.1:8080".into(),
        caller: vec![seen(Sent, 1, "POST"), seen(Sent, 2, "body"), seen(Received, 40, "200")],
        callee: vec![seen(Sent, 4, "POST"), seen(Sent, 6, "body"), seen(Received, 38, "200")],
    };
    let sequence = Sequence::of(Some(&trace(spans)), std::slice::from_ref(&call), at(100));
    let both = [
        "0 client>gateway-1 +3 POST 10B",
        "1 client>gateway-1 +4 body 10B",
        "37 gateway-1>client +2 200 10B",
    ];
    assert_eq!(words(&sequence), both);
    assert_eq!(sequence.arrows[2].seen, Some((0, 2)));
    // A call whose callee sends no spans is drawn from the caller's end.
    let alone = SeenCall { asked_by: None, callee: Vec::new(), ..call };
    let sequence = Sequence::of(None, &[alone], at(100));
    let lines = ["0 client>127.0.0.1:8080 POST 10B", "1 client>127.0.0.1:8080 body 10B"];
    assert_eq!(words(&sequence)[..2], lines);
    assert_eq!(words(&sequence)[2], "39 127.0.0.1:8080>client 200 10B");
}

#[test]
fn a_call_that_runs_or_failed_and_one_of_many_messages() {
    let running = vec![client("client", 1, None).from(3).peer("greeter")];
    let sequence = Sequence::of(Some(&trace(running)), &[], at(10));
    assert_eq!(words(&sequence).len(), 1);
    let mut failed = client("client", 1, None).ran(0, 5).peer("greeter");
    failed.status = SpanStatus::Error("UNAVAILABLE".into());
    let sequence = Sequence::of(Some(&trace(vec![failed])), &[], at(10));
    assert_eq!(words(&sequence)[1], "5 greeter>client failed UNAVAILABLE");
    assert!(sequence.arrows[1].is_failed && sequence.arrows[1].is_answer);
    let many = (0..1_000).map(|n| seen(Direction::Received, n, "message")).collect();
    let call = SeenCall { caller: many, peer: "x".into(), ..SeenCall::default() };
    let sequence = Sequence::of(None, &[call], at(10));
    assert_eq!(sequence.arrows.len(), 25);
    assert_eq!(sequence.arrows[12].label, Label::More(976));
    assert_eq!(Sequence::of(None, &[], at(10)), Sequence::default());
}

#[test]
fn rows_grow_with_time() {
    let sequence = Sequence::of(Some(&trace(order(1))), &[], at(100));
    let rows: Vec<_> = (0..=50).map(|millis| sequence.row_of(at(millis))).collect();
    assert!(rows.is_sorted(), "{rows:?}");
    assert_eq!((rows[0], rows[2], rows[10]), (0.0, 1.0, 2.0));
    assert!(rows[30] > 2.5 && rows[30] < 3.0);
}
