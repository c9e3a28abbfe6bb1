//! What the session's own tasks tell its core. One bounded queue; each sender waits, so nothing is lost,
//! and the core never waits for a sender.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(all(feature = "window", target_os = "linux"))]
use super::SystemTheme;
use super::pasting::Pasted;
use super::reflect::Reflected;
use super::tap::TapNews;
use super::{
    Answer, CompareProgress, Comparison, Copied, NotCopied, NoticeKind, StreamView, WireLeg,
};
use crate::gateway::GatewayHandle;
use crate::model::{
    CallId, Cause, ChangeKind, CopyFormat, DraftId, LogLine, NotDone, SourceId, TapId, Trace,
    TraceId, TrafficFigures, Trail,
};
use crate::schema::Loaded;
use crate::workspace::{Draft, ReadSettings, Settings};

/// One report of an inner task.
pub(super) enum Message {
    /// Files or a folder were read.
    PathsLoaded { source: SourceId, generation: u64, loaded: Box<Loaded> },
    /// A scratch was compiled.
    ScratchChecked { source: SourceId, revision: u64, loaded: Box<Loaded> },
    /// A scratch was written as a file, or could not be.
    ScratchSaved { source: SourceId, revision: u64, path: PathBuf, result: std::io::Result<()> },
    /// A server answered by reflection, or did not.
    Reflected { source: SourceId, generation: u64, result: Box<Reflected> },
    /// A call went on or ended.
    Called { draft: DraftId, call: CallId, answer: Box<Answer> },
    /// A stream went on, or something else of it is looked at.
    Streamed { draft: DraftId, view: Box<StreamView> },
    /// What the task of a tap says.
    Tapped { tap: TapId, generation: u64, news: TapNews },
    /// A call that passed a tap was read.
    TappedRead { tap: TapId, answer: Box<Answer> },
    /// A draft was made of one.
    TappedDrafted(Box<Draft>),
    /// A draft was written for another tool, or could not be.
    Copied { format: CopyFormat, result: Box<Result<Copied, NotCopied>> },
    /// A command line that was pasted was read.
    Pasted(Box<Pasted>),
    /// What the telemetry knows of a trace.
    Traced {
        id: TraceId,
        trace: Option<Arc<Trace>>,
        trail: Option<Arc<Trail>>,
        legs: Arc<[WireLeg]>,
    },
    /// The cluster stands, or its instances changed.
    ClusterChanged,
    /// The gateway listens, or could not.
    GatewayStarted { generation: u64, result: Result<GatewayHandle, String> },
    /// The gateway's life went on.
    GatewayChanged,
    /// A wish concerning a service or an instance was carried out, or not.
    Done { whom: Arc<str>, done: Done },
    /// The log that is followed has new lines.
    Logged { instance: Arc<str>, lines: Vec<LogLine> },
    /// What became of the shoppers' calls.
    Shopped(TrafficFigures),
    /// A schema is served, or could not be.
    MockServed { source: SourceId, result: Result<SocketAddr, NotDone> },
    /// Every demo listener is stopped.
    DemoStopped,
    /// Files of sources changed on disk.
    FilesChanged(Vec<PathBuf>),
    /// More files changed than could be told.
    AnyFileChanged,
    /// What the desktop prefers.
    #[cfg(all(feature = "window", target_os = "linux"))]
    SystemTheme(Option<SystemTheme>),
    /// Which files with authorities cannot be used, and why.
    AuthoritiesChecked(BTreeMap<PathBuf, Cause>),
    /// The settings file was read again.
    SettingsRead(Box<ReadSettings>),
    /// The settings were written; lines that were no TOML are kept in `aside`.
    SettingsSaved { settings: Box<Settings>, aside: Option<PathBuf> },
    /// A file of the person's own was written.
    Exported(NoticeKind),
    /// A comparison went on.
    CompareWentOn { generation: u64, progress: CompareProgress },
    /// It came to its end.
    Compared { generation: u64, comparison: Box<Comparison> },
    /// A file of the workspace could not be written.
    SaveFailed { path: PathBuf, cause: String },
}

/// What became of a wish.
pub(super) enum Done {
    /// This.
    Changed(ChangeKind),
    /// The instance was given this port and runs there.
    Moved(u16),
    /// It could not be done.
    Failed(NotDone),
}
