//! What the telemetry task knows of a trace.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::model::{Leg, Trace, TraceId, Trail};
use crate::telemetry::Query;

/// Its answers.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The spans.
    pub(super) trace: Option<Arc<Trace>>,
    /// What the gateway decided first.
    pub(super) trail: Option<Arc<Trail>>,
    /// The bytes at the gateway.
    pub(super) legs: Vec<Arc<Leg>>,
}

impl Told {
    /// Asks for all of it.
    pub(super) async fn ask(queries: &mpsc::Sender<Query>, id: TraceId) -> Self {
        let trace = ask(queries, |reply| Query::Trace(id, reply)).await.flatten();
        let trails = ask(queries, |reply| Query::Trails(id, reply)).await;
        let legs = ask(queries, |reply| Query::Legs(id, reply)).await.unwrap_or_default();
        let trail = trails.and_then(|trails| trails.into_iter().next());
        Self { trace, trail, legs }
    }
}

/// `None` once the telemetry has ended.
async fn ask<T>(
    queries: &mpsc::Sender<Query>,
    question: impl FnOnce(oneshot::Sender<T>) -> Query,
) -> Option<T> {
    let (reply, answer) = oneshot::channel();
    queries.send(question(reply)).await.ok()?;
    answer.await.ok()
}
