//! Why the cluster could not do what was asked.

use std::io;

use crate::model::Cause;

/// Errors of the cluster's own controls; what a demo service answers is no error.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No instance has this name.
    #[error("no instance is named {0:?}")]
    UnknownInstance(String),
    /// The port that was asked for by number is taken or not allowed.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Port {
        /// Which.
        port: u16,
        /// The system's reason.
        source: io::Error,
    },
    /// The descriptors that the build made cannot be served.
    #[error("cannot serve reflection")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The HTTP client between demo services cannot be built.
    #[error("cannot build the HTTP client")]
    HttpClient(#[from] reqwest::Error),
    /// A start was overtaken by a stop.
    #[error("stopped again before it had started")]
    Overtaken,
    /// The cluster has ended.
    #[error("the cluster has ended")]
    Ended,
}

impl ClusterError {
    /// Why, without what was being done: the system's words where it has some.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Port { source, .. } => Cause::Said(source.to_string()),
            Self::Overtaken => Cause::Overtaken,
            other => Cause::Said(other.to_string()),
        }
    }
}
