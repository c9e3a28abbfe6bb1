//! A response body that ends its span when the last byte, or the trailers, have gone by.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

use crate::model::{Code, Protocol, SpanStatus};

use super::trace::OpenSpan;

/// The status that a gRPC answer's headers or trailers carry.
pub(super) fn grpc_status(headers: &HeaderMap) -> Option<Code> {
    let number = headers.get("grpc-status")?.to_str().ok()?.parse().ok()?;
    Some(Code::from_number(number))
}

/// Passes frames on unchanged and keeps the span open as long as they come.
#[derive(Debug)]
pub(super) struct ObservedBody<B> {
    inner: B,
    span: OpenSpan,
    protocol: Protocol,
    http_status: u16,
}

/// Ties the span to the answer's body; an answer that has no body ends it at once.
pub(super) fn observed<B: Body>(
    response: http::Response<B>,
    mut span: OpenSpan,
    protocol: Protocol,
) -> http::Response<ObservedBody<B>> {
    let http_status = response.status().as_u16();
    if protocol == Protocol::Grpc
        && let Some(code) = grpc_status(response.headers())
    {
        span.end_grpc(code);
    }
    response.map(|inner| {
        let mut body = ObservedBody { inner, span, protocol, http_status };
        if body.inner.is_end_stream() {
            body.finish();
        }
        body
    })
}

impl<B> ObservedBody<B> {
    fn finish(&mut self) {
        match self.protocol {
            Protocol::Http => self.span.end_http(self.http_status),
            // A gRPC stream without a status (gRPC over HTTP/2, "Responses").
            Protocol::Grpc if self.http_status == 200 => self.span.end_grpc(Code::Unknown),
            Protocol::Grpc => self.span.end_grpc(Code::from_http(self.http_status)),
        }
    }
}

impl<B> Body for ObservedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(cx));
        match &frame {
            None => this.finish(),
            Some(Err(error)) => {
                this.span.end(SpanStatus::Error(Arc::from(error.to_string())));
            }
            Some(Ok(frame)) => {
                if let Some(code) = frame.trailers_ref().and_then(grpc_status) {
                    this.span.end_grpc(code);
                } else if this.inner.is_end_stream() {
                    this.finish();
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
