//! A call: the exchange as it really happened.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    CallId, Cause, ConnectionUse, Headers, Outcome, Recording, Request, Resent, Stage, Timestamp,
    Timing, TraceContext, Trail, reset_words,
};

/// Which way bytes or messages go, seen from Hoplens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// From us to the peer.
    Sent,
    /// From the peer to us.
    Received,
}

/// One call, under way or ended. Cloned into immutable snapshots while it runs, so bodies are `Bytes`.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which.
    pub id: CallId,
    /// What was asked, headers as they were sent (`traceparent` and the protocol's own included).
    pub request: Arc<Request>,
    /// When Send was pressed.
    pub started: Timestamp,
    /// The trace that this call is the root of.
    pub trace: TraceContext,
    /// The connection, once there is one.
    pub connection: Option<ConnectionUse>,
    /// Why the request was sent once more, where it was; all else is of the second time.
    pub resent: Option<Resent>,
    /// The HTTP status of the answer, once it is there (200 for nearly every gRPC answer).
    pub http_status: Option<u16>,
    /// Headers of the answer.
    pub headers: Headers,
    /// Trailers of the answer.
    pub trailers: Headers,
    /// Messages both ways; for HTTP the request body and the whole answer body, each as one message.
    pub messages: Vec<MessageRecord>,
    /// Messages that came or went and were not kept, because the call's bound was reached.
    pub n_unkept_messages: u64,
    /// Where the time went.
    pub timing: Timing,
    /// Bytes on the connection that belong to this call.
    pub bytes: ByteCounts,
    /// How it ended; `None` while it runs.
    pub outcome: Option<Outcome>,
    /// The stage of dialling at which it ended, when it never had a connection.
    pub halted: Option<Stage>,
    /// The gateway's decisions, when the call went through our own gateway.
    pub trail: Option<Arc<Trail>>,
    /// The stretch of the connection's recording that this call used.
    pub recording: Arc<Recording>,
    /// The TLS records that carried it (RFC 8446 section 5), those of the handshake where this call opened the
    /// connection or tried to; empty without TLS.
    pub sealed: Arc<Recording>,
}

impl Call {
    /// A call that has just begun.
    pub fn begin(
        id: CallId,
        request: Arc<Request>,
        started: Timestamp,
        trace: TraceContext,
    ) -> Self {
        Self {
            id,
            request,
            started,
            trace,
            connection: None,
            resent: None,
            http_status: None,
            headers: Headers::new(),
            trailers: Headers::new(),
            messages: Vec::new(),
            n_unkept_messages: 0,
            timing: Timing::default(),
            bytes: ByteCounts::default(),
            outcome: None,
            halted: None,
            trail: None,
            recording: Arc::default(),
            sealed: Arc::default(),
        }
    }

    /// Whether the peer broke the answer off.
    pub fn has_broken(&self) -> bool {
        use CallFailure::{Broken, CutShort, GoAway, Protocol};
        let Some(Outcome::Failed(failure)) = &self.outcome else { return false };
        matches!(failure, Broken { .. } | CutShort { .. } | GoAway { .. } | Protocol { .. })
    }

    /// The messages that came back.
    pub fn received(&self) -> impl Iterator<Item = &MessageRecord> {
        self.messages.iter().filter(|message| message.direction == Direction::Received)
    }
}

/// One message with its time.
#[derive(Debug, Clone)]
pub struct MessageRecord {
    /// When it was complete.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// The payload, decompressed, without prefix.
    pub bytes: Bytes,
    /// How many bytes of it travelled, prefix excluded, where it was compressed (gRPC's flag, HTTP's
    /// `content-encoding`).
    pub compressed_len: Option<u64>,
}

impl MessageRecord {
    /// How many bytes of it travelled, compressed or not.
    pub fn carried_len(&self) -> u64 {
        self.compressed_len.unwrap_or(self.bytes.len() as u64)
    }
}

/// What is kept of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLimit {
    /// Everything arrived.
    Whole,
    /// The limit was reached; this many bytes were taken.
    Cut(u64),
}

/// How many bytes a call put on its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByteCounts {
    /// On the wire, from us.
    pub sent: u64,
    /// On the wire, to us.
    pub received: u64,
    /// Message payload from us, without framing.
    pub payload_sent: u64,
    /// Message payload to us, without framing.
    pub payload_received: u64,
    /// Of the payload from us what travelled: less where it was compressed.
    pub carried_sent: u64,
    /// Of the payload to us what travelled.
    pub carried_received: u64,
}

impl ByteCounts {
    /// The payload of one direction before and after compression, in bytes, where any was compressed.
    pub fn packed(&self, direction: Direction) -> Option<(u64, u64)> {
        let (payload, carried) = match direction {
            Direction::Sent => (self.payload_sent, self.carried_sent),
            Direction::Received => (self.payload_received, self.carried_received),
        };
        (payload != carried).then_some((payload, carried))
    }

    /// Counts a message.
    pub fn count(&mut self, direction: Direction, payload: u64, carried: u64) {
        let (of_payload, of_carried) = match direction {
            Direction::Sent => (&mut self.payload_sent, &mut self.carried_sent),
            Direction::Received => (&mut self.payload_received, &mut self.carried_received),
        };
        *of_payload += payload;
        *of_carried += carried;
    }
}

