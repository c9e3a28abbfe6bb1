//! The engine: starts calls, bounds them, ends them.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{CallHandle, GrpcTransport};
use crate::model::{
    Call, CallEvent, CallFailure, CallId, Outcome, Request, Target, TlsOptions, TraceContext,
};
use crate::net::Dialer;
use crate::telemetry::Recorder;

/// How many calls may run at once.
pub const MAX_CALLS: usize = 256;

/// Runs calls. Cheap to clone; the last clone's end ends every call.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    recorder: Recorder,
    dialer: Dialer,
    calls: Mutex<JoinSet<()>>,
}

impl Engine {
    /// An engine that reports its spans here. Must be called within a tokio runtime's context.
    pub fn new(recorder: Recorder) -> Self {
        let dialer = Dialer::new(recorder.clock());
        Self { inner: Arc::new(Inner { recorder, dialer, calls: Mutex::default() }) }
    }

    /// Starts a call within a tokio runtime's context. `events` is called from its task and must not block.
    pub fn start(
        &self,
        id: CallId,
        request: Request,
        trace: TraceContext,
        events: impl Fn(CallEvent) + Send + 'static,
    ) -> CallHandle {
        let cancel = CancellationToken::new();
        let engine = self.clone();
        let token = cancel.clone();
        self.inner.calls.lock().spawn(async move {
            let call = engine.call(id, request, trace, &token).await;
            events(CallEvent::Finished(call));
        });
        CallHandle::new(id, cancel)
    }

    /// Runs a call to its end. Dropping the future cancels it.
    pub async fn run(&self, id: CallId, request: Request, trace: TraceContext) -> Arc<Call> {
        self.call(id, request, trace, &CancellationToken::new()).await
    }

    async fn call(
        &self,
        id: CallId,
        request: Request,
        trace: TraceContext,
        cancel: &CancellationToken,
    ) -> Arc<Call> {
        let now = self.inner.recorder.now();
        let mut call = Call::begin(id, Arc::new(request), now, trace);
        let mut report = crate::net::DialReport::default();
        let dialled = self.inner.dialer.dial(&call.request.target, &mut report);
        call.outcome = Some(tokio::select! {
            () = cancel.cancelled() => Outcome::Cancelled,
            result = dialled => match result {
                Ok(_) => Outcome::Failed(CallFailure::Busy { limit: MAX_CALLS }),
                Err(failure) => Outcome::Failed(failure),
            },
        });
        Arc::new(call)
    }

    /// Opens an HTTP/2 connection of its own for a client that speaks gRPC itself (reflection).
    pub async fn transport(
        &self,
        target: &Target,
        _tls: &TlsOptions,
        authority: Option<&str>,
    ) -> Result<GrpcTransport, CallFailure> {
        let mut report = crate::net::DialReport::default();
        let connected = self.inner.dialer.dial(target, &mut report).await?;
        GrpcTransport::open(connected, target, authority).await
    }
}
