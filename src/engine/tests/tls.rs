//! TLS: who is trusted, what is agreed on, and peers that do not speak it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::peers::{Seen, grpc_server, serve_grpc};
use super::*;
use crate::net::{Network, authority_fault};
use crate::wire::Exchange;

struct TlsServer {
    address: SocketAddr,
    ca_file: PathBuf,
    client_file: PathBuf,
    _folder: tempfile::TempDir,
}

/// Whether the server asks clients for a certificate.
#[derive(PartialEq)]
enum Clients {
    Anyone,
    Known,
}

async fn tls_server(alpn: &[&[u8]], clients: Clients) -> TlsServer {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".into()]).unwrap();
    let leaf = leaf.signed_by(&key, &ca).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, ca.pem()).unwrap();
    let client_file = folder.path().join("client.pem");
    let client_key = KeyPair::generate().unwrap();
    let client = CertificateParams::new(vec!["client".into()]).unwrap();
    let client = client.signed_by(&client_key, &ca).unwrap();
    std::fs::write(&client_file, client.pem() + &client_key.serialize_pem()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let verifier = match clients {
        Clients::Anyone => WebPkiClientVerifier::no_client_auth(),
        Clients::Known => verifier.build().unwrap(),
    };
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let address = serve(config).await;
    TlsServer { address, ca_file, client_file, _folder: folder }
}

async fn serve(config: rustls::ServerConfig) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve_grpc(stream, Arc::new(Seen::default())).await;
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn own_roots_are_trusted_and_the_session_is_told() {
    let server = tls_server(&[b"h2"], Clients::Anyone).await;
    let (engine, _reports) = engine();
    let mut request = grpc(&format!("grpcs://localhost:{}", server.address.port()), "Echo", b"hi");
    let stranger = run(&engine, request.clone()).await;
    let CallFailure::Certificate { cause, .. } = failure(&stranger) else {
        panic!("{:?}", stranger.outcome)
    };
    assert!(matches!(cause, Cause::SelfSigned | Cause::UnknownIssuer), "{cause}");
    // What passed until then is worth seeing.
    assert!(Exchange::of(&stranger.sealed).overheard().has_hello);
    assert!(stranger.recording.parts.is_empty());

    request.tls.ca_file = Some(server.ca_file.clone());
    for is_kept in [false, true] {
        let call = run(&engine, request.clone()).await;
        assert_eq!(grpc_outcome(&call).0, Code::Ok);
        let connection = call.connection.as_ref().unwrap();
        assert_eq!(connection.is_kept, is_kept);
        let facts = connection.tls.as_ref().unwrap();
        assert_eq!((facts.version.as_str(), facts.alpn.as_deref()), ("TLS 1.3", Some("h2")));
        assert!(facts.is_verified() && facts.chain_der.len() == 1);
        // One tape lies above TLS, one below.
        let overheard = Exchange::of(&call.sealed).overheard();
        let name = Some("localhost".to_owned()).filter(|_| !is_kept);
        assert_eq!((&overheard.server_name, overheard.has_hello), (&name, !is_kept));
        assert!(overheard.n_encrypted >= 2, "{overheard:?}");
        for direction in [Direction::Sent, Direction::Received] {
            let (inside, outside) =
                (call.recording.len_of(direction), call.sealed.len_of(direction));
            assert!(outside > inside && call.sealed.contiguous(direction).len() as u64 == outside);
        }
        assert_eq!(call.recording.contiguous(Direction::Sent).starts_with(b"PRI"), !is_kept);
    }

    let mut over_http =
        http("GET", &format!("https://localhost:{}/Html", server.address.port()), "");
    over_http.tls = request.tls.clone();
    let call = run(&engine, over_http).await;
    assert_eq!(call.outcome, Some(Outcome::Http { status: 200, reason: "OK".into() }));
    assert_eq!(call.connection.as_ref().unwrap().http_version, "HTTP/2");

    let mut elsewhere = request.clone();
    elsewhere.tls.server_name = Some("other.example".into());
    let elsewhere = run(&engine, elsewhere).await;
    let CallFailure::Certificate { server_name, .. } = failure(&elsewhere) else { panic!() };
    assert_eq!(server_name, "other.example");

    let mut by_address = request.clone();
    by_address.target = format!("grpcs://{}", server.address).parse().unwrap();
    by_address.tls.server_name = Some("localhost".into());
    let by_address = run(&engine, by_address).await;
    assert_eq!(grpc_outcome(&by_address).0, Code::Ok);
}

