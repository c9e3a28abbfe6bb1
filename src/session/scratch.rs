//! Scratch schemas: text that is typed in the window, compiled when typing pauses, and saved as a file at will.
//!
//! What does not compile takes nothing away: the last schema that did stays callable until a better one comes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;

use super::core::Core;
use super::message::Message;
use super::{NoticeKind, Origin, Scratch, SourcePhase};
use crate::model::{DraftId, Severity, SourceId};
use crate::schema::{self, LoadKind, Loaded};
use crate::workspace::{self, Overwrite, SavedSource, ScratchPlace};

/// A text that is larger is no scratch. The editor keeps it below.
pub const MAX_SCRATCH_BYTES: usize = 1 << 20;
/// Compiled when nothing was typed for this long.
const PAUSE: Duration = Duration::from_millis(250);
/// Closed ones that are kept; the oldest goes first.
const MAX_CLOSED: usize = 10;

/// What the core keeps of the editors beside what it shows.
#[derive(Debug, Default)]
pub(super) struct Editors {
    /// The compilation that waits or runs, by source.
    waiting: HashMap<SourceId, AbortHandle>,
    /// The draft that an editor took the front from.
    behind: Option<DraftId>,
}

impl Core {
    /// Opens a new scratch with this text, its editor in front.
    pub(super) fn new_scratch(&mut self, text: Arc<str>) {
        if text.len() > MAX_SCRATCH_BYTES {
            let kind = NoticeKind::ScratchTooBig { n_bytes: text.len(), limit: MAX_SCRATCH_BYTES };
            return self.note(Some(Severity::Warning), kind);
        }
        let name = self.free_scratch_name();
        let place = ScratchPlace::Front;
        self.open_scratch(workspace::Scratch { name, text, roots: Vec::new(), place });
    }

    /// Opens again what was closed.
    pub(super) fn reopen_scratch(&mut self, name: &str) {
        let closed = &mut self.state.closed_scratches;
        let Some(at) = closed.iter().position(|scratch| scratch.name == name) else { return };
        let scratch = (*closed.remove(at)).clone();
        self.open_scratch(workspace::Scratch { place: ScratchPlace::Front, ..scratch });
    }

    /// Opens a scratch as it was kept.
    pub(super) fn open_scratch(&mut self, kept: workspace::Scratch) {
        let workspace::Scratch { name, text, roots, place } = kept;
        let id = SourceId::next();
        let scratch = Scratch {
            source: id,
            name: name.clone(),
            text,
            revision: 1,
            n_checked: 0,
            roots,
            has_tab: matches!(place, ScratchPlace::Front | ScratchPlace::Tab),
            taken: None,
        };
        self.state.scratches.push(Arc::new(scratch));
        if place == ScratchPlace::Front {
            self.bring_editor(id);
        }
        self.add_source_as(id, name.clone(), Origin::Scratch, SavedSource::Scratch(name));
    }

    /// Shows the editor of a scratch.
    pub(super) fn show_editor(&mut self, id: SourceId) {
        if self.state.scratch(id).is_some() {
            self.change_scratch(id, |scratch| scratch.has_tab = true);
            self.bring_editor(id);
            self.save();
        }
    }

    fn bring_editor(&mut self, id: SourceId) {
        self.editors.behind = self.state.active.take().or(self.editors.behind);
        self.state.editor = Some(id);
        self.state.front_tap = None;
    }

    /// Closes an editor. The source stays, and what was typed with it.
    pub(super) fn close_editor(&mut self, id: SourceId) {
        self.change_scratch(id, |scratch| scratch.has_tab = false);
        self.leave_editor(id);
        self.save();
    }

    /// Shows what an editor stood before, if this one is in front.
    fn leave_editor(&mut self, id: SourceId) {
        if self.state.editor != Some(id) {
            return;
        }
        self.state.editor = None;
        let behind = self.editors.behind.take().filter(|id| self.state.draft(*id).is_some());
        self.state.active = behind.or_else(|| self.state.drafts.last().map(|draft| draft.id));
        if self.state.active.is_none() {
            let other = self.state.scratches.iter().rev().find(|scratch| scratch.has_tab);
            self.state.editor = other.map(|scratch| scratch.source);
        }
    }

    /// The window's newest text.
    pub(super) fn edit_scratch(&mut self, id: SourceId, text: Arc<str>, revision: u64) {
        let Some(known) = self.state.scratch(id) else { return };
        if known.revision >= revision || text.len() > MAX_SCRATCH_BYTES {
            return;
        }
        self.change_scratch(id, |scratch| {
            scratch.text = text;
            scratch.revision = revision;
        });
        self.save();
        self.check_scratch(id, PAUSE);
    }

    /// Compiles a scratch after a pause, unless something is typed before.
    pub(super) fn check_scratch(&mut self, id: SourceId, pause: Duration) {
        let Some(scratch) = self.state.scratch(id).cloned() else { return };
        let inbox = self.inbox.clone();
        let task = self.tasks.spawn(async move {
            tokio::time::sleep(pause).await;
            let revision = scratch.revision;
            let load = move || schema::load_text(&scratch.name, &scratch.text, &scratch.roots);
            if let Ok(loaded) = tokio::task::spawn_blocking(load).await {
                let loaded = Box::new(loaded);
                inbox.send(Message::ScratchChecked { source: id, revision, loaded }).await.ok();
            }
        });
        if let Some(older) = self.editors.waiting.insert(id, task) {
            older.abort();
        }
    }

