//! Sending a draft, following its call, cancelling it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::core::Core;
use super::ledger::Ledger;
use super::message::Message;
use super::prepare::prepare;
use super::streaming::Stream;
use super::told::Told;
use super::{Answer, Loadable, NoticeKind, Origin, Refusal, SourcePhase, WireLeg, answer};
use crate::engine::CallHandle;
use crate::model::{
    Call, CallEvent, CallId, Code, DraftId, Outcome, Severity, Trace, TraceContext, TraceId, Trail,
};
use crate::schema::Schema;
use crate::workspace::Draft;

/// When the telemetry is asked for a trace that has ended: spans of far services come a little later.
const TRACE_DELAYS: [Duration; 3] =
    [Duration::from_millis(40), Duration::from_millis(200), Duration::from_secs(1)];

/// Traces that were asked for and are kept.
const MAX_TRACES: usize = 64;

/// The calls under way. Dropping a handle cancels its call, and the cancel reaches the peer.
#[derive(Debug, Default)]
pub(super) struct Calls {
    running: HashMap<DraftId, CallHandle>,
    /// The newest stream of each draft that has one, ended or not: its messages can be looked at.
    streams: HashMap<DraftId, Stream>,
    /// Traces that were asked for, the newest last.
    fetched: VecDeque<TraceId>,
    ledger: Ledger,
}

impl Calls {
    /// Cancels the call of a draft, if one runs.
    pub(super) fn remove(&mut self, draft: DraftId) {
        self.running.remove(&draft);
        self.streams.remove(&draft);
    }

    /// The call of a draft that runs.
    pub(super) fn running(&self, draft: DraftId) -> Option<CallId> {
        self.running.get(&draft).map(CallHandle::id)
    }

    /// The newest stream of a draft.
    pub(super) fn stream(&self, draft: DraftId) -> Option<&Stream> {
        self.streams.get(&draft)
    }

    /// The same for a draft that is gone.
    pub(super) fn forget(&mut self, draft: DraftId) {
        self.remove(draft);
        self.ledger.remove(draft);
    }

    fn is_newest(&self, draft: DraftId, call: CallId) -> bool {
        self.running.get(&draft).is_some_and(|handle| handle.id() == call)
    }
}

impl Core {
    /// Sends what the draft says; says at the draft why it cannot.
    pub(super) fn send_call(&mut self, id: DraftId) {
        let Some(draft) = self.state.draft(id).cloned() else { return };
        if !self.send_message(&draft) {
            self.start_call(&draft);
        }
    }

    /// Begins the draft's call.
    pub(super) fn start_call(&mut self, draft: &Draft) {
        let id = draft.id;
        self.calls.remove(id);
        self.state.streams.remove(&id);
        let mut request = match prepare(draft, &self.state) {
            Ok(request) => request,
            Err(refusal) => return self.refuse(id, refusal),
        };
        let schema = self.state.schema_of(draft).cloned();
        let call_id = CallId::next();
        let (sender, events) = watch::channel(None);
        let trace = TraceContext::root();
        self.recorder.watch(trace.trace_id);
        let of = (id, call_id);
        let stream = schema.clone().and_then(|schema| {
            Stream::open(of, &mut request, schema, self.inbox.clone(), &mut self.tasks)
        });
        let told = move |event| {
            sender.send_replace(Some(event));
        };
        let handle = match stream {
            Some((stream, ends)) => {
                self.calls.streams.insert(id, stream);
                self.engine.stream(call_id, request, trace, ends, told)
            }
            None => self.engine.start(call_id, request, trace, told),
        };
        self.calls.running.insert(id, handle);
        let follow = Follow { draft: id, call: call_id, schema, inbox: self.inbox.clone() };
        self.tasks.spawn(follow.run(events));
    }

    fn refuse(&mut self, id: DraftId, refusal: Refusal) {
        self.state.answers.insert(id, Arc::new(answer::refused(id, refusal)));
        self.note(Some(Severity::Error), NoticeKind::NotSent { draft: id });
    }

    /// Asks the running call to end; it answers with `Cancelled`.
    pub(super) fn cancel_call(&mut self, id: DraftId) {
        if let Some(handle) = self.calls.running.get(&id) {
            handle.cancel();
        }
    }

