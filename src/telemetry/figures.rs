//! Running counts of edges and services, and the views that snapshots share.
//!
//! A view is made anew when its counts changed, or once a second while its rate decays.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::rate::RateRing;
use super::snapshot::{EdgeView, InstanceFigures, ServiceFigures};
use crate::model::{EdgeFigures, Heat, Histogram, Timestamp};

/// Operations told apart on one edge; what comes later counts in the total alone.
const MAX_OPERATIONS: usize = 256;
/// Instances told apart in one service.
const MAX_INSTANCES: usize = 256;

/// What happened to a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// It began.
    Begin,
    /// It ended.
    End {
        /// After so long.
        took: Duration,
        /// Badly.
        is_error: bool,
    },
    /// Its span was evicted while it ran: nobody will hear of its end.
    Forget,
}

#[derive(Debug, Default)]
struct Figures {
    n_calls: u64,
    n_errors: u64,
    n_open: u64,
    ring: RateRing,
    histogram: Histogram,
    heat: Heat,
}

impl Figures {
    fn apply(&mut self, step: Step, now: Timestamp) {
        match step {
            Step::Begin => {
                self.n_calls += 1;
                self.n_open += 1;
                self.ring.count(now);
            }
            Step::End { took, is_error } => {
                self.n_open = self.n_open.saturating_sub(1);
                self.n_errors += u64::from(is_error);
                self.histogram.record(took);
                self.heat.record(now, took, is_error);
            }
            Step::Forget => self.n_open = self.n_open.saturating_sub(1),
        }
    }

    fn view(&self, now: Timestamp) -> EdgeFigures {
        EdgeFigures {
            n_calls: self.n_calls,
            n_errors: self.n_errors,
            n_open: self.n_open,
            rate: self.ring.rate(now),
            histogram: self.histogram.clone(),
            heat: self.heat.clone(),
        }
    }
}

impl InstanceFigures {
    fn apply(&mut self, step: Step) {
        match step {
            Step::Begin => {
                self.n_calls += 1;
                self.n_open += 1;
            }
            Step::End { is_error, .. } => {
                self.n_open = self.n_open.saturating_sub(1);
                self.n_errors += u64::from(is_error);
            }
            Step::Forget => self.n_open = self.n_open.saturating_sub(1),
        }
    }
}

/// One edge.
#[derive(Debug, Default)]
pub(super) struct EdgeState {
    total: Figures,
    by_operation: BTreeMap<Arc<str>, Figures>,
    cached: Cached<EdgeView>,
}

impl EdgeState {
    /// Counts a step of a call of this operation.
    pub(super) fn apply(&mut self, operation: &Arc<str>, step: Step, now: Timestamp) {
        self.total.apply(step, now);
        if self.by_operation.len() < MAX_OPERATIONS || self.by_operation.contains_key(operation) {
            self.by_operation.entry(Arc::clone(operation)).or_default().apply(step, now);
        }
        self.cached.is_stale = true;
    }

    /// The view at `now`.
    pub(super) fn view(&mut self, now: Timestamp) -> Arc<EdgeView> {
        let (total, by_operation) = (&self.total, &self.by_operation);
        let operations = || by_operation.iter().map(|(name, f)| (Arc::clone(name), f.view(now)));
        self.cached.get(
            now,
            |view| view.total.rate,
            || EdgeView { total: total.view(now), by_operation: operations().collect() },
        )
    }
}

/// One service: what its own server spans say, and what its callers say when it stays silent.
#[derive(Debug, Default)]
pub(super) struct ServiceState {
    served: Figures,
    called: Figures,
    instances: BTreeMap<Arc<str>, InstanceFigures>,
    cached: Cached<ServiceFigures>,
}

impl ServiceState {
    /// Counts a step of one of its own server spans.
    pub(super) fn served(&mut self, instance: Option<&Arc<str>>, step: Step, now: Timestamp) {
        self.served.apply(step, now);
        if let Some(name) = instance
            && (self.instances.len() < MAX_INSTANCES || self.instances.contains_key(name))
        {
            self.instances.entry(Arc::clone(name)).or_default().apply(step);
        }
        self.cached.is_stale = true;
    }

    /// Counts a step of a call to it that it reports nothing of.
    pub(super) fn called(&mut self, step: Step, now: Timestamp) {
        self.called.apply(step, now);
        self.cached.is_stale = true;
    }

    /// The view at `now`.
    pub(super) fn view(&mut self, is_declared: bool, now: Timestamp) -> Arc<ServiceFigures> {
        let is_silent = self.served.n_calls == 0;
        let figures = if is_silent { &self.called } else { &self.served };
        let instances = &self.instances;
        self.cached.get(
            now,
            |view| view.rate,
            || {
                let view = figures.view(now);
                ServiceFigures {
                    n_calls: view.n_calls,
                    n_errors: view.n_errors,
                    n_open: view.n_open,
                    rate: view.rate,
                    error_share: view.error_share(),
                    percentiles: view.percentiles(),
                    is_external: is_silent && !is_declared,
                    instances: instances.clone(),
                }
            },
        )
    }
}

/// A view and when it was made.
#[derive(Debug)]
struct Cached<T> {
    view: Arc<T>,
    made: Timestamp,
    is_stale: bool,
}

impl<T: Default> Default for Cached<T> {
    fn default() -> Self {
        Self { view: Arc::default(), made: Timestamp::default(), is_stale: true }
    }
}

impl<T> Cached<T> {
    fn get(
        &mut self,
        now: Timestamp,
        rate: impl Fn(&T) -> f64,
        make: impl FnOnce() -> T,
    ) -> Arc<T> {
        let is_decayed = rate(&self.view) > 0.0 && now.since(self.made) >= Duration::from_secs(1);
        if self.is_stale || is_decayed {
            self.view = Arc::new(make());
            self.made = now;
            self.is_stale = false;
        }
        Arc::clone(&self.view)
    }
}
