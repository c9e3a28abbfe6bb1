//! Keeps what outlives the process. Edits come in bursts: a burst is written once, a quarter of a second
//! after its first edit, so that a kill loses no more than that.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::State;
use super::gate::moved_target;
use super::message::Message;
use crate::model::DraftId;
use crate::workspace::{Draft, SavedMock, SavedSource, Scratch, Settings, Store, WorkspaceError};

/// How long a burst of edits is collected.
const DEBOUNCE: Duration = Duration::from_millis(250);

/// What is kept, as it is now. Cheap to make: drafts are shared.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Keep {
    settings: Settings,
    drafts: Vec<Arc<Draft>>,
    active: Option<DraftId>,
    sources: Vec<SavedSource>,
    mocks: Arc<[SavedMock]>,
    scratches: Vec<Scratch>,
    layout: Option<Arc<str>>,
}

impl Keep {
    pub(super) fn of(state: &State, mocks: Arc<[SavedMock]>) -> Self {
        Self {
            settings: state.settings.clone(),
            drafts: state.drafts.iter().map(|draft| with_usual_port(draft, state)).collect(),
            active: state.active,
            sources: state.sources.iter().map(|source| source.saved.clone()).collect(),
            mocks,
            scratches: state.kept_scratches(),
            layout: state.layout.clone(),
        }
    }

    /// Writes the pieces that differ from what was written last; all of them the first time.
    fn write(&self, store: &Store, last: Option<&Self>) -> Result<(), WorkspaceError> {
        let differs =
            |is_same: fn(&Self, &Self) -> bool| last.is_none_or(|last| !is_same(self, last));
        if differs(|new, old| new.drafts == old.drafts && new.active == old.active) {
            let drafts: Vec<Draft> = self.drafts.iter().map(|draft| (**draft).clone()).collect();
            store.save_drafts(&drafts, self.active)?;
        }
        // Before the list that names them.
        if differs(|new, old| new.scratches == old.scratches) {
            store.save_scratches(&self.scratches)?;
        }
        if differs(|new, old| new.sources == old.sources) {
            store.save_sources(&self.sources)?;
        }
        if differs(|new, old| new.mocks == old.mocks) {
            store.save_mocks(&self.mocks)?;
        }
        match &self.layout {
            Some(layout) if differs(|new, old| new.layout == old.layout) => {
                store.save_layout(layout)
            }
            _ => Ok(()),
        }
    }
}

/// A demo draft that goes to our gateway, or to the greeter itself, is kept with the port that this one wants:
/// the next one that it got, when that port was taken, is nothing to remember.
fn with_usual_port(draft: &Arc<Draft>, state: &State) -> Arc<Draft> {
    let usual = |got: Option<SocketAddr>, wanted: Option<u16>| {
        let (got, wanted) = got.zip(wanted)?;
        moved_target(draft, got, SocketAddr::new(got.ip(), wanted))
    };
    let (gateway, greeter) = (&state.gateway, &state.greeter);
    let moved = usual(gateway.last_address, gateway.wanted_port);
    match moved.or_else(|| usual(greeter.address, greeter.wanted_port)) {
        Some(target) => Arc::new(Draft { target, ..(**draft).clone() }),
        None => Arc::clone(draft),
    }
}

/// Writes what changes until `shutdown`, then what is still unwritten. `kept` is what the settings file says.
pub(super) async fn run(
    store: Store,
    mut kept: Settings,
    mut newest: watch::Receiver<Keep>,
    inbox: mpsc::Sender<Message>,
    shutdown: CancellationToken,
) {
    // What was kept before this task began to look is unwritten too.
    let mut last: Option<Keep> = None;
    let mut is_first = true;
    loop {
        let is_last = tokio::select! {
            () = shutdown.cancelled() => true,
            changed = newest.changed() => {
                tokio::time::sleep(DEBOUNCE).await;
                changed.is_err()
            }
        };
        let keep = newest.borrow_and_update().clone();
        if is_first || keep.settings != kept {
            let (folder, before, after) = (store.clone(), kept.clone(), keep.settings.clone());
            let save = move || folder.save_settings(&before, &after);
            match tokio::task::spawn_blocking(save).await {
                Ok(Ok(aside)) => {
                    kept = keep.settings.clone();
                    let settings = Box::new(kept.clone());
                    // Lost, it would make the next change by hand look like one of ours.
                    tokio::select! {
                        _ = inbox.send(Message::SettingsSaved { settings, aside }) => {}
                        () = shutdown.cancelled() => {}
                    }
                }
                Ok(Err(error)) => told(&inbox, &error),
                Err(_ended) => {}
            }
        }
        is_first = false;
        let (store, written) = (store.clone(), keep.clone());
        let result =
            tokio::task::spawn_blocking(move || written.write(&store, last.as_ref())).await;
        last = match result {
            Ok(Ok(())) => Some(keep),
            Ok(Err(error)) => {
                told(&inbox, &error);
                None
            }
            Err(_ended) => None,
        };
        if is_last {
            return;
        }
    }
}

fn told(inbox: &mpsc::Sender<Message>, error: &WorkspaceError) {
    tracing::error!(%error, "failed to save");
    // A full inbox has newer news; the next edit tries every file again.
    inbox.try_send(save_failed(error)).ok();
}

fn save_failed(error: &WorkspaceError) -> Message {
    let path = match error {
        WorkspaceError::Write { path, .. } | WorkspaceError::Encode { path, .. } => path.clone(),
        WorkspaceError::NoHome => PathBuf::new(),
    };
    let cause =
        std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    Message::SaveFailed { path, cause }
}
