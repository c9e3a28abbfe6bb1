//! What the session publishes: the newest state and snapshot, and a waker that coalesces.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::State;
use crate::telemetry::Snapshot;

/// Called from any thread when there is something new to show; asks the window for one frame.
pub(super) type Waker = Box<dyn Fn() + Send + Sync>;

/// Shared by the session's tasks and the faces that read it. Readers never wait.
pub(super) struct Shared {
    state: ArcSwap<State>,
    snapshot: ArcSwap<Snapshot>,
    waker: ArcSwapOption<Waker>,
    is_dirty: AtomicBool,
    n_refused: AtomicU64,
}

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Self {
            state: ArcSwap::from_pointee(state),
            snapshot: ArcSwap::from_pointee(Snapshot::default()),
            waker: ArcSwapOption::empty(),
            is_dirty: AtomicBool::new(false),
            n_refused: AtomicU64::new(0),
        }
    }

    pub(super) fn state(&self) -> Arc<State> {
        self.state.load_full()
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    pub(super) fn publish_state(&self, state: State) {
        self.state.store(Arc::new(state));
        self.wake();
    }

    pub(super) fn publish_snapshot(&self, snapshot: Arc<Snapshot>) {
        self.snapshot.store(snapshot);
        self.wake();
    }

    pub(super) fn set_waker(&self, waker: Waker) {
        self.waker.store(Some(Arc::new(waker)));
        self.wake();
    }

    /// The reader is about to read: what comes after this wakes it again.
    pub(super) fn take_dirty(&self) -> bool {
        self.is_dirty.swap(false, Ordering::AcqRel)
    }

    /// Counts a command that found the queue full.
    pub(super) fn count_refused(&self) {
        self.n_refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn n_refused(&self) -> u64 {
        self.n_refused.load(Ordering::Relaxed)
    }

    /// Wakes the window once, however much is published until it looks.
    fn wake(&self) {
        if !self.is_dirty.swap(true, Ordering::AcqRel)
            && let Some(waker) = self.waker.load().as_ref()
        {
            waker();
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("is_dirty", &self.is_dirty).finish_non_exhaustive()
    }
}
