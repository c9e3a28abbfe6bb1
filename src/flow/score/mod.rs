//! One clock per call: a trace laid on display time, slow enough to be followed.
//!
//! The starts and ends of all hops, sorted by true time, get the earliest display times that keep
//! their order and leave [`LEG`] for every request and every answer. What is left of the target
//! length is then added in proportion to the true time that has passed, which can break no order:
//! each bound says "at least so long after an earlier one", and later times gain more.

mod hops;
mod lay;
mod messages;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{CallId, EdgeKey, SpanId, SpanMessage, Timestamp, Topology, Trace, TraceId};

use hops::TrueHop;
use lay::{Played, Slot, lay};
pub use messages::{MessageLeg, MessageLegs};

/// Display seconds that a request or an answer travels, at least, until a score is cut.
pub const LEG: f64 = 0.25;
/// Display seconds of the shortest call.
const MIN_LENGTH: f64 = 1.5;
/// Display seconds of the longest, unless its legs need more.
const MAX_LENGTH: f64 = 4.0;

/// A trace on display time. Times are seconds since the score's beginning.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Which trace.
    pub trace: TraceId,
    /// The call that began it, when Hoplens sent it.
    pub call: Option<CallId>,
    /// Parents before children.
    pub hops: Vec<Hop>,
    /// Display seconds until the last answer is home; of an open trace until the last known leg ends.
    pub length: f64,
    /// What it really took, so far.
    pub took: Duration,
    /// Whether a hop still runs.
    pub is_open: bool,
}

/// One request and its answer on one edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Hop {
    /// The span that it is drawn from (the caller's).
    pub span: SpanId,
    /// The hop that caused it, an index of [`Score::hops`].
    pub parent: Option<usize>,
    /// Who calls whom.
    pub edge: EdgeKey,
    /// The operation.
    pub operation: Arc<str>,
    /// The request leaves the caller.
    pub leaves: f64,
    /// The request is at the callee.
    pub arrives: f64,
    /// The answer leaves the callee; `None` while the hop is open.
    pub answers: Option<f64>,
    /// The answer is home; `None` while the hop is open.
    pub returns: Option<f64>,
    /// The messages of a stream on their way; all that it has only where those are few.
    pub messages: MessageLegs,
    /// Whether it failed.
    pub is_error: bool,
    /// What the hop really took; `None` while it is open.
    pub took: Option<Duration>,
}

/// Lays a trace on display time.
pub fn score(trace: &Trace, topology: &Topology) -> Score {
    let mut score = laid(trace, topology, &Played::default());
    if !score.is_open {
        let target = target_length(score.took);
        stretch_waits(&mut score, &hops::hops(trace, topology), target);
    }
    score
}

impl Score {
    /// How many times slower than the truth it plays; `None` for an open or empty one.
    pub fn slowdown(&self) -> Option<f64> {
        let took = self.took.as_secs_f64();
        (!self.is_open && took > 0.0).then(|| self.length / took)
    }

    /// The same trace when more of it is known, `display_now` seconds after the beginning: what was
    /// laid stays where it is, so that no dot jumps, and what is new comes after now.
    #[must_use]
    pub fn continued(&self, trace: &Trace, topology: &Topology, display_now: f64) -> Self {
        let mut played = Played { now: display_now, ..Played::default() };
        for hop in &self.hops {
            played.hops.insert(hop.span, (hop.leaves, hop.returns));
            played.messages.add(hop.span, hop.messages.clone());
        }
        laid(trace, topology, &played)
    }

    /// The same in so many seconds, every leg and wait in proportion.
    #[must_use]
    pub fn scaled_to(mut self, length: f64) -> Self {
        let factor = if self.length > 0.0 { length / self.length } else { 1.0 };
        for hop in &mut self.hops {
            hop.leaves *= factor;
            hop.arrives *= factor;
            hop.answers = hop.answers.map(|at| at * factor);
            hop.returns = hop.returns.map(|at| at * factor);
            for leg in &mut hop.messages.drawn {
                leg.leaves *= factor;
                leg.arrives *= factor;
            }
        }
        self.length *= factor;
        self
    }

