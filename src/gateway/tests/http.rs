//! HTTP/1.1 and HTTP/2 callers, refusals in JSON, swapping and stopping.

use std::sync::Arc;

use ::http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::peers::*;
use crate::gateway::{ConfigSource, DEFAULT_CONFIG};
use crate::model::InstanceState;

/// Tells what it was asked, line by line.
async fn mirror(name: Arc<str>, request: Request<Incoming>) -> Response<AnyBody> {
    let (head, body) = request.into_parts();
    let mut lines = vec![format!("{:?} {} {}", head.version, head.method, head.uri)];
    for (name, value) in &head.headers {
        lines.push(format!("{name}: {}", value.to_str().unwrap()));
    }
    lines.sort();
    let bytes = body.collect().await.unwrap().to_bytes();
    lines.push(String::from_utf8_lossy(&bytes).into_owned());
    let response = Response::builder().status(201).header("x-served-by", &*name);
    response.header("keep-alive", "timeout=5").body(full(lines.join("\n"))).unwrap()
}

#[tokio::test]
async fn both_versions_on_one_port_reach_an_http1_instance() {
    let storefront = instance("storefront-1", mirror).await;
    let bench = bench(&[("storefront", &[&storefront])]).await;
    let gateway = bench.handle.address();
    let post = |uri: &str| {
        let request = Request::post(uri).header("content-type", "application/json");
        request.header("connection", "x-secret").header("x-secret", "1")
    };
    let one = post("/carts/ada/items?x=%20").header("host", "localhost:8080");
    let one = http1(gateway, one.body(full("{\"sku\":1}")).unwrap()).await;
    let two = Request::post("http://localhost:8080/carts/ada/items?x=%20");
    let two = two.header("content-type", "application/json").body(full("{\"sku\":1}")).unwrap();
    let mut sender = http2(gateway).await;
    let two = Answer::read(sender.send_request(two).await.unwrap()).await;
    for answer in [one, two] {
        assert_eq!((answer.status, answer.header("x-served-by")), (201, "storefront-1"));
        assert_eq!(answer.header("keep-alive"), "");
        let seen: Vec<_> = answer.body.lines().filter(|l| !l.starts_with("traceparent")).collect();
        assert_eq!(
            seen,
            [
                "HTTP/1.1 POST /carts/ada/items?x=%20",
                "content-length: 9",
                "content-type: application/json",
                "host: localhost:8080",
                "x-forwarded-for: 127.0.0.1",
                "x-forwarded-host: localhost:8080",
                "x-forwarded-proto: http",
                "{\"sku\":1}",
            ]
        );
    }
}

#[tokio::test]
async fn a_body_streams_through_without_waiting_for_its_end() {
    let echo = |_name, request: Request<Incoming>| async move {
        let body = request.into_body().map_err(|error| panic!("{error}"));
        Response::new(AnyBody::new(body))
    };
    let storefront = instance("storefront-1", echo).await;
    let bench = bench(&[("storefront", &[&storefront])]).await;
    let (feed, body) = channel();
    let request = Request::post("http://localhost/checkout").body(body).unwrap();
    let mut sender = http2(bench.handle.address()).await;
    let mut answer = sender.send_request(request).await.unwrap().into_body();
    for word in ["one", "two", "three"] {
        feed.send(hyper::body::Frame::data(word.into())).await.unwrap();
        let frame = answer.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), word);
    }
    drop(feed);
    assert!(
        answer.frame().await.is_none_or(|frame| frame.unwrap().into_data().unwrap().is_empty())
    );
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let size = |_name, request: Request<Incoming>| async move {
        let n_bytes = request.into_body().collect().await.unwrap().to_bytes().len();
        Response::new(full(vec![b'x'; n_bytes]))
    };
    let storefront = instance("storefront-1", size).await;
    let bench = bench(&[("storefront", &[&storefront])]).await;
    let request = Request::post("/checkout").header("host", "h");
    let request = request.body(full(vec![b'y'; 5_000_000])).unwrap();
    let answer = http1(bench.handle.address(), request).await;
    assert_eq!((answer.status, answer.body.len()), (200, 5_000_000));
}

