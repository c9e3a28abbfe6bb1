//! Why the gateway could not start.

use std::io;

/// Why the gateway could not start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// No port could be had, neither the one asked for nor another.
    #[error("bind 127.0.0.1:{port}")]
    Bind {
        /// The port that was asked for.
        port: u16,
        /// The system's words.
        #[source]
        source: io::Error,
    },
}
