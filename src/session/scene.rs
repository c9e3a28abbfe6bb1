//! Scenes: the draft that stands ready in each, and the greeter that is called without the gateway.
//!
//! Without a gateway or a balancer a client calls the address that it was given. So the draft of `Hello` goes to
//! the greeter's first instance and nowhere else; that calls alternate is the gateway's work, and seen with it.

use std::net::SocketAddr;
use std::sync::Arc;

use super::builtin;
use super::core::Core;
use super::drafts::is_of_method;
use super::gate::retarget;
use super::{GreeterView, Source};
use crate::model::{GREETER, Instance, MethodPath, Scene};

impl Core {
    /// Shows another part of the demo, and brings its draft to the front. All other drafts stay.
    pub(super) fn select_scene(&mut self, scene: Scene) {
        self.change_settings(|settings| settings.scene = scene);
        match scene {
            Scene::Hello | Scene::ThroughGateway => self.open_greeting(),
            Scene::Shop => self.open_checkout(),
        }
    }

    /// The greeter's draft that goes where this scene calls it.
    fn open_greeting(&mut self) {
        let Some(source) = self.builtin_source(builtin::GREETER) else { return };
        let method = MethodPath { service: "Greeter".to_owned(), method: "SayHello".to_owned() };
        let target = self.direct_target(&source).unwrap_or_else(|| self.gateway_target());
        let ready = self
            .state
            .drafts
            .iter()
            .find(|draft| draft.target == target && is_of_method(draft, &source, &method));
        match ready.map(|draft| draft.id) {
            Some(id) => self.activate_draft(id),
            None => self.add_method_draft(&source, &method, target),
        }
    }

    /// The call that passes most of the shop.
    fn open_checkout(&mut self) {
        let Some(source) = self.builtin_source(builtin::STOREFRONT) else { return };
        let checkout = source.routes.iter().position(|route| route.path == "/checkout");
        if let Some(route_idx) = checkout {
            self.open_route(source.id, route_idx);
        }
    }

    fn builtin_source(&self, name: &str) -> Option<Arc<Source>> {
        self.state.sources.iter().find(|source| source.name == name).cloned()
    }

    /// Where a new draft of this source goes when the scene has no gateway; `None` when it has one, or the
    /// source is none of the scene.
    pub(super) fn direct_target(&self, source: &Source) -> Option<String> {
        let is_direct =
            self.state.settings.scene == Scene::Hello && source.name == builtin::GREETER;
        let greeter = is_direct.then(|| self.first_greeter()).flatten()?;
        Some(greeter.address.to_string())
    }

    fn first_greeter(&self) -> Option<Instance> {
        let topology = self.demo.cluster.topology();
        let topology = topology.borrow();
        topology.service(GREETER)?.instances.first().cloned()
    }

    /// Drafts that go to the greeter itself follow it to another port.
    pub(super) fn follow_greeter(&mut self) {
        let Some(greeter) = self.first_greeter() else { return };
        let Instance { address, wanted_port, .. } = greeter;
        let usual = SocketAddr::new(address.ip(), wanted_port.unwrap_or(address.port()));
        let from = self.state.greeter.address.unwrap_or(usual);
        self.state.greeter = GreeterView { address: Some(address), wanted_port };
        if from != address {
            retarget(&mut self.state.drafts, from, address);
        }
    }
}