    /// A scratch was compiled, or could not be.
    pub(super) fn scratch_checked(&mut self, id: SourceId, revision: u64, loaded: Loaded) {
        if self.state.scratch(id).is_none_or(|scratch| scratch.revision != revision) {
            return;
        }
        self.editors.waiting.remove(&id);
        self.watch_source(id, loaded.watched.clone());
        let is_broken = loaded.problems.iter().any(|problem| problem.severity == Severity::Error);
        self.change_source(id, |source| {
            source.problems = loaded.problems.into();
            source.roots = loaded.roots;
            if is_broken {
                source.phase = SourcePhase::Failed;
            } else {
                source.schema = Some(Arc::new(loaded.schema));
                source.phase = SourcePhase::Ready;
            }
        });
        self.change_scratch(id, |scratch| scratch.n_checked = revision);
        if !is_broken {
            self.mock_follows_source(id);
        }
    }

    /// Another folder in which a scratch looks for imports; nothing for any other source.
    pub(super) fn add_scratch_root(&mut self, id: SourceId, root: &PathBuf) {
        self.change_scratch(id, |scratch| {
            if !scratch.roots.contains(root) {
                scratch.roots.push(root.clone());
            }
        });
    }

    /// Keeps the text of a scratch that is being closed, to be opened again.
    pub(super) fn forget_scratch(&mut self, id: SourceId) {
        let Some(scratch) = self.state.scratch(id).cloned() else { return };
        self.drop_scratch(id);
        let closed = &mut self.state.closed_scratches;
        closed.push(Arc::new(scratch.kept(ScratchPlace::Closed)));
        let surplus = closed.len().saturating_sub(MAX_CLOSED);
        for gone in closed.drain(..surplus) {
            self.mocks.forget(&SavedSource::Scratch(gone.name.clone()));
        }
        let kind = NoticeKind::ScratchClosed { name: scratch.name.clone() };
        self.note(None, kind);
    }

    fn drop_scratch(&mut self, id: SourceId) {
        self.state.scratches.retain(|scratch| scratch.source != id);
        if let Some(task) = self.editors.waiting.remove(&id) {
            task.abort();
        }
        self.leave_editor(id);
    }

    /// Writes a scratch as a file.
    pub(super) fn save_scratch(&mut self, id: SourceId, path: PathBuf, overwrite: Overwrite) {
        let Some(scratch) = self.state.scratch(id).cloned() else { return };
        self.change_scratch(id, |scratch| scratch.taken = None);
        let inbox = self.inbox.clone();
        self.tasks.spawn(async move {
            let (to, text) = (path.clone(), Arc::clone(&scratch.text));
            let export = move || workspace::export(&to, text.as_bytes(), overwrite);
            let Ok(result) = tokio::task::spawn_blocking(export).await else { return };
            let revision = scratch.revision;
            inbox.send(Message::ScratchSaved { source: id, revision, path, result }).await.ok();
        });
    }

    /// It stands on the disk, or does not.
    pub(super) fn scratch_saved(
        &mut self,
        id: SourceId,
        revision: u64,
        path: PathBuf,
        result: std::io::Result<()>,
    ) {
        let Some(scratch) = self.state.scratch(id).cloned() else { return };
        match result {
            Ok(()) if scratch.revision == revision => self.become_file(&scratch, path),
            // Something was typed in the meantime.
            Ok(()) => self.save_scratch(id, path, Overwrite::Replace),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                self.change_scratch(id, |scratch| scratch.taken = Some(path));
            }
            Err(error) => {
                let cause = error.to_string();
                self.note(Some(Severity::Error), NoticeKind::SaveFailed { path, cause });
            }
        }
    }

    /// From now on the file is the source; its drafts come along.
    fn become_file(&mut self, scratch: &Scratch, path: PathBuf) {
        let id = scratch.source;
        let paths = vec![path];
        let opened = self.state.sources.iter().find(|source| match &source.origin {
            Origin::Paths { paths: known, .. } => *known == paths,
            _ => false,
        });
        let opened = opened.map(|source| (source.id, source.saved.clone()));
        let own = SavedSource::Paths { paths: paths.clone(), roots: scratch.roots.clone() };
        let saved = opened.as_ref().map_or(&own, |(_, saved)| saved).clone();
        let old = SavedSource::Scratch(scratch.name.clone());
        let is_served = self.state.mocks.contains_key(&id);
        if opened.is_some() {
            // The drafts go back from the mock that ends, before they are another's.
            self.stop_serving(id);
        }
        for draft in self.state.drafts.iter_mut().filter(|d| d.source.as_ref() == Some(&old)) {
            let draft = Arc::make_mut(draft);
            draft.source = Some(saved.clone());
            draft.revision += 1;
        }
        self.drop_scratch(id);
        // What it answers is kept under the file; the next scratch of the same name is another one.
        self.mocks.hand_over(&old, &saved);
        let id = if let Some((other, _)) = opened {
            self.close_source(id);
            if is_served {
                self.serve_source(other);
            }
            other
        } else {
            let name = self.free_name(&super::sources::name_of_paths(&paths));
            self.change_source(id, |source| {
                source.name = name;
                source.origin = Origin::Paths { paths, kind: LoadKind::File };
                source.saved = saved;
            });
            id
        };
        self.save();
        self.load_source(id);
    }

    fn free_scratch_name(&self) -> String {
        let is_taken = |name: &str| {
            self.state.sources.iter().any(|source| source.name == name)
                || self.state.closed_scratches.iter().any(|scratch| scratch.name == name)
        };
        let names = (1..=u32::MAX).map(|n| format!("scratch-{n}.proto"));
        names.into_iter().find(|name| !is_taken(name)).unwrap_or_default()
    }

    fn change_scratch(&mut self, id: SourceId, change: impl FnOnce(&mut Scratch)) {
        if let Some(scratch) = self.state.scratches.iter_mut().find(|known| known.source == id) {
            change(Arc::make_mut(scratch));
        }
    }
}
