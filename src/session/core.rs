//! The session's one owner of state: takes commands and messages in turn, publishes what came of them.
//!
//! Nothing here waits. Whatever takes time runs in a task of its own and answers with a [`Message`].

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::calls::Calls;
use super::closed::ClosedDrafts;
use super::comparing::Comparing;
use super::demo::Demo;
use super::message::Message;
use super::mocks::MockBook;
use super::options::SessionOptions;
use super::save::Keep;
use super::scratch::Editors;
use super::shared::Shared;
use super::sources::Sources;
use super::tap::Taps;
use super::watch::FileWatcher;
use super::{Command, Notice, NoticeKind, State};
use crate::engine::Engine;
use crate::model::{Severity, Topology};
use crate::telemetry::{Limits, Query, Recorder};
use crate::workspace::{Settings, Store};

/// At most so many notices are kept.
const MAX_NOTICES: usize = 100;

/// Owner of the state and of every handle.
pub(super) struct Core {
    pub(super) options: SessionOptions,
    pub(super) shared: Arc<Shared>,
    pub(super) state: State,
    pub(super) engine: Engine,
    pub(super) recorder: Recorder,
    pub(super) queries: mpsc::Sender<Query>,
    pub(super) topology: watch::Sender<Arc<Topology>>,
    pub(super) inbox: mpsc::Sender<Message>,
    pub(super) tasks: JoinSet<()>,
    pub(super) sources: Sources,
    pub(super) editors: Editors,
    pub(super) calls: Calls,
    pub(super) comparing: Comparing,
    pub(super) demo: Demo,
    pub(super) mocks: MockBook,
    pub(super) taps: Taps,
    pub(super) watcher: FileWatcher,
    pub(super) store: Option<Store>,
    pub(super) keep: watch::Sender<Keep>,
    /// What the settings file says, as far as is known.
    pub(super) kept_settings: Settings,
    pub(super) limits: watch::Sender<Limits>,
    pub(super) closed: ClosedDrafts,
    pub(super) shutdown: CancellationToken,
    pub(super) n_notices: u64,
}

