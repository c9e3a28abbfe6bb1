//! A call while it runs: what is known of it, and whom to tell.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::feed::{SentLog, Untold};
use super::onwire::OnWire;
use crate::model::{
    ByteCounts, Call, CallEvent, ConnectionId, ConnectionUse, Direction, MessageRecord, Phase,
    PhaseTime, RecordingRange, Security, Timestamp,
};
use crate::net::{Connection, DialReport, Tape};
use crate::telemetry::RunningSpan;

/// Messages of one call that are kept.
const MAX_MESSAGES: usize = 10_000;
/// Their bytes, beside one message of the largest size that the request allows.
const MAX_KEPT_BYTES: usize = 64 << 20;
/// Between two events about messages.
const QUIET: Duration = Duration::from_millis(33);

/// Turns that writing a reset may take.
const RESET_TURNS: usize = 100;

/// All of it survives when the exchange's future is dropped half-way.
pub(super) struct Live {
    pub(super) call: Call,
    pub(super) report: DialReport,
    pub(super) connection: Option<Connection>,
    range: RecordingRange,
    /// The same of the TLS records.
    sealed: RecordingRange,
    kept_bytes: usize,
    told: Option<Instant>,
    /// What a streaming call has sent.
    sent: Option<Arc<SentLog>>,
    /// Who takes the messages of a streaming call.
    passed: Option<mpsc::Sender<MessageRecord>>,
    /// The span that tells of them.
    span: Option<RunningSpan>,
    events: Box<dyn Fn(CallEvent) + Send>,
}

impl Live {
    pub(super) fn new(call: Call, events: Box<dyn Fn(CallEvent) + Send>) -> Self {
        Self {
            call,
            report: DialReport::default(),
            connection: None,
            range: RecordingRange::default(),
            sealed: RecordingRange::default(),
            kept_bytes: 0,
            told: None,
            sent: None,
            passed: None,
            span: None,
            events,
        }
    }

    /// Makes it the call of a stream.
    pub(super) fn stream(
        &mut self,
        sent: Arc<SentLog>,
        passed: mpsc::Sender<MessageRecord>,
        span: RunningSpan,
    ) {
        self.sent = Some(sent);
        self.passed = Some(passed);
        self.span = Some(span);
    }

    /// Hands a message that came to whoever takes the stream's messages, when there is room.
    pub(super) async fn pass_on(&mut self, record: MessageRecord) {
        if let Some(passed) = &self.passed {
            // Whoever looks no more has given the call up, and says so otherwise.
            passed.send(record).await.ok();
        }
    }

    /// Takes a connection into use; the call's stretch of its tape begins here.
    pub(super) fn connect(&mut self, connection: Connection) {
        // Handshake, preface and settings of a new connection belong to its first call.
        let kept = Some(&connection.tape).filter(|_| connection.facts.is_kept);
        self.range = kept.map(Tape::mark).unwrap_or_default();
        let kept = connection.sealed.as_ref().filter(|_| connection.facts.is_kept);
        self.sealed = kept.map(Tape::mark).unwrap_or_default();
        self.call.connection = Some(connection.facts.clone());
        self.connection = Some(connection);
        self.tell();
    }

    /// What the tape of this call says.
    pub(super) fn on_wire(&self) -> OnWire {
        self.connection.as_ref().map_or_else(OnWire::default, |connection| {
            let range = connection.tape.range_since(self.range);
            OnWire::read(&connection.tape.slice(range))
        })
    }

    /// Takes a gRPC message that came.
    pub(super) fn received(&mut self, record: &MessageRecord) {
        self.account_sent();
        if let Some(span) = &self.span {
            span.pass(Direction::Received, 1);
            span.tell();
        }
        self.keep(record.clone());
    }

    fn account_sent(&mut self) {
        let Some(untold) = self.sent.as_ref().map(|sent| sent.take()) else { return };
        for record in untold.messages {
            self.keep(record);
        }
        self.call.n_unkept_messages += untold.n_counted;
        let Untold { n_payload_bytes, n_carried_bytes, .. } = untold;
        self.call.bytes.count(Direction::Sent, n_payload_bytes, n_carried_bytes);
    }

