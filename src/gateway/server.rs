//! The listener: binds, accepts, serves each connection, drains at the end.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::model::{
    ConnectionId, Endpoints, Fault, GATEWAY, Instance, InstanceState, NodeKind, Problem, Service,
    ServiceProtocol, Severity, Topology,
};
use crate::net::{CONNECTION_WINDOW, STREAM_WINDOW, Spawner, Tape, TapeLimits, Tasks, Tee};
use crate::telemetry::Recorder;

use super::config::{Config, ConfigSource, parse};
use super::error::GatewayError;
use super::pipeline::Plane;
use super::report::INSTANCE;
use super::upstream::Upstreams;

/// The port of a configuration that names none.
const DEFAULT_PORT: u16 = 8080;
/// How many ports above a taken one are tried before the system may choose.
const PORTS_TO_TRY: u16 = 32;

/// Connections at once; further ones wait in the system's queue.
const MAX_CONNECTIONS: usize = 1024;
/// Calls at once on one HTTP/2 connection.
const MAX_STREAMS: u32 = 256;
/// How large the headers of one request may be, in bytes.
const MAX_HEADERS: u32 = 64 << 10;
/// How long a pause after a failed accept is.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long calls may take to end after the stop.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// What the gateway is started with.
#[derive(Debug, Clone, Default)]
pub struct GatewayOptions {
    /// The loopback port; 0 lets the system choose; `None` takes the configuration's, else 8080.
    pub port: Option<u16>,
    /// The configuration, by default the embedded one.
    pub config: ConfigSource,
}

/// A bound gateway that has not begun to serve.
#[derive(Debug)]
pub struct Gateway {
    listener: TcpListener,
    shared: Arc<Shared>,
    endpoints: watch::Receiver<Arc<Endpoints>>,
    recorder: Recorder,
    state: watch::Sender<InstanceState>,
}

/// What the owner keeps: address, state, problems; swaps the configuration and stops. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GatewayHandle {
    shared: Arc<Shared>,
    state: watch::Receiver<InstanceState>,
}

#[derive(Debug)]
struct Shared {
    address: SocketAddr,
    wanted_port: Option<u16>,
    config: Arc<ArcSwap<Config>>,
    problems: Mutex<Vec<Problem>>,
    stop: CancellationToken,
}

impl Gateway {
    /// Reads the configuration and binds the port, or the next free one when it is taken.
    pub async fn bind(
        options: GatewayOptions,
        endpoints: watch::Receiver<Arc<Endpoints>>,
        recorder: Recorder,
    ) -> Result<(Self, GatewayHandle), GatewayError> {
        let (config, problems) = parse(&options.config.name, &options.config.text);
        let port = options.port.or(config.port()).unwrap_or(DEFAULT_PORT);
        let listener = listen(port).await?;
        let address =
            listener.local_addr().map_err(|source| GatewayError::Bind { port, source })?;
        let shared = Arc::new(Shared {
            address,
            wanted_port: (port != 0 && port != address.port()).then_some(port),
            config: Arc::new(ArcSwap::from_pointee(config)),
            problems: Mutex::new(problems),
            stop: CancellationToken::new(),
        });
        let (state, watched) = watch::channel(InstanceState::Starting);
        let handle = GatewayHandle { shared: Arc::clone(&shared), state: watched };
        Ok((Self { listener, shared, endpoints, recorder, state }, handle))
    }

    /// Serves until `shutdown` or [`GatewayHandle::stop`], then drains: calls in flight end with their
    /// own status, at most for five seconds.
    pub async fn run(self, shutdown: CancellationToken) {
        // Connections and their pumps live here and end with this future.
        let home = Tasks::default();
        let tasks = home.spawner();
        let plane = Arc::new(Plane {
            config: Arc::clone(&self.shared.config),
            endpoints: self.endpoints,
            robin: Mutex::default(),
            upstreams: Upstreams::new(tasks.clone(), self.recorder.clock()),
            tasks: tasks.clone(),
            recorder: self.recorder,
        });
        let draining = CancellationToken::new();
        let mut connections = JoinSet::new();
        self.state.send_replace(InstanceState::Ready);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = self.shared.stop.cancelled() => break,
                Some(_ended) = connections.join_next() => {}
                accepted = self.listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                    match accepted {
                        Ok((stream, peer)) => {
                            let plane = Arc::clone(&plane);
                            let serve =
                                connection(stream, peer, plane, tasks.clone(), draining.clone());
                            connections.spawn(serve);
                        }
                        // Out of file descriptors, mostly: some come back as connections end.
                        Err(_full) => tokio::time::sleep(ACCEPT_PAUSE).await,
                    }
                }
            }
        }
        drop(self.listener);
        self.state.send_replace(InstanceState::Draining);
        draining.cancel();
        let drained = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN_TIME, drained).await.is_err() {
            connections.shutdown().await;
        }
        self.state.send_replace(InstanceState::Stopped);
    }
}

