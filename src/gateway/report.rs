//! What the gateway reports of a request: spans that always end, and the decision trail.

use std::sync::Arc;
use std::time::Instant;

use crate::model::{
    AttributeValue, Code, Endpoint, GATEWAY, Protocol, Span, SpanKind, SpanMessages, SpanStatus,
    Step, TraceContext, TraceId, Trail, TrailEntry, Verdict,
};
use crate::telemetry::{Recorder, RunningSpan};

/// The name of the one instance.
pub(super) const INSTANCE: &str = "gateway-1";

/// A span that was reported as started and is reported again when it ends, whatever happens.
#[derive(Debug)]
pub(super) struct OpenSpan {
    recorder: Recorder,
    running: RunningSpan,
}

/// How an exchange ended, for its spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a gRPC status.
    Grpc(Code),
    /// With an HTTP status.
    Http(u16),
    /// The answer broke off, or the connection did; the words say how.
    Broken(Arc<str>),
    /// The caller went away.
    Cancelled,
}

impl OpenSpan {
    /// Reports the start. `parent` is the span that caused it.
    pub(super) fn start(recorder: &Recorder, span: Span) -> Self {
        Self { recorder: recorder.clone(), running: RunningSpan::start(recorder, span) }
    }

    /// The same span, for a body to note its messages.
    pub(super) fn running(&self) -> RunningSpan {
        self.running.clone()
    }

    /// Reports the end.
    pub(super) fn end(self, ending: &Ending) {
        self.finish(ending);
    }

    fn finish(&self, ending: &Ending) {
        let Some(mut span) = self.running.take() else { return };
        span.ended = Some(self.recorder.now());
        let attribute = |key: &str, value: i64| (key.into(), AttributeValue::Int(value));
        match ending {
            Ending::Grpc(code) => {
                span.attributes.push(attribute("rpc.grpc.status_code", code.number().into()));
            }
            Ending::Http(status) => {
                span.attributes.push(attribute("http.response.status_code", (*status).into()));
            }
            Ending::Broken(_) | Ending::Cancelled => {}
        }
        span.status = ending.status(span.kind);
        self.recorder.span(span);
    }
}

impl Drop for OpenSpan {
    /// Nobody ended it: the request's future was dropped, so the caller went away.
    fn drop(&mut self) {
        self.finish(&Ending::Cancelled);
    }
}

impl Ending {
    /// OpenTelemetry's rules: a server did its part when it answered 4xx, for the caller it is an error.
    fn status(&self, kind: SpanKind) -> SpanStatus {
        let first_error = if kind == SpanKind::Server { 500 } else { 400 };
        match self {
            Self::Grpc(Code::Ok) => SpanStatus::Ok,
            Self::Grpc(code) => SpanStatus::Error(code.name().into()),
            Self::Http(status) if *status < first_error => SpanStatus::Ok,
            Self::Http(status) => SpanStatus::Error(status.to_string().into()),
            Self::Broken(cause) => SpanStatus::Error(Arc::clone(cause)),
            Self::Cancelled => SpanStatus::Error("cancelled".into()),
        }
    }
}

/// What both spans of a request have in common.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    /// `shop.orders.v1.Orders/PlaceOrder`, `GET /products`.
    pub(super) name: Arc<str>,
    /// What it speaks.
    pub(super) protocol: Protocol,
    /// Health checks and reflection.
    pub(super) is_internal: bool,
    /// `rpc.service`, `http.request.method` and the like.
    pub(super) attributes: Vec<(Arc<str>, AttributeValue)>,
}

impl Operation {
    /// From what was asked; `pattern` is the route's path, when there is a route.
    pub(super) fn of(head: &http::request::Parts, is_grpc: bool, pattern: Option<&str>) -> Self {
        let path = head.uri.path();
        let text = |key: &str, value: &str| (key.into(), AttributeValue::Text(value.into()));
        if is_grpc {
            let full = path.strip_prefix('/').unwrap_or(path);
            let (service, method) = full.split_once('/').unwrap_or((full, ""));
            return Self {
                name: full.into(),
                protocol: Protocol::Grpc,
                is_internal: service == "grpc.health.v1.Health"
                    || service.starts_with("grpc.reflection."),
                attributes: vec![
                    text("rpc.system", "grpc"),
                    text("rpc.service", service),
                    text("rpc.method", method),
                ],
            };
        }
        let method = head.method.as_str();
        let mut attributes = vec![text("http.request.method", method), text("url.path", path)];
        attributes.extend(pattern.map(|pattern| text("http.route", pattern)));
        let name = match pattern {
            Some(pattern) => format!("{method} {pattern}"),
            None => method.to_owned(),
        };
        Self { name: name.into(), protocol: Protocol::Http, is_internal: false, attributes }
    }

    fn span(&self, trace: TraceContext, kind: SpanKind, started: crate::model::Timestamp) -> Span {
        Span {
            trace_id: trace.trace_id,
            span_id: trace.span_id,
            parent: None,
            kind,
            service: GATEWAY.into(),
            instance: Some(INSTANCE.into()),
            name: Arc::clone(&self.name),
            protocol: self.protocol,
            peer: None,
            started,
            ended: None,
            status: SpanStatus::Running,
            is_internal: self.is_internal,
            call: None,
            attributes: self.attributes.clone(),
            messages: SpanMessages::default(),
        }
    }

    /// The gateway's own span; `began` is when the head was there.
    pub(super) fn server_span(
        &self,
        recorder: &Recorder,
        trace: TraceContext,
        parent: Option<TraceContext>,
        began: Instant,
    ) -> OpenSpan {
        let mut span = self.span(trace, SpanKind::Server, recorder.clock().at(began));
        span.parent = parent.map(|parent| parent.span_id);
        OpenSpan::start(recorder, span)
    }

    /// The span of one try on one instance, under the gateway's own.
    pub(super) fn try_span(
        &self,
        recorder: &Recorder,
        trace: TraceContext,
        parent: TraceContext,
        peer: &Arc<str>,
        endpoint: &Endpoint,
    ) -> OpenSpan {
        let mut span = self.span(trace, SpanKind::Client, recorder.now());
        span.parent = Some(parent.span_id);
        span.peer = Some(Arc::clone(peer));
        let address: Arc<str> = endpoint.address.ip().to_string().into();
        let port = AttributeValue::Int(endpoint.address.port().into());
        span.attributes.extend([
            ("server.address".into(), AttributeValue::Text(address)),
            ("server.port".into(), port),
            ("peer.instance".into(), AttributeValue::Text(Arc::clone(&endpoint.instance))),
        ]);
        OpenSpan::start(recorder, span)
    }
}

/// The decision trail of one request, recorded when the request is over.
#[derive(Debug)]
pub(super) struct Decisions {
    recorder: Recorder,
    trace_id: TraceId,
    trail: Trail,
    last: Instant,
}

impl Decisions {
    /// An empty trail; the first step began at `began`.
    pub(super) fn begin(recorder: &Recorder, trace_id: TraceId, began: Instant) -> Self {
        Self { recorder: recorder.clone(), trace_id, trail: Trail::default(), last: began }
    }

    /// Notes what a step decided; it took the time since the step before.
    pub(super) fn note(&mut self, step: Step, verdict: Verdict, rule: &Arc<str>) {
        let now = Instant::now();
        let took = now.saturating_duration_since(self.last);
        self.last = now;
        self.trail.push(TrailEntry { step, verdict, rule: Arc::clone(rule), took });
    }
}

impl Drop for Decisions {
    fn drop(&mut self) {
        self.recorder.trail(self.trace_id, std::mem::take(&mut self.trail));
    }
}
