//! What a panel gets: everything to read, and the few ways to say something.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::settings_page::Row;
use super::theme::Theme;
use crate::model::{CallId, DraftId, EdgeKey, SourceId, Timestamp, TraceId};
use crate::session::{Command, State};
use crate::telemetry::Snapshot;
use crate::workspace::Draft;

/// Lent to every panel for one frame. Nothing behind it waits.
#[derive(Debug)]
pub struct PanelCx<'a> {
    /// What is shown; drafts already carry what was typed a moment ago.
    pub state: &'a State,
    /// What was measured.
    pub snapshot: &'a Arc<Snapshot>,
    /// Seconds since the window opened, the same for all panels of a frame. For motion of controls.
    pub now: f64,
    /// The same moment on the clock that stamps spans. For packets and ages.
    pub clock: Timestamp,
    /// The colours.
    pub theme: &'a Theme,
    /// What panels asked of each other in the frame before. Each one picks what concerns it.
    pub asks: &'a [Ask],
    outbox: &'a RefCell<Outbox>,
}

/// What one panel asks of another. Delivered to all of them in the next frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Flow: play this trace again, slowly. The pane comes to the front.
    PlayTrace(TraceId),
    /// Response: show the Trace tab of the draft whose newest call has this trace.
    ShowTrace(TraceId),
    /// Latency: show this edge.
    ShowEdge(EdgeKey),
    /// Latency: show the calls to this service.
    ShowService(Arc<str>),
    /// Bring a pane to the front.
    ShowPane(Pane),
    /// Bring a pane to the front and give it the keyboard.
    GoTo(Pane),
    /// Explorer: the keyboard to the filter.
    GoToFilter,
    /// Explorer: the keyboard to the field that takes a path.
    GoToPath,
    /// Explorer: the keyboard to the field that takes a server.
    GoToServer,
    /// Explorer: read the chosen sources again.
    Refresh,
    /// Composer: undo in the shown draft.
    Undo,
    /// Composer: do again what was undone.
    Redo,
    /// Flow: freeze the picture, or let it go on.
    Freeze,
    /// Flow: fit the picture to its pane.
    Fit,
}

/// The panes of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// Sources, services, methods.
    Explorer,
    /// Drafts.
    Composer,
    /// The newest answer of the shown draft.
    Response,
    /// The live diagram.
    Flow,
    /// Figures of edges and methods.
    Latency,
}

/// What panels said during a frame; the app empties it behind them.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub(super) commands: Vec<Command>,
    pub(super) edits: BTreeMap<DraftId, Arc<Draft>>,
    pub(super) asks: Vec<Ask>,
    pub(super) wishes: Vec<Wish>,
    pub(super) is_moving: bool,
    pub(super) wake_after: Option<Duration>,
}

/// What a panel wants from the frame of the window itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// Open a file dialog.
    Pick(Pick),
    /// Put the panes back as they were shipped.
    ResetLayout,
    /// Open the palette, or close it.
    Palette,
    /// Open the settings, or close them.
    Settings,
    /// Open the comparison of a draft's call.
    Compare(DraftId),
    /// Open the settings at this row.
    SettingsAt(Row),
}

/// What a file dialog is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    /// Schemas: files.
    Schemas,
    /// Schemas: a whole folder.
    SchemaFolder,
    /// A folder in which a source looks for imports.
    Root(SourceId),
    /// Where a scratch is to be saved.
    SaveScratch(SourceId),
    /// Where the bytes of a call are to be saved.
    SaveCapture(CallId, usize),
    /// Where the figures of the comparison are to be saved.
    SaveCompareCsv,
    /// Where its picture is to be saved.
    SaveComparePng,
    /// A PEM file with authorities that every call trusts.
    Authority,
    /// A PEM file of a draft.
    Pem(DraftId, PemFile),
}

/// The files that a draft may name for TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum PemFile {
    /// Own roots.
    Ca,
    /// The client's certificate.
    Cert,
    /// Its key.
    Key,
}

impl<'a> PanelCx<'a> {
    pub(super) fn new(
        state: &'a State,
        snapshot: &'a Arc<Snapshot>,
        (now, clock): (f64, Timestamp),
        theme: &'a Theme,
        asks: &'a [Ask],
        outbox: &'a RefCell<Outbox>,
    ) -> Self {
        Self { state, snapshot, now, clock, theme, asks, outbox }
    }

    /// Sends a command to the session at the end of this frame.
    pub fn send(&self, command: Command) {
        self.outbox.borrow_mut().commands.push(command);
    }

    /// Replaces a draft. Its revision is raised here; the last edit of a frame wins.
    pub fn edit(&self, mut draft: Draft) {
        let shown = self.state.draft(draft.id).map_or(0, |shown| shown.revision);
        draft.revision = shown + 1;
        self.outbox.borrow_mut().edits.insert(draft.id, Arc::new(draft));
    }

    /// Asks something of another panel.
    pub fn ask(&self, ask: Ask) {
        self.outbox.borrow_mut().asks.push(ask);
    }

    /// Something moves: the next frame comes as soon as the frame rate allows.
    pub fn request_motion(&self) {
        self.outbox.borrow_mut().is_moving = true;
    }

    /// Nothing moves, but something changes by itself after this long.
    pub fn wake_after(&self, delay: Duration) {
        let mut outbox = self.outbox.borrow_mut();
        let sooner = outbox.wake_after.map_or(delay, |other| other.min(delay));
        outbox.wake_after = Some(sooner);
    }

    /// The draft that is shown.
    pub fn active_draft(&self) -> Option<&'a Arc<Draft>> {
        self.state.active.and_then(|id| self.state.draft(id))
    }

    pub(super) fn wish(&self, wish: Wish) {
        self.outbox.borrow_mut().wishes.push(wish);
    }
}
