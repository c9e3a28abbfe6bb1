//! A cluster and a gateway of its own for one comparison, on free ports of this process.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::places::{Deserted, target_at};
use super::{CompareOrder, ComparePlaces, CompareProgress, Comparison, compare};
use crate::cluster::{self, ClusterError, ClusterHandle, ClusterOptions, PortPlan};
use crate::engine::Engine;
use crate::gateway::{ConfigSource, Gateway, GatewayError, GatewayHandle, GatewayOptions};
use crate::model::{Clock, Endpoints, MethodPath, NoWay, Target};
use crate::schema::{self, Schema};
use crate::telemetry::Recorder;

/// Why the servers cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum OwnDemoError {
    /// The services.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The gateway.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// What the demo's contracts say.
pub fn sample_schema() -> Schema {
    schema::load_virtual(cluster::sample_sources()).schema
}

/// Compares at servers that run elsewhere. Needs a tokio runtime's context.
pub async fn compare_at(
    order: &CompareOrder,
    places: &ComparePlaces,
    tell: impl Fn(CompareProgress),
) -> Comparison {
    let (recorder, _reports) = Recorder::channel(Clock::start(), 1);
    compare(order, places, || Engine::new(recorder.clone()), tell).await
}

/// The demo's services, a gateway, and a gateway with nobody behind it.
#[derive(Debug)]
pub struct OwnDemo {
    cluster: ClusterHandle,
    gateway: GatewayHandle,
    deserted: Deserted,
    recorder: Recorder,
    shutdown: CancellationToken,
    tasks: JoinSet<()>,
}

impl OwnDemo {
    /// Starts all of it; comes back when it takes calls. Needs a tokio runtime's context.
    ///
    /// # Errors
    /// Something of it cannot start.
    pub async fn start() -> Result<Self, OwnDemoError> {
        // Nobody reads the spans: the reports are dropped.
        let (recorder, _reports) = Recorder::channel(Clock::start(), 1);
        let shutdown = CancellationToken::new();
        let options = ClusterOptions { ports: PortPlan::any(), ..ClusterOptions::default() };
        let mut tasks = JoinSet::new();
        let (cluster, run) = cluster::start(&options, &recorder, shutdown.clone())?;
        tasks.spawn(run);
        let any_port = GatewayOptions { port: Some(0), config: ConfigSource::default() };
        let bound = Gateway::bind(any_port, cluster.endpoints(), recorder.clone()).await?;
        let (running, gateway) = bound;
        tasks.spawn(running.run(shutdown.clone()));
        cluster.ready().await?;
        let known: Arc<Endpoints> = Arc::clone(&cluster.endpoints().borrow());
        let config = ConfigSource::default();
        let (deserted, run) = Deserted::start(config, &known).await?;
        tasks.spawn(run);
        Ok(Self { cluster, gateway, deserted, recorder, shutdown, tasks })
    }

    /// Compares here.
    pub async fn compare(
        &self,
        order: &CompareOrder,
        tell: impl Fn(CompareProgress),
    ) -> Comparison {
        let places = self.places(order.method());
        compare(order, &places, || Engine::new(self.recorder.clone()), tell).await
    }

    /// Ends all of it.
    pub async fn close(mut self) {
        self.shutdown.cancel();
        drop(self.deserted);
        while self.tasks.join_next().await.is_some() {}
    }

    fn places(&self, method: &MethodPath) -> ComparePlaces {
        let endpoints = self.cluster.endpoints();
        let endpoints = endpoints.borrow();
        let place = |service: &str| -> Option<Target> {
            Some(target_at(endpoints.get(service)?.first()?.address))
        };
        ComparePlaces {
            grpc: cluster::service_of(method).and_then(place).ok_or(NoWay::NoServer),
            json: place(cluster::JSON_SERVICE).ok_or(NoWay::NoServer),
            gateway: Ok(target_at(self.gateway.address())),
            deserted: Some(self.deserted.target.clone()),
        }
    }
}
