//! Spans as OpenTelemetry defines them, reported when they start and again when they end.

use std::sync::Arc;

use super::{CallId, Protocol, SpanId, SpanMessages, Timestamp, TraceId};

/// One operation of one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Itself.
    pub span_id: SpanId,
    /// The span that caused it.
    pub parent: Option<SpanId>,
    /// Which side of a call this is.
    pub kind: SpanKind,
    /// `service.name`: who reports it (`client`, `gateway`, `orders`).
    pub service: Arc<str>,
    /// `service.instance.id`: `orders-2`; `None` for the client.
    pub instance: Option<Arc<str>>,
    /// The operation: `shop.orders.v1.Orders/PlaceOrder`, `GET /products/{id}`.
    pub name: Arc<str>,
    /// What it speaks.
    pub protocol: Protocol,
    /// For client spans: the callee as the caller knows it (service name, else `server.address:port`).
    pub peer: Option<Arc<str>>,
    /// When it started.
    pub started: Timestamp,
    /// When it ended; `None` while it runs.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub status: SpanStatus,
    /// Health checks, reflection, probes: marked, hidden by default.
    pub is_internal: bool,
    /// Set on the root span of a call that Hoplens itself sent.
    pub call: Option<CallId>,
    /// Semantic-convention attributes, e.g. `rpc.grpc.status_code`, `http.response.status_code`,
    /// `server.address`, `server.port`, `network.peer.address`.
    pub attributes: Vec<(Arc<str>, AttributeValue)>,
    /// For client spans of streams: the messages that passed so far.
    pub messages: SpanMessages,
}

/// Which side of a call a span describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// The caller's view, network included.
    Client,
    /// The callee's view.
    Server,
    /// Work inside one service.
    Internal,
}

/// How a span ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SpanStatus {
    /// It has not.
    Running,
    /// Well.
    Ok,
    /// With an error: `UNAVAILABLE`, `503`, `connection refused`.
    Error(Arc<str>),
}

/// An attribute's value.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeValue {
    /// Text.
    Text(Arc<str>),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
}

impl Span {
    /// Whether it ended with an error.
    pub fn is_error(&self) -> bool {
        matches!(self.status, SpanStatus::Error(_))
    }

    /// An attribute as text, when it is there and is text.
    pub fn text_attribute(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find_map(|(name, value)| match value {
            AttributeValue::Text(text) if &**name == key => Some(&**text),
            _ => None,
        })
    }
}
