//! The frame of the window: takes what was published, lends it to the panels, sends what they said.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{CentralPanel, Context, Frame, Panel, Ui};

use super::compare_page::ComparePage;
use super::cx::{Ask, Outbox, Pane, PanelCx, PemFile, Pick, Wish};
use super::dialogs::FileDialog;
use super::layout::Layout;
use super::meter::Meter;
use super::pace::{self, Pace};
use super::palette::Palette;
use super::panels::{statusbar::StatusBar, topbar::TopBar};
use super::road::Road;
use super::settings_page::SettingsPage;
use super::shown::Shown;
use super::speech::Speech;
use super::theme::{self, Theme};
use super::tiles::{PaneTiles, Panels, barred, titled};
use super::zoom::Zoom;
use super::{commands, overlay, paste};
use crate::flow::LIGHT;
use crate::session::{Command, CompareFile, SystemTheme, comparison_chart};
use crate::text::{Language, compare_word, speaking};
use crate::workspace::{Draft, Overwrite, SettingChange, Theme as ThemeChoice, proto_file};

/// A layout is saved when it has not changed for this long, in seconds.
const SAVE_AFTER: f64 = 0.6;

/// The window.
#[derive(Debug)]
pub struct App<R> {
    road: R,
    first_frame: FirstFrame,
    shown: Shown,
    panels: Panels,
    bars: Bars,
    panes: PaneKeeper,
    dialog: FileDialog,
    meter: Meter,
    /// What panels asked of each other in the frame before.
    asks: Vec<Ask>,
    pace: Pace,
    /// When this frame began, with `logic()`.
    began: Instant,
    applied: Option<Applied>,
    speech: Speech,
    zoom: Zoom,
    pages: Pages,
    /// Whether a field had the keyboard at the end of the last frame.
    was_typing: bool,
    /// The text that was put into the clipboard last.
    n_copied: u64,
}

/// What lies over the panes when it was asked for.
#[derive(Debug, Default)]
struct Pages {
    palette: Palette,
    settings: SettingsPage,
    compare: ComparePage,
}

impl Pages {
    fn is_open(&self) -> bool {
        self.palette.is_open() || self.settings.is_open() || self.compare.is_open()
    }
}

/// Where `--log hoplens::frames=trace` tells each frame.
const FRAMES: &str = "hoplens::frames";

/// Tells how long after the beginning of `main` the first frame stood, once the second one says what it took.
#[derive(Debug, Clone, Copy)]
enum FirstFrame {
    Awaited { started: Instant },
    Drawn { began_after: Duration },
    Told,
}

impl FirstFrame {
    /// At the beginning of a frame; `before` is what the whole frame before it took.
    fn stood_after(&mut self, before: Option<Duration>, ctx: &Context) -> Option<Duration> {
        match *self {
            Self::Awaited { started } => {
                *self = Self::Drawn { began_after: started.elapsed() };
                ctx.request_repaint();
                None
            }
            Self::Drawn { began_after } => {
                *self = Self::Told;
                Some(began_after + before.unwrap_or_default())
            }
            Self::Told => None,
        }
    }
}

#[derive(Debug, Default)]
struct Bars {
    top: TopBar,
    status: StatusBar,
}

/// The panes' layout and when it is due to be saved.
#[derive(Debug, Default)]
struct PaneKeeper {
    layout: Layout,
    is_loaded: bool,
    save_at: Option<f64>,
}

/// What the settings said when they were last given to egui.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Applied {
    theme: egui::ThemePreference,
    reduce_motion: bool,
    font_size: u8,
}

impl<R: Road> App<R> {
    /// The window over a session. `started` is when `main` began.
    pub fn new(ctx: &Context, road: R, started: Instant) -> Self {
        theme::install(ctx);
        // The keys that zoom are commands like all others.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let mut shown = Shown::default();
        shown.refresh(&road);
        shown.state = road.state();
        shown.snapshot = road.snapshot();
        Self {
            road,
            first_frame: FirstFrame::Awaited { started },
            shown,
            panels: Panels::default(),
            bars: Bars::default(),
            panes: PaneKeeper::default(),
            dialog: FileDialog::default(),
            meter: Meter::default(),
            asks: Vec::new(),
            pace: Pace::default(),
            began: started,
            applied: None,
            speech: Speech::default(),
            zoom: Zoom::default(),
            pages: Pages::default(),
            was_typing: false,
            n_copied: 0,
        }
    }

