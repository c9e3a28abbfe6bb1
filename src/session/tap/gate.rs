//! Listens, and gives every client that comes a line to the target.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::line::{self, LineNews};
use crate::model::{Target, TlsOptions};
use crate::net::Dialer;

/// Connections at once. One that is tapped from itself would open others without end.
const MAX_LINES: usize = 512;

/// Between whom to stand.
#[derive(Debug, Clone)]
pub struct TapOptions {
    /// Where to listen, on the loopback address; 0 takes any port.
    pub port: u16,
    /// Where every byte goes on to.
    pub target: Target,
    /// How the target is trusted, where it speaks TLS.
    pub tls: TlsOptions,
}

/// Opens the port, on the loopback address alone.
///
/// # Errors
/// Why it cannot listen.
pub(super) async fn listen(port: u16) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Forwards until `shutdown`. Whoever reads the news may be slow: the lines wait for it rather than lose a byte.
pub(super) async fn run(
    listener: TcpListener,
    options: TapOptions,
    dialer: Dialer,
    news: mpsc::Sender<LineNews>,
    shutdown: CancellationToken,
) {
    let options = Arc::new(options);
    // They would be told with no call: one record may carry several.
    let dialer = dialer.without_records();
    let mut lines = JoinSet::new();
    loop {
        let has_room = lines.len() < MAX_LINES;
        tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept(), if has_room => {
                // One that was given up before it was taken is nobody's loss.
                if let Ok((client, from)) = accepted {
                    lines.spawn(open(client, from, Arc::clone(&options), dialer.clone(), news.clone()));
                }
            }
            Some(_ended) = lines.join_next() => {}
        }
    }
    lines.shutdown().await;
}

async fn open(
    client: TcpStream,
    from: SocketAddr,
    options: Arc<TapOptions>,
    dialer: Dialer,
    news: mpsc::Sender<LineNews>,
) {
    if let Err(failure) = line::run(client, from, &options, &dialer, &news).await {
        news.send(LineNews::Unreached(from, failure)).await.ok();
    }
}
