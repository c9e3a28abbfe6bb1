//! Which source came last, so that it is seen.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::model::SourceId;
use crate::session::{Origin, Source};
use crate::ui::cx::PanelCx;

/// How long a new source is marked, in seconds.
const MARKED_FOR: f64 = 2.5;

/// Sources that were there before, and the newest one with the moment since which it is shown.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    known: Option<BTreeSet<SourceId>>,
    pub(super) newest: Option<(SourceId, f64)>,
    /// Whether its row is still to be brought into sight.
    pub(super) is_awaited: bool,
}

impl Arrivals {
    /// Notes what is open now. Gives a source that was not before; those of the start are none.
    pub(super) fn note(&mut self, cx: &PanelCx<'_>) -> Option<SourceId> {
        let sources = &cx.state.sources;
        let known = self.known.get_or_insert_with(|| sources.iter().map(|s| s.id).collect());
        if known.len() == sources.len() && sources.iter().all(|source| known.contains(&source.id)) {
            return None;
        }
        let is_new =
            |source: &&Arc<Source>| source.origin != Origin::BuiltIn && !known.contains(&source.id);
        let newest = sources.iter().rev().find(is_new).map(|source| source.id);
        *known = sources.iter().map(|source| source.id).collect();
        if let Some(id) = newest {
            self.newest = Some((id, cx.now));
            self.is_awaited = true;
        }
        newest
    }

    /// Whether this source is marked as new.
    pub(super) fn is_marked(&mut self, cx: &PanelCx<'_>, source: SourceId) -> bool {
        let Some((id, since)) = self.newest else { return false };
        let left = since + MARKED_FOR - cx.now;
        if left > 0.0 {
            cx.wake_after(Duration::from_secs_f64(left));
        }
        id == source && left > 0.0
    }
}
