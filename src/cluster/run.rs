//! The task behind the handle: owns every instance, starts and stops them, publishes what is.

mod hands;
mod mocks;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::model::{Endpoint, Endpoints, InstanceState, NodeKind, Service, Topology, Whom};
use crate::telemetry::Recorder;

use super::berth::Berth;
use super::control::{Command, Reply};
use super::error::ClusterError;
use super::fleet::{ClusterOptions, FLEET, PortPlan, StartState, declared_edges};
use super::listen::{Ending, bind, bind_above, serve};
use super::peers::Peers;
use super::role::Role;
use super::seat::Seat;
use super::services::router;

/// All instances.
#[derive(Debug)]
pub(super) struct Fleet {
    /// A place that was left stays and is given to the next that comes: others are known by their index.
    berths: Vec<Berth>,
    /// In the order in which ports were given.
    roles: Vec<Arc<Role>>,
    ports: PortPlan,
    recorder: Recorder,
    http: reqwest::Client,
    serving: JoinSet<()>,
    pending: Vec<Pending>,
    topology: watch::Sender<Arc<Topology>>,
    endpoints: watch::Sender<Arc<Endpoints>>,
}

/// Somebody who waits until these instances have reached a state, each at its own time.
#[derive(Debug)]
struct Pending {
    berths: Vec<usize>,
    goal: InstanceState,
    reply: Reply<()>,
}

impl Fleet {
    pub(super) fn new(
        options: &ClusterOptions,
        recorder: &Recorder,
        http: reqwest::Client,
    ) -> Self {
        let state = match options.start {
            StartState::Running => InstanceState::Starting,
            StartState::Stopped => InstanceState::Stopped,
        };
        let mut fleet = Self {
            berths: Vec::new(),
            roles: FLEET.iter().map(|plan| Arc::new(Role::of_demo(plan))).collect(),
            ports: options.ports.clone(),
            recorder: recorder.clone(),
            http,
            serving: JoinSet::new(),
            pending: Vec::new(),
            topology: watch::Sender::default(),
            endpoints: watch::Sender::default(),
        };
        // The usual instances have the usual ports, whatever the others want.
        let mut position = 0;
        for (plan, role) in FLEET.iter().zip(fleet.roles.clone()) {
            let usual = position..position + plan.n_instances;
            position = usual.end;
            for (number, position) in
                (1..=options.n_instances(plan)).zip(usual.map(Some).chain(std::iter::repeat(None)))
            {
                let seat = Seat::new(&role, number, recorder.clone());
                let wanted = match position {
                    Some(position) => options.ports.wanted(&seat.instance, position),
                    None => fleet.wanted_by_added(&seat.instance),
                };
                fleet.berths.push(Berth::new(seat, wanted, state));
            }
        }
        fleet.publish();
        fleet
    }

    pub(super) fn topology(&self) -> watch::Receiver<Arc<Topology>> {
        self.topology.subscribe()
    }

    pub(super) fn endpoints(&self) -> watch::Receiver<Arc<Endpoints>> {
        self.endpoints.subscribe()
    }

