//! Answers that the gateway gives itself: which step refused, and why.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::model::{Code, Step, TraceId, Verdict};

use super::deadline::in_words;
use super::report::Ending;

/// A step's no. The detail never holds a credential.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) step: Step,
    pub(super) verdict: Verdict,
    /// The rule that decided; empty when none did.
    pub(super) rule: Arc<str>,
    /// What exactly, in words.
    pub(super) detail: String,
}

impl Refusal {
    pub(super) fn new(
        step: Step,
        verdict: Verdict,
        rule: &Arc<str>,
        detail: impl Into<String>,
    ) -> Self {
        Self { step, verdict, rule: Arc::clone(rule), detail: detail.into() }
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> StatusCode {
        match &self.verdict {
            Verdict::NoRoute => StatusCode::NOT_FOUND,
            Verdict::Unauthenticated => StatusCode::UNAUTHORIZED,
            Verdict::UnknownBackend | Verdict::NoEndpoint => StatusCode::SERVICE_UNAVAILABLE,
            Verdict::ConnectFailed { .. } | Verdict::UpstreamReset { .. } => {
                StatusCode::BAD_GATEWAY
            }
            Verdict::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
            Verdict::BadRequest { .. } => StatusCode::BAD_REQUEST,
            Verdict::Passed
            | Verdict::Skipped
            | Verdict::Picked { .. }
            | Verdict::Answered { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The gRPC status.
    pub(super) fn code(&self) -> Code {
        match &self.verdict {
            Verdict::TimedOut { timer, .. } if &**timer != CONNECT_TIMER => Code::DeadlineExceeded,
            _ => Code::from_http(self.status().as_u16()),
        }
    }

    /// One word for programs.
    fn reason(&self) -> &'static str {
        match &self.verdict {
            Verdict::NoRoute => "no_route",
            Verdict::Unauthenticated => "unauthenticated",
            Verdict::UnknownBackend => "unknown_backend",
            Verdict::NoEndpoint => "no_endpoint",
            Verdict::ConnectFailed { .. } => "connect_failed",
            Verdict::UpstreamReset { .. } => "upstream_reset",
            Verdict::TimedOut { .. } => "timed_out",
            Verdict::BadRequest { .. } => "bad_request",
            Verdict::Passed
            | Verdict::Skipped
            | Verdict::Picked { .. }
            | Verdict::Answered { .. } => "internal",
        }
    }

    /// How the gateway's span ends.
    pub(super) fn ending(&self, is_grpc: bool) -> Ending {
        if is_grpc { Ending::Grpc(self.code()) } else { Ending::Http(self.status().as_u16()) }
    }

    /// The answer: JSON, or for gRPC headers alone (trailers-only).
    pub(super) fn answer(&self, is_grpc: bool, trace_id: TraceId) -> Response<Bytes> {
        if is_grpc {
            let mut response = Response::new(Bytes::new());
            let content_type = HeaderValue::from_static("application/grpc");
            response.headers_mut().insert(CONTENT_TYPE, content_type);
            response.headers_mut().extend(grpc_status(self.code(), &self.message()));
            return response;
        }
        let body = serde_json::json!({
            "gateway": "hoplens",
            "status": self.status().as_u16(),
            "step": step_name(self.step),
            "reason": self.reason(),
            "detail": self.detail,
            "rule": &*self.rule,
            "trace_id": trace_id.to_string(),
        });
        let mut response = Response::new(Bytes::from(format!("{body}\n")));
        *response.status_mut() = self.status();
        let content_type = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        if self.verdict == Verdict::Unauthenticated {
            let scheme = HeaderValue::from_static("ApiKey");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        response
    }

    /// One line for gRPC callers.
    pub(super) fn message(&self) -> String {
        format!("gateway {}: {}", step_name(self.step), self.detail)
    }
}

/// The name of the time limit on connecting.
pub(super) const CONNECT_TIMER: &str = "connect";

/// The words for a timer that ran out.
pub(super) fn timer_words(timer: &str, after: std::time::Duration, who: &str) -> String {
    format!("no answer from {who}: {timer} of {} ran out", in_words(after))
}

fn step_name(step: Step) -> &'static str {
    match step {
        Step::Accept => "accept",
        Step::Route => "route",
        Step::Authenticate => "authenticate",
        Step::Balance => "balance",
        Step::Connect => "connect",
        Step::Forward => "forward",
    }
}

/// `grpc-status` and `grpc-message`, as trailers or as headers of a trailers-only answer.
pub(super) fn grpc_status(code: Code, message: &str) -> HeaderMap {
    let mut map = HeaderMap::new();
    map.insert(HeaderName::from_static("grpc-status"), u16::from(code.number()).into());
    // Percent-encoding as gRPC over HTTP/2 has it: everything but printable ASCII, and the sign itself.
    let encoded: String = message
        .bytes()
        .map(|byte| match byte {
            b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    super::head::insert(&mut map, HeaderName::from_static("grpc-message"), &encoded);
    map
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_refusal_has_its_status() {
        let address = ([127, 0, 0, 1], 9).into();
        let timed = |timer: &str| Verdict::TimedOut {
            timer: timer.into(),
            after: Duration::from_millis(1),
        };
        let check = |verdict, status: u16, code| {
            let refusal = Refusal::new(Step::Balance, verdict, &"r".into(), "é 100%");
            assert_eq!((refusal.status().as_u16(), refusal.code()), (status, code), "{refusal:?}");
        };
        check(Verdict::NoRoute, 404, Code::Unimplemented);
        check(Verdict::Unauthenticated, 401, Code::Unauthenticated);
        check(Verdict::UnknownBackend, 503, Code::Unavailable);
        check(Verdict::NoEndpoint, 503, Code::Unavailable);
        check(Verdict::ConnectFailed { address, cause: "c".into() }, 502, Code::Unavailable);
        check(Verdict::UpstreamReset { address, cause: "c".into() }, 502, Code::Unavailable);
        check(timed("connect"), 504, Code::Unavailable);
        check(timed("grpc-timeout"), 504, Code::DeadlineExceeded);
        check(Verdict::BadRequest { cause: "c".into() }, 400, Code::Internal);
    }

    #[test]
    fn the_answer_speaks_the_callers_protocol() {
        let refusal =
            Refusal::new(Step::Balance, Verdict::NoEndpoint, &"rule".into(), "é \"quoted\" 100%");
        let trace_id = TraceId::random();
        let http = refusal.answer(false, trace_id);
        let json: serde_json::Value = serde_json::from_slice(http.body()).unwrap();
        assert_eq!(json["detail"], "é \"quoted\" 100%");
        assert_eq!(json["step"], "balance");
        assert_eq!(json["reason"], "no_endpoint");
        assert_eq!(json["trace_id"], trace_id.to_string());
        let grpc = refusal.answer(true, trace_id);
        assert_eq!(grpc.status(), 200);
        assert_eq!(grpc.headers()["grpc-status"], "14");
        let message = "gateway balance: %C3%A9 \"quoted\" 100%25";
        assert_eq!(grpc.headers()["grpc-message"], message);
    }
}
