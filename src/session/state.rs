//! What a face shows. Published whole and immutable: every part is behind an `Arc`, so a new state is cheap.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use super::wire_leg::WireLeg;
use super::wire_reading::WireReading;
use super::{
    Account, CompareView, CopiedText, DisplayText, Loadable, Notice, StreamView, SystemTheme,
    TapView, Trouble,
};
use crate::model::{
    Call, CallId, Cause, Change, DraftId, InstanceState, LogLine, MethodPath, MockAnswer, Problem,
    SourceId, TapId, TargetError, Trace, TraceId, TrafficFigures, Trail,
};
use crate::schema::Schema;
use crate::workspace::{self, Draft, SavedSource, ScratchPlace, Settings};

/// The whole application at one moment.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Rises with every publication.
    pub revision: u64,
    /// Open schema sources, in the order of opening; the built-in ones first.
    pub sources: Vec<Arc<Source>>,
    /// The protos that are being written, in the order of their tabs.
    pub scratches: Vec<Arc<Scratch>>,
    /// The ones that were closed last, newest last.
    pub closed_scratches: Vec<Arc<workspace::Scratch>>,
    /// The scratch whose editor is shown; no draft is then.
    pub editor: Option<SourceId>,
    /// Taps, in the order of their tabs.
    pub taps: Vec<Arc<TapView>>,
    /// The tap that is shown; neither draft nor editor is then.
    pub front_tap: Option<TapId>,
    /// Open drafts, in the order of their tabs.
    pub drafts: Vec<Arc<Draft>>,
    /// The draft that is shown.
    pub active: Option<DraftId>,
    /// The newest answer of each draft.
    pub answers: BTreeMap<DraftId, Arc<Answer>>,
    /// The newest stream of each draft that has one.
    pub streams: BTreeMap<DraftId, Arc<StreamView>>,
    /// The comparison of one call by every way.
    pub compare: CompareView,
    /// Whether the demo runs. Its services stand in the snapshot's topology.
    pub demo: DemoPhase,
    /// The gateway.
    pub gateway: GatewayView,
    /// The greeter that is called without the gateway.
    pub greeter: GreeterView,
    /// What the person has chosen.
    pub settings: Settings,
    /// What is wrong with the file of it.
    pub settings_problems: Arc<[Problem]>,
    /// Where that file is; `None` when nothing is kept.
    pub settings_file: Option<PathBuf>,
    /// Files with authorities that cannot be used, and why.
    pub ca_problems: Arc<BTreeMap<PathBuf, Cause>>,
    /// How many closed drafts can be opened again.
    pub n_closed_drafts: usize,
    /// The text that was asked for last, for the clipboard.
    pub copied: Option<Arc<CopiedText>>,
    /// What the desktop prefers; `None` while it does not say.
    pub system_theme: Option<SystemTheme>,
    /// The pane layout that was saved.
    pub layout: Option<Arc<str>>,
    /// What happened, newest last; at most 100.
    pub notices: Vec<Arc<Notice>>,
    /// Sources that are served.
    pub mocks: BTreeMap<SourceId, Arc<MockView>>,
    /// The shoppers' traffic.
    pub traffic: Arc<TrafficView>,
    /// What the person changed about the running services, newest last; at most 200.
    pub changes: Arc<Vec<Change>>,
    /// The log that is being read.
    pub log: Option<Arc<LogView>>,
    /// Traces that were asked for.
    pub traces: BTreeMap<TraceId, Loadable<Arc<Trace>, ()>>,
    /// Reports that found a full queue, commands that did, and the like.
    pub n_dropped: u64,
}

impl State {
    /// The source of this id.
    pub fn source(&self, id: SourceId) -> Option<&Arc<Source>> {
        self.sources.iter().find(|source| source.id == id)
    }

    /// The scratch of this source.
    pub fn scratch(&self, id: SourceId) -> Option<&Arc<Scratch>> {
        self.scratches.iter().find(|scratch| scratch.source == id)
    }

    /// All scratches as they are kept on disk, the closed ones first.
    pub(super) fn kept_scratches(&self) -> Vec<workspace::Scratch> {
        let closed = self.closed_scratches.iter().map(|scratch| (**scratch).clone());
        let open = self.scratches.iter().map(|scratch| {
            scratch.kept(match (self.editor == Some(scratch.source), scratch.has_tab) {
                (true, _) => ScratchPlace::Front,
                (false, true) => ScratchPlace::Tab,
                (false, false) => ScratchPlace::Source,
            })
        });
        closed.chain(open).collect()
    }

