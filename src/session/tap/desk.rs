//! The taps of a session: each is one task, and tells what passed.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::line::LineNews;
use super::reporter::Reporter;
use super::view::{TapFault, TapPhase, TapSchema, TapView, TapWish};
use super::{TapOptions, TappedCall, gate};
use crate::model::{
    CallFailure, CallId, Cause, ConnectionId, DraftId, MethodPath, Severity, TapId, Target,
    TlsOptions,
};
use crate::net::Dialer;
use crate::schema::Schema;
use crate::session::core::Core;
use crate::session::message::Message;
use crate::session::reflect::reflect_target;
use crate::session::{Answer, NoticeKind, answer};
use crate::telemetry::Recorder;

/// Calls of one tap that are kept.
const MAX_CALLS: usize = 500;
/// Bytes of their recordings.
const MAX_BYTES: u64 = 64 << 20;
/// News of lines that may wait; the lines wait then.
const NEWS: usize = 64;

/// What the session keeps of its taps beside what is shown.
#[derive(Debug, Default)]
pub(in crate::session) struct Taps {
    running: HashMap<TapId, Running>,
    /// What targets told of their messages: what passed can still be read when nothing passes any more.
    known: HashMap<TapId, Arc<Schema>>,
    n_started: u64,
    /// The draft that stood in front before a tap did.
    behind: Option<DraftId>,
}

#[derive(Debug)]
struct Running {
    /// Ends its task.
    _stop: DropGuard,
    /// Counts the starts: news of an older one are passed over.
    generation: u64,
    /// Bytes and calls that could not be read, by line.
    unread: BTreeMap<ConnectionId, (u64, u64)>,
}

/// What the task of a tap says.
#[derive(Debug)]
pub(in crate::session) enum TapNews {
    /// It listens, or could not.
    Opened(Result<SocketAddr, TapFault>),
    /// What the target tells of its messages.
    Reflected(Result<Arc<Schema>, Cause>),
    /// The target took no connection.
    Unreached(CallFailure),
    /// Calls have passed.
    Passed {
        /// They.
        calls: Vec<Arc<TappedCall>>,
        /// On which line.
        line: ConnectionId,
        /// Bytes and calls of it that could not be read, since it was opened.
        unread: (u64, u64),
    },
}

impl Core {
    /// Makes a tap to be filled in, and shows it.
    pub(in crate::session) fn new_tap(&mut self, target: String) {
        let used: Vec<u16> = self.state.taps.iter().map(|tap| tap.wish.port).collect();
        let mut ports = TapWish::FIRST_PORT..;
        let port = ports.find(|port| !used.contains(port)).unwrap_or_default();
        let id = TapId::next();
        let wish = TapWish { port, target, ..TapWish::default() };
        self.state.taps.push(Arc::new(TapView::new(id, wish)));
        self.show_tap(id);
    }

    /// A tap before a service of the diagram.
    pub(in crate::session) fn tap_service(&mut self, service: &str) {
        let topology = Arc::clone(&self.topology.borrow());
        let instances = topology.service(service).map(|service| service.instances.as_slice());
        let address = instances.and_then(|all| all.first()).map(|one| one.address.to_string());
        // One that is known from calls alone is named by its address, where nothing better is known.
        let named = || service.parse::<Target>().is_ok().then(|| service.to_owned());
        self.new_tap(address.or_else(named).unwrap_or_default());
    }

    /// Brings a tap to the front.
    pub(in crate::session) fn show_tap(&mut self, id: TapId) {
        if self.state.tap(id).is_some() {
            self.taps.behind = self.state.active.take().or(self.taps.behind);
            self.state.editor = None;
            self.state.front_tap = Some(id);
        }
    }

    /// Ends a tap and forgets what passed.
    pub(in crate::session) fn close_tap(&mut self, id: TapId) {
        self.taps.running.remove(&id);
        self.taps.known.remove(&id);
        let Some(at) = self.state.taps.iter().position(|tap| tap.id == id) else { return };
        self.state.taps.remove(at);
        if self.state.front_tap != Some(id) {
            return;
        }
        self.state.front_tap = None;
        let behind = self.taps.behind.take().filter(|id| self.state.draft(*id).is_some());
        self.state.active = behind.or_else(|| self.state.drafts.last().map(|draft| draft.id));
        if self.state.active.is_none() {
            self.state.front_tap = self.state.taps.last().map(|tap| tap.id);
        }
    }

