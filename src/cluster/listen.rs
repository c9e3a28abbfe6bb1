//! One instance on the network: its listener, its connections, and their end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::seat::Seat;

/// How long calls in flight may take to end after their instance was stopped.
const DRAIN: Duration = Duration::from_secs(2);
/// Connections that one instance serves at once; more wait in the system's backlog.
const MAX_CONNECTIONS: usize = 512;
/// How many ports above the wanted one are tried before the system chooses.
const NEXT_PORTS: u16 = 200;
/// HTTP/2 flow-control windows: large messages over loopback need not wait for updates.
pub(super) const STREAM_WINDOW: u32 = 1 << 20;
/// Bounds nothing that the windows of the streams do not; but h2 takes half of it for what small DATA frames may cost
/// that wait to be read, and breaks the connection beyond.
pub(super) const CONNECTION_WINDOW: u32 = 128 << 20;

/// Listens on exactly this loopback port; 0 lets the system choose.
pub(super) async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

/// Listens on the next free port above a taken one.
pub(super) async fn bind_above(port: u16) -> io::Result<TcpListener> {
    for next in (port..=u16::MAX).skip(1).take(usize::from(NEXT_PORTS)) {
        if let Ok(listener) = bind(next).await {
            return Ok(listener);
        }
    }
    bind(0).await
}

/// The two ways to end an instance.
#[derive(Debug, Clone, Default)]
pub(super) struct Ending {
    /// Calls in flight may end.
    pub(super) stop: CancellationToken,
    /// Every connection breaks at once.
    pub(super) kill: CancellationToken,
}

/// Serves until it is to end, then frees the port at once.
pub(super) async fn serve(listener: TcpListener, seat: Arc<Seat>, router: Router, ending: Ending) {
    tokio::select! {
        () = ending.kill.cancelled() => {}
        // Dropped when killed, and with it the listener and every connection.
        () = serve_until(listener, seat, router, ending.stop) => {}
    }
}

async fn serve_until(
    listener: TcpListener,
    seat: Arc<Seat>,
    router: Router,
    stop: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    let (seat, router) = (Arc::clone(&seat), router.clone());
                    connections.spawn(serve_connection(stream, seat, router, stop.clone()));
                }
                // Out of file descriptors, most likely: trying again at once would spin.
                Err(error) => {
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        connections.shutdown().await;
    }
}

async fn serve_connection(
    stream: TcpStream,
    seat: Arc<Seat>,
    router: Router,
    stop: CancellationToken,
) {
    // What hangs has its connections accepted by the system, and reads nothing.
    tokio::select! {
        () = seat.until_answering() => {}
        () = stop.cancelled() => return,
    }
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http2()
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    let service = TowerToHyperService::new(router);
    let connection = server.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}
