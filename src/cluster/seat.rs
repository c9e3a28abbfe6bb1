//! Who an instance is: what its spans, its answers and its refusals say about it.

use std::sync::Arc;

use crate::model::{Protocol, ServiceProtocol};
use crate::telemetry::Recorder;

use super::fleet::ServicePlan;

/// The identity of one instance, shared by everything that works for it.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) plan: &'static ServicePlan,
    /// `service.name`.
    pub(super) service: Arc<str>,
    /// `greeter-2`.
    pub(super) instance: Arc<str>,
    /// Counts from 1 within the service.
    pub(super) number: usize,
    pub(super) recorder: Recorder,
}

impl Seat {
    pub(super) fn new(plan: &'static ServicePlan, number: usize, recorder: Recorder) -> Self {
        let instance = Arc::from(format!("{}-{number}", plan.name));
        Self { plan, service: Arc::from(plan.name), instance, number, recorder }
    }

    /// What this instance speaks.
    pub(super) fn protocol(&self) -> Protocol {
        match self.plan.protocol {
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
            self.service, self.instance, self.plan.offers
        )
    }
}