    /// Listens and forwards from now on.
    pub(in crate::session) fn start_tap(&mut self, id: TapId, wish: TapWish) {
        if self.state.tap(id).is_none_or(|tap| matches!(tap.phase, TapPhase::Running(_))) {
            return;
        }
        let target = wish.target.parse::<Target>().map(|target| match wish.security {
            Some(security) => target.with_security(security),
            None => target,
        });
        self.change_tap(id, |tap| tap.wish = wish.clone());
        let target = match target {
            Ok(target) if is_itself(&target, wish.port) => {
                return self.tap_failed(id, TapFault::Itself);
            }
            Ok(target) => target,
            Err(error) => return self.tap_failed(id, TapFault::Target(error)),
        };
        self.change_tap(id, |tap| {
            tap.phase = TapPhase::Starting;
            (tap.unreached, tap.no_schema) = (None, None);
        });
        let stop = self.shutdown.child_token();
        self.taps.n_started += 1;
        let generation = self.taps.n_started;
        let guard = stop.clone().drop_guard();
        let running = Running { _stop: guard, generation, unread: BTreeMap::new() };
        self.taps.running.insert(id, running);
        if wish.schema == TapSchema::Reflection {
            self.reflect_tapped(id, generation, target.clone(), wish.tls.clone());
        }
        let task = TapTask {
            tap: id,
            generation,
            options: TapOptions { port: wish.port, target, tls: wish.tls },
            dialer: self.engine.dialer().clone(),
            recorder: self.recorder.clone(),
            inbox: self.inbox.clone(),
            stop,
        };
        self.tasks.spawn(task.run());
    }

    fn reflect_tapped(&mut self, tap: TapId, generation: u64, target: Target, tls: TlsOptions) {
        let (engine, inbox) = (self.engine.clone(), self.inbox.clone());
        let shutdown = self.shutdown.clone();
        self.tasks.spawn(async move {
            let headers = crate::model::Headers::new();
            let asked = reflect_target(&engine, &target, &tls, None, &headers);
            let Some(asked) = shutdown.run_until_cancelled(asked).await else { return };
            let told = asked.map(|(loaded, _version)| Arc::new(loaded.schema)).map_err(Cause::from);
            let news = TapNews::Reflected(told);
            inbox.send(Message::Tapped { tap, generation, news }).await.ok();
        });
    }

    /// Stops listening; lines that are open break.
    pub(in crate::session) fn stop_tap(&mut self, id: TapId) {
        self.taps.running.remove(&id);
        self.change_tap(id, |tap| tap.phase = TapPhase::Idle(None));
    }

    fn tap_failed(&mut self, id: TapId, fault: TapFault) {
        self.taps.running.remove(&id);
        self.change_tap(id, |tap| tap.phase = TapPhase::Idle(Some(fault.clone())));
        self.note(Some(Severity::Error), NoticeKind::TapFailed(fault));
    }

    /// Shows one of the calls that passed, or none.
    pub(in crate::session) fn show_tapped(&mut self, id: TapId, call: Option<CallId>) {
        let Some(tap) = self.state.tap(id).cloned() else { return };
        if tap.shown == call && tap.answer.is_some() {
            return;
        }
        self.change_tap(id, |tap| (tap.shown, tap.answer) = (call, None));
        let Some(passed) = call.and_then(|call| tap.call(call)).cloned() else { return };
        let schema = self.schema_of_tapped(id, &passed).map(|(schema, _)| schema);
        let inbox = self.inbox.clone();
        self.ask_trace_later(schema.clone(), passed.call.trace.trace_id);
        self.tasks.spawn(async move {
            let read = move || {
                let call = Arc::new(passed.read());
                // No draft sent it.
                answer::finished(DraftId::next(), call, schema.as_deref())
            };
            let Ok(answer) = tokio::task::spawn_blocking(read).await else { return };
            inbox.send(Message::TappedRead { tap: id, answer: Box::new(answer) }).await.ok();
        });
    }

    /// A call that passed was read.
    pub(in crate::session) fn tapped_read(&mut self, id: TapId, answer: Answer) {
        let call = answer.call.as_ref().map(|call| call.id);
        self.change_tap(id, |tap| {
            if tap.shown == call {
                tap.answer = Some(Arc::new(answer));
            }
        });
    }

    /// The schema that knows a call's method; the source that it stands in, unless the target told it.
    pub(super) fn schema_of_tapped(
        &self,
        id: TapId,
        passed: &TappedCall,
    ) -> Option<(Arc<Schema>, Option<crate::workspace::SavedSource>)> {
        let path = &passed.call.request.target.path;
        let method = MethodPath::parse(path.trim_start_matches('/'))?;
        let knows = |schema: &&Arc<Schema>| schema.method(&method).is_some();
        if let Some(told) = self.taps.known.get(&id).filter(knows) {
            return Some((Arc::clone(told), None));
        }
        self.state.sources.iter().find_map(|source| {
            let schema = source.schema.as_ref().filter(knows)?;
            Some((Arc::clone(schema), Some(source.saved.clone())))
        })
    }

