//! Instances that are killed, come and go, and what they wrote.

use std::sync::Arc;

use crate::cluster::berth::Berth;
use crate::cluster::control::{InstanceLog, Reply};
use crate::cluster::error::ClusterError;
use crate::cluster::fleet::{max_instances, n_usual_instances};
use crate::cluster::seat::Seat;
use crate::model::{InstanceState, Whom};

use super::{Fleet, answer};

impl Fleet {
    /// The connections break first, and callers learn from that.
    pub(super) fn kill(&mut self, berths: Vec<usize>, reply: Reply<()>) {
        for berth in berths.iter().filter_map(|idx| self.berths.get(*idx)) {
            berth.ending.kill.cancel();
        }
        self.stop(&berths);
        self.reply_when(berths, InstanceState::Stopped, reply);
    }

    pub(super) async fn add(&mut self, service: &str) -> Result<Arc<str>, ClusterError> {
        let of_service = self.find(&Whom::Service(service.to_owned()))?;
        let most = max_instances();
        if of_service.len() >= most {
            return Err(ClusterError::TooMany { most });
        }
        let taken: Vec<_> = of_service.iter().filter_map(|idx| self.berths.get(*idx)).collect();
        let role = taken.first().map(|berth| Arc::clone(&berth.seat.role));
        let role = role.ok_or_else(|| ClusterError::UnknownService(service.to_owned()))?;
        let is_free = |number: &usize| taken.iter().all(|berth| berth.seat.number != *number);
        let number = (1..=most).find(is_free).ok_or(ClusterError::TooMany { most })?;
        let seat = Seat::new(&role, number, self.recorder.clone());
        let name = Arc::clone(&seat.instance);
        let wanted = self.wanted_by_added(&name);
        let idx = self.moor(Berth::new(seat, wanted, InstanceState::Starting));
        match self.start(&[idx]).await {
            Ok(()) => Ok(name),
            Err(error) => {
                self.leave(idx);
                Err(error)
            }
        }
    }

    /// Which port one that is added asks for: the first behind those of the usual instances for which none of
    /// ours asks.
    pub(super) fn wanted_by_added(&self, instance: &str) -> u16 {
        let is_asked_for = |port| self.berths.iter().any(|b| !b.is_left && b.wanted == port);
        let first = n_usual_instances();
        let positions = first..=first + self.berths.len();
        let mut ports = positions.map(|position| self.ports.wanted(instance, position));
        // One that the person chose for it is the same at every position.
        ports
            .find(|port| *port == 0 || !is_asked_for(*port))
            .unwrap_or_else(|| self.ports.wanted(instance, first))
    }

    /// Gives a new instance a place.
    pub(super) fn moor(&mut self, berth: Berth) -> usize {
        let mut places = self.berths.iter_mut().enumerate();
        if let Some((idx, place)) = places.find(|(_, place)| place.is_free()) {
            *place = berth;
            return idx;
        }
        self.berths.push(berth);
        self.berths.len() - 1
    }

    pub(super) fn leave(&mut self, idx: usize) {
        if let Some(berth) = self.berths.get_mut(idx) {
            berth.is_left = true;
        }
        self.publish();
    }

    pub(super) fn remove(&mut self, name: String, reply: Reply<()>) {
        let idx = match self.find(&Whom::Instance(name.clone())) {
            Ok(found) => found.first().copied().unwrap_or_default(),
            Err(error) => return answer(reply, Err(error)),
        };
        let service = self.berths.get(idx).map(|berth| berth.seat.role.name.to_string());
        let staying = self.find_staying(&Whom::Service(service.unwrap_or_default()));
        // Those that are being removed still drain: they are none that could take over.
        if staying.is_ok_and(|staying| staying == [idx]) {
            return answer(reply, Err(ClusterError::LastOne(name)));
        }
        self.stop(&[idx]);
        if let Some(berth) = self.berths.get_mut(idx) {
            berth.leaves = true;
        }
        self.leave_if_done(idx);
        self.reply_when(vec![idx], InstanceState::Stopped, reply);
    }

    /// One that was to be removed goes when its last call has ended.
    pub(super) fn leave_if_done(&mut self, idx: usize) {
        let is_done = |berth: &Berth| berth.leaves && berth.state == InstanceState::Stopped;
        if self.berths.get(idx).is_some_and(is_done) {
            self.leave(idx);
        }
    }

    pub(super) fn log(
        &self,
        name: String,
        n_known: u64,
    ) -> Result<Option<InstanceLog>, ClusterError> {
        let found = self.find(&Whom::Instance(name))?;
        let log = found.first().and_then(|idx| self.berths.get(*idx)).map(|b| b.seat.log());
        let news = log.filter(|log| log.n_written() != n_known);
        Ok(news.map(|log| InstanceLog { n_written: log.n_written(), lines: log.lines() }))
    }
}
