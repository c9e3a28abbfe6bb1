//! The session's side of a stream: opens it, hands on what the person does, keeps what there is to see.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::keeper::{Keeper, Passed};
use super::sender::{Hand, MAX_WAITING, Script, Sender, Sending};
use super::viewer::{Sources, Viewer};
use super::{StreamLook, StreamView, script};
use crate::engine::Ends;
use crate::model::{CallBody, CallId, CallKind, DraftId, MethodPath, Request};
use crate::schema::Schema;
use crate::session::core::Core;
use crate::session::message::Message;
use crate::session::{Refusal, answer};
use crate::workspace::Draft;

/// Messages between the call's task and the keeper, and between the sender and the call.
const ROOM: usize = 16;

/// What the session holds of a stream; its end ends the looking, the call is ended by its own handle.
#[derive(Debug)]
pub(in crate::session) struct Stream {
    call: CallId,
    input: String,
    schema: Arc<Schema>,
    hands: mpsc::Sender<Hand>,
    sending: Arc<Mutex<Sending>>,
    looks: watch::Sender<Arc<StreamLook>>,
    counts_only: Arc<AtomicBool>,
}

impl Stream {
    /// Opens the ends of a streaming call and starts what serves them.
    pub(in crate::session) fn open(
        of: (DraftId, CallId),
        request: &mut Request,
        schema: Arc<Schema>,
        inbox: mpsc::Sender<Message>,
        tasks: &mut JoinSet<()>,
    ) -> Option<(Self, Ends)> {
        let (draft, call) = of;
        let CallBody::Grpc { method, messages } = &mut request.body else { return None };
        let info = schema.method(method)?.clone();
        if info.kind == CallKind::Unary {
            return None;
        }
        let method: MethodPath = method.clone();
        let first = std::mem::take(messages);
        let (outbound, taken) = mpsc::channel(ROOM);
        let (passed_on, arriving) = mpsc::channel(ROOM);
        let (hands, at_hand) = mpsc::channel(MAX_WAITING);
        let news = watch::Sender::new(0);
        let seen = news.subscribe();
        let passed = Arc::new(Mutex::new(Passed::default()));
        let counts_only = Arc::<AtomicBool>::default();
        let open = Sending { is_open: true, n_waiting: 0, script: None };
        let sending = Arc::new(Mutex::new(open));
        let kind = info.kind;
        let sources = Sources {
            draft,
            call,
            kind,
            method,
            schema: Arc::clone(&schema),
            passed: Arc::clone(&passed),
            sending: Arc::clone(&sending),
        };
        let (looks, looked) = watch::channel(Arc::default());
        let sender = Sender { outbound, state: Arc::clone(&sending), news: news.clone() };
        let keeper = Keeper { passed, counts_only: Arc::clone(&counts_only), news };
        tasks.spawn(sender.run(at_hand));
        tasks.spawn(keeper.run(arriving));
        tasks.spawn(Viewer::new(sources).run(seen, looked, inbox));
        let stream = Self { call, input: info.input, schema, hands, sending, looks, counts_only };
        for message in first {
            stream.hand(Hand::Message(message));
        }
        if kind == CallKind::ServerStream {
            stream.hand(Hand::HalfClose);
        }
        Some((stream, Ends { outbound: taken, passed: passed_on }))
    }

    /// Whether it is a stream of this call and messages can still be sent.
    fn is_open(&self, call: Option<CallId>) -> bool {
        call == Some(self.call) && self.sending.lock().is_open && !self.hands.is_closed()
    }

    /// Says whether there was room for it.
    fn hand(&self, hand: Hand) -> bool {
        self.hands.try_send(hand).is_ok()
    }
}

impl Core {
    /// The stream of a draft to which messages can still be sent.
    fn open_stream(&self, draft: DraftId) -> Option<&Stream> {
        let call = self.calls.running(draft);
        self.calls.stream(draft).filter(|stream| stream.is_open(call))
    }

