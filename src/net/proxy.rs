//! Through an HTTP proxy: CONNECT (RFC 9110 section 9.3.6), and what it means when the proxy says no.

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::BoxIo;
use super::accept::Prefixed;
use crate::model::{CallFailure, Cause, ProxyAddress};

/// The longest head of an answer that is read.
const MAX_HEAD: usize = 16 << 10;
/// The most header lines of one.
const MAX_LINES: usize = 100;

/// Asks the proxy at the other end of `io` for a way to `authority`; what comes behind its answer is kept.
pub(super) async fn connect(
    mut io: BoxIo,
    proxy: &ProxyAddress,
    authority: &str,
) -> Result<BoxIo, CallFailure> {
    let broken = |cause: Cause| CallFailure::Proxy { proxy: proxy.to_string(), cause };
    let ask = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    io.write_all(ask.as_bytes()).await.map_err(|error| broken(error.to_string().into()))?;
    io.flush().await.map_err(|error| broken(error.to_string().into()))?;
    let mut seen = BytesMut::with_capacity(1024);
    loop {
        match judge(&seen).map_err(&broken)? {
            Some(Answer { status: 200..=299, len, .. }) => {
                let rest = seen.split_off(len).freeze();
                return Ok(if rest.is_empty() { io } else { Box::new(Prefixed::new(rest, io)) });
            }
            Some(Answer { status, reason, .. }) => {
                let (proxy, target) = (proxy.to_string(), authority.to_owned());
                return Err(CallFailure::ProxyRefused { proxy, target, status, reason });
            }
            None => {}
        }
        let n_read =
            io.read_buf(&mut seen).await.map_err(|error| broken(error.to_string().into()))?;
        if n_read == 0 {
            return Err(broken(Cause::Unanswered));
        }
    }
}

/// What an attempt shows: the proxy's answer, or why there was none.
pub(super) fn cause_of(failure: &CallFailure) -> Cause {
    match failure {
        CallFailure::Proxy { cause, .. } => cause.clone(),
        CallFailure::ProxyRefused { status, reason, .. } => {
            Cause::Said(format!("{status} {reason}").trim_end().to_owned())
        }
        other => Cause::Call(Box::new(other.clone())),
    }
}

/// The head of an answer.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    reason: String,
    len: usize,
}

/// `None` while more bytes are to come.
fn judge(seen: &[u8]) -> Result<Option<Answer>, Cause> {
    let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
    let mut head = httparse::Response::new(&mut lines);
    match head.parse(seen) {
        Ok(httparse::Status::Complete(len)) => {
            let reason = head.reason.unwrap_or_default().to_owned();
            Ok(Some(Answer { status: head.code.unwrap_or_default(), reason, len }))
        }
        Ok(httparse::Status::Partial) if seen.len() < MAX_HEAD => Ok(None),
        Ok(httparse::Status::Partial) => Err(Cause::EndlessHead),
        Err(error) => Err(Cause::NotHttp(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_whole() {
        let check = |seen: &str, status: Option<(u16, &str, usize)>| {
            let judged = judge(seen.as_bytes()).unwrap();
            let judged = judged.as_ref().map(|a| (a.status, a.reason.as_str(), a.len));
            assert_eq!(judged, status, "{seen:?}");
        };
        check("", None);
        check("HTTP/1.1 200 OK\r\n", None);
        check(
            "HTTP/1.1 200 Connection established\r\n\r\n",
            Some((200, "Connection established", 39)),
        );
        check(
            "HTTP/1.0 407 Proxy Authentication Required\r\nA: b\r\n\r\nmore",
            Some((407, "Proxy Authentication Required", 52)),
        );
        assert!(matches!(judge(b"\x16\x03\x01\0\0"), Err(Cause::NotHttp(_))));
        assert!(judge(&[b"HTTP/1.1 200 OK\r\nA: ", &[b'x'; MAX_HEAD][..]].concat()).is_err());
    }
}
