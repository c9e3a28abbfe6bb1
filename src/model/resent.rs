//! Why a request went out once more, on a new connection.

/// What proved that the peer had not acted on the request when it was sent first. Without such a proof nothing is sent
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resent {
    /// The kept connection was gone before anything of it was written.
    Unsent,
    /// `RST_STREAM` with `REFUSED_STREAM` (RFC 9113 section 8.7).
    Refused,
    /// `GOAWAY` with a last stream before this one (RFC 9113 section 6.8).
    GoneAway {
        /// Its error code.
        code: u32,
    },
    /// The kept connection broke; the method may be repeated (RFC 9110 section 9.2.2).
    Repeatable,
}
