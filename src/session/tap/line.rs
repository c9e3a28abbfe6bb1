//! One connection: both directions are forwarded as they come, and read beside that, many pieces at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use super::gate::TapOptions;
use crate::model::{
    CallFailure, Clock, ConnectionId, ConnectionUse, Direction, RecordingPart, Security,
};
use crate::net::{Broken, DialReport, Dialer, Speak, relay, spoken};
use crate::wire::{Splitter, WireCall};

/// So much may wait to be read along, in bytes and pieces; then the forwarding waits.
const MAX_WAITING: usize = 8 << 20;
/// Between two looks at what passed. A look for each piece would wake somebody for each.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Calls that are told at once, at most.
const BATCH: usize = 4_096;

/// What a line has to say.
#[derive(Debug)]
pub(super) enum LineNews {
    /// The target did not take its connection, which was closed.
    Unreached(SocketAddr, CallFailure),
    /// What passed since the last look.
    Passed(Arc<Line>, Batch),
}

/// A line, as its calls need it.
#[derive(Debug)]
pub(super) struct Line {
    /// The client's end.
    pub(super) client: SocketAddr,
    /// The connection to the target.
    pub(super) facts: ConnectionUse,
    /// What dialling it took.
    pub(super) report: DialReport,
}

/// What one look found.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Calls that have ended.
    pub(super) ended: Vec<WireCall>,
    /// Calls that are under way and were asked: their `idx` and a copy without bytes, each told once.
    pub(super) begun: Vec<WireCall>,
    /// Bytes since the line was opened that are no HTTP, or encrypted.
    pub(super) n_opaque: u64,
    /// Calls that were passed over.
    pub(super) n_missed: u64,
}

/// Forwards until both sides have ended.
///
/// # Errors
/// Why the target was not reached.
pub(super) async fn run(
    client: TcpStream,
    from: SocketAddr,
    options: &TapOptions,
    dialer: &Dialer,
    news: &mpsc::Sender<LineNews>,
) -> Result<(), CallFailure> {
    let mut report = DialReport::default();
    let speak =
        if options.target.security == Security::Tls { spoken(&client).await } else { Speak::Any };
    let connected = dialer.dial_secure(&options.target, &options.tls, speak, &mut report).await?;
    // Small messages must not wait for each other: the two ends decide what goes together.
    client.set_nodelay(true).ok();
    let resetter = connected.resetter();
    let facts = ConnectionUse {
        id: ConnectionId::next(),
        is_kept: false,
        local: connected.local,
        peer: connected.peer,
        attempts: report.attempts.clone(),
        proxy: report.via.clone(),
        http_version: "",
        tls: report.tls_facts.clone(),
    };
    let line = Arc::new(Line { client: from, facts, report });
    let passed = Arc::new(Passed::new(dialer.clock()));
    // Reading is work for another core: the bytes must not wait for it.
    let mut reading = JoinSet::new();
    reading.spawn(tell(line, Arc::clone(&passed), news.clone()));
    let (mut client, mut target) = (client, connected.io);
    // What passes is noted before it goes on: an answer must not be noted before its request.
    let note = async |direction, bytes| {
        passed.note(direction, bytes);
        passed.wait_for_room().await;
    };
    match relay(&mut client, &mut target, note).await {
        Err(Broken::Client) => resetter.reset(),
        Err(Broken::Server) => drop(client.set_zero_linger()),
        Ok(()) => {}
    }
    // Both ends are closed before anything is told.
    drop((client, target));
    passed.close();
    reading.join_next().await;
    Ok(())
}

/// What has been forwarded and not been read yet.
struct Passed {
    clock: Clock,
    waiting: Mutex<Waiting>,
    some: Notify,
    room: Notify,
}

#[derive(Default)]
struct Waiting {
    parts: Vec<RecordingPart>,
    n_bytes: usize,
    offsets: [u64; 2],
    is_closed: bool,
}

impl Passed {
    fn new(clock: Clock) -> Self {
        let waiting = Mutex::default();
        Self { clock, waiting, some: Notify::new(), room: Notify::new() }
    }

    fn note(&self, direction: Direction, bytes: bytes::Bytes) {
        let at = self.clock.now();
        let is_first = {
            let waiting = &mut *self.waiting.lock();
            let [sent, received] = &mut waiting.offsets;
            let offset = if direction == Direction::Sent { sent } else { received };
            let len = bytes.len() as u64;
            let part = RecordingPart { at, direction, offset: *offset, len, bytes: Some(bytes) };
            *offset += len;
            let is_first = waiting.parts.is_empty();
            waiting.n_bytes += len as usize + size_of::<RecordingPart>();
            waiting.parts.push(part);
            is_first
        };
        if is_first {
            self.some.notify_one();
        }
    }

    async fn wait_for_room(&self) {
        while self.waiting.lock().n_bytes > MAX_WAITING {
            tokio::time::timeout(LOOK_EVERY, self.room.notified()).await.ok();
        }
    }

    fn close(&self) {
        self.waiting.lock().is_closed = true;
        self.some.notify_one();
    }

    fn take(&self) -> (Vec<RecordingPart>, bool) {
        let waiting = &mut *self.waiting.lock();
        waiting.n_bytes = 0;
        (std::mem::take(&mut waiting.parts), waiting.is_closed)
    }
}

/// Reads what was forwarded, and tells of the calls in it.
async fn tell(line: Arc<Line>, passed: Arc<Passed>, news: mpsc::Sender<LineNews>) {
    let mut splitter = Splitter::default();
    let mut n_told = 0;
    loop {
        passed.some.notified().await;
        let (parts, is_closed) = passed.take();
        passed.room.notify_waiters();
        for part in &parts {
            splitter.feed(part);
        }
        drop(parts);
        if is_closed {
            splitter.finish();
        }
        loop {
            let batch = batch(&mut splitter, &mut n_told);
            let is_last = batch.ended.len() < BATCH;
            if news.send(LineNews::Passed(Arc::clone(&line), batch)).await.is_err() || is_last {
                break;
            }
        }
        if is_closed {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn batch(splitter: &mut Splitter, n_told: &mut u64) -> Batch {
    let ended: Vec<_> = splitter.ended(BATCH).collect();
    let is_new = |call: &&WireCall| call.idx >= *n_told && call.is_asked();
    let begun: Vec<_> = splitter.open().filter(is_new).map(WireCall::without_bytes).collect();
    let newest = begun.iter().chain(&ended).map(|call| call.idx + 1).max();
    *n_told = newest.unwrap_or_default().max(*n_told);
    Batch { ended, begun, n_opaque: splitter.n_opaque(), n_missed: splitter.n_missed() }
}
