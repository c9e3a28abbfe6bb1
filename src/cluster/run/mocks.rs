//! Schemas that are served and served no more.

use std::sync::Arc;

use crate::cluster::berth::Berth;
use crate::cluster::control::Reply;
use crate::cluster::error::ClusterError;
use crate::cluster::mock::{Mock, MockPlan};
use crate::cluster::role::{Role, Work};
use crate::cluster::seat::Seat;
use crate::model::{InstanceState, NodeKind, Whom};

use super::{Fleet, answer};

impl Fleet {
    /// A schema becomes a service; one that is served already takes the new contract and answers.
    pub(super) async fn serve_mock(&mut self, plan: MockPlan, reply: Reply<()>) {
        if let Some(known) = self.roles.iter().find(|role| role.name == plan.name) {
            let done = match &known.work {
                Work::Mock(mock) => mock.take(&plan),
                Work::Demo(_) => Err(ClusterError::NameTaken(plan.name.to_string())),
            };
            return answer(reply, done);
        }
        let mock = match Mock::new(&plan) {
            Ok(mock) => Arc::new(mock),
            Err(error) => return answer(reply, Err(error)),
        };
        let role = Arc::new(Role::of_mock(Arc::clone(&plan.name), mock));
        self.roles.push(Arc::clone(&role));
        let seat = Seat::new(&role, 1, self.recorder.clone());
        let wanted = plan.port.unwrap_or(0);
        let idx = self.moor(Berth::new(seat, wanted, InstanceState::Starting));
        match self.start(&[idx]).await {
            Ok(()) => self.reply_when(vec![idx], InstanceState::Ready, reply),
            // Nothing of it stays: the next attempt begins anew.
            Err(error) => {
                self.roles.retain(|known| !Arc::ptr_eq(known, &role));
                self.leave(idx);
                answer(reply, Err(error));
            }
        }
    }

    pub(super) fn unserve(&mut self, name: &str, reply: Reply<()>) {
        let found = match self.find(&Whom::Service(name.to_owned())) {
            Ok(found) => found,
            Err(error) => return answer(reply, Err(error)),
        };
        self.roles.retain(|role| *role.name != *name || role.kind() == NodeKind::Demo);
        self.stop(&found);
        for idx in &found {
            if let Some(berth) = self.berths.get_mut(*idx) {
                berth.leaves = berth.seat.role.kind() == NodeKind::Mock;
            }
            self.leave_if_done(*idx);
        }
        self.reply_when(found, InstanceState::Stopped, reply);
    }
}
