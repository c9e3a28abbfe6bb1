//! What a face shows of a tap.

use std::net::SocketAddr;
use std::sync::Arc;

use super::TappedCall;
use crate::model::{CallFailure, CallId, Cause, Security, TapId, TargetError, TlsOptions};
use crate::session::Answer;

/// A place between a client and a server.
#[derive(Debug, Clone)]
pub struct TapView {
    /// Which.
    pub id: TapId,
    /// What is wanted of it; what it does, while it runs.
    pub wish: TapWish,
    /// How far it is.
    pub phase: TapPhase,
    /// The newest calls that passed, oldest first; older ones made room.
    pub calls: Arc<Vec<Arc<TappedCall>>>,
    /// Calls that passed since it was made, those that made room included.
    pub n_calls: u64,
    /// Of them ended badly.
    pub n_errors: u64,
    /// Calls of which too many were under way on one connection: they passed, and nothing is known of them.
    pub n_missed: u64,
    /// Bytes that passed and are no HTTP, or encrypted.
    pub n_opaque: u64,
    /// Why the target took no connection, the last time that it took none.
    pub unreached: Option<CallFailure>,
    /// Why the target told no schema.
    pub no_schema: Option<Cause>,
    /// The call that is looked at.
    pub shown: Option<CallId>,
    /// What it says, once it has been read.
    pub answer: Option<Arc<Answer>>,
}

/// Between whom to stand, and what to read the messages by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapWish {
    /// Where clients come, on the loopback address; 0 takes any port.
    pub port: u16,
    /// As typed: `host:port`, `grpcs://...`.
    pub target: String,
    /// Plaintext or TLS; `None` as the target says.
    pub security: Option<Security>,
    /// How a target of TLS is trusted.
    pub tls: TlsOptions,
    /// What messages are read by.
    pub schema: TapSchema,
}

/// Where the schema of what passes comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TapSchema {
    /// The target is asked; what it does not tell, the loaded schemas may.
    #[default]
    Reflection,
    /// Whatever is loaded.
    Loaded,
}

/// How far a tap is.
#[derive(Debug, Clone, PartialEq)]
pub enum TapPhase {
    /// It is being filled in, or was stopped; why it could not start.
    Idle(Option<TapFault>),
    /// Its port is being opened.
    Starting,
    /// It listens.
    Running(SocketAddr),
}

/// Why a tap could not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TapFault {
    /// The target cannot be read.
    Target(TargetError),
    /// The target is where the tap itself would listen.
    Itself,
    /// Another program holds the port.
    PortTaken(u16),
    /// The port could not be opened for another reason.
    Listen {
        /// Which.
        port: u16,
        /// The system's words.
        cause: Cause,
    },
}

impl Default for TapWish {
    fn default() -> Self {
        Self {
            port: Self::FIRST_PORT,
            target: String::new(),
            security: None,
            tls: TlsOptions::default(),
            schema: TapSchema::default(),
        }
    }
}

impl TapWish {
    /// Where the first tap listens, unless told otherwise.
    pub const FIRST_PORT: u16 = 9_000;
}

impl TapView {
    /// One that nobody has filled in.
    pub fn new(id: TapId, wish: TapWish) -> Self {
        Self {
            id,
            wish,
            phase: TapPhase::Idle(None),
            calls: Arc::default(),
            n_calls: 0,
            n_errors: 0,
            n_missed: 0,
            n_opaque: 0,
            unreached: None,
            no_schema: None,
            shown: None,
            answer: None,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        match self.phase {
            TapPhase::Running(address) => Some(address),
            TapPhase::Idle(_) | TapPhase::Starting => None,
        }
    }

    /// One of its calls.
    pub fn call(&self, id: CallId) -> Option<&Arc<TappedCall>> {
        self.calls.iter().rev().find(|passed| passed.call.id == id)
    }
}
