//! Outcomes, status codes and phases in words.

use super::{failure, fill, t};
use crate::model::{Code, Outcome, Phase, StatusOrigin, reset_words};

/// How a call ended, short enough for a status row: `5 NOT_FOUND`, `200 OK`, `Cancelled`.
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Grpc { code, number, .. } if u32::from(code.number()) == *number => {
            format!("{number} {code}")
        }
        Outcome::Grpc { number, .. } => fill("response.unknown_code", &[("number", number)]),
        Outcome::Http { status, reason } => format!("{status} {reason}").trim_end().to_owned(),
        Outcome::Failed(cause) => failure(cause).what,
        Outcome::Cancelled => t("response.cancelled").to_owned(),
    }
}

/// What a gRPC status code means (gRPC core documentation, statuscodes.md).
pub fn code(code: Code) -> &'static str {
    match code {
        Code::Ok => t("response.code.ok"),
        Code::Cancelled => t("response.code.cancelled"),
        Code::Unknown => t("response.code.unknown"),
        Code::InvalidArgument => t("response.code.invalid_argument"),
        Code::DeadlineExceeded => t("response.code.deadline_exceeded"),
        Code::NotFound => t("response.code.not_found"),
        Code::AlreadyExists => t("response.code.already_exists"),
        Code::PermissionDenied => t("response.code.permission_denied"),
        Code::ResourceExhausted => t("response.code.resource_exhausted"),
        Code::FailedPrecondition => t("response.code.failed_precondition"),
        Code::Aborted => t("response.code.aborted"),
        Code::OutOfRange => t("response.code.out_of_range"),
        Code::Unimplemented => t("response.code.unimplemented"),
        Code::Internal => t("response.code.internal"),
        Code::Unavailable => t("response.code.unavailable"),
        Code::DataLoss => t("response.code.data_loss"),
        Code::Unauthenticated => t("response.code.unauthenticated"),
    }
}

/// What an HTTP status means (RFC 9110 section 15).
pub fn http_status(status: u16) -> &'static str {
    match status {
        401 => t("response.http.unauthorized"),
        403 => t("response.http.forbidden"),
        404 => t("response.http.not_found"),
        405 => t("response.http.method_not_allowed"),
        409 => t("response.http.conflict"),
        415 => t("response.http.unsupported_media_type"),
        422 => t("response.http.unprocessable"),
        429 => t("response.http.too_many_requests"),
        502 => t("response.http.bad_gateway"),
        503 => t("response.http.unavailable"),
        504 => t("response.http.gateway_timeout"),
        100..=199 => t("response.http.informational"),
        200..=299 => t("response.http.success"),
        300..=399 => t("response.http.redirect"),
        400..=499 => t("response.http.client_error"),
        500..=599 => t("response.http.server_error"),
        _ => t("response.http.unknown"),
    }
}

/// Who made a gRPC status; `None` for the ordinary case, the peer's own trailers.
pub fn origin(origin: StatusOrigin) -> Option<String> {
    match origin {
        StatusOrigin::Trailers => None,
        StatusOrigin::TrailersOnly => Some(t("response.origin.trailers_only").to_owned()),
        StatusOrigin::HttpStatus(status) => {
            Some(fill("response.origin.http_status", &[("status", &status)]))
        }
        StatusOrigin::Missing => Some(t("response.origin.missing").to_owned()),
        StatusOrigin::Deadline => Some(t("response.origin.deadline").to_owned()),
        StatusOrigin::Reset(error) => {
            Some(fill("response.origin.reset", &[("error", &reset_words(error))]))
        }
    }
}

/// The name of a phase.
pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::LookUp => t("response.phase.look_up"),
        Phase::Connect => t("response.phase.connect"),
        Phase::Proxy => t("response.phase.proxy"),
        Phase::Tls => t("response.phase.tls"),
        Phase::Send => t("response.phase.send"),
        Phase::Wait => t("response.phase.wait"),
        Phase::Receive => t("response.phase.receive"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grpc(number: u32) -> Outcome {
        Outcome::Grpc {
            code: Code::from_number(number),
            number,
            message: String::new(),
            details: None,
            origin: StatusOrigin::Trailers,
        }
    }

    #[test]
    fn an_outcome_in_a_row() {
        let check = |ended: &Outcome, text: &str| assert_eq!(outcome(ended), text);
        check(&grpc(0), "0 OK");
        check(&grpc(5), "5 NOT_FOUND");
        check(&Outcome::Http { status: 200, reason: "OK".into() }, "200 OK");
        check(&Outcome::Http { status: 299, reason: String::new() }, "299");
        check(&Outcome::Cancelled, "Cancelled");
        assert!(outcome(&grpc(77)).contains("77"));
    }

    #[test]
    fn every_code_and_status_has_its_own_words() {
        let mut seen = std::collections::BTreeSet::new();
        for known in Code::ALL {
            assert!(seen.insert(code(known)), "{known} shares its words");
        }
        for status in [200, 301, 401, 404, 418, 429, 500, 502, 503, 504, 999] {
            assert!(!http_status(status).contains("response."), "{status}");
        }
        assert!(origin(StatusOrigin::Reset(8)).is_some_and(|words| words.contains("CANCEL")));
        assert!(origin(StatusOrigin::Reset(99)).is_some_and(|words| words.contains("0x63")));
        assert_eq!(origin(StatusOrigin::Trailers), None);
    }
}
