//! An HTTP connection over a tee: opened with facts, checked before it is used again.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};

use super::failure::Spoken;
use super::tasks::AbortOnDrop;
use super::{Connected, DialReport, Dialer, Speak, Tape, TapeLimits, Tasks, Tee, failure};
use crate::model::{CallFailure, ConnectionId, ConnectionUse, Keepalive, Target, TlsOptions};

/// Any error, as hyper takes them from bodies.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// What a stream may send that nobody has read yet: many round trips to a server far away.
pub const STREAM_WINDOW: u32 = 1 << 20;
/// The same of a connection. It bounds nothing that the windows of the streams do not, but h2 takes half of it for what
/// small DATA frames may cost that wait to be read (256 bytes each, less their content), and breaks the connection
/// beyond (`too_many_data_frames`). A stream of small messages that pauses must fit: a full stream window in frames of
/// four bytes does.
pub const CONNECTION_WINDOW: u32 = 128 << 20;
/// As large as a server may send header blocks.
const MAX_HEADER_LIST: u32 = 256 * 1024;

/// An open HTTP connection for one exchange at a time.
#[derive(Debug)]
pub struct Connection {
    /// The facts; `is_kept` is set when it is taken out of the pool.
    pub facts: ConnectionUse,
    /// Its recording.
    pub tape: Tape,
    /// That of the TLS records below, if there are any.
    pub sealed: Option<Tape>,
    spoken: Spoken,
    sender: Sender,
    probe: Option<std::net::TcpStream>,
    /// Under which settings of the network it was opened.
    network: u64,
}

#[derive(Debug)]
enum Sender {
    Http1(http1::SendRequest<Body>, #[expect(dead_code, reason = "ends the task")] AbortOnDrop),
    Http2(http2::SendRequest<Body>),
}

/// Why a request got no answer.
#[derive(Debug)]
pub struct SendError {
    /// hyper's error.
    pub error: hyper::Error,
    /// Whether any of the request may have reached the peer.
    pub is_sent: bool,
}

impl Connection {
    /// Dials, shakes hands and speaks HTTP. `report` is true even when this fails or is dropped.
    pub async fn open(
        dialer: &Dialer,
        tasks: &Tasks,
        target: &Target,
        tls: &TlsOptions,
        speak: Speak,
        keepalive: Option<Keepalive>,
        report: &mut DialReport,
    ) -> Result<Self, CallFailure> {
        let network = dialer.network_number();
        let connected = dialer.dial_secure(target, tls, speak, report).await?;
        let alpn = report.tls_facts.as_ref().and_then(|facts| facts.alpn.as_deref());
        let is_http2 = speak == Speak::Http2 || alpn == Some("h2");
        let Connected { io, local, peer, probe } = connected;
        let sealed = report.sealed.clone();
        let id = sealed.as_ref().map_or_else(ConnectionId::next, Tape::id);
        let tape = Tape::new(id, dialer.clock(), TapeLimits::default());
        let io = TokioIo::new(Tee::new(io, tape.clone()));
        let spoken = Spoken { security: target.security, is_http2, is_agreed: alpn == Some("h2") };
        let refused = |error: hyper::Error| failure::of_hyper(&error, &tape, spoken, &peer);
        let sender = if is_http2 {
            let mut builder = http2::Builder::new(tasks.spawner());
            if let Some(Keepalive { interval, timeout }) = keepalive {
                // A connection that waits in the pool is left in peace: servers count pings without a call.
                builder
                    .timer(TokioTimer::new())
                    .keep_alive_interval(interval)
                    .keep_alive_timeout(timeout);
            }
            let (sender, driver) = builder
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
                .max_header_list_size(MAX_HEADER_LIST)
                .handshake(io)
                .await
                .map_err(refused)?;
            tasks.spawn(async move { drop(driver.await) });
            Sender::Http2(sender)
        } else {
            let (sender, driver) =
                http1::Builder::new().max_headers(256).handshake(io).await.map_err(refused)?;
            let task = tasks.spawn(async move { drop(driver.await) });
            Sender::Http1(sender, AbortOnDrop(task))
        };
        let facts = ConnectionUse {
            id,
            is_kept: false,
            local,
            peer,
            attempts: report.attempts.clone(),
            proxy: report.via.clone(),
            http_version: if is_http2 { "HTTP/2" } else { "HTTP/1.1" },
            tls: report.tls_facts.clone(),
        };
        Ok(Self { facts, tape, sealed, spoken, sender, probe, network })
    }

    /// Whether requests need absolute URIs and no `Host`.
    pub fn is_http2(&self) -> bool {
        matches!(self.sender, Sender::Http2(_))
    }

    /// Sends a request and waits for the head of the answer.
    pub async fn send(
        &mut self,
        request: http::Request<Body>,
    ) -> Result<http::Response<Incoming>, SendError> {
        let result = match &mut self.sender {
            Sender::Http1(sender, _) => sender.try_send_request(request).await,
            Sender::Http2(sender) => sender.try_send_request(request).await,
        };
        result.map_err(|mut error| {
            let is_sent = error.take_message().is_none();
            SendError { error: error.into_error(), is_sent }
        })
    }

    /// What a hyper error on this connection means.
    pub fn failure(&self, error: &hyper::Error) -> CallFailure {
        failure::of_hyper(error, &self.tape, self.spoken, &self.facts.peer)
    }

    /// Whether the connection can take another request, as far as can be known without asking the peer.
    pub(super) async fn is_usable(&mut self) -> bool {
        // The peer's goodbye may lie in the socket unread: then the driver gets a few turns to read it.
        for _ in 0..MAX_TURNS {
            match self.unread() {
                Unread::Nothing => break,
                Unread::End => return false,
                Unread::Bytes if !self.is_http2() => return false,
                Unread::Bytes => tokio::task::yield_now().await,
            }
        }
        match &mut self.sender {
            Sender::Http1(sender, _) => !sender.is_closed() && sender.ready().await.is_ok(),
            Sender::Http2(sender) => !sender.is_closed() && sender.ready().await.is_ok(),
        }
    }

    /// Under which settings of the network it was opened.
    pub(super) fn network(&self) -> u64 {
        self.network
    }

    /// Whether it is worth keeping after a call that went well (or, over HTTP/2, was given up).
    pub(super) fn is_keepable(&self) -> bool {
        let is_closed = match &self.sender {
            Sender::Http1(sender, _) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        };
        !is_closed && !self.tape.is_full()
    }

    fn unread(&self) -> Unread {
        let Some(probe) = &self.probe else { return Unread::Nothing };
        match probe.peek(&mut [0]) {
            Ok(0) => Unread::End,
            Ok(_) => Unread::Bytes,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Unread::Nothing,
            Err(_) => Unread::End,
        }
    }

    /// Gives the HTTP/2 sender away, for clients that frame gRPC themselves.
    pub(crate) fn into_http2(self) -> Option<http2::SendRequest<Body>> {
        match self.sender {
            Sender::Http2(sender) => Some(sender),
            Sender::Http1(..) => None,
        }
    }
}

/// Enough for the driver to read what a peer says at its end.
const MAX_TURNS: usize = 50;

/// What lies in the socket of an idle connection.
enum Unread {
    Nothing,
    Bytes,
    End,
}
