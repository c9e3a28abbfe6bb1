//! Servers that do one thing each.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::net::{Body, BoxError};

/// What a server saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) n_connections: AtomicUsize,
    pub(super) n_started: AtomicUsize,
    pub(super) n_dropped: AtomicUsize,
    pub(super) headers: Mutex<Option<http::HeaderMap>>,
}

struct Dropped(Arc<Seen>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.n_dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// A gRPC server that is none of ours: methods are named after what they do.
pub(super) async fn grpc_server() -> (SocketAddr, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.n_connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve_grpc(stream, Arc::clone(&shared)));
        }
    });
    (address, seen)
}

pub(super) async fn serve_grpc<S>(stream: S, seen: Arc<Seen>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request| answer(request, Arc::clone(&seen)));
    let served = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(1 << 20)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    drop(served);
}

/// Messages of a flood.
pub(super) const N_FLOOD: usize = 100_000;

/// Serves until the first call has begun, then says goodbye.
pub(super) async fn serve_one(stream: TcpStream, seen: Arc<Seen>) {
    let shared = Arc::clone(&seen);
    let service = service_fn(move |request| answer(request, Arc::clone(&shared)));
    let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    let served = std::future::poll_fn(|cx| {
        if seen.n_started.load(Ordering::SeqCst) > 0 {
            serving.as_mut().graceful_shutdown();
        }
        serving.as_mut().poll(cx)
    });
    drop(served.await);
}

async fn answer(
    request: http::Request<Incoming>,
    seen: Arc<Seen>,
) -> Result<http::Response<Body>, Infallible> {
    *seen.headers.lock() = Some(request.headers().clone());
    seen.n_started.fetch_add(1, Ordering::SeqCst);
    let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let response =
        |status: u16, headers: &[(&str, &str)], frames: Vec<Result<Frame<Bytes>, BoxError>>| {
            let mut builder = http::Response::builder().status(status);
            for (name, value) in headers {
                builder = builder.header(*name, *value);
            }
            let body = StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync();
            Ok(builder.body(body).unwrap())
        };
    let data = |bytes: &'static [u8]| Ok(Frame::data(Bytes::from_static(bytes)));
    let trailers = |status: &str| {
        let mut map = http::HeaderMap::new();
        map.insert("grpc-status", status.parse().unwrap());
        map.insert("x-trailer", "yes".parse().unwrap());
        Ok(Frame::trailers(map))
    };
    let grpc = ("content-type", "application/grpc");
    match method.as_str() {
        "Echo" => {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let echoed = Ok(Frame::data(body));
            response(200, &[grpc, ("x-header", "yes")], vec![echoed, trailers("0")])
        }
        "Hang" => {
            let _guard = Dropped(seen);
            std::future::pending().await
        }
        "TrailersOnly" => {
            response(200, &[grpc, ("grpc-status", "5"), ("grpc-message", "no%20such")], vec![])
        }
        "Missing" => response(200, &[grpc], vec![data(b"\0\0\0\0\x01a")]),
        // More small frames than h2 holds by itself for a reader that pauses.
        "Flood" => {
            let frames = (0..N_FLOOD).map(|_| data(b"\0\0\0\0\x01a"));
            response(200, &[grpc], frames.chain([trailers("0")]).collect())
        }
        "Many" => {
            let frames = vec![data(b"\0\0\0\0\x01a\0\0"), data(b"\0\0\x01b"), trailers("0")];
            response(200, &[grpc], frames)
        }
        "Compressed" => {
            let frames = vec![data(b"\x01\0\0\0\x01a"), trailers("0")];
            response(200, &[grpc, ("grpc-encoding", "gzip")], frames)
        }
        "Short" => response(200, &[grpc], vec![data(b"\0\0\0\0\x09abc"), trailers("0")]),
        "Reset" => response(200, &[grpc], vec![data(b"\0\0\0"), Err("on purpose".into())]),
        "Html" => response(200, &[("content-type", "text/html")], vec![data(b"<p>")]),
        _ => response(503, &[("content-type", "text/plain")], vec![data(b"no")]),
    }
}

/// An HTTP/1.1 server by hyper.
pub(super) async fn http_server() -> (SocketAddr, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.n_connections.fetch_add(1, Ordering::SeqCst);
            let seen = Arc::clone(&shared);
            let service = service_fn(move |request: http::Request<Incoming>| {
                let seen = Arc::clone(&seen);
                async move {
                    *seen.headers.lock() = Some(request.headers().clone());
                    let text = format!("{} {}", request.method(), request.uri());
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    let body = [text.as_bytes(), b"\n", &body].concat();
                    Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from(body))))
                }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    (address, seen)
}

/// A server that reads up to the empty line and says the given words to each
/// connection in turn, then closes it or keeps it open.
pub(super) async fn scripted(answers: Vec<(&'static [u8], bool)>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        for (answer, is_kept) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_head(&mut stream).await;
            stream.write_all(answer).await.unwrap();
            if is_kept {
                open.push(stream);
            }
        }
        std::future::pending::<()>().await;
        drop(open);
    });
    address
}

async fn read_head(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        seen.push(stream.read_u8().await.unwrap());
    }
}

/// What passed a proxy, both ways.
pub(super) type Passed = Arc<Mutex<(Vec<u8>, Vec<u8>)>>;

/// Passes bytes on and writes them down.
pub(super) async fn proxy(upstream: SocketAddr) -> (SocketAddr, Passed) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let passed = Passed::default();
    let shared = Arc::clone(&passed);
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(upstream).await.unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let up = async {
            let mut buffer = vec![0; 4096];
            while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
                shared.lock().0.extend_from_slice(&buffer[..n]);
                to_server.write_all(&buffer[..n]).await.unwrap();
            }
        };
        let down = async {
            let mut buffer = vec![0; 4096];
            while let Ok(n @ 1..) = from_server.read(&mut buffer).await {
                shared.lock().1.extend_from_slice(&buffer[..n]);
                to_client.write_all(&buffer[..n]).await.unwrap();
            }
        };
        tokio::join!(up, down);
    });
    (address, passed)
}
