//! gRPC through the gateway: statuses, trailers, streams, deadlines, cancelling.

use std::sync::Arc;

use ::http::{Request, Response};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, Incoming};
use tokio::sync::watch;

use super::peers::*;

/// A service with one method for each way to answer.
pub(super) async fn service(name: Arc<str>, request: Request<Incoming>) -> Response<AnyBody> {
    let response = Response::builder().header("content-type", "application/grpc");
    let response = response.header("x-served-by", &*name);
    let seen =
        |name: &str| request.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    let response = response.header("x-te", seen("te")).header("x-timeout", seen("grpc-timeout"));
    let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    if method == "Refuse" {
        return response.header("grpc-status", "7").body(empty()).unwrap();
    }
    let (feed, body) = channel();
    let mut messages = request.into_body();
    tokio::spawn(async move {
        // Every kind of call: what comes in goes out, message by message, until the caller is done.
        while let Some(Ok(frame)) = messages.frame().await {
            if feed.send(frame).await.is_err() {
                return;
            }
        }
        match method.as_str() {
            "Stall" => feed.closed().await,
            _ => feed.send(trailers(&[("grpc-status", "0"), ("x-end", "1")])).await.unwrap(),
        }
    });
    response.body(body).unwrap()
}

pub(super) fn call(path: &str, body: AnyBody) -> Request<AnyBody> {
    let request = Request::post(format!("http://localhost:8080{path}"));
    let request = request.header("content-type", "application/grpc").header("te", "trailers");
    request.body(body).unwrap()
}

const HELLO: &[u8] = b"\0\0\0\0\x05\x0a\x03ada";

#[tokio::test]
async fn a_unary_call_comes_back_with_its_trailers_and_instances_take_turns() {
    let (one, two) = (instance("greeter-1", service).await, instance("greeter-2", service).await);
    let bench = bench(&[("greeter", &[&one, &two])]).await;
    let mut sender = http2(bench.handle.address()).await;
    let mut served = Vec::new();
    for _ in 0..4 {
        let response = sender.send_request(call("/Greeter/SayHello", full(HELLO))).await.unwrap();
        let answer = Answer::read(response).await;
        assert_eq!((answer.status, answer.body.as_bytes()), (200, HELLO));
        assert_eq!((answer.trailer("grpc-status"), answer.trailer("x-end")), ("0", "1"));
        assert_eq!((answer.header("x-te"), answer.header("x-timeout")), ("trailers", ""));
        served.push(answer.header("x-served-by").to_owned());
    }
    assert_eq!(served, ["greeter-1", "greeter-2", "greeter-1", "greeter-2"]);
}

#[tokio::test]
async fn a_bidirectional_stream_goes_message_by_message() {
    let greeter = instance("greeter-1", service).await;
    let bench = bench(&[("greeter", &[&greeter])]).await;
    let (feed, body) = channel();
    let mut sender = http2(bench.handle.address()).await;
    let mut answer = sender.send_request(call("/Greeter/Chat", body)).await.unwrap().into_body();
    for message in ["\0\0\0\0\x01a", "\0\0\0\0\x01b"] {
        feed.send(Frame::data(Bytes::from(message))).await.unwrap();
        let frame = answer.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), message);
    }
    drop(feed);
    let mut last = answer.frame().await.unwrap().unwrap();
    while last.is_data() {
        last = answer.frame().await.unwrap().unwrap();
    }
    assert_eq!(last.into_trailers().unwrap()["grpc-status"], "0");
}

#[tokio::test]
async fn statuses_are_the_services_own_or_say_that_they_are_the_gateways() {
    let greeter = instance("greeter-1", service).await;
    let cart = instance("cart-1", service).await;
    let gone = cart.endpoint.address;
    let services: &[(&str, &[&Instance])] =
        &[("greeter", &[&greeter]), ("cart", &[&cart]), ("orders", &[])];
    let bench = bench(services).await;
    drop(cart);
    // Bound and not listened on: whoever calls is refused, and no other test can take the port.
    let mut held = None;
    eventually("the port is free", || {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        held = socket.bind(gone).is_ok().then_some(socket);
        held.is_some()
    })
    .await;
    let mut sender = http2(bench.handle.address()).await;
    let mut check = async |path: &str, status: &str, message: &str| {
        let response = sender.send_request(call(path, full(HELLO))).await.unwrap();
        let answer = Answer::read(response).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{path}");
        let got = (answer.header("grpc-status"), answer.header("grpc-message"));
        assert_eq!(got, (status, message), "{path}");
    };
    check("/Greeter/Refuse", "7", "").await;
    let detail = "gateway route: no route for gRPC /Nobody/Knows on host localhost";
    check("/Nobody/Knows", "12", detail).await;
    let detail = "gateway balance: orders has no healthy endpoint";
    check("/shop.orders.v1.Orders/PlaceOrder", "14", detail).await;
    let detail = "gateway balance: no service is called pricing";
    check("/shop.pricing.v1.Pricing/Quote", "14", detail).await;
    let detail = format!("gateway connect: cannot connect to cart-1 at {gone}: Connection refused");
    check("/shop.cart.v1.Cart/Get", "14", &detail).await;
}

