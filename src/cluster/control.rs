//! The cluster's controls: a handle that anybody may hold, and the task that obeys it.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::model::{Endpoints, Fault, InstanceState, LogLine, Topology, Whom};
use crate::telemetry::Recorder;

use super::error::ClusterError;
use super::fleet::ClusterOptions;
use super::mock::MockPlan;
use super::peers::http_client;
use super::run::Fleet;

const MAX_COMMANDS: usize = 32;

/// What the handle asks of the task. Every reply comes when the thing is done.
#[derive(Debug)]
pub(super) enum Command {
    Start(Whom, Reply<()>),
    Stop(Whom, Reply<()>),
    SetPort(String, u16, Reply<SocketAddr>),
    Kill(String, Reply<()>),
    Add(String, Reply<Arc<str>>),
    Remove(String, Reply<()>),
    SetFault(Whom, Fault, Reply<()>),
    Log(String, u64, Reply<Option<InstanceLog>>),
    Serve(MockPlan, Reply<()>),
    Unserve(String, Reply<()>),
}

/// An instance's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceLog {
    /// The last lines, oldest first.
    pub lines: Vec<LogLine>,
    /// Lines since the start.
    pub n_written: u64,
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, ClusterError>>;

/// Controls a running cluster. Cheap to clone; dropping it stops nothing.
#[derive(Debug, Clone)]
pub struct ClusterHandle {
    commands: mpsc::Sender<Command>,
    topology: watch::Receiver<Arc<Topology>>,
    endpoints: watch::Receiver<Arc<Endpoints>>,
}

/// Prepares a cluster. Nothing runs until the returned future is polled; it ends, with every
/// port free, soon after `shutdown`.
pub fn start(
    options: &ClusterOptions,
    recorder: &Recorder,
    shutdown: CancellationToken,
) -> Result<(ClusterHandle, impl Future<Output = ()> + Send + 'static), ClusterError> {
    let (sender, commands) = mpsc::channel(MAX_COMMANDS);
    let fleet = Fleet::new(options, recorder, http_client()?);
    let handle = ClusterHandle {
        commands: sender,
        topology: fleet.topology(),
        endpoints: fleet.endpoints(),
    };
    let start = options.start;
    Ok((handle, fleet.run(start, commands, shutdown)))
}

impl ClusterHandle {
    /// Services, their instances with address and state, and who declares to call whom.
    pub fn topology(&self) -> watch::Receiver<Arc<Topology>> {
        self.topology.clone()
    }

    /// The instances that take calls now.
    pub fn endpoints(&self) -> watch::Receiver<Arc<Endpoints>> {
        self.endpoints.clone()
    }

    /// Waits until no instance is still starting.
    pub async fn ready(&self) -> Result<(), ClusterError> {
        let is_settled = |topology: &Arc<Topology>| {
            let mut instances = topology.services.iter().flat_map(|service| &service.instances);
            instances.all(|instance| instance.state != InstanceState::Starting)
        };
        match self.topology.clone().wait_for(is_settled).await {
            Ok(_) => Ok(()),
            Err(_closed) => Err(ClusterError::Ended),
        }
    }

    /// Starts one instance, on the port that it wants or the next free one. Answers when it takes calls.
    pub async fn start_instance(&self, name: &str) -> Result<(), ClusterError> {
        self.command(|reply| Command::Start(Whom::Instance(name.to_owned()), reply)).await
    }

    /// Stops one instance. Its port is free at once; answers when its last call has ended,
    /// two seconds later at most.
    pub async fn stop_instance(&self, name: &str) -> Result<(), ClusterError> {
        self.command(|reply| Command::Stop(Whom::Instance(name.to_owned()), reply)).await
    }

    /// Starts every instance of the demo that does not run.
    pub async fn start_all(&self) -> Result<(), ClusterError> {
        self.command(|reply| Command::Start(Whom::Demo, reply)).await
    }

    /// Stops every instance of the demo, so that all its ports are free.
    pub async fn stop_all(&self) -> Result<(), ClusterError> {
        self.command(|reply| Command::Stop(Whom::Demo, reply)).await
    }

    /// Moves an instance to this port (0: any). When the port is taken nothing changes.
    pub async fn set_port(&self, name: &str, port: u16) -> Result<SocketAddr, ClusterError> {
        self.command(|reply| Command::SetPort(name.to_owned(), port, reply)).await
    }

    /// Ends an instance as a crash does: its port is free and its connections are broken at once.
    pub async fn kill(&self, name: &str) -> Result<(), ClusterError> {
        self.command(|reply| Command::Kill(name.to_owned(), reply)).await
    }

    /// Adds an instance to a service and says its name. Answers when it takes calls.
    pub async fn add_instance(&self, service: &str) -> Result<Arc<str>, ClusterError> {
        self.command(|reply| Command::Add(service.to_owned(), reply)).await
    }

    /// Lets an instance end its calls and forgets it. The last one of a service stays.
    pub async fn remove_instance(&self, name: &str) -> Result<(), ClusterError> {
        self.command(|reply| Command::Remove(name.to_owned(), reply)).await
    }

    /// Does this to instances from now on; the default fault leaves them alone again.
    pub async fn set_fault(&self, whom: Whom, fault: Fault) -> Result<(), ClusterError> {
        self.command(|reply| Command::SetFault(whom, fault, reply)).await
    }

    /// The log of an instance; `None` when nothing was written since the `n_known`th line.
    pub async fn log(&self, name: &str, n_known: u64) -> Result<Option<InstanceLog>, ClusterError> {
        self.command(|reply| Command::Log(name.to_owned(), n_known, reply)).await
    }

    /// Serves a schema as a service of this name. Served already, it takes these answers from now on.
    /// Answers when it takes calls.
    pub async fn serve(&self, plan: MockPlan) -> Result<(), ClusterError> {
        self.command(|reply| Command::Serve(plan, reply)).await
    }

    /// Serves a schema no more.
    pub async fn unserve(&self, name: &str) -> Result<(), ClusterError> {
        self.command(|reply| Command::Unserve(name.to_owned(), reply)).await
    }

    async fn command<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, ClusterError> {
        let (reply, answer) = oneshot::channel();
        match self.commands.send(command(reply)).await {
            Ok(()) => answer.await.unwrap_or(Err(ClusterError::Ended)),
            Err(_closed) => Err(ClusterError::Ended),
        }
    }
}