#[tokio::test]
async fn authorities_of_the_settings_are_trusted_by_every_call_and_a_bad_file_is_passed_over() {
    let server = tls_server(&[b"h2"], Clients::Anyone).await;
    let (engine, _reports) = engine();
    let request = grpc(&format!("grpcs://localhost:{}", server.address.port()), "Echo", b"hi");
    let missing = server.ca_file.with_file_name("missing.pem");
    let empty = server.ca_file.with_file_name("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    assert_eq!(authority_fault(&server.ca_file), None);
    assert!(authority_fault(&missing).is_some() && authority_fault(&empty).is_some());
    let ca_files = vec![missing, empty, server.ca_file.clone()];
    engine.set_network(&Network { ca_files, ..Network::default() });
    let call = run(&engine, request.clone()).await;
    assert_eq!(grpc_outcome(&call).0, Code::Ok);
    engine.set_network(&Network::default());
    let call = run(&engine, request).await;
    assert!(matches!(failure(&call), CallFailure::Certificate { .. }), "no kept connection either");
}

#[tokio::test]
async fn verification_can_be_switched_off_and_the_call_says_so() {
    let server = tls_server(&[], Clients::Anyone).await;
    let (engine, _reports) = engine();
    let mut request = grpc(&format!("grpcs://{}", server.address), "Echo", b"hi");
    request.tls.is_insecure = true;
    let call = run(&engine, request).await;
    assert_eq!(grpc_outcome(&call).0, Code::Ok);
    let facts = call.connection.as_ref().unwrap().tls.clone().unwrap();
    assert!(!facts.is_verified() && facts.chain_der.len() == 1 && facts.alpn.is_none());
}

#[tokio::test]
async fn a_client_shows_its_certificate_and_hears_when_it_is_missed() {
    let server = tls_server(&[b"h2"], Clients::Known).await;
    let (engine, _reports) = engine();
    let mut request = grpc(&format!("grpcs://localhost:{}", server.address.port()), "Echo", b"hi");
    request.tls.ca_file = Some(server.ca_file.clone());
    let call = run(&engine, request.clone()).await;
    let CallFailure::Tls { cause, .. } = failure(&call) else { panic!("{:?}", call.outcome) };
    assert!(cause.to_string().contains("CertificateRequired"), "{cause}");
    request.tls.cert_file = Some(server.client_file.clone());
    let call = run(&engine, request).await;
    assert_eq!(grpc_outcome(&call).0, Code::Ok);
}

#[tokio::test]
async fn a_self_signed_server_is_trusted_by_its_own_file_and_name() {
    let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let own = params.self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.pem");
    std::fs::write(&file, own.pem()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![own.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let address = serve(config).await;
    let (engine, _reports) = engine();
    let mut request = grpc(&format!("grpcs://localhost:{}", address.port()), "Echo", b"hi");
    let refused = |call: &Arc<Call>| matches!(failure(call), CallFailure::Certificate { .. });
    assert!(refused(&run(&engine, request.clone()).await));
    request.tls.ca_file = Some(file);
    let call = run(&engine, request.clone()).await;
    assert_eq!(grpc_outcome(&call).0, Code::Ok);
    request.tls.server_name = Some("other.example".into());
    assert!(refused(&run(&engine, request).await));
}

#[tokio::test]
async fn the_wrong_security_is_named() {
    let (engine, _reports) = engine();
    let server = tls_server(&[b"h2"], Clients::Anyone).await;
    let plaintext_to_tls = [
        grpc(&format!("grpc://{}", server.address), "Echo", b""),
        http("GET", &format!("http://{}", server.address), ""),
    ];
    for request in plaintext_to_tls {
        let call = run(&engine, request).await;
        assert!(matches!(failure(&call), CallFailure::TlsPeer { .. }), "{:?}", call.outcome);
    }
    let (plain, _seen) = grpc_server().await;
    let call = run(&engine, grpc(&format!("grpcs://{plain}"), "Echo", b"")).await;
    assert!(matches!(failure(&call), CallFailure::PlaintextPeer { .. }), "{:?}", call.outcome);
    let (plain, _seen) = super::peers::http_server().await;
    let call = run(&engine, http("GET", &format!("https://{plain}"), "")).await;
    assert!(matches!(failure(&call), CallFailure::PlaintextPeer { .. }), "{:?}", call.outcome);

    let http1 = tls_server(&[b"http/1.1"], Clients::Anyone).await;
    let mut request = grpc(&format!("grpcs://{}", http1.address), "Echo", b"");
    request.tls.is_insecure = true;
    let call = run(&engine, request).await;
    let expected = matches!(failure(&call), CallFailure::Protocol { expected: "HTTP/2", .. });
    assert!(expected, "{:?}", call.outcome);
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let (engine, _reports) = engine();
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for path in [empty, folder.path().join("missing.pem")] {
        let mut request = grpc("grpcs://127.0.0.1:1", "Echo", b"");
        request.tls.ca_file = Some(path.clone());
        let call = run(&engine, request).await;
        let CallFailure::TlsFile { path: named, .. } = failure(&call) else { panic!() };
        assert_eq!(named, &path.display().to_string());
    }
}
