//! The demo: cluster and gateway together, and the single instances, started, stopped and moved to other ports at the person's wish.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio_util::sync::DropGuard;

use super::core::Core;
use super::gate::Gate;
use super::hands::not_done;
use super::message::{Done, Message};
use super::traffic::TrafficControl;
use super::{DemoPhase, NoticeKind};
use crate::cluster::{ClusterHandle, PortPlan};
use crate::model::{
    CLIENT, DeclaredEdge, GATEWAY, NodeKind, Service, ServiceProtocol, Severity, Topology,
};

/// What the core keeps of the demo.
#[derive(Debug)]
pub(super) struct Demo {
    pub(super) cluster: ClusterHandle,
    pub(super) gate: Gate,
    /// When it was last asked for: at the start of the process, or by the person later.
    pub(super) asked: Instant,
    /// How long it took from then until all that was asked for stood, once it did.
    pub(super) ready: Option<Duration>,
    /// How long it took until the window had drawn its first frame.
    pub(super) first_frame: Option<Duration>,
    /// What the shoppers go by.
    pub(super) traffic: TrafficControl,
    /// Ends the task that follows a log.
    pub(super) log_follower: Option<DropGuard>,
}

impl Demo {
    /// What was asked for a moment ago and has yet to stand.
    pub(super) fn new(
        cluster: ClusterHandle,
        gate: Gate,
        asked: Instant,
        traffic: TrafficControl,
    ) -> Self {
        let (ready, first_frame, log_follower) = (None, None, None);
        Self { cluster, gate, asked, ready, first_frame, traffic, log_follower }
    }
}

impl Core {
    /// Which ports the cluster asks for: those that the person chose, else the usual ones.
    pub(super) fn port_plan(
        settings: &crate::workspace::Settings,
        has_ephemeral_ports: bool,
    ) -> PortPlan {
        let usual = if has_ephemeral_ports { PortPlan::any() } else { PortPlan::default() };
        let chosen = settings.instance_ports.iter();
        chosen.fold(usual, |plan, (instance, port)| plan.with(instance.clone(), *port))
    }

    /// Starts every listener, and remembers it.
    pub(super) fn start_demo(&mut self) {
        self.change_settings(|settings| {
            settings.demo_enabled = true;
            settings.gateway_enabled = true;
        });
        self.state.demo = DemoPhase::Starting;
        self.demo.asked = Instant::now();
        self.demo.ready = None;
        let cluster = self.demo.cluster.clone();
        let inbox = self.inbox.clone();
        let started = begun(async move { cluster.start_all().await });
        self.tasks.spawn(async move {
            if let Err(error) = started.await {
                let done = Done::Failed(not_done(error));
                inbox.send(Message::Done { whom: "cluster".into(), done }).await.ok();
            }
            inbox.send(Message::ClusterChanged).await.ok();
        });
        self.run_gateway();
    }

    /// Stops every listener, frees its port, and remembers it.
    pub(super) fn stop_demo(&mut self) {
        self.change_settings(|settings| settings.demo_enabled = false);
        self.end_gateway();
        let cluster = self.demo.cluster.clone();
        let inbox = self.inbox.clone();
        let stopped = begun(async move { cluster.stop_all().await });
        self.tasks.spawn(async move {
            stopped.await.ok();
            inbox.send(Message::DemoStopped).await.ok();
        });
    }

    pub(super) fn demo_stopped(&mut self) {
        // Whoever started it again in the meantime wants no news of its end.
        if self.state.settings.demo_enabled {
            return;
        }
        self.state.demo = DemoPhase::Stopped;
        self.note(None, NoticeKind::DemoStopped);
    }

