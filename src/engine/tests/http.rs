//! HTTP calls.

use std::sync::atomic::Ordering;

use super::peers::{http_server, scripted};
use super::*;
use crate::wire::{WireKind, walk};

fn http_outcome(call: &Call) -> (u16, &str) {
    match &call.outcome {
        Some(Outcome::Http { status, reason }) => (*status, reason),
        other => panic!("{other:?}"),
    }
}

fn body(call: &Call) -> String {
    call.received().map(|m| String::from_utf8_lossy(&m.bytes).into_owned()).collect()
}

#[tokio::test]
async fn a_post_and_another_on_the_kept_connection() {
    let (address, seen) = http_server().await;
    let (engine, _reports) = engine();
    let mut request = http("POST", &format!("http://{address}/a?b=c"), "hello");
    request.headers.push("X-Mine", "1");
    for is_kept in [false, true] {
        let call = run(&engine, request.clone()).await;
        assert_eq!(http_outcome(&call), (200, "OK"));
        assert_eq!(body(&call), "POST /a?b=c\nhello");
        assert_eq!(call.connection.as_ref().unwrap().is_kept, is_kept);
        let kinds = walk(&call.recording).into_iter().map(|item| match item.kind {
            WireKind::Http1Head(_) => "head",
            WireKind::Http1Body => "body",
            _ => "?",
        });
        assert_eq!(kinds.collect::<Vec<_>>(), ["head", "body", "head", "body"]);
    }
    assert_eq!(seen.n_connections.load(Ordering::SeqCst), 1);
    let headers = seen.headers.lock().clone().unwrap();
    assert_eq!(headers.get("host").unwrap(), &address.to_string());
    assert_eq!(headers.get("content-length").unwrap(), "5");
}

#[tokio::test]
async fn any_status_is_an_outcome() {
    let (engine, _reports) = engine();
    let check = async |answer: &'static [u8], expected: (u16, &str), text: &str| {
        let address = scripted(vec![(answer, false)]).await;
        let call = run(&engine, http("GET", &format!("http://{address}/"), "")).await;
        assert_eq!((http_outcome(&call), body(&call).as_str()), (expected, text));
    };
    check(
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops",
        (500, "Internal Server Error"),
        "oops",
    )
    .await;
    check(b"HTTP/1.1 200 Fine\r\n\r\nto the end", (200, "Fine"), "to the end").await;
    check(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
        (200, "OK"),
        "abcde",
    )
    .await;
    check(b"HTTP/1.1 204 No Content\r\n\r\n", (204, "No Content"), "").await;
}

#[tokio::test]
async fn answers_that_are_none() {
    let (engine, _reports) = engine();
    let check = async |answer: &'static [u8]| {
        let address = scripted(vec![(answer, false)]).await;
        let call = run(&engine, http("GET", &format!("http://{address}/"), "")).await;
        failure(&call).clone()
    };
    let cut = check(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").await;
    assert!(matches!(cut, CallFailure::Broken { .. }), "{cut:?}");
    let none = check(b"SSH-2.0-OpenSSH_9\r\n\r\n").await;
    assert!(matches!(none, CallFailure::Protocol { expected: "HTTP/1.1", .. }), "{none:?}");
    let alert = check(b"\x15\x03\x01\0\x02\x02\x16").await;
    assert!(matches!(alert, CallFailure::TlsPeer { .. }), "{alert:?}");

    let address = scripted(vec![(b"", true)]).await;
    let mut request = http("GET", &format!("http://{address}/"), "");
    request.deadline = Some(Duration::from_millis(50));
    let call = run(&engine, request).await;
    assert_eq!(failure(&call), &CallFailure::Deadline { millis: 50 });
}

#[tokio::test]
async fn a_kept_connection_that_the_peer_closed_is_replaced_before_use() {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    let (engine, _reports) = engine();
    let address = scripted(vec![(ANSWER, false), (ANSWER, false), (ANSWER, true)]).await;
    for _ in 0..3 {
        let call = run(&engine, http("POST", &format!("http://{address}/"), "x")).await;
        assert_eq!(http_outcome(&call), (200, "OK"));
        assert!(!call.connection.as_ref().unwrap().is_kept);
    }
}

#[tokio::test]
async fn an_idle_connection_that_ends_later_is_replaced_too() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (engine, _reports) = engine();
    let request = http("POST", &format!("http://{address}/"), "x");
    for _ in 0..2 {
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = vec![0; 1000];
            while !seen.ends_with(b"x") {
                let n = stream.read(&mut seen[..]).await.unwrap();
                seen.truncate(n);
            }
            stream.write_all(ANSWER).await.unwrap();
            stream
        };
        let (stream, call) = tokio::join!(serve, run(&engine, request.clone()));
        assert_eq!(http_outcome(&call), (200, "OK"));
        assert!(!call.connection.as_ref().unwrap().is_kept);
        // The end reaches the kept connection while it is idle.
        drop(stream);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_is_a_target_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        super::peers::serve_grpc(stream, std::sync::Arc::default()).await;
    });
    let (engine, _reports) = engine();
    let call = run(&engine, grpc(&format!("unix:{}", path.display()), "Echo", b"hi")).await;
    assert_eq!(grpc_outcome(&call).0, Code::Ok);
}