    /// The tap of this id.
    pub fn tap(&self, id: TapId) -> Option<&Arc<TapView>> {
        self.taps.iter().find(|tap| tap.id == id)
    }

    /// What the Response pane shows: the newest call of the shown draft, or the one that is looked at of a tap.
    pub fn shown_answer(&self) -> Option<&Arc<Answer>> {
        match self.front_tap {
            Some(tap) => self.tap(tap)?.answer.as_ref(),
            None => self.answers.get(&self.active?),
        }
    }

    /// A call that is shown somewhere, or would be.
    pub fn shown_call(&self, id: CallId) -> Option<&Arc<Call>> {
        let tapped = self.taps.iter().filter_map(|tap| tap.answer.as_ref());
        let calls = self.answers.values().chain(tapped).filter_map(|answer| answer.call.as_ref());
        calls.into_iter().find(|call| call.id == id)
    }

    /// The same with the bytes of one side: 0 is our own, then those of the gateway in their order.
    pub(super) fn call_at(&self, id: CallId, side: usize) -> Option<Arc<Call>> {
        let call = self.shown_call(id)?;
        let Some(leg_idx) = side.checked_sub(1) else { return Some(Arc::clone(call)) };
        let has_it =
            |answer: &&Arc<Answer>| answer.call.as_ref().is_some_and(|known| known.id == id);
        let leg = self.answers.values().find(has_it)?.legs.get(leg_idx)?;
        Some(Arc::new(leg.call_at(call)))
    }

    /// The draft of this id.
    pub fn draft(&self, id: DraftId) -> Option<&Arc<Draft>> {
        self.drafts.iter().find(|draft| draft.id == id)
    }

    /// The source that knows the draft's method: the one that it was made from, else any that has it.
    pub fn schema_of(&self, draft: &Draft) -> Option<&Arc<Schema>> {
        let method = draft.method.as_ref()?;
        let has = |source: &&Arc<Source>| {
            source.schema.as_ref().is_some_and(|schema| schema.method(method).is_some())
        };
        let own = self.sources.iter().filter(|source| Some(&source.saved) == draft.source.as_ref());
        own.chain(&self.sources).find(has).and_then(|source| source.schema.as_ref())
    }
}

/// A source that is served.
#[derive(Debug, Clone, PartialEq)]
pub struct MockView {
    /// Its service in the diagram.
    pub name: Arc<str>,
    /// Where it listens; `None` while it starts for the first time.
    pub address: Option<SocketAddr>,
    /// What the person told single methods to answer.
    pub answers: BTreeMap<MethodPath, MockEdit>,
}

/// The answer of one method, as it is being edited.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MockEdit {
    /// As it was typed.
    pub typed: MockAnswer,
    /// What callers get: the newest one that fits; the sample, when none does.
    pub in_force: MockAnswer,
    /// Why what was typed is not in force, or what to know of it when it is, with places in its text.
    pub problems: Arc<[Problem]>,
}

/// The shoppers' traffic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrafficView {
    /// Calls a second, 0 for none.
    pub per_second: u32,
    /// What became of their calls.
    pub figures: TrafficFigures,
}

/// The last lines of one instance's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogView {
    /// Whose.
    pub instance: Arc<str>,
    /// Oldest first.
    pub lines: Vec<LogLine>,
}

/// One open schema source.
#[derive(Debug, Clone)]
pub struct Source {
    /// Which.
    pub id: SourceId,
    /// What the Explorer calls it: `greeter.proto`, `shop, 7 files`, `127.0.0.1:7001`. Unique.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// How the workspace and the drafts name it.
    pub saved: SavedSource,
    /// How far it is.
    pub phase: SourcePhase,
    /// The newest schema that could be read; stays while a new one is being read.
    pub schema: Option<Arc<Schema>>,
    /// HTTP routes, for sources that have such.
    pub routes: Arc<[HttpRoute]>,
    /// What is wrong with it.
    pub problems: Arc<[Problem]>,
    /// Import roots, inferred and given.
    pub roots: Vec<PathBuf>,
}

/// Where a source comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Shipped with Hoplens.
    BuiltIn,
    /// Being written in the window; its text stands in [`State::scratches`].
    Scratch,
    /// Files, folders or descriptor sets.
    Paths {
        /// As they were given.
        paths: Vec<PathBuf>,
        /// What they turned out to be.
        kind: crate::schema::LoadKind,
    },
    /// A server's reflection.
    Reflection {
        /// As typed.
        target: String,
        /// `v1` or `v1alpha`, once it answered.
        version: Option<&'static str>,
        /// The server is down and this is what it said before.
        is_from_cache: bool,
    },
}

