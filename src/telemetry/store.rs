//! Everything that is known of what happened, within a memory bound: the recent
//! traces, and the slowest and the failed ones beyond them.
//!
//! Pure: reports and `now` come in, snapshots go out.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

mod counting;
mod retention;
#[cfg(test)]
mod tests;

use super::entry::{Entry, Merged};
use super::figures::{EdgeState, ServiceState};
use super::legs::Legs;
use super::recorder::Report;
use super::snapshot::{MAX_TRACES, Snapshot};
use crate::model::{EdgeKey, Leg, Span, Timestamp, Topology, Trace, TraceId, Trail};

/// The bounds of a store.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Estimated bytes of all spans.
    pub max_bytes: usize,
    /// Traces.
    pub max_traces: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 64 << 20, max_traces: 20_000 }
    }
}

/// Spans, figures and what the next snapshot is made of.
#[derive(Debug, Default)]
pub struct SpanStore {
    limits: Limits,
    topology: Arc<Topology>,
    entries: HashMap<TraceId, Entry>,
    /// Recent traces in the order of their arrival. The first one's `seq` is `first_seq`.
    recent: VecDeque<(TraceId, Option<Arc<Trace>>)>,
    first_seq: u64,
    stale: Vec<TraceId>,
    slowest: BTreeSet<(Duration, TraceId)>,
    failed: VecDeque<TraceId>,
    legs: Legs,
    edges: BTreeMap<EdgeKey, EdgeState>,
    services: BTreeMap<Arc<str>, ServiceState>,
    bytes: usize,
    n_spans: u64,
    n_dropped: u64,
    n_evicted: u64,
    is_changed: bool,
    latest: Arc<Snapshot>,
}

impl SpanStore {
    /// An empty store.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Changes the bounds; what is over them goes at once.
    pub fn set_limits(&mut self, limits: Limits, now: Timestamp) {
        self.limits = limits;
        self.is_changed = true;
        self.evict(now);
    }

    /// Replaces what is declared.
    pub fn set_topology(&mut self, topology: Arc<Topology>) {
        self.is_changed |= *self.topology != *topology;
        self.topology = topology;
    }

    /// Notes how many reports found the queue full since the start.
    pub fn set_dropped(&mut self, n_dropped: u64) {
        self.is_changed |= self.n_dropped != n_dropped;
        self.n_dropped = n_dropped;
    }

    /// Takes in one report.
    pub fn apply(&mut self, report: Report, now: Timestamp) {
        match report {
            Report::Span(span) => self.apply_span(&span, now),
            Report::Leg(id, leg) => self.legs.add(id, leg),
            Report::Trail(id, trail) => {
                let entry = self.entry(id);
                let before = entry.bytes;
                if entry.add_trail(trail) {
                    self.bytes += self.entry(id).bytes - before;
                    self.is_changed = true;
                }
            }
        }
        self.evict(now);
    }

    /// The trace, as far as it is known.
    pub fn trace(&mut self, id: TraceId) -> Option<Arc<Trace>> {
        let entry = self.entries.get_mut(&id).filter(|entry| !entry.spans.is_empty())?;
        // Not through the cache: its staleness also marks the place in the list of recent ones.
        if entry.is_stale { Some(Arc::new(entry.build(id))) } else { Some(entry.trace(id)) }
    }

    /// What the gateway decided on the requests of this trace, in their order.
    pub fn trails(&self, id: TraceId) -> Vec<Arc<Trail>> {
        self.entries.get(&id).map(|entry| entry.trails.clone()).unwrap_or_default()
    }

    /// The bytes of this trace's calls at the gateway, in their order.
    pub fn legs(&self, id: TraceId) -> Vec<Arc<Leg>> {
        self.legs.of(id)
    }

    /// Whether something happened since the last snapshot.
    pub fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// Whether the last snapshot shows a rate that only time brings down.
    pub fn is_decaying(&self) -> bool {
        self.latest.edges.values().any(|edge| edge.total.rate > 0.0)
            || self.latest.services.values().any(|service| service.rate > 0.0)
    }

    /// The picture at `now`; the last one again when nothing in it would differ.
    pub fn snapshot(&mut self, now: Timestamp) -> Arc<Snapshot> {
        if !self.is_changed && !self.is_decaying() {
            return Arc::clone(&self.latest);
        }
        self.refresh_recent();
        let skip = self.recent.len().saturating_sub(MAX_TRACES);
        let traces = self.recent.iter().skip(skip).filter_map(|(_, trace)| trace.clone()).collect();
        let slowest = self.slowest.iter().rev().map(|(_, id)| *id).collect::<Vec<_>>();
        let topology = &self.topology;
        let edges = self.edges.iter_mut().map(|(key, edge)| (key.clone(), edge.view(now)));
        let services = self.services.iter_mut().map(|(name, service)| {
            (Arc::clone(name), service.view(topology.service(name).is_some(), now))
        });
        let snapshot = Snapshot {
            revision: self.latest.revision + 1,
            at: now,
            topology: Arc::clone(topology),
            edges: edges.collect(),
            services: services.collect(),
            traces,
            slowest: slowest.into_iter().filter_map(|id| self.trace(id)).collect(),
            n_spans: self.n_spans,
            n_dropped: self.n_dropped,
            n_evicted: self.n_evicted,
        };
        self.is_changed = false;
        self.latest = Arc::new(snapshot);
        Arc::clone(&self.latest)
    }

    /// Makes the traces anew that changed since the last snapshot.
    fn refresh_recent(&mut self) {
        for id in std::mem::take(&mut self.stale) {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            let trace = entry.trace(id);
            let place = entry.seq.checked_sub(self.first_seq).filter(|_| entry.is_recent);
            if let Some((_, slot)) = place.and_then(|idx| self.recent.get_mut(idx as usize)) {
                *slot = Some(trace);
            }
        }
    }

    fn entry(&mut self, id: TraceId) -> &mut Entry {
        let next_seq = self.first_seq + self.recent.len() as u64;
        let recent = &mut self.recent;
        self.entries.entry(id).or_insert_with(|| {
            recent.push_back((id, None));
            Entry { seq: next_seq, is_recent: true, ..Entry::default() }
        })
    }

    fn apply_span(&mut self, span: &Arc<Span>, now: Timestamp) {
        let id = span.trace_id;
        let entry = self.entry(id);
        let before = entry.bytes;
        let merged = entry.merge(span);
        let after = entry.bytes;
        let was_stale = entry.is_stale;
        match merged {
            Merged::Repeated => return,
            Merged::Full => {
                self.n_evicted += 1;
                self.is_changed = true;
                return;
            }
            Merged::Started(_) | Merged::Ended(_) | Merged::Grown => entry.is_stale = true,
        }
        if !was_stale {
            self.stale.push(id);
        }
        self.bytes = self.bytes + after - before;
        self.n_spans += u64::from(matches!(merged, Merged::Started(_)));
        self.is_changed = true;
        if !span.is_internal && merged != Merged::Grown {
            self.count(span, merged, now);
        }
        if span.ended.is_some() {
            self.keep(id);
        }
    }
}
