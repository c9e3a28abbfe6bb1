//! Unary gRPC and how it can end.

use std::sync::atomic::Ordering;

use super::peers::{grpc_server, proxy, scripted, serve_one};
use super::*;
use crate::telemetry::Report;
use crate::wire::{FrameType, WireItem, WireKind, walk};

#[tokio::test]
async fn a_call_and_another_on_the_kept_connection() {
    let (address, seen) = grpc_server().await;
    let (engine, mut reports) = engine();
    let mut request = grpc(&format!("localhost:{}", address.port()), "Echo", b"hello");
    request.headers.push("X-Mine", "1");
    let call = run(&engine, request.clone()).await;
    assert_eq!(grpc_outcome(&call), (Code::Ok, StatusOrigin::Trailers));
    assert_eq!(&call.received().next().unwrap().bytes[..], b"hello");
    assert_eq!(call.headers.get_str("x-header"), Some("yes"));
    assert_eq!(call.trailers.get_str("x-trailer"), Some("yes"));
    assert_eq!((call.bytes.payload_sent, call.bytes.payload_received), (5, 5));
    let connection = call.connection.as_ref().unwrap();
    assert!(!connection.is_kept);
    // ::1 is tried first and nobody listens there.
    assert_eq!(connection.attempts.len(), 2);
    assert!(matches!(call.timing.get(Phase::Connect), PhaseTime::Took(_)));
    assert_eq!(call.timing.get(Phase::Tls), PhaseTime::Absent);
    let headers = seen.headers.lock().clone().unwrap();
    assert_eq!(headers.get("traceparent").unwrap(), &call.trace.to_string());
    assert_eq!(headers.get("te").unwrap(), "trailers");
    assert_eq!(headers.get("x-mine").unwrap(), "1");
    assert!(call.request.headers.contains("user-agent"));

    let second = run(&engine, request).await;
    let connection = second.connection.as_ref().unwrap();
    assert!(connection.is_kept && connection.attempts.is_empty());
    assert_eq!(second.timing.get(Phase::Connect), PhaseTime::Kept);
    for phase in [Phase::Send, Phase::Wait, Phase::Receive] {
        assert!(matches!(second.timing.get(phase), PhaseTime::Took(_)), "{phase:?}");
    }
    assert_eq!(seen.n_connections.load(Ordering::SeqCst), 1);
    let streams: Vec<_> = walk(&second.recording)
        .into_iter()
        .filter_map(|item| match item.kind {
            WireKind::Frame(head) if head.kind == FrameType::HEADERS => Some(head.stream),
            _ => None,
        })
        .collect();
    assert_eq!(streams, [3, 3, 3]);

    let mut spans = Vec::new();
    while let Ok(Report::Span(span)) = reports.receiver.try_recv() {
        spans.push(span);
    }
    assert_eq!(spans.len(), 4);
    assert_eq!((&spans[0].status, &spans[1].status), (&SpanStatus::Running, &SpanStatus::Ok));
    assert_eq!(spans[0].span_id, call.trace.span_id);
    assert_eq!(spans[1].text_attribute("rpc.method"), Some("Echo"));
}