#[tokio::test]
async fn each_refusal_names_its_step_and_reason() {
    let storefront = instance("storefront-1", mirror).await;
    let gone = storefront.endpoint.clone();
    let bench = bench(&[("storefront", &[&storefront]), ("greeter", &[])]).await;
    let gateway = bench.handle.address();
    drop(storefront);
    // The listener closes when its task is polled the next time.
    let mut refused = http1(gateway, get("/products")).await;
    while refused.status != 502 || refused.json()["reason"] != "connect_failed" {
        refused = http1(gateway, get("/products")).await;
    }
    let check = |answer: &Answer, status: u16, step: &str, reason: &str, detail: &str| {
        let json = answer.json();
        assert_eq!(answer.status, status, "{json}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(json["gateway"], "hoplens");
        assert_eq!(json["status"], status);
        assert_eq!((json["step"].as_str(), json["reason"].as_str()), (Some(step), Some(reason)));
        assert_eq!(json["detail"], detail);
        assert_eq!(json["trace_id"].as_str().map(str::len), Some(32));
    };
    let detail = format!("cannot connect to storefront-1 at {}: Connection refused", gone.address);
    check(&refused, 502, "connect", "connect_failed", &detail);
    assert_eq!(refused.json()["rule"], "HTTPRoute demo/storefront rule 1");

    let answer = http1(gateway, get("/nothing")).await;
    check(&answer, 404, "route", "no_route", "no route for GET /nothing on host localhost");
    let answer = http1(gateway, get("/products/../stock")).await;
    check(&answer, 400, "accept", "bad_request", "the path has dot segments");

    bench.endpoints.send_modify(|endpoints| Arc::make_mut(endpoints).set("storefront", vec![]));
    let answer = http1(gateway, get("/products")).await;
    check(&answer, 503, "balance", "no_endpoint", "storefront has no healthy endpoint");
    bench.endpoints.send_replace(Arc::default());
    let answer = http1(gateway, get("/products")).await;
    check(&answer, 503, "balance", "unknown_backend", "no service is called storefront");
}

#[tokio::test]
async fn a_guarded_route_wants_its_key() {
    let inventory = instance("inventory-1", mirror).await;
    let bench = bench(&[("inventory", &[&inventory])]).await;
    let ask = |key: Option<&'static str>| {
        let mut request = get("/stock/sku-1");
        if let Some(key) = key {
            request.headers_mut().insert("x-api-key", key.parse().unwrap());
        }
        http1(bench.handle.address(), request)
    };
    let check = |answer: &Answer, detail: &str| {
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "ApiKey"));
        assert_eq!(answer.json()["detail"], detail);
        assert_eq!(answer.json()["rule"], "SecurityPolicy demo/inventory-key");
        assert!(!answer.body.contains("wrong-one"));
    };
    check(&ask(None).await, "an API key is needed in the header x-api-key");
    check(&ask(Some("wrong-one")).await, "the API key in the header x-api-key is not known");
    assert_eq!(ask(Some("hoplens-demo-key")).await.status, 201);
}

#[tokio::test]
async fn a_timer_that_runs_out_is_named() {
    let hang = |_name, _request| std::future::pending();
    let storefront = instance("storefront-1", hang).await;
    let text = DEFAULT_CONFIG.replace("request: 15s", "request: 30s\n        backendRequest: 20ms");
    let bench = bench_with(&text, &[("storefront", &[&storefront])]).await;
    let answer = http1(bench.handle.address(), get("/products")).await;
    assert_eq!((answer.status, &answer.json()["reason"]), (504, &"timed_out".into()));
    let address = storefront.endpoint.address;
    let detail = format!(
        "no answer from storefront-1 at {address}: timeouts.backendRequest of 20 ms ran out"
    );
    assert_eq!(answer.json()["detail"], detail);
}

