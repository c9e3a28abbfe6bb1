//! Spans of the demo services: reported when they start, and again however they end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use crate::model::{
    AttributeValue, Code, Protocol, Span, SpanKind, SpanMessages, SpanStatus, TraceContext,
};
use crate::telemetry::Recorder;

use super::seat::Seat;

/// W3C Trace Context section 3.2.
pub(super) const TRACEPARENT: &str = "traceparent";

tokio::task_local! {
    static INBOUND: Inbound;
}

/// What the call being served hands on to the calls that it causes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inbound {
    /// The server span of the call.
    pub(super) context: TraceContext,
    /// When its caller stops waiting.
    pub(super) deadline: Option<Instant>,
}

impl Inbound {
    /// The call that this task serves; a new trace where it serves none.
    pub(super) fn current() -> Self {
        INBOUND
            .try_with(|inbound| *inbound)
            .unwrap_or_else(|_| Self { context: TraceContext::root(), deadline: None })
    }

    /// Runs the handler of this call, so that [`Inbound::current`] finds it.
    pub(super) async fn scope<F: Future>(self, handler: F) -> F::Output {
        INBOUND.scope(self, handler).await
    }
}

/// The sender's context, if it sent a readable one.
pub(super) fn parent_of(headers: &HeaderMap) -> Option<TraceContext> {
    headers.get(TRACEPARENT)?.to_str().ok().and_then(TraceContext::parse)
}

/// Health checks and reflection: of no interest to somebody who watches the shop.
pub(super) fn is_internal(operation: &str) -> bool {
    operation.starts_with("grpc.health.") || operation.starts_with("grpc.reflection.")
}

/// Who reports a span.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) recorder: Recorder,
    /// `service.name`.
    pub(super) service: Arc<str>,
    /// `service.instance.id`.
    pub(super) instance: Option<Arc<str>>,
}

impl Who {
    pub(super) fn of(seat: &Seat) -> Self {
        Self {
            recorder: seat.recorder.clone(),
            service: Arc::clone(&seat.role.name),
            instance: Some(Arc::clone(&seat.instance)),
        }
    }
}

/// A span that has started and not ended. Dropping it reports that the call was cancelled.
#[derive(Debug)]
pub(super) struct OpenSpan {
    recorder: Recorder,
    span: Option<Span>,
    /// Whose log gets a line when it ends.
    log: Option<Arc<Seat>>,
}

impl OpenSpan {
    /// Reports that an instance began to answer.
    pub(super) fn server(
        seat: &Arc<Seat>,
        context: TraceContext,
        parent: Option<TraceContext>,
        operation: &str,
        protocol: Protocol,
    ) -> Self {
        let who = Who::of(seat);
        let mut open =
            Self::open(&who, context, parent, SpanKind::Server, operation, protocol, None);
        open.log = (!is_internal(operation)).then(|| Arc::clone(seat));
        open
    }

    /// Reports that somebody began to ask a service.
    pub(super) fn client(
        who: &Who,
        context: TraceContext,
        parent: Option<TraceContext>,
        operation: &str,
        protocol: Protocol,
        peer: &str,
    ) -> Self {
        let peer = Some(Arc::from(peer));
        Self::open(who, context, parent, SpanKind::Client, operation, protocol, peer)
    }

    fn open(
        who: &Who,
        context: TraceContext,
        parent: Option<TraceContext>,
        kind: SpanKind,
        operation: &str,
        protocol: Protocol,
        peer: Option<Arc<str>>,
    ) -> Self {
        let span = Span {
            trace_id: context.trace_id,
            span_id: context.span_id,
            parent: parent.map(|parent| parent.span_id),
            kind,
            service: Arc::clone(&who.service),
            instance: who.instance.clone(),
            name: Arc::from(operation),
            protocol,
            peer,
            started: who.recorder.now(),
            ended: None,
            status: SpanStatus::Running,
            is_internal: is_internal(operation),
            call: None,
            attributes: Vec::new(),
            messages: SpanMessages::default(),
        };
        who.recorder.span(span.clone());
        Self { recorder: who.recorder.clone(), span: Some(span), log: None }
    }

    /// Adds an attribute; it is reported with the end.
    pub(super) fn note(&mut self, key: &'static str, value: AttributeValue) {
        if let Some(span) = &mut self.span {
            span.attributes.push((Arc::from(key), value));
        }
    }

