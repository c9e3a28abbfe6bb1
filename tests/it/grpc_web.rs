//! gRPC-Web against a server that says what it is told to say, right or wrong, over HTTP/1.1.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::program::{Done, hoplens};

const SCHEMA: &str = "syntax = \"proto3\";\npackage t;\nservice Far {\n  rpc Go (Way) returns (Way);\n  \
                      rpc Tell (Way) returns (stream Way);\n  rpc Walk (stream Way) returns (Way);\n  \
                      rpc Talk (stream Way) returns (stream Way);\n}\nmessage Way { string to = 1; }\n";

const BINARY: &str = "application/grpc-web+proto";
const TEXT: &str = "application/grpc-web-text+proto";

/// What it answers: headers, and the pieces of the body.
#[derive(Debug, Default, Clone)]
struct Script {
    headers: Vec<(&'static str, &'static str)>,
    pieces: Vec<Vec<u8>>,
}

impl Script {
    fn new(content_type: &'static str, pieces: &[&[u8]]) -> Self {
        let pieces = pieces.iter().map(|piece| piece.to_vec()).collect();
        Self { headers: vec![("content-type", content_type)], pieces }
    }
}

/// What came: headers and body.
type Heard = (http::HeaderMap, Bytes);

struct Server {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    heard: Arc<Mutex<Option<Heard>>>,
    folder: tempfile::TempDir,
    _tasks: JoinSet<()>,
}

