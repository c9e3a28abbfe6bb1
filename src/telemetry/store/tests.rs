use std::sync::Arc;
use std::time::Instant;

use proptest::prelude::*;

use super::retention::MAX_KEPT;
use super::*;
use crate::model::{CLIENT, GATEWAY, OTHERS};
use crate::telemetry::testing::{SpanExt as _, at, client, order, server, topology, trace_id};

fn store() -> SpanStore {
    let mut store = SpanStore::new(Limits::default());
    store.set_topology(topology());
    store
}

/// What a recorder reports: each span when it starts and when it ends, in the order of time.
fn reports(spans: &[Span]) -> Vec<(Timestamp, Span)> {
    let mut reports = Vec::new();
    for span in spans {
        let running =
            Span { ended: None, status: crate::model::SpanStatus::Running, ..span.clone() };
        reports.push((span.started, running));
        reports.extend(span.ended.map(|ended| (ended, span.clone())));
    }
    reports.sort_by_key(|(at, _)| *at);
    reports
}

fn feed(store: &mut SpanStore, spans: &[Span]) {
    for (now, span) in reports(spans) {
        store.apply(Report::Span(Arc::new(span)), now);
    }
}

fn edge(caller: &str, callee: &str) -> EdgeKey {
    EdgeKey { caller: caller.into(), callee: callee.into() }
}

#[test]
fn a_caller_that_reports_nothing_is_one_of_the_other_clients() {
    let mut store = store();
    feed(&mut store, &[server(GATEWAY, 1, None).ran(0, 7)]);
    let snapshot = store.snapshot(at(60));
    let figures = &snapshot.edges[&edge(OTHERS, GATEWAY)].total;
    assert_eq!((figures.n_calls, figures.n_open, figures.histogram.len()), (1, 0, 1));
}

#[test]
fn a_call_is_counted_on_every_edge_and_service_it_touches() {
    let mut store = store();
    feed(&mut store, &order(1));
    let snapshot = store.snapshot(at(60));
    let keys: Vec<_> = snapshot.edges.keys().cloned().collect();
    assert_eq!(keys, [edge(CLIENT, GATEWAY), edge(GATEWAY, "orders"), edge("orders", "payment")]);
    for (key, took) in [(edge(CLIENT, GATEWAY), 50), (edge("orders", "payment"), 30)] {
        let total = &snapshot.edges[&key].total;
        assert_eq!((total.n_calls, total.n_open, total.n_errors), (1, 0, 0), "{key:?}");
        assert_eq!(total.histogram.max().as_millis(), took, "{key:?}: the caller's duration");
        assert!((total.rate - 0.1).abs() < 1e-9);
    }
    let operations: Vec<_> = snapshot.edges[&edge("orders", "payment")]
        .by_operation
        .keys()
        .map(|name| &**name)
        .collect();
    assert_eq!(operations, ["Charge"]);
    let payment = &snapshot.services["payment"];
    assert_eq!((payment.n_calls, payment.is_external), (1, false));
    assert_eq!(payment.instances["payment-2"].n_calls, 1);
    assert_eq!(snapshot.traces.len(), 1);
    assert_eq!(snapshot.slowest.len(), 1);
    let order: Vec<_> = snapshot.traces[0].spans.iter().map(|span| &*span.service).collect();
    assert_eq!(order, ["client", "gateway", "gateway", "orders", "orders", "payment"]);
}

#[test]
fn a_call_under_way_is_open() {
    let mut store = store();
    let spans: Vec<_> = reports(&order(1)).into_iter().take(6).collect();
    for (now, span) in spans {
        store.apply(Report::Span(Arc::new(span)), now);
    }
    let snapshot = store.snapshot(at(20));
    assert!(snapshot.edges.values().all(|view| view.total.n_open == 1));
    assert_eq!(snapshot.services["payment"].instances["payment-2"].n_open, 1);
    assert_eq!(snapshot.traces[0].ended(), None);
    assert!(snapshot.slowest.is_empty());
}

#[test]
fn a_refused_call_and_a_silent_peer_have_edges_too() {
    let mut store = store();
    feed(&mut store, &[client("orders", 1, None).ran(0, 5).peer("payment").failed()]);
    feed(
        &mut store,
        &[client(CLIENT, 2, None)
            .trace(2)
            .ran(0, 9)
            .peer("127.0.0.1:7001")
            .text("rpc.service", "shop.Catalog")],
    );
    let snapshot = store.snapshot(at(10));
    assert_eq!(snapshot.edges[&edge("orders", "payment")].total.n_errors, 1);
    assert!((snapshot.services["payment"].error_share - 1.0).abs() < 1e-9);
    assert!(!snapshot.services["payment"].is_external);
    assert_eq!(snapshot.edges[&edge(CLIENT, "shop.Catalog")].total.n_calls, 1);
    assert!(snapshot.services["shop.Catalog"].is_external);
}

#[test]
fn health_checks_are_kept_and_not_counted() {
    let mut store = store();
    feed(&mut store, &[client(GATEWAY, 1, None).ran(0, 5).peer("orders").internal()]);
    feed(&mut store, &[server("orders", 2, Some(1)).ran(1, 4).internal()]);
    let snapshot = store.snapshot(at(10));
    assert!(snapshot.edges.is_empty() && snapshot.services.is_empty());
    assert_eq!((snapshot.traces.len(), snapshot.n_spans), (1, 2));
    assert!(snapshot.slowest.is_empty());
}

