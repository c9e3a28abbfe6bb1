//! Which scores play now, and since when.
//!
//! A call is played when it ended, or 300 ms after it began when it is still open. Display time is
//! `now` less the time that the picture stood frozen.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::model::{EdgeKey, Timestamp, Topology, Trace, TraceId};
use crate::telemetry::Snapshot;

use super::packets::{Pace, Packet, packet_pos};
use super::score::{Score, score};

/// A call that is still open is shown after this.
const SHOW_OPEN: Duration = Duration::from_millis(300);
/// A call that ended longer ago is history and not played by itself.
const RECENT: Duration = Duration::from_secs(2);
/// Scores begin this long after their call ended, so that calls reported together keep their distance.
const DELAY: Duration = Duration::from_millis(100);
/// Above this rate on an edge (per second) scores are cut.
const CUT_RATE: f64 = 5.0;
/// To so many seconds.
const CUT_LENGTH: f64 = 1.5;
/// Above this rate on an edge (per second) dots are samples.
const SAMPLE_RATE: f64 = 200.0;
/// Scores that play at once, at most.
const MAX_PLAYS: usize = 1_024;
/// Packets shown at once, at most.
const MAX_PACKETS: usize = 4_096;
/// `Play again slowly` takes at least this many seconds.
const REPLAY_LENGTH: f64 = 6.0;

/// The state of the moving picture. Pure: `now` comes in.
#[derive(Debug, Clone, Default)]
pub struct Playback {
    plays: Vec<Play>,
    /// The newest trace of the last picture: what lies before it has been looked at.
    newest: Option<TraceId>,
    /// Traces that need a second look: open for too short a time, or without any hop yet.
    pending: HashSet<TraceId>,
    revision: u64,
    /// When an open call will have been open long enough to be shown.
    next_open: Option<Timestamp>,
    /// Edges on which not every request has a dot, with their rates.
    sampled: BTreeMap<EdgeKey, f64>,
    frozen_at: Option<Timestamp>,
    frozen_for: Duration,
}

#[derive(Debug, Clone)]
struct Play {
    score: Score,
    trace: Arc<Trace>,
    /// Display time of the score's beginning.
    began: Timestamp,
    /// Whether somebody asked for it: it may be long over.
    is_replay: bool,
}

impl Playback {
    /// Takes in what is new in a picture: call it once a frame with the latest one. While frozen it
    /// does nothing.
    pub fn update(&mut self, snapshot: &Snapshot, now: Timestamp) {
        let display = self.display(now);
        if self.is_frozen() {
            return;
        }
        self.plays.retain(|play| !play.is_over(display));
        let is_due = self.next_open.is_some_and(|at| at <= now);
        if snapshot.revision == self.revision && !is_due {
            return;
        }
        self.revision = snapshot.revision;
        self.note_rates(snapshot);
        let found = self.find(snapshot);
        self.go_on(snapshot, &found, display);
        self.begin_new(snapshot, &found, now, display);
    }

    /// Plays one trace again, slowly, from its beginning.
    pub fn replay(&mut self, trace: &Arc<Trace>, topology: &Topology, now: Timestamp) {
        self.set_frozen(false, now);
        let score = score(trace, topology);
        let length = score.length;
        let score =
            if score.is_open { score } else { score.scaled_to(REPLAY_LENGTH.max(2.0 * length)) };
        self.plays.retain(|play| play.trace.id != trace.id);
        let began = self.display(now);
        self.plays.push(Play { score, trace: Arc::clone(trace), began, is_replay: true });
        self.pending.remove(&trace.id);
    }

    /// Stops display time, or lets it run on from where it stood.
    pub fn set_frozen(&mut self, is_frozen: bool, now: Timestamp) {
        match (self.frozen_at, is_frozen) {
            (None, true) => self.frozen_at = Some(now),
            (Some(since), false) => {
                self.frozen_for += now.since(since);
                self.frozen_at = None;
            }
            _ => {}
        }
    }

    /// Whether display time stands still.
    pub fn is_frozen(&self) -> bool {
        self.frozen_at.is_some()
    }

