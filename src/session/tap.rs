//! Standing between two programs: every byte goes on unchanged, and what it says is told call by call.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::wire_reading::WireReading;
use crate::model::{
    CallFailure, Clock, ConnectionId, HeaderTables, Recording, RecordingRange, Target, TlsOptions,
};
use crate::net::{DialReport, Dialer, Speak, Tape, TapeLimits, Tee};
use crate::schema::Schema;

/// How often it is looked whether calls have ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What is longer than this is looked at less often: each look reads all of it.
const LONG: u64 = 256 * 1024;

/// Between whom to stand.
#[derive(Debug, Clone)]
pub struct TapOptions {
    /// Where to listen, on the loopback address; 0 takes any port.
    pub port: u16,
    /// Where every byte goes on to.
    pub target: Target,
    /// How the target is trusted, where it speaks TLS.
    pub tls: TlsOptions,
    /// What is known of its messages.
    pub schema: Schema,
}

/// What a tap has to say.
#[derive(Debug)]
pub enum TapEvent {
    /// It listens here.
    Listening(SocketAddr),
    /// A client came.
    Connected(SocketAddr),
    /// The target did not take its connection, which was closed.
    Unreached(SocketAddr, CallFailure),
    /// Calls have ended, or the connection with them. More than one where they overlapped.
    Passed(SocketAddr, Box<WireReading>),
}

/// Runs until Ctrl-C.
///
/// # Errors
/// Why it cannot listen.
pub async fn run_tap(
    options: TapOptions,
    each: impl Fn(TapEvent) + Send + Sync + 'static,
) -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    each(TapEvent::Listening(listener.local_addr()?));
    let tap = Arc::new(Tap { options, dialer: Dialer::new(Clock::start()), each });
    let mut connections = JoinSet::new();
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    loop {
        tokio::select! {
            _ = &mut interrupted => break,
            accepted = listener.accept() => {
                // One that was given up before it was taken is nobody's loss.
                if let Ok((client, from)) = accepted {
                    connections.spawn(Arc::clone(&tap).forward(client, from));
                }
            }
            Some(_ended) = connections.join_next() => {}
        }
    }
    connections.shutdown().await;
    Ok(())
}

struct Tap<F> {
    options: TapOptions,
    dialer: Dialer,
    each: F,
}

impl<F: Fn(TapEvent) + Send + Sync> Tap<F> {
    async fn forward(self: Arc<Self>, mut client: TcpStream, from: SocketAddr) {
        (self.each)(TapEvent::Connected(from));
        let TapOptions { target, tls, .. } = &self.options;
        let mut report = DialReport::default();
        let dialled = self.dialer.dial_secure(target, tls, Speak::Any, &mut report).await;
        let connected = match dialled {
            Ok(connected) => connected,
            Err(failure) => {
                (self.each)(TapEvent::Unreached(from, failure));
                return;
            }
        };
        // Small messages must not wait for each other: the two ends decide what goes together.
        client.set_nodelay(true).ok();
        let clock = self.dialer.clock();
        let tape = Tape::new(ConnectionId::next(), clock, TapeLimits::default());
        let mut server = Tee::new(connected.io, tape.clone());
        let mut book =
            Book { tape, range: RecordingRange::default(), tables: HeaderTables::default() };
        let forwarded = copy_bidirectional(&mut client, &mut server);
        tokio::pin!(forwarded);
        loop {
            tokio::select! {
                // A connection that breaks has ended: what passed before is told.
                _ended = &mut forwarded => break,
                () = tokio::time::sleep(book.patience()) => self.look(&mut book, from, false),
            }
        }
        self.look(&mut book, from, true);
    }

    /// Tells what has ended since the last look.
    fn look(&self, book: &mut Book, from: SocketAddr, is_over: bool) {
        let range = book.tape.range_since(book.range);
        if range == book.range
            || range.sent.0 == range.sent.1 && range.received.0 == range.received.1
        {
            return;
        }
        let recording = Recording { tables: book.tables.clone(), ..book.tape.slice(range) };
        let reading = WireReading::of_recording(Arc::new(recording), &self.options.schema);
        if !(is_over || reading.exchange.is_quiet()) {
            return;
        }
        let ends = (range.sent.1, range.received.1);
        book.range = RecordingRange { sent: (ends.0, ends.0), received: (ends.1, ends.1) };
        book.tables = reading.exchange.tables.clone();
        if reading.exchange.steps.is_empty() && !is_over {
            return;
        }
        (self.each)(TapEvent::Passed(from, Box::new(reading)));
    }
}

/// How far a connection has been told of.
struct Book {
    tape: Tape,
    range: RecordingRange,
    tables: HeaderTables,
}

impl Book {
    fn patience(&self) -> Duration {
        let range = self.tape.range_since(self.range);
        let n_open = range.sent.1 - range.sent.0 + range.received.1 - range.received.0;
        let times = u32::try_from(n_open / LONG).unwrap_or(u32::MAX).saturating_add(1);
        LOOK_EVERY.saturating_mul(times).min(Duration::from_secs(2))
    }
}
