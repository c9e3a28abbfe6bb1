//! The engine: starts calls, bounds them, ends them.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;

use super::exchange::Lines;
use super::feed::{Ends, Feed, SentLog};
use super::live::Live;
use super::outgoing::{Outgoing, speak};
use super::{CallHandle, GrpcTransport, spans, status};
use crate::model::{
    Call, CallBody, CallEvent, CallFailure, CallId, Code, Direction, MessageRecord, Outcome,
    Request, Span, StatusOrigin, Target, TlsOptions, TraceContext,
};
use crate::net::{Connection, DialReport, Dialer, Network, Pool, PoolKey, Speak, Tasks};
use crate::telemetry::{Recorder, RunningSpan};

/// How many calls may run at once.
pub const MAX_CALLS: usize = 256;

/// How long a connection for a [`GrpcTransport`] may take.
const TRANSPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// Who is told of a call.
type Events = Box<dyn Fn(CallEvent) + Send>;

/// Runs calls. Cheap to clone; the last clone's end ends every call.
#[derive(Debug, Clone)]
pub struct Engine {
    lines: Arc<Lines>,
    recorder: Recorder,
    slots: Arc<Semaphore>,
    calls: Tasks,
}

impl Engine {
    /// An engine that reports its spans here.
    pub fn new(recorder: Recorder) -> Self {
        let clock = recorder.clock();
        let lines = Lines {
            clock,
            dialer: Dialer::new(clock),
            pool: Pool::default(),
            tasks: Tasks::default(),
        };
        Self {
            lines: Arc::new(lines),
            recorder,
            slots: Arc::new(Semaphore::new(MAX_CALLS)),
            calls: Tasks::default(),
        }
    }

    /// Changes proxy and trust for every connection from now on.
    pub fn set_network(&self, network: &Network) {
        self.lines.dialer.set_network(network);
    }

    /// The dialler, for others who need connections.
    pub fn dialer(&self) -> &Dialer {
        &self.lines.dialer
    }

    /// Starts a call within a tokio runtime's context. `events` is called from
    /// the call's task: it must not block, and it is told of every change until `Finished`.
    pub fn start(
        &self,
        id: CallId,
        request: Request,
        trace: TraceContext,
        events: impl Fn(CallEvent) + Send + 'static,
    ) -> CallHandle {
        self.begin(id, request, trace, None, Box::new(events))
    }

    /// Starts a streaming gRPC call in the same way: its messages come from `ends` while it runs, not from the
    /// request, and each that passes is told there.
    pub fn stream(
        &self,
        id: CallId,
        request: Request,
        trace: TraceContext,
        ends: Ends,
        events: impl Fn(CallEvent) + Send + 'static,
    ) -> CallHandle {
        self.begin(id, request, trace, Some(ends), Box::new(events))
    }

    fn begin(
        &self,
        id: CallId,
        request: Request,
        trace: TraceContext,
        ends: Option<Ends>,
        events: Events,
    ) -> CallHandle {
        let cancel = CancellationToken::new();
        let runner = Runner {
            lines: Arc::clone(&self.lines),
            recorder: self.recorder.clone(),
            slots: Arc::clone(&self.slots),
            cancel: cancel.clone(),
        };
        self.calls.spawn(runner.run(id, request, trace, ends, events));
        CallHandle::new(id, cancel)
    }

    /// Runs a call to its end, within a tokio runtime's context. Dropping the future cancels it.
    pub async fn run(&self, id: CallId, request: Request, trace: TraceContext) -> Arc<Call> {
        let (sender, receiver) = oneshot::channel();
        let sender = Mutex::new(Some(sender));
        let asked = Arc::new(request.clone());
        let started = self.recorder.now();
        let _handle = self.start(id, request, trace, move |event| {
            if let CallEvent::Finished(call) = event
                && let Some(sender) = sender.lock().take()
            {
                // The receiver is gone only when this call was given up.
                drop(sender.send(call));
            }
        });
        receiver.await.unwrap_or_else(|_gone| {
            let mut call = Call::begin(id, asked, started, trace);
            call.outcome = Some(Outcome::Cancelled);
            Arc::new(call)
        })
    }

