//! The gateway, started, stopped and moved to another port at the person's wish.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::sync::watch;

use super::NoticeKind;
use super::core::Core;
use super::message::Message;
use crate::gateway::{self, ConfigSource, Gateway, GatewayHandle, GatewayOptions};
use crate::model::{Endpoints, GATEWAY, InstanceState, Severity, Topology};
use crate::workspace::{Draft, SavedSource, Settings};

/// What the core keeps of the gateway.
#[derive(Debug)]
pub(super) struct Gate {
    endpoints: watch::Receiver<Arc<Endpoints>>,
    handle: Option<GatewayHandle>,
    /// Counts the wishes to start and to stop, so that a start that was overtaken is known.
    generation: u64,
    is_starting: bool,
    /// The one that was stopped last: its port is free once it drains.
    ended: Option<watch::Receiver<InstanceState>>,
    /// What the one that was stopped last had declared: a call to its address is still a call to the gateway.
    last: Option<Topology>,
}

impl Gate {
    /// A gateway that has yet to start; the picture has its place from the beginning, so that nothing has to
    /// move aside for it later.
    pub(super) fn new(
        endpoints: watch::Receiver<Arc<Endpoints>>,
        settings: &Settings,
        is_wanted: bool,
    ) -> Self {
        let ConfigSource { name, text } = ConfigSource::default();
        let (config, _) = gateway::parse(&name, &text);
        let state = if is_wanted { InstanceState::Starting } else { InstanceState::Stopped };
        let last = Some(gateway::declared(&config, usual_address(settings), None, state));
        Self { endpoints, handle: None, generation: 0, is_starting: false, ended: None, last }
    }

    /// Whether it listens or is about to.
    pub(super) fn is_wanted(&self) -> bool {
        self.handle.is_some() || self.is_starting
    }

    /// The gateway, once it listens and until it is stopped.
    pub(super) fn handle(&self) -> Option<&GatewayHandle> {
        self.handle.as_ref()
    }

    /// The gateway as it is declared; stopped, once it was stopped.
    pub(super) fn topology(&self) -> Option<Topology> {
        self.handle.as_ref().map(GatewayHandle::topology).or_else(|| self.last.clone())
    }
}

impl Core {
    /// Where drafts of the demo go first: the gateway, where it listens or will listen.
    pub(super) fn gateway_target(&self) -> String {
        self.state.gateway.address.unwrap_or(usual_address(&self.state.settings)).to_string()
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

    pub(super) fn end_gateway(&mut self) {
        let gate = &mut self.demo.gate;
        gate.generation += 1;
        gate.is_starting = false;
        if let Some(gateway) = gate.handle.take() {
            gate.ended = Some(gateway.watch_state());
            gate.last = Some(stopped(gateway.topology()));
            gateway.stop();
            self.gateway_changed();
        }
    }

    /// Starts the gateway on its port, or on the next free one.
    pub(super) fn run_gateway(&mut self) {
        let any_port = self.options.has_ephemeral_ports.then_some(0);
        let port = self.state.settings.gateway_port.or(any_port);
        let config = self.gateway_config();
        let gate = &mut self.demo.gate;
        if gate.is_wanted() {
            return;
        }
        gate.is_starting = true;
        gate.generation += 1;
        let (generation, ended) = (gate.generation, gate.ended.take());
        let options = GatewayOptions { port, config };
        let (endpoints, recorder) = (gate.endpoints.clone(), self.recorder.clone());
        let (inbox, shutdown) = (self.inbox.clone(), self.shutdown.clone());
        self.tasks.spawn(async move {
            if let Some(mut ended) = ended {
                // The port that the last one held may be the one that is wanted now.
                let is_free =
                    |state: &_| matches!(state, InstanceState::Draining | InstanceState::Stopped);
                ended.wait_for(is_free).await.ok();
            }
            let (gateway, handle) = match Gateway::bind(options, endpoints, recorder).await {
                Ok(bound) => bound,
                Err(error) => {
                    let result = Err(error.to_string());
                    inbox.send(Message::GatewayStarted { generation, result }).await.ok();
                    return;
                }
            };
            let mut state = handle.watch_state();
            let result = Ok(handle);
            inbox.send(Message::GatewayStarted { generation, result }).await.ok();
            let tell = async {
                while state.changed().await.is_ok() {
                    inbox.send(Message::GatewayChanged).await.ok();
                }
            };
            tokio::join!(gateway.run(shutdown), tell);
            inbox.send(Message::GatewayChanged).await.ok();
        });
    }

    /// It listens, or could not. One that was not waited for any more ends at once.
    pub(super) fn gateway_started(
        &mut self,
        generation: u64,
        result: Result<GatewayHandle, String>,
    ) {
        if generation != self.demo.gate.generation {
            if let Ok(late) = result {
                late.stop();
            }
            return;
        }
        self.demo.gate.is_starting = false;
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
                self.retarget_demo_drafts(handle.address());
                self.demo.gate.handle = Some(handle);
            }
            Err(cause) => {
                let kind =
                    NoticeKind::ListenFailed { listener: GATEWAY.into(), cause: cause.into() };
                self.note(Some(Severity::Error), kind);
            }
        }
        self.gateway_changed();
    }

    /// The configuration in force: the embedded one, and behind it routes to what is served.
    pub(super) fn gateway_config(&self) -> ConfigSource {
        let ConfigSource { name, text } = ConfigSource::default();
        ConfigSource { name, text: text + &self.mock_routes() }
    }

    /// What is served changed: the gateway's routes follow.
    pub(super) fn route_to_mocks(&mut self) {
        let config = self.gateway_config();
        if let Some(gateway) = self.demo.gate.handle()
            && let Err(problems) = gateway.set_config(&config)
        {
            for problem in problems {
                self.note(Some(problem.severity), NoticeKind::GatewayConfig(problem));
            }
        }
        self.gateway_changed();
    }

    /// Demo drafts that go to where the gateway was, or wants to be, follow it to where it is.
    fn retarget_demo_drafts(&mut self, to: SocketAddr) {
        let from = self.state.gateway.last_address.unwrap_or(usual_address(&self.state.settings));
        self.state.gateway.last_address = Some(to);
        retarget(&mut self.state.drafts, from, to);
    }

    /// The gateway's life went on: its view and the declared picture follow.
    pub(super) fn gateway_changed(&mut self) {
        let view = &mut self.state.gateway;
        if let Some(gateway) = self.demo.gate.handle() {
            let state = gateway.state();
            view.address = (state == InstanceState::Ready).then(|| gateway.address());
            view.wanted_port = gateway.wanted_port();
            view.state = Some(state);
            view.problems = gateway.problems().into();
        } else {
            view.address = None;
            view.state = Some(InstanceState::Stopped);
        }
        self.shoppers_follow();
        self.declare_topology();
        self.announce_ready();
    }
}