    /// A call went on or ended.
    pub(super) fn called(&mut self, draft: DraftId, call: CallId, mut answer: Answer) {
        if !self.calls.is_newest(draft, call) {
            return;
        }
        if let Some(call) = answer.call.as_ref().filter(|call| call.outcome.is_some()) {
            answer.account = self.calls.ledger.enter(draft, call, &answer.wire.exchange.sums);
        }
        // What was wrong with a message of an open stream stays said while the call goes on.
        let before = self.state.answers.get(&draft);
        let is_same = |known: &&Arc<Answer>| known.call.as_ref().is_some_and(|one| one.id == call);
        if answer.call.as_ref().is_some_and(|call| call.outcome.is_none()) {
            answer.refusal = before.filter(is_same).and_then(|known| known.refusal.clone());
        }
        let answer = Arc::new(answer);
        self.state.answers.insert(draft, Arc::clone(&answer));
        let Some(call) = answer.call.as_ref().filter(|call| call.outcome.is_some()) else { return };
        self.calls.running.remove(&draft);
        self.call_ended(draft, call);
    }

    fn call_ended(&mut self, draft: DraftId, call: &Arc<Call>) {
        let Some(outcome) = call.outcome.clone() else { return };
        let severity = (!outcome.is_ok()).then_some(Severity::Error);
        let operation = call.request.operation();
        let took = call.timing.total;
        let through = Vec::new();
        let kind = NoticeKind::CallFinished { draft, operation, outcome, took, through };
        self.note(severity, kind);
        let schema = self.state.draft(draft).and_then(|draft| self.state.schema_of(draft)).cloned();
        self.ask_trace_later(schema, call.trace.trace_id);
        self.refresh_stale_reflection(draft, call);
    }

    pub(super) fn ask_trace_later(&mut self, schema: Option<Arc<Schema>>, id: TraceId) {
        let (queries, inbox) = (self.queries.clone(), self.inbox.clone());
        self.tasks.spawn(async move {
            let mut legs: Arc<[WireLeg]> = Arc::default();
            for delay in TRACE_DELAYS {
                tokio::time::sleep(delay).await;
                let told = Told::ask(&queries, id).await;
                if told.legs.len() > legs.len() {
                    let (recorded, schema) = (told.legs.clone(), schema.clone());
                    let read = move || WireLeg::read(&recorded, schema.as_deref());
                    legs = tokio::task::spawn_blocking(read).await.unwrap_or(legs);
                }
                let Told { trace, trail, .. } = told;
                let legs = Arc::clone(&legs);
                if inbox.send(Message::Traced { id, trace, trail, legs }).await.is_err() {
                    return;
                }
            }
        });
    }

    /// What the telemetry knows of a trace: it joins the answer, the notice and the traces asked for.
    pub(super) fn traced(
        &mut self,
        id: TraceId,
        trace: Option<Arc<Trace>>,
        trail: Option<Arc<Trail>>,
        legs: Arc<[WireLeg]>,
    ) {
        let found = self
            .state
            .answers
            .values_mut()
            .find(|answer| answer.call.as_ref().is_some_and(|call| call.trace.trace_id == id));
        for tap in &mut self.state.taps {
            let shown = tap.answer.as_ref().and_then(|answer| answer.call.as_ref());
            if shown.is_some_and(|call| call.trace.trace_id == id)
                && let Some(answer) = &mut Arc::make_mut(tap).answer
            {
                let answer = Arc::make_mut(answer);
                answer.trail = trail.clone().or(answer.trail.take());
                answer.trace = trace.clone().or(answer.trace.take());
                if legs.len() > answer.legs.len() {
                    answer.legs = Arc::clone(&legs);
                }
            }
        }
        if let Some(answer) = found {
            let answer = Arc::make_mut(answer);
            answer.trail = trail.or(answer.trail.take());
            answer.trace = trace.clone().or(answer.trace.take());
            if legs.len() > answer.legs.len() {
                answer.legs = legs;
            }
            let draft = answer.draft;
            if let Some(trace) = &trace {
                self.name_services(draft, trace);
            }
        }
        let Some(slot) = self.state.traces.get_mut(&id) else { return };
        match trace {
            Some(trace) => *slot = Loadable::Ready(trace),
            // It made room for newer ones.
            None if matches!(slot, Loadable::Loading { .. }) => {
                let previous = slot.value().cloned();
                *slot = Loadable::Failed { error: (), previous };
            }
            None => {}
        }
    }