    /// Ends with a gRPC status. A server's span is an error only where the server is to blame
    /// (OpenTelemetry semantic conventions for gRPC, "gRPC status").
    pub(super) fn end_grpc(&mut self, code: Code) {
        self.note("rpc.grpc.status_code", AttributeValue::Int(i64::from(code.number())));
        let is_client = self.span.as_ref().is_some_and(|span| span.kind == SpanKind::Client);
        let is_error = match code {
            Code::Ok => false,
            Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss => true,
            _ => is_client,
        };
        self.log_end(format_args!("{} {}", code.number(), code.name()));
        self.end(if is_error { SpanStatus::Error(Arc::from(code.name())) } else { SpanStatus::Ok });
    }

    /// Ends with an HTTP status, 4xx being the client's error alone.
    pub(super) fn end_http(&mut self, status: u16) {
        self.note("http.response.status_code", AttributeValue::Int(i64::from(status)));
        let is_client = self.span.as_ref().is_some_and(|span| span.kind == SpanKind::Client);
        let first_error = if is_client { 400 } else { 500 };
        self.log_end(format_args!("{status}"));
        self.end(if status >= first_error {
            SpanStatus::Error(Arc::from(status.to_string()))
        } else {
            SpanStatus::Ok
        });
    }

    /// `Greeter/SayHello: 0 OK in 0.2 ms`, once.
    fn log_end(&mut self, said: fmt::Arguments<'_>) {
        let (Some(span), Some(seat)) = (&self.span, self.log.take()) else { return };
        let millis = self.recorder.now().since(span.started).as_secs_f64() * 1e3;
        let line = format!("{}: {said} in {millis:.1} ms", span.name);
        seat.say(&line, Some(span.trace_id));
    }

    /// Ends with whatever else happened.
    pub(super) fn end(&mut self, status: SpanStatus) {
        if let SpanStatus::Error(what) = &status {
            let what = Arc::clone(what);
            self.log_end(format_args!("{what}"));
        }
        if let Some(mut span) = self.span.take() {
            span.ended = Some(self.recorder.now());
            span.status = status;
            self.recorder.span(span);
        }
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        self.end(SpanStatus::Error(Arc::from("cancelled")));
    }
}

/// Reads `grpc-timeout` (gRPC over HTTP/2, "Timeout"): at most eight digits and a unit.
pub(super) fn parse_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_hours(n)),
        "M" => Some(Duration::from_mins(n)),
        "S" => Some(Duration::from_secs(n)),
        "m" => Some(Duration::from_millis(n)),
        "u" => Some(Duration::from_micros(n)),
        "n" => Some(Duration::from_nanos(n)),
        _ => None,
    }
}

/// Writes `grpc-timeout` for what is left, in the finest unit that eight digits hold.
pub(super) fn format_timeout(left: Duration) -> String {
    let largest = 99_999_999;
    if left.as_micros() <= largest {
        format!("{}u", left.as_micros())
    } else {
        format!("{}m", left.as_millis().min(largest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn timeouts_read_what_they_write_and_refuse_the_rest() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", HeaderValue::from_str(text).unwrap());
            parse_timeout(&headers)
        };
        for left in [Duration::ZERO, Duration::from_millis(1500), Duration::from_hours(1)] {
            assert_eq!(read(&format_timeout(left)), Some(left));
        }
        assert_eq!(read("2S"), Some(Duration::from_secs(2)));
        assert_eq!(read("99999999H"), Some(Duration::from_hours(99_999_999)));
        for bad in ["", "S", "1", "123456789S", "-1S", "1x", "1.5S"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_timeout_reads_without_panic_and_no_longer_than_written(
            text in "[ -~]{0,12}",
            micros in 0_u64..10_000_000_000_000,
        ) {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", HeaderValue::from_str(&text).unwrap());
            parse_timeout(&headers);
            let left = Duration::from_micros(micros);
            headers.insert("grpc-timeout", HeaderValue::from_str(&format_timeout(left)).unwrap());
            proptest::prop_assert!(parse_timeout(&headers).unwrap() <= left);
        }
    }

    #[test]
    fn health_and_reflection_are_internal() {
        assert!(is_internal("grpc.health.v1.Health/Check"));
        assert!(is_internal("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"));
        assert!(!is_internal("Greeter/SayHello"));
    }
}
