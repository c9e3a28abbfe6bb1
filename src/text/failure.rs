//! Failures in words: why a call has no answer, and what to do next.

use super::format::{bytes, duration, thousands};
use super::{cause, fill, sentences, t};
use crate::model::{CallFailure, TargetError, reset_words};

/// A failure as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureText {
    /// What happened and where, one sentence.
    pub what: String,
    /// What to do next, one sentence.
    pub fix: String,
}

impl FailureText {
    /// Both in one text, for a terminal, a copy or a log.
    pub fn one_line(&self) -> String {
        sentences(&self.what, &self.fix)
    }
}

/// The words for a call that has no answer.
pub fn failure(failure: &CallFailure) -> FailureText {
    FailureText { what: what(failure), fix: fix(failure) }
}

fn what(failure: &CallFailure) -> String {
    use CallFailure as F;
    match failure {
        F::LookUp { host, cause: why } => {
            fill("failures.look_up.what", &[("host", host), ("cause", &cause(why))])
        }
        F::Refused { address } => fill("failures.refused.what", &[("address", address)]),
        F::Connect { address, cause: why } => {
            fill("failures.connect.what", &[("address", address), ("cause", &cause(why))])
        }
        F::Proxy { proxy, cause: why } => {
            fill("failures.proxy.what", &[("proxy", proxy), ("cause", &cause(why))])
        }
        F::ProxyRefused { proxy, target, status, reason } => {
            let answer = format!("{status} {reason}");
            let args: [(&str, &dyn std::fmt::Display); 3] =
                [("proxy", proxy), ("target", target), ("answer", &answer.trim_end())];
            fill("failures.proxy_refused.what", &args)
        }
        F::PlaintextPeer { address } => fill("failures.plaintext.what", &[("address", address)]),
        F::TlsPeer { address } => fill("failures.tls_peer.what", &[("address", address)]),
        F::Certificate { server_name, cause: why } => {
            fill("failures.certificate.what", &[("name", server_name), ("cause", &cause(why))])
        }
        F::Tls { address, cause: why } => {
            fill("failures.tls.what", &[("address", address), ("cause", &cause(why))])
        }
        F::TlsFile { path, cause: why } => {
            fill("failures.tls_file.what", &[("path", path), ("cause", &cause(why))])
        }
        F::Protocol { address, expected, cause: why } => fill(
            "failures.protocol.what",
            &[("address", address), ("expected", expected), ("cause", &cause(why))],
        ),
        F::Broken { address, cause: why } => {
            fill("failures.broken.what", &[("address", address), ("cause", &cause(why))])
        }
        F::GoAway { address, code, words } => {
            let code = reset_words(*code);
            let words = words.trim();
            let said = if words.is_empty() { code } else { format!("{code}, \"{words}\"") };
            fill("failures.goaway.what", &[("address", address), ("code", &said)])
        }
        F::Unresponsive { address, millis } => {
            let took = duration(std::time::Duration::from_millis(*millis));
            fill("failures.unresponsive.what", &[("address", address), ("took", &took)])
        }
        F::Deadline { millis } => {
            fill("failures.deadline.what", &[("millis", &thousands(*millis))])
        }
        F::TooLarge { size, limit } => {
            fill("failures.too_large.what", &[("size", &bytes(*size)), ("limit", &bytes(*limit))])
        }
        F::Compression { encoding, cause: why } => {
            let none = t("failures.compression.unnamed");
            let encoding = if encoding.is_empty() { none } else { encoding };
            fill("failures.compression.what", &[("encoding", &encoding), ("cause", &cause(why))])
        }
        F::BadHeader { name, cause: why } => {
            fill("failures.bad_header.what", &[("name", name), ("cause", &cause(why))])
        }
        F::BadRequest { what, cause: why } => {
            fill("failures.bad_request.what", &[("what", what), ("cause", &cause(why))])
        }
        F::CutShort { got, wanted } => fill(
            "failures.cut_short.what",
            &[("got", &thousands(*got)), ("wanted", &thousands(*wanted))],
        ),
        F::Busy { limit } => fill("failures.busy.what", &[("limit", limit)]),
    }
}

fn fix(failure: &CallFailure) -> String {
    use CallFailure as F;
    let words = match failure {
        F::Protocol { expected, .. } => {
            return fill("failures.protocol.fix", &[("expected", expected)]);
        }
        F::LookUp { .. } => t("failures.look_up.fix"),
        F::Refused { .. } => t("failures.refused.fix"),
        F::Connect { .. } => t("failures.connect.fix"),
        F::Proxy { .. } => t("failures.proxy.fix"),
        F::ProxyRefused { status: 407, .. } => t("failures.proxy_refused.fix_credentials"),
        F::ProxyRefused { .. } => t("failures.proxy_refused.fix"),
        F::PlaintextPeer { .. } => t("failures.plaintext.fix"),
        F::TlsPeer { .. } => t("failures.tls_peer.fix"),
        F::Certificate { .. } => t("failures.certificate.fix"),
        F::Tls { .. } => t("failures.tls.fix"),
        F::TlsFile { .. } => t("failures.tls_file.fix"),
        F::Broken { .. } => t("failures.broken.fix"),
        F::GoAway { .. } => t("failures.goaway.fix"),
        F::Unresponsive { .. } => t("failures.unresponsive.fix"),
        F::Deadline { .. } => t("failures.deadline.fix"),
        F::TooLarge { .. } => t("failures.too_large.fix"),
        F::Compression { .. } => t("failures.compression.fix"),
        F::BadHeader { .. } => t("failures.bad_header.fix"),
        F::BadRequest { .. } => t("failures.bad_request.fix"),
        F::CutShort { .. } => t("failures.cut_short.fix"),
        F::Busy { .. } => t("failures.busy.fix"),
    };
    words.to_owned()
}

/// The words for a target that cannot be read.
pub fn target_error(error: &TargetError) -> FailureText {
    let (what, fix) = match error {
        TargetError::Empty => {
            (t("failures.target.empty.what").to_owned(), t("failures.target.empty.fix"))
        }
        TargetError::Scheme(scheme) => (
            fill("failures.target.scheme.what", &[("scheme", scheme)]),
            t("failures.target.scheme.fix"),
        ),
        TargetError::NoPort(text) => (
            fill("failures.target.no_port.what", &[("text", text)]),
            t("failures.target.no_port.fix"),
        ),
        TargetError::BadPort(port) => (
            fill("failures.target.bad_port.what", &[("port", port)]),
            t("failures.target.bad_port.fix"),
        ),
        TargetError::BadHost(host) => (
            fill("failures.target.bad_host.what", &[("host", host)]),
            t("failures.target.bad_host.fix"),
        ),
    };
    FailureText { what, fix: fix.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_where_and_what_next() {
        let words = failure(&CallFailure::Refused { address: "127.0.0.1:50051".into() });
        assert!(words.what.contains("127.0.0.1:50051"), "{words:?}");
        assert!(words.fix.ends_with('.'), "{words:?}");
        let words = failure(&CallFailure::TooLarge { size: 70_000_000, limit: 67_108_864 });
        assert!(words.what.contains("70.0 MB") && words.what.contains("67.1 MB"), "{words:?}");
        let words =
            failure(&CallFailure::Compression { encoding: String::new(), cause: "x".into() });
        assert!(!words.what.contains(['{', '}']), "{words:?}");
    }

    #[test]
    fn a_bad_target_says_how_to_write_one() {
        let words = target_error(&TargetError::NoPort("localhost".into()));
        assert!(words.what.contains("localhost") && words.fix.contains(":50051"), "{words:?}");
    }
}
