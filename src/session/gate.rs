//! The gateway, started, stopped and moved to another port at the person's wish.

use std::sync::Arc;

use tokio::sync::watch;

use super::NoticeKind;
use super::core::Core;
use super::message::Message;
use crate::gateway::{Gateway, GatewayHandle, GatewayOptions};
use crate::model::{Endpoints, GATEWAY, InstanceState, Severity};

/// Where the gateway listens unless told otherwise.
const GATEWAY_PORT: u16 = 8080;

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
}

impl Gate {
    pub(super) fn new(endpoints: watch::Receiver<Arc<Endpoints>>) -> Self {
        Self { endpoints, handle: None, generation: 0, is_starting: false, ended: None }
    }

    /// The gateway, once it listens and until it is stopped.
    pub(super) fn handle(&self) -> Option<&GatewayHandle> {
        self.handle.as_ref()
    }
}

impl Core {
    /// Where drafts of the demo go first: the gateway, where it listens or will listen.
    pub(super) fn gateway_target(&self) -> String {
        let wanted = self.state.settings.gateway_port.unwrap_or(GATEWAY_PORT);
        self.state
            .gateway
            .address
            .map_or_else(|| format!("127.0.0.1:{wanted}"), |address| address.to_string())
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
            gateway.stop();
            self.gateway_changed();
        }
    }

    /// Starts the gateway on its port, or on the next free one.
    pub(super) fn run_gateway(&mut self) {
        let any_port = self.options.has_ephemeral_ports.then_some(0);
        let port = self.state.settings.gateway_port.or(any_port);
        let gate = &mut self.demo.gate;
        if gate.handle.is_some() || gate.is_starting {
            return;
        }
        gate.is_starting = true;
        gate.generation += 1;
        let (generation, ended) = (gate.generation, gate.ended.take());
        let options = GatewayOptions { port, ..GatewayOptions::default() };
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
                self.demo.gate.handle = Some(handle);
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
        let Some(address) = self.demo.gate.handle().map(GatewayHandle::address) else { return };
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
        self.declare_topology();
        self.announce_ready();
    }
}
