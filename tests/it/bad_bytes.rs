//! Answers that break the rules of their protocol: each is named at its byte, and the rest stays readable.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use hoplens::wire::{FrameHead, FrameType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::program::{Done, hoplens};
use crate::source::root;

/// How a peer ends its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Close,
    Reset,
}

/// A peer that hears a request out and then says this, byte for byte.
async fn peer(hello: Vec<u8>, answer: Vec<u8>, end: End) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&hello).await.unwrap();
        let mut heard = [0; 4096];
        // The request is over when nothing more comes.
        let pause = Duration::from_millis(200);
        while let Ok(Ok(1..)) = tokio::time::timeout(pause, stream.read(&mut heard)).await {}
        // A client that has seen enough may be gone before all is said.
        stream.write_all(&answer).await.ok();
        stream.flush().await.ok();
        if end == End::Reset {
            tokio::time::sleep(pause).await;
            stream.set_zero_linger().ok();
        } else {
            stream.shutdown().await.ok();
            while let Ok(Ok(1..)) = tokio::time::timeout(pause, stream.read(&mut heard)).await {}
        }
    });
    address
}

async fn get(answer: &[u8], end: End) -> Done {
    let address = peer(Vec::new(), answer.to_vec(), end).await;
    hoplens(&["http", "GET", &format!("http://{address}/"), "--wire"]).await
}

async fn say_hello(answer: &[&[u8]], end: End) -> Done {
    let settings = frame(FrameType::SETTINGS, 0, 0, &[]);
    let address = peer(settings, answer.concat(), end).await.to_string();
    let proto = root().join("sample-protos/greeter.proto").display().to_string();
    hoplens(&["call", &address, "Greeter/SayHello", "--proto", &proto, "--wire"]).await
}

fn frame(kind: FrameType, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let head = FrameHead { len: payload.len() as u32, kind, flags, stream };
    [&head.write()[..], payload].concat()
}

/// `:status 200` and `content-type: application/grpc`.
fn accepted() -> Vec<u8> {
    accepted_with(&[])
}

fn accepted_with(more: &[u8]) -> Vec<u8> {
    let kind = b"application/grpc";
    let fields = [&[0x88, 0x0f, 0x10, kind.len() as u8][..], kind, more].concat();
    frame(FrameType::HEADERS, FrameHead::END_HEADERS, 1, &fields)
}

fn data(flags: u8, payload: &[u8]) -> Vec<u8> {
    frame(FrameType::DATA, flags, 1, payload)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_of_http1_that_breaks_its_rules() {
    let ok = "HTTP/1.1 200 OK\r\n";
    let check = async |rest: &str, words: &[&str]| {
        let done = get(format!("{ok}{rest}").as_bytes(), End::Close).await;
        done.with(2).saying(words);
    };
    check("A: b\nContent-Length: 0\r\n\r\n", &["byte 17", "LF alone"]).await;
    check("Content-Length: 0\r\nno colon\r\n\r\n", &["byte 36", "colon"]).await;
    check("A: b\0c\r\nContent-Length: 0\r\n\r\n", &["byte 21", "must not stand"]).await;
    let two = "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab";
    check(two, &["byte 36", "contradicts"]).await;
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    check(both, &["byte 36", "Transfer-Encoding"]).await;
    let endless = format!("A: {}", "b".repeat(400_000));
    check(&endless, &["byte 0", "does not end"]).await;
    get(format!("{ok}Content-Length: 2\r\n\r\nok").as_bytes(), End::Close).await.with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_http1_that_is_not_as_announced() {
    let check = async |answer: &[u8], end: End, words: &[&str]| {
        get(answer, end).await.with(2).saying(words);
    };
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunks = |text: &str| format!("{chunked}{text}").into_bytes();
    check(&chunks("zz\r\n"), End::Close, &["byte 47", "size of a chunk"]).await;
    check(&chunks("fffffffffffffffff\r\n"), End::Close, &["byte 62", "size of a chunk"]).await;
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort";
    check(short, End::Close, &["< HTTP/1.1 200 OK", "5 of 9 bytes"]).await;
    check(short, End::Reset, &["< HTTP/1.1 200 OK", "5 of 9 bytes"]).await;
    let long = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more";
    check(long, End::Close, &["byte 40"]).await;
}

/// 40 MB of nothing, in 40 kB.
#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_of_gzip_is_read_as_far_as_is_sensible() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..40 {
        bomb.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let message = [&[1][..], &(bomb.len() as u32).to_be_bytes(), &bomb].concat();
    let (name, value) = (b"grpc-encoding", b"gzip");
    let coding = [&[0, name.len() as u8][..], name, &[value.len() as u8], value].concat();
    let head = accepted_with(&coding);
    let pieces: Vec<_> = message.chunks(16_000).map(|piece| data(0, piece)).collect();
    let end = data(FrameHead::END_STREAM, &[]);
    let done = say_hello(&[&head, &pieces.concat(), &end], End::Close).await;
    done.with(2).saying(&["byte 67", "Larger than 16"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_break_their_rules() {
    let check = async |answer: &[&[u8]], words: &[&str]| {
        say_hello(answer, End::Close).await.with(2).saying(words);
    };
    let beyond = frame(FrameType::HEADERS, FrameHead::END_HEADERS, 1, &[0x88, 0xfe]);
    check(&[&beyond], &["There is no index 126"]).await;
    check(&[&frame(FrameType::PING, 0, 0, &[0; 7])], &["cannot have 7 bytes"]).await;
    let padded = data(FrameHead::PADDED, &[9, 1]);
    check(&[&accepted(), &padded], &["< :status: 200", "padding is longer"]).await;
    let open = frame(FrameType::HEADERS, 0, 1, &[0x88]);
    let more = frame(FrameType::CONTINUATION, 0, 1, &[0x88]);
    check(&[&open, &more], &["never ends"]).await;
    let stray = frame(FrameType::CONTINUATION, FrameHead::END_HEADERS, 1, &[0x88]);
    check(&[&stray], &["continues no header block"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_not_what_their_prefix_says() {
    let check = async |payload: &[u8], words: &[&str]| {
        let answer = [accepted(), data(FrameHead::END_STREAM, payload)].concat();
        say_hello(&[&answer], End::Close).await.with(2).saying(words);
    };
    check(&[0, 0, 0, 0, 9, 10], &["< :status: 200", "after 1 of 9 bytes"]).await;
    check(&[1, 0, 0, 0, 2, 10, 0], &["no grpc-encoding"]).await;
    check(&[7, 0, 0, 0, 0], &["flag 7"]).await;
    check(&[0, 0, 0, 0, 3, 10, 1, 0xff], &["no UTF-8"]).await;
    let half = [accepted(), data(0, &[0, 0, 0, 0, 9, 10])].concat();
    say_hello(&[&half], End::Reset).await.with(2).saying(&["after 1 of 9 bytes"]);
}
