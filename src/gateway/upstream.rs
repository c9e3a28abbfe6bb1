//! Connections to instances, kept for the next call.
//!
//! HTTP/2: one connection for each address, shared by all calls. HTTP/1: one for each call under way,
//! idle ones are taken again. A connection that the peer has closed is noticed and replaced.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::net::TcpStream;

use super::body::{RequestBody, root_cause};
use super::head::Speaks;
use crate::model::{Clock, ConnectionId};
use crate::net::{CONNECTION_WINDOW, STREAM_WINDOW, Spawner, Tape, TapeLimits, Tee};

/// How long connecting may take. Instances are near: one that needs longer is not there.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Idle and busy HTTP/1 connections that are kept for one address.
const MAX_KEPT: usize = 64;

/// The kept connections.
#[derive(Debug)]
pub(super) struct Upstreams {
    tasks: Spawner,
    clock: Clock,
    http1: Mutex<BTreeMap<SocketAddr, Vec<Http1>>>,
    http2: Mutex<BTreeMap<SocketAddr, Arc<Slot>>>,
}

/// The shared HTTP/2 connection of one address; the lock makes callers wait for one handshake.
type Slot = tokio::sync::Mutex<Option<Http2>>;

type Http1 = (http1::SendRequest<RequestBody>, Tape);
type Http2 = (http2::SendRequest<RequestBody>, Tape);

/// A connection that takes one request.
#[derive(Debug)]
pub(super) struct Lease {
    sender: Sender,
    /// What passes on it.
    pub(super) tape: Tape,
    /// Whether an earlier request used it: only then may it turn out to be closed.
    pub(super) is_kept: bool,
}

#[derive(Debug)]
enum Sender {
    Http1(http1::SendRequest<RequestBody>),
    Http2(http2::SendRequest<RequestBody>),
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum ConnectError {
    /// [`CONNECT_TIMEOUT`] ran out.
    TimedOut,
    /// The system's or hyper's words.
    Failed(String),
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct SendError {
    /// hyper's words.
    pub(super) cause: String,
    /// The request, when none of it was sent.
    pub(super) unsent: Option<Request<RequestBody>>,
}

impl Upstreams {
    pub(super) fn new(tasks: Spawner, clock: Clock) -> Self {
        Self { tasks, clock, http1: Mutex::default(), http2: Mutex::default() }
    }

    /// A connection to this address, kept or new.
    pub(super) async fn connect(
        &self,
        address: SocketAddr,
        speaks: Speaks,
    ) -> Result<Lease, ConnectError> {
        let lease = async {
            match speaks {
                Speaks::Http1 => self.connect_http1(address).await,
                Speaks::Http2 => self.connect_http2(address).await,
            }
        };
        match tokio::time::timeout(CONNECT_TIMEOUT, lease).await {
            Ok(lease) => lease,
            Err(_elapsed) => Err(ConnectError::TimedOut),
        }
    }

    async fn connect_http1(&self, address: SocketAddr) -> Result<Lease, ConnectError> {
        if let Some((sender, tape)) = self.take_idle(address) {
            return Ok(Lease { sender: Sender::Http1(sender), tape, is_kept: true });
        }
        let (io, tape) = self.dial(address).await?;
        let (mut sender, connection) = http1::handshake(io).await?;
        self.drive(connection);
        sender.ready().await?;
        Ok(Lease { sender: Sender::Http1(sender), tape, is_kept: false })
    }

    fn take_idle(&self, address: SocketAddr) -> Option<Http1> {
        let mut kept = self.http1.lock();
        let senders = kept.get_mut(&address)?;
        senders.retain(|(sender, _)| !sender.is_closed());
        let idle = senders.iter().rposition(|(sender, _)| sender.is_ready())?;
        Some(senders.swap_remove(idle))
    }

    /// Keeps a connection while its answer is still on its way; it is taken again once it is ready.
    fn keep(&self, address: SocketAddr, sender: Http1) {
        let mut kept = self.http1.lock();
        let senders = kept.entry(address).or_default();
        senders.retain(|(sender, _)| !sender.is_closed());
        if senders.len() < MAX_KEPT {
            senders.push(sender);
        }
    }

    async fn connect_http2(&self, address: SocketAddr) -> Result<Lease, ConnectError> {
        let slot = Arc::clone(self.http2.lock().entry(address).or_default());
        let mut slot = slot.lock().await;
        if let Some((sender, tape)) = slot.as_ref().filter(|(sender, _)| !sender.is_closed()) {
            let (sender, tape) = (Sender::Http2(sender.clone()), tape.clone());
            return Ok(Lease { sender, tape, is_kept: true });
        }
        let (io, tape) = self.dial(address).await?;
        let (sender, connection) = http2::Builder::new(self.tasks.clone())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .handshake(io)
            .await?;
        self.drive(connection);
        *slot = Some((sender.clone(), tape.clone()));
        Ok(Lease { sender: Sender::Http2(sender), tape, is_kept: false })
    }

    /// Sends one request and waits for the head of its answer. Dropping the future resets the stream.
    pub(super) async fn send(
        &self,
        lease: Lease,
        address: SocketAddr,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, SendError> {
        let sent = match lease.sender {
            Sender::Http2(mut sender) => sender.try_send_request(request).await,
            Sender::Http1(mut sender) => {
                let sent = sender.try_send_request(request).await;
                if sent.is_ok() {
                    self.keep(address, (sender, lease.tape));
                }
                sent
            }
        };
        sent.map_err(|mut error| SendError {
            unsent: error.take_message(),
            cause: root_cause(error.error()),
        })
    }

    /// Runs a connection until it ends. How it ended is told to the calls on it.
    fn drive(&self, connection: impl Future<Output = hyper::Result<()>> + Send + 'static) {
        hyper::rt::Executor::execute(&self.tasks, connection);
    }

    async fn dial(&self, address: SocketAddr) -> io::Result<(TokioIo<Tee<TcpStream>>, Tape)> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let tape = Tape::new(ConnectionId::next(), self.clock, TapeLimits::PASSING);
        Ok((TokioIo::new(Tee::new(stream, tape.clone())), tape))
    }
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        // "Connection refused (os error 111)": the number tells the user nothing.
        let words = error.to_string();
        let words = words.split(" (os error").next().unwrap_or_default();
        Self::Failed(words.to_owned())
    }
}

impl From<hyper::Error> for ConnectError {
    fn from(error: hyper::Error) -> Self {
        Self::Failed(root_cause(&error))
    }
}
