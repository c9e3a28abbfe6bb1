//! TLS in front of a server, and what happens when one side expects it and the other does not.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hoplens::model::{CallFailure, Outcome, ProblemKind, Security};
use hoplens::session::{Command, SourcePhase};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::desk::{Desk, outcome, shown};
use crate::program::hoplens;
use crate::source::root;

/// Ends TLS and passes the bytes on. Answers where, and which file holds its root.
pub(crate) async fn tls_in_front_of(
    behind: SocketAddr,
    folder: &Path,
) -> (SocketAddr, PathBuf, JoinSet<()>) {
    tls_speaking(b"h2", behind, folder).await
}

/// The same, agreeing on this protocol.
pub(crate) async fn tls_speaking(
    protocol: &[u8],
    behind: SocketAddr,
    folder: &Path,
) -> (SocketAddr, PathBuf, JoinSet<()>) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".into()]).unwrap();
    let leaf = leaf.signed_by(&key, &ca).unwrap();
    let ca_file = folder.join("ca.pem");
    std::fs::write(&ca_file, ca.pem()).unwrap();
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
    config.alpn_protocols = vec![protocol.to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            connections.spawn(async move {
                // Whoever speaks no TLS, or does not trust us, has left.
                let Ok(mut inside) = acceptor.accept(stream).await else { return };
                let mut outside = TcpStream::connect(behind).await.unwrap();
                tokio::io::copy_bidirectional(&mut inside, &mut outside).await.ok();
            });
        }
    });
    (address, ca_file, tasks)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_s_tls_options_serve_its_calls_and_its_reflection() {
    let desk = Desk::with_demo().await;
    let greeter = desk.instance("greeter-1").unwrap().address;
    let (address, ca_file, _tasks) = tls_in_front_of(greeter, desk.folder()).await;
    let target = format!("grpcs://localhost:{}", address.port());

    desk.send(Command::AskServer { target: target.clone() });
    let source = desk.source(&target).await;
    assert_eq!(source.phase, SourcePhase::Failed, "{source:?}");
    let draft = desk.front().await;
    let draft = desk.edit(&draft, |draft| {
        draft.target.clone_from(&target);
        draft.options.ca_file = ca_file.display().to_string();
        draft.body = "{\"name\": \"Ada\"}".into();
    });
    let answer = desk.call(draft.id).await;
    assert!(shown(&answer).contains("Hello Ada"), "{:?}", outcome(&answer));
    let tls = answer.call.as_ref().and_then(|call| call.connection.as_ref()?.tls.clone());
    assert!(tls.is_some_and(|tls| tls.is_verified()));
    desk.send(Command::RefreshSource(source.id));
    let is_ready = |source: &hoplens::session::Source| source.phase == SourcePhase::Ready;
    let source = desk.source_that("asked over TLS", &target, is_ready).await;
    assert!(source.schema.as_ref().unwrap().service("Greeter").is_some());

    // The lock turned the wrong way, both ways.
    desk.edit(&draft, |draft| draft.security_override = Some(Security::Plaintext));
    let answer = desk.call(draft.id).await;
    let Some(Outcome::Failed(cause)) = outcome(&answer) else { panic!("{answer:?}") };
    assert!(matches!(cause, CallFailure::TlsPeer { .. }), "{cause}");
    desk.edit(&draft, |draft| draft.target = format!("grpcs://{greeter}"));
    let answer = desk.call(draft.id).await;
    let Some(Outcome::Failed(cause)) = outcome(&answer) else { panic!("{answer:?}") };
    assert!(matches!(cause, CallFailure::PlaintextPeer { .. }), "{cause}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_speaks_tls_and_names_who_does_not() {
    let desk = Desk::with_demo().await;
    let greeter = desk.instance("greeter-1").unwrap().address;
    let (address, ca_file, _tasks) = tls_in_front_of(greeter, desk.folder()).await;
    let (target, ca_file) =
        (format!("localhost:{}", address.port()), ca_file.display().to_string());
    let hello = ["call", &target, "Greeter/SayHello", "-d", "{\"name\": \"Ada\"}"];
    let with = |more: &[&'static str]| [&hello[..], more].concat();

    let trusted = [&hello[..], &["--tls", "--cacert", &ca_file]].concat();
    assert!(hoplens(&trusted).await.with(0).stdout.contains("Hello Ada"));
    let records = [&trusted[..], &["--wire=records"]].concat();
    let done = hoplens(&records).await.with(0).saying(&[
        "* TLS 1.3, TLS13_",
        "* ALPN h2",
        "* certificate 1: CN=rcgen self signed cert; issued by CN=rcgen self signed cert; valid 1975-",
        "for localhost",
        "> @0 ClientHello, ",
        "Host Name localhost",
        "Protocol Name h2",
        "extended_master_secret 0",
        "< @0 ServerHello, ",
        "Version 0x0304 TLS 1.3",
        "change_cipher_spec, 6 B, +",
        "encrypted, ",
        ", TLS ",
    ]);
    for hidden in ["Greeter", "SayHello", "Ada", "grpc-status"] {
        let lines = done.stderr.lines().filter(|line| line.starts_with(['>', '<']));
        let told: Vec<_> = lines.filter(|line| line.contains(hidden)).collect();
        assert!(told.is_empty(), "an eavesdropper sees {told:?}");
    }
    let loud = [&trusted[..], &["-v"]].concat();
    let done = hoplens(&loud).await.with(0);
    let done =
        done.saying(&["certificate verified", "< x-served-by: greeter-1", "<+ grpc-status: 0"]);
    assert!(!done.stderr.contains(['{', '}']), "{done:?}");
    hoplens(&with(&["--tls", "--insecure"])).await.with(0);
    hoplens(&with(&["--tls"])).await.with(2).saying(&["certificate", "localhost"]);
    let named = [&trusted[..], &["--servername", "elsewhere.example"]].concat();
    hoplens(&named).await.with(2).saying(&["elsewhere.example"]);
    let proto = root().join("sample-protos/greeter.proto").display().to_string();
    let plain = [&hello[..], &["--plaintext", "--proto", &proto]].concat();
    hoplens(&plain).await.with(2).saying(&["TLS"]);
    let direct = greeter.to_string();
    let direct = ["call", &direct, "Greeter/SayHello", "--proto", &proto, "--wire=records"];
    hoplens(&direct).await.with(0).saying(&["Nothing was encrypted"]);
    let tap = ["tap", "0=localhost:1", "--tls", "--wire=records"];
    hoplens(&tap).await.with(2).saying(&["--wire=frames"]);
    // Who does not trust the certificate says so in the last words that pass.
    let stranger = with(&["--tls", "--servername", "localhost", "--wire=records"]);
    let stranger = [&stranger[..], &["--proto", &proto]].concat();
    hoplens(&stranger).await.with(2).saying(&["> @0 ClientHello, ", "encrypted, "]);
    let bad_file = [&hello[..], &["--tls", "--proto", &proto, "--cacert", "/no/such.pem"]].concat();
    hoplens(&bad_file).await.with(2).saying(&["/no/such.pem"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plaintext_server_asked_over_tls_is_told_at_the_source() {
    let desk = Desk::with_demo().await;
    let target = format!("grpcs://{}", desk.instance("greeter-1").unwrap().address);
    desk.send(Command::AskServer { target: target.clone() });
    let source = desk.source(&target).await;
    let ProblemKind::Reflection { cause, .. } = &source.problems[0].kind else {
        panic!("{:?}", source.problems)
    };
    assert!(cause.to_string().contains("speaks plaintext, not TLS"), "{cause}");
    desk.close().await;
}
