//! One call or one question without a window, a cluster or a state: what the command line asks.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::answer;
use super::reflect::{NoSchema, reflect_target};
use super::{AnswerBody, Command, DisplayText, NoticeKind, Session, SessionOptions, Trouble};
use crate::engine::Engine;
use crate::model::{
    Call, CallFailure, CallId, Clock, Headers, MethodPath, NodeKind, Outcome, Problem,
    ProxyAddress, Request, Service, Target, TlsOptions, Topology, TraceContext, TrafficFigures,
};
use crate::net::Network;
use crate::schema::{self, LoadRequest, Loaded, Notation, Schema};
use crate::telemetry::Recorder;
use crate::wire::Exchange;

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
        /// How long all of it may take; `None` leaves it to the limits of each question.
        deadline: Option<Duration>,
    },
}

impl Headless {
    /// Needs a tokio runtime's context.
    pub fn new() -> Self {
        // Nobody reads spans in a process that makes one call: the reports are dropped.
        let (recorder, _reports) = Recorder::channel(Clock::start(), 1);
        Self { engine: Engine::new(recorder) }
    }

    /// Has every call from now on that leaves this machine go through this proxy, or directly.
    pub fn go_through(&self, proxy: Option<ProxyAddress>) {
        self.engine.set_network(&Network { proxy, ..Network::default() });
    }

    /// Reads a schema.
    ///
    /// # Errors
    /// Why a server tells nothing. Files never fail as a whole: what is
    /// wrong with them stands in [`Loaded::problems`].
    pub async fn schema(&self, from: SchemaFrom) -> Result<Loaded, NoSchema> {
        match from {
            SchemaFrom::Paths { paths, roots } => {
                let request = LoadRequest { paths, roots };
                let load = tokio::task::spawn_blocking(move || schema::load(&request));
                load.await.map_err(|error| NoSchema::Told(error.to_string().into()))
            }
            SchemaFrom::Reflection { target, tls, authority, headers, deadline } => {
                let asked =
                    reflect_target(&self.engine, &target, &tls, authority.as_deref(), &headers);
                let Some(deadline) = deadline else {
                    return asked.await.map(|(loaded, _version)| loaded);
                };
                match tokio::time::timeout(deadline, asked).await {
                    Ok(answered) => answered.map(|(loaded, _version)| loaded),
                    Err(_elapsed) => {
                        let millis = deadline.as_millis().try_into().unwrap_or(u64::MAX);
                        Err(NoSchema::Unreached(CallFailure::Deadline { millis }))
                    }
                }
            }
        }
    }

    /// What runs the calls.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
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
pub fn read_answer(call: &Call, schema: Option<&Schema>, notation: Notation) -> ReadAnswer {
    let (text, problems) = text_of(answer::body_of(call, schema, notation));
    let is_ok = call.outcome.as_ref().is_some_and(Outcome::is_ok);
    // A call that went well has no ladder, so nobody needs its frames.
    let exchange = if is_ok { Exchange::default() } else { Exchange::of_broken(&call.recording) };
    ReadAnswer { text, problems, trouble: Trouble::of(call, &exchange, schema) }
}

/// One message that a method answered with.
pub fn read_message(
    bytes: &Bytes,
    method: &MethodPath,
    schema: &Schema,
    notation: Notation,
) -> ReadAnswer {
    let body = answer::message_body(bytes.clone(), method, Some(schema), notation);
    let (text, problems) = text_of(body);
    ReadAnswer { text, problems, trouble: Trouble::default() }
}

fn text_of(body: AnswerBody) -> (Option<DisplayText>, Vec<Problem>) {
    match body {
        AnswerBody::None => (None, Vec::new()),
        AnswerBody::Message { json, problems } => (Some(json), problems),
        AnswerBody::Json(text) | AnswerBody::Text(text) => (Some(text), Vec::new()),
        AnswerBody::Binary { problems, .. } => (None, problems),
    }
}

/// What [`read_answer`] made of a call, or [`read_message`] of a message.
#[derive(Debug)]
pub struct ReadAnswer {
    /// The body as text; `None` when it is empty or no text.
    pub text: Option<DisplayText>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What is known of a call that did not do what was asked.
    pub trouble: Trouble,
}

/// How long the shoppers' last calls may take to end, a little longer than they wait themselves.
const LAST_SHOPPERS: Duration = Duration::from_secs(6);

/// Runs cluster and gateway until Ctrl-C, then drains; `ready` is called once, when all stand. What became
/// of the shoppers' calls comes back.
pub async fn run_demo(options: SessionOptions, ready: impl FnOnce(&Session)) -> TrafficFigures {
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
    // Nobody else comes, and those who are in the shop are served.
    session.commands.send(Command::SetTraffic(0)).await.ok();
    let all_left = async {
        loop {
            session.take_dirty();
            // Their own word that nobody else comes: figures from before it may be short of the last calls.
            let figures = &session.state().traffic.figures;
            if figures.per_second == 0 && figures.n_open() == 0 {
                return;
            }
            woken.changed().await.ok();
        }
    };
    tokio::time::timeout(LAST_SHOPPERS, all_left).await.ok();
    session.commands.send(Command::Shutdown).await.ok();
    run.await.ok();
    session.state().traffic.figures.clone()
}

/// Whether every listener stands and the published topology says so.
fn is_demo_shown(session: &Session) -> bool {
    let is_announced = session
        .state()
        .notices
        .iter()
        .any(|notice| matches!(notice.kind, NoticeKind::DemoReady { .. }));
    let has_gateway = session.state().settings.gateway_enabled;
    is_announced && is_whole(&session.snapshot().topology, has_gateway)
}

/// The snapshot follows the state: it may still show the gateway alone.
fn is_whole(topology: &Topology, has_gateway: bool) -> bool {
    let stands = |kind| {
        let mut services = topology.services.iter().filter(|service| service.kind == kind);
        let is_ready = |s: &Service| s.n_ready() > 0 && s.n_ready() == s.instances.len();
        services.next().is_some_and(is_ready) && services.all(is_ready)
    };
    (!has_gateway || stands(NodeKind::Gateway)) && stands(NodeKind::Demo)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fault, Instance, InstanceState, ServiceProtocol};

    #[test]
    fn a_picture_without_the_cluster_is_not_whole() {
        use InstanceState::{Ready, Starting};
        let service = |kind, states: &[InstanceState]| Service {
            name: "any".into(),
            kind,
            protocol: ServiceProtocol::Both,
            instances: states
                .iter()
                .map(|state| Instance {
                    name: "any-1".into(),
                    address: ([127, 0, 0, 1], 1).into(),
                    wanted_port: None,
                    state: *state,
                    fault: Fault::default(),
                })
                .collect(),
        };
        let gateway = service(NodeKind::Gateway, &[Ready]);
        let check = |cluster: Option<&[InstanceState]>, is_shown: bool| {
            let cluster = cluster.map(|states| service(NodeKind::Demo, states));
            let services = std::iter::once(gateway.clone()).chain(cluster).collect();
            let topology = Topology { services, ..Topology::default() };
            assert_eq!(is_whole(&topology, true), is_shown, "{topology:?}");
        };
        check(None, false);
        check(Some(&[Starting]), false);
        check(Some(&[Ready, Starting]), false);
        check(Some(&[Ready, Ready]), true);
    }
}
