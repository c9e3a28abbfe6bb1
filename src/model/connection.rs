//! What is known of the connection that carried a call.

use std::time::Duration;

use super::{Cause, ConnectionId, Timestamp};

/// The connection of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionUse {
    /// Which one.
    pub id: ConnectionId,
    /// Whether an earlier call had opened it.
    pub is_kept: bool,
    /// Our end: `127.0.0.1:41234`, or the socket path.
    pub local: String,
    /// The other end.
    pub peer: String,
    /// Each address that was tried, in the order of trying (RFC 8305). Empty on a kept connection.
    pub attempts: Vec<ConnectAttempt>,
    /// The proxy between us and the peer: `http://proxy.example:3128`.
    pub proxy: Option<String>,
    /// `HTTP/1.1` or `HTTP/2`.
    pub http_version: &'static str,
    /// The TLS session, if there is one.
    pub tls: Option<TlsFacts>,
}

/// One try to connect to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectAttempt {
    /// The address: `[::1]:50051`.
    pub address: String,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, until success, failure or being overtaken.
    pub took: Duration,
    /// `None` for the one that won; else why not: the system's words, or overtaken.
    pub failure: Option<Cause>,
}

/// What the handshake agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// `TLS 1.3`.
    pub version: String,
    /// `TLS13_AES_256_GCM_SHA384`.
    pub suite: String,
    /// `h2`, `http/1.1`, or none.
    pub alpn: Option<String>,
    /// The peer's certificates in DER, leaf first.
    pub chain_der: Vec<bytes::Bytes>,
    /// What was made of them.
    pub trust: TlsTrust,
}

/// What was made of the peer's certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsTrust {
    /// They were verified.
    Verified,
    /// Nobody looked: the user switched verification off.
    Skipped,
    /// They were refused, and the handshake ended there.
    Refused,
}

impl TlsFacts {
    /// Whether the peer is who it says it is.
    pub fn is_verified(&self) -> bool {
        self.trust == TlsTrust::Verified
    }
}