/// How far a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourcePhase {
    /// Being read, for the first time or again.
    Loading,
    /// Read, maybe with problems.
    Ready,
    /// Nothing could be read.
    Failed,
}

/// A proto that is being written in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scratch {
    /// The source that it is.
    pub source: SourceId,
    /// `scratch-1.proto`. Unique.
    pub name: String,
    /// The newest text that the session has.
    pub text: Arc<str>,
    /// Rises with every edit.
    pub revision: u64,
    /// The revision that the source's phase and problems tell of.
    pub n_checked: u64,
    /// Import roots that were added.
    pub roots: Vec<PathBuf>,
    /// Whether its editor is open.
    pub has_tab: bool,
    /// Where it was to be saved, and something stands already.
    pub taken: Option<PathBuf>,
}

impl Scratch {
    /// As it is kept on disk.
    pub(super) fn kept(&self, place: ScratchPlace) -> workspace::Scratch {
        let Self { name, text, roots, .. } = self.clone();
        workspace::Scratch { name, text, roots, place }
    }
}

/// One HTTP route that a source offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRoute {
    /// GET, POST, ...
    pub method: String,
    /// `/products/{id}`.
    pub path: String,
    /// The path with sample values in it.
    pub sample_path: String,
    /// A sample body, empty for none.
    pub sample_body: String,
    /// What its contract says of it.
    pub doc: String,
}

/// The newest call of a draft, or why there is none.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Of which draft.
    pub draft: DraftId,
    /// Why nothing was sent.
    pub refusal: Option<Refusal>,
    /// The call, under way or ended.
    pub call: Option<Arc<Call>>,
    /// The body of the answer, made ready for showing.
    pub body: AnswerBody,
    /// What the recorded bytes mean.
    pub wire: Arc<WireReading>,
    /// The same at the gateway, when the call passed ours.
    pub legs: Arc<[WireLeg]>,
    /// What other calls put on the wire, to be seen beside it.
    pub account: Account,
    /// The trace as far as it is known.
    pub trace: Option<Arc<Trace>>,
    /// What the gateway decided, when the call passed ours.
    pub trail: Option<Arc<Trail>>,
    /// What is known of a call that did not do what was asked.
    pub trouble: Arc<Trouble>,
}

/// Why a draft could not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The target cannot be read.
    Target(TargetError),
    /// The body does not fit its message.
    Body(Vec<Problem>),
    /// No open source knows the method.
    UnknownMethod,
    /// The method streams, and a comparison makes unary calls only: HTTP has one answer to a call.
    Streaming,
    /// The method takes a stream, which gRPC-Web does not have.
    WebStreaming,
    /// The script of the draft has a message that does not fit.
    Script(Vec<Problem>),
    /// As many messages wait for the peer as may.
    Full,
}

/// An answer's body.
#[derive(Debug, Clone, Default)]
pub enum AnswerBody {
    /// None (yet).
    #[default]
    None,
    /// A protobuf message, shown as JSON, with what could not be read of it.
    Message {
        /// Pretty JSON.
        json: DisplayText,
        /// What could not be read.
        problems: Vec<Problem>,
    },
    /// A JSON body, pretty.
    Json(DisplayText),
    /// Another text.
    Text(DisplayText),
    /// Bytes that are no text, or a message that does not decode.
    Binary {
        /// As they came.
        bytes: Bytes,
        /// Why they are shown as bytes.
        problems: Vec<Problem>,
    },
}

/// How far the demo cluster is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DemoPhase {
    /// Ports are being bound.
    #[default]
    Starting,
    /// All that was asked for stands.
    Running,
    /// Stopped; every port is free.
    Stopped,
}

/// The gateway as the chip in the top bar shows it.
#[derive(Debug, Clone, Default)]
pub struct GatewayView {
    /// Where it listens; `None` while it does not.
    pub address: Option<SocketAddr>,
    /// Where it listened last, stopped or not.
    pub last_address: Option<SocketAddr>,
    /// The port that was asked for, where another one had to do.
    pub wanted_port: Option<u16>,
    /// Its life.
    pub state: Option<InstanceState>,
    /// What is wrong with its configuration.
    pub problems: Arc<[Problem]>,
}

/// The instance that calls without the gateway go to: the greeter's first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GreeterView {
    /// Where it listens, or listened last.
    pub address: Option<SocketAddr>,
    /// The port that was asked for, where another one had to do.
    pub wanted_port: Option<u16>,
}
