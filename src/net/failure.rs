//! What an error of hyper really means, judged by the bytes that came.

use super::Tape;
use crate::model::{CallFailure, Cause, Security};
use crate::wire::{FRAME_HEAD_LEN, FrameHead, FrameType};

/// How many of the peer's first bytes are looked at.
const LOOK_AT: usize = 512;

/// What we spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) security: Security,
    pub(super) is_http2: bool,
    /// Whether ALPN agreed on it.
    pub(super) is_agreed: bool,
}

pub(super) fn of_hyper(
    error: &hyper::Error,
    tape: &Tape,
    spoken: Spoken,
    address: &str,
) -> CallFailure {
    let first = tape.first_received(LOOK_AT);
    if let Some(failure) = by_first_bytes(&first, spoken, address) {
        return failure;
    }
    let address = address.to_owned();
    let cause = chain(error);
    let broke = tape.why_broke();
    if let Some(broke) = broke.as_ref().filter(|broke| broke.is_tls) {
        return CallFailure::Tls { address, cause: broke.cause.clone().into() };
    }
    // Nobody promised HTTP/2, and it was never spoken.
    if spoken == (Spoken { security: Security::Tls, is_http2: true, is_agreed: false })
        && first.is_empty()
    {
        return CallFailure::Protocol { address, expected: "HTTP/2", cause: cause.into() };
    }
    if error.is_parse() {
        return CallFailure::Protocol { address, expected: "HTTP/1.1", cause: cause.into() };
    }
    let cause = broke.map_or(cause, |broke| broke.cause);
    CallFailure::Broken { address, cause: cause.into() }
}

fn by_first_bytes(
    first: &[u8],
    Spoken { security, is_http2, .. }: Spoken,
    address: &str,
) -> Option<CallFailure> {
    let address = || address.to_owned();
    match first {
        // An alert or a handshake record (RFC 8446 section 5.1).
        [0x15 | 0x16, 0x03, ..] if security == Security::Plaintext => {
            Some(CallFailure::TlsPeer { address: address() })
        }
        _ if is_http2 && !may_be_http2(first) => {
            let text = String::from_utf8_lossy(first);
            // Go and nginx answer plaintext on a TLS port with a page that says so.
            if security == Security::Plaintext && text.contains("HTTPS") {
                return Some(CallFailure::TlsPeer { address: address() });
            }
            let line = text.lines().next().unwrap_or_default().escape_debug().to_string();
            Some(CallFailure::Protocol {
                address: address(),
                expected: "HTTP/2",
                cause: line.into(),
            })
        }
        _ if !is_http2 && first.len() >= FRAME_HEAD_LEN && may_be_http2(first) => {
            let cause = Cause::AnsweredInHttp2;
            Some(CallFailure::Protocol { address: address(), expected: "HTTP/1.1", cause })
        }
        _ => None,
    }
}

/// A server begins with SETTINGS on stream 0 (RFC 9113 section 3.4).
fn may_be_http2(first: &[u8]) -> bool {
    match first.first_chunk::<FRAME_HEAD_LEN>() {
        Some(head) => {
            let head = FrameHead::read(head);
            head.kind == FrameType::SETTINGS && head.stream == 0
        }
        None => first.first().is_none_or(|byte| *byte == 0),
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
            let spoken = Spoken { security, is_http2: true, is_agreed: false };
            let failure = by_first_bytes(first, spoken, "a:1");
            assert_eq!(failure.map(|f| f.to_string()).as_deref(), expected);
        };
        let tls = Some("a:1 speaks TLS, not plaintext");
        check(b"\x15\x03\x01\0\x02\x02\x16", Security::Plaintext, tls);
        let binary = Some("a:1 does not speak HTTP/2: \\u{15}\\u{3}");
        check(b"\x15\x03", Security::Tls, binary);
        let go = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.";
        check(go, Security::Plaintext, tls);
        check(
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            Security::Plaintext,
            Some("a:1 does not speak HTTP/2: HTTP/1.1 400 Bad Request"),
        );
        check(b"\0\0\0\x04\0\0\0\0\0", Security::Plaintext, None);
        let page = Some("a:1 does not speak HTTP/2: <!DOCTYPE HTML>");
        check(b"<!DOCTYPE HTML>\n<html", Security::Plaintext, page);
        check(b"<!DOCTYPE HTML>\n<html", Security::Tls, page);
        check(b"", Security::Plaintext, None);
        let spoken = Spoken { security: Security::Tls, is_http2: false, is_agreed: false };
        let words = |first: &[u8]| by_first_bytes(first, spoken, "a:1").map(|f| f.to_string());
        let settings = words(b"\0\0\0\x04\0\0\0\0\0").unwrap();
        assert!(settings.starts_with("a:1 does not speak HTTP/1.1"), "{settings}");
        assert_eq!(words(b"HTTP/1.1 400 Bad Request\r\n\r\n"), None);
    }
}
