//! One schema served without a window, a demo or a state: what the command line asks.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::hands::not_done;
use super::mocks::free_name;
use crate::cluster::{self, ClusterOptions, MockPlan, StartState, check_mock_answer};
use crate::model::{
    Clock, Fault, MethodPath, MockAnswer, MockStream, NotDone, Problem, Severity, Whom,
};
use crate::schema::{self, LoadRequest, Schema};
use crate::telemetry::Recorder;

/// What is to be served.
#[derive(Debug, Clone, Default)]
pub struct MockOptions {
    /// Files, folders and descriptor sets.
    pub paths: Vec<PathBuf>,
    /// Where to look for imports.
    pub roots: Vec<PathBuf>,
    /// Exactly this port; `None` takes 50051 or the next that is free.
    pub port: Option<u16>,
    /// Answers that differ from the usual sample.
    pub answers: BTreeMap<MethodPath, String>,
    /// How server streams answer.
    pub stream: MockStream,
    /// What every call has to bear.
    pub fault: Fault,
}

/// A schema that is being served.
#[derive(Debug)]
pub struct ServedMock {
    /// Its service's name.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it answers.
    pub schema: Schema,
    /// What was wrong with the files, if anything.
    pub problems: Vec<Problem>,
}

/// Why nothing is served.
#[derive(Debug)]
pub enum MockError {
    /// The files say nothing that can be served.
    Schema(Vec<Problem>),
    /// An answer does not fit its method.
    Answer(MethodPath, Vec<Problem>),
    /// The port is taken, or the like.
    NotDone(NotDone),
}

/// The port that every gRPC tutorial calls.
const USUAL_PORT: u16 = 50051;

/// Serves a schema until Ctrl-C, then lets calls in flight end; `ready` is called once, when it takes calls.
///
/// # Errors
/// Why nothing is served.
pub async fn run_mock(
    options: MockOptions,
    ready: impl FnOnce(&ServedMock),
) -> Result<(), MockError> {
    let MockOptions { paths, roots, port, answers, stream, fault } = options;
    let name = paths.first().and_then(|path| path.file_name());
    let name = free_name(&name.unwrap_or_default().to_string_lossy(), |_used| false);
    let request = LoadRequest { paths, roots };
    let load = tokio::task::spawn_blocking(move || schema::load(&request));
    let loaded = load.await.map_err(|_ended| MockError::NotDone(NotDone::Overtaken))?;
    if loaded.schema.n_methods() == 0
        && loaded.problems.iter().any(|p| p.severity == Severity::Error)
    {
        return Err(MockError::Schema(loaded.problems));
    }
    for (method, body) in &answers {
        let problems = check_mock_answer(&loaded.schema, method, body);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(MockError::Answer(method.clone(), problems));
        }
    }
    let methods = loaded.schema.services().iter().flat_map(|service| &service.methods);
    let answer = |method: &MethodPath| {
        let body = answers.get(method).cloned().unwrap_or_default();
        MockAnswer { body, stream, fault: Fault::default() }
    };
    let answers = methods.map(|method| (method.path.clone(), answer(&method.path))).collect();
    let plan = MockPlan {
        name: name.as_str().into(),
        schema: loaded.schema.clone(),
        answers,
        port: Some(port.unwrap_or(USUAL_PORT)),
    };
    // Nobody reads the spans of a process that only serves.
    let (recorder, _reports) = Recorder::channel(Clock::start(), 1);
    let shutdown = CancellationToken::new();
    let stopped = ClusterOptions { start: StartState::Stopped, ..ClusterOptions::default() };
    let failed = |error| MockError::NotDone(not_done(error));
    let (handle, run) = cluster::start(&stopped, &recorder, shutdown.clone()).map_err(failed)?;
    let run = tokio::spawn(run);
    handle.serve(plan).await.map_err(failed)?;
    let address = super::mocks::address_of(&handle.topology().borrow(), &name);
    let address = address.ok_or(MockError::NotDone(NotDone::Overtaken))?;
    if let Some(port) = port.filter(|port| *port != 0 && *port != address.port()) {
        return Err(MockError::NotDone(NotDone::PortTaken { port }));
    }
    handle.set_fault(Whom::Service(name.clone()), fault).await.map_err(failed)?;
    ready(&ServedMock { name, address, schema: loaded.schema, problems: loaded.problems });
    tokio::signal::ctrl_c().await.ok();
    shutdown.cancel();
    run.await.ok();
    Ok(())
}
