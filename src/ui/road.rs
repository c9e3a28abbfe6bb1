//! What the window needs of a session. A trait, so that tests drive the whole window without one.

use std::sync::Arc;

use crate::model::Clock;
use crate::session::{Command, Session, State};
use crate::telemetry::Snapshot;

/// The two roads between window and work. Nothing here waits.
pub trait Road {
    /// Whether something was published since the last time.
    fn take_dirty(&self) -> bool;
    /// The newest state.
    fn state(&self) -> Arc<State>;
    /// The newest snapshot.
    fn snapshot(&self) -> Arc<Snapshot>;
    /// Sends a command; gives it back when the queue is full.
    fn try_send(&self, command: Command) -> Result<(), Box<Command>>;
    /// The clock that stamps its spans.
    fn clock(&self) -> Clock;
    /// Whether the session has ended, so that the window closes too.
    fn is_ended(&self) -> bool;
}

impl Road for Session {
    fn take_dirty(&self) -> bool {
        Self::take_dirty(self)
    }

    fn state(&self) -> Arc<State> {
        Self::state(self)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Self::snapshot(self)
    }

    fn try_send(&self, command: Command) -> Result<(), Box<Command>> {
        Self::try_send(self, command)
    }

    fn clock(&self) -> Clock {
        Self::clock(self)
    }

    fn is_ended(&self) -> bool {
        Self::is_ended(self)
    }
}
