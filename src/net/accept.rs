//! Which protocol a peer that has just connected speaks: its first bytes are
//! read and given back, so that whoever serves it sees them again.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

use crate::wire::PREFACE;

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detected {
    /// A request line begins.
    Http1,
    /// The HTTP/2 preface (RFC 9113 section 3.4): prior knowledge.
    Http2,
    /// A TLS record (RFC 8446 section 5.1).
    Tls,
    /// Nothing that is known, or the peer closed without a word.
    Other,
}

/// Reads until the protocol is clear: at most 24 bytes. The caller bounds the time.
pub async fn detect<S>(mut stream: S) -> io::Result<(Prefixed<S>, Detected)>
where
    S: AsyncRead + Unpin,
{
    let mut seen = BytesMut::with_capacity(PREFACE.len());
    let detected = loop {
        if let Some(detected) = judge(&seen) {
            break detected;
        }
        let wanted = PREFACE.len().saturating_sub(seen.len()) as u64;
        if (&mut stream).take(wanted).read_buf(&mut seen).await? == 0 {
            break Detected::Other;
        }
    };
    Ok((Prefixed { prefix: seen.freeze(), inner: stream }, detected))
}

/// `None` while more bytes may change the answer.
fn judge(seen: &[u8]) -> Option<Detected> {
    match *seen {
        [] | [0x16] => None,
        [0x16, 0x03, ..] => Some(Detected::Tls),
        _ if seen.starts_with(PREFACE) => Some(Detected::Http2),
        _ if PREFACE.starts_with(seen) => None,
        [first, ..] if is_token(first) => Some(Detected::Http1),
        _ => Some(Detected::Other),
    }
}

/// What a method may begin with (RFC 9110 section 5.6.2), or the empty line that
/// RFC 9112 section 2.2 allows before a request.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~\r\n".contains(&byte)
}

/// A stream whose first bytes have been read already and are read again.
#[derive(Debug)]
pub struct Prefixed<S> {
    prefix: Bytes,
    inner: S,
}

impl<S> Prefixed<S> {
    /// A stream that gives these bytes first.
    pub(super) fn new(prefix: Bytes, inner: S) -> Self {
        Self { prefix, inner }
    }

    /// The stream itself.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prefixed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.prefix.is_empty() {
            return Pin::new(&mut self.inner).poll_read(cx, buf);
        }
        let n = self.prefix.len().min(buf.remaining());
        let head = self.prefix.split_to(n);
        buf.put_slice(head.chunk());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prefixed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    async fn check(pieces: &[&[u8]], expected: Detected) {
        let (mut client, server) = tokio::io::duplex(1024);
        let sent: Vec<u8> = pieces.concat();
        let write = async {
            for piece in pieces {
                client.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            drop(client);
        };
        let read = async {
            let (mut stream, detected) = detect(server).await.unwrap();
            let mut back = Vec::new();
            stream.read_to_end(&mut back).await.unwrap();
            (detected, back)
        };
        let ((), (detected, back)) = tokio::join!(write, read);
        assert_eq!((detected, back), (expected, sent));
    }

    #[tokio::test]
    async fn the_first_bytes_tell_and_are_given_back() {
        check(&[PREFACE, b"\0\0\0\x04\0\0\0\0\0"], Detected::Http2).await;
        check(&[b"PRI * HT", b"TP/2.0\r\n\r\nSM\r\n\r\n"], Detected::Http2).await;
        check(&[b"P", b"OST / HTTP/1.1\r\n\r\n"], Detected::Http1).await;
        check(&[b"PRI * HTTP/1.1\r\n\r\n"], Detected::Http1).await;
        check(&[b"GET / HTTP/1.1\r\n\r\n"], Detected::Http1).await;
        check(&[b"\x16", b"\x03\x01\0\xff"], Detected::Tls).await;
        check(&[b"\0\0\0"], Detected::Other).await;
        check(&[b"PRI"], Detected::Other).await;
        check(&[], Detected::Other).await;
    }
}