#[tokio::test]
async fn every_way_to_end() {
    let (address, _seen) = grpc_server().await;
    let (engine, _reports) = engine();
    let target = address.to_string();
    let status = [
        ("TrailersOnly", Code::NotFound, StatusOrigin::TrailersOnly),
        ("Missing", Code::Unknown, StatusOrigin::Missing),
        ("Many", Code::Ok, StatusOrigin::Trailers),
        ("Reset", Code::Internal, StatusOrigin::Reset(2)),
        ("Nowhere", Code::Unavailable, StatusOrigin::HttpStatus(503)),
    ];
    for (method, code, origin) in status {
        let call = run(&engine, grpc(&target, method, b"")).await;
        assert_eq!(grpc_outcome(&call), (code, origin), "{method}");
        let n_messages = usize::from(method == "Missing") + 2 * usize::from(method == "Many");
        assert_eq!(call.received().count(), n_messages, "{method}");
    }
    let short = run(&engine, grpc(&target, "Short", b"")).await;
    assert_eq!(failure(&short), &CallFailure::CutShort { got: 3, wanted: 9 });
    let packed = run(&engine, grpc(&target, "Compressed", b"")).await;
    let CallFailure::Compression { encoding, .. } = failure(&packed) else { panic!() };
    assert_eq!(encoding, "gzip");
    let html = run(&engine, grpc(&target, "Html", b"")).await;
    assert!(matches!(failure(&html), CallFailure::Protocol { expected: "gRPC", .. }));
    let mut large = grpc(&target, "Echo", &[0; 100]);
    large.max_message_bytes = 99;
    let large = run(&engine, large).await;
    assert_eq!(failure(&large), &CallFailure::TooLarge { size: 100, limit: 99 });
    let mut reserved = grpc(&target, "Echo", b"");
    reserved.headers.push("grpc-timeout", "1S");
    let reserved = run(&engine, reserved).await;
    assert!(matches!(failure(&reserved), CallFailure::BadHeader { .. }));
}

#[tokio::test]
async fn cancel_and_deadline_reach_the_peer_and_the_connection_stays() {
    let (address, seen) = grpc_server().await;
    let (engine, _reports) = engine();
    let request = grpc(&address.to_string(), "Hang", b"");
    let (sender, mut events) = tokio::sync::mpsc::channel(100);
    let handle =
        engine.start(CallId::next(), request.clone(), TraceContext::root(), move |event| {
            sender.try_send(event).unwrap();
        });
    eventually(|| seen.n_started.load(Ordering::SeqCst) == 1).await;
    drop(handle);
    eventually(|| seen.n_dropped.load(Ordering::SeqCst) == 1).await;
    let mut last = None;
    while let Some(event) = events.recv().await {
        last = Some(event);
    }
    let Some(CallEvent::Finished(call)) = last else { panic!("{last:?}") };
    assert_eq!(call.outcome, Some(Outcome::Cancelled));
    let is_reset = |item: &WireItem| match &item.kind {
        WireKind::Frame(head) => head.kind == FrameType::RST_STREAM,
        _ => false,
    };
    assert!(walk(&call.recording).iter().any(is_reset));

    let mut short = request;
    short.deadline = Some(Duration::from_millis(50));
    let call = run(&engine, short).await;
    assert_eq!(grpc_outcome(&call), (Code::DeadlineExceeded, StatusOrigin::Deadline));
    assert!(call.connection.as_ref().unwrap().is_kept);
    eventually(|| seen.n_dropped.load(Ordering::SeqCst) == 2).await;
    assert_eq!(seen.headers.lock().as_ref().unwrap().get("grpc-timeout").unwrap(), "50000000n");
}

#[tokio::test]
async fn a_peer_that_says_goodbye_gets_a_new_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        // Each connection serves one call and then goes away as HTTP/2 servers do.
        while let Ok((stream, _)) = listener.accept().await {
            let seen = std::sync::Arc::default();
            tokio::spawn(serve_one(stream, seen));
        }
    });
    let (engine, _reports) = engine();
    for _ in 0..5 {
        let call = run(&engine, grpc(&address, "Echo", b"hi")).await;
        assert_eq!(grpc_outcome(&call).0, Code::Ok);
    }
}

