//! One streaming call without a window: messages from an iterator, answers to a function as they come.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use super::Headless;
use crate::engine::Ends;
use crate::model::{
    Call, CallEvent, CallId, Direction, MessageRecord, Outcome, Request, TraceContext,
};

/// Messages that wait to be sent, or to be taken.
const ROOM: usize = 16;

/// What a stream sends instead of a message that cannot be made: the call is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadMessage;

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnd {
    /// The call ended: the peer's status, a deadline, a failure.
    Call,
    /// Whoever took the messages had enough.
    Enough,
    /// There was a [`BadMessage`].
    BadMessage,
    /// The person pressed Ctrl-C.
    Interrupted,
}

/// A stream that has ended.
#[derive(Debug)]
pub struct Streamed {
    /// The call; its messages are bounded, the counts are not.
    pub call: Arc<Call>,
    /// Why it ended.
    pub end: StreamEnd,
    /// Messages given to the call to send.
    pub n_sent: u64,
    /// Messages taken.
    pub n_received: u64,
}

impl Headless {
    /// Runs a call whose messages come and go while it runs. `messages` is read on a thread of its own and may
    /// wait; its end is the half-close. `take` gets each message as it comes, and says when it has enough.
    /// Ctrl-C, enough and a bad message cancel the call, and the cancel reaches the peer.
    pub async fn stream(
        &self,
        request: Request,
        messages: impl Iterator<Item = Result<Bytes, BadMessage>> + Send + 'static,
        mut take: impl FnMut(&Bytes) -> ControlFlow<()>,
    ) -> Streamed {
        let (outbound, outbound_end) = mpsc::channel(ROOM);
        let (passed_end, mut passed) = mpsc::channel(ROOM);
        let (done, mut finished) = oneshot::channel();
        let done = Mutex::new(Some(done));
        let ends = Ends { outbound: outbound_end, passed: passed_end };
        let asked = Arc::new(request.clone());
        let (id, trace) = (CallId::next(), TraceContext::root());
        let handle = self.engine().stream(id, request, trace, ends, move |event| {
            if let CallEvent::Finished(call) = event
                && let Some(done) = done.lock().take()
            {
                // The receiver is gone only when the stream was given up.
                drop(done.send(call));
            }
        });
        let supply = Arc::new(Supply::default());
        let supplied = Arc::clone(&supply);
        let mut supplying = tokio::task::spawn_blocking(move || {
            supplied.run(messages, &outbound).is_err().then_some(outbound)
        });
        // After a bad message the sending end stays open: a half-close would tell the peer that all is there.
        let mut held = None;
        let interrupted = tokio::signal::ctrl_c();
        tokio::pin!(interrupted);
        let mut end = StreamEnd::Call;
        let mut n_received = 0;
        let mut hear = |message: &MessageRecord, end: &mut StreamEnd| {
            if message.direction == Direction::Received {
                n_received += 1;
                if take(&message.bytes).is_break() {
                    *end = StreamEnd::Enough;
                }
            }
        };
        let (mut is_open, mut is_supplied) = (true, false);
        let call = loop {
            tokio::select! {
                biased;
                call = &mut finished => break call,
                _ = &mut interrupted, if end == StreamEnd::Call => end = StreamEnd::Interrupted,
                result = &mut supplying, if !is_supplied => {
                    is_supplied = true;
                    held = result.unwrap_or_default();
                    if held.is_some() && end == StreamEnd::Call {
                        end = StreamEnd::BadMessage;
                    }
                }
                message = passed.recv(), if is_open => match message {
                    None => is_open = false,
                    Some(message) if end == StreamEnd::Call => hear(&message, &mut end),
                    Some(_) => {}
                },
            }
            if end != StreamEnd::Call {
                handle.cancel();
            }
        };
        drop(held);
        // What came before the end is not lost.
        while let Ok(message) = passed.try_recv() {
            if end == StreamEnd::Call {
                hear(&message, &mut end);
            }
        }
        supply.is_over.store(true, Ordering::Relaxed);
        let call = call.unwrap_or_else(|_gone| {
            let mut call = Call::begin(id, asked, self.engine().dialer().clock().now(), trace);
            call.outcome = Some(Outcome::Cancelled);
            Arc::new(call)
        });
        Streamed { call, end, n_sent: supply.n_sent.load(Ordering::Relaxed), n_received }
    }
}

/// How far the messages have gone.
#[derive(Debug, Default)]
struct Supply {
    n_sent: AtomicU64,
    is_over: AtomicBool,
}

impl Supply {
    fn run(
        &self,
        messages: impl Iterator<Item = Result<Bytes, BadMessage>>,
        outbound: &mpsc::Sender<Bytes>,
    ) -> Result<(), BadMessage> {
        for message in messages {
            let message = message?;
            if self.is_over.load(Ordering::Relaxed) || outbound.blocking_send(message).is_err() {
                break;
            }
            self.n_sent.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
