//! Where one instance runs, or ran.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use tokio::task::Id;

use crate::model::{Instance, InstanceState};

use super::listen::Ending;
use super::role::Role;
use super::seat::Seat;

/// One instance's place in the fleet.
#[derive(Debug)]
pub(super) struct Berth {
    pub(super) seat: Arc<Seat>,
    /// 0 leaves the choice to the system.
    pub(super) wanted: u16,
    pub(super) address: SocketAddr,
    pub(super) state: InstanceState,
    pub(super) task: Option<Id>,
    pub(super) ending: Ending,
    /// Kept while it runs, so that a change of port keeps the instance's state.
    pub(super) router: Option<Router>,
    /// Asked to start while it was still draining.
    pub(super) starts_again: bool,
    /// It is forgotten once it has stopped.
    pub(super) leaves: bool,
    /// It was forgotten; the place is free.
    pub(super) is_left: bool,
}

impl Berth {
    pub(super) fn new(seat: Seat, wanted: u16, state: InstanceState) -> Self {
        Self {
            seat: Arc::new(seat),
            wanted,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, wanted)),
            state,
            task: None,
            ending: Ending::default(),
            router: None,
            starts_again: false,
            leaves: false,
            is_left: false,
        }
    }

    pub(super) fn is_free(&self) -> bool {
        self.is_left && self.task.is_none()
    }

    /// Whether it is an instance of this service.
    pub(super) fn is_of(&self, role: &Arc<Role>) -> bool {
        !self.is_left && Arc::ptr_eq(&self.seat.role, role)
    }

    pub(super) fn describe(&self) -> Instance {
        let is_elsewhere = self.wanted != 0 && self.wanted != self.address.port();
        Instance {
            name: Arc::clone(&self.seat.instance),
            address: self.address,
            wanted_port: is_elsewhere.then_some(self.wanted),
            state: self.state,
            fault: self.seat.fault(),
        }
    }
}
