//! The bytes of watched calls on both sides.

use std::sync::Arc;

use super::grpc::{call, service};
use super::peers::*;
use crate::model::{Direction, Leg, LegSide, TraceContext, TraceId};
use crate::telemetry::{Report, Reports};
use crate::wire::{Exchange, StepKind};

async fn legs(reports: &mut Reports, n_legs: usize) -> Vec<(TraceId, Arc<Leg>)> {
    let mut legs = Vec::new();
    while legs.len() < n_legs {
        if let Report::Leg(id, leg) = reports.receiver.recv().await.unwrap() {
            legs.push((id, leg));
        }
    }
    legs.sort_by_key(|(_, leg)| leg.side != LegSide::Client);
    legs
}

fn says(leg: &Leg, name: &str, direction: Direction) -> Option<String> {
    let read = Exchange::of_stream(&leg.recording, leg.stream);
    read.steps.iter().filter(|step| step.direction == direction).find_map(|step| step.field(name))
}

#[tokio::test]
async fn a_watched_call_among_others_is_seen_on_both_sides() {
    let greeter = instance("greeter-1", service).await;
    let mut bench = bench(&[("greeter", &[&greeter])]).await;
    let mut sender = http2(bench.handle.address()).await;
    let watched = TraceContext::root();
    bench.recorder.watch(watched.trace_id);
    for idx in 0..200 {
        let trace = if idx == 150 { watched } else { TraceContext::root() };
        let mut request = call("/Greeter/Say", full("\0\0\0\0\x02\x0a\0"));
        request.headers_mut().insert("traceparent", trace.to_string().parse().unwrap());
        Answer::read(sender.send_request(request).await.unwrap()).await;
    }
    let legs = legs(&mut bench.reports, 2).await;
    assert!(legs.iter().all(|(id, _)| *id == watched.trace_id));
    let [client, upstream] = [&*legs[0].1, &*legs[1].1];
    assert_eq!((client.asked_by, &client.side), (watched.span_id, &LegSide::Client));
    let address = greeter.endpoint.address;
    let side = LegSide::Upstream { instance: "greeter-1".into(), address };
    assert_eq!(upstream.side, side);
    assert_ne!(upstream.asked_by, watched.span_id);
    for leg in [client, upstream] {
        let read = Exchange::of_stream(&leg.recording, leg.stream);
        let is_message = |direction| {
            move |step: &&crate::wire::Step| {
                step.direction == direction && matches!(step.kind, StepKind::Message(_))
            }
        };
        let asked = read.steps.iter().find(is_message(Direction::Sent)).unwrap();
        assert_eq!(asked.gathered.bytes, b"\0\0\0\0\x02\x0a\0");
        assert!(read.steps.iter().any(|step| is_message(Direction::Received)(&step)));
        assert_eq!(says(leg, ":path", Direction::Sent).as_deref(), Some("/Greeter/Say"));
        assert_eq!(says(leg, "grpc-status", Direction::Received).as_deref(), Some("0"));
        assert!(leg.size() < 8_000, "only its own: {}", leg.size());
    }
    let asked = says(upstream, "traceparent", Direction::Sent).unwrap();
    assert_eq!(TraceContext::parse(&asked).unwrap().span_id, upstream.asked_by);
}

#[tokio::test]
async fn http1_and_a_refusal() {
    let storefront = instance("storefront-1", async |_, _| ::http::Response::new(full("ok"))).await;
    let mut bench = bench(&[("storefront", &[&storefront])]).await;
    let mut check = async |path: &str, n_legs: usize, status: &str| {
        let watched = TraceContext::root();
        bench.recorder.watch(watched.trace_id);
        let mut request = get(path);
        request.headers_mut().insert("traceparent", watched.to_string().parse().unwrap());
        http1(bench.handle.address(), request).await;
        for (_, leg) in legs(&mut bench.reports, n_legs).await {
            let read = Exchange::of_stream(&leg.recording, leg.stream);
            let heads: Vec<_> = read
                .steps
                .iter()
                .filter_map(|step| match &step.kind {
                    StepKind::Http1Head(head) => Some(format!("{:?}", head.start)),
                    _ => None,
                })
                .collect();
            assert_eq!(heads.len(), 2, "{heads:?}");
            assert!(heads[0].contains(path) && heads[1].contains(status), "{heads:?}");
        }
    };
    check("/products", 2, "200").await;
    check("/stock", 1, "401").await;
}
