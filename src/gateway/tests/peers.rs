//! Both ends around the gateway: instances that answer, callers that ask.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::{HeaderMap, Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::gateway::{ConfigSource, DEFAULT_CONFIG, Gateway, GatewayHandle, GatewayOptions};
use crate::model::{Clock, Endpoint, Endpoints};
use crate::telemetry::{Recorder, Reports};

pub(super) type AnyBody = BoxBody<Bytes, Infallible>;

pub(super) fn full(text: impl Into<Bytes>) -> AnyBody {
    Full::new(text.into()).boxed()
}

pub(super) fn empty() -> AnyBody {
    full("")
}

/// A body that is fed while it is sent.
pub(super) fn channel() -> (mpsc::Sender<Frame<Bytes>>, AnyBody) {
    let (sender, receiver) = mpsc::channel(16);
    let frames = tokio_stream::StreamExt::map(
        tokio_stream::wrappers::ReceiverStream::new(receiver),
        Ok::<_, Infallible>,
    );
    (sender, BoxBody::new(http_body_util::StreamBody::new(frames)))
}

pub(super) fn trailers(pairs: &[(&'static str, &str)]) -> Frame<Bytes> {
    let pair = |(name, value): &(&'static str, &str)| {
        (::http::HeaderName::from_static(name), value.parse().unwrap())
    };
    Frame::trailers(pairs.iter().map(pair).collect::<HeaderMap>())
}

/// One running instance; its port is free again when it is dropped.
pub(super) struct Instance {
    pub(super) endpoint: Endpoint,
    task: AbortHandle,
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts an instance that answers each request with `answer(instance name, request)`.
pub(super) async fn instance<A, F>(name: &str, answer: A) -> Instance
where
    A: Fn(Arc<str>, Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<AnyBody>> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let instance: Arc<str> = name.into();
    let endpoint =
        Endpoint { instance: Arc::clone(&instance), address: listener.local_addr().unwrap() };
    let accept = async move {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (answer, instance) = (answer.clone(), Arc::clone(&instance));
            connections.spawn(async move {
                let service = service_fn(move |request| {
                    let answered = answer(Arc::clone(&instance), request);
                    async move { Ok::<_, Infallible>(answered.await) }
                });
                let builder = auto::Builder::new(TokioExecutor::new());
                drop(builder.serve_connection(TokioIo::new(stream), service).await);
            });
        }
    };
    Instance { endpoint, task: tokio::spawn(accept).abort_handle() }
}

/// A gateway with the embedded configuration, and what surrounds it.
pub(super) struct Bench {
    pub(super) handle: GatewayHandle,
    pub(super) endpoints: watch::Sender<Arc<Endpoints>>,
    pub(super) reports: Reports,
    pub(super) recorder: Recorder,
    pub(super) running: JoinHandle<()>,
}

pub(super) async fn bench(services: &[(&str, &[&Instance])]) -> Bench {
    bench_with(DEFAULT_CONFIG, services).await
}

pub(super) async fn bench_with(text: &str, services: &[(&str, &[&Instance])]) -> Bench {
    let mut endpoints = Endpoints::default();
    for (service, instances) in services {
        let of_service = instances.iter().map(|instance| instance.endpoint.clone()).collect();
        endpoints.set(*service, of_service);
    }
    let (endpoints, watched) = watch::channel(Arc::new(endpoints));
    let (recorder, reports) = Recorder::channel(Clock::start(), 4096);
    let config = ConfigSource { name: "test.yaml".into(), text: text.to_owned() };
    let options = GatewayOptions { port: Some(0), config };
    let (gateway, handle) = Gateway::bind(options, watched, recorder.clone()).await.unwrap();
    assert_eq!(handle.problems(), []);
    let running = tokio::spawn(gateway.run(CancellationToken::new()));
    Bench { handle, endpoints, reports, recorder, running }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    pub(super) trailers: HeaderMap,
}

impl Answer {
    pub(super) async fn read(response: Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap();
        let trailers = body.trailers().cloned().unwrap_or_default();
        let bytes = body.to_bytes();
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            trailers,
        }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn trailer(&self, name: &str) -> &str {
        self.trailers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Sends one request over HTTP/1.1 on a connection of its own.
pub(super) async fn http1(gateway: SocketAddr, request: Request<AnyBody>) -> Answer {
    let stream = TcpStream::connect(gateway).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    Answer::read(sender.send_request(request).await.unwrap()).await
}

pub(super) type Http2 = hyper::client::conn::http2::SendRequest<AnyBody>;

/// Opens an HTTP/2 connection by prior knowledge.
pub(super) async fn http2(gateway: SocketAddr) -> Http2 {
    let stream = TcpStream::connect(gateway).await.unwrap();
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    sender
}

/// A GET for HTTP/1.1.
pub(super) fn get(path: &str) -> Request<AnyBody> {
    Request::get(path).header("host", "localhost:8080").body(empty()).unwrap()
}

/// Waits for what must come, and fails where it does not.
pub(super) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    let waited = tokio::time::timeout(Duration::from_secs(30), future).await;
    waited.unwrap_or_else(|_| panic!("{what} did not come"))
}

/// Polls until the condition holds.
pub(super) async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
