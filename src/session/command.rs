//! Everything that a face can ask for. Closed: what is not here cannot be done.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{CompareFile, StreamLook, TapWish};
use crate::model::{
    CallId, CopyFormat, DraftId, Fault, MethodPath, MockAnswer, Scene, SourceId, TapId, TraceId,
    Whom,
};
use crate::workspace::{Draft, Overwrite, SettingChange, Theme};

/// One wish of the person at the window.
#[derive(Debug, Clone)]
pub enum Command {
    /// Open `.proto` files, folders and descriptor sets as one source; a source of the same paths is loaded anew.
    LoadPaths(Vec<PathBuf>),
    /// Open what a server tells by reflection.
    AskServer {
        /// As typed: `host:port`, `grpcs://...`.
        target: String,
    },
    /// Look for imports of a source in this folder too.
    AddRoot {
        /// Which source.
        source: SourceId,
        /// The folder.
        root: PathBuf,
    },
    /// Load a source anew: its files, or the server's answer.
    RefreshSource(SourceId),
    /// Forget a source. Its drafts stay.
    CloseSource(SourceId),
    /// Open a proto that is written in the window, with this text, and show its editor.
    NewScratch(Arc<str>),
    /// Open one again that was closed, by its name.
    ReopenScratch(String),
    /// Show the editor of a scratch.
    ShowEditor(SourceId),
    /// Close the editor of a scratch; the source stays.
    CloseEditor(SourceId),
    /// Replace the text of a scratch; a revision that is no newer is passed over.
    EditScratch {
        /// Which.
        source: SourceId,
        /// The whole text.
        text: Arc<str>,
        /// Risen with every edit.
        revision: u64,
    },
    /// Write a scratch as a file, which is the source from then on.
    SaveScratch {
        /// Which.
        source: SourceId,
        /// Where.
        path: PathBuf,
        /// What to do when something stands there.
        overwrite: Overwrite,
    },
    /// Write the bytes of a call that is shown, credentials hidden: to `NAME.raw` as `NAME.sent` and `NAME.received`, to
    /// any other name for Wireshark (pcapng).
    SaveCapture {
        /// Which: a draft's newest one, or one that passed a tap.
        call: CallId,
        /// Whose end: 0 is our own, then the gateway's in their order.
        side: usize,
        /// Where; the person has agreed that a file which is there may go.
        path: PathBuf,
    },
    /// Make a draft's call by every way that exists, into [`super::State::compare`].
    Compare {
        /// Whose.
        draft: DraftId,
        /// How often by each way, 1 to [`super::MAX_COMPARED`].
        n_calls: u32,
    },
    /// Give the comparison up.
    CancelCompare,
    /// Write a file of the comparison that is shown.
    SaveComparison {
        /// Which.
        file: CompareFile,
        /// Where; the person has agreed that a file which is there may go.
        path: PathBuf,
    },
    /// Make a draft of a gRPC method and show it.
    OpenMethod {
        /// Where the method stands.
        source: SourceId,
        /// Which method.
        method: MethodPath,
    },
    /// Make a draft of one of a source's HTTP routes and show it.
    OpenRoute {
        /// Where the route stands.
        source: SourceId,
        /// Its index in [`super::Source::routes`].
        route_idx: usize,
    },
    /// Make an empty gRPC draft and show it.
    NewGrpcDraft,
    /// Make an empty HTTP draft and show it.
    NewHttpDraft,
    /// Show this draft.
    ActivateDraft(DraftId),
    /// Replace a draft's content; the last one wins. The sender raises `revision`.
    EditDraft(Arc<Draft>),
    /// Replace a draft's body by a sample of its message.
    FillWithSample(DraftId),
    /// Forget a draft.
    CloseDraft(DraftId),
    /// Open the draft again that was closed last, as it was.
    ReopenDraft,
    /// Write a draft for another tool, into [`super::State::copied`].
    CopyAs {
        /// Which.
        draft: DraftId,
        /// For which tool, or in which language.
        format: CopyFormat,
    },
    /// Make a draft of a `grpcurl` command line, and show it.
    PasteGrpcurl(Arc<str>),
    /// Send what the draft says. While its stream can still be sent to that is one more message of it; else a call of
    /// the same draft that still runs is cancelled.
    SendCall(DraftId),
    /// Cancel the running call of a draft; the peer is told.
    CancelCall(DraftId),
    /// Send the script of a draft into its open stream, in place of one that is being sent.
    RunScript(DraftId),
    /// Send no more of it.
    StopScript(DraftId),
    /// Say that all messages of a stream are sent (half-close), once they are; answers may still come.
    HalfClose(DraftId),
    /// Show other messages of a draft's stream.
    LookAtStream {
        /// Whose.
        draft: DraftId,
        /// Which.
        look: StreamLook,
    },
    /// Make a tap before this target, to be filled in; an empty one is nobody's.
    NewTap(String),
    /// The same before a service of the diagram.
    TapService(Arc<str>),
    /// Show a tap.
    ShowTap(TapId),
    /// Stop a tap and forget what passed.
    CloseTap(TapId),
    /// Listen, and forward what comes.
    StartTap {
        /// Which.
        tap: TapId,
        /// Between whom.
        wish: TapWish,
    },
    /// Listen no more. What passed stays.
    StopTap(TapId),
    /// Show a call that passed, or none.
    ShowTapped {
        /// Whose.
        tap: TapId,
        /// Which.
        call: Option<CallId>,
    },
    /// Make a draft of a call that passed, and show it.
    DraftOfTapped {
        /// Whose.
        tap: TapId,
        /// Which.
        call: CallId,
    },
    /// Stop one demo instance and free its port.
    StopInstance(Arc<str>),
    /// Start it again.
    StartInstance(Arc<str>),
    /// End it as a crash does: its connections break at once.
    KillInstance(Arc<str>),
    /// Add an instance to a service.
    AddInstance(Arc<str>),
    /// Let an instance end its calls and forget it.
    RemoveInstance(Arc<str>),
    /// Do this to a service or an instance from now on; the default fault ends it.
    SetFault {
        /// Whom.
        whom: Whom,
        /// What.
        fault: Fault,
    },
    /// Read the log of this instance from now on, or none.
    FollowLog(Option<Arc<str>>),
    /// Let shoppers make so many calls a second, 0 for none.
    SetTraffic(u32),
    /// Serve the schema of a source.
    ServeSource(SourceId),
    /// Serve it no more.
    StopServing(SourceId),
    /// What a method of a served source answers.
    SetMockAnswer {
        /// Whose method.
        source: SourceId,
        /// Which.
        method: MethodPath,
        /// What.
        answer: MockAnswer,
    },
    /// Give an instance another port.
    SetInstancePort {
        /// `greeter-1`.
        instance: Arc<str>,
        /// The port.
        port: u16,
    },
    /// Stop cluster and gateway, free all their ports, and remember it.
    StopDemo,
    /// Start both, and remember it.
    StartDemo,
    /// Stop the gateway and free its port.
    StopGateway,
    /// Start it again.
    StartGateway,
    /// Give the gateway another port.
    SetGatewayPort(u16),
    /// Load this trace into [`super::State::traces`].
    FetchTrace(TraceId),
    /// Show this much of the demo, with its draft in front.
    SelectScene(Scene),
    /// Change one of the settings.
    ChangeSetting(SettingChange),
    /// Dark, light, or as the system says.
    SetTheme(Theme),
    /// Words of this language (BCP 47 tag), now and with the next start; `None` follows the system.
    SetLanguage(Option<String>),
    /// Still all motion, or not.
    SetReduceMotion(bool),
    /// Draw everything this much bigger.
    SetZoom(f32),
    /// Remember the pane layout.
    SaveLayout(Arc<str>),
    /// Take a notice off the screen.
    DismissNotice(u64),
    /// The window has drawn its first frame.
    WindowShown {
        /// Since the process began.
        took: Duration,
    },
    /// Save everything and end every task.
    Shutdown,
}
