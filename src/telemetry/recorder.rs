//! The way in: spans when they start, again when they end, and the gateway's trails.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::model::{Clock, Leg, Span, Timestamp, TraceId, Trail};

/// Traces whose bytes are wanted, at most.
const MAX_WATCHED: usize = 256;

/// One report.
#[derive(Debug, Clone)]
pub enum Report {
    /// A span that started, goes on with more messages, or (when `ended` is set) ended.
    Span(Arc<Span>),
    /// The gateway's decisions on one request.
    Trail(TraceId, Arc<Trail>),
    /// The bytes of a watched call at one side of the gateway.
    Leg(TraceId, Arc<Leg>),
}

/// Where every room reports. Cheap to clone; never blocks.
#[derive(Debug, Clone)]
pub struct Recorder {
    sender: mpsc::Sender<Report>,
    n_dropped: Arc<AtomicU64>,
    clock: Clock,
    watched: Arc<Mutex<VecDeque<TraceId>>>,
}

/// The receiving end, read by the telemetry task alone.
#[derive(Debug)]
pub struct Reports {
    /// Reports in the order in which they were made.
    pub receiver: mpsc::Receiver<Report>,
    /// How many found the queue full, since the start.
    pub n_dropped: Arc<AtomicU64>,
    /// The clock that stamps the spans.
    pub clock: Clock,
}

impl Recorder {
    /// A recorder and the end that the telemetry task reads.
    pub fn channel(clock: Clock, capacity: usize) -> (Self, Reports) {
        let (sender, receiver) = mpsc::channel(capacity);
        let n_dropped = Arc::new(AtomicU64::new(0));
        let recorder =
            Self { sender, n_dropped: Arc::clone(&n_dropped), clock, watched: Arc::default() };
        (recorder, Reports { receiver, n_dropped, clock })
    }

    /// Reports a span as it is now: once at the start and once more with `ended` set; between them as often as
    /// messages of a stream have gone by ([`super::RunningSpan`]).
    pub fn span(&self, span: Span) {
        self.report(Report::Span(Arc::new(span)));
    }

    /// Reports what the gateway decided on the request of this trace.
    pub fn trail(&self, trace_id: TraceId, trail: Trail) {
        self.report(Report::Trail(trace_id, Arc::new(trail)));
    }

    /// Reports the bytes of a watched call.
    pub fn leg(&self, trace_id: TraceId, leg: Leg) {
        self.report(Report::Leg(trace_id, Arc::new(leg)));
    }

    /// Asks whoever has a part in this trace to report its bytes too; of many traces the newest are watched.
    pub fn watch(&self, trace_id: TraceId) {
        let mut watched = self.watched.lock();
        if watched.len() >= MAX_WATCHED {
            watched.pop_front();
        }
        watched.push_back(trace_id);
    }

    /// Whether somebody wants to see the bytes of this trace.
    pub fn is_watched(&self, trace_id: TraceId) -> bool {
        self.watched.lock().contains(&trace_id)
    }

    /// The clock that stamps spans.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn report(&self, report: Report) {
        if self.sender.try_send(report).is_err() {
            self.n_dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