    /// All packets now, those of the newest calls first; at most 4,096.
    pub fn packets(&self, now: Timestamp) -> Vec<Packet> {
        let display = self.display(now);
        let plays = self.plays.iter().rev().filter(|play| play.began <= display);
        let packets = plays.flat_map(|play| packet_pos(&play.score, play.position(display)));
        packets.take(MAX_PACKETS).collect()
    }

    /// The score of this trace and the seconds since it began, while it plays.
    pub fn playing(&self, trace: TraceId, now: Timestamp) -> Option<(&Score, f64)> {
        let play = self.plays.iter().find(|play| play.trace.id == trace)?;
        Some((&play.score, play.position(self.display(now))))
    }

    /// The edges of the calls that are played again.
    pub fn replayed(&self) -> impl Iterator<Item = &EdgeKey> {
        let replays = self.plays.iter().filter(|play| play.is_replay);
        replays.flat_map(|play| play.score.hops.iter().map(|hop| &hop.edge))
    }

    /// The least and the greatest number of times that calls now play slower than they were.
    pub fn slowdown(&self) -> Option<(f64, f64)> {
        let factors = self.plays.iter().filter_map(|play| play.score.slowdown());
        factors.map(|factor| (factor, factor)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// Whether a stream plays whose messages are drawn one by one.
    pub fn has_messages(&self) -> bool {
        let mut hops = self.plays.iter().flat_map(|play| &play.score.hops);
        hops.any(|hop| !hop.messages.drawn.is_empty())
    }

    /// Whether something moves now, so that the next frame differs from this one.
    pub fn is_moving(&self, now: Timestamp) -> bool {
        let display = self.display(now);
        !self.is_frozen() && self.plays.iter().any(|play| play.pace(display) == Some(Pace::Moving))
    }

    /// When the picture changes next, if no new snapshot comes: `now` while it moves, `None` when it never will.
    pub fn next_wakeup(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_frozen() {
            return None;
        }
        let display = self.display(now);
        let plays = self.plays.iter().filter_map(|play| match play.pace(display)? {
            Pace::Moving => Some(now),
            Pace::StillUntil(seconds) => {
                Some(now + (play.began + Duration::from_secs_f64(seconds)).since(display))
            }
        });
        plays.chain(self.next_open).min().map(|at| at.max(now))
    }

    /// The rate of an edge whose dots are samples, one for several requests; `None` where each dot is one request.
    pub fn sampled_rate(&self, edge: &EdgeKey) -> Option<f64> {
        self.sampled.get(edge).copied()
    }

    /// On an edge whose dots are samples: one dot stands for so many requests.
    pub fn one_of(&self, edge: &EdgeKey) -> Option<u64> {
        let rate = self.sampled_rate(edge)?;
        Some(((rate / SAMPLE_RATE).ceil() as u64).max(2))
    }

    fn display(&self, now: Timestamp) -> Timestamp {
        self.frozen_at.unwrap_or(now) - self.frozen_for
    }

    fn note_rates(&mut self, snapshot: &Snapshot) {
        let rates = snapshot.edges.iter().map(|(key, view)| (key, view.total.rate));
        let fast = rates.filter(|(_, rate)| *rate > SAMPLE_RATE);
        self.sampled = fast.map(|(key, rate)| (key.clone(), rate)).collect();
    }

    /// The traces that are waited for: open ones that play, and those that need a second look.
    fn find<'a>(&self, snapshot: &'a Snapshot) -> HashMap<TraceId, &'a Arc<Trace>> {
        let open = self.plays.iter().filter(|play| play.score.is_open).map(|play| play.trace.id);
        let wanted: HashSet<TraceId> = open.chain(self.pending.iter().copied()).collect();
        if wanted.is_empty() {
            return HashMap::new();
        }
        let traces = snapshot.traces.iter().filter(|trace| wanted.contains(&trace.id));
        traces.map(|trace| (trace.id, trace)).collect()
    }