impl Core {
    /// Carries out a wish.
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::LoadPaths(paths) if paths.is_empty() => {}
            Command::LoadPaths(paths) => self.open_paths(paths, Vec::new()),
            Command::AskServer { target } => self.open_reflection(&target),
            Command::AddRoot { source, root } => self.add_root(source, root),
            Command::RefreshSource(source) => self.load_source(source),
            Command::CloseSource(source) => self.close_source(source),
            Command::NewScratch(text) => self.new_scratch(text),
            Command::ReopenScratch(name) => self.reopen_scratch(&name),
            Command::ShowEditor(source) => self.show_editor(source),
            Command::CloseEditor(source) => self.close_editor(source),
            Command::EditScratch { source, text, revision } => {
                self.edit_scratch(source, text, revision);
            }
            Command::SaveScratch { source, path, overwrite } => {
                self.save_scratch(source, path, overwrite);
            }
            Command::SaveCapture { call, side, path } => self.save_capture(call, side, path),
            Command::Compare { draft, n_calls } => self.compare(draft, n_calls),
            Command::CancelCompare => self.cancel_compare(),
            Command::SaveComparison { file, path } => self.save_comparison(file, path),
            Command::OpenMethod { source, method } => self.open_method(source, &method),
            Command::OpenRoute { source, route_idx } => self.open_route(source, route_idx),
            Command::NewGrpcDraft => self.new_grpc_draft(),
            Command::NewHttpDraft => self.new_http_draft(),
            Command::ActivateDraft(draft) => self.activate_draft(draft),
            Command::EditDraft(draft) => self.edit_draft(draft),
            Command::FillWithSample(draft) => self.fill_with_sample(draft),
            Command::CloseDraft(draft) => self.close_draft(draft),
            Command::ReopenDraft => self.reopen_draft(),
            Command::CopyAs { draft, format } => self.copy_as(draft, format),
            Command::PasteGrpcurl(text) => self.paste_grpcurl(text),
            Command::SendCall(draft) => self.send_call(draft),
            Command::CancelCall(draft) => self.cancel_call(draft),
            Command::RunScript(draft) => self.run_script(draft),
            Command::StopScript(draft) => self.stop_script(draft),
            Command::HalfClose(draft) => self.half_close(draft),
            Command::LookAtStream { draft, look } => self.look_at_stream(draft, look),
            Command::NewTap(target) => self.new_tap(target),
            Command::TapService(service) => self.tap_service(&service),
            Command::ShowTap(tap) => self.show_tap(tap),
            Command::CloseTap(tap) => self.close_tap(tap),
            Command::StartTap { tap, wish } => self.start_tap(tap, wish),
            Command::StopTap(tap) => self.stop_tap(tap),
            Command::ShowTapped { tap, call } => self.show_tapped(tap, call),
            Command::DraftOfTapped { tap, call } => self.draft_of_tapped(tap, call),
            Command::StopInstance(instance) => self.stop_instance(instance),
            Command::StartInstance(instance) => self.start_instance(instance),
            Command::KillInstance(instance) => self.kill_instance(instance),
            Command::AddInstance(service) => self.add_instance(service),
            Command::RemoveInstance(instance) => self.remove_instance(instance),
            Command::SetFault { whom, fault } => self.set_fault(whom, fault),
            Command::FollowLog(instance) => self.follow_log(instance),
            Command::SetTraffic(per_second) => self.set_traffic(per_second),
            Command::ServeSource(source) => self.serve_source(source),
            Command::StopServing(source) => self.stop_serving(source),
            Command::SetMockAnswer { source, method, answer } => {
                self.set_mock_answer(source, method, answer);
            }
            Command::SetInstancePort { instance, port } => self.set_instance_port(instance, port),
            Command::StopDemo => self.stop_demo(),
            Command::StartDemo => self.start_demo(),
            Command::StopGateway => self.stop_gateway(),
            Command::StartGateway => self.start_gateway(),
            Command::SetGatewayPort(port) => self.set_gateway_port(port),
            Command::FetchTrace(trace) => self.fetch_trace(trace),
            Command::SelectScene(scene) => self.select_scene(scene),
            Command::ChangeSetting(change) => self.change_setting(change),
            Command::SetTheme(theme) => self.change_settings(|settings| settings.theme = theme),
            Command::SetLanguage(tag) => {
                self.change_settings(|settings| settings.language = tag);
            }
            Command::SetReduceMotion(is_reduced) => {
                self.change_settings(|settings| settings.reduce_motion = is_reduced);
            }
            Command::SetZoom(zoom) => {
                self.change_settings(|settings| settings.zoom = zoom.clamp(0.5, 3.0));
            }
            Command::SaveLayout(layout) => {
                self.state.layout = Some(layout);
                self.save();
            }
            Command::DismissNotice(id) => self.state.notices.retain(|notice| notice.id != id),
            Command::WindowShown { took } => self.window_shown(took),
            // The loop that reads commands ends at this one.
            Command::Shutdown => {}
        }
    }

    /// Takes in what a task reports.
    pub(super) fn message(&mut self, message: Message) {
        match message {
            Message::PathsLoaded { source, generation, loaded } => {
                self.paths_loaded(source, generation, *loaded);
            }
            Message::ScratchChecked { source, revision, loaded } => {
                self.scratch_checked(source, revision, *loaded);
            }
            Message::ScratchSaved { source, revision, path, result } => {
                self.scratch_saved(source, revision, path, result);
            }
            Message::Reflected { source, generation, result } => {
                self.reflected(source, generation, *result);
            }
            Message::Called { draft, call, answer } => self.called(draft, call, *answer),
            Message::Streamed { draft, view } => self.streamed(draft, *view),
            Message::Tapped { tap, generation, news } => self.tapped(tap, generation, news),
            Message::TappedRead { tap, answer } => self.tapped_read(tap, *answer),
            Message::TappedDrafted(draft) => self.tapped_drafted(*draft),
            Message::Copied { format, result } => self.copied(format, *result),
            Message::Pasted(pasted) => self.pasted(*pasted),
            Message::Traced { id, trace, trail, legs } => self.traced(id, trace, trail, legs),
            Message::ClusterChanged => self.cluster_changed(),
            Message::GatewayStarted { generation, result } => {
                self.gateway_started(generation, result);
            }
            Message::GatewayChanged => self.gateway_changed(),
            Message::Done { whom, done } => self.done(whom, done),
            Message::Logged { instance, lines } => self.logged(instance, lines),
            Message::Shopped(figures) => self.shopped(figures),
            Message::MockServed { source, result } => self.mock_served(source, result),
            Message::DemoStopped => self.demo_stopped(),
            Message::FilesChanged(files) => self.files_changed(&files),
            Message::AnyFileChanged => self.any_file_changed(),
            #[cfg(all(feature = "window", target_os = "linux"))]
            Message::SystemTheme(theme) => self.state.system_theme = theme,
            Message::AuthoritiesChecked(faults) => self.state.ca_problems = Arc::new(faults),
            Message::SettingsRead(read) => self.settings_read(*read),
            Message::SettingsSaved { settings, aside } => self.settings_saved(*settings, aside),
            Message::Exported(kind) => self.note(None, kind),
            Message::CompareWentOn { generation, progress } => {
                self.compare_went_on(generation, progress);
            }
            Message::Compared { generation, comparison } => self.compared(generation, *comparison),
            Message::SaveFailed { path, cause } => {
                self.note(Some(Severity::Error), NoticeKind::SaveFailed { path, cause });
            }
        }
    }

    /// Shows the newest state to whoever looks.
    pub(super) fn publish(&mut self) {
        self.state.revision += 1;
        self.state.n_dropped = self.shared.n_refused();
        while self.tasks.try_join_next().is_some() {}
        self.shared.publish_state(self.state.clone());
    }

    /// Tells the person what happened.
    pub(super) fn note(&mut self, severity: Option<Severity>, kind: NoticeKind) {
        self.n_notices += 1;
        let notice = Notice { id: self.n_notices, at: self.recorder.now(), severity, kind };
        self.state.notices.push(Arc::new(notice));
        let surplus = self.state.notices.len().saturating_sub(MAX_NOTICES);
        self.state.notices.drain(..surplus);
    }

    /// Keeps the state on disk, soon.
    pub(super) fn save(&self) {
        self.keep.send_replace(Keep::of(&self.state, self.mocks.all()));
    }
}