#[tokio::test]
async fn forty_mebibytes_go_and_come_back_and_the_recording_stays_small() {
    let (address, _seen) = grpc_server().await;
    let (engine, _reports) = engine();
    let message: Vec<u8> = (0..40_u32 << 20).map(|n| (n >> 8) as u8).collect();
    let mut request = grpc(&address.to_string(), "Echo", &message);
    request.deadline = None;
    let call = run(&engine, request).await;
    assert_eq!(grpc_outcome(&call).0, Code::Ok);
    assert!(call.received().next().unwrap().bytes == message);
    assert!(call.bytes.sent > 40 << 20 && call.bytes.received > 40 << 20);
    let kept = |part: &RecordingPart| part.bytes.as_ref().map_or(0, bytes::Bytes::len);
    let kept: usize = call.recording.parts.iter().map(kept).sum();
    assert!((4 << 20..6 << 20).contains(&kept), "{kept}");
    assert_eq!(call.recording.len_of(Direction::Received), call.bytes.received);
    let ends = walk(&call.recording).into_iter().filter(|item| match &item.kind {
        WireKind::Frame(head) => head.ends_stream(),
        _ => false,
    });
    assert_eq!(ends.count(), 2);
}

#[tokio::test]
async fn the_recording_is_what_a_proxy_saw() {
    let (address, _seen) = grpc_server().await;
    let (through, passed) = proxy(address).await;
    let (engine, _reports) = engine();
    let call = run(&engine, grpc(&through.to_string(), "Echo", &vec![7; 50_000])).await;
    assert_eq!(grpc_outcome(&call).0, Code::Ok);
    let sent = call.recording.contiguous(Direction::Sent);
    let received = call.recording.contiguous(Direction::Received);
    assert!(sent.len() > 50_000 && received.len() > 50_000);
    eventually(|| passed.lock().0.len() >= sent.len()).await;
    let passed = passed.lock();
    // A window update may follow after the call's end.
    assert!(passed.0.starts_with(&sent));
    assert!(passed.1.starts_with(&received));
}

