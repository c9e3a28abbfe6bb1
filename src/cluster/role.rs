//! What a service is and does, whether it belongs to the demo or answers for a schema.

use std::sync::Arc;

use crate::model::{NodeKind, ServiceProtocol};

use super::fleet::ServicePlan;
use super::mock::Mock;

/// One service, shared by its instances.
#[derive(Debug)]
pub(super) struct Role {
    /// `service.name`.
    pub(super) name: Arc<str>,
    pub(super) protocol: ServiceProtocol,
    /// Services that it may call.
    pub(super) calls: &'static [&'static str],
    pub(super) work: Work,
}

/// Who answers.
#[derive(Debug, Clone)]
pub(super) enum Work {
    Demo(&'static ServicePlan),
    Mock(Arc<Mock>),
}

impl Role {
    pub(super) fn of_demo(plan: &'static ServicePlan) -> Self {
        Self {
            name: Arc::from(plan.name),
            protocol: plan.protocol,
            calls: plan.calls,
            work: Work::Demo(plan),
        }
    }

    pub(super) fn of_mock(name: Arc<str>, mock: Arc<Mock>) -> Self {
        Self { name, protocol: ServiceProtocol::Grpc, calls: &[], work: Work::Mock(mock) }
    }

    /// What a stray caller is told that this port serves.
    pub(super) fn offers(&self) -> String {
        match &self.work {
            Work::Demo(plan) => plan.offers.to_owned(),
            Work::Mock(mock) => mock.offers(),
        }
    }

    pub(super) fn kind(&self) -> NodeKind {
        match self.work {
            Work::Demo(_) => NodeKind::Demo,
            Work::Mock(_) => NodeKind::Mock,
        }
    }
}
