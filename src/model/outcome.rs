//! How a call ended. A status is a result, not an error: the peer answered.

use bytes::Bytes;

use super::{CallFailure, Code};

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A gRPC status, `OK` among them.
    Grpc {
        /// The code.
        code: Code,
        /// The number as it came, which may be none of the seventeen.
        number: u32,
        /// `grpc-message`, percent-decoded.
        message: String,
        /// `grpc-status-details-bin`, the bytes of a `google.rpc.Status`.
        details: Option<Bytes>,
        /// Whether the peer sent the status, or Hoplens made it of an HTTP status, a reset or a deadline.
        origin: StatusOrigin,
    },
    /// An HTTP answer.
    Http {
        /// 100 to 599.
        status: u16,
        /// `OK`, `Not Found`: the standard's phrase, or the peer's own over HTTP/1.
        reason: String,
    },
    /// We could not even ask, or the answer broke off.
    Failed(CallFailure),
    /// The user cancelled.
    Cancelled,
}

/// Where a gRPC status comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusOrigin {
    /// In trailers.
    Trailers,
    /// In the headers of an answer without a body (trailers-only).
    TrailersOnly,
    /// Made of an HTTP status without `grpc-status`.
    HttpStatus(u16),
    /// The stream ended without a status.
    Missing,
    /// Our own deadline passed.
    Deadline,
    /// The peer reset the stream with this HTTP/2 error code (RFC 9113 section 7).
    Reset(u32),
}

impl Outcome {
    /// Whether the call did what was asked: `OK`, or an HTTP status under 400.
    pub fn is_ok(&self) -> bool {
        match self {
            Self::Grpc { number, .. } => *number == 0,
            Self::Http { status, .. } => *status < 400,
            Self::Failed(_) | Self::Cancelled => false,
        }
    }
}
