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
        assert_eq!(playback.one_of(edge).is_some_and(|n| n >= 2), is_sampled, "{n_calls}");
        assert!(playback.packets(at(400)).len() <= MAX_PACKETS);
        let is_cut = playback.plays.iter().all(|play| play.score.length <= CUT_LENGTH + 1e-9);
        assert_eq!(is_cut, n_calls > 50);
    };
    check(10, 10..11, false);
    check(60, 60..61, false);
    check(1_500, 1_024..1_025, true);
    check(4_000, 512..1_025, true);
}

#[test]
fn a_call_that_a_stranger_began_plays_from_its_first_hop() {
    let mut store = store();
    let mut playback = Playback::default();
    // Only the server span is known for a while: nothing to show, and not forgotten.
    let served = order(1).split_off(3);
    feed(&mut store, running(served[..1].to_vec()));
    playback.update(&store.snapshot(at(500)), at(500));
    assert!(playback.packets(at(600)).is_empty());
    feed(&mut store, served);
    playback.update(&store.snapshot(at(600)), at(600));
    let packets = playback.packets(at(800));
    assert_eq!(packets.len(), 1);
    assert_eq!(&*packets[0].edge.caller, "orders");
}
