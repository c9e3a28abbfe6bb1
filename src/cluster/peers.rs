//! How an instance calls its neighbours: one place that picks the instance, carries the trace
//! context and the deadline on, reports the client span and names who failed.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Method};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service};
use tonic::transport::Channel;

use crate::model::{AttributeValue, Code, Endpoint, Endpoints, Protocol, SpanStatus};

use super::front::SERVED_BY;
use super::observe::{ObservedBody, observed};
use super::pick::Rotation;
use super::seat::Seat;
use super::status::status as status_of;
use super::trace::{Inbound, OpenSpan, TRACEPARENT, Who, format_timeout};

const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// For calls whose own caller named no deadline.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(5);

/// The HTTP client that all instances share: it pools connections by address.
pub(super) fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    // no_proxy: a proxy from the environment must not see calls over loopback.
    reqwest::Client::builder().no_proxy().connect_timeout(CONNECT_TIMEOUT).build()
}

/// One instance's view of its neighbours.
#[derive(Debug)]
pub(super) struct Peers {
    seat: Arc<Seat>,
    endpoints: watch::Receiver<Arc<Endpoints>>,
    rotations: BTreeMap<&'static str, Rotation>,
    channels: Mutex<BTreeMap<SocketAddr, Channel>>,
    http: reqwest::Client,
}

impl Peers {
    pub(super) fn new(
        seat: Arc<Seat>,
        endpoints: watch::Receiver<Arc<Endpoints>>,
        http: reqwest::Client,
    ) -> Self {
        let first = seat.number.saturating_sub(1);
        let rotations =
            seat.role.calls.iter().map(|callee| (*callee, Rotation::starting_at(first))).collect();
        Self { seat, endpoints, rotations, channels: Mutex::default(), http }
    }

    /// What a generated gRPC client takes for its transport.
    pub(super) fn grpc(self: &Arc<Self>, callee: &'static str) -> GrpcPeer {
        GrpcPeer { peers: Arc::clone(self), callee }
    }

    /// One JSON exchange with an HTTP neighbour: its answer and which instance gave it. `route` is the template, `path` what is sent.
    pub(super) async fn http(
        &self,
        callee: &'static str,
        method: Method,
        route: &str,
        path: &str,
        body: &Value,
    ) -> Result<(Value, Arc<str>), Status> {
        let mut asking = self.ask(callee, &format!("{method} {route}"), Protocol::Http)?;
        let endpoint = asking.endpoint.clone();
        let exchange = async {
            let answer = self
                .http
                .request(method, format!("http://{}{path}", endpoint.address))
                .header(TRACEPARENT, asking.traceparent.clone())
                .json(body)
                .send()
                .await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.text().await?))
        };
        let (status, text) = match timeout_at(asking.deadline, exchange).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(asking.failed(&error)),
            Err(_elapsed) => return Err(asking.late()),
        };
        asking.span.end_http(status.as_u16());
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        if status.is_success() {
            return Ok((value, endpoint.instance));
        }
        let words = value.get("message").and_then(Value::as_str).unwrap_or_default();
        let words = format!("{}: {words} (HTTP {})", endpoint.instance, status.as_u16());
        Err(match status.as_u16() {
            404 => Status::not_found(words),
            409 => Status::failed_precondition(words),
            code => status_of(Code::from_http(code), words),
        })
    }

    /// Picks an instance and reports that it is being asked.
    fn ask(
        &self,
        callee: &'static str,
        operation: &str,
        protocol: Protocol,
    ) -> Result<Asking, Status> {
        let inbound = Inbound::current();
        let context = inbound.context.child();
        let who = Who::of(&self.seat);
        let mut span =
            OpenSpan::client(&who, context, Some(inbound.context), operation, protocol, callee);
        let endpoints = Arc::clone(&self.endpoints.borrow());
        let ready = endpoints.get(callee).unwrap_or_default();
        let Some(endpoint) = self.rotations.get(callee).and_then(|turn| turn.pick(ready)) else {
            span.end(SpanStatus::Error(Arc::from(Code::Unavailable.name())));
            return Err(Status::unavailable(format!("no instance of {callee} takes calls")));
        };
        let address = endpoint.address;
        span.note("server.address", AttributeValue::Text(Arc::from(address.ip().to_string())));
        span.note("server.port", AttributeValue::Int(i64::from(address.port())));
        Ok(Asking {
            endpoint: endpoint.clone(),
            span,
            traceparent: HeaderValue::from_str(&context.to_string())
                .map_err(|error| Status::internal(error.to_string()))?,
            deadline: inbound.deadline.unwrap_or_else(|| Instant::now() + DEFAULT_DEADLINE),
        })
    }

    /// The channel to this instance; channels to addresses that nobody has any more are let go.
    fn channel(&self, address: SocketAddr) -> Result<Channel, Status> {
        let mut channels = self.channels.lock();
        if let Some(channel) = channels.get(&address) {
            return Ok(channel.clone());
        }
        let endpoints = Arc::clone(&self.endpoints.borrow());
        channels.retain(|known, _| {
            endpoints.iter().any(|(_, all)| all.iter().any(|endpoint| endpoint.address == *known))
        });
        let channel = Channel::from_shared(format!("http://{address}"))
            .map_err(|error| Status::internal(error.to_string()))?
            .connect_timeout(CONNECT_TIMEOUT)
            .connect_lazy();
        channels.insert(address, channel.clone());
        Ok(channel)
    }
}

