//! Watches the files of open sources. Editors replace files, so the folders are watched, not the files;
//! a burst of changes is told once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::message::Message;

/// How long a burst of changes is collected.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// The watcher, or none where the system has no such thing: then F5 reloads.
#[derive(Debug)]
pub(super) struct FileWatcher {
    watcher: Option<RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
}

impl FileWatcher {
    /// A watcher that tells `inbox`, and the task that collects bursts for it.
    pub(super) fn new(inbox: mpsc::Sender<Message>) -> (Self, impl Future<Output = ()> + Send) {
        let (sender, changes) = mpsc::channel(256);
        let is_flooded = Arc::new(AtomicBool::new(false));
        let flood = Arc::clone(&is_flooded);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if let Ok(event) = event
                && !event.kind.is_access()
            {
                // What finds no room may concern any source: then all of them are read again.
                if sender.try_send(event.paths).is_err() {
                    flood.store(true, Ordering::Relaxed);
                }
            }
        });
        let watcher =
            watcher.inspect_err(|error| tracing::warn!(%error, "failed to watch files")).ok();
        (Self { watcher, folders: BTreeSet::new() }, collect(changes, is_flooded, inbox))
    }

    /// Watches these folders and the folders of these files, and no others.
    pub(super) fn watch(&mut self, paths: &[PathBuf]) {
        let Some(watcher) = &mut self.watcher else { return };
        let folders: BTreeSet<PathBuf> = paths
            .iter()
            .map(PathBuf::as_path)
            .chain(paths.iter().filter_map(|path| path.parent()))
            .filter(|f| f.is_dir())
            .map(Path::to_path_buf)
            .collect();
        for gone in self.folders.difference(&folders) {
            watcher.unwatch(gone).ok();
        }
        for new in folders.difference(&self.folders) {
            if let Err(error) = watcher.watch(new, RecursiveMode::NonRecursive) {
                tracing::warn!(folder = %new.display(), %error, "failed to watch a folder");
            }
        }
        self.folders = folders;
    }
}

async fn collect(
    mut changes: mpsc::Receiver<Vec<PathBuf>>,
    is_flooded: Arc<AtomicBool>,
    inbox: mpsc::Sender<Message>,
) {
    while let Some(first) = changes.recv().await {
        tokio::time::sleep(DEBOUNCE).await;
        let mut paths: BTreeSet<PathBuf> = first.into_iter().collect();
        while let Ok(more) = changes.try_recv() {
            paths.extend(more);
        }
        let message = if is_flooded.swap(false, Ordering::Relaxed) {
            Message::AnyFileChanged
        } else {
            Message::FilesChanged(paths.into_iter().collect())
        };
        if inbox.send(message).await.is_err() {
            return;
        }
    }
}