/// Why a call has no answer. Facts only; `ui` and `cli` put them into words by key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallFailure {
    /// The name is not known.
    #[error("look-up of {host} failed: {cause}")]
    LookUp {
        /// The name.
        host: String,
        /// The resolver's words.
        cause: Cause,
    },
    /// Nobody listens there.
    #[error("connection refused on {address}")]
    Refused {
        /// The last address tried.
        address: String,
    },
    /// Connecting failed in another way.
    #[error("connect to {address} failed: {cause}")]
    Connect {
        /// The last address tried.
        address: String,
        /// The system's words.
        cause: Cause,
    },
    /// The proxy cannot be reached, or does not answer as one.
    #[error("proxy {proxy}: {cause}")]
    Proxy {
        /// `http://proxy.example:3128`.
        proxy: String,
        /// Why.
        cause: Cause,
    },
    /// The proxy answered and opened no way.
    #[error("proxy {proxy} answered {status} {reason} for {target}")]
    ProxyRefused {
        /// `http://proxy.example:3128`.
        proxy: String,
        /// Where to.
        target: String,
        /// The HTTP status of its answer.
        status: u16,
        /// The words beside it.
        reason: String,
    },
    /// The peer answered the TLS hello with something that is no TLS.
    #[error("{address} speaks plaintext, not TLS")]
    PlaintextPeer {
        /// Where.
        address: String,
    },
    /// We spoke plaintext and the peer answered with a TLS record.
    #[error("{address} speaks TLS, not plaintext")]
    TlsPeer {
        /// Where.
        address: String,
    },
    /// The certificate was not accepted.
    #[error("certificate of {server_name} refused: {cause}")]
    Certificate {
        /// The name that was verified.
        server_name: String,
        /// rustls's words.
        cause: Cause,
    },
    /// Another TLS failure.
    #[error("TLS with {address} failed: {cause}")]
    Tls {
        /// Where.
        address: String,
        /// rustls's words.
        cause: Cause,
    },
    /// A file that the TLS options name cannot be used.
    #[error("cannot use {path}: {cause}")]
    TlsFile {
        /// Which file.
        path: String,
        /// Why.
        cause: Cause,
    },
    /// The peer does not speak HTTP/2 and the call needs it, or speaks no HTTP at all.
    #[error("{address} does not speak {expected}: {cause}")]
    Protocol {
        /// Where.
        address: String,
        /// `HTTP/2`, `HTTP/1.1`, `gRPC`.
        expected: &'static str,
        /// What came instead.
        cause: Cause,
    },
    /// The connection ended before the answer was complete.
    #[error("connection to {address} broke: {cause}")]
    Broken {
        /// Where.
        address: String,
        /// hyper's or the system's words.
        cause: Cause,
    },
    /// The peer ended the connection, and says so (RFC 9113 section 6.8).
    #[error("{address} ended the connection: GOAWAY {} {words}", reset_words(*code))]
    GoAway {
        /// Where.
        address: String,
        /// Its error code.
        code: u32,
        /// What the peer wrote beside it, mostly nothing.
        words: String,
    },
    /// The peer let a PING go unanswered.
    #[error("{address} answered no PING within {millis} ms")]
    Unresponsive {
        /// Where.
        address: String,
        /// How long it had.
        millis: u64,
    },
    /// No answer within the deadline (HTTP; for gRPC it is the status `DEADLINE_EXCEEDED`).
    #[error("no answer within {millis} ms")]
    Deadline {
        /// The deadline.
        millis: u64,
    },
    /// A message is larger than allowed.
    #[error("message of {size} bytes is over the limit of {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes (`Request::max_message_bytes`).
        limit: u64,
    },
    /// A compressed message in an encoding that we did not offer, or that does not decompress.
    #[error("cannot decompress {encoding:?}: {cause}")]
    Compression {
        /// `grpc-encoding`, empty when the peer named none.
        encoding: String,
        /// Why.
        cause: Cause,
    },
    /// A header that HTTP cannot carry.
    #[error("header {name:?} cannot be sent: {cause}")]
    BadHeader {
        /// Its name.
        name: String,
        /// Why.
        cause: Cause,
    },
    /// The method or path cannot be sent.
    #[error("cannot ask {what:?}: {cause}")]
    BadRequest {
        /// What was asked.
        what: String,
        /// Why.
        cause: Cause,
    },
    /// The gRPC body ended inside a message.
    #[error("answer ends inside a message: {got} of {wanted} bytes")]
    CutShort {
        /// Bytes that came.
        got: u64,
        /// Bytes that the prefix announced.
        wanted: u64,
    },
    /// Hoplens itself is at its bound.
    #[error("too many calls at once ({limit})")]
    Busy {
        /// How many may run at once.
        limit: usize,
    },
}

/// What happens during a call, in order. The receiver may be slow: senders never wait for it.
#[derive(Debug, Clone)]
pub enum CallEvent {
    /// The call began, or went on: the whole call as it is now.
    Progress(Arc<Call>),
    /// The call ended; its outcome is set.
    Finished(Arc<Call>),
}
