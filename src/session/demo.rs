//! The demo: cluster and gateway, started, stopped and moved to other ports at the person's wish.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::core::Core;
use super::message::{InstanceDone, Message};
use super::{DemoPhase, NoticeKind};
use crate::cluster::{ClusterHandle, PortPlan};
use crate::gateway::{Gateway, GatewayHandle, GatewayOptions};
use crate::model::{
    CLIENT, DeclaredEdge, Endpoints, GATEWAY, InstanceState, NodeKind, Service, ServiceProtocol,
    Severity, Topology,
};

/// Where the gateway listens unless told otherwise.
const GATEWAY_PORT: u16 = 8080;

/// What the core keeps of the demo.
#[derive(Debug)]
pub(super) struct Demo {
    pub(super) cluster: ClusterHandle,
    pub(super) endpoints: watch::Receiver<Arc<Endpoints>>,
    pub(super) gateway: Option<GatewayHandle>,
    /// Whether the line that says how long the start took was written.
    pub(super) is_announced: bool,
}

impl Core {
    /// Which ports the cluster asks for: those that the person chose, else the usual ones.
    pub(super) fn port_plan(
        settings: &crate::workspace::Settings,
        has_ephemeral_ports: bool,
    ) -> PortPlan {
        if has_ephemeral_ports {
            return PortPlan::any();
        }
        let chosen = &settings.instance_ports;
        chosen
            .iter()
            .fold(PortPlan::default(), |plan, (instance, port)| plan.with(instance.clone(), *port))
    }

    /// Where drafts of the demo go first: the gateway, where it listens or will listen.
    pub(super) fn gateway_target(&self) -> String {
        let wanted = self.state.settings.gateway_port.unwrap_or(GATEWAY_PORT);
        self.state
            .gateway
            .address
            .map_or_else(|| format!("127.0.0.1:{wanted}"), |address| address.to_string())
    }

