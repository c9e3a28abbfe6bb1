//! The one task of this room: reports in, at most thirty pictures a second out, asleep when nothing happens.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::recorder::Reports;
use super::snapshot::Snapshot;
use super::store::{Limits, SpanStore};
use crate::model::{Leg, Topology, Trace, TraceId, Trail};

/// Between two pictures.
const FRAME: Duration = Duration::from_millis(33);
/// Between two pictures in which only rates fall.
const DECAY: Duration = Duration::from_secs(1);
/// Reports taken in before anything else has its turn.
const BATCH: usize = 1_024;

/// A question to the store, for what no snapshot holds.
#[derive(Debug)]
pub enum Query {
    /// The trace, older ones included.
    Trace(TraceId, oneshot::Sender<Option<Arc<Trace>>>),
    /// What the gateway decided on the requests of this trace.
    Trails(TraceId, oneshot::Sender<Vec<Arc<Trail>>>),
    /// The bytes of this trace's calls at the gateway.
    Legs(TraceId, oneshot::Sender<Vec<Arc<Leg>>>),
}

/// Folds reports into snapshots until `shutdown`; `publish` must not block.
pub async fn run(
    mut reports: Reports,
    mut topology: watch::Receiver<Arc<Topology>>,
    publish: impl Fn(Arc<Snapshot>) + Send,
    mut queries: mpsc::Receiver<Query>,
    mut limits: watch::Receiver<Limits>,
    shutdown: CancellationToken,
) {
    let mut store = SpanStore::new(*limits.borrow_and_update());
    store.set_topology(Arc::clone(&topology.borrow_and_update()));
    let mut batch = Vec::with_capacity(BATCH);
    let mut published: Option<Instant> = None;
    let (mut has_reports, mut has_topology, mut has_queries) = (true, true, true);
    let mut has_limits = true;
    loop {
        let due = due(&store, published);
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                store.set_dropped(reports.n_dropped.load(Ordering::Relaxed));
                publish(store.snapshot(reports.clock.now()));
                published = Some(Instant::now());
            }
            query = queries.recv(), if has_queries => match query {
                Some(query) => answer(&mut store, query),
                None => has_queries = false,
            },
            changed = topology.changed(), if has_topology => match changed {
                Ok(()) => store.set_topology(Arc::clone(&topology.borrow_and_update())),
                Err(_) => has_topology = false,
            },
            changed = limits.changed(), if has_limits => match changed {
                Ok(()) => store.set_limits(*limits.borrow_and_update(), reports.clock.now()),
                Err(_) => has_limits = false,
            },
            n_reports = reports.receiver.recv_many(&mut batch, BATCH), if has_reports => {
                has_reports = n_reports > 0;
                let now = reports.clock.now();
                batch.drain(..).for_each(|report| store.apply(report, now));
            }
        }
    }
}

/// When the next picture is due; `None` when nothing in it would differ.
fn due(store: &SpanStore, published: Option<Instant>) -> Option<Instant> {
    let after = |pause| published.map_or_else(Instant::now, |at| at + pause);
    if store.is_changed() { Some(after(FRAME)) } else { store.is_decaying().then(|| after(DECAY)) }
}

/// An asker that went away needs no answer.
fn answer(store: &mut SpanStore, query: Query) {
    match query {
        Query::Trace(id, reply) => drop(reply.send(store.trace(id))),
        Query::Trails(id, reply) => drop(reply.send(store.trails(id))),
        Query::Legs(id, reply) => drop(reply.send(store.legs(id))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Recorder;
    use super::super::testing::{client, order, topology, trace_id};
    use super::*;
    use crate::model::Clock;

    #[tokio::test]
    async fn reports_become_pictures_and_questions_answers() {
        let (recorder, reports) = Recorder::channel(Clock::start(), 16);
        let (_declare, topology) = watch::channel(topology());
        let (ask, queries) = mpsc::channel(4);
        let (publish, mut pictures) = watch::channel(Arc::<Snapshot>::default());
        let shutdown = CancellationToken::new();
        for span in order(1) {
            recorder.span(span);
        }
        for number in 0..20 {
            recorder.span(client("client", number, None));
        }
        let publish = move |snapshot| drop(publish.send_replace(snapshot));
        let (bound, limits) = watch::channel(Limits::default());
        let running = run(reports, topology, publish, queries, limits, shutdown.clone());
        let task = tokio::spawn(running);
        let wait = pictures.wait_for(|picture| picture.edges.len() == 3);
        let picture = tokio::time::timeout(Duration::from_secs(30), wait).await.unwrap().unwrap();
        assert_eq!(picture.n_dropped, 10);
        drop(picture);
        let (reply, answer) = oneshot::channel();
        ask.send(Query::Trace(trace_id(1), reply)).await.unwrap();
        assert_eq!(answer.await.unwrap().unwrap().spans.len(), 16);
        let (reply, answer) = oneshot::channel();
        ask.send(Query::Trails(trace_id(1), reply)).await.unwrap();
        assert!(answer.await.unwrap().is_empty());
        for span in order(2) {
            recorder.span(span);
        }
        for (max_traces, n_traces) in [(20_000, 2), (1, 1)] {
            bound.send_replace(Limits { max_traces, ..Limits::default() });
            let wait = pictures.wait_for(|picture| picture.traces.len() == n_traces);
            let waited = tokio::time::timeout(Duration::from_secs(30), wait).await;
            drop(waited.unwrap().unwrap());
        }
        shutdown.cancel();
        task.await.unwrap();
    }

    #[test]
    fn a_picture_is_due_only_when_it_would_differ() {
        let mut store = SpanStore::new(Limits::default());
        let published = Instant::now();
        assert_eq!(due(&store, Some(published)), None);
        store.set_topology(topology());
        assert_eq!(due(&store, Some(published)), Some(published + FRAME));
        store.snapshot(super::super::testing::at(0));
        assert_eq!(due(&store, Some(published)), None);
        for span in order(1) {
            store.apply(super::super::Report::Span(Arc::new(span)), super::super::testing::at(0));
        }
        store.snapshot(super::super::testing::at(0));
        assert_eq!(due(&store, Some(published)), Some(published + DECAY));
    }
}