    /// Instances changed: the declared picture follows.
    pub(super) fn cluster_changed(&mut self) {
        let topology = self.demo.cluster.topology().borrow().clone();
        let demo = || topology.services.iter().filter(|s| s.kind == NodeKind::Demo);
        let is_any = demo().any(|service| service.n_ready() > 0);
        let is_all = demo().all(|s| s.n_ready() == s.instances.len());
        match self.state.demo {
            DemoPhase::Starting if is_all => {
                self.state.demo = DemoPhase::Running;
                self.note_taken_ports(&topology);
            }
            // Somebody started one instance of a stopped demo.
            DemoPhase::Stopped if is_any => self.state.demo = DemoPhase::Running,
            DemoPhase::Starting | DemoPhase::Running | DemoPhase::Stopped => {}
        }
        self.follow_mocks(&topology);
        self.follow_greeter();
        self.shoppers_follow();
        self.declare_topology();
        self.announce_ready();
    }

    fn note_taken_ports(&mut self, topology: &Topology) {
        let demo = topology.services.iter().filter(|service| service.kind == NodeKind::Demo);
        self.note_taken_ports_of(demo);
    }

    /// Tells which instances of these services had to listen elsewhere.
    pub(super) fn note_taken_ports_of<'a>(&mut self, services: impl Iterator<Item = &'a Service>) {
        for instance in services.flat_map(|service| &service.instances) {
            if let Some(wanted) = instance.wanted_port {
                let listener = Arc::clone(&instance.name);
                let kind = NoticeKind::PortTaken { listener, wanted, got: instance.address.port() };
                self.note(Some(Severity::Warning), kind);
            }
        }
    }

    /// Client, gateway and services as they are declared: the first picture needs no span.
    pub(super) fn declare_topology(&self) {
        let mut topology = (**self.demo.cluster.topology().borrow()).clone();
        if let Some(gateway) = self.demo.gate.topology() {
            topology.merge(&gateway);
        }
        topology.merge(&Topology {
            services: vec![Service {
                name: CLIENT.into(),
                kind: NodeKind::Client,
                protocol: ServiceProtocol::Both,
                instances: Vec::new(),
            }],
            edges: vec![DeclaredEdge { caller: CLIENT.into(), callee: GATEWAY.into() }],
        });
        self.topology.send_replace(Arc::new(topology));
    }

    /// Says once, when all that was asked for stands, how long that took.
    pub(super) fn announce_ready(&mut self) {
        let is_gateway_due = self.state.settings.gateway_enabled;
        let is_gateway_up = self.state.gateway.address.is_some();
        let is_ready = self.state.demo == DemoPhase::Running && (is_gateway_up || !is_gateway_due);
        if !is_ready || self.demo.ready.is_some() {
            return;
        }
        let took = self.demo.asked.elapsed();
        self.demo.ready = Some(took);
        self.note(None, NoticeKind::DemoReady { took });
        self.log_start();
    }

    /// The window has drawn its first frame.
    pub(super) fn window_shown(&mut self, took: Duration) {
        self.demo.first_frame = Some(took);
        self.log_start();
    }

    /// One line about the start of the process, when the last of window and cluster stands.
    fn log_start(&self) {
        if self.demo.asked != self.options.process_started {
            return;
        }
        let millis = |took: Duration| took.as_millis() as u64;
        let is_demo_due = self.state.demo != DemoPhase::Stopped;
        match (self.demo.first_frame.map(millis), self.demo.ready.map(millis)) {
            (Some(first_frame_ms), Some(cluster_ready_ms)) => {
                tracing::info!(target: "hoplens", first_frame_ms, cluster_ready_ms);
            }
            (Some(first_frame_ms), None) if !is_demo_due => {
                tracing::info!(target: "hoplens", first_frame_ms);
            }
            (None, Some(cluster_ready_ms)) if !self.options.has_window => {
                tracing::info!(target: "hoplens", cluster_ready_ms);
            }
            _ => {}
        }
    }
}

/// Begins a wish here and now, so that wishes reach the cluster in the order in which they were made. The
/// rest of it belongs into a task.
pub(super) fn begun<F>(work: F) -> impl Future<Output = F::Output> + Send
where
    F: Future<Output: Send> + Send,
{
    let mut work = Box::pin(work);
    let first = work.as_mut().now_or_never();
    async move {
        match first {
            Some(done) => done,
            None => work.await,
        }
    }
}