/// Where the gateway listens when its port is free.
fn usual_address(settings: &Settings) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, settings.wanted_gateway_port()))
}

/// Demo drafts that go to `from` go to `to` from now on.
pub(super) fn retarget(drafts: &mut [Arc<Draft>], from: SocketAddr, to: SocketAddr) {
    for draft in drafts {
        if let Some(target) = moved_target(draft, from, to) {
            let draft = Arc::make_mut(draft);
            draft.target = target;
            draft.revision += 1;
        }
    }
}

/// The target of a demo draft that goes to `from`, when the gateway is at `to`; `None` for any other draft.
pub(super) fn moved_target(draft: &Draft, from: SocketAddr, to: SocketAddr) -> Option<String> {
    let is_demo = matches!(draft.source, Some(SavedSource::BuiltIn(_)));
    let scheme = draft.target.strip_suffix(&from.to_string())?;
    (is_demo && from != to && matches!(scheme, "" | "http://")).then(|| format!("{scheme}{to}"))
}

fn stopped(mut topology: Topology) -> Topology {
    for instance in topology.services.iter_mut().flat_map(|service| &mut service.instances) {
        instance.state = InstanceState::Stopped;
    }
    topology
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DraftId, Protocol};

    #[test]
    fn only_demo_drafts_that_go_to_the_gateway_follow_it() {
        let (from, to) = (([127, 0, 0, 1], 8080).into(), ([127, 0, 0, 1], 8084).into());
        let check = |target: &str, source: Option<&str>, moved: Option<&str>| {
            let mut draft = Draft::new(DraftId(1), Protocol::Http);
            target.clone_into(&mut draft.target);
            draft.source = source.map(|name| SavedSource::BuiltIn(name.to_owned()));
            assert_eq!(moved_target(&draft, from, to).as_deref(), moved, "{target}");
        };
        check("127.0.0.1:8080", Some("shop"), Some("127.0.0.1:8084"));
        check("http://127.0.0.1:8080", Some("storefront"), Some("http://127.0.0.1:8084"));
        check("127.0.0.1:8080", None, None);
        check("127.0.0.1:50051", Some("greeter.proto"), None);
        check("10.127.0.0.1:8080", Some("shop"), None);
    }
}