#[tokio::test]
async fn peers_that_are_not_what_was_thought() {
    let (engine, _reports) = engine();
    let http1 =
        scripted(vec![(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", false)]).await;
    let call = run(&engine, grpc(&http1.to_string(), "Echo", b"")).await;
    let CallFailure::Protocol { expected: "HTTP/2", cause, .. } = failure(&call) else {
        panic!("{call:?}")
    };
    assert_eq!(cause.to_string(), "HTTP/1.1 400 Bad Request");
    let alert = scripted(vec![(b"\x15\x03\x01\0\x02\x02\x16", false)]).await;
    let call = run(&engine, grpc(&alert.to_string(), "Echo", b"")).await;
    assert!(matches!(failure(&call), CallFailure::TlsPeer { .. }), "{:?}", call.outcome);
    let silent = scripted(vec![(b"", false)]).await;
    let call = run(&engine, grpc(&silent.to_string(), "Echo", b"")).await;
    assert!(matches!(failure(&call), CallFailure::Broken { .. }), "{:?}", call.outcome);
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap().to_string();
    drop(gone);
    let call = run(&engine, grpc(&address, "Echo", b"")).await;
    assert_eq!(failure(&call), &CallFailure::Refused { address });
    assert_eq!(call.connection.as_ref().unwrap().attempts.len(), 1);
    let call = run(&engine, grpc("http://no-such-name.invalid:1", "Echo", b"")).await;
    assert!(matches!(failure(&call), CallFailure::LookUp { .. }), "{:?}", call.outcome);
}

#[tokio::test]
async fn a_transport_carries_what_others_frame() {
    use http_body_util::{BodyExt as _, Full};
    use tower_service::Service as _;
    let (address, _seen) = grpc_server().await;
    let (engine, _reports) = engine();
    let target = address.to_string().parse().unwrap();
    let mut transport = engine.transport(&target, &TlsOptions::default(), None).await.unwrap();
    let body = Full::new(bytes::Bytes::from_static(b"\0\0\0\0\x01x"));
    let request = ::http::Request::post("/t.T/Echo").body(body).unwrap();
    let response = transport.call(request).await.unwrap();
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(&body.to_bytes()[..], b"\0\0\0\0\x01x");
}

#[tokio::test]
async fn what_the_peer_did_not_look_at_is_sent_once_more() {
    use crate::wire::FrameHead;
    let frame = |kind: FrameType, stream, payload: &[u8]| {
        let head = FrameHead { len: payload.len() as u32, kind, flags: 0, stream };
        [&head.write()[..], payload].concat()
    };
    let goaway = |last: u32, code: u32| {
        frame(FrameType::GOAWAY, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat())
    };
    let reset = |code: u32| frame(FrameType::RST_STREAM, 1, &code.to_be_bytes());
    // What the first connection says, how often it does, and what comes of it.
    let check = async |first: Vec<u8>, n_bad: usize, expect: Result<Option<Resent>, &str>| {
        let seen = std::sync::Arc::default();
        let address = refusing(first, n_bad, std::sync::Arc::clone(&seen)).await;
        let (engine, _reports) = engine();
        let call = run(&engine, grpc(&address.to_string(), "Echo", b"hello")).await;
        match expect {
            Ok(resent) => {
                assert_eq!(grpc_outcome(&call), (Code::Ok, StatusOrigin::Trailers));
                assert_eq!(call.resent, resent);
                assert_eq!(call.received().count(), 1);
                assert_eq!(call.messages.len(), 2, "sent once as far as the service saw");
                let timeout = seen.headers.lock().clone().unwrap()["grpc-timeout"].clone();
                let micros =
                    timeout.to_str().unwrap().trim_end_matches('u').parse::<u64>().unwrap();
                assert_eq!(micros < 15_000_000, resent.is_some(), "what is left: {timeout:?}");
            }
            Err(words) => {
                let outcome = format!("{:?}", call.outcome);
                assert!(outcome.contains(words), "{outcome}");
            }
        }
    };
    check(reset(7), 1, Ok(Some(Resent::Refused))).await;
    check(goaway(0, 0), 1, Ok(Some(Resent::GoneAway { code: 0 }))).await;
    check(goaway(0, 11), 1, Ok(Some(Resent::GoneAway { code: 11 }))).await;
    // Once and not more often; and what may have been acted on is not sent again.
    check(reset(7), 2, Err("Unavailable")).await;
    check(reset(8), 1, Err("Cancelled")).await;
    check(reset(2), 1, Err("Internal")).await;
    check(vec![], 0, Ok(None)).await;
}

/// Says this on its first connections, and serves on the others.
async fn refusing(
    answer: Vec<u8>,
    n_bad: usize,
    seen: std::sync::Arc<super::peers::Seen>,
) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        for idx in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            if idx >= n_bad {
                tokio::spawn(serve_one(stream, std::sync::Arc::clone(&seen)));
                continue;
            }
            // Our settings, then the answer when the request is there.
            stream.write_all(b"\0\0\0\x04\0\0\0\0\0").await.unwrap();
            let mut heard = 0;
            let mut piece = [0; 4096];
            while heard < 150 {
                heard += stream.read(&mut piece).await.unwrap();
            }
            stream.write_all(&answer).await.unwrap();
            open.push(stream);
        }
    });
    address
}

#[tokio::test]
async fn a_reader_that_pauses_loses_no_small_message() {
    let (address, _seen) = grpc_server().await;
    let (engine, _reports) = engine();
    let (feed, outbound) = tokio::sync::mpsc::channel(1);
    let (passed, mut messages) = tokio::sync::mpsc::channel(1);
    let (ended, mut end) = tokio::sync::mpsc::channel(1);
    let request = grpc(&address.to_string(), "Flood", b"");
    let ends = Ends { outbound, passed };
    let _call = engine.stream(CallId::next(), request, TraceContext::root(), ends, move |event| {
        if let CallEvent::Finished(call) = event {
            ended.try_send(call).unwrap();
        }
    });
    drop(feed);
    assert!(messages.recv().await.is_some());
    // All that fits the window is there before anybody reads on.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut n_messages = 1;
    while messages.recv().await.is_some() {
        n_messages += 1;
    }
    let call = end.recv().await.unwrap();
    assert_eq!(grpc_outcome(&call), (Code::Ok, StatusOrigin::Trailers));
    assert_eq!(n_messages, super::peers::N_FLOOD);
}
