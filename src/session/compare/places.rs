//! Places where nobody is: a port without listener, a gateway without services.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::gateway::{ConfigSource, Gateway, GatewayError, GatewayOptions};
use crate::model::{Address, Clock, Endpoints, Security, Target};
use crate::telemetry::Recorder;

/// A loopback port that was free a moment ago.
pub(super) async fn closed_address() -> Address {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    // The lowest port needs rights that servers of users seldom have.
    let port = bound.and_then(|listener| listener.local_addr()).map_or(1, |address| address.port());
    Address::Tcp { host: Ipv4Addr::LOCALHOST.to_string(), port }
}

/// A plaintext target at an address.
pub(in crate::session) fn target_at(address: SocketAddr) -> Target {
    let address = Address::Tcp { host: address.ip().to_string(), port: address.port() };
    Target { address, security: Security::Plaintext, path: String::new() }
}

/// A gateway that knows its routes and finds nobody at their ends. Its task ends with this value.
#[derive(Debug)]
pub(in crate::session) struct Deserted {
    pub(in crate::session) target: Target,
    _end: DropGuard,
}

impl Deserted {
    /// Starts one: `known` names the services that its routes may lead to.
    ///
    /// # Errors
    /// No port is free.
    pub(in crate::session) async fn start(
        config: ConfigSource,
        known: &Endpoints,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), GatewayError> {
        let mut nobody = Endpoints::default();
        for (service, _) in known.iter() {
            nobody.set(Arc::clone(service), Vec::new());
        }
        let (_keep, endpoints) = watch::channel(Arc::new(nobody));
        // It reports to nobody: the diagram has one gateway.
        let (recorder, _reports) = Recorder::channel(Clock::start(), 1);
        let options = GatewayOptions { port: Some(0), config };
        let (gateway, handle) = Gateway::bind(options, endpoints, recorder).await?;
        let end = CancellationToken::new();
        let run = gateway.run(end.clone());
        Ok((Self { target: target_at(handle.address()), _end: end.drop_guard() }, run))
    }
}
