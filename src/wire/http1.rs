//! HTTP/1 heads and how the body behind them ends (RFC 9112 section 6.3).

use crate::model::Headers;

/// Lines of a head that are read; more make it a bad one.
const MAX_LINES: usize = 256;

/// The head of a request or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http1Head {
    /// The first line.
    pub start: StartLine,
    /// The lines behind it.
    pub headers: Headers,
    /// Bytes up to and with the empty line.
    pub len: usize,
}

/// The first line of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartLine {
    /// `GET /path HTTP/1.1`.
    Request {
        /// As it stands.
        method: String,
        /// Path, absolute form, authority or `*`.
        target: String,
        /// 0 or 1, of `HTTP/1.x`.
        minor: u8,
    },
    /// `HTTP/1.1 200 OK`.
    Response {
        /// 0 or 1, of `HTTP/1.x`.
        minor: u8,
        /// 100 to 999.
        status: u16,
        /// May be empty.
        reason: String,
    },
}

/// What came of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadRead {
    /// A whole head.
    Complete(Http1Head),
    /// The beginning of one.
    Partial,
    /// No head; httparse's words.
    Bad(String),
}

/// How the body behind a head ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// After this many bytes; 0 for no body.
    Length(u64),
    /// With the empty chunk.
    Chunked,
    /// With the connection.
    UntilEnd,
    /// It never does: another protocol begins (101, CONNECT).
    Upgraded,
}

/// Reads a request's head from the beginning of `bytes`.
pub fn read_request_head(bytes: &[u8]) -> HeadRead {
    let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
    let mut request = httparse::Request::new(&mut lines);
    let status = request.parse(bytes);
    finish(status, || Http1Head {
        start: StartLine::Request {
            method: request.method.unwrap_or_default().to_owned(),
            target: request.path.unwrap_or_default().to_owned(),
            minor: request.version.unwrap_or_default(),
        },
        headers: copy(request.headers),
        len: 0,
    })
}

/// Reads an answer's head from the beginning of `bytes`.
pub fn read_response_head(bytes: &[u8]) -> HeadRead {
    let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
    let mut response = httparse::Response::new(&mut lines);
    let status = response.parse(bytes);
    finish(status, || Http1Head {
        start: StartLine::Response {
            minor: response.version.unwrap_or_default(),
            status: response.code.unwrap_or_default(),
            reason: response.reason.unwrap_or_default().to_owned(),
        },
        headers: copy(response.headers),
        len: 0,
    })
}

fn finish(status: httparse::Result<usize>, head: impl FnOnce() -> Http1Head) -> HeadRead {
    match status {
        Ok(httparse::Status::Complete(len)) => HeadRead::Complete(Http1Head { len, ..head() }),
        Ok(httparse::Status::Partial) => HeadRead::Partial,
        Err(error) => HeadRead::Bad(error.to_string()),
    }
}

fn copy(lines: &[httparse::Header<'_>]) -> Headers {
    let mut headers = Headers::new();
    for line in lines {
        headers.push(line.name, bytes::Bytes::copy_from_slice(line.value));
    }
    headers
}

impl Http1Head {
    /// How the body ends. `asked` is the method that an answer answers.
    pub fn framing(&self, asked: Option<&str>) -> Framing {
        let no_body = Framing::Length(0);
        let fallback = match &self.start {
            StartLine::Request { .. } => no_body,
            StartLine::Response { status, .. } => match (status, asked) {
                (101, _) | (200..=299, Some("CONNECT")) => return Framing::Upgraded,
                (_, Some("HEAD")) | (100..=199 | 204 | 304, _) => return no_body,
                _ => Framing::UntilEnd,
            },
        };
        if let Some(codings) = self.headers.get_str("transfer-encoding") {
            let last = codings.rsplit(',').next().unwrap_or_default().trim();
            return if last.eq_ignore_ascii_case("chunked") { Framing::Chunked } else { fallback };
        }
        match self.headers.get_str("content-length") {
            Some(text) => text.trim().parse().map_or(fallback, Framing::Length),
            None => fallback,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn how_a_body_ends() {
        let check = |head: &str, asked: Option<&str>, expected: Framing| {
            let read = match asked {
                Some(_) => read_response_head(head.as_bytes()),
                None => read_request_head(head.as_bytes()),
            };
            let HeadRead::Complete(read) = read else { panic!("{read:?}") };
            assert_eq!(read.framing(asked), expected, "{head}");
            assert_eq!(read.len, head.len());
        };
        let get = Some("GET");
        check("GET / HTTP/1.1\r\n\r\n", None, Framing::Length(0));
        check("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", None, Framing::Length(5));
        check(
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n",
            None,
            Framing::Chunked,
        );
        check("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", get, Framing::Length(5));
        check("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Some("HEAD"), Framing::Length(0));
        check("HTTP/1.1 200\r\n\r\n", get, Framing::UntilEnd);
        check("HTTP/1.1 204 No Content\r\n\r\n", get, Framing::Length(0));
        check("HTTP/1.1 101 Switching Protocols\r\n\r\n", get, Framing::Upgraded);
    }

    #[test]
    fn names_stay_as_written() {
        let HeadRead::Complete(head) = read_request_head(b"GET /a HTTP/1.1\r\nX-ReQ: 1\r\n\r\n")
        else {
            panic!()
        };
        assert_eq!(head.headers.iter().next().unwrap().name, "X-ReQ");
        assert_eq!(read_request_head(b"GET /a HT"), HeadRead::Partial);
        assert!(matches!(read_response_head(b"\0\0\0\x04"), HeadRead::Bad(_)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            for read in [read_request_head(&bytes), read_response_head(&bytes)] {
                if let HeadRead::Complete(head) = read {
                    prop_assert!(head.len <= bytes.len());
                    let _ = head.framing(None);
                }
            }
        }
    }
}