    /// Starts every listener, and remembers it.
    pub(super) fn start_demo(&mut self) {
        self.change_settings(|settings| {
            settings.demo_enabled = true;
            settings.gateway_enabled = true;
        });
        self.state.demo = DemoPhase::Starting;
        let cluster = self.demo.cluster.clone();
        let inbox = self.inbox.clone();
        self.tasks.spawn(async move {
            if let Err(error) = cluster.start_all().await {
                let done = InstanceDone::Failed(error.to_string());
                inbox.send(Message::InstanceDone { instance: "cluster".into(), done }).await.ok();
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
        self.tasks.spawn(async move {
            cluster.stop_all().await.ok();
            inbox.send(Message::DemoStopped).await.ok();
        });
    }

    pub(super) fn demo_stopped(&mut self) {
        self.state.demo = DemoPhase::Stopped;
        self.note(None, NoticeKind::DemoStopped);
    }

    /// The person's wish to stop the gateway alone.
    pub(super) fn stop_gateway(&mut self) {
        self.change_settings(|settings| settings.gateway_enabled = false);
        self.end_gateway();
    }

    /// The person's wish to start the gateway again.
    pub(super) fn start_gateway(&mut self) {
        self.change_settings(|settings| settings.gateway_enabled = true);
        self.run_gateway();
    }

    /// Moves the gateway to another port.
    pub(super) fn set_gateway_port(&mut self, port: u16) {
        self.change_settings(|settings| {
            settings.gateway_port = Some(port);
            settings.gateway_enabled = true;
        });
        self.end_gateway();
        self.run_gateway();
    }

    fn end_gateway(&mut self) {
        if let Some(gateway) = self.demo.gateway.take() {
            gateway.stop();
        }
    }

    /// Starts the gateway on its port, or on the next free one.
    pub(super) fn run_gateway(&mut self) {
        if self.demo.gateway.is_some() {
            return;
        }
        let port = if self.options.has_ephemeral_ports {
            Some(0)
        } else {
            self.state.settings.gateway_port
        };
        let options = GatewayOptions { port, ..GatewayOptions::default() };
        let (endpoints, recorder) = (self.demo.endpoints.clone(), self.recorder.clone());
        let (inbox, shutdown) = (self.inbox.clone(), self.shutdown.clone());
        self.tasks.spawn(async move {
            let (gateway, handle) = match Gateway::bind(options, endpoints, recorder).await {
                Ok(bound) => bound,
                Err(error) => {
                    inbox.send(Message::GatewayStarted(Err(error.to_string()))).await.ok();
                    return;
                }
            };
            let mut state = handle.watch_state();
            inbox.send(Message::GatewayStarted(Ok(handle))).await.ok();
            let tell = async {
                while state.changed().await.is_ok() {
                    inbox.send(Message::GatewayChanged).await.ok();
                }
            };
            tokio::join!(gateway.run(shutdown), tell);
            inbox.send(Message::GatewayChanged).await.ok();
        });
    }

    pub(super) fn gateway_started(&mut self, result: Result<GatewayHandle, String>) {
        match result {
            Ok(handle) => {
                if let Some(wanted) = handle.wanted_port() {
                    let got = handle.address().port();
                    let kind = NoticeKind::PortTaken { listener: GATEWAY.into(), wanted, got };
                    self.note(Some(Severity::Warning), kind);
                }
                for problem in handle.problems() {
                    self.note(Some(problem.severity), NoticeKind::GatewayConfig(problem));
                }
                self.demo.gateway = Some(handle);
                self.retarget_first_drafts();
            }
            Err(cause) => {
                let kind = NoticeKind::ListenFailed { listener: GATEWAY.into(), cause };
                self.note(Some(Severity::Error), kind);
            }
        }
        self.gateway_changed();
    }

    /// Drafts that were made before the gateway had its port, and that nobody edited, follow it.
    fn retarget_first_drafts(&mut self) {
        let Some(address) = self.demo.gateway.as_ref().map(GatewayHandle::address) else { return };
        let usual =
            format!("127.0.0.1:{}", self.state.settings.gateway_port.unwrap_or(GATEWAY_PORT));
        for draft in &mut self.state.drafts {
            let is_demo = matches!(draft.source, Some(crate::workspace::SavedSource::BuiltIn(_)));
            if is_demo && draft.target.ends_with(&usual) && usual != address.to_string() {
                let draft = Arc::make_mut(draft);
                draft.target = draft.target.replace(&usual, &address.to_string());
                draft.revision += 1;
            }
        }
    }

    /// The gateway's life went on: its view and the declared picture follow.
    pub(super) fn gateway_changed(&mut self) {
        let view = &mut self.state.gateway;
        if let Some(gateway) = &self.demo.gateway {
            let state = gateway.state();
            view.address = (state == InstanceState::Ready).then(|| gateway.address());
            view.wanted_port = gateway.wanted_port();
            view.state = Some(state);
            view.problems = gateway.problems().into();
        } else {
            view.address = None;
            view.state = Some(InstanceState::Stopped);
        }
        self.declare_topology();
        self.announce_ready();
    }

    /// Instances changed: the declared picture follows.
    pub(super) fn cluster_changed(&mut self) {
        let topology = self.demo.cluster.topology().borrow().clone();
        let is_any = topology.services.iter().any(|service| service.n_ready() > 0);
        if is_any && self.state.demo == DemoPhase::Starting {
            let is_all = topology.services.iter().all(|s| s.n_ready() == s.instances.len());
            if is_all {
                self.state.demo = DemoPhase::Running;
                self.note_taken_ports(&topology);
            }
        }
        self.declare_topology();
        self.announce_ready();
    }

    fn note_taken_ports(&mut self, topology: &Topology) {
        let instances = topology.services.iter().flat_map(|service| &service.instances);
        for instance in instances {
            if let Some(wanted) = instance.wanted_port {
                let listener = Arc::clone(&instance.name);
                let kind = NoticeKind::PortTaken { listener, wanted, got: instance.address.port() };
                self.note(Some(Severity::Warning), kind);
            }
        }
    }

    /// Client, gateway and services as they are declared: the first picture needs no span.
    fn declare_topology(&self) {
        let mut topology = (**self.demo.cluster.topology().borrow()).clone();
        if let Some(gateway) = &self.demo.gateway {
            topology.merge(&gateway.topology());
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
    fn announce_ready(&mut self) {
        let is_gateway_due = self.state.settings.gateway_enabled;
        let is_gateway_up = self.state.gateway.address.is_some();
        let is_ready = self.state.demo == DemoPhase::Running && (is_gateway_up || !is_gateway_due);
        if !is_ready || self.demo.is_announced {
            return;
        }
        self.demo.is_announced = true;
        let took: Duration = self.options.process_started.elapsed();
        tracing::info!(target: "hoplens", cluster_ready_ms = took.as_millis() as u64, "demo ready");
        self.note(None, NoticeKind::DemoReady { took });
    }

    pub(super) fn stop_instance(&mut self, instance: Arc<str>) {
        let cluster = self.demo.cluster.clone();
        self.do_instance(Arc::clone(&instance), async move {
            match cluster.stop_instance(&instance).await {
                Ok(()) => InstanceDone::Stopped,
                Err(error) => InstanceDone::Failed(error.to_string()),
            }
        });
    }

    pub(super) fn start_instance(&mut self, instance: Arc<str>) {
        let cluster = self.demo.cluster.clone();
        self.do_instance(Arc::clone(&instance), async move {
            match cluster.start_instance(&instance).await {
                Ok(()) => InstanceDone::Started(port_of(&cluster, &instance)),
                Err(error) => InstanceDone::Failed(error.to_string()),
            }
        });
    }

    pub(super) fn set_instance_port(&mut self, instance: Arc<str>, port: u16) {
        let key = instance.to_string();
        self.change_settings(|settings| {
            settings.instance_ports.insert(key, port);
        });
        let cluster = self.demo.cluster.clone();
        self.do_instance(Arc::clone(&instance), async move {
            match cluster.set_port(&instance, port).await {
                Ok(address) => InstanceDone::Started(address.port()),
                Err(error) => InstanceDone::Failed(error.to_string()),
            }
        });
    }

    fn do_instance(
        &mut self,
        instance: Arc<str>,
        work: impl Future<Output = InstanceDone> + Send + 'static,
    ) {
        let inbox = self.inbox.clone();
        self.tasks.spawn(async move {
            let done = work.await;
            inbox.send(Message::InstanceDone { instance, done }).await.ok();
        });
    }

    pub(super) fn instance_done(&mut self, instance: Arc<str>, done: InstanceDone) {
        match done {
            InstanceDone::Started(port) => {
                self.note(None, NoticeKind::InstanceStarted { instance, port });
            }
            InstanceDone::Stopped => self.note(None, NoticeKind::InstanceStopped { instance }),
            InstanceDone::Failed(cause) => {
                let kind = NoticeKind::ListenFailed { listener: instance, cause };
                self.note(Some(Severity::Error), kind);
            }
        }
        self.cluster_changed();
    }
}

/// Where an instance listens now.
fn port_of(cluster: &ClusterHandle, instance: &str) -> u16 {
    let topology = cluster.topology();
    let topology = topology.borrow();
    let mut instances = topology.services.iter().flat_map(|service| &service.instances);
    instances.find(|known| &*known.name == instance).map_or(0, |known| known.address.port())
}
