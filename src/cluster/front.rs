//! What stands in front of every service: one layer that reads the trace context and the
//! deadline, reports the server span, signs the answer and refuses strays in plain words.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use tokio::time::Instant;
use tonic::Status;

use crate::model::{AttributeValue, Code, Fault, Protocol, TraceContext};

use super::observe::{grpc_status, observed};
use super::seat::Seat;
use super::status::{http_of, status};
use super::trace::{Inbound, OpenSpan, is_internal, parent_of, parse_timeout};

/// Names the instance that answered.
pub(super) const SERVED_BY: &str = "x-served-by";

/// A path longer than this is cut in span names: strays may send anything.
const MAX_NAME_LEN: usize = 200;

/// Puts the layer in front of a service's routes, and of its fallback.
pub(super) fn guarded(router: Router, seat: Arc<Seat>) -> Router {
    router.layer(middleware::from_fn_with_state(seat, answer))
}

async fn answer(State(seat): State<Arc<Seat>>, request: Request, next: Next) -> Response {
    let asked = Asked::read(&request);
    let parent = parent_of(request.headers());
    let context = parent.map_or_else(TraceContext::root, TraceContext::child);
    let mut span = OpenSpan::server(&seat, context, parent, &asked.operation, asked.protocol);
    span.note(
        match asked.protocol {
            Protocol::Grpc => "rpc.system",
            Protocol::Http => "http.request.method",
        },
        AttributeValue::Text(Arc::from(match asked.protocol {
            Protocol::Grpc => "grpc",
            Protocol::Http => request.method().as_str(),
        })),
    );
    let deadline =
        parse_timeout(request.headers()).and_then(|timeout| Instant::now().checked_add(timeout));
    let inbound = Inbound { context, deadline };
    seat.until_answering().await;
    let mut response = inbound.scope(serve(&seat, &asked, deadline, request, next)).await;
    if let Ok(name) = HeaderValue::from_str(&seat.instance) {
        response.headers_mut().insert(SERVED_BY, name);
    }
    observed(response, span, asked.protocol).map(Body::new)
}

async fn serve(
    seat: &Seat,
    asked: &Asked,
    deadline: Option<Instant>,
    request: Request,
    next: Next,
) -> Response {
    if asked.protocol != seat.protocol() || !asked.is_routed {
        return refuse(seat, asked);
    }
    let work = async {
        let fault = if is_internal(&asked.operation) { Fault::default() } else { seat.fault() };
        match seat.suffer(&fault).await {
            Some(code) => fail(seat, code),
            None => next.run(request).await,
        }
    };
    let response = match deadline {
        None => work.await,
        Some(deadline) => match tokio::time::timeout_at(deadline, work).await {
            Ok(response) => response,
            Err(_elapsed) => {
                let status = format!("{}: no answer within the caller's deadline", seat.instance);
                return Status::deadline_exceeded(status).into_http();
            }
        },
    };
    // tonic answers an unknown service or method without a word.
    let is_wordless = grpc_status(response.headers()) == Some(Code::Unimplemented)
        && !response.headers().contains_key("grpc-message");
    if is_wordless { refuse(seat, asked) } else { response }
}

/// The answer of an instance that was told to fail.
fn fail(seat: &Seat, code: Code) -> Response {
    let words = format!("{} was told to fail", seat.instance);
    match seat.protocol() {
        Protocol::Grpc => status(code, words).into_http(),
        Protocol::Http => (http_of(code), Json(json!({ "status": code.name(), "message": words })))
            .into_response(),
    }
}

/// Says whose port this is, in the caller's own protocol.
fn refuse(seat: &Seat, asked: &Asked) -> Response {
    let words = seat.refusal(&asked.operation);
    match (asked.protocol, seat.protocol()) {
        (Protocol::Grpc, _) => Status::unimplemented(words).into_http(),
        (Protocol::Http, Protocol::Grpc) => {
            let words = format!("{words}\nIt speaks gRPC over HTTP/2 in plaintext.\n");
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, words).into_response()
        }
        (Protocol::Http, Protocol::Http) => {
            let body = json!({ "status": Code::NotFound.name(), "message": words });
            (StatusCode::NOT_FOUND, Json(body)).into_response()
        }
    }
}

/// What the caller wants, as far as its head tells.
struct Asked {
    protocol: Protocol,
    /// `Greeter/SayHello`, `GET /products/{id}`.
    operation: String,
    /// Whether a route takes it.
    is_routed: bool,
}

impl Asked {
    fn read(request: &Request) -> Self {
        let path = request.uri().path();
        let template = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let is_routed = template.is_some();
        if is_grpc(request.headers()) {
            let name = path.trim_start_matches('/').chars().take(MAX_NAME_LEN).collect();
            return Self { protocol: Protocol::Grpc, operation: name, is_routed };
        }
        // tonic's own wildcard says less than the path does.
        let path = template.filter(|template| !template.contains("{*")).unwrap_or(path);
        let path: String = path.chars().take(MAX_NAME_LEN).collect();
        Self {
            protocol: Protocol::Http,
            operation: format!("{} {path}", request.method()),
            is_routed,
        }
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}