impl GatewayHandle {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The port that was asked for, where it was taken and another one had to do.
    pub fn wanted_port(&self) -> Option<u16> {
        self.shared.wanted_port
    }

    /// Whether it takes calls.
    pub fn state(&self) -> InstanceState {
        *self.state.borrow()
    }

    /// Changes of the state.
    pub fn watch_state(&self) -> watch::Receiver<InstanceState> {
        self.state.clone()
    }

    /// What is wrong with the configuration that was read last, used or not.
    pub fn problems(&self) -> Vec<Problem> {
        self.shared.problems.lock().clone()
    }

    /// The configuration in use.
    pub fn config(&self) -> Arc<Config> {
        self.shared.config.load_full()
    }

    /// Swaps the configuration for new requests; those under way keep theirs. A file with an error
    /// changes nothing. A changed listener port counts from the next start.
    ///
    /// # Errors
    /// All problems, when one of them is an error. `Ok` carries the warnings.
    pub fn set_config(&self, source: &ConfigSource) -> Result<Vec<Problem>, Vec<Problem>> {
        let (config, problems) = parse(&source.name, &source.text);
        self.shared.problems.lock().clone_from(&problems);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        self.shared.config.store(Arc::new(config));
        Ok(problems)
    }

    /// Drains and frees the port. [`Gateway::run`] returns when it is done.
    pub fn stop(&self) {
        self.shared.stop.cancel();
    }

    /// The gateway as a service of the graph, and the edges that its routes declare.
    pub fn topology(&self) -> Topology {
        declared(&self.config(), self.address(), self.wanted_port(), self.state())
    }
}

/// A gateway with this configuration, as the graph declares it whether it runs or not.
pub fn declared(
    config: &Config,
    address: SocketAddr,
    wanted_port: Option<u16>,
    state: InstanceState,
) -> Topology {
    let fault = Fault::default();
    let instance = Instance { name: INSTANCE.into(), address, wanted_port, state, fault };
    let service = Service {
        name: GATEWAY.into(),
        kind: NodeKind::Gateway,
        protocol: ServiceProtocol::Both,
        instances: vec![instance],
    };
    Topology { services: vec![service], edges: config.edges() }
}

/// Serves one connection: the first bytes tell HTTP/1.1 from HTTP/2.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    plane: Arc<Plane>,
    tasks: Spawner,
    draining: CancellationToken,
) {
    let tape = Tape::new(ConnectionId::next(), plane.recorder.clock(), TapeLimits::PASSING);
    let written = tape.clone();
    let service = service_fn(move |request| {
        let (plane, tape) = (Arc::clone(&plane), tape.clone());
        async move { Ok::<_, Infallible>(plane.serve(request, peer.ip(), &tape).await) }
    });
    let mut builder = auto::Builder::new(tasks);
    builder.http1().timer(TokioTimer::new());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADERS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    // Only a latency matter: a stream that refuses it still works.
    drop(stream.set_nodelay(true));
    let stream = TokioIo::new(Tee::of_server(stream, written));
    let mut serving = pin!(builder.serve_connection(stream, service));
    let is_draining = tokio::select! {
        // How it ended was told to the calls on it.
        _ended = serving.as_mut() => false,
        () = draining.cancelled() => true,
    };
    if is_draining {
        serving.as_mut().graceful_shutdown();
        drop(serving.await);
    }
}

/// Binds the port, else one of the next, else any.
async fn listen(port: u16) -> Result<TcpListener, GatewayError> {
    let next = (port..=port.saturating_add(PORTS_TO_TRY)).take_while(|_| port != 0);
    for port in next {
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            return Ok(listener);
        }
    }
    let any = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    any.map_err(|source| GatewayError::Bind { port, source })
}