#[test]
fn what_did_not_change_is_shared_and_a_quiet_store_gives_the_same_picture() {
    let mut store = store();
    feed(&mut store, &order(1));
    let first = store.snapshot(at(60));
    feed(&mut store, &[client(CLIENT, 900, None).trace(2).ran(70, 75).peer("greeter")]);
    let second = store.snapshot(at(80));
    assert!(Arc::ptr_eq(&first.traces[0], &second.traces[0]));
    let key = edge("orders", "payment");
    assert!(Arc::ptr_eq(&first.edges[&key], &second.edges[&key]));
    assert_eq!(second.revision, first.revision + 1);
    // Rates fall for ten seconds, then nothing happens any more.
    let mut now = 80;
    while store.is_decaying() {
        now += 1_000;
        assert!(now < 13_000, "it ends");
        store.snapshot(at(now));
    }
    let last = store.snapshot(at(now));
    assert!(now > 10_000 && !store.is_changed());
    assert!(last.edges.values().all(|view| view.total.rate == 0.0));
    assert!(Arc::ptr_eq(&last, &store.snapshot(at(now + 5_000))));
}

#[test]
fn the_bound_holds_and_the_slowest_and_failed_outlive_it() {
    let mut store = SpanStore::new(Limits { max_bytes: 1 << 20, max_traces: 50 });
    feed(&mut store, &[client(CLIENT, 1, None).trace(1).ran(0, 9_000).peer("slow")]);
    feed(&mut store, &[client(CLIENT, 2, None).trace(2).ran(0, 1).peer("bad").failed()]);
    feed(&mut store, &[client(CLIENT, 3, None).trace(3).from(0).peer("payment")]);
    for number in 10..1_000 {
        feed(&mut store, &[client(CLIENT, number, None).trace(number).ran(0, number).peer("x")]);
    }
    let snapshot = store.snapshot(at(10_000));
    assert_eq!(snapshot.traces.len(), 50);
    assert_eq!(snapshot.slowest.len(), MAX_KEPT);
    assert_eq!(snapshot.slowest[0].id, trace_id(1));
    assert!(store.trace(trace_id(2)).is_some(), "failed ones stay");
    assert!(store.trace(trace_id(3)).is_none() && store.trace(trace_id(20)).is_none());
    assert_eq!(snapshot.n_spans + snapshot.n_evicted, 993);
    assert_eq!(store.entries.len() as u64, snapshot.n_spans);
}

#[test]
fn memory_is_bounded_whatever_one_trace_holds() {
    let max_bytes = 1 << 18;
    let mut store = SpanStore::new(Limits { max_bytes, max_traces: 1_000 });
    for number in 0..4_000 {
        let trace = number / 40;
        feed(&mut store, &[client(CLIENT, number, None).trace(trace).ran(0, number).peer("x")]);
        assert!(store.bytes <= max_bytes, "after {number}");
    }
    let sum: usize = store.entries.values().map(|entry| entry.bytes).sum();
    assert_eq!(sum, store.bytes);
}

#[test]
fn an_evicted_open_call_is_not_open_for_ever() {
    let mut store = SpanStore::new(Limits { max_traces: 2, ..Limits::default() });
    store.set_topology(topology());
    feed(&mut store, &[client("orders", 1, None).trace(1).peer("payment")]);
    assert_eq!(store.snapshot(at(1)).edges[&edge("orders", "payment")].total.n_open, 1);
    feed(&mut store, &order(2));
    feed(&mut store, &order(3));
    assert_eq!(store.snapshot(at(60)).edges[&edge("orders", "payment")].total.n_open, 0);
}

#[test]
fn trails_are_kept_with_their_trace() {
    let mut store = store();
    store.apply(Report::Trail(trace_id(1), Arc::default()), at(0));
    feed(&mut store, &order(1));
    assert_eq!(store.trails(trace_id(1)).len(), 1);
    assert_eq!(store.trails(trace_id(2)).len(), 0);
    assert_eq!(store.snapshot(at(60)).traces.len(), 1);
}

proptest! {
    /// Start after end, child before parent, end without start: the figures are the same.
    #[test]
    fn reports_in_any_order_give_the_same_figures(
        shuffled in Just(reports(&order(1))).prop_shuffle(),
        is_start_lost in proptest::collection::vec(any::<bool>(), 12),
    ) {
        let mut store = store();
        for ((_, span), is_lost) in shuffled.into_iter().zip(is_start_lost) {
            if !(is_lost && span.ended.is_none()) {
                store.apply(Report::Span(Arc::new(span)), at(60));
            }
        }
        let snapshot = store.snapshot(at(61));
        prop_assert_eq!(snapshot.edges.len(), 3);
        for view in snapshot.edges.values() {
            prop_assert_eq!((view.total.n_calls, view.total.n_open), (1, 0));
            prop_assert_eq!(view.total.histogram.len(), 1);
        }
        prop_assert_eq!(snapshot.n_spans, 6);
        prop_assert!(snapshot.services.values().all(|s| s.n_open == 0 && s.n_calls <= 1));
        prop_assert_eq!(snapshot.slowest.len(), 1);
    }
}

/// Prints how long a snapshot takes; nothing is asserted about time.
#[test]
fn time_of_a_snapshot_with_5000_traces() {
    let mut store = store();
    for number in 1..=5_000 {
        feed(&mut store, &order(number));
    }
    store.snapshot(at(60));
    for number in 5_001..=5_010 {
        feed(&mut store, &order(number));
    }
    let began = Instant::now();
    let snapshot = store.snapshot(at(70));
    println!("snapshot of 5000 traces, 10 of them new: {:?}", began.elapsed());
    assert_eq!(snapshot.traces.len(), MAX_TRACES);
}