#[tokio::test]
async fn the_callers_deadline_goes_on_and_is_kept() {
    let greeter = instance("greeter-1", service).await;
    let address = greeter.endpoint.address;
    let bench = bench(&[("greeter", &[&greeter])]).await;
    let mut sender = http2(bench.handle.address()).await;
    let mut ask = async |path: &str, timeout: &'static str| {
        let mut request = call(path, full(HELLO));
        request.headers_mut().insert("grpc-timeout", timeout.parse().unwrap());
        Answer::read(sender.send_request(request).await.unwrap()).await
    };
    let answer = ask("/Greeter/SayHello", "60S").await;
    assert_eq!(answer.trailer("grpc-status"), "0");
    let sent = super::super::deadline::parse_grpc_timeout(answer.header("x-timeout")).unwrap();
    assert!(sent < std::time::Duration::from_mins(1), "{sent:?}");
    // The stream has begun, so the status comes in trailers.
    let answer = ask("/Greeter/Stall", "20m").await;
    assert_eq!((answer.body.as_bytes(), answer.trailer("grpc-status")), (HELLO, "4"));
    let message = format!(
        "gateway forward: no answer from greeter-1 at {address}: grpc-timeout of 20 ms ran out"
    );
    assert_eq!(answer.trailer("grpc-message"), message);
    let answer = ask("/Greeter/SayHello", "soon").await;
    assert_eq!(answer.header("grpc-status"), "13");
}

/// Sets its flag when it is dropped: when the work for a request is given up.
struct Flag(watch::Sender<bool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

#[tokio::test]
async fn cancelling_before_the_answer_reaches_the_instance() {
    let (arrived, mut has_arrived) = watch::channel(false);
    let (dropped, mut is_dropped) = watch::channel(false);
    let hang = move |_name, request: Request<Incoming>| {
        let (arrived, flag) = (arrived.clone(), Flag(dropped.clone()));
        async move {
            arrived.send_replace(true);
            std::future::pending::<()>().await;
            drop((request, flag));
            Response::new(empty())
        }
    };
    let greeter = instance("greeter-1", hang).await;
    let bench = bench(&[("greeter", &[&greeter])]).await;
    let mut sender = http2(bench.handle.address()).await;
    let (_feed, body) = channel();
    let pending = tokio::spawn(sender.send_request(call("/Greeter/SayHello", body)));
    soon("has_arrived", has_arrived.wait_for(|is| *is)).await.unwrap();
    assert!(!*is_dropped.borrow());
    pending.abort();
    soon("is_dropped", is_dropped.wait_for(|is| *is)).await.unwrap();
}

#[tokio::test]
async fn cancelling_a_stream_that_runs_reaches_the_instance() {
    let (dropped, mut is_dropped) = watch::channel(false);
    let stall = move |_name, _request| {
        let dropped = dropped.clone();
        let (feed, body) = channel();
        async move {
            feed.send(Frame::data(Bytes::from_static(HELLO))).await.unwrap();
            tokio::spawn(async move {
                feed.closed().await;
                dropped.send_replace(true);
            });
            Response::new(body)
        }
    };
    let greeter = instance("greeter-1", stall).await;
    let bench = bench(&[("greeter", &[&greeter])]).await;
    let mut sender = http2(bench.handle.address()).await;
    let (feed, body) = channel();
    let mut answer = sender.send_request(call("/Greeter/Chat", body)).await.unwrap().into_body();
    assert_eq!(answer.frame().await.unwrap().unwrap().into_data().unwrap(), HELLO);
    assert!(!*is_dropped.borrow());
    // hyper resets a stream when both its halves are dropped.
    drop((feed, answer));
    soon("is_dropped", is_dropped.wait_for(|is| *is)).await.unwrap();
}

#[tokio::test]
async fn an_instance_that_breaks_off_leaves_a_status() {
    let greeter = instance("greeter-1", service).await;
    let address = greeter.endpoint.address;
    let bench = bench(&[("greeter", &[&greeter])]).await;
    let (feed, body) = channel();
    let mut sender = http2(bench.handle.address()).await;
    let response = sender.send_request(call("/Greeter/Chat", body)).await.unwrap();
    feed.send(Frame::data(Bytes::from_static(HELLO))).await.unwrap();
    let mut body = response.into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), HELLO);
    drop(greeter);
    let trailers = body.frame().await.unwrap().unwrap().into_trailers().unwrap();
    let message = trailers["grpc-message"].to_str().unwrap();
    assert_eq!(trailers["grpc-status"], "14");
    let begin = format!("gateway forward: greeter-1 at {address} broke off: ");
    assert!(message.starts_with(&begin), "{message}");
}

#[tokio::test]
async fn a_deadline_that_passes_ends_the_request_that_still_flows() {
    let (ended, mut has_ended) = watch::channel(false);
    let listen = move |_name, request: Request<Incoming>| {
        let ended = ended.clone();
        let (feed, body) = channel();
        async move {
            tokio::spawn(async move {
                let mut messages = request.into_body();
                while let Some(Ok(_)) = messages.frame().await {}
                ended.send_replace(true);
                drop(feed);
            });
            Response::new(body)
        }
    };
    let greeter = instance("greeter-1", listen).await;
    let bench = bench(&[("greeter", &[&greeter])]).await;
    let mut sender = http2(bench.handle.address()).await;
    let (_feed, body) = channel();
    let mut request = call("/Greeter/Chat", body);
    request.headers_mut().insert("grpc-timeout", "20m".parse().unwrap());
    let answer = Answer::read(sender.send_request(request).await.unwrap()).await;
    // In the trailers when the answer had begun, else in the headers.
    let status = format!("{}{}", answer.header("grpc-status"), answer.trailer("grpc-status"));
    assert_eq!(status, "4");
    soon("has_ended", has_ended.wait_for(|is| *is)).await.unwrap();
}