    /// Obeys until `shutdown`, then stops every instance and lets its calls end.
    pub(super) async fn run(
        mut self,
        start: StartState,
        mut commands: mpsc::Receiver<Command>,
        shutdown: CancellationToken,
    ) {
        let all: Vec<_> = (0..self.berths.len()).collect();
        if start == StartState::Running
            && let Err(error) = self.start(&all).await
        {
            tracing::error!(%error, "the demo cluster cannot start");
        }
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(ended) = self.serving.join_next_with_id() => self.ended(id_of(ended)).await,
                Some(command) = commands.recv() => self.obey(command).await,
            }
        }
        let all: Vec<_> = (0..self.berths.len()).collect();
        self.stop(&all);
        while let Some(ended) = self.serving.join_next_with_id().await {
            self.ended(id_of(ended)).await;
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Start(whom, reply) => match self.find_staying(&whom) {
                Ok(berths) => self.start_and_reply(berths, reply).await,
                Err(error) => answer(reply, Err(error)),
            },
            Command::Stop(whom, reply) => match self.find(&whom) {
                Ok(berths) => {
                    self.stop(&berths);
                    self.reply_when(berths, InstanceState::Stopped, reply);
                }
                Err(error) => answer(reply, Err(error)),
            },
            Command::SetPort(name, port, reply) => {
                let moved = self.set_port(name, port).await;
                answer(reply, moved);
            }
            Command::Kill(name, reply) => match self.find(&Whom::Instance(name)) {
                Ok(berths) => self.kill(berths, reply),
                Err(error) => answer(reply, Err(error)),
            },
            Command::Add(service, reply) => {
                let added = self.add(&service).await;
                answer(reply, added);
            }
            Command::Remove(name, reply) => self.remove(name, reply),
            Command::SetFault(whom, fault, reply) => {
                let done = fault.checked().map_err(ClusterError::from);
                let done = done.and_then(|fault| Ok((self.find(&whom)?, fault)));
                answer(
                    reply,
                    done.map(|(berths, fault)| {
                        for berth in berths.iter().filter_map(|idx| self.berths.get(*idx)) {
                            berth.seat.set_fault(fault);
                        }
                        self.publish();
                    }),
                );
            }
            Command::Log(name, n_known, reply) => answer(reply, self.log(name, n_known)),
            Command::Serve(plan, reply) => self.serve_mock(plan, reply).await,
            Command::Unserve(name, reply) => self.unserve(&name, reply),
        }
    }

    fn find(&self, whom: &Whom) -> Result<Vec<usize>, ClusterError> {
        let is_meant = |berth: &Berth| match whom {
            Whom::Demo => berth.seat.role.kind() == NodeKind::Demo,
            Whom::Service(name) => *berth.seat.role.name == **name,
            Whom::Instance(name) => *berth.seat.instance == **name,
        };
        let berths = self.berths.iter().enumerate().filter(|(_, b)| !b.is_left && is_meant(b));
        let found: Vec<_> = berths.map(|(idx, _)| idx).collect();
        match whom {
            Whom::Instance(name) if found.is_empty() => {
                Err(ClusterError::UnknownInstance(name.clone()))
            }
            Whom::Service(name) if found.is_empty() => {
                Err(ClusterError::UnknownService(name.clone()))
            }
            _ => Ok(found),
        }
    }

    /// Those of them that are not being removed.
    fn find_staying(&self, whom: &Whom) -> Result<Vec<usize>, ClusterError> {
        let mut found = self.find(whom)?;
        found.retain(|idx| self.berths.get(*idx).is_some_and(|berth| !berth.leaves));
        if found.is_empty() { Err(ClusterError::Overtaken) } else { Ok(found) }
    }

    async fn start_and_reply(&mut self, berths: Vec<usize>, reply: Reply<()>) {
        match self.start(&berths).await {
            Ok(()) => self.reply_when(berths, InstanceState::Ready, reply),
            Err(error) => answer(reply, Err(error)),
        }
    }

    /// Every wanted port is tried before any instance takes the next free one: otherwise one
    /// taken port would push all instances behind it off theirs.
    async fn start(&mut self, berths: &[usize]) -> Result<(), ClusterError> {
        let mut listeners = Vec::new();
        for idx in berths {
            let Some(berth) = self.berths.get_mut(*idx) else { continue };
            match berth.state {
                InstanceState::Ready => {}
                InstanceState::Draining => berth.starts_again = true,
                InstanceState::Starting | InstanceState::Stopped => {
                    listeners.push((*idx, berth.wanted, bind(berth.wanted).await));
                }
            }
        }
        let mut outcome = Ok(());
        for (idx, wanted, listener) in listeners {
            let listener = match listener {
                Ok(listener) => Ok(listener),
                Err(error) => {
                    tracing::info!(port = wanted, %error, "port not free, taking the next one");
                    bind_above(wanted).await
                }
            };
            let served = match listener {
                Ok(listener) => self.serve_on(idx, listener).await,
                Err(source) => Err(ClusterError::Port { port: wanted, source }),
            };
            // One that cannot start keeps no other from starting.
            if let Err(error) = served {
                if let Some(berth) = self.berths.get_mut(idx) {
                    berth.state = InstanceState::Stopped;
                }
                outcome = Err(error);
            }
        }
        self.publish();
        outcome
    }

    async fn serve_on(&mut self, idx: usize, listener: TcpListener) -> Result<(), ClusterError> {
        let endpoints = self.endpoints();
        let Some(berth) = self.berths.get_mut(idx) else { return Ok(()) };
        let address = listener
            .local_addr()
            .map_err(|source| ClusterError::Port { port: berth.wanted, source })?;
        let routes = match &berth.router {
            Some(router) => router.clone(),
            None => routes(&berth.seat, endpoints, &self.http).await?,
        };
        berth.ending = Ending::default();
        berth.router = Some(routes.clone());
        berth.address = address;
        berth.state = InstanceState::Ready;
        let serving = serve(listener, Arc::clone(&berth.seat), routes, berth.ending.clone());
        berth.task = Some(self.serving.spawn(serving).id());
        Ok(())
    }

    fn stop(&mut self, berths: &[usize]) {
        for idx in berths {
            let Some(berth) = self.berths.get_mut(*idx) else { continue };
            berth.starts_again = false;
            berth.router = None;
            match berth.state {
                InstanceState::Ready => berth.state = InstanceState::Draining,
                InstanceState::Starting => berth.state = InstanceState::Stopped,
                InstanceState::Draining | InstanceState::Stopped => {}
            }
        }
        // Callers look elsewhere before the instances begin to refuse them.
        self.publish();
        for idx in berths {
            if let Some(berth) = self.berths.get(*idx) {
                berth.ending.stop.cancel();
            }
        }
        let is_overtaken = |pending: &Pending| {
            pending.goal == InstanceState::Ready
                && pending.berths.iter().any(|idx| berths.contains(idx))
        };
        let (overtaken, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pending).into_iter().partition(is_overtaken);
        self.pending = waiting;
        for Pending { reply, .. } in overtaken {
            answer(reply, Err(ClusterError::Overtaken));
        }
    }

    async fn set_port(&mut self, name: String, port: u16) -> Result<SocketAddr, ClusterError> {
        let whom = self.find(&Whom::Instance(name))?;
        let Some((idx, berth)) =
            whom.first().and_then(|idx| Some((*idx, self.berths.get_mut(*idx)?)))
        else {
            return Err(ClusterError::Ended);
        };
        let is_running = berth.state == InstanceState::Ready;
        if is_running && berth.address.port() == port {
            berth.wanted = port;
            self.publish();
            return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        }
        let listener = bind(port).await.map_err(|source| ClusterError::Port { port, source })?;
        let address =
            listener.local_addr().map_err(|source| ClusterError::Port { port, source })?;
        berth.wanted = address.port();
        if is_running {
            let old = berth.ending.stop.clone();
            self.serve_on(idx, listener).await?;
            self.publish();
            // The old listener's calls end on their own; its task is no longer the berth's.
            old.cancel();
        } else {
            berth.address = address;
            self.publish();
        }
        Ok(address)
    }

    /// A serving task has ended: its port is free and its calls are done.
    async fn ended(&mut self, id: Id) {
        let found = self.berths.iter_mut().enumerate().find(|(_, berth)| berth.task == Some(id));
        let Some((idx, berth)) = found else { return };
        berth.task = None;
        berth.state = InstanceState::Stopped;
        let starts_again = std::mem::take(&mut berth.starts_again);
        self.leave_if_done(idx);
        self.publish();
        self.settle();
        if starts_again {
            if let Err(error) = self.start(&[idx]).await {
                tracing::error!(%error, "an instance cannot start again");
            }
            self.settle();
        }
    }

    fn reply_when(&mut self, berths: Vec<usize>, goal: InstanceState, reply: Reply<()>) {
        self.pending.push(Pending { berths, goal, reply });
        self.settle();
    }

    /// Answers whoever waited for what is now so. An instance counts once it has reached the
    /// goal, even if it moves on before the others get there.
    fn settle(&mut self) {
        let berths = &self.berths;
        for pending in &mut self.pending {
            let goal = pending.goal;
            pending.berths.retain(|idx| berths.get(*idx).is_some_and(|b| b.state != goal));
        }
        let (met, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pending).into_iter().partition(|p| p.berths.is_empty());
        self.pending = waiting;
        for Pending { reply, .. } in met {
            answer(reply, Ok(()));
        }
    }

    fn publish(&self) {
        let mut endpoints = Endpoints::default();
        let mut services = Vec::new();
        for role in &self.roles {
            let mut berths: Vec<_> = self.berths.iter().filter(|b| b.is_of(role)).collect();
            berths.sort_by_key(|berth| berth.seat.number);
            let ready = berths.iter().filter(|berth| berth.state == InstanceState::Ready);
            endpoints.set(
                Arc::clone(&role.name),
                ready
                    .map(|berth| Endpoint {
                        instance: Arc::clone(&berth.seat.instance),
                        address: berth.address,
                    })
                    .collect(),
            );
            services.push(Service {
                name: Arc::clone(&role.name),
                kind: role.kind(),
                protocol: role.protocol,
                instances: berths.into_iter().map(Berth::describe).collect(),
            });
        }
        services.sort_by(|a, b| a.name.cmp(&b.name));
        self.endpoints.send_replace(Arc::new(endpoints));
        self.topology.send_replace(Arc::new(Topology { services, edges: declared_edges() }));
    }
}

async fn routes(
    seat: &Arc<Seat>,
    endpoints: watch::Receiver<Arc<Endpoints>>,
    http: &reqwest::Client,
) -> Result<Router, ClusterError> {
    let peers = Peers::new(Arc::clone(seat), endpoints, http.clone());
    router(seat, Arc::new(peers)).await
}

fn id_of(ended: Result<(Id, ()), JoinError>) -> Id {
    match ended {
        Ok((id, ())) => id,
        Err(error) => error.id(),
    }
}

/// Whoever asked may have gone: then nobody needs to know.
fn answer<T>(reply: Reply<T>, result: Result<T, ClusterError>) {
    if reply.send(result).is_err() {
        tracing::debug!("nobody waits for the cluster's answer");
    }
}
