//! One logical call by every way that exists, so many times each: what each way costs, and how it says that
//! something is wrong.
//!
//! Each way has an engine of its own, so that no way finds a connection open that another has opened: the first call
//! opens one, the later ones keep it. Calls follow each other; nothing else is under way meanwhile.

mod chart;
mod csv;
mod order;
mod own;
mod places;
mod tables;
mod tally;

use std::sync::Arc;

use crate::engine::Engine;
use crate::model::{Call, CallId, Outcome, Request, Security, TraceContext, Way};
use crate::wire::{BothSums, Exchange};

pub use chart::comparison_chart;
pub use csv::comparison_csv;
pub use order::{CompareOrder, ComparePlaces, MAX_COMPARED};
pub use own::{OwnDemo, OwnDemoError, compare_at, sample_schema};
pub use tables::{CompareTable, comparison_tables};
#[cfg(test)]
pub(crate) use tally::testing::sample as sample_comparison;
pub use tally::{Carried, Comparison, Mishap, Tally, WayFigures};

pub(super) use places::{Deserted, target_at};

use places::closed_address;

use order::Lane;
use tally::Book;

/// So many calls without any answer, one after the other, and a way is given up.
const MAX_UNANSWERED: u32 = 3;

/// How far a comparison is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompareProgress {
    /// By which way calls are made now.
    pub way: Way,
    /// Calls that were made, by all ways.
    pub n_done: u64,
    /// Calls that will have been made at the end.
    pub n_all: u64,
}

/// Makes the calls. `engine` gives a new one for each way. Dropping the future ends it, and the call under way.
pub(super) async fn compare(
    order: &CompareOrder,
    places: &ComparePlaces,
    engine: impl Fn() -> Engine,
    tell: impl Fn(CompareProgress),
) -> Comparison {
    let closed = closed_address().await;
    let (mut lanes, mut missing) = (Vec::new(), Vec::new());
    for way in Way::ALL {
        match order.lane(way, places, &closed) {
            Ok(lane) => lanes.push(lane),
            Err(why) => missing.push((way, why)),
        }
    }
    let n_calls = order.n_calls();
    let n_all = u64::from(n_calls) * lanes.len() as u64;
    let mut ways = Vec::new();
    for (lane_idx, lane) in lanes.iter().enumerate() {
        let n_before = u64::from(n_calls) * lane_idx as u64;
        let tell = |n: u32| {
            tell(CompareProgress { way: lane.way, n_done: n_before + u64::from(n), n_all });
        };
        ways.push(measure(&engine(), lane, n_calls, tell).await);
    }
    Comparison { method: order.method().to_string(), n_wanted: n_calls, ways, missing }
}

async fn measure(engine: &Engine, lane: &Lane, n_calls: u32, tell: impl Fn(u32)) -> WayFigures {
    let mut book = Book::default();
    let mut n_unanswered = 0;
    for n in 0..n_calls {
        tell(n);
        let (call, sums) = ask(engine, &lane.call).await;
        book.add(&call, sums);
        let is_answered = !matches!(call.outcome, Some(Outcome::Failed(_) | Outcome::Cancelled));
        n_unanswered = if is_answered { 0 } else { n_unanswered + 1 };
        if n_unanswered == MAX_UNANSWERED {
            break;
        }
    }
    tell(n_calls);
    let failing = mishap(engine, &lane.failing).await;
    let refused = mishap(engine, &lane.refused).await;
    WayFigures {
        way: lane.way,
        address: lane.call.target.authority(),
        http_version: book.http_version,
        is_tls: lane.call.target.security == Security::Tls,
        n_connections: book.n_connections,
        n_failed: book.n_failed,
        carried: book.carried(),
        first_failure: book.first_failure,
        opening: book.opening,
        kept: book.kept,
        refused,
        failing,
    }
}

async fn mishap(engine: &Engine, request: &Request) -> Mishap {
    let (call, sums) = ask(engine, request).await;
    Mishap::of(&call, sums)
}

/// A call and what its bytes were for. Reading bytes is work for the processor: a large message must not hold up others.
async fn ask(engine: &Engine, request: &Request) -> (Arc<Call>, BothSums) {
    let call = engine.run(CallId::next(), request.clone(), TraceContext::root()).await;
    let told = Arc::clone(&call);
    let read = tokio::task::spawn_blocking(move || {
        let mut sums = Exchange::of(&told.recording).sums;
        if !told.sealed.parts.is_empty() {
            sums.seal(&told.sealed);
        }
        sums
    });
    (call, read.await.unwrap_or_default())
}
