//! Who an instance is: what its spans, its answers and its refusals say about it, its log, and what is
//! done to it on purpose.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::model::{Code, Fault, Protocol, ServiceProtocol, TraceId};
use crate::telemetry::Recorder;

use super::log::Log;
use super::role::Role;

/// The identity of one instance, shared by everything that works for it.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) role: Arc<Role>,
    /// `greeter-2`.
    pub(super) instance: Arc<str>,
    /// Counts from 1 within the service.
    pub(super) number: usize,
    pub(super) recorder: Recorder,
    log: Log,
    fault: watch::Sender<Fault>,
    /// Seeded, so that the same calls suffer the same.
    dice: Mutex<fastrand::Rng>,
}

impl Seat {
    pub(super) fn new(role: &Arc<Role>, number: usize, recorder: Recorder) -> Self {
        Self {
            role: Arc::clone(role),
            instance: Arc::from(format!("{}-{number}", role.name)),
            number,
            recorder,
            log: Log::default(),
            fault: watch::Sender::default(),
            dice: Mutex::new(fastrand::Rng::with_seed(number as u64)),
        }
    }

    /// What this instance speaks.
    pub(super) fn protocol(&self) -> Protocol {
        match self.role.protocol {
            ServiceProtocol::Grpc => Protocol::Grpc,
            ServiceProtocol::Http | ServiceProtocol::Both => Protocol::Http,
        }
    }

    /// What a caller reads who looks for something else on this port.
    pub(super) fn refusal(&self, asked: &str) -> String {
        let also = match self.protocol() {
            Protocol::Grpc => ", grpc.health.v1.Health and reflection",
            Protocol::Http => "",
        };
        format!(
            "this port is Hoplens's own {} ({}); it serves {}{also}, not {asked}",
            self.role.name,
            self.instance,
            self.role.offers()
        )
    }

    /// Writes a line into the instance's log.
    pub(super) fn say(&self, text: &str, trace: Option<TraceId>) {
        self.log.push(self.recorder.now(), text, trace);
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn fault(&self) -> Fault {
        *self.fault.borrow()
    }

    pub(super) fn set_fault(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Returns as soon as the instance does not hang.
    pub(super) async fn until_answering(&self) {
        let mut fault = self.fault.subscribe();
        // The sender lives as long as this seat: an error cannot be.
        fault.wait_for(|fault| !fault.is_hanging).await.ok();
    }

    /// Lets a call bear these faults: it waits, and maybe fails.
    pub(super) async fn suffer(&self, fault: &Fault) -> Option<Code> {
        if fault.is_none() {
            return None;
        }
        let (wait, failure) = {
            let mut dice = self.dice.lock();
            (fault.wait(dice.f64()), fault.failure(dice.f64()))
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        failure
    }
}
