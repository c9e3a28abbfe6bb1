//! Why the cluster could not do what was asked.

use std::io;

use crate::model::{Cause, FaultError};

/// Errors of the cluster's own controls; what a demo service answers is no error.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No instance has this name.
    #[error("no instance is named {0:?}")]
    UnknownInstance(String),
    /// No service has this name.
    #[error("no service is named {0:?}")]
    UnknownService(String),
    /// A service cannot have more instances on this machine.
    #[error("at most {most} instances of a service on this machine")]
    TooMany {
        /// How many it can have.
        most: usize,
    },
    /// The only instance of a service can be stopped, not removed.
    #[error("{0} is the only instance; stop it instead")]
    LastOne(String),
    /// A schema without a service, or with health and reflection alone.
    #[error("the schema has no method to serve")]
    NothingToServe,
    /// A mock cannot have the name of a demo service.
    #[error("{0} is a service of the demo")]
    NameTaken(String),
    /// Faults that cannot be together or are out of range.
    #[error(transparent)]
    Fault(#[from] FaultError),
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
            other => Cause::Said(other.to_string()),
        }
    }
}
