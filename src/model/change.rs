//! What the person changed about the running services: the marks on the time line.

use std::sync::Arc;

use super::{Cause, Fault, Timestamp};

/// One change and when it took effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: ChangeKind,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// An instance takes calls on this port.
    Started {
        /// `greeter-1`.
        instance: Arc<str>,
        /// Its port.
        port: u16,
    },
    /// An instance was stopped; its port is free.
    Stopped(Arc<str>),
    /// An instance ended as in a crash.
    Killed(Arc<str>),
    /// An instance was added and takes calls.
    Added(Arc<str>),
    /// An instance ended its calls and was removed.
    Removed(Arc<str>),
    /// An instance, or all of a service, got this fault; the default one ends it.
    Fault {
        /// `payment` or `payment-1`.
        whom: Arc<str>,
        /// What is done to it.
        fault: Fault,
    },
    /// Shoppers make so many calls a second from now on.
    Traffic {
        /// 0 for none.
        per_second: u32,
    },
    /// A schema is served.
    Served(Arc<str>),
    /// It is served no more.
    Unserved(Arc<str>),
}

/// Why a wish concerning a service was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotDone {
    /// A service cannot have more instances on this machine.
    TooMany {
        /// How many it can have.
        most: usize,
    },
    /// The only instance of a service can be stopped, not removed.
    LastOne,
    /// The port is taken or not allowed.
    Port {
        /// Which.
        port: u16,
        /// Why, mostly in the system's words.
        cause: Cause,
    },
    /// Another program holds the port that was asked for.
    PortTaken {
        /// Which.
        port: u16,
    },
    /// The schema has no method of its own.
    NothingToServe,
    /// It was overtaken by another wish.
    Overtaken,
    /// The service is gone, or something else stood in the way.
    Gone {
        /// Why.
        cause: Cause,
    },
}
