//! Servers that are none of ours.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hoplens::schema::{Schema, load_virtual};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

/// What a server saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Requests that arrived.
    pub(crate) n_started: AtomicUsize,
    /// Requests that were given up.
    pub(crate) n_dropped: AtomicUsize,
}

impl Seen {
    pub(crate) fn started(&self, n_wanted: usize) -> Option<()> {
        (self.n_started.load(Ordering::SeqCst) == n_wanted).then_some(())
    }

    pub(crate) fn dropped(&self, n_wanted: usize) -> Option<()> {
        (self.n_dropped.load(Ordering::SeqCst) == n_wanted).then_some(())
    }
}

struct Dropped(Arc<Seen>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.n_dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// An HTTP/2 server that takes every request and never answers.
pub(crate) async fn silent_server() -> (SocketAddr, Arc<Seen>, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let shared = Arc::clone(&seen);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let seen = Arc::clone(&shared);
            let service = service_fn(move |_request: http::Request<Incoming>| {
                seen.n_started.fetch_add(1, Ordering::SeqCst);
                let guard = Dropped(Arc::clone(&seen));
                async move {
                    let _guard = guard;
                    std::future::pending::<Result<http::Response<String>, Infallible>>().await
                }
            });
            connections.spawn(async move {
                let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                drop(builder.serve_connection(TokioIo::new(stream), service).await);
            });
        }
    });
    (address, seen, tasks)
}

/// The schema of one text.
pub(crate) fn schema_of(text: &str) -> Schema {
    let loaded = load_virtual(&[("test.proto", text)]);
    assert_eq!(loaded.problems, []);
    loaded.schema
}

/// tonic's reflection service for one schema, on this port (0: any), until the set is dropped.
pub(crate) async fn reflecting(text: &str, port: u16) -> (SocketAddr, JoinSet<()>) {
    let set = schema_of(text).to_descriptor_set();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(Box::leak(set.into_boxed_slice()))
        .include_reflection_service(false)
        .build_v1()
        .unwrap();
    let server = Server::builder().add_service(reflection);
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        server.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
    });
    (address, tasks)
}
