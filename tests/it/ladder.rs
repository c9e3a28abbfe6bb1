//! Peers that stop a call at one stage each: the report names the stage, and why.

use std::net::SocketAddr;
use std::sync::Arc;

use hoplens::wire::{FrameHead, FrameType};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::program::{Done, hoplens};
use crate::source::root;

/// What a peer says to whoever connects, and whether it stays then.
#[derive(Clone)]
struct Script {
    /// At once.
    hello: Vec<u8>,
    /// Once the request is there.
    answer: Vec<u8>,
    stays: bool,
}

async fn play(mut stream: impl AsyncRead + AsyncWrite + Unpin, script: Script) {
    stream.write_all(&script.hello).await.ok();
    let mut heard = Vec::new();
    let mut piece = [0; 4096];
    let mut has_answered = false;
    while let Ok(n @ 1..) = stream.read(&mut piece).await {
        heard.extend_from_slice(&piece[..n]);
        // The request is there with its path, whatever came in how many pieces; HPACK writes it in Huffman code,
        // so the end of the stream tells.
        let is_asked = heard.len() > 150 || heard.starts_with(b"POST");
        if is_asked && !has_answered {
            has_answered = true;
            stream.write_all(&script.answer).await.ok();
            stream.flush().await.ok();
            if !script.stays {
                stream.shutdown().await.ok();
            }
        }
    }
}

async fn peer(script: Script) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(play(stream, script.clone()));
        }
    });
    address
}

/// The same behind TLS with a certificate for `localhost` that holds in these years.
async fn tls_peer(
    script: Script,
    years: (i32, i32),
    alpn: &[&[u8]],
    folder: &std::path::Path,
) -> (SocketAddr, String) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let ca_file = folder.join("ca.pem");
    std::fs::write(&ca_file, ca.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(vec!["localhost".into()]).unwrap();
    (leaf.not_before, leaf.not_after) =
        (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let leaf = leaf.signed_by(&key, &ca).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, script) = (acceptor.clone(), script.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    play(stream, script).await;
                }
            });
        }
    });
    (address, ca_file.display().to_string())
}

fn frame(kind: FrameType, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let head = FrameHead { len: payload.len() as u32, kind, flags, stream };
    [&head.write()[..], payload].concat()
}

fn settings() -> Vec<u8> {
    frame(FrameType::SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 7])
}

/// `:status 200`, `content-type: application/grpc` and these fields, as literals without Huffman code.
fn head(flags: u8, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = vec![0x88];
    for (name, value) in [&[("content-type", "application/grpc")], fields].concat() {
        block.extend(
            [&[0, name.len() as u8][..], name.as_bytes(), &[value.len() as u8], value.as_bytes()]
                .concat(),
        );
    }
    frame(FrameType::HEADERS, FrameHead::END_HEADERS | flags, 1, &block)
}

fn http2(answer: &[Vec<u8>], stays: bool) -> Script {
    Script { hello: settings(), answer: answer.concat(), stays }
}

async fn call(target: &str, more: &[&str]) -> Done {
    let proto = root().join("sample-protos/greeter.proto").display().to_string();
    let args = ["call", target, "Greeter/SayHello", "--proto", &proto, "--json"];
    hoplens(&[&args[..], more].concat()).await
}

/// The stage that failed, and why; those before it passed and those behind it were not reached.
#[track_caller]
fn stopped(done: &Done) -> (String, String) {
    let report = done.json();
    let ladder = report["ladder"].as_array().unwrap_or_else(|| panic!("{done:?}"));
    let at = ladder.iter().position(|rung| rung["state"] == "failed").unwrap();
    for rung in &ladder[..at] {
        assert!(
            ["passed", "kept", "unneeded"].contains(&rung["state"].as_str().unwrap()),
            "{rung}"
        );
    }
    let rest = ladder[at + 1..].iter().filter(|rung| rung["state"] != "unneeded");
    for rung in rest {
        assert_eq!(rung["state"], "not_reached", "{rung}");
    }
    let text = |name: &str| ladder[at][name].as_str().unwrap().to_owned();
    (text("stage"), text("why"))
}

