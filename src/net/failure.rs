//! What an error of hyper really means, judged by the bytes that came.

use super::Tape;
use super::tls::rustls_error;
use crate::model::{CallFailure, Security};

/// How many of the peer's first bytes are looked at.
const LOOK_AT: usize = 512;

pub(super) fn of_hyper(
    error: &hyper::Error,
    tape: &Tape,
    security: Security,
    is_http2: bool,
    address: &str,
) -> CallFailure {
    let first = tape.first_received(LOOK_AT);
    if let Some(failure) = by_first_bytes(&first, security, is_http2, address) {
        return failure;
    }
    let address = address.to_owned();
    let cause = chain(error);
    if let Some(error) = rustls_error(error) {
        return CallFailure::Tls { address, cause: error.to_string() };
    }
    if error.is_parse() {
        return CallFailure::Protocol { address, expected: "HTTP/1.1", cause };
    }
    CallFailure::Broken { address, cause }
}

fn by_first_bytes(
    first: &[u8],
    security: Security,
    is_http2: bool,
    address: &str,
) -> Option<CallFailure> {
    let address = || address.to_owned();
    match first {
        // An alert or a handshake record (RFC 8446 section 5.1).
        [0x15 | 0x16, 0x03, ..] if security == Security::Plaintext => {
            Some(CallFailure::TlsPeer { address: address() })
        }
        _ if is_http2 && first.starts_with(b"HTTP/") => {
            let text = String::from_utf8_lossy(first);
            // Go and nginx answer plaintext on a TLS port with a page that says so.
            if security == Security::Plaintext && text.contains("HTTPS") {
                return Some(CallFailure::TlsPeer { address: address() });
            }
            let line = text.lines().next().unwrap_or_default().to_owned();
            Some(CallFailure::Protocol { address: address(), expected: "HTTP/2", cause: line })
        }
        _ => None,
    }
}

/// The error and its causes, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_what_the_peer_speaks() {
        let check = |first: &[u8], security, expected: Option<&str>| {
            let failure = by_first_bytes(first, security, true, "a:1");
            assert_eq!(failure.map(|f| f.to_string()).as_deref(), expected);
        };
        let tls = Some("a:1 speaks TLS, not plaintext");
        check(b"\x15\x03\x01\0\x02\x02\x16", Security::Plaintext, tls);
        check(b"\x15\x03\x01\0\x02\x02\x16", Security::Tls, None);
        let go = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.";
        check(go, Security::Plaintext, tls);
        check(
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            Security::Plaintext,
            Some("a:1 does not speak HTTP/2: HTTP/1.1 400 Bad Request"),
        );
        check(b"\0\0\0\x04\0\0\0\0\0", Security::Plaintext, None);
        check(b"", Security::Plaintext, None);
    }
}
