//! `grpc.testing.TestService`: what the clients of gRPC's interoperability tests call.
//!
//! Its messages are framed by `wire`, not by tonic: the tests ask which messages came compressed, and want some
//! answered so and others not, within one call.

mod exchange;
mod methods;

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::error::ClusterError;
use super::listen::{CONNECTION_WINDOW, STREAM_WINDOW, bind};
use super::proto::INTEROP_DESCRIPTOR_SET;
use super::reflection::system_routes;

/// Its full name.
const SERVICE: &str = "grpc.testing.TestService";
/// Connections at once.
const MAX_CONNECTIONS: usize = 512;

/// A server that listens and does not serve yet.
#[derive(Debug)]
pub struct InteropServer {
    listener: TcpListener,
    router: Router,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Listens on a loopback port; 0 lets the system choose.
///
/// # Errors
/// The port is taken.
pub async fn serve_interop(port: u16) -> Result<InteropServer, ClusterError> {
    let listener = bind(port).await.map_err(|source| ClusterError::Port { port, source })?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let address = listener.local_addr().unwrap_or(address);
    let system = system_routes(&[SERVICE], INTEROP_DESCRIPTOR_SET).await?;
    let own = |request: Request| async { exchange::answer(request) };
    let router = system.into_axum_router().route(&format!("/{SERVICE}/{{method}}"), any(own));
    Ok(InteropServer { listener, router, address })
}

impl InteropServer {
    /// Serves until `shutdown`; calls in flight end with it.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                Some(_ended) = connections.join_next() => {}
                accepted = self.listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                    match accepted {
                        Ok((stream, _)) => {
                            connections.spawn(serve_connection(stream, self.router.clone()));
                        }
                        Err(error) => tracing::warn!(%error, "cannot accept"),
                    }
                }
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, router: Router) {
    stream.set_nodelay(true).ok();
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http2()
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    let service = TowerToHyperService::new(router);
    if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "connection ended");
    }
}
