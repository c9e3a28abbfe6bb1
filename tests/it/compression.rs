//! Messages that go compressed, against a server that undoes it by itself and answers in kind.

use std::convert::Infallible;
use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use flate2::read::{GzDecoder, ZlibDecoder};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::program::{Done, hoplens};

const SCHEMA: &str = "syntax = \"proto3\";\npackage t;\nservice Far {\n  rpc Go (Way) returns (Way);\n  \
                      rpc Walk (stream Way) returns (stream Way);\n}\nmessage Way { string to = 1; }\n";

/// What came: `grpc-encoding`, and each message's flag with what it says decompressed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Heard {
    coding: Option<String>,
    messages: Vec<(u8, Vec<u8>)>,
}

/// A server that sends the messages back as they came, or says that it does not know their coding (or, to whoever
/// sends `x-gone`, the method).
struct Echo {
    address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
    _tasks: JoinSet<()>,
    folder: tempfile::TempDir,
}

impl Echo {
    /// `taken` is its `grpc-accept-encoding`.
    async fn start(taken: Option<&'static str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.proto"), SCHEMA).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let shared = Arc::clone(&heard);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let heard = Arc::clone(&shared);
                let service = service_fn(move |request| answer(request, taken, Arc::clone(&heard)));
                connections.spawn(async move {
                    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    drop(builder.serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
        Self { address, heard, _tasks: tasks, folder }
    }

    async fn call(&self, method: &str, data: &str, more: &[&str]) -> Done {
        let target = self.address.to_string();
        let proto = self.folder.path().join("t.proto").display().to_string();
        let call = ["call", &target, method, "-d", data, "--proto", &proto];
        hoplens(&[&call[..], more].concat()).await
    }
}

type Answer = http::Response<http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>>;

async fn answer(
    request: http::Request<Incoming>,
    taken: Option<&'static str>,
    heard: Arc<Mutex<Heard>>,
) -> Result<Answer, Infallible> {
    let coding = request.headers().get("grpc-encoding");
    let coding = coding.map(|coding| coding.to_str().unwrap().to_owned());
    let mut response = http::Response::builder().header("content-type", "application/grpc");
    if let Some(taken) = taken {
        response = response.header("grpc-accept-encoding", taken);
    }
    let is_taken = |coding: &String| taken.is_none_or(|taken| taken.contains(coding.as_str()));
    let is_gone = request.headers().contains_key("x-gone");
    if is_gone || coding.as_ref().is_some_and(|coding| !is_taken(coding)) {
        let body = StreamBody::new(futures_util::stream::iter([])).boxed_unsync();
        return Ok(response.header("grpc-status", "12").body(body).unwrap());
    }
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let messages = cut(&body).map(|(flag, bytes)| (flag, plain(coding.as_deref(), flag, bytes)));
    *heard.lock() = Heard { coding: coding.clone(), messages: messages.collect() };
    if let Some(coding) = coding {
        response = response.header("grpc-encoding", coding);
    }
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    let frames = [Ok(Frame::data(body)), Ok(Frame::trailers(trailers))];
    let body = StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync();
    Ok(response.body(body).unwrap())
}

/// Flag and payload of each message.
fn cut(mut body: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let ([flag, len @ ..], rest) = body.split_first_chunk::<5>()?;
        let (payload, behind) = rest.split_at(u32::from_be_bytes(*len) as usize);
        body = behind;
        Some((*flag, payload))
    })
}

fn plain(coding: Option<&str>, flag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match (flag, coding) {
        (0, _) => plain.extend_from_slice(bytes),
        (1, Some("gzip")) => drop(GzDecoder::new(bytes).read_to_end(&mut plain).unwrap()),
        (1, Some("deflate")) => drop(ZlibDecoder::new(bytes).read_to_end(&mut plain).unwrap()),
        (1, Some("zstd")) => {
            let mut decoder = ruzstd::decoding::StreamingDecoder::new(bytes).unwrap();
            decoder.read_to_end(&mut plain).unwrap();
        }
        other => panic!("{other:?}"),
    }
    plain
}

/// The message in protobuf.
fn way(to: &str) -> Vec<u8> {
    let mut bytes = vec![0x0a];
    let mut len = to.len();
    while len > 127 {
        bytes.push((len & 127) as u8 | 128);
        len >>= 7;
    }
    bytes.push(len as u8);
    bytes.extend_from_slice(to.as_bytes());
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unary_call_goes_compressed_and_tells_its_sizes() {
    let echo = Echo::start(Some("identity,gzip,deflate,zstd")).await;
    let far = "far ".repeat(10_000);
    let data = json!({ "to": far }).to_string();
    for coding in ["gzip", "deflate", "zstd"] {
        let report = echo.call("t.Far/Go", &data, &["--compress", coding, "--json"]).await;
        let report = report.with(0).json();
        let heard = echo.heard.lock().clone();
        assert_eq!(heard.coding.as_deref(), Some(coding));
        assert!(heard.messages == [(1, way(&far))], "{coding}");
        assert!(report["message"]["to"] == far.as_str(), "{coding}");
        let sizes = &report["message_sizes"];
        assert_eq!(sizes.as_array().unwrap().len(), 2, "{sizes}");
        for (size, direction) in [(&sizes[0], "sent"), (&sizes[1], "received")] {
            assert_eq!((&size["direction"], &size["payload"]), (&json!(direction), &json!(40_004)));
            let compressed = size["compressed"].as_u64().unwrap();
            assert!((20..4_000).contains(&compressed), "{coding}: {size}");
            assert_eq!(report["bytes"][format!("payload_{direction}")], 40_004);
            assert_eq!(report["bytes"][format!("carried_{direction}")], compressed);
        }
        // What the connection says is that.
        assert!(report["bytes"]["sent"].as_u64().unwrap() < 5_000, "{report}");
    }
    let done = echo.call("t.Far/Go", &data, &["--compress", "gzip"]).await.with(0);
    done.saying(&["* sent 40.0 kB, compressed to ", "* received 40.0 kB, compressed to "]);

    // Without the option nothing is compressed; an empty message never is.
    let report = echo.call("t.Far/Go", &data, &["--json"]).await.with(0).json();
    assert_eq!(*echo.heard.lock(), Heard { coding: None, messages: vec![(0, way(&far))] });
    assert_eq!(report["message_sizes"][0]["compressed"], Value::Null);
    echo.call("t.Far/Go", "{}", &["--compress", "zstd"]).await.with(0);
    assert_eq!(echo.heard.lock().messages, [(0, vec![])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_of_a_stream_is_compressed_by_itself() {
    let echo = Echo::start(None).await;
    let texts = ["near ".repeat(2_000), String::new(), "far ".repeat(3_000)];
    let data: String = texts.iter().map(|to| json!({ "to": to }).to_string()).collect();
    let more = ["--compress", "zstd", "--json"];
    let report = echo.call("t.Far/Walk", &data, &more).await.with(0).json();
    let wanted = texts.each_ref().map(|to| match to.as_str() {
        "" => (0, vec![]),
        to => (1, way(to)),
    });
    assert!(echo.heard.lock().messages == wanted);
    let sizes = report["message_sizes"].as_array().unwrap();
    let of = |name: &str| -> Vec<_> {
        let both = sizes.iter().filter(|size| size["direction"] == name);
        both.map(|size| (size["payload"].clone(), size["compressed"].is_u64())).collect()
    };
    let wanted = [(json!(10_003), true), (json!(0), false), (json!(12_003), true)];
    assert_eq!((&of("sent")[..], &of("received")[..]), (&wanted[..], &wanted[..]));
    assert_eq!(report["bytes"]["payload_sent"], 22_006);
    let carried: u64 = sizes.iter().filter_map(|size| size["compressed"].as_u64()).sum();
    assert_eq!(report["bytes"]["carried_sent"].as_u64().unwrap() * 2, carried);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coding_that_the_server_does_not_know_is_explained() {
    let echo = Echo::start(Some("identity, gzip")).await;
    let (go, far) = ("t.Far/Go", r#"{"to": "far"}"#);
    let done = echo.call(go, far, &["--compress", "zstd"]).await.with(64 + 12);
    done.saying(&["UNIMPLEMENTED", "compressed with zstd", "names identity, gzip."]);
    let report = echo.call(go, far, &["--compress", "zstd", "--json"]).await.with(64 + 12).json();
    assert!(report["problems"][0].as_str().unwrap().contains("zstd"), "{report}");
    echo.call(go, far, &["--compress", "gzip"]).await.with(0);
    // UNIMPLEMENTED for another reason: the coding is among the server's.
    let gone = ["-H", "x-gone: yes", "--compress", "gzip"];
    let done = echo.call(go, far, &gone).await.with(64 + 12);
    assert!(!done.stderr.contains("gzip"), "{done:?}");
    // A server that names none may mean either.
    let silent = Echo::start(None).await;
    let done = silent.call(go, far, &gone).await.with(64 + 12);
    done.saying(&["compressed with gzip", "no grpc-accept-encoding"]);

    let bad = echo.call(go, far, &["--compress", "br"]).await.with(2);
    bad.saying(&["--compress", "\"br\"", "gzip, deflate, zstd"]);
    let http = ["http", "GET", "http://127.0.0.1:1/", "--compress", "gzip"];
    hoplens(&http).await.with(2).saying(&["--compress"]);
}
