//! A stream that writes all that passes on a tape. Above TLS the tape holds
//! plaintext, below TLS the records that an eavesdropper sees.
//!
//! Directions are the client's, also where the server's end is recorded: a call reads the same at both.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Tape;
use crate::model::Direction;

/// A stream and its tape.
#[derive(Debug)]
pub struct Tee<S> {
    inner: S,
    tape: Tape,
    reads: Direction,
    writes: Direction,
}

impl<S> Tee<S> {
    /// Records a client's end of a connection on `tape`.
    pub fn new(inner: S, tape: Tape) -> Self {
        Self { inner, tape, reads: Direction::Received, writes: Direction::Sent }
    }

    /// Records a server's end.
    pub fn of_server(inner: S, tape: Tape) -> Self {
        Self { inner, tape, reads: Direction::Sent, writes: Direction::Received }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tee<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.inner).poll_read(cx, buf));
        self.tape.noting(read)?;
        self.tape.pass(self.reads, self.tape.now(), buf.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tee<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        // The peer may have read it before the call comes back: what it does then must not seem earlier.
        let at = self.tape.now();
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, buf));
        let n = self.tape.noting(written)?;
        self.tape.pass(self.writes, at, buf.get(..n).unwrap_or_default());
        Poll::Ready(Ok(n))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let at = self.tape.now();
        let written = ready!(Pin::new(&mut self.inner).poll_write_vectored(cx, bufs));
        let n = self.tape.noting(written)?;
        let mut left = n;
        for buf in bufs {
            let len = buf.len().min(left);
            self.tape.pass(self.writes, at, buf.get(..len).unwrap_or_default());
            left -= len;
        }
        Poll::Ready(Ok(n))
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