#[track_caller]
fn check(done: &Done, stage: &str, words: &[&str]) {
    let (at, why) = stopped(done);
    assert_eq!(at, stage, "{done:?}");
    for word in words {
        assert!(why.contains(word), "{word:?} is not in {why:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stops_a_call_before_http() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().to_string()
    };
    check(&call(&nobody, &[]).await.with(2), "connect", &["Nobody listens"]);
    let unknown = call("nowhere.invalid:1", &["--deadline", "9s"]).await.with(2);
    check(&unknown, "look_up", &["nowhere.invalid"]);

    // A plaintext server for a TLS client, and the other way round.
    let plain = peer(http2(&[], true)).await.to_string();
    check(&call(&plain, &["--tls"]).await.with(2), "tls", &["speaks plaintext"]);
    let nothing = http2(&[], true);
    let (address, ca) = tls_peer(nothing.clone(), (2020, 2040), &[b"h2"], folder.path()).await;
    let secure = format!("localhost:{}", address.port());
    check(&call(&secure, &["--plaintext"]).await.with(2), "settings", &["speaks TLS"]);

    // Verified by default; a certificate that has expired shows its dates.
    check(&call(&secure, &["--tls"]).await.with(2), "tls", &["was not accepted"]);
    let (address, ca_old) = tls_peer(nothing, (2019, 2020), &[b"h2"], folder.path()).await;
    let old = format!("localhost:{}", address.port());
    let done = call(&old, &["--tls", "--cacert", &ca_old]).await.with(2);
    check(&done, "tls", &["expired"]);
    let report = done.json();
    assert_eq!(report["connection"]["tls"]["chain"][0]["not_after"], "2020-01-01 00:00:00 UTC");
    let tls =
        report["ladder"].as_array().unwrap().iter().find(|r| r["stage"] == "tls").unwrap().clone();
    assert!(tls["seen"].as_str().unwrap().contains("2020-01-01"), "{tls}");
    drop(ca);

    // A handshake that never ends, and a server that agrees on HTTP/1.1 alone.
    let silent = peer(Script { hello: vec![], answer: vec![], stays: true }).await.to_string();
    let done = call(&silent, &["--tls", "--deadline", "600ms"]).await.with(64 + 4);
    check(&done, "tls", &["TLS handshake", "--deadline"]);
    let old_http = Script { hello: vec![], answer: vec![], stays: true };
    let (address, ca) = tls_peer(old_http, (2020, 2040), &[b"http/1.1"], folder.path()).await;
    let done = call(&format!("localhost:{}", address.port()), &["--tls", "--cacert", &ca]).await;
    check(&done.with(2), "tls", &["HTTP/2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stops_a_call_within_http() {
    let at =
        async |script: Script, more: &[&str]| call(&peer(script).await.to_string(), more).await;
    let soon = ["--deadline", "600ms"];

    let old = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec();
    let http1 = Script { hello: vec![], answer: old, stays: false };
    check(&at(http1, &[]).await.with(2), "settings", &["HTTP/1.1 400 Bad Request", "HTTP/2"]);
    let mute = Script { hello: vec![], answer: vec![], stays: true };
    check(&at(mute, &soon).await.with(64 + 4), "settings", &["no SETTINGS"]);
    check(&at(http2(&[], true), &soon).await.with(64 + 4), "headers", &["no headers"]);

    let goaway = [&[0, 0, 0, 1, 0, 0, 0, 11][..], b"too_many_pings"].concat();
    let goaway = frame(FrameType::GOAWAY, 0, 0, &goaway);
    let done = at(http2(&[goaway], false), &[]).await.with(2);
    check(&done, "headers", &["GOAWAY ENHANCE_YOUR_CALM", "too_many_pings"]);
    let reset = frame(FrameType::RST_STREAM, 0, 1, &[0, 0, 0, 11]);
    let done = at(http2(std::slice::from_ref(&reset), true), &[]).await.with(64 + 8);
    check(&done, "headers", &["RST_STREAM ENHANCE_YOUR_CALM", "less often"]);

    let page =
        frame(FrameType::HEADERS, FrameHead::END_HEADERS | FrameHead::END_STREAM, 1, &[0x8d]);
    let done = at(http2(&[page], true), &[]).await.with(64 + 12);
    check(&done, "headers", &["HTTP status 404", "no content-type"]);

    let done = at(http2(&[head(0, &[])], true), &soon).await.with(64 + 4);
    check(&done, "message", &["no complete message"]);
    let done = at(http2(&[head(0, &[]), reset.clone()], true), &[]).await.with(64 + 8);
    check(&done, "message", &["RST_STREAM"]);
    let message = frame(FrameType::DATA, 0, 1, &[0, 0, 0, 0, 0]);
    let done = at(http2(&[head(0, &[]), message.clone()], true), &soon).await.with(64 + 4);
    check(&done, "trailers", &["no trailers"]);
    let done = at(http2(&[head(0, &[]), message, reset], true), &[]).await.with(64 + 8);
    check(&done, "trailers", &["RST_STREAM"]);
    let last = frame(FrameType::DATA, FrameHead::END_STREAM, 1, &[0, 0, 0, 0, 0]);
    let done = at(http2(&[head(0, &[]), last], true), &[]).await.with(64 + 2);
    check(&done, "trailers", &["without trailers"]);
}

/// A status of the server is an answer: it has no ladder, and its own faults are named.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_judged_field_by_field() {
    let check = async |fields: &[(&str, &str)], code: i32, words: &[&str]| {
        let script = http2(&[head(FrameHead::END_STREAM, fields)], true);
        let done = call(&peer(script).await.to_string(), &[]).await.with(code);
        let report = done.json();
        assert!(report["ladder"].is_null(), "{done:?}");
        let problems = report["problems"].to_string();
        for word in words {
            assert!(problems.contains(word), "{word:?} is not in {problems}");
        }
        assert_eq!(words.is_empty(), problems == "[]", "{problems}");
    };
    check(&[("grpc-status", "5")], 64 + 5, &[]).await;
    check(&[("grpc-status", "many")], 64 + 2, &["no number"]).await;
    check(&[("grpc-status", "-1")], 64 + 2, &["no number"]).await;
    check(&[("grpc-status", "17")], 64 + 2, &["none of gRPC's codes"]).await;
    check(&[("grpc-status", "5"), ("grpc-status", "0")], 64 + 5, &["more than once"]).await;
    check(&[("grpc-status", "5"), ("grpc-message", "100%")], 64 + 5, &["byte 3"]).await;
    check(&[("grpc-status", "5"), ("grpc-message", "%FF")], 64 + 5, &["no UTF-8"]).await;
    check(&[("grpc-status", "5"), ("x-bin", "!")], 64 + 5, &["x-bin is no base64"]).await;
    let other = ("grpc-status-details-bin", "CAc");
    check(&[("grpc-status", "5"), other], 64 + 5, &["code 7"]).await;
    check(
        &[("grpc-status", "5"), ("grpc-status-details-bin", "/w")],
        64 + 5,
        &["google.rpc.Status"],
    )
    .await;
}

/// `google.rpc.Status { code: 5, details: [ErrorInfo { reason: "GONE" }] }`, and the words of the terminal.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_details_and_stages() {
    let inner = b"\x0a\x04GONE";
    let url = b"type.googleapis.com/google.rpc.ErrorInfo";
    let any = [&[0x0a, url.len() as u8][..], url, &[0x12, inner.len() as u8], inner].concat();
    let status = [&[8, 5, 0x1a, any.len() as u8][..], &any].concat();
    let status = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, status);
    let fields = [("grpc-status", "5"), ("grpc-status-details-bin", status.as_str())];
    let address = peer(http2(&[head(FrameHead::END_STREAM, &fields)], true)).await.to_string();
    let proto = root().join("sample-protos/greeter.proto").display().to_string();
    let args = ["call", &address, "Greeter/SayHello", "--proto", &proto];
    hoplens(&args).await.with(64 + 5).saying(&["* ErrorInfo", "Reason GONE"]);
    let address = peer(http2(&[], true)).await.to_string();
    let args = ["call", &address, "Greeter/SayHello", "--proto", &proto, "--deadline", "600ms"];
    let done = hoplens(&args).await.with(64 + 4).saying(&[
        "How far the call came",
        "+ TCP",
        "- TLS and ALPN",
        "+ HTTP/2 settings",
        "MAX_CONCURRENT_STREAMS 7",
        "x Headers",
        "not reached",
    ]);
    assert!(!done.stderr.contains(['{', '}']), "{done:?}");
}