type Answer = http::Response<http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>>;

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.proto"), SCHEMA).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (script, heard) = (Arc::<Mutex<Script>>::default(), Arc::<Mutex<_>>::default());
        let shared = (Arc::clone(&script), Arc::clone(&heard));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (script, heard) = (Arc::clone(&shared.0), Arc::clone(&shared.1));
                let service = service_fn(move |request: http::Request<Incoming>| {
                    let (script, heard) = (script.lock().clone(), Arc::clone(&heard));
                    async move {
                        let (head, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        *heard.lock() = Some((head.headers, body));
                        Ok::<_, Infallible>(answer(script))
                    }
                });
                connections.spawn(async move {
                    let builder = hyper::server::conn::http1::Builder::new();
                    drop(builder.serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
        Self { address, script, heard, folder, _tasks: tasks }
    }

    async fn call(&self, method: &str, script: Script, more: &[&str]) -> Done {
        *self.script.lock() = script;
        let target = self.address.to_string();
        let proto = self.folder.path().join("t.proto").display().to_string();
        let call = ["call", &target, method, "-d", "{\"to\": \"A\"}", "--proto", &proto];
        hoplens(&[&call[..], more].concat()).await
    }

    fn heard(&self) -> Heard {
        self.heard.lock().take().unwrap()
    }
}

fn answer(script: Script) -> Answer {
    let mut response = http::Response::builder();
    for (name, value) in script.headers {
        response = response.header(name, value);
    }
    let pieces = script.pieces.into_iter().map(|piece| Ok(Frame::data(Bytes::from(piece))));
    let body = StreamBody::new(futures_util::stream::iter(pieces)).boxed_unsync();
    response.body(body).unwrap()
}

fn frame(flag: u8, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[flag], &len[..], payload].concat()
}

fn way(to: &str) -> Vec<u8> {
    frame(0, &[&[0x0a, to.len() as u8], to.as_bytes()].concat())
}

fn end(lines: &str) -> Vec<u8> {
    frame(0x80, lines.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_as_a_browser_sends_it_and_reads_the_trailers_from_the_body() {
    let server = Server::start().await;
    let ok = end("grpc-status: 0\r\nx-cost: 7\r\n");
    let script = Script::new(BINARY, &[&way("B"), &ok]);
    let report = server.call("t.Far/Go", script, &["--grpc-web", "--json"]).await.with(0).json();
    assert_eq!(report["message"], json!({ "to": "B" }), "{report}");
    let trailers = report["trailers"].as_array().unwrap();
    let trailers: Vec<_> = trailers.iter().map(|line| (&line["name"], &line["value"])).collect();
    let both = [(&json!("grpc-status"), &json!("0")), (&json!("x-cost"), &json!("7"))];
    assert_eq!(trailers, both, "{report}");
    assert_eq!(report["connection"]["http_version"], "HTTP/1.1");
    let (headers, body) = server.heard();
    assert_eq!(body, way("A"));
    for (name, value) in [("content-type", BINARY), ("accept", BINARY), ("x-grpc-web", "1")] {
        assert_eq!(headers[name], value);
    }
    assert_eq!(headers["content-length"], body.len().to_string());
    assert_eq!(headers["host"], server.address.to_string());
    assert!(headers.contains_key("grpc-timeout") && !headers.contains_key("te"));

    // Text in padded pieces that no network cuts where they end.
    let text = [STANDARD.encode(way("B")), STANDARD.encode(way("C")), STANDARD.encode(ok)].concat();
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(7).collect();
    let more = ["--grpc-web=text"];
    let done = server.call("t.Far/Tell", Script::new(TEXT, &pieces), &more).await.with(0);
    assert_eq!(done.stdout, "{\"to\":\"B\"}\n{\"to\":\"C\"}\n");
    let (headers, body) = server.heard();
    assert_eq!(
        (&headers["content-type"], &headers["accept"]),
        (&TEXT.parse().unwrap(), &TEXT.parse().unwrap())
    );
    assert_eq!(body, STANDARD.encode(way("A")));

    // A server that knows no text answers as it can.
    let script = Script::new("application/grpc-web", &[&way("B"), &end("grpc-status:0")]);
    server.call("t.Far/Go", script, &more).await.with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_is_read_wherever_it_stands() {
    let server = Server::start().await;
    let lines = "grpc-status: 5\r\ngrpc-message: no%20caf%C3%A9\r\n";
    let in_body = Script::new(BINARY, &[&end(lines)]);
    let mut in_head = Script::new(BINARY, &[]);
    in_head.headers.extend([("grpc-status", "5"), ("grpc-message", "no%20caf%C3%A9")]);
    let packed = {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(lines.as_bytes()).unwrap();
        frame(0x81, &encoder.finish().unwrap())
    };
    let mut packed = Script::new(BINARY, &[&packed]);
    packed.headers.push(("grpc-encoding", "gzip"));
    for script in [in_body, in_head, packed] {
        let done = server.call("t.Far/Go", script, &["--grpc-web"]).await.with(64 + 5);
        done.saying(&["5 NOT_FOUND", "no café"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_grpc_web_is_named() {
    let server = Server::start().await;
    let ok = end("grpc-status: 0\r\n");
    let (text, cut) = (STANDARD.encode(&ok), STANDARD.encode([&way("B")[..], &ok].concat()));
    let check = async |method: &str, script: Script, words: &[&str]| {
        server.call(method, script, &["--grpc-web=text"]).await.with(2).saying(words);
    };
    let binary = |pieces: &[&[u8]]| Script::new(BINARY, pieces);
    check(
        "t.Far/Go",
        binary(&[&way("B"), &end("grpc-status 0")]),
        &["\"grpc-status 0\"", "gRPC-Web"],
    )
    .await;
    check("t.Far/Go", binary(&[&way("B"), &ok, &way("C")]), &["follows the frame"]).await;
    check("t.Far/Go", binary(&[&way("B"), &ok, b"\0"]), &["follows the frame"]).await;
    check("t.Far/Go", binary(&[&frame(0x40, b"")]), &["flag 64"]).await;
    check("t.Far/Go", binary(&[&way("B"), &ok[..9]]), &["4 of 16"]).await;
    check("t.Far/Go", Script::new(TEXT, &[b"AAA!"]), &["no base64"]).await;
    check("t.Far/Go", Script::new(TEXT, &[cut.as_bytes(), &text.as_bytes()[..6]]), &["no base64"])
        .await;
    check("t.Far/Go", Script::new("application/grpc", &[&way("B")]), &["application/grpc"]).await;
    let done = server.call("t.Far/Go", binary(&[&way("B")]), &["--grpc-web"]).await.with(64 + 2);
    done.saying(&["2 UNKNOWN", "without trailers"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_cannot_do_is_said_before_anything_is_sent() {
    let server = Server::start().await;
    for method in ["t.Far/Walk", "t.Far/Talk"] {
        let done = server.call(method, Script::default(), &["--grpc-web"]).await.with(2);
        done.saying(&[method, "takes a stream", "without --grpc-web"]);
    }
    assert!(server.heard.lock().is_none());
    let target = server.address.to_string();
    let asked = hoplens(&["call", &target, "t.Far/Go", "--grpc-web"]).await.with(2);
    asked.saying(&["Reflection goes over gRPC itself", "--proto"]);
    hoplens(&["call", &target, "t.Far/Go", "--grpc-web=json"])
        .await
        .with(2)
        .saying(&["binary, text"]);
    hoplens(&["http", "GET", &target, "--grpc-web"]).await.with(2).saying(&["--grpc-web"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_name_the_frame_with_the_trailers() {
    let server = Server::start().await;
    let script = Script::new(BINARY, &[&way("B"), &end("grpc-status: 0\r\n")]);
    let done = server.call("t.Far/Go", script, &["--grpc-web", "--wire"]).await.with(0);
    done.saying(&["> POST /t.Far/Go HTTP/1.1", "<   to \"B\"\n<+ grpc-status: 0\n"]);
    let text = STANDARD.encode([&way("B")[..], &end("grpc-status: 0\r\n")].concat());
    let script = Script::new(TEXT, &[text.as_bytes()]);
    let done = server.call("t.Far/Go", script, &["--grpc-web=text", "--wire"]).await.with(0);
    assert!(!done.stderr.contains('!'), "{done:?}");
}
