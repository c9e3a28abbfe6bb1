//! What the window shows: the newest publication, with the drafts that were typed since laid over it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::road::Road;
use crate::model::DraftId;
use crate::session::{Command, State};
use crate::telemetry::Snapshot;
use crate::workspace::Draft;

/// State and snapshot as the panels read them.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Drafts included that the session has not seen yet.
    pub(super) state: Arc<State>,
    /// What was measured.
    pub(super) snapshot: Arc<Snapshot>,
    /// Drafts that are newer here than in the session.
    typed: BTreeMap<DraftId, Arc<Draft>>,
    /// Edits that found a full queue: an edit is never lost.
    unsent: Vec<DraftId>,
}

impl Shown {
    /// Takes what was published since the last frame.
    pub(super) fn refresh(&mut self, road: &dyn Road) {
        self.resend(road);
        if road.take_dirty() {
            self.snapshot = road.snapshot();
            self.state = road.state();
            let state = &self.state;
            self.typed.retain(|id, typed| {
                state.draft(*id).is_some_and(|known| known.revision < typed.revision)
            });
            self.overlay();
        }
    }

    /// Lays an edit over what is shown and sends it.
    pub(super) fn edit(&mut self, road: &dyn Road, draft: Arc<Draft>) {
        let id = draft.id;
        self.typed.insert(id, Arc::clone(&draft));
        self.overlay();
        if road.try_send(Command::EditDraft(draft)).is_err() && !self.unsent.contains(&id) {
            self.unsent.push(id);
        }
    }

    fn resend(&mut self, road: &dyn Road) {
        for id in std::mem::take(&mut self.unsent) {
            if let Some(draft) = self.typed.get(&id).cloned() {
                self.edit(road, draft);
            }
        }
    }

    fn overlay(&mut self) {
        if self.typed.is_empty() {
            return;
        }
        let state = Arc::make_mut(&mut self.state);
        for draft in &mut state.drafts {
            if let Some(typed) = self.typed.get(&draft.id) {
                *draft = Arc::clone(typed);
            }
        }
    }
}
