//! The recorder at work: the same bytes with it and without.

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hoplens::model::{
    CallBody, Clock, ConnectionId, Direction, MethodPath, Recording, Request, Target,
};
use hoplens::net::{Tape, TapeLimits, Tee};
use hoplens::session::Headless;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

/// `HelloRequest { name: "Ada" }`.
const ADA: &[u8] = b"\n\x03Ada";
/// Calls in one run; a connection's recording takes so many whole.
const N_CALLS: usize = 5_000;
const N_RUNS: usize = 9;
const DOWNLOAD: u64 = 1 << 30;
const N_DOWNLOADS: usize = 9;

/// Prints what a small call costs more, and what share of a download's rate is left.
pub(super) async fn record(greeter: &str) -> anyhow::Result<()> {
    let headless = Headless::new();
    let target: Target = greeter.parse().context("the greeter's address")?;
    let method = MethodPath::parse("Greeter/SayHello").context("a method")?;
    let body = CallBody::Grpc { method, messages: vec![Bytes::from_static(ADA)] };
    let first = headless.call(Request::new(target.clone(), body.clone())).await;
    let second = headless.call(Request::new(target, body)).await;
    ensure!(second.connection.as_ref().is_some_and(|one| one.is_kept), "no kept connection");
    let (mut bare, mut taped) = (Vec::new(), Vec::new());
    for _run in 0..N_RUNS {
        let peer = Replay::default();
        bare.push(calls(&mut peer.clone(), &peer, &second.recording).await?);
        let tape = Tape::new(ConnectionId::next(), Clock::start(), TapeLimits::default());
        let mut tee = Tee::new(peer.clone(), tape);
        pass(&mut tee, &peer, &first.recording).await?;
        taped.push(calls(&mut tee, &peer, &second.recording).await?);
    }
    let (mut plain, mut recorded) = (Vec::new(), Vec::new());
    for _run in 0..N_DOWNLOADS {
        plain.push(download(false).await?);
        recorded.push(download(true).await?);
    }
    let more = super::median(&mut taped) - super::median(&mut bare);
    let ratio = super::median(&mut plain) / super::median(&mut recorded);
    super::say(format_args!("record_us={more:.2} download_ratio={ratio:.3}"))
}

/// Microseconds for one call.
async fn calls(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    peer: &Replay,
    call: &Recording,
) -> anyhow::Result<f64> {
    let begun = Instant::now();
    for _call in 0..N_CALLS {
        pass(stream, peer, call).await?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / N_CALLS as f64)
}

/// Writes what was written and reads what was read, in the same pieces.
async fn pass(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    peer: &Replay,
    call: &Recording,
) -> anyhow::Result<()> {
    let mut room = [0; 4096];
    for part in &call.parts {
        let bytes = part.bytes.as_ref().context("a call that was kept whole")?;
        match part.direction {
            Direction::Sent => stream.write_all(bytes).await?,
            Direction::Received => {
                peer.0.replace(bytes.clone());
                let n = stream.read(&mut room).await?;
                ensure!(n == bytes.len(), "a piece in one read");
            }
        }
    }
    Ok(())
}

/// Seconds for a download of [`DOWNLOAD`] bytes over loopback TCP.
async fn download(is_recorded: bool) -> anyhow::Result<f64> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    // On a thread of its own: two tasks of one runtime would at times share a core.
    let serve = move || {
        let (mut peer, _) = listener.accept()?;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {DOWNLOAD}\r\n\r\n");
        peer.write_all(head.as_bytes())?;
        let piece = vec![b'x'; 64 * 1024];
        for _piece in 0..DOWNLOAD / piece.len() as u64 {
            peer.write_all(&piece)?;
        }
        io::Result::Ok(())
    };
    let server = std::thread::Builder::new().name("server".to_owned()).spawn(serve)?;
    let mut stream = TcpStream::connect(address).await?;
    let begun = Instant::now();
    if is_recorded {
        let tape = Tape::new(ConnectionId::next(), Clock::start(), TapeLimits::default());
        drain(&mut Tee::new(stream, tape)).await?;
    } else {
        drain(&mut stream).await?;
    }
    let took = begun.elapsed().as_secs_f64();
    server.join().map_err(|_broke| anyhow::anyhow!("the server broke"))??;
    Ok(took)
}

async fn drain(stream: &mut (impl AsyncRead + Unpin)) -> anyhow::Result<()> {
    let mut room = vec![0; 64 * 1024];
    while stream.read(&mut room).await? > 0 {}
    Ok(())
}

/// A peer in memory: takes everything, and brings what lies there for it.
#[derive(Debug, Default, Clone)]
struct Replay(Rc<RefCell<Bytes>>);

impl AsyncRead for Replay {
    fn poll_read(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        buf.put_slice(&self.0.take());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Replay {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