#[tokio::test]
async fn a_kept_connection_that_the_instance_closed_is_replaced() {
    let storefront = instance("storefront-1", mirror).await;
    let address = storefront.endpoint.address;
    let bench = bench(&[("storefront", &[&storefront])]).await;
    assert_eq!(http1(bench.handle.address(), get("/products")).await.status, 201);
    drop(storefront);
    eventually("the port is free", || std::net::TcpListener::bind(address).is_ok()).await;
    let again = tokio::net::TcpListener::bind(address).await.unwrap();
    let serve = tokio::spawn(async move {
        let (stream, _) = again.accept().await.unwrap();
        let service = hyper::service::service_fn(|_| async {
            Ok::<_, std::convert::Infallible>(Response::new(full("again")))
        });
        let builder = hyper::server::conn::http1::Builder::new();
        drop(builder.serve_connection(hyper_util::rt::TokioIo::new(stream), service).await);
    });
    assert_eq!(http1(bench.handle.address(), get("/products")).await.body, "again");
    serve.abort();
}

#[tokio::test]
async fn a_bad_configuration_changes_nothing_and_a_good_one_swaps() {
    let storefront = instance("storefront-1", mirror).await;
    let bench = bench(&[("storefront", &[&storefront])]).await;
    let gateway = bench.handle.address();
    let set = |from: &str, to: &str| {
        let text = DEFAULT_CONFIG.replace(from, to);
        bench.handle.set_config(&ConfigSource { name: "new.yaml".into(), text })
    };
    let problems = set("value: /products", "valu: /products").unwrap_err();
    assert_eq!(bench.handle.problems(), problems);
    assert!(problems[0].place.is_some());
    assert_eq!(http1(gateway, get("/products")).await.status, 201);
    assert_eq!(set("value: /products", "value: /goods"), Ok(vec![]));
    assert_eq!(bench.handle.problems(), []);
    assert_eq!(http1(gateway, get("/products")).await.status, 404);
    assert_eq!(http1(gateway, get("/goods")).await.status, 201);
}

#[tokio::test]
async fn stopping_drains_and_frees_the_port() {
    let (release, released) = tokio::sync::watch::channel(false);
    let wait = move |_name, _request| {
        let mut released = released.clone();
        async move {
            released.wait_for(|is| *is).await.unwrap();
            Response::new(full("late"))
        }
    };
    let storefront = instance("storefront-1", wait).await;
    let bench = bench(&[("storefront", &[&storefront])]).await;
    let gateway = bench.handle.address();
    assert_eq!(bench.handle.topology().edges.len(), 9);
    let call = tokio::spawn(http1(gateway, get("/products")));
    let mut reports = bench.reports;
    reports.receiver.recv().await.unwrap();
    bench.handle.stop();
    eventually("draining", || bench.handle.state() == InstanceState::Draining).await;
    release.send_replace(true);
    assert_eq!(call.await.unwrap().body, "late");
    bench.running.await.unwrap();
    assert_eq!(bench.handle.state(), InstanceState::Stopped);
    assert!(std::net::TcpListener::bind(gateway).is_ok());
}

#[tokio::test]
async fn a_taken_port_is_replaced_and_told() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let (_endpoints, watched) = tokio::sync::watch::channel(Arc::default());
    let (recorder, _reports) = crate::telemetry::Recorder::channel(crate::model::Clock::start(), 1);
    let options = crate::gateway::GatewayOptions { port: Some(port), ..Default::default() };
    let (_gateway, handle) =
        crate::gateway::Gateway::bind(options, watched, recorder).await.unwrap();
    assert_eq!(handle.wanted_port(), Some(port));
    assert_ne!(handle.address().port(), port);
}
