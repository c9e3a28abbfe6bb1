//! The bytes of a call at our own gateway: where it came in, and where it was passed on.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Recording, SpanId};

/// One side of the gateway, for one call. Directions are the asker's: [`super::Direction::Sent`] goes to the callee.
#[derive(Debug, Clone)]
pub struct Leg {
    /// The span that asked; the request's `traceparent` names it.
    pub asked_by: SpanId,
    /// Which side.
    pub side: LegSide,
    /// The call's HTTP/2 stream; 0 for HTTP/1.
    pub stream: u32,
    /// The stretch of the connection that the call used. Frames of other calls may lie between its own.
    pub recording: Arc<Recording>,
}

/// A side of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegSide {
    /// Where callers come in.
    Client,
    /// Where an instance was asked.
    Upstream {
        /// `greeter-1`.
        instance: Arc<str>,
        /// Where it listens.
        address: SocketAddr,
    },
}

impl Leg {
    /// What keeping it costs, in bytes.
    pub fn size(&self) -> usize {
        let parts = self.recording.parts.iter();
        let kept: usize = parts.map(|part| part.bytes.as_ref().map_or(0, bytes::Bytes::len)).sum();
        kept + size_of_val(self.recording.parts.as_slice()) + size_of::<Self>()
    }
}
