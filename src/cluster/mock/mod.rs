//! A schema that nobody has implemented, served: every method answers with samples or with what the person wrote
//! for it.

mod act;
mod contract;
mod serve;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::error::ClusterError;
use crate::model::{MethodPath, MockAnswer};
use crate::schema::Schema;

use contract::Contract;

pub use contract::check_mock_answer;

/// What is to be served.
#[derive(Debug, Clone)]
pub struct MockPlan {
    /// The service's name in diagram and gateway.
    pub name: Arc<str>,
    /// The contract.
    pub schema: Schema,
    /// Answers that differ from the usual sample.
    pub answers: BTreeMap<MethodPath, MockAnswer>,
    /// The port; `None` takes any that is free.
    pub port: Option<u16>,
}

/// The contract that the instances of a mock answer for now.
#[derive(Debug)]
pub(super) struct Mock(ArcSwap<Contract>);

impl Mock {
    pub(super) fn new(plan: &MockPlan) -> Result<Self, ClusterError> {
        Ok(Self(ArcSwap::from_pointee(Contract::new(plan)?)))
    }

    /// Answers by this plan from now on; calls under way end by the one that they began with.
    pub(super) fn take(&self, plan: &MockPlan) -> Result<(), ClusterError> {
        let contract = self.0.load();
        let next = if contract.is_of(&plan.schema) {
            contract.with_answers(&plan.answers)
        } else {
            Contract::new(plan)?
        };
        self.0.store(Arc::new(next));
        Ok(())
    }

    pub(super) fn offers(&self) -> String {
        self.0.load().service_names().join(", ")
    }

    fn contract(&self) -> Arc<Contract> {
        self.0.load_full()
    }
}
