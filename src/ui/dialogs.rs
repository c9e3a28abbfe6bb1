//! The file dialog, on a thread of its own: a dialog that hangs never holds a frame.

use std::future::Future;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use egui::{Frame, Margin, Panel, Ui};

use super::cx::{PanelCx, Pick};
use super::theme::space;
use crate::session::capture;
use crate::text::t;

/// A dialog that was dismissed sooner than a person can have been: the system has none to show.
const NO_PERSON: Duration = Duration::from_millis(300);

/// At most one dialog, open or not.
#[derive(Debug, Default)]
pub(super) struct FileDialog {
    open: Option<OpenDialog>,
    is_missing: bool,
}

#[derive(Debug)]
struct OpenDialog {
    purpose: Pick,
    answer: Receiver<Vec<PathBuf>>,
    is_cancelled: Arc<AtomicBool>,
    thread: Thread,
    opened: Instant,
}

impl FileDialog {
    fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Opens a dialog over `parent`; `wake` is called when it is answered.
    pub(super) fn open(
        &mut self,
        purpose: Pick,
        parent: Option<&eframe::Frame>,
        wake: impl FnOnce() + Send + 'static,
    ) {
        if self.is_open() {
            return;
        }
        let dialog = rfd::AsyncFileDialog::new();
        let dialog = match parent {
            Some(frame) => dialog.set_parent(frame),
            None => dialog,
        };
        let (tell, answer) = sync_channel(1);
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let cancelled = Arc::clone(&is_cancelled);
        // Made here: some systems want their dialogs to come from the main thread.
        let picked = picked(dialog, purpose);
        let run = move || {
            let paths = wait(picked, &cancelled).unwrap_or_default();
            // Nobody listens any more after Cancel.
            let _told = tell.send(paths);
            wake();
        };
        match std::thread::Builder::new().name("file-dialog".to_owned()).spawn(run) {
            Ok(handle) => {
                let thread = handle.thread().clone();
                let opened = Instant::now();
                self.open = Some(OpenDialog { purpose, answer, is_cancelled, thread, opened });
                self.is_missing = false;
            }
            Err(error) => tracing::warn!(%error, "failed to start the file dialog"),
        }
    }

    /// What was picked and what for; `Some` once, when the dialog was answered. Empty when it was dismissed.
    pub(super) fn poll(&mut self) -> Option<(Pick, Vec<PathBuf>)> {
        let open = self.open.as_ref()?;
        match open.answer.try_recv() {
            Ok(paths) => {
                self.is_missing = paths.is_empty() && open.opened.elapsed() < NO_PERSON;
                let purpose = open.purpose;
                self.open = None;
                Some((purpose, paths))
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.open = None;
                None
            }
        }
    }

    /// Says that a dialog is open, or that this system has none, with a button that ends it.
    pub(super) fn banner(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let (words, button, tip) = match (self.is_open(), self.is_missing) {
            (true, _) => ("status.dialog_open", "status.cancel_dialog", "status.cancel_dialog_tip"),
            (false, true) => ("status.dialog_missing", "status.dismiss", "status.dismiss"),
            (false, false) => return,
        };
        let frame = Frame::new().fill(cx.theme.selection).inner_margin(Margin::symmetric(12, 4));
        Panel::top("dialog banner").frame(frame).resizable(false).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::M;
                ui.label(t(words));
                if ui.button(t(button)).on_hover_text(t(tip)).clicked() {
                    self.cancel();
                    self.is_missing = false;
                }
            });
        });
    }

    /// Gives the dialog up: its thread ends and nothing is loaded.
    fn cancel(&mut self) {
        if let Some(open) = self.open.take() {
            open.is_cancelled.store(true, Ordering::Release);
            open.thread.unpark();
        }
    }
}

type Picked = Pin<Box<dyn Future<Output = Vec<PathBuf>> + Send>>;

/// The dialog that suits the purpose, and the paths that it will give.
fn picked(dialog: rfd::AsyncFileDialog, purpose: Pick) -> Picked {
    let path = |file: &rfd::FileHandle| file.path().to_path_buf();
    match purpose {
        Pick::Schemas => {
            let kinds = ["proto", "pb", "binpb", "protoset", "desc", "bin"];
            let dialog = dialog
                .set_title(t("status.dialog_title"))
                .add_filter(t("status.dialog_filter"), &kinds);
            let files = dialog.pick_files();
            Box::pin(async move { files.await.iter().flatten().map(path).collect() })
        }
        Pick::SchemaFolder | Pick::Root(_) => {
            let folder = dialog.set_title(t("status.dialog_folder")).pick_folder();
            Box::pin(async move { folder.await.iter().map(path).collect() })
        }
        Pick::SaveScratch(_) => {
            let dialog = dialog
                .set_title(t("scratch.dialog"))
                .set_file_name("scratch.proto")
                .add_filter(t("status.dialog_filter"), &["proto"]);
            let file = dialog.save_file();
            Box::pin(async move { file.await.iter().map(path).collect() })
        }
        Pick::SaveCapture(..) => {
            let dialog = dialog.set_title(t("response.wire.save_dialog"));
            let raw = t("response.wire.save_raw");
            save(dialog, "call", &[("pcapng", "pcapng"), (raw, capture::RAW)])
        }
        Pick::SaveCompareCsv => {
            save(dialog.set_title(t("compare.page.csv_dialog")), "compare", &[("csv", "csv")])
        }
        Pick::SaveComparePng => {
            save(dialog.set_title(t("compare.page.png_dialog")), "compare", &[("png", "png")])
        }
        Pick::Pem(..) | Pick::Authority => {
            let dialog = dialog
                .set_title(t("status.dialog_pem"))
                .add_filter(t("status.dialog_pem_filter"), &["pem", "crt", "cer", "key"]);
            let file = dialog.pick_file();
            Box::pin(async move { file.await.iter().map(path).collect() })
        }
    }
}

/// Each kind of file with its ending; the name that is proposed has the first.
fn save(mut dialog: rfd::AsyncFileDialog, name: &str, kinds: &[(&str, &str)]) -> Picked {
    let (_, ending) = kinds.first().copied().unwrap_or_default();
    for (kind, ending) in kinds {
        dialog = dialog.add_filter(*kind, &[*ending]);
    }
    let dialog = dialog.set_file_name(format!("{name}.{ending}"));
    let file = dialog.save_file();
    Box::pin(async move { file.await.iter().map(|file| file.path().to_path_buf()).collect() })
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread until it is ready or given up.
fn wait<T>(future: impl Future<Output = T>, is_cancelled: &AtomicBool) -> Option<T> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if is_cancelled.load(Ordering::Acquire) {
            return None;
        }
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return Some(value),
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_is_waited_for_or_given_up() {
        let go_on = AtomicBool::new(false);
        assert_eq!(wait(async { 7 }, &go_on), Some(7));
        let give_up = AtomicBool::new(true);
        assert_eq!(wait(std::future::pending::<()>(), &give_up), None);
    }
}