/// One call on its way to one instance.
struct Asking {
    endpoint: Endpoint,
    span: OpenSpan,
    traceparent: HeaderValue,
    deadline: Instant,
}

impl Asking {
    fn failed(&mut self, error: &(dyn Error + 'static)) -> Status {
        if Instant::now() >= self.deadline {
            return self.late();
        }
        self.span.end(SpanStatus::Error(Arc::from(Code::Unavailable.name())));
        let Endpoint { instance, address } = &self.endpoint;
        Status::unavailable(format!("{instance} ({address}): {}", root_cause(error)))
    }

    fn late(&mut self) -> Status {
        self.span.end(SpanStatus::Error(Arc::from(Code::DeadlineExceeded.name())));
        Status::deadline_exceeded(format!("{}: no answer in time", self.endpoint.instance))
    }
}

/// The innermost error says what happened; the ones around it only where it passed.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// A tower service over the instances of one gRPC service: each call goes to the next in turn.
#[derive(Debug, Clone)]
pub(super) struct GrpcPeer {
    peers: Arc<Peers>,
    callee: &'static str,
}

impl Service<http::Request<Body>> for GrpcPeer {
    type Response = http::Response<ObservedBody<Body>>;
    type Error = Status;
    type Future = BoxFuture<Self::Response, Status>;

    /// Always ready: which instance's channel has to be ready is decided with the call.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let Self { peers, callee } = self.clone();
        Box::pin(async move {
            let operation = request.uri().path().trim_start_matches('/').to_owned();
            let mut asking = peers.ask(callee, &operation, Protocol::Grpc)?;
            let mut channel = peers.channel(asking.endpoint.address)?;
            let left = asking.deadline.saturating_duration_since(Instant::now());
            let headers = request.headers_mut();
            headers.insert(TRACEPARENT, asking.traceparent.clone());
            if let Ok(value) = HeaderValue::from_str(&format_timeout(left)) {
                headers.insert("grpc-timeout", value);
            }
            let exchange = async {
                poll_fn(|cx| channel.poll_ready(cx)).await?;
                channel.call(request).await
            };
            match timeout_at(asking.deadline, exchange).await {
                Ok(Ok(response)) => Ok(observed(response, asking.span, Protocol::Grpc)),
                Ok(Err(error)) => Err(asking.failed(&error)),
                Err(_elapsed) => Err(asking.late()),
            }
        })
    }
}

/// Puts the name of the instance that sent this status in front of its message, for whoever
/// reads it behind the caller.
pub(super) fn name_callee(status: Status) -> Status {
    let Some(instance) = status.metadata().get(SERVED_BY).and_then(|v| v.to_str().ok()) else {
        return status;
    };
    let words = format!("{instance}: {}", status.message());
    Status::with_details(status.code(), words, status.details().to_vec().into())
}

/// Which instance sent this answer.
pub(super) fn served_by<T>(response: &tonic::Response<T>) -> String {
    response
        .metadata()
        .get(SERVED_BY)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}