    /// Open calls of which more is known now.
    fn go_on(
        &mut self,
        snapshot: &Snapshot,
        found: &HashMap<TraceId, &Arc<Trace>>,
        display: Timestamp,
    ) {
        self.plays.retain_mut(|play| {
            if !play.score.is_open {
                return true;
            }
            // A call that left the picture while it was open will never be heard of again.
            let Some(trace) = found.get(&play.trace.id) else { return false };
            if !Arc::ptr_eq(trace, &play.trace) {
                let position = play.position(display);
                play.score = play.score.continued(trace, &snapshot.topology, position);
                play.trace = Arc::clone(trace);
            }
            true
        });
    }

    fn begin_new(
        &mut self,
        snapshot: &Snapshot,
        found: &HashMap<TraceId, &Arc<Trace>>,
        now: Timestamp,
        display: Timestamp,
    ) {
        let before = std::mem::replace(&mut self.newest, snapshot.traces.last().map(|t| t.id));
        let new = snapshot.traces.iter().rev().take_while(|trace| Some(trace.id) != before);
        let pending = std::mem::take(&mut self.pending);
        let mut candidates: Vec<&Arc<Trace>> =
            pending.iter().filter_map(|id| found.get(id).copied()).collect();
        candidates.extend(new.filter(|trace| !pending.contains(&trace.id)));
        candidates.sort_by_cached_key(|trace| (trace.started(), trace.id));
        self.next_open = None;
        for trace in candidates {
            let is_open = trace.ended().is_none();
            if is_history(trace, now) {
                continue;
            }
            if is_open && now.since(trace.started()) < SHOW_OPEN {
                let at = trace.started() + SHOW_OPEN;
                self.next_open = Some(self.next_open.map_or(at, |next| next.min(at)));
                self.pending.insert(trace.id);
                continue;
            }
            let score = score(trace, &snapshot.topology);
            if !score.hops.is_empty() {
                self.begin(score, trace, snapshot, now, display);
            } else if is_open {
                self.pending.insert(trace.id);
            }
        }
    }

    fn begin(
        &mut self,
        mut score: Score,
        trace: &Arc<Trace>,
        snapshot: &Snapshot,
        now: Timestamp,
        display: Timestamp,
    ) {
        let rate = |edge: &EdgeKey| snapshot.edges.get(edge).map_or(0.0, |view| view.total.rate);
        let fastest = score.hops.iter().map(|hop| rate(&hop.edge)).fold(0.0, f64::max);
        if fastest > SAMPLE_RATE && !is_in_sample(trace.id, SAMPLE_RATE / fastest) {
            return;
        }
        if self.plays.len() >= MAX_PLAYS {
            for hop in &score.hops {
                self.sampled.entry(hop.edge.clone()).or_insert_with(|| rate(&hop.edge));
            }
            return;
        }
        if fastest > CUT_RATE && !score.is_open && score.length > CUT_LENGTH {
            score = score.scaled_to(CUT_LENGTH);
        }
        let wait = trace.ended().map_or(Duration::ZERO, |ended| (ended + DELAY).since(now));
        let began = display + wait.min(DELAY);
        self.plays.push(Play { score, trace: Arc::clone(trace), began, is_replay: false });
    }
}

impl Play {
    /// Seconds since the beginning.
    fn position(&self, display: Timestamp) -> f64 {
        display.since(self.began).as_secs_f64()
    }

    fn is_over(&self, display: Timestamp) -> bool {
        !self.score.is_open && self.position(display) > self.score.length
    }

    fn pace(&self, display: Timestamp) -> Option<Pace> {
        if display < self.began {
            return Some(Pace::StillUntil(0.0));
        }
        Pace::of(&self.score, self.position(display))
    }
}

/// Ended too long ago to be played by itself.
fn is_history(trace: &Trace, now: Timestamp) -> bool {
    // The end of the root will do: a report of some other end may have been dropped.
    let ended = trace.ended().or_else(|| trace.root()?.ended);
    ended.is_some_and(|ended| now.since(ended) > RECENT)
}

/// The same traces on every edge and in every run: identifiers are random already.
fn is_in_sample(id: TraceId, share: f64) -> bool {
    let [.., high, low] = id.0;
    f64::from(u16::from_be_bytes([high, low])) < share * 65_536.0
}
