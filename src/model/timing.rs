//! Where the time of one call went.

use std::time::Duration;

/// The phases of a call, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Name look-up.
    LookUp,
    /// TCP (or Unix socket) connect, over all addresses that were tried.
    Connect,
    /// Until the proxy had opened the way to the target (CONNECT).
    Proxy,
    /// TLS handshake.
    Tls,
    /// From the first to the last byte of the request.
    Send,
    /// From the last byte sent to the first byte of the answer.
    Wait,
    /// From the first to the last byte of the answer.
    Receive,
}

impl Phase {
    /// All, in their order.
    pub const ALL: [Self; 7] = [
        Self::LookUp,
        Self::Connect,
        Self::Proxy,
        Self::Tls,
        Self::Send,
        Self::Wait,
        Self::Receive,
    ];
}

/// What is known of one phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PhaseTime {
    /// It did not happen (plaintext has no TLS; a refused call never waited).
    #[default]
    Absent,
    /// It was done by an earlier call on the same connection.
    Kept,
    /// It took this long.
    Took(Duration),
}

/// The phases of one call and its total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    phases: [PhaseTime; 7],
    /// From the press of Send to the end.
    pub total: Duration,
}

impl Timing {
    /// What is known of this phase.
    pub fn get(&self, phase: Phase) -> PhaseTime {
        self.phases.get(phase as usize).copied().unwrap_or_default()
    }

    /// Notes what is known of this phase.
    pub fn set(&mut self, phase: Phase, time: PhaseTime) {
        if let Some(slot) = self.phases.get_mut(phase as usize) {
            *slot = time;
        }
    }

    /// What no phase accounts for: the handshake of the protocol, and Hoplens itself.
    pub fn rest(&self) -> Duration {
        let took = self.phases.iter().map(|time| match time {
            PhaseTime::Took(took) => *took,
            PhaseTime::Absent | PhaseTime::Kept => Duration::ZERO,
        });
        self.total.saturating_sub(took.sum())
    }

    /// All phases in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Phase, PhaseTime)> + '_ {
        Phase::ALL.into_iter().map(|phase| (phase, self.get(phase)))
    }
}