    fn measure(&mut self) {
        let ends = self.hops.iter().map(|hop| hop.returns.unwrap_or(hop.arrives));
        let messages =
            self.hops.iter().flat_map(|hop| hop.messages.drawn.iter().map(|leg| leg.arrives));
        self.length = ends.chain(messages).fold(0.0, f64::max);
    }
}

/// 1.5 seconds for 0.1 ms and less, 4 for ten seconds and more, by the logarithm between.
fn target_length(took: Duration) -> f64 {
    let decades = (took.as_secs_f64().max(1e-9) / 1e-4).log10();
    MIN_LENGTH + (MAX_LENGTH - MIN_LENGTH) * (decades / 5.0).clamp(0.0, 1.0)
}

/// The trace as far as it is known, with what was seen of it where it was.
fn laid(trace: &Trace, topology: &Topology, played: &Played) -> Score {
    let truth = hops::hops(trace, topology);
    let slots = lay(&truth, played);
    assemble(trace, &truth, slots, played)
}

fn assemble(trace: &Trace, truth: &[TrueHop], slots: Vec<Slot>, played: &Played) -> Score {
    // A hop heard of only after its parent's answer or its child's request was laid finds no room:
    // it is left out.
    let is_played = |hop: &TrueHop| played.hops.contains_key(&hop.span.span_id);
    let is_above_played: HashSet<usize> =
        truth.iter().filter(|hop| is_played(hop)).filter_map(|hop| hop.parent).collect();
    let mut places: Vec<Option<usize>> = Vec::with_capacity(truth.len());
    let mut hops: Vec<Hop> = Vec::with_capacity(truth.len());
    for (true_hop, slot) in truth.iter().zip(slots) {
        let Slot { leaves, returns, messages, .. } = slot;
        let parent = true_hop.parent.map(|parent| places.get(parent).copied().flatten());
        let finds_room = match parent {
            Some(Some(parent)) => hops
                .get(parent)
                .and_then(|hop: &Hop| hop.answers)
                .is_none_or(|answers| returns.is_some_and(|returns| returns <= answers + 1e-9)),
            Some(None) => false,
            None => true,
        } && !is_above_played.contains(&places.len());
        if !finds_room && !is_played(true_hop) {
            places.push(None);
            continue;
        }
        places.push(Some(hops.len()));
        hops.push(Hop {
            span: true_hop.span.span_id,
            parent: parent.flatten(),
            edge: true_hop.edge.clone(),
            operation: Arc::clone(&true_hop.span.name),
            leaves,
            arrives: leaves + LEG,
            answers: returns.map(|returns| returns - LEG),
            returns,
            messages: MessageLegs::new(messages, true_hop),
            is_error: true_hop.span.is_error(),
            took: true_hop.took(),
        });
    }
    let started = truth.iter().map(|hop| hop.start).min().unwrap_or_default();
    let last = truth.iter().map(|hop| hop.end.unwrap_or(hop.start)).max().unwrap_or_default();
    let is_open = hops.iter().any(|hop| hop.returns.is_none());
    let took = last.since(started);
    let mut score = Score { trace: trace.id, call: trace.call(), hops, length: 0.0, took, is_open };
    score.measure();
    score
}

/// Adds the display time that is left to the waits, in proportion to the true time that has passed.
fn stretch_waits(score: &mut Score, truth: &[TrueHop], target: f64) {
    let rest = (target - score.length).max(0.0);
    let total = score.took.as_secs_f64();
    let Some(started) = truth.iter().map(|hop| hop.start).min() else { return };
    let share = |at: Timestamp| {
        if total > 0.0 { rest * at.since(started).as_secs_f64() / total } else { 0.0 }
    };
    for (hop, true_hop) in score.hops.iter_mut().zip(truth) {
        let (late, later) = (share(true_hop.start), true_hop.end.map(share));
        hop.leaves += late;
        hop.arrives += late;
        hop.answers = hop.answers.zip(later).map(|(at, later)| at + later);
        hop.returns = hop.returns.zip(later).map(|(at, later)| at + later);
        for leg in &mut hop.messages.drawn {
            let same = |message: &&SpanMessage| {
                message.direction == leg.direction && message.number == leg.number
            };
            let at = true_hop.span.messages.kept.iter().find(same).map(|message| message.at);
            let late = at.map_or(0.0, |at| share(true_hop.within(at)));
            leg.leaves += late;
            leg.arrives += late;
        }
    }
    score.measure();
}