    #[cfg(test)]
    pub(super) fn shown_state(&self) -> &crate::session::State {
        &self.shown.state
    }

    #[cfg(test)]
    pub(super) fn type_for_test(&mut self, draft: crate::workspace::Draft) {
        self.shown.edit(&self.road, Arc::new(draft));
    }

    /// Takes what was published; draws nothing.
    fn take(&mut self, ctx: &Context) {
        self.shown.refresh(&self.road);
        if self.road.is_ended() {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        if !self.panes.is_loaded
            && let Some(saved) = &self.shown.state.layout
        {
            self.panes.layout = Layout::read(saved);
            self.panes.is_loaded = true;
        }
        if let Some(copied) = self.shown.state.copied.as_ref().filter(|text| text.n > self.n_copied)
        {
            self.n_copied = copied.n;
            ctx.copy_text(copied.text.clone());
        }
        self.apply_settings(ctx);
        if let Some(zoom) = self.zoom.follow(ctx, self.shown.state.settings.zoom) {
            self.send(Command::SetZoom(zoom));
        }
        if let Some((purpose, paths)) = self.dialog.poll() {
            self.picked(purpose, paths);
        }
    }

    fn apply_settings(&mut self, ctx: &Context) {
        let settings = &self.shown.state.settings;
        let theme = preference(settings.theme, self.shown.state.system_theme);
        let (reduce_motion, font_size) = (settings.reduce_motion, settings.font_size);
        let wanted = Applied { theme, reduce_motion, font_size };
        if self.applied == Some(wanted) {
            return;
        }
        self.applied = Some(wanted);
        ctx.set_theme(wanted.theme);
        theme::set_text_size(ctx, wanted.font_size);
        theme::set_motion(ctx, !wanted.reduce_motion);
    }

    fn draw(&mut self, ui: &mut Ui, frame: Option<&eframe::Frame>) {
        let ctx = ui.ctx().clone();
        self.speech.follow(self.shown.state.settings.language.as_deref(), &ctx);
        let now = ui.input(|input| input.time);
        let outbox = RefCell::new(Outbox::default());
        let asks = std::mem::take(&mut self.asks);
        let state = Arc::clone(&self.shown.state);
        let snapshot = Arc::clone(&self.shown.snapshot);
        let times = (now, self.road.clock().now());
        let cx = PanelCx::new(&state, &snapshot, times, Theme::current(&ctx), &asks, &outbox);
        for ask in &asks {
            self.bring_forward(ask);
        }
        commands::handle(&cx, &ctx, self.reach(&ctx), self.was_typing);
        overlay::take_dropped(&cx, ui);
        paste::take(&cx, &self.panels, ui);
        self.bars(&cx, ui);
        self.tiles(&cx, ui);
        self.pages.compare.ui(&cx, &ctx);
        self.pages.settings.ui(&cx, &ctx);
        self.pages.palette.ui(&cx, &ctx);
        overlay::show_hovered(&cx, ui);
        self.was_typing = ctx.text_edit_focused();
        self.meter.ask_memory(now);
        self.deliver(outbox.into_inner(), &ctx, now, frame);
    }

    /// Which commands the keys reach now.
    fn reach(&self, ctx: &Context) -> commands::Reach {
        if self.pages.settings.is_capturing() {
            commands::Reach::Nothing
        } else if self.pages.is_open() {
            commands::Reach::Page
        } else if ctx.text_edit_focused() && !self.panels.composer.has_keyboard(ctx) {
            commands::Reach::AllButUndo
        } else {
            commands::Reach::All
        }
    }

    fn bars(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        let n_dropped = self.shown.state.n_dropped + self.shown.snapshot.n_dropped;
        // The window is cleared in the panel's colour: filling it again would cost as much as all that is on it.
        let bar = Frame::new();
        Panel::top("top bar")
            .exact_size(theme::TOP_BAR)
            .frame(bar)
            .resizable(false)
            .show(ui, |ui| self.bars.top.ui(cx, n_dropped, ui));
        self.speech.banner(cx, ui);
        self.dialog.banner(cx, ui);
        let figures = self.meter.figures(n_dropped);
        Panel::bottom("status bar")
            .exact_size(theme::STATUS_BAR)
            .frame(bar)
            .resizable(false)
            .show(ui, |ui| self.bars.status.ui(cx, &figures, ui));
    }

    fn tiles(&mut self, cx: &PanelCx<'_>, ui: &mut Ui) {
        CentralPanel::default().frame(Frame::new()).show(ui, |ui| {
            let tree = self.panes.layout.for_width(ui.available_width());
            let (titled, barred) = (titled(&tree.tiles), barred(&tree.tiles));
            let panels = &mut self.panels;
            let mut tiles = PaneTiles { panels, cx, titled, barred, is_edited: false };
            tree.ui(&mut tiles, ui);
            if tiles.is_edited {
                self.panes.save_at = Some(cx.now + SAVE_AFTER);
            }
        });
        self.panes.layout.keep_flow_wide();
    }

    fn bring_forward(&mut self, ask: &Ask) {
        let pane = match ask {
            Ask::PlayTrace(_) | Ask::Freeze | Ask::Fit => Pane::Flow,
            Ask::ShowTrace(_) => Pane::Response,
            Ask::ShowEdge(_) | Ask::ShowService(_) => Pane::Latency,
            Ask::ShowPane(pane) | Ask::GoTo(pane) => *pane,
            Ask::GoToFilter | Ask::GoToPath | Ask::GoToServer => Pane::Explorer,
            Ask::Undo | Ask::Redo => Pane::Composer,
            Ask::Refresh => return,
        };
        self.panes.layout.show(pane);
    }

    /// Sends what the panels said and asks for the frames that they need.
    fn deliver(&mut self, outbox: Outbox, ctx: &Context, now: f64, frame: Option<&eframe::Frame>) {
        for draft in outbox.edits.into_values() {
            self.shown.edit(&self.road, draft);
        }
        for command in outbox.commands {
            // A new call's answer is worth seeing where it stands behind another tab.
            if matches!(command, Command::SendCall(_)) {
                self.panes.layout.show_answer();
            }
            self.send(command);
        }
        for wish in outbox.wishes {
            match wish {
                Wish::Pick(purpose) => self.pick(purpose, ctx, frame),
                Wish::Palette => self.pages.palette.toggle(),
                Wish::Settings => {
                    self.pages.settings.toggle();
                    ctx.request_repaint();
                }
                Wish::Compare(draft) => {
                    self.pages.compare.show(draft);
                    ctx.request_repaint();
                }
                Wish::SettingsAt(row) => self.pages.settings.show(row),
                Wish::ResetLayout => {
                    self.panes.layout = Layout::default();
                    self.panes.save_at = Some(now);
                }
            }
        }
        self.asks = outbox.asks;
        if !self.asks.is_empty() {
            ctx.request_repaint();
        }
        self.save_layout(ctx, now);
        if outbox.is_moving {
            let interval = self.meter.frame_interval();
            pace::tell(ctx, interval);
            ctx.request_repaint_after(self.pace.next(self.began, Instant::now(), interval));
        }
        if let Some(delay) = outbox.wake_after {
            ctx.request_repaint_after(delay);
        }
    }

    fn save_layout(&mut self, ctx: &Context, now: f64) {
        match self.panes.save_at {
            Some(due) if due <= now => {
                self.panes.save_at = None;
                self.panes.is_loaded = true;
                self.send(Command::SaveLayout(self.panes.layout.write().into()));
            }
            Some(due) => ctx.request_repaint_after(Duration::from_secs_f64(due - now)),
            None => {}
        }
    }

    fn pick(&mut self, purpose: Pick, ctx: &Context, frame: Option<&eframe::Frame>) {
        let ctx = ctx.clone();
        let wake = move || ctx.request_repaint_of(egui::ViewportId::ROOT);
        self.dialog.open(purpose, frame, wake);
    }

    /// Carries out what a file dialog was opened for. Without a path it was dismissed, and nothing changes.
    pub(super) fn picked(&mut self, purpose: Pick, paths: Vec<PathBuf>) {
        let Some(first) = paths.first().cloned() else { return };
        match purpose {
            Pick::Schemas | Pick::SchemaFolder => self.send(Command::LoadPaths(paths)),
            Pick::SaveScratch(source) => {
                let path = proto_file(&first);
                // The dialog has asked whether a file that is there may go; under that very name.
                let is_asked = path == first;
                let overwrite = if is_asked { Overwrite::Replace } else { Overwrite::Refuse };
                self.send(Command::SaveScratch { source, path, overwrite });
            }
            Pick::SaveCapture(call, side) => {
                self.send(Command::SaveCapture { call, side, path: first });
            }
            Pick::SaveCompareCsv => {
                self.send(Command::SaveComparison { file: CompareFile::Csv, path: first });
            }
            Pick::SaveComparePng => {
                let Some(comparison) = self.shown.state.compare.result.clone() else { return };
                // The letters that are shipped are those of English.
                let chart =
                    speaking(Language::English, || comparison_chart(&comparison, &compare_word));
                let file = CompareFile::Png(Arc::new(chart), LIGHT);
                self.send(Command::SaveComparison { file, path: first });
            }
            Pick::Root(source) => self.send(Command::AddRoot { source, root: first }),
            Pick::Authority => {
                let mut files = self.shown.state.settings.ca_files.clone();
                files.extend(paths);
                self.send(Command::ChangeSetting(SettingChange::CaFiles(files)));
            }
            Pick::Pem(id, file) => {
                let Some(shown) = self.shown.state.draft(id) else { return };
                let mut draft = Draft::clone(shown);
                draft.revision += 1;
                let field = match file {
                    PemFile::Ca => &mut draft.options.ca_file,
                    PemFile::Cert => &mut draft.options.cert_file,
                    PemFile::Key => &mut draft.options.key_file,
                };
                *field = first.display().to_string();
                self.shown.edit(&self.road, Arc::new(draft));
            }
        }
    }

    fn send(&self, command: Command) {
        // A full queue is counted by the session and shown as dropped.
        if let Err(command) = self.road.try_send(command) {
            tracing::warn!(?command, "the session is too busy for a command");
        }
    }
}

impl<R: Road> eframe::App for App<R> {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.began = Instant::now();
        self.take(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let whole = frame.info().cpu_usage.and_then(|secs| Duration::try_from_secs_f32(secs).ok());
        if let Some(took) = self.first_frame.stood_after(whole, ui.ctx()) {
            self.send(Command::WindowShown { took });
        }
        self.draw(ui, Some(frame));
        let own = self.began.elapsed();
        self.meter.note(own, whole);
        let whole_us = whole.map(|whole| whole.as_micros() as u64);
        tracing::trace!(target: FRAMES, own_us = own.as_micros() as u64, whole_us, "frame");
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

/// What egui is told. Where the desktop does not say, egui asks the windowing library, which falls back to dark.
fn preference(chosen: ThemeChoice, system: Option<SystemTheme>) -> egui::ThemePreference {
    match (chosen, system) {
        (ThemeChoice::Dark, _) | (ThemeChoice::System, Some(SystemTheme::Dark)) => {
            egui::ThemePreference::Dark
        }
        (ThemeChoice::Light, _) | (ThemeChoice::System, Some(SystemTheme::Light)) => {
            egui::ThemePreference::Light
        }
        (ThemeChoice::System, None) => egui::ThemePreference::System,
    }
}
