//! What stays when room is needed: the slowest and the failed traces outlive the recent ones.

use std::sync::Arc;

use super::SpanStore;
use crate::model::{SpanKind, Timestamp, TraceId};
use crate::telemetry::entry::Entry;
use crate::telemetry::figures::Step;

/// Slowest traces kept beyond the recent ones, and as many failed ones.
pub(super) const MAX_KEPT: usize = 64;
/// A trace over this part of the memory bound is not kept beyond the recent ones, so that all
/// kept ones together never take more than half.
const KEPT_PART: usize = 4 * MAX_KEPT;
impl SpanStore {
    /// Sees whether a trace that ended belongs to the slowest or the failed ones.
    pub(super) fn keep(&mut self, id: TraceId) {
        let max_bytes = self.limits.max_bytes / KEPT_PART;
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if let Some(slow) = entry.slow.take() {
            self.slowest.remove(&(slow, id));
        }
        let Some(took) = entry.duration().filter(|_| entry.bytes <= max_bytes) else { return };
        entry.slow = Some(took);
        self.slowest.insert((took, id));
        let is_failed = entry.spans.iter().any(|known| known.span.is_error());
        if is_failed && !std::mem::replace(&mut entry.is_failed, true) {
            self.failed.push_back(id);
        }
        if self.slowest.len() > MAX_KEPT
            && let Some((_, fastest)) = self.slowest.pop_first()
        {
            self.release(fastest, |entry| entry.slow = None);
        }
        if self.failed.len() > MAX_KEPT
            && let Some(oldest) = self.failed.pop_front()
        {
            self.release(oldest, |entry| entry.is_failed = false);
        }
    }

    /// Makes room: the oldest traces go first, the slowest and the failed stay.
    pub(super) fn evict(&mut self, now: Timestamp) {
        while self.recent.len() > 1
            && (self.bytes > self.limits.max_bytes || self.recent.len() > self.limits.max_traces)
        {
            let Some((id, _)) = self.recent.pop_front() else { return };
            self.first_seq += 1;
            self.forget_open(id, now);
            self.release(id, |entry| entry.is_recent = false);
        }
    }

    /// A running span that leaves the recent ones no longer counts as open: its end may never come.
    fn forget_open(&mut self, id: TraceId, now: Timestamp) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let open = entry.spans.iter_mut().filter(|known| known.span.ended.is_none());
        let open: Vec<_> =
            open.map(|known| (Arc::clone(&known.span), known.counted.take())).collect();
        for (span, edge) in open {
            match (span.kind, edge) {
                _ if span.is_internal => {}
                (SpanKind::Client, Some(edge)) => self.count_step(&edge, &span, Step::Forget, now),
                (SpanKind::Server, _) => {
                    self.service(&span.service).served(span.instance.as_ref(), Step::Forget, now);
                }
                _ => {}
            }
        }
    }

    /// Takes one reason to keep a trace away, and the trace when that was the last.
    fn release(&mut self, id: TraceId, reason: impl FnOnce(&mut Entry)) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        reason(entry);
        if !entry.is_recent && !entry.is_failed && entry.slow.is_none() {
            self.bytes = self.bytes.saturating_sub(entry.bytes);
            let n_spans = entry.spans.len() as u64;
            self.n_spans = self.n_spans.saturating_sub(n_spans);
            self.n_evicted += n_spans;
            self.entries.remove(&id);
        }
    }
}
