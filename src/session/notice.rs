//! What just happened, as facts; the status bar puts them into words.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{NotCopied, TapFault};
use crate::model::{
    Cause, ChangeKind, CopyFormat, CopyNote, DraftId, NotDone, Outcome, PasteNote, Problem,
    Severity, SourceId, Timestamp,
};

/// One thing that happened. Kept until dismissed when it is a problem.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Rising.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// `None` for good news.
    pub severity: Option<Severity>,
    /// What.
    pub kind: NoticeKind,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum NoticeKind {
    /// Cluster and gateway stand.
    DemoReady {
        /// From the start of the process.
        took: Duration,
    },
    /// The demo was stopped and its ports are free.
    DemoStopped,
    /// A port was taken; another one had to do.
    PortTaken {
        /// `greeter-1`, `gateway`.
        listener: Arc<str>,
        /// The port that was asked for.
        wanted: u16,
        /// The port that it got.
        got: u16,
    },
    /// A listener could not be opened at all.
    ListenFailed {
        /// `greeter-1`, `gateway`.
        listener: Arc<str>,
        /// Why, mostly in the system's words.
        cause: Cause,
    },
    /// The person changed something about the running services.
    Changed(ChangeKind),
    /// That could not be done.
    NotDone {
        /// `greeter-1`, `catalog`.
        whom: Arc<str>,
        /// Why.
        why: NotDone,
    },
    /// A source was read.
    SourceLoaded {
        /// Which.
        source: SourceId,
        /// Its name.
        name: String,
        /// Methods that can be called.
        n_methods: usize,
        /// Problems beside.
        n_problems: usize,
    },
    /// A source gave nothing.
    SourceFailed {
        /// Which.
        source: SourceId,
        /// Its name.
        name: String,
        /// The first problem.
        problem: Option<Problem>,
    },
    /// A scratch was closed; its text is kept.
    ScratchClosed {
        /// Its name.
        name: String,
    },
    /// A text is too big to be a scratch.
    ScratchTooBig {
        /// How big.
        n_bytes: usize,
        /// How big it may be.
        limit: usize,
    },
    /// A call ended.
    CallFinished {
        /// Of which draft.
        draft: DraftId,
        /// `Greeter/SayHello`.
        operation: String,
        /// How.
        outcome: Outcome,
        /// How long it took.
        took: Duration,
        /// Services that the trace visited, in the order of their first span.
        through: Vec<Arc<str>>,
    },
    /// A tap listens.
    Tapping {
        /// Here.
        address: SocketAddr,
        /// Before this one.
        target: String,
    },
    /// A tap could not start.
    TapFailed(TapFault),
    /// A draft could not be sent; the composer shows why.
    NotSent {
        /// Which.
        draft: DraftId,
    },
    /// A part of the gateway's configuration is at fault.
    GatewayConfig(Problem),
    /// A file of the workspace was broken and has been set aside.
    WorkspaceFile(Problem),
    /// A part of the settings file is at fault; the rest is in force, and the file is as it was.
    SettingsFile(Problem),
    /// The gateway has a route for a service of a mock already, and keeps to it.
    RoutedElsewhere {
        /// The mock.
        mock: Arc<str>,
        /// The service.
        service: String,
        /// Where the mock listens.
        address: SocketAddr,
    },
    /// The bytes of a call were written.
    CaptureSaved {
        /// Where.
        path: PathBuf,
    },
    /// A draft was written for another tool, and lies in the clipboard.
    Copied {
        /// Which tool.
        format: CopyFormat,
        /// What to know of the text.
        notes: Vec<CopyNote>,
    },
    /// It could not be.
    NotCopied {
        /// For which tool.
        format: CopyFormat,
        /// Why.
        why: NotCopied,
    },
    /// A draft was made of a command line, or none where there was no command.
    Pasted {
        /// What to know of it.
        notes: Vec<PasteNote>,
    },
    /// A file of a comparison was written.
    ComparisonSaved {
        /// Where.
        path: PathBuf,
    },
    /// A file could not be written.
    SaveFailed {
        /// Which.
        path: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// More commands came than could be taken.
    TooBusy,
}
