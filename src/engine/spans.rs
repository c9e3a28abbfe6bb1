//! The client span of a call: reported when it starts and again when it ends.

use std::sync::Arc;

use crate::model::Address;
use crate::model::{
    AttributeValue, CLIENT, Call, CallBody, Outcome, Protocol, Span, SpanKind, SpanMessages,
    SpanStatus, Timestamp,
};

/// The span of a call as it stands (OpenTelemetry semantic conventions for RPC and HTTP).
pub fn of_call(call: &Call, ended: Option<Timestamp>) -> Span {
    let request = &call.request;
    let mut attributes = Attributes::default();
    let protocol = match &request.body {
        CallBody::Grpc { method, .. } => {
            attributes.text("rpc.system", "grpc");
            attributes.text("rpc.service", &method.service);
            attributes.text("rpc.method", &method.method);
            Protocol::Grpc
        }
        CallBody::Http { method, .. } => {
            attributes.text("http.request.method", method);
            let path = request.target.path.split('?').next().unwrap_or_default();
            attributes.text("url.path", if path.is_empty() { "/" } else { path });
            Protocol::Http
        }
    };
    match &request.target.address {
        Address::Tcp { host, port } => {
            attributes.text("server.address", host);
            attributes.int("server.port", i64::from(*port));
        }
        Address::Unix(path) => attributes.text("server.address", &path.to_string_lossy()),
    }
    if let Some(connection) = &call.connection {
        attributes.text("network.peer.address", &connection.peer);
    }
    if let Some(status) = call.http_status {
        attributes.int("http.response.status_code", i64::from(status));
    }
    if let Some(Outcome::Grpc { number, .. }) = &call.outcome {
        attributes.int("rpc.grpc.status_code", i64::from(*number));
    }
    Span {
        trace_id: call.trace.trace_id,
        span_id: call.trace.span_id,
        parent: None,
        kind: SpanKind::Client,
        service: CLIENT.into(),
        instance: None,
        name: request.operation().into(),
        protocol,
        peer: Some(peer(call)),
        started: call.started,
        ended,
        status: status(call.outcome.as_ref()),
        is_internal: request.is_internal,
        call: Some(call.id),
        attributes: attributes.0,
        messages: SpanMessages::default(),
    }
}

fn peer(call: &Call) -> Arc<str> {
    match &call.request.target.address {
        Address::Unix(path) => format!("unix:{}", path.display()).into(),
        Address::Tcp { .. } => call.request.target.authority().into(),
    }
}

fn status(outcome: Option<&Outcome>) -> SpanStatus {
    match outcome {
        None => SpanStatus::Running,
        Some(outcome) if outcome.is_ok() => SpanStatus::Ok,
        Some(Outcome::Grpc { code, .. }) => SpanStatus::Error(code.name().into()),
        Some(Outcome::Http { status, .. }) => SpanStatus::Error(status.to_string().into()),
        Some(Outcome::Failed(failure)) => SpanStatus::Error(failure.to_string().into()),
        Some(Outcome::Cancelled) => SpanStatus::Error("CANCELLED".into()),
    }
}

#[derive(Default)]
struct Attributes(Vec<(Arc<str>, AttributeValue)>);

impl Attributes {
    fn text(&mut self, name: &str, value: &str) {
        self.0.push((name.into(), AttributeValue::Text(value.into())));
    }

    fn int(&mut self, name: &str, value: i64) {
        self.0.push((name.into(), AttributeValue::Int(value)));
    }
}
