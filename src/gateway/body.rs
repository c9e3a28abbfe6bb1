//! Bodies on their way through: frame by frame, never collected, trailers included.
//!
//! The answer's body owns what must end with it: the spans, the trail, the time limit and the request
//! body that may still be flowing the other way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};

use crate::model::{Code, Direction, Endpoint, Step, Verdict};

use super::deadline::Deadline;
use super::passed::Passed;
use super::refusal::{Refusal, grpc_status, timer_words};
use super::report::{Decisions, Ending, OpenSpan};
use super::witness::Witness;

/// Why a body broke off.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    /// The other side of the gateway broke off.
    #[error(transparent)]
    Peer(#[from] hyper::Error),
    /// The answer is over, so nobody waits for the rest of the request.
    #[error("the answer is over")]
    Over,
    /// A timer ran out in the middle of an HTTP answer.
    #[error("{0}")]
    TimedOut(String),
}

/// A request body that stops when the answer is over.
#[derive(Debug)]
pub(super) struct RequestBody {
    inner: Incoming,
    over: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Of a gRPC call.
    passed: Option<Passed>,
}

impl RequestBody {
    /// Stops when `over` is cancelled.
    pub(super) fn new(inner: Incoming, over: &CancellationToken, passed: Option<Passed>) -> Self {
        Self { inner, over: Box::pin(over.clone().cancelled_owned()), passed }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if this.over.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(BodyError::Over)));
        }
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        note(&mut this.passed, &polled);
        polled.map_err(BodyError::Peer)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Tells of what a poll of a gRPC body gave.
fn note(passed: &mut Option<Passed>, polled: &Poll<Option<Result<Frame<Bytes>, hyper::Error>>>) {
    let Some(passed) = passed else { return };
    match polled {
        Poll::Ready(Some(Ok(frame))) => passed.note(frame),
        Poll::Pending => passed.pause(),
        Poll::Ready(_) => {}
    }
}

/// The body of an answer.
#[derive(Debug)]
pub(super) enum AnswerBody {
    /// Our own words, taken when they are sent.
    Own(Option<Bytes>),
    /// What an instance sends.
    Passing(Box<Passing>),
}

/// An answer that is passing through.
#[derive(Debug)]
pub(super) struct Passing {
    inner: Incoming,
    passed: Option<Passed>,
    exchange: Option<Exchange>,
    timer: Option<(Pin<Box<Sleep>>, Deadline)>,
    is_over: bool,
}

/// What ends with the answer.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) server_span: OpenSpan,
    pub(super) try_span: OpenSpan,
    pub(super) decisions: Decisions,
    pub(super) rule: Arc<str>,
    pub(super) endpoint: Endpoint,
    pub(super) is_grpc: bool,
    /// The status so far: of the head; a gRPC status usually comes with the trailers.
    pub(super) status: u16,
    pub(super) grpc_status: Option<Code>,
    pub(super) request_body: DropGuard,
    /// The bytes on both sides, told when the answer is over.
    pub(super) _witnesses: [Option<Witness>; 2],
}

impl Exchange {
    fn end(self, ending: &Ending) {
        self.try_span.end(ending);
        self.server_span.end(ending);
        drop(self.request_body);
    }

    /// How an answer ends that arrived whole.
    fn whole(&self) -> Ending {
        match (self.is_grpc, self.grpc_status) {
            (false, _) => Ending::Http(self.status),
            (true, Some(code)) => Ending::Grpc(code),
            (true, None) => Ending::Grpc(Code::from_http(self.status)),
        }
    }
}

/// The status that headers or trailers carry.
pub(super) fn status_in(headers: &HeaderMap) -> Option<Code> {
    let number = headers.get("grpc-status")?.to_str().ok()?.trim().parse().ok()?;
    Some(Code::from_number(number))
}

type Polled = Option<Result<Frame<Bytes>, BodyError>>;

impl Passing {
    pub(super) fn new(inner: Incoming, exchange: Exchange, deadline: Option<Deadline>) -> Self {
        let timer = deadline
            .map(|deadline| (Box::pin(tokio::time::sleep_until(deadline.at.into())), deadline));
        let passed =
            exchange.is_grpc.then(|| Passed::new(Direction::Received, exchange.try_span.running()));
        Self { inner, passed, exchange: Some(exchange), timer, is_over: false }
    }

    fn finish_whole(&mut self) {
        self.is_over = true;
        if let Some(exchange) = self.exchange.take() {
            let ending = exchange.whole();
            exchange.end(&ending);
        }
    }

    /// The answer breaks off. A gRPC caller still gets an honest status; to an HTTP caller a broken
    /// body is the only way to say that what came is not all.
    fn break_off(&mut self, verdict: Verdict, detail: String, error: BodyError) -> Polled {
        self.is_over = true;
        let mut exchange = self.exchange.take()?;
        let refusal = Refusal::new(Step::Forward, verdict, &exchange.rule, detail);
        exchange.decisions.note(Step::Forward, refusal.verdict.clone(), &exchange.rule);
        if exchange.is_grpc {
            let trailers = grpc_status(refusal.code(), &refusal.message());
            exchange.end(&Ending::Grpc(refusal.code()));
            return Some(Ok(Frame::trailers(trailers)));
        }
        exchange.end(&Ending::Broken(refusal.detail.into()));
        Some(Err(error))
    }

    fn time_out(&mut self, deadline: Deadline) -> Polled {
        let endpoint = &self.exchange.as_ref()?.endpoint;
        let who = format!("{} at {}", endpoint.instance, endpoint.address);
        let detail = timer_words(deadline.timer, deadline.after, &who);
        let verdict = Verdict::TimedOut { timer: deadline.timer.into(), after: deadline.after };
        let error = BodyError::TimedOut(detail.clone());
        self.break_off(verdict, detail, error)
    }

    fn reset(&mut self, error: hyper::Error) -> Polled {
        let endpoint = &self.exchange.as_ref()?.endpoint;
        let cause = root_cause(&error);
        let detail = format!("{} at {} broke off: {cause}", endpoint.instance, endpoint.address);
        let verdict = Verdict::UpstreamReset { address: endpoint.address, cause: cause.into() };
        self.break_off(verdict, detail, BodyError::Peer(error))
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Polled> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Some((sleep, deadline)) = &mut self.timer
            && sleep.as_mut().poll(cx).is_ready()
        {
            let deadline = *deadline;
            return Poll::Ready(self.time_out(deadline));
        }
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        note(&mut self.passed, &polled);
        let frame = match ready!(polled) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(self.reset(error)),
            None => {
                self.finish_whole();
                return Poll::Ready(None);
            }
        };
        if let Some(trailers) = frame.trailers_ref() {
            if let Some(exchange) = &mut self.exchange {
                exchange.grpc_status = status_in(trailers).or(exchange.grpc_status);
            }
            self.finish_whole();
        }
        Poll::Ready(Some(Ok(frame)))
    }
}

impl Drop for Passing {
    /// hyper drops a body without another poll when it knows that nothing more comes. Otherwise the
    /// caller went away, and the spans say so as they drop.
    fn drop(&mut self) {
        if self.inner.is_end_stream() {
            self.finish_whole();
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Polled> {
        match self.get_mut() {
            Self::Own(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Passing(passing) => passing.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Self::Passing(passing) => passing.is_over || passing.inner.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Passing(passing) => passing.inner.size_hint(),
        }
    }
}

/// The innermost cause: hyper's outer words say less ("connection error").
pub(super) fn root_cause(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
