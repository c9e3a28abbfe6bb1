//! The ways by which one logical call can go, and how each of them says that something is wrong.

use std::time::Duration;

use super::Outcome;

/// One way: what is spoken, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Way {
    /// What is spoken.
    pub speech: Speech,
    /// To whom.
    pub road: Road,
}

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speech {
    /// JSON over HTTP/1.1.
    Http1Json,
    /// JSON over HTTP/2.
    Http2Json,
    /// gRPC, which is always HTTP/2.
    Grpc,
}

/// To whom a call goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Road {
    /// The service itself.
    Direct,
    /// The gateway in front of it.
    Gateway,
}

impl Way {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::new(Speech::Http1Json, Road::Direct),
        Self::new(Speech::Http2Json, Road::Direct),
        Self::new(Speech::Grpc, Road::Direct),
        Self::new(Speech::Http1Json, Road::Gateway),
        Self::new(Speech::Http2Json, Road::Gateway),
        Self::new(Speech::Grpc, Road::Gateway),
    ];

    const fn new(speech: Speech, road: Road) -> Self {
        Self { speech, road }
    }

    /// Its name in files and for scripts; never changes.
    pub fn id(self) -> &'static str {
        match (self.speech, self.road) {
            (Speech::Http1Json, Road::Direct) => "http1_json_direct",
            (Speech::Http2Json, Road::Direct) => "http2_json_direct",
            (Speech::Grpc, Road::Direct) => "grpc_direct",
            (Speech::Http1Json, Road::Gateway) => "http1_json_gateway",
            (Speech::Http2Json, Road::Gateway) => "http2_json_gateway",
            (Speech::Grpc, Road::Gateway) => "grpc_gateway",
        }
    }
}

/// Why a way does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoWay {
    /// Nobody serves the method as HTTP and JSON.
    NoJson,
    /// Somebody does, but has no place for this field of the message.
    NoJsonField {
        /// As it is named in the contract.
        field: String,
    },
    /// It is not known where the service listens.
    NoServer,
    /// There is no gateway, or it does not run.
    NoGateway,
    /// There is one, without a route to the method.
    NoRoute,
}

impl NoWay {
    /// Its name in files and for scripts; never changes.
    pub fn id(&self) -> &'static str {
        match self {
            Self::NoJson => "no_json",
            Self::NoJsonField { .. } => "no_json_field",
            Self::NoServer => "no_server",
            Self::NoGateway => "no_gateway",
            Self::NoRoute => "no_route",
        }
    }
}

/// What became of one call that was made to go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// How it ended.
    pub outcome: Outcome,
    /// `HTTP/1.1` or `HTTP/2`; empty when there was no connection.
    pub http_version: &'static str,
    /// The HTTP status, where an answer came (200 for nearly every gRPC answer).
    pub http_status: Option<u16>,
    /// The beginning of an HTTP answer's body, where it is text.
    pub body: String,
}

/// What bytes of a call are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BytePart {
    /// What the two say to each other.
    Payload,
    /// Header fields and lines.
    Headers,
    /// Frame headers, prefixes, sizes of chunks.
    Framing,
    /// What keeps the connection.
    Control,
    /// What TLS puts around it.
    Tls,
    /// What was not understood.
    Other,
}

impl BytePart {
    /// All, in their order.
    pub const ALL: [Self; 6] =
        [Self::Payload, Self::Headers, Self::Framing, Self::Control, Self::Tls, Self::Other];
}

/// A word of the tables and the picture of a comparison: the fact, for whoever has the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompareWord {
    /// Nothing.
    Nothing,
    /// The name of a way.
    Way(Way),
    /// Why a way does not exist.
    NoWay(NoWay),
    /// What a way said when something was wrong.
    Said(Box<Said>),
    /// How the first failed call ended.
    Ended(Box<Outcome>),
    /// A thing's name.
    Name(CompareName),
    /// So many calls by each way, one after the other.
    Calls(u32),
    /// So many of something.
    Count(u64),
    /// The name of a part.
    Part(BytePart),
    /// So many bytes of a part.
    PartBytes(BytePart, u64),
    /// So many bytes.
    Bytes(u64),
    /// So many bytes from us and to us.
    SentReceived(u64, u64),
    /// A time.
    Time(Duration),
    /// The time that a share of calls, in percent, did not exceed: its name.
    Percentile(u8),
    /// Percentiles.
    Times {
        /// Half of all calls took no longer.
        p50: Duration,
        /// 99 of 100 took no longer.
        p99: Duration,
    },
    /// A place on the axis of time.
    Tick(Duration),
    /// So many calls took from this to that.
    Took {
        /// How many.
        n_calls: u64,
        /// At least.
        from: Duration,
        /// At most.
        to: Duration,
    },
}

/// Names in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareName {
    /// Bytes of one call, by purpose.
    BytesOfCall,
    /// Time of one call.
    TimeOfCall,
    /// Calls that opened a connection.
    Opening,
    /// Calls on a kept one.
    Kept,
    /// What passed on a connection between calls.
    Between,
    /// Calls.
    Calls,
    /// Those of them that failed.
    Failed,
    /// How the first of these ended.
    FirstFailure,
    /// Connections.
    Connections,
    /// The shortest time.
    Shortest,
    /// The longest.
    Longest,
    /// All parts together.
    InAll,
    /// What the figures of the bytes mean.
    BytesNote,
    /// A call that the server cannot do.
    Failing,
    /// A call where nobody listens.
    Refused,
    /// Ways that do not exist.
    Missing,
}
