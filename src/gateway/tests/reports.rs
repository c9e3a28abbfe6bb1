//! What the gateway reports: spans, the trace that goes on, the trail.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::http::{Request, Response};
use hyper::body::Incoming;

use super::grpc::{call, service};
use super::peers::*;
use crate::model::{Span, SpanKind, SpanStatus, Step, TraceContext, Trail, Verdict};
use crate::telemetry::{Report, Reports};

/// Takes reports until the trail and the end of every span are there.
async fn collect(reports: &mut Reports) -> (Vec<Arc<Span>>, Arc<Trail>) {
    let mut spans = BTreeMap::new();
    let mut trail = None;
    let mut order = Vec::new();
    loop {
        match reports.receiver.recv().await.unwrap() {
            Report::Trail(_, done) => trail = Some(done),
            Report::Leg(..) => panic!("nobody watches"),
            Report::Span(span) => {
                if !order.contains(&span.span_id) {
                    assert_eq!((&span.status, span.ended), (&SpanStatus::Running, None));
                    order.push(span.span_id);
                }
                spans.insert(span.span_id, span);
            }
        }
        if let Some(trail) = &trail
            && spans.values().all(|span| span.ended.is_some())
        {
            return (order.iter().map(|id| Arc::clone(&spans[id])).collect(), Arc::clone(trail));
        }
    }
}

async fn say_trace(_name: Arc<str>, request: Request<Incoming>) -> Response<AnyBody> {
    let line = |name: &str| request.headers().get(name).map_or("", |v| v.to_str().unwrap());
    Response::new(full(format!("{}|{}", line("traceparent"), line("tracestate"))))
}

#[tokio::test]
async fn the_trace_goes_on_under_the_trys_span() {
    let storefront = instance("storefront-1", say_trace).await;
    let mut bench = bench(&[("storefront", &[&storefront])]).await;
    let caller = TraceContext::root();
    let mut request = get("/products/7");
    request.headers_mut().insert("traceparent", caller.to_string().parse().unwrap());
    request.headers_mut().insert("tracestate", "a=b".parse().unwrap());
    let answer = http1(bench.handle.address(), request).await;
    let (seen, state) = answer.body.split_once('|').unwrap();
    let seen = TraceContext::parse(seen).unwrap();
    let (spans, trail) = collect(&mut bench.reports).await;
    let [server, client] = &spans[..] else { panic!("{spans:#?}") };
    assert_eq!((seen.trace_id, state), (caller.trace_id, "a=b"));
    assert_eq!((server.trace_id, server.parent), (caller.trace_id, Some(caller.span_id)));
    assert_eq!((client.trace_id, client.parent), (caller.trace_id, Some(server.span_id)));
    assert_eq!(seen.span_id, client.span_id);
    assert_eq!((server.kind, &*server.service), (SpanKind::Server, "gateway"));
    assert_eq!((client.kind, client.peer.as_deref()), (SpanKind::Client, Some("storefront")));
    assert_eq!((&*server.name, server.instance.as_deref()), ("GET /products", Some("gateway-1")));
    assert_eq!(client.text_attribute("peer.instance"), Some("storefront-1"));
    assert_eq!((&server.status, &client.status), (&SpanStatus::Ok, &SpanStatus::Ok));
    assert!(server.started <= client.started && client.ended <= server.ended);

    let rule = "HTTPRoute demo/storefront rule 1";
    let Step::Accept = trail.iter().next().unwrap().step else { panic!("{trail:?}") };
    let endpoint = storefront.endpoint.clone();
    let expect = [
        (Step::Accept, Verdict::Passed, ""),
        (Step::Route, Verdict::Passed, rule),
        (Step::Authenticate, Verdict::Skipped, rule),
        (
            Step::Balance,
            Verdict::Picked { instance: endpoint.instance, address: endpoint.address },
            rule,
        ),
        (Step::Connect, Verdict::Passed, rule),
        (Step::Forward, Verdict::Answered { status: 200 }, rule),
    ];
    let got: Vec<_> =
        trail.iter().map(|entry| (entry.step, entry.verdict.clone(), &*entry.rule)).collect();
    assert_eq!(got, expect);
}

#[tokio::test]
async fn a_refusal_ends_the_trail_and_the_span() {
    let mut bench = bench(&[]).await;
    let request = get("/stock");
    assert_eq!(http1(bench.handle.address(), request).await.status, 401);
    let (spans, trail) = collect(&mut bench.reports).await;
    assert_eq!(spans.len(), 1);
    // The server did its part: it is the caller who erred.
    assert_eq!(spans[0].status, SpanStatus::Ok);
    let refusal = trail.refusal().unwrap();
    assert_eq!((refusal.step, &refusal.verdict), (Step::Authenticate, &Verdict::Unauthenticated));
    assert_eq!(trail.iter().count(), 3);
}

#[tokio::test]
async fn a_grpc_status_in_the_trailers_ends_the_spans() {
    let greeter = instance("greeter-1", service).await;
    let mut bench = bench(&[("greeter", &[&greeter])]).await;
    let mut sender = http2(bench.handle.address()).await;
    let mut check = async |method: &str, status: SpanStatus| {
        let request = call(&format!("/Greeter/{method}"), full("\0\0\0\0\0"));
        Answer::read(sender.send_request(request).await.unwrap()).await;
        let (spans, _) = collect(&mut bench.reports).await;
        assert_eq!(spans.len(), 2);
        for span in spans {
            assert_eq!((&*span.name, &span.status), (&*format!("Greeter/{method}"), &status));
        }
    };
    check("SayHello", SpanStatus::Ok).await;
    check("Refuse", SpanStatus::Error("PERMISSION_DENIED".into())).await;
}

#[tokio::test]
async fn a_caller_that_leaves_ends_the_spans_as_cancelled() {
    let hang = |_name, _request| std::future::pending();
    let greeter = instance("greeter-1", hang).await;
    let mut bench = bench(&[("greeter", &[&greeter])]).await;
    let mut sender = http2(bench.handle.address()).await;
    let (_feed, body) = channel();
    let pending = tokio::spawn(sender.send_request(call("/Greeter/SayHello", body)));
    let first = bench.reports.receiver.recv().await.unwrap();
    let Report::Span(server) = first else { panic!("{first:?}") };
    pending.abort();
    let mut n_cancelled = 0;
    while n_cancelled < 2 {
        if let Report::Span(span) = bench.reports.receiver.recv().await.unwrap() {
            assert_eq!(span.trace_id, server.trace_id);
            n_cancelled += usize::from(span.status == SpanStatus::Error("cancelled".into()));
        }
    }
}