    /// Keeps a message, or counts it where the bound is reached.
    pub(super) fn keep(&mut self, record: MessageRecord) {
        let len = record.bytes.len();
        self.call.bytes.count(record.direction, len as u64, record.carried_len());
        let limit = MAX_KEPT_BYTES.saturating_add(self.call.request.max_message_bytes);
        if self.call.messages.len() >= MAX_MESSAGES || self.kept_bytes + len > limit {
            self.call.n_unkept_messages += 1;
            return;
        }
        self.kept_bytes += len;
        self.call.messages.push(record);
    }

    /// Tells how the call stands.
    pub(super) fn tell(&mut self) {
        self.told = Some(Instant::now());
        self.account_sent();
        self.count_bytes();
        (self.events)(CallEvent::Progress(Arc::new(self.call.clone())));
    }

    /// The same, but not more often than anybody can see.
    pub(super) fn tell_sometimes(&mut self) {
        if self.told.is_none_or(|told| told.elapsed() >= QUIET) {
            self.tell();
        }
    }

    /// Gives the connection's task a few turns to write that a stream was given up.
    pub(super) async fn await_reset(&mut self) {
        let Some(connection) = self.connection.as_ref().filter(|c| c.is_http2()) else { return };
        let tape = connection.tape.clone();
        let before = tape.range_since(self.range);
        for _ in 0..RESET_TURNS {
            tokio::task::yield_now().await;
            if tape.range_since(self.range).sent != before.sent {
                break;
            }
        }
    }

    /// Fills in what is known at the end, gives the connection back, and tells.
    pub(super) fn finish(mut self, now: Timestamp, keep: impl FnOnce(Connection)) {
        self.time(now);
        self.call.halted = self.report.under_way;
        self.account_sent();
        self.count_bytes();
        if let Some(connection) = &self.connection {
            let range = connection.tape.range_since(self.range);
            self.call.recording = Arc::new(connection.tape.slice(range));
        } else if !self.report.attempts.is_empty() && self.call.connection.is_none() {
            self.call.connection = Some(unconnected(&self.report));
        }
        // A handshake that failed is worth seeing too.
        let (sealed, from) = match &self.connection {
            Some(connection) => (connection.sealed.as_ref(), self.sealed),
            None => (self.report.sealed.as_ref(), RecordingRange::default()),
        };
        if let Some(tape) = sealed {
            self.call.sealed = Arc::new(tape.slice(tape.range_since(from)));
        }
        // Before the word is out: whoever hears it may call again at once.
        if let Some(connection) = self.connection.take() {
            keep(connection);
        }
        (self.events)(CallEvent::Finished(Arc::new(self.call)));
    }

    fn count_bytes(&mut self) {
        let Some(connection) = &self.connection else { return };
        let range = connection.tape.range_since(self.range);
        let ByteCounts { sent, received, .. } = &mut self.call.bytes;
        *sent = range.sent.1.saturating_sub(range.sent.0);
        *received = range.received.1.saturating_sub(range.received.0);
    }

    fn time(&mut self, now: Timestamp) {
        let on_wire = self.on_wire();
        let is_kept = self.call.connection.as_ref().is_some_and(|facts| facts.is_kept);
        let is_proxied = self.call.connection.as_ref().is_some_and(|facts| facts.proxy.is_some());
        let is_tls = self.call.request.target.security == Security::Tls;
        let timing = &mut self.call.timing;
        if is_kept {
            timing.set(Phase::LookUp, PhaseTime::Kept);
            timing.set(Phase::Connect, PhaseTime::Kept);
            timing.set(Phase::Proxy, if is_proxied { PhaseTime::Kept } else { PhaseTime::Absent });
            timing.set(Phase::Tls, if is_tls { PhaseTime::Kept } else { PhaseTime::Absent });
        } else {
            timing.set(Phase::LookUp, self.report.look_up);
            timing.set(Phase::Connect, self.report.connect);
            timing.set(Phase::Proxy, self.report.proxy);
            timing.set(Phase::Tls, self.report.tls);
        }
        on_wire.time(timing);
        timing.total = now.since(self.call.started);
    }
}

/// The tries that led nowhere are worth seeing too.
fn unconnected(report: &DialReport) -> ConnectionUse {
    let peer = report.attempts.last().map(|attempt| attempt.address.clone());
    ConnectionUse {
        id: ConnectionId::next(),
        is_kept: false,
        local: String::new(),
        peer: peer.unwrap_or_default(),
        attempts: report.attempts.clone(),
        proxy: report.via.clone(),
        http_version: "",
        tls: report.tls_facts.clone(),
    }
}
