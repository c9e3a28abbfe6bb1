//! PING while a call runs, and peers that do not answer it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::peers::grpc_server;
use super::*;
use crate::wire::{FrameHead, FrameType, WireKind, walk};

fn with_keepalive(target: &str, method: &str, keepalive: Option<Keepalive>) -> Request {
    let mut request = grpc(target, method, b"");
    request.keepalive = keepalive;
    request
}

const QUICK: Option<Keepalive> =
    Some(Keepalive { interval: Duration::from_millis(50), timeout: Duration::from_millis(400) });

fn pings(call: &Call, direction: Direction) -> usize {
    let is_ping =
        |kind: &WireKind| matches!(kind, WireKind::Frame(head) if head.kind == FrameType::PING);
    let items = walk(&call.recording).into_iter();
    items.filter(|item| item.direction == direction && is_ping(&item.kind)).count()
}

/// A peer that speaks HTTP/2 until it has read the request, says these frames, and reads no more.
async fn deaf(frames: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).await.unwrap();
        stream.write_all(&frame(FrameType::SETTINGS, 0, 0, b"")).await.unwrap();
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.unwrap();
            let head = FrameHead::read(&head);
            let mut payload = vec![0; head.len as usize];
            stream.read_exact(&mut payload).await.unwrap();
            if head.kind == FrameType::HEADERS {
                break;
            }
        }
        stream.write_all(&frames).await.unwrap();
        std::future::pending::<()>().await;
    });
    address
}

fn frame(kind: FrameType, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let head = FrameHead { len: payload.len() as u32, kind, flags, stream };
    [&head.write()[..], payload].concat()
}

#[tokio::test]
async fn a_call_that_waits_is_pinged_and_lives() {
    let (address, _seen) = grpc_server().await;
    let (engine, _reports) = engine();
    let mut request = with_keepalive(&address.to_string(), "Hang", QUICK);
    request.deadline = Some(Duration::from_millis(900));
    let call = run(&engine, request).await;
    assert_eq!(grpc_outcome(&call), (Code::DeadlineExceeded, StatusOrigin::Deadline));
    assert!(pings(&call, Direction::Sent) > 1, "longer than a peer may be silent");
    assert!(pings(&call, Direction::Received) > 1);
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_named() {
    let (engine, _reports) = engine();
    // Before the head of the answer, and behind it: `:status 200`, `content-type: application/grpc`.
    let head = [b"\x88\x0f\x10\x10".as_slice(), b"application/grpc"].concat();
    for frames in [Vec::new(), frame(FrameType::HEADERS, 4, 1, &head)] {
        let is_answered = !frames.is_empty();
        let address = deaf(frames).await;
        let call = run(&engine, with_keepalive(&address, "Hang", QUICK)).await;
        let expected = CallFailure::Unresponsive { address, millis: 400 };
        assert_eq!(failure(&call), &expected);
        assert_eq!(call.http_status.is_some(), is_answered);
        assert_eq!(pings(&call, Direction::Sent), 1);
    }
}

#[tokio::test]
async fn a_connection_without_it_serves_no_call_that_wants_it() {
    let (address, _seen) = grpc_server().await;
    let (engine, _reports) = engine();
    let wishes = [(None, false), (QUICK, false), (None, true), (QUICK, true)];
    for (keepalive, is_kept) in wishes {
        let call = run(&engine, with_keepalive(&address.to_string(), "Echo", keepalive)).await;
        assert_eq!(call.connection.as_ref().unwrap().is_kept, is_kept, "{keepalive:?}");
    }
}
