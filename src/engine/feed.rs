//! The open ends of a streaming call: what goes in while it runs, and what comes out.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, PollSender, WaitForCancellationFutureOwned};

use super::body;
use crate::model::{Clock, Compression, Direction, GrpcWeb, MessageRecord};
use crate::net::{Body, BoxError};
use crate::telemetry::RunningSpan;

/// Messages that the body has handed over and the call has not heard of yet.
const MAX_UNTOLD: usize = 1_024;
/// Their bytes.
const MAX_UNTOLD_BYTES: usize = 16 << 20;

/// What a streaming call is fed with, and where its answers go.
#[derive(Debug)]
pub struct Ends {
    /// Encoded messages to send; the request ends (half-close) when the sender is gone.
    pub outbound: mpsc::Receiver<Bytes>,
    /// Each message as it comes or leaves. While nobody takes it nothing more is read, so the peer is slowed
    /// down, and nothing more is sent.
    pub passed: mpsc::Sender<MessageRecord>,
}

/// What left, for the call's own account.
#[derive(Debug, Default)]
pub(super) struct SentLog {
    untold: Mutex<Untold>,
}

/// What the call has not heard of yet.
#[derive(Debug, Default)]
pub(super) struct Untold {
    /// With the time at which each was handed to the connection.
    pub(super) messages: Vec<MessageRecord>,
    /// Payload of those that were only counted.
    pub(super) n_payload_bytes: u64,
    /// What travelled of it.
    pub(super) n_carried_bytes: u64,
    /// How many were only counted.
    pub(super) n_counted: u64,
    n_bytes: usize,
}

impl SentLog {
    fn note(&self, record: &MessageRecord) {
        let mut untold = self.untold.lock();
        let len = record.bytes.len();
        if untold.messages.len() < MAX_UNTOLD && untold.n_bytes + len <= MAX_UNTOLD_BYTES {
            untold.n_bytes += len;
            untold.messages.push(record.clone());
        } else {
            untold.n_counted += 1;
            untold.n_payload_bytes += len as u64;
            untold.n_carried_bytes += record.carried_len();
        }
    }

    /// What was sent since the last time.
    pub(super) fn take(&self) -> Untold {
        std::mem::take(&mut self.untold.lock())
    }
}

/// The sending end, until the request is made.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) outbound: mpsc::Receiver<Bytes>,
    pub(super) passed: mpsc::Sender<MessageRecord>,
    pub(super) log: Arc<SentLog>,
    pub(super) compression: Option<Compression>,
    pub(super) grpc_web: Option<GrpcWeb>,
    pub(super) span: RunningSpan,
    pub(super) stop: CancellationToken,
    pub(super) clock: Clock,
}

impl Feed {
    /// A body that sends each message as it is fed.
    pub(super) fn into_body(self) -> Body {
        let stopped = Box::pin(self.stop.clone().cancelled_owned());
        let passed = PollSender::new(self.passed.clone());
        Fed { rest: None, stopped, passed, feed: self }.boxed_unsync()
    }
}

struct Fed {
    feed: Feed,
    /// The payload of a large message whose prefix is out.
    rest: Option<Bytes>,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
    passed: PollSender<MessageRecord>,
}

impl http_body::Body for Fed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        // A body that waits for its next message would keep the stream open for ever: it must say itself that
        // the call was given up, with the code that the peer is to see.
        if self.stopped.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(h2::Error::from(h2::Reason::CANCEL).into())));
        }
        if let Some(rest) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        }
        // Room first: a message that nobody could be told of is not taken.
        let is_heard = ready!(self.passed.poll_reserve(cx)).is_ok();
        let Some(bytes) = ready!(self.feed.outbound.poll_recv(cx)) else {
            // What is reserved holds the other end open.
            self.passed.close();
            return Poll::Ready(None);
        };
        let message = body::packed(&bytes, self.feed.compression);
        let record = MessageRecord {
            at: self.feed.clock.now(),
            direction: Direction::Sent,
            bytes,
            compressed_len: message.compressed_len(),
        };
        self.feed.log.note(&record);
        self.feed.span.pass(Direction::Sent, 1);
        self.feed.span.tell();
        if is_heard {
            // Whoever hears it no more has given the call up, and says so otherwise.
            self.passed.send_item(record).ok();
        }
        Poll::Ready(Some(match body::pieces(&message, self.feed.grpc_web) {
            Ok((first, rest)) => {
                self.rest = rest;
                Ok(Frame::data(first))
            }
            Err(failure) => Err(failure.into()),
        }))
    }
}
