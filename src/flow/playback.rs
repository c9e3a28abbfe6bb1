//! Which scores play now, and since when.
//!
//! A call is played when it ended, or 300 ms after it began when it is still open. Display time is
//! `now` less the time that the picture stood frozen.

use std::collections::{BTreeMap, HashSet};
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
    /// Recent traces that need no second look.
    seen: HashSet<TraceId>,
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
        self.go_on(snapshot, display);
        self.begin_new(snapshot, now, display);
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
        self.plays.push(Play { score, trace: Arc::clone(trace), began });
        self.seen.insert(trace.id);
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

    /// The least and the greatest number of times that calls now play slower than they were.
    pub fn slowdown(&self) -> Option<(f64, f64)> {
        let factors = self.plays.iter().filter_map(|play| play.score.slowdown());
        factors.map(|factor| (factor, factor)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
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

    fn display(&self, now: Timestamp) -> Timestamp {
        self.frozen_at.unwrap_or(now) - self.frozen_for
    }

    fn note_rates(&mut self, snapshot: &Snapshot) {
        let rates = snapshot.edges.iter().map(|(key, view)| (key, view.total.rate));
        let fast = rates.filter(|(_, rate)| *rate > SAMPLE_RATE);
        self.sampled = fast.map(|(key, rate)| (key.clone(), rate)).collect();
    }

    /// Open calls of which more is known now.
    fn go_on(&mut self, snapshot: &Snapshot, display: Timestamp) {
        if !self.plays.iter().any(|play| play.score.is_open) {
            return;
        }
        self.plays.retain_mut(|play| {
            if !play.score.is_open {
                return true;
            }
            // A call that left the picture while it was open will never be heard of again.
            let Some(trace) = snapshot.trace(play.trace.id) else { return false };
            if !Arc::ptr_eq(trace, &play.trace) {
                let position = play.position(display);
                play.score = play.score.continued(trace, &snapshot.topology, position);
                play.trace = Arc::clone(trace);
            }
            true
        });
    }

    fn begin_new(&mut self, snapshot: &Snapshot, now: Timestamp, display: Timestamp) {
        let mut seen = HashSet::new();
        let mut new = Vec::new();
        self.next_open = None;
        for trace in snapshot.traces.iter().rev() {
            let age = now.since(trace.started());
            let is_seen = self.seen.contains(&trace.id);
            if is_seen || is_history(trace, now) {
                seen.extend(is_seen.then_some(trace.id));
            } else if trace.ended().is_none() && age < SHOW_OPEN {
                let at = trace.started() + SHOW_OPEN;
                self.next_open = Some(self.next_open.map_or(at, |next| next.min(at)));
            } else {
                seen.insert(trace.id);
                new.push(trace);
            }
        }
        self.seen = seen;
        for trace in new.into_iter().rev() {
            self.begin(trace, snapshot, now, display);
        }
    }

    fn begin(
        &mut self,
        trace: &Arc<Trace>,
        snapshot: &Snapshot,
        now: Timestamp,
        display: Timestamp,
    ) {
        let mut score = score(trace, &snapshot.topology);
        if score.hops.is_empty() {
            return;
        }
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
        self.plays.push(Play { score, trace: Arc::clone(trace), began });
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
    trace.ended().is_some_and(|ended| now.since(ended) > RECENT)
}

/// The same traces on every edge and in every run: identifiers are random already.
fn is_in_sample(id: TraceId, share: f64) -> bool {
    let [.., high, low] = id.0;
    f64::from(u16::from_be_bytes([high, low])) < share * 65_536.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::PacketShape;
    use crate::model::{Span, SpanStatus};
    use crate::telemetry::testing::{at, order, topology, trace_id};
    use crate::telemetry::{Limits, Report, SpanStore};

    fn feed(store: &mut SpanStore, spans: Vec<Span>) {
        for span in spans {
            let now = span.ended.unwrap_or(span.started);
            store.apply(Report::Span(Arc::new(span)), now);
        }
    }

    fn store() -> SpanStore {
        let mut store = SpanStore::new(Limits::default());
        store.set_topology(topology());
        store
    }

    fn running(spans: Vec<Span>) -> Vec<Span> {
        let run = |span| Span { ended: None, status: SpanStatus::Running, ..span };
        spans.into_iter().map(run).collect()
    }

    #[test]
    fn a_call_plays_once_and_then_nothing_moves() {
        let mut store = store();
        let mut playback = Playback::default();
        playback.update(&store.snapshot(at(0)), at(0));
        assert_eq!(playback.next_wakeup(at(0)), None);
        feed(&mut store, order(1));
        let snapshot = store.snapshot(at(60));
        playback.update(&snapshot, at(60));
        assert_eq!(playback.next_wakeup(at(60)), Some(at(150)), "50 ms and the delay");
        let mut shapes = HashSet::new();
        let mut millis = 150;
        while let Some(next) = playback.next_wakeup(at(millis)) {
            millis = next.since(at(0)).as_millis() as u64 + 16;
            shapes.extend(playback.packets(at(millis)).iter().map(|packet| packet.shape));
            playback.update(&snapshot, at(millis));
            assert!(millis < 10_000);
        }
        let expect = [PacketShape::RequestOut, PacketShape::AnswerBack, PacketShape::Waiting];
        assert_eq!(shapes, HashSet::from(expect));
        assert!((2_500..4_500).contains(&millis), "{millis}");
        assert!(playback.packets(at(millis)).is_empty() && !playback.is_moving(at(millis)));
    }

    #[test]
    fn an_open_call_is_shown_after_300_ms_waits_still_and_comes_home() {
        let mut store = store();
        let mut playback = Playback::default();
        feed(&mut store, running(order(1)));
        let snapshot = store.snapshot(at(20));
        playback.update(&snapshot, at(20));
        assert_eq!(playback.next_wakeup(at(20)), Some(at(300)));
        playback.update(&snapshot, at(300));
        assert!(playback.is_moving(at(310)));
        let waiting = playback.packets(at(2_000));
        let shapes: Vec<_> =
            waiting.iter().map(|packet| (&*packet.edge.callee, packet.shape)).collect();
        assert_eq!(shapes, [("payment", PacketShape::Waiting)], "at the deepest open callee");
        assert!(!playback.is_moving(at(2_000)));
        assert_eq!(playback.next_wakeup(at(2_000)), None);
        feed(&mut store, order(1));
        playback.update(&store.snapshot(at(2_010)), at(2_010));
        assert!(playback.is_moving(at(2_020)));
        let back = playback.packets(at(2_100));
        assert_eq!(back.len(), 1);
        assert_eq!((&*back[0].edge.callee, back[0].shape), ("payment", PacketShape::AnswerBack));
        assert!(back[0].t > 0.5, "it leaves from where it waited");
        assert_eq!(playback.packets(at(4_000)).len(), 0);
    }

    #[test]
    fn frozen_is_frozen_and_goes_on_where_it_stood() {
        let mut store = store();
        let mut playback = Playback::default();
        feed(&mut store, order(1));
        playback.update(&store.snapshot(at(60)), at(60));
        let before = playback.packets(at(250));
        assert!(!before.is_empty());
        playback.set_frozen(true, at(250));
        assert_eq!(playback.packets(at(90_000)), before);
        assert!(!playback.is_moving(at(90_000)) && playback.next_wakeup(at(90_000)).is_none());
        playback.set_frozen(false, at(90_000));
        assert_eq!(playback.packets(at(90_000)), before);
        assert!(playback.is_moving(at(90_000)));
    }

    #[test]
    fn history_is_not_played_but_can_be_played_again() {
        let mut store = store();
        let mut playback = Playback::default();
        feed(&mut store, order(1));
        let snapshot = store.snapshot(at(60));
        playback.update(&snapshot, at(60_000));
        assert_eq!(playback.next_wakeup(at(60_000)), None);
        let trace = snapshot.trace(trace_id(1)).unwrap();
        playback.replay(trace, &snapshot.topology, at(60_000));
        let (score, position) = playback.playing(trace_id(1), at(61_000)).unwrap();
        assert!(score.length >= REPLAY_LENGTH && (position - 1.0).abs() < 1e-6);
        assert!(playback.slowdown().unwrap().0 > 100.0);
    }

    #[test]
    fn busy_edges_are_cut_then_sampled_and_always_bounded() {
        let check = |n_calls: u64, n_plays: std::ops::Range<usize>, is_sampled: bool| {
            let mut store = store();
            let mut playback = Playback::default();
            for number in 1..=n_calls {
                feed(&mut store, order(number));
            }
            let snapshot = store.snapshot(at(60));
            playback.update(&snapshot, at(60));
            assert!(n_plays.contains(&playback.plays.len()), "{}", playback.plays.len());
            let edge = snapshot.edges.keys().next().unwrap();
            assert_eq!(playback.sampled_rate(edge).is_some(), is_sampled, "{n_calls}");
            assert!(playback.packets(at(400)).len() <= MAX_PACKETS);
            let is_cut = playback.plays.iter().all(|play| play.score.length <= CUT_LENGTH + 1e-9);
            assert_eq!(is_cut, n_calls > 50);
        };
        check(10, 10..11, false);
        check(60, 60..61, false);
        check(1_500, 1_024..1_025, true);
        check(4_000, 512..1_025, true);
    }
}
