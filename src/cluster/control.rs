//! The cluster's controls: a handle that anybody may hold, and the task that obeys it.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::model::{Endpoints, InstanceState, Topology};
use crate::telemetry::Recorder;

use super::error::ClusterError;
use super::fleet::ClusterOptions;
use super::peers::http_client;
use super::run::Fleet;

const MAX_COMMANDS: usize = 32;

/// What the handle asks of the task. Every reply comes when the thing is done.
#[derive(Debug)]
pub(super) enum Command {
    Start(Whom, Reply<()>),
    Stop(Whom, Reply<()>),
    SetPort(String, u16, Reply<SocketAddr>),
}

/// One instance or all of them.
#[derive(Debug)]
pub(super) enum Whom {
    All,
    One(String),
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
        self.command(|reply| Command::Start(Whom::One(name.to_owned()), reply)).await
    }

    /// Stops one instance. Its port is free at once; answers when its last call has ended,
    /// two seconds later at most.
    pub async fn stop_instance(&self, name: &str) -> Result<(), ClusterError> {
        self.command(|reply| Command::Stop(Whom::One(name.to_owned()), reply)).await
    }

    /// Starts every instance that does not run.
    pub async fn start_all(&self) -> Result<(), ClusterError> {
        self.command(|reply| Command::Start(Whom::All, reply)).await
    }

    /// Stops every instance, so that all ports are free.
    pub async fn stop_all(&self) -> Result<(), ClusterError> {
        self.command(|reply| Command::Stop(Whom::All, reply)).await
    }

    /// Moves an instance to this port (0: any). When the port is taken nothing changes.
    pub async fn set_port(&self, name: &str, port: u16) -> Result<SocketAddr, ClusterError> {
        self.command(|reply| Command::SetPort(name.to_owned(), port, reply)).await
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