    /// Adds to the newest notice of a draft's call which services it passed.
    fn name_services(&mut self, of: DraftId, trace: &Trace) {
        let mut names: Vec<Arc<str>> = Vec::new();
        for span in trace.spans.iter().filter(|span| span.service != Self::client_name()) {
            if !names.contains(&span.service) {
                names.push(Arc::clone(&span.service));
            }
        }
        let newest = self.state.notices.iter_mut().rev().find(
            |notice| matches!(&notice.kind, NoticeKind::CallFinished { draft, .. } if *draft == of),
        );
        if let Some(notice) = newest
            && let NoticeKind::CallFinished { through, .. } = &mut Arc::make_mut(notice).kind
        {
            *through = names;
        }
    }

    /// Loads a trace for a face that asks for it.
    pub(super) fn fetch_trace(&mut self, id: TraceId) {
        let fetched = &mut self.calls.fetched;
        fetched.retain(|known| *known != id);
        fetched.push_back(id);
        if fetched.len() > MAX_TRACES
            && let Some(oldest) = fetched.pop_front()
        {
            self.state.traces.remove(&oldest);
        }
        let slot = self.state.traces.entry(id).or_default();
        let previous = slot.value().cloned();
        *slot = Loadable::Loading { previous };
        let (queries, inbox) = (self.queries.clone(), self.inbox.clone());
        self.tasks.spawn(async move {
            let Told { trace, trail, .. } = Told::ask(&queries, id).await;
            let legs = Arc::default();
            inbox.send(Message::Traced { id, trace, trail, legs }).await.ok();
        });
    }

    /// A server that was restarted may serve another schema: ask again when it took a new connection
    /// or does not know a method that it used to name.
    fn refresh_stale_reflection(&mut self, draft: DraftId, call: &Call) {
        let Some(saved) = self.state.draft(draft).and_then(|draft| draft.source.clone()) else {
            return;
        };
        let is_unknown =
            matches!(&call.outcome, Some(Outcome::Grpc { code: Code::Unimplemented, .. }));
        let is_new = call.connection.as_ref().is_some_and(|connection| !connection.is_kept);
        if !is_unknown && !is_new {
            return;
        }
        let stale = self.state.sources.iter().find(|source| {
            let is_from_server = matches!(source.origin, Origin::Reflection { .. });
            source.saved == saved && is_from_server && source.phase != SourcePhase::Loading
        });
        if let Some(id) = stale.map(|source| source.id) {
            self.load_source(id);
        }
    }
}

/// Follows one call until it ends.
struct Follow {
    draft: DraftId,
    call: CallId,
    schema: Option<Arc<Schema>>,
    inbox: mpsc::Sender<Message>,
}

impl Follow {
    async fn run(self, mut events: watch::Receiver<Option<CallEvent>>) {
        while events.changed().await.is_ok() {
            let event = events.borrow_and_update().clone();
            let (answer, is_last) = match event {
                None => continue,
                Some(CallEvent::Progress(call)) => (answer::running(self.draft, call), false),
                Some(CallEvent::Finished(call)) => (self.finish(call).await, true),
            };
            if self.tell(answer).await.is_err() || is_last {
                return;
            }
        }
        // The call's task is gone without a last word: nothing runs any more, so nothing may seem to.
        let last = events.borrow().clone();
        if let Some(CallEvent::Progress(call)) = last {
            let mut call = (*call).clone();
            call.outcome = Some(Outcome::Cancelled);
            self.tell(answer::running(self.draft, Arc::new(call))).await.ok();
        }
    }

    async fn tell(&self, answer: Answer) -> Result<(), mpsc::error::SendError<Message>> {
        let answer = Box::new(answer);
        self.inbox.send(Message::Called { draft: self.draft, call: self.call, answer }).await
    }

    async fn finish(&self, call: Arc<Call>) -> Answer {
        let (draft, schema) = (self.draft, self.schema.clone());
        let shown = Arc::clone(&call);
        let prepared =
            tokio::task::spawn_blocking(move || answer::finished(draft, shown, schema.as_deref()));
        prepared.await.unwrap_or_else(|_| answer::running(draft, call))
    }
}
