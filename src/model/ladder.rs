//! The way of a call, stage by stage: how far it came, and what stopped it.

use std::time::Duration;

use super::CallFailure;

/// What has to work, in this order, before a call has its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// The name has an address.
    LookUp,
    /// Somebody listens there.
    Connect,
    /// The proxy opens the way.
    Proxy,
    /// The handshake, and in it the agreement on HTTP/2 (ALPN).
    Tls,
    /// The peer's first frame of HTTP/2.
    Settings,
    /// The head of the answer.
    Headers,
    /// A message of the answer; over HTTP its body.
    Message,
    /// The status behind the messages (gRPC).
    Trailers,
}

/// One stage of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// Which.
    pub stage: Stage,
    /// How it went.
    pub state: RungState,
    /// How long it took, where that is known.
    pub took: Option<Duration>,
    /// What was met there, in the words of the protocols: an address, `TLS 1.3, h2`, `:status 200`.
    pub seen: String,
}

/// How a stage went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RungState {
    /// Well.
    Passed,
    /// An earlier call had done it on the same connection.
    Kept,
    /// This call has no such stage.
    Unneeded,
    /// It stopped the call.
    Failed(Obstacle),
    /// The call did not come so far.
    NotReached,
}

impl RungState {
    /// What stopped the call here, unless it is what the outcome says itself.
    pub fn unsaid(&self) -> Option<&Obstacle> {
        match self {
            Self::Failed(Obstacle::Failure(_)) => None,
            Self::Failed(obstacle) => Some(obstacle),
            _ => None,
        }
    }
}

/// What stopped a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// What the call itself ended with.
    Failure(CallFailure),
    /// Nothing came until our own deadline.
    Silence,
    /// The person gave the call up while it waited here.
    GivenUp,
    /// The peer reset the stream with this code (RFC 9113 section 7).
    Reset(u32),
    /// HTTP/1 was answered where HTTP/2 was spoken: the first line of it.
    Http1(String),
    /// An HTTP status that is none of gRPC, with the `content-type` beside it.
    HttpStatus {
        /// 100 to 599.
        status: u16,
        /// Empty where none was sent.
        content_type: String,
    },
    /// The answer ended without a status.
    NoTrailers,
}

/// All stages of one call, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ladder {
    /// The stages; at most one has failed.
    pub rungs: Vec<Rung>,
}

impl Ladder {
    /// The stage that stopped the call, and what did.
    pub fn obstacle(&self) -> Option<(Stage, &Obstacle)> {
        self.rungs.iter().find_map(|rung| match &rung.state {
            RungState::Failed(obstacle) => Some((rung.stage, obstacle)),
            _ => None,
        })
    }
}