    /// What the task of a tap says.
    pub(in crate::session) fn tapped(&mut self, id: TapId, generation: u64, news: TapNews) {
        let Some(running) = self.taps.running.get_mut(&id) else { return };
        if running.generation != generation {
            return;
        }
        match news {
            TapNews::Opened(Ok(address)) => {
                self.change_tap(id, |tap| tap.phase = TapPhase::Running(address));
                let target = self.state.tap(id).map(|tap| tap.wish.target.clone());
                let target = target.unwrap_or_default();
                self.note(None, NoticeKind::Tapping { address, target });
            }
            TapNews::Opened(Err(fault)) => self.tap_failed(id, fault),
            TapNews::Reflected(Ok(schema)) => {
                self.taps.known.insert(id, schema);
            }
            TapNews::Reflected(Err(cause)) => {
                self.change_tap(id, |tap| tap.no_schema = Some(cause));
            }
            TapNews::Unreached(failure) => {
                self.change_tap(id, |tap| tap.unreached = Some(failure));
            }
            TapNews::Passed { calls, line, unread } => {
                if unread != (0, 0) {
                    running.unread.insert(line, unread);
                }
                let sums =
                    running.unread.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
                self.change_tap(id, |tap| {
                    (tap.n_opaque, tap.n_missed) = sums;
                    if !calls.is_empty() {
                        tap.unreached = None;
                        keep(tap, calls);
                    }
                });
            }
        }
    }

    fn change_tap(&mut self, id: TapId, change: impl FnOnce(&mut TapView)) {
        if let Some(tap) = self.state.taps.iter_mut().find(|tap| tap.id == id) {
            change(Arc::make_mut(tap));
        }
    }
}

/// Keeps calls; the oldest make room.
fn keep(tap: &mut TapView, calls: Vec<Arc<TappedCall>>) {
    let is_bad = |passed: &&Arc<TappedCall>| {
        passed.call.outcome.as_ref().is_some_and(|outcome| !outcome.is_ok())
    };
    tap.n_calls += calls.len() as u64;
    tap.n_errors += calls.iter().filter(is_bad).count() as u64;
    let kept = Arc::make_mut(&mut tap.calls);
    kept.extend(calls);
    let size = |passed: &Arc<TappedCall>| passed.call.bytes.sent + passed.call.bytes.received;
    let mut room = MAX_BYTES;
    let fitting = kept.iter().rev().take(MAX_CALLS).take_while(|passed| {
        let left = room.checked_sub(size(passed));
        room = left.unwrap_or_default();
        left.is_some()
    });
    // The newest one stays whatever it holds.
    let n_fitting = fitting.count().max(1);
    kept.drain(..kept.len().saturating_sub(n_fitting));
}

/// Whether the target is the tap itself.
fn is_itself(target: &Target, port: u16) -> bool {
    let crate::model::Address::Tcp { port: wanted, .. } = &target.address else { return false };
    target.is_loopback() && *wanted == port
}

/// One tap at work.
struct TapTask {
    tap: TapId,
    generation: u64,
    options: TapOptions,
    dialer: Dialer,
    recorder: Recorder,
    inbox: mpsc::Sender<Message>,
    stop: CancellationToken,
}

impl TapTask {
    async fn run(self) {
        let port = self.options.port;
        let (listener, address) = match gate::listen(port).await {
            Ok(open) => open,
            Err(error) => {
                let fault = match error.kind() {
                    std::io::ErrorKind::AddrInUse => TapFault::PortTaken(port),
                    _ => TapFault::Listen { port, cause: error.to_string().into() },
                };
                return self.say(TapNews::Opened(Err(fault))).await;
            }
        };
        self.say(TapNews::Opened(Ok(address))).await;
        let (sender, news) = mpsc::channel(NEWS);
        let (options, dialer, stop) =
            (self.options.clone(), self.dialer.clone(), self.stop.clone());
        let run = gate::run(listener, options, dialer, sender, stop);
        tokio::join!(run, self.pass_on(news));
    }

    /// Makes calls of what the lines say, until they are all closed.
    async fn pass_on(&self, mut news: mpsc::Receiver<LineNews>) {
        let target = self.options.target.clone();
        let mut reporter = Reporter::new(target, Some(self.recorder.clone()));
        while let Some(news) = news.recv().await {
            let news = match news {
                LineNews::Unreached(_, failure) => TapNews::Unreached(failure),
                LineNews::Passed(line, batch) => {
                    let unread = (batch.n_opaque, batch.n_missed);
                    let calls = reporter.take(&line, batch).into_iter().map(Arc::new).collect();
                    TapNews::Passed { calls, line: line.facts.id, unread }
                }
            };
            self.say(news).await;
        }
    }

    async fn say(&self, news: TapNews) {
        let (tap, generation) = (self.tap, self.generation);
        self.inbox.send(Message::Tapped { tap, generation, news }).await.ok();
    }
}
