//! Standing between two programs: every byte goes on unchanged, and what it says is told call by call.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

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
        let over = CancellationToken::new();
        let forward = async {
            // A connection that breaks has ended: what passed before is told.
            copy_bidirectional(&mut client, &mut server).await.ok();
            over.cancel();
        };
        let range = RecordingRange::default();
        let mut book = Book { tape, range, tables: HeaderTables::default() };
        let tell = async {
            while over.run_until_cancelled(tokio::time::sleep(book.patience())).await.is_some() {
                self.look(&mut book, from, false).await;
            }
            self.look(&mut book, from, true).await;
        };
        tokio::join!(forward, tell);
    }

    /// Tells what has ended since the last look. Reading is work for the processor, and bytes must not wait for it.
    async fn look(&self, book: &mut Book, from: SocketAddr, is_over: bool) {
        let range = book.tape.range_since(book.range);
        if book.n_open() == 0 {
            return;
        }
        let recording = Recording { tables: book.tables.clone(), ..book.tape.slice(range) };
        let schema = self.options.schema.clone();
        let read = move || WireReading::of_recording(Arc::new(recording), &schema);
        let Ok(reading) = tokio::task::spawn_blocking(read).await else { return };
        if !(is_over || reading.exchange.is_quiet()) {
            return;
        }
        let ends = (range.sent.1, range.received.1);
        book.range = RecordingRange { sent: (ends.0, ends.0), received: (ends.1, ends.1) };
        book.tables = reading.exchange.tables.clone();
        if is_over || !reading.exchange.steps.is_empty() {
            (self.each)(TapEvent::Passed(from, Box::new(reading)));
        }
    }
}

/// How far a connection has been told of.
struct Book {
    tape: Tape,
    range: RecordingRange,
    tables: HeaderTables,
}

impl Book {
    /// How many bytes have not been told of.
    fn n_open(&self) -> u64 {
        let range = self.tape.range_since(self.range);
        range.sent.1 - range.sent.0 + range.received.1 - range.received.0
    }

    fn patience(&self) -> Duration {
        let times = u32::try_from(self.n_open() / LONG).unwrap_or(u32::MAX).saturating_add(1);
        LOOK_EVERY.saturating_mul(times).min(Duration::from_secs(2))
    }
}
