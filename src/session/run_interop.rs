//! The service of gRPC's interoperability tests, served without a window: what the command line asks.

use std::net::SocketAddr;

use tokio_util::sync::CancellationToken;

use super::hands::not_done;
use crate::cluster::serve_interop;
use crate::model::NotDone;

/// Serves until Ctrl-C on exactly this port, 0 leaving the choice to the system; `ready` is called once, when it
/// takes calls.
///
/// # Errors
/// The port is taken.
pub async fn run_interop(port: u16, ready: impl FnOnce(SocketAddr)) -> Result<(), NotDone> {
    let server = serve_interop(port).await.map_err(not_done)?;
    ready(server.address);
    let shutdown = CancellationToken::new();
    let run = server.run(shutdown.clone());
    let stop = async {
        tokio::signal::ctrl_c().await.ok();
        shutdown.cancel();
    };
    tokio::join!(run, stop);
    Ok(())
}
