//! The gateway's decision trail: what each step of its pipeline decided, by which rule, and how long it took.
//!
//! Facts only, in a fixed array, so that recording one costs no allocation but the rule's `Arc`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The steps of the gateway's pipeline, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The request head was read.
    Accept,
    /// A route was looked for.
    Route,
    /// Credentials were checked.
    Authenticate,
    /// An instance was picked.
    Balance,
    /// A connection to the instance was opened or taken.
    Connect,
    /// The request was passed on and the answer awaited.
    Forward,
}

/// What a step decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Passed,
    /// The step does not apply to this route.
    Skipped,
    /// No route fits. Answered 404.
    NoRoute,
    /// No credential came, or a wrong one. Answered 401.
    Unauthenticated,
    /// The backend's name is not known. Answered 503.
    UnknownBackend,
    /// The backend has no instance that takes calls. Answered 503.
    NoEndpoint,
    /// This instance was picked.
    Picked {
        /// `greeter-2`.
        instance: Arc<str>,
        /// Where it listens.
        address: SocketAddr,
    },
    /// The connection failed. Answered 502.
    ConnectFailed {
        /// Where.
        address: SocketAddr,
        /// The system's words.
        cause: Arc<str>,
    },
    /// The connection broke before the answer was there. Answered 502.
    UpstreamReset {
        /// Where.
        address: SocketAddr,
        /// hyper's words.
        cause: Arc<str>,
    },
    /// A timer ran out. Answered 504.
    TimedOut {
        /// Which timer: `timeouts.request`, `timeouts.backendRequest`, `grpc-timeout`, `connect`.
        timer: Arc<str>,
        /// Its length.
        after: Duration,
    },
    /// The request itself cannot be forwarded. Answered 400.
    BadRequest {
        /// Why.
        cause: Arc<str>,
    },
    /// The answer came, with this HTTP status.
    Answered {
        /// 100 to 599.
        status: u16,
    },
}

/// One step's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEntry {
    /// Which step.
    pub step: Step,
    /// What it decided.
    pub verdict: Verdict,
    /// The rule that decided: `HTTPRoute demo/storefront rule 2`; empty when none did.
    pub rule: Arc<str>,
    /// How long the step took.
    pub took: Duration,
}

/// All entries of one request, at most [`Trail::CAPACITY`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail {
    entries: [Option<TrailEntry>; Self::CAPACITY],
    /// Entries that found no room.
    pub n_dropped: u32,
}

impl Trail {
    /// Room for every step and for the tries of one request.
    pub const CAPACITY: usize = 16;

    /// Appends; beyond the capacity it only counts.
    pub fn push(&mut self, entry: TrailEntry) {
        match self.entries.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some(entry),
            None => self.n_dropped += 1,
        }
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = &TrailEntry> {
        self.entries.iter().flatten()
    }

    /// The entry that refused the request, if one did.
    pub fn refusal(&self) -> Option<&TrailEntry> {
        self.iter().find(|entry| {
            !matches!(
                entry.verdict,
                Verdict::Passed
                    | Verdict::Skipped
                    | Verdict::Picked { .. }
                    | Verdict::Answered { .. }
            )
        })
    }
}