    /// Sends what the draft says as one more message, when its stream is open. Says whether it is.
    pub(in crate::session) fn send_message(&mut self, draft: &Draft) -> bool {
        let Some(stream) = self.open_stream(draft.id) else { return false };
        let encoded = encode(&stream.schema, &stream.input, &draft.body);
        let refusal = match encoded {
            Ok(message) => (!stream.hand(Hand::Message(message))).then_some(Refusal::Full),
            Err(problems) => Some(Refusal::Body(problems)),
        };
        self.say(draft.id, refusal);
        true
    }

    /// Sends the draft's script; opens its stream first where none is.
    pub(in crate::session) fn run_script(&mut self, id: DraftId) {
        let Some(draft) = self.state.draft(id).cloned() else { return };
        let messages = match self.script_of(&draft) {
            Ok(messages) => messages,
            Err(refusal) => return self.say(id, Some(refusal)),
        };
        if self.open_stream(id).is_none() {
            // The script has the messages; the editor has none to begin with.
            self.start_call(&Draft { body: String::new(), ..(*draft).clone() });
        }
        let Some(stream) = self.open_stream(id) else { return };
        let script = Script {
            messages,
            pace: Duration::from_millis(draft.script.pace_millis),
            n_rounds: u64::from(draft.script.n_rounds.max(1)),
            closes: draft.script.closes,
        };
        let refusal = (!stream.hand(Hand::Script(script))).then_some(Refusal::Full);
        self.say(id, refusal);
    }

    fn script_of(&self, draft: &Draft) -> Result<Vec<Bytes>, Refusal> {
        let schema = self.state.schema_of(draft).ok_or(Refusal::UnknownMethod)?;
        let info = draft.method.as_ref().and_then(|method| schema.method(method));
        let info = info.ok_or(Refusal::UnknownMethod)?;
        script::read(schema, &info.input, &draft.script.text).map_err(Refusal::Script)
    }

    /// Sends no more of it.
    pub(in crate::session) fn stop_script(&mut self, id: DraftId) {
        if let Some(stream) = self.open_stream(id) {
            stream.hand(Hand::StopScript);
        }
    }

    /// Ends the sending; answers may still come.
    pub(in crate::session) fn half_close(&mut self, id: DraftId) {
        let Some(stream) = self.open_stream(id) else { return };
        let refusal = (!stream.hand(Hand::HalfClose)).then_some(Refusal::Full);
        self.say(id, refusal);
    }

    /// Shows other messages of a stream.
    pub(in crate::session) fn look_at_stream(&mut self, id: DraftId, look: StreamLook) {
        if let Some(stream) = self.calls.stream(id) {
            stream.counts_only.store(look.counts_only, Ordering::Relaxed);
            stream.looks.send_replace(Arc::new(look));
        }
    }

    /// What there is to see of a stream.
    pub(in crate::session) fn streamed(&mut self, draft: DraftId, view: StreamView) {
        if self.calls.stream(draft).is_some_and(|stream| stream.call == view.call) {
            self.state.streams.insert(draft, Arc::new(view));
        }
    }

    /// Says at the draft why a message was not taken, and no more what was wrong before. The call goes on.
    fn say(&mut self, draft: DraftId, refusal: Option<Refusal>) {
        match self.state.answers.get_mut(&draft) {
            Some(answer) if answer.refusal != refusal => Arc::make_mut(answer).refusal = refusal,
            Some(_) => {}
            None => {
                if let Some(refusal) = refusal {
                    let refused = answer::refused(draft, refusal);
                    self.state.answers.insert(draft, Arc::new(refused));
                }
            }
        }
    }
}

/// The draft's text as a message; an emptied editor means the empty one.
fn encode(schema: &Schema, input: &str, text: &str) -> Result<Bytes, Vec<crate::model::Problem>> {
    match text.trim() {
        "" => Ok(Bytes::new()),
        text => schema.encode_json(input, text),
    }
}
