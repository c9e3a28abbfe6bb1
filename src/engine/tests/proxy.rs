//! Through a proxy that is none of ours: a small one that speaks CONNECT and nothing else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::peers::{grpc_server, http_server};
use super::*;
use crate::net::Network;

/// Answers each CONNECT with `answer`; with `200` it goes on to `server`, whatever the name was.
async fn proxy(answer: &'static str, server: SocketAddr) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let n_asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&n_asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(pass_on(stream, answer, server));
        }
    });
    (format!("http://{address}"), n_asked)
}

async fn pass_on(stream: TcpStream, answer: &'static str, server: SocketAddr) {
    let mut client = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if client.read_line(&mut head).await.unwrap() == 0 {
            return;
        }
    }
    assert!(head.starts_with("CONNECT service.example:"), "{head}");
    client.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).await.unwrap();
    if answer.starts_with("200") {
        let mut behind = TcpStream::connect(server).await.unwrap();
        drop(tokio::io::copy_bidirectional(&mut client, &mut behind).await);
    }
}

fn through(engine: &Engine, proxy: &str, no_proxy: &[&str]) {
    let no_proxy = no_proxy.iter().map(|host| (*host).to_owned()).collect();
    engine.set_network(&Network { proxy: proxy.parse().ok(), no_proxy, ca_files: Vec::new() });
}

#[tokio::test]
async fn calls_to_other_machines_go_through_the_proxy_with_a_phase_of_its_own() {
    let (server, _seen) = http_server().await;
    let (proxy, n_asked) = proxy("200 Connection established", server).await;
    let (engine, _reports) = engine();
    through(&engine, &proxy, &[]);
    for is_kept in [false, true] {
        let call = run(&engine, http("GET", "http://service.example/a", "")).await;
        assert!(
            matches!(call.outcome, Some(Outcome::Http { status: 200, .. })),
            "{:?}",
            call.outcome
        );
        let facts = call.connection.as_ref().unwrap();
        assert_eq!((facts.is_kept, facts.proxy.as_deref()), (is_kept, Some(proxy.as_str())));
        assert_eq!(facts.peer, "service.example:80");
        let phase = call.timing.get(Phase::Proxy);
        let is_right =
            if is_kept { phase == PhaseTime::Kept } else { matches!(phase, PhaseTime::Took(_)) };
        assert!(is_right, "{phase:?}");
        if !is_kept {
            let way = facts.attempts.last().unwrap();
            assert_eq!(
                (way.address.as_str(), &way.failure),
                (&*format!("{proxy} -> service.example:80"), &None)
            );
            assert_eq!(
                call.timing.get(Phase::LookUp),
                PhaseTime::Absent,
                "the proxy resolves the name"
            );
        }
    }
    assert_eq!(n_asked.load(Ordering::SeqCst), 1);
    through(&engine, &proxy, &[]);
    run(&engine, http("GET", "http://service.example/a", "")).await;
    assert_eq!(n_asked.load(Ordering::SeqCst), 2, "other settings, another connection");
}

#[tokio::test]
async fn grpc_goes_through_it_too() {
    let (server, _seen) = grpc_server().await;
    let (proxy, _) = proxy("200 OK", server).await;
    let (engine, _reports) = engine();
    through(&engine, &proxy, &[]);
    let call = run(&engine, grpc("grpc://service.example:50051", "Echo", b"abc")).await;
    assert_eq!(grpc_outcome(&call), (Code::Ok, StatusOrigin::Trailers));
}

#[tokio::test]
async fn this_machine_and_named_hosts_are_called_without_it() {
    let (server, _seen) = http_server().await;
    let (proxy, n_asked) = proxy("502 Bad Gateway", server).await;
    let (engine, _reports) = engine();
    through(&engine, &proxy, &["service.example"]);
    let call = run(&engine, http("GET", &format!("http://{server}/a"), "")).await;
    assert!(matches!(call.outcome, Some(Outcome::Http { status: 200, .. })), "{:?}", call.outcome);
    assert_eq!(call.timing.get(Phase::Proxy), PhaseTime::Absent);
    // No resolver knows the name: asked directly, the call fails before anything is dialled.
    run(&engine, http("GET", "http://service.example/a", "")).await;
    assert_eq!(n_asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_proxy_that_says_no_or_nothing_is_named() {
    let (server, _seen) = http_server().await;
    let (engine, _reports) = engine();
    for (answer, wanted) in [("407 Proxy Authentication Required", 407), ("502 Bad Gateway", 502)] {
        let (proxy, _) = proxy(answer, server).await;
        through(&engine, &proxy, &[]);
        let call = run(&engine, http("GET", "http://service.example/a", "")).await;
        let CallFailure::ProxyRefused { proxy: named, target, status, .. } = failure(&call) else {
            panic!("{:?}", call.outcome)
        };
        assert_eq!((named, target.as_str(), *status), (&proxy, "service.example:80", wanted));
        let way = call.connection.as_ref().unwrap().attempts.last().unwrap();
        assert!(way.failure.as_ref().unwrap().to_string().contains(answer), "{way:?}");
    }
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    through(&engine, &format!("http://{gone}"), &[]);
    let call = run(&engine, http("GET", "http://service.example/a", "")).await;
    let CallFailure::Proxy { proxy, cause } = failure(&call) else { panic!("{:?}", call.outcome) };
    assert!(
        proxy.contains(&gone.to_string()) && cause.to_string().contains("refused"),
        "{proxy} {cause}"
    );
    through(&engine, &proxy_that_closes().await, &[]);
    let call = run(&engine, http("GET", "http://service.example/a", "")).await;
    assert!(matches!(failure(&call), CallFailure::Proxy { cause: Cause::Unanswered, .. }));
}

async fn proxy_that_closes() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            drop(tokio::io::AsyncReadExt::read(&mut stream, &mut head).await);
        }
    });
    format!("http://{address}")
}