    /// Opens an HTTP/2 connection of its own for a client that frames gRPC itself (reflection).
    pub async fn transport(
        &self,
        target: &Target,
        tls: &TlsOptions,
        authority: Option<&str>,
    ) -> Result<GrpcTransport, CallFailure> {
        let mut report = DialReport::default();
        let Lines { dialer, tasks, .. } = &*self.lines;
        let open = Connection::open(dialer, tasks, target, tls, Speak::Http2, None, &mut report);
        match tokio::time::timeout(TRANSPORT_TIMEOUT, open).await {
            Ok(connection) => GrpcTransport::new(connection?, target, authority),
            Err(_elapsed) => Err(CallFailure::Deadline { millis: millis(TRANSPORT_TIMEOUT) }),
        }
    }
}

/// What one call's task owns. It does not own the engine, so that the engine's end is the call's.
struct Runner {
    lines: Arc<Lines>,
    recorder: Recorder,
    slots: Arc<Semaphore>,
    cancel: CancellationToken,
}

impl Runner {
    async fn run(
        self,
        id: CallId,
        request: Request,
        trace: TraceContext,
        ends: Option<Ends>,
        events: Events,
    ) {
        let started = self.recorder.now();
        let mut planned = Outgoing::plan(&request, trace);
        let sent = match &planned {
            Ok(outgoing) => Request { headers: outgoing.headers.clone(), ..request.clone() },
            Err(_) => request.clone(),
        };
        let call = Call::begin(id, Arc::new(sent), started, trace);
        let running = RunningSpan::start(&self.recorder, spans::of_call(&call, None));
        let mut live = Live::new(call, events);
        for (idx, bytes) in payload(&request.body).iter().cloned().enumerate() {
            let compressed_len = planned.as_ref().ok().and_then(|out| out.compressed_len(idx));
            let (at, direction) = (started, Direction::Sent);
            live.keep(MessageRecord { at, direction, bytes, compressed_len });
        }
        // Whatever ends the call ends what it still sends.
        let stop = CancellationToken::new();
        if let Some(Ends { outbound, passed }) = ends {
            let log = Arc::<SentLog>::default();
            live.stream(Arc::clone(&log), passed.clone(), running.clone());
            let (stop, clock) = (stop.clone(), self.lines.clock);
            let Request { compression, grpc_web, .. } = request;
            let span = running.clone();
            let feed = Feed { outbound, passed, log, compression, grpc_web, span, stop, clock };
            planned = planned.map(|outgoing| outgoing.fed_by(feed));
        }
        let _stopped = stop.clone().drop_guard();
        live.tell();
        let outcome = match (planned, self.slots.try_acquire()) {
            (Ok(outgoing), Ok(_slot)) => self.bounded(&mut live, &outgoing, &request).await,
            (Err(failure), _) => Outcome::Failed(failure),
            (_, Err(_full)) => Outcome::Failed(CallFailure::Busy { limit: MAX_CALLS }),
        };
        stop.cancel();
        let is_complete = matches!(outcome, Outcome::Http { .. } | Outcome::Grpc { .. });
        if !is_complete || is_deadline(&outcome) {
            // The reset that tells the peer belongs on the recording.
            live.await_reset().await;
        }
        live.call.outcome = Some(outcome);
        let ended = self.recorder.now();
        let messages = running.take().map(|span| span.messages).unwrap_or_default();
        self.recorder.span(Span { messages, ..spans::of_call(&live.call, Some(ended)) });
        let Lines { pool, tasks, .. } = &*self.lines;
        live.finish(ended, |connection| {
            // HTTP/1 cannot give up one exchange and keep the connection; HTTP/2 resets the stream.
            if connection.is_http2() || is_complete {
                pool.put(PoolKey::of(&request, speak(&request)), connection, tasks);
            }
        });
    }

    /// The exchange within its deadline and until it is cancelled.
    async fn bounded(&self, live: &mut Live, outgoing: &Outgoing, request: &Request) -> Outcome {
        let deadline = async {
            match request.deadline {
                Some(deadline) => tokio::time::sleep(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Outcome::Cancelled,
            outcome = self.lines.exchange(live, outgoing) => outcome,
            () = deadline => match &request.body {
                CallBody::Grpc { .. } => status::made(Code::DeadlineExceeded, StatusOrigin::Deadline),
                CallBody::Http { .. } => Outcome::Failed(CallFailure::Deadline {
                    millis: millis(request.deadline.unwrap_or_default()),
                }),
            },
        }
    }
}

fn is_deadline(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Grpc { origin: StatusOrigin::Deadline, .. })
}

fn payload(body: &CallBody) -> &[bytes::Bytes] {
    match body {
        CallBody::Grpc { messages, .. } => messages,
        CallBody::Http { body, .. } if body.is_empty() => &[],
        CallBody::Http { body, .. } => std::slice::from_ref(body),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
