//! One call or one question without a window, a cluster or a state: what the command line asks.

use std::path::PathBuf;
use std::sync::Arc;

use super::answer;
use super::reflect::reflect_target;
use super::{AnswerBody, Command, DisplayText, NoticeKind, Session, SessionOptions};
use crate::engine::Engine;
use crate::model::{
<<<<<<< HEAD
    Call, CallId, Clock, Headers, InstanceState, Problem, Request, Target, TlsOptions, TraceContext,
=======
    Call, CallId, Clock, Headers, InstanceState, NodeKind, Problem, Request, Target, TlsOptions,
    TraceContext,
>>>>>>> main
};
use crate::schema::{self, LoadRequest, Loaded, Schema};
use crate::telemetry::Recorder;

/// Runs calls and reads schemas for a process that ends afterwards.
#[derive(Debug, Clone)]
pub struct Headless {
    engine: Engine,
}

/// Where the schema of a call comes from.
#[derive(Debug, Clone)]
pub enum SchemaFrom {
    /// Files, folders, descriptor sets, and roots for their imports.
    Paths {
        /// What to read.
        paths: Vec<PathBuf>,
        /// Where to look for imports.
        roots: Vec<PathBuf>,
    },
    /// The target's reflection.
    Reflection {
        /// Whom to ask.
        target: Target,
        /// How to trust it.
        tls: TlsOptions,
        /// `:authority`, where it differs from the target.
        authority: Option<String>,
        /// Metadata that goes with the question.
        headers: Headers,
    },
}

impl Headless {
    /// Needs a tokio runtime's context.
    pub fn new() -> Self {
        // Nobody reads spans in a process that makes one call: the reports are dropped.
        let (recorder, _reports) = Recorder::channel(Clock::start(), 1);
        Self { engine: Engine::new(recorder) }
    }

    /// Reads a schema.
    ///
    /// # Errors
    /// The words of whoever failed, when a server tells nothing. Files never fail as a whole: what is
    /// wrong with them stands in [`Loaded::problems`].
    pub async fn schema(&self, from: SchemaFrom) -> Result<Loaded, String> {
        match from {
            SchemaFrom::Paths { paths, roots } => {
                let request = LoadRequest { paths, roots };
                let load = tokio::task::spawn_blocking(move || schema::load(&request));
                load.await.map_err(|error| error.to_string())
            }
            SchemaFrom::Reflection { target, tls, authority, headers } => {
                let asked =
                    reflect_target(&self.engine, &target, &tls, authority.as_deref(), &headers);
                asked.await.map(|(loaded, _)| loaded)
            }
        }
    }

    /// Runs a call to its end. Dropping the future cancels it, and the cancel reaches the peer.
    pub async fn call(&self, request: Request) -> Arc<Call> {
        self.engine.run(CallId::next(), request, TraceContext::root()).await
    }
}

impl Default for Headless {
    fn default() -> Self {
        Self::new()
    }
}

/// The answer's body as text, the details of its error, and what could not be read of it.
pub fn read_answer(call: &Call, schema: Option<&Schema>) -> ReadAnswer {
    let (text, problems) = match answer::body_of(call, schema) {
        AnswerBody::None => (None, Vec::new()),
        AnswerBody::Message { json, problems } => (Some(json), problems),
        AnswerBody::Json(text) | AnswerBody::Text(text) => (Some(text), Vec::new()),
        AnswerBody::Binary { problems, .. } => (None, problems),
    };
    ReadAnswer { text, problems, details: answer::details_of(call, schema) }
}

/// What [`read_answer`] made of a call.
#[derive(Debug)]
pub struct ReadAnswer {
    /// The body as text; `None` when it is empty or no text.
    pub text: Option<DisplayText>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// The `google.rpc.Status` of a failed call, as JSON.
    pub details: Option<DisplayText>,
}

/// Runs cluster and gateway until Ctrl-C, then drains; `ready` is called once, when all stand.
pub async fn run_demo(options: SessionOptions, ready: impl FnOnce(&Session)) {
    let (session, run) = Session::start(options);
    let run = tokio::spawn(run);
    let (wake, mut woken) = tokio::sync::watch::channel(());
    session.set_waker(move || {
        wake.send_replace(());
    });
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    let mut ready = Some(ready);
    loop {
        session.take_dirty();
        if is_demo_shown(&session)
            && let Some(ready) = ready.take()
        {
            ready(&session);
        }
        tokio::select! {
            _ = &mut interrupted => break,
            _ = woken.changed() => {}
        }
    }
    session.commands.send(Command::Shutdown).await.ok();
    run.await.ok();
}

/// Whether every listener stands and the published topology says so.
fn is_demo_shown(session: &Session) -> bool {
    let is_announced = session
        .state()
        .notices
        .iter()
        .any(|notice| matches!(notice.kind, NoticeKind::DemoReady { .. }));
<<<<<<< HEAD
    let has_failed = session
        .state()
        .notices
        .iter()
        .any(|notice| matches!(notice.kind, NoticeKind::ListenFailed { .. }));
    // The snapshot follows the state a moment later: the last to start is the last to be shown.
    let topology = &session.snapshot().topology;
    let all_listen = topology
        .services
        .iter()
        .flat_map(|service| &service.instances)
        .all(|instance| instance.state == InstanceState::Ready);
    let gateway = topology.service(crate::model::GATEWAY);
    is_announced
        && gateway.is_some_and(|gateway| gateway.n_ready() > 0)
        && (all_listen || has_failed)
=======
    let services = &session.snapshot().topology.services;
    let stands = |kind: NodeKind| {
        let mut services = services.iter().filter(|service| service.kind == kind).peekable();
        let is_declared = services.peek().is_some();
        let mut instances = services.flat_map(|service| &service.instances);
        is_declared && instances.all(|instance| instance.state != InstanceState::Starting)
    };
    // The gateway is declared before the cluster: a snapshot in between would list it alone.
    is_announced && stands(NodeKind::Gateway) && stands(NodeKind::Demo)
>>>>>>> main
}
