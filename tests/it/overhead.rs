//! What the bytes of a call were for: all parts together are what the socket carried, as a third program counts it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hoplens::model::{CallBody, Direction, MethodPath, Request};
use hoplens::session::{Headless, WireReading};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::command_line::demo;
use crate::desk::eventually;
use crate::tls::{tls_in_front_of, tls_speaking};

/// How many bytes have passed: from the client, to the client.
#[derive(Debug, Default)]
struct Counted([AtomicU64; 2]);

impl Counted {
    fn both(&self) -> [u64; 2] {
        [&self.0[0], &self.0[1]].map(|n| n.load(Ordering::SeqCst))
    }
}

/// Passes every byte on and counts it.
async fn counting(behind: SocketAddr) -> (SocketAddr, Arc<Counted>, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let counted = Arc::new(Counted::default());
    let (mut tasks, count) = (JoinSet::new(), Arc::clone(&counted));
    tasks.spawn(async move {
        let mut pumps = JoinSet::new();
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(behind).await.unwrap();
            client.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let ((from, to), (back, out)) = (client.into_split(), server.into_split());
            pumps.spawn(pump(from, out, Arc::clone(&count), 0));
            pumps.spawn(pump(back, to, Arc::clone(&count), 1));
        }
    });
    (address, counted, tasks)
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    counted: Arc<Counted>,
    way: usize,
) {
    let mut buffer = [0; 16_384];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        counted.0[way].fetch_add(n as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_every_call_add_up_to_what_the_socket_carried() {
    let (desk, greeter, gateway) = demo().await;
    let (greeter, gateway): (SocketAddr, SocketAddr) =
        (greeter.parse().unwrap(), gateway.parse().unwrap());
    let (grpc_tls, _root, _grpc_tasks) = tls_in_front_of(greeter, desk.folder()).await;
    let (http2_tls, _root, _http2_tasks) = tls_in_front_of(gateway, desk.folder()).await;
    let (http1_tls, _root, _http1_tasks) = tls_speaking(b"http/1.1", gateway, desk.folder()).await;
    let hello = CallBody::Grpc {
        method: MethodPath::parse("Greeter/SayHello").unwrap(),
        messages: vec![Bytes::from_static(b"\x0a\x03Ada")],
    };
    let get = CallBody::Http { method: "GET".into(), body: Bytes::new() };
    let cases = [
        ("grpc", greeter, "", &hello, "HTTP/2"),
        ("grpcs", grpc_tls, "", &hello, "HTTP/2"),
        ("http", gateway, "/products", &get, "HTTP/1.1"),
        ("https", http2_tls, "/products", &get, "HTTP/2"),
        ("https", http1_tls, "/products", &get, "HTTP/1.1"),
    ];
    for (scheme, behind, path, body, version) in cases {
        let (address, counted, _tasks) = counting(behind).await;
        let url = format!("{scheme}://{address}{path}");
        let mut request = Request::new(url.parse().unwrap(), body.clone());
        request.tls.is_insecure = true;
        let headless = Headless::new();
        let (mut all, mut tls) = ([0, 0], Vec::new());
        for is_kept in [false, true, true] {
            let call = headless.call(request.clone()).await;
            let connection = call.connection.as_ref().unwrap();
            let about = format!("{url} over {version}, kept: {is_kept}");
            assert!(call.outcome.as_ref().unwrap().is_ok(), "{about} {:?}", call.outcome);
            assert_eq!(
                (connection.is_kept, connection.http_version),
                (is_kept, version),
                "{about}"
            );
            let sums = WireReading::of(&call, None).exchange.sums;
            for (way, direction) in [Direction::Sent, Direction::Received].into_iter().enumerate() {
                let sums = sums.of(direction);
                all[way] += sums.in_all();
                let (inside, sealed) = (&call.recording, &call.sealed);
                assert_eq!(sums.in_all() - sums.tls, inside.len_of(direction), "{about}");
                if connection.tls.is_some() {
                    assert_eq!(sums.in_all(), sealed.len_of(direction), "{about}");
                } else {
                    assert!(sealed.parts.is_empty() && sums.tls == 0, "{about}");
                }
                assert_eq!(sums.other, 0, "{about}");
            }
            tls.push(sums.together().tls);
            let same = || (counted.both() == all).then_some(());
            eventually(&format!("{about}: {all:?} and {counted:?}"), same).await;
        }
        if url.contains("s://") {
            // The handshake alone has the certificate; a kept connection costs a few bytes a record.
            assert!(tls[0] > 800 && (40..400).contains(&tls[1]), "{tls:?}");
        }
    }
    desk.close().await;
}
