//! Starting a session and ending it: every long-running task of the application begins here and ends here.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::calls::Calls;
use super::closed::ClosedDrafts;
use super::comparing::Comparing;
use super::core::Core;
use super::demo::Demo;
use super::gate::Gate;
use super::handle::Session;
use super::message::Message;
use super::mocks::MockBook;
use super::options::SessionOptions;
use super::save::{self, Keep};
use super::scratch::Editors;
use super::settings;
use super::shared::Shared;
use super::sources::Sources;
use super::tap::Taps;
use super::traffic::TrafficControl;
use super::watch::FileWatcher;
use super::{Command, DemoPhase, NoticeKind, State};
use crate::cluster::{self, ClusterOptions, StartState};
use crate::engine::Engine;
use crate::model::{Clock, Severity, Topology};
use crate::telemetry::{self, Recorder};
use crate::workspace::{SavedSource, ScratchPlace, Store, Workspace};

/// Commands that may wait; a person cannot fill it, a stuck session can.
const COMMANDS: usize = 256;
/// Reports of inner tasks that may wait; their senders wait then.
const MESSAGES: usize = 1_024;
/// Spans that may wait for the telemetry task; beyond, they are dropped and counted.
const REPORTS: usize = 16_384;
/// How long calls in flight may go on when the session ends.
const DRAIN: Duration = Duration::from_secs(6);

impl Session {
    /// Starts a session; the future runs it until [`Command::Shutdown`]. Needs a tokio runtime's context.
    pub fn start(options: SessionOptions) -> (Self, impl Future<Output = ()> + Send) {
        let (commands, wishes) = mpsc::channel(COMMANDS);
        let ended = CancellationToken::new();
        let shared = Arc::new(Shared::new(State::default()));
        let clock = Clock::start();
        let session = Self { shared: Arc::clone(&shared), commands, clock, ended: ended.clone() };
        let run = async move {
            run(options, clock, shared, wishes).await;
            ended.cancel();
        };
        (session, run)
    }
}

async fn run(
    options: SessionOptions,
    clock: Clock,
    shared: Arc<Shared>,
    mut wishes: mpsc::Receiver<Command>,
) {
    let store = options.dirs.clone().map(Store::new);
    let (workspace, problems) = load(store.clone()).await;
    let shutdown = CancellationToken::new();
    let mut tasks = JoinSet::new();

    let (recorder, reports) = Recorder::channel(clock, REPORTS);
    let (queries, asked) = mpsc::channel(64);
    let (topology, declared) = watch::channel(Arc::new(Topology::default()));
    let published = Arc::clone(&shared);
    let publish = move |snapshot| published.publish_snapshot(snapshot);
    let (limits, bounds) = watch::channel(settings::limits(&workspace.settings));
    tasks.spawn(telemetry::run(reports, declared, publish, asked, bounds, shutdown.clone()));

    let (inbox, mut messages) = mpsc::channel(MESSAGES);
    let is_demo_wanted = options.is_demo_wanted.unwrap_or(workspace.settings.demo_enabled);
    let cluster_options = ClusterOptions {
        ports: Core::port_plan(&workspace.settings, options.has_ephemeral_ports),
        start: if is_demo_wanted { StartState::Running } else { StartState::Stopped },
        scale: options.scale.clone(),
    };
    let (handle, cluster) = match cluster::start(&cluster_options, &recorder, shutdown.clone()) {
        Ok(started) => started,
        Err(error) => {
            // Without an HTTP client nothing of this process could work.
            tracing::error!(%error, "failed to prepare the demo");
            return;
        }
    };
    tasks.spawn(cluster);
    tasks.spawn(tell_cluster(handle.topology(), inbox.clone()));
    let (watcher, collect) = FileWatcher::new(inbox.clone());
    tasks.spawn(collect);
    let (keep, newest) = watch::channel(Keep::default());

    let traffic =
        TrafficControl::start(recorder.clone(), inbox.clone(), &mut tasks, shutdown.clone());

    let mut core = Core {
        engine: Engine::new(recorder.clone()),
        comparing: Comparing::default(),
        demo: Demo::new(
            handle.clone(),
            Gate::new(
                handle.endpoints(),
                &workspace.settings,
                is_demo_wanted && workspace.settings.gateway_enabled,
            ),
            options.process_started,
            traffic,
        ),
        mocks: MockBook::default(),
        taps: Taps::default(),
        options,
        shared,
        state: State::default(),
        recorder,
        queries,
        topology,
        inbox: inbox.clone(),
        tasks,
        sources: Sources::default(),
        editors: Editors::default(),
        calls: Calls::default(),
        watcher,
        store: store.clone(),
        keep,
        kept_settings: workspace.settings.clone(),
        limits,
        closed: ClosedDrafts::default(),
        shutdown: shutdown.clone(),
        n_notices: 0,
    };
    #[cfg(all(feature = "window", target_os = "linux"))]
    core.tasks.spawn(super::appearance::follow(core.inbox.clone(), shutdown.clone()));
    let kept = workspace.settings.clone();
    core.begin(workspace, is_demo_wanted);
    for problem in problems {
        core.note(Some(Severity::Error), NoticeKind::WorkspaceFile(problem));
    }
    if let Some(store) = store {
        core.tasks.spawn(save::run(store, kept, newest, inbox, shutdown.clone()));
    }
    core.publish();

    loop {
        tokio::select! {
            wish = wishes.recv() => match wish {
                None | Some(Command::Shutdown) => break,
                Some(command) => core.command(command),
            },
            Some(message) = messages.recv() => core.message(message),
        }
        // A burst is published once.
        while let Ok(message) = messages.try_recv() {
            core.message(message);
        }
        core.publish();
    }
    core.save();
    shutdown.cancel();
    end(core, messages).await;
}

/// Reads what was kept, off the runtime's threads.
async fn load(store: Option<Store>) -> (Workspace, Vec<crate::model::Problem>) {
    let Some(store) = store else { return Default::default() };
    tokio::task::spawn_blocking(move || store.load()).await.unwrap_or_default()
}

impl Core {
    /// Brings back what was kept, else the first sight.
    fn begin(&mut self, workspace: Workspace, is_demo_wanted: bool) {
        self.state.settings = workspace.settings;
        self.state.settings_file = self.store.as_ref().map(Store::settings_file);
        self.note_settings_problems(workspace.settings_problems);
        self.apply_network();
        self.state.layout = workspace.layout.map(Into::into);
        // Before the sources: a server is asked as the draft that calls it says.
        self.state.drafts = workspace.drafts.into_iter().map(Arc::new).collect();
        self.state.active = workspace.active;
        self.mocks = MockBook::new(workspace.mocks);
        self.open_builtin_sources();
        let (closed, mut scratches): (Vec<_>, Vec<_>) =
            workspace.scratches.into_iter().partition(|kept| kept.place == ScratchPlace::Closed);
        self.state.closed_scratches = closed.into_iter().map(Arc::new).collect();
        let is_first = workspace.sources.is_none() && self.state.drafts.is_empty();
        for source in workspace.sources.unwrap_or_default() {
            match source {
                SavedSource::Paths { paths, roots } => self.open_paths(paths, roots),
                SavedSource::Reflection { target, .. } => self.open_reflection(&target),
                SavedSource::BuiltIn(_) => {}
                SavedSource::Scratch(name) => {
                    let at = scratches.iter().position(|kept| kept.name == name);
                    if let Some(kept) = at.map(|at| scratches.remove(at)) {
                        self.open_scratch(kept);
                    }
                }
            }
        }
        // What no list names is opened all the same: nothing that was typed is lost.
        for kept in scratches {
            self.open_scratch(kept);
        }
        if is_first {
            self.open_first_draft();
        }
        let open = std::mem::take(&mut self.options.open);
        if !open.is_empty() {
            self.open_paths(open, Vec::new());
        }
        if !is_demo_wanted {
            self.state.demo = DemoPhase::Stopped;
        } else if self.state.settings.gateway_enabled {
            self.run_gateway();
        }
        self.gateway_changed();
        for (whom, fault) in std::mem::take(&mut self.options.faults) {
            self.set_fault(whom, fault);
        }
        self.set_traffic(self.options.traffic_per_second);
    }
}

/// Passes on that instances changed.
async fn tell_cluster(mut topology: watch::Receiver<Arc<Topology>>, inbox: mpsc::Sender<Message>) {
    loop {
        if inbox.send(Message::ClusterChanged).await.is_err() || topology.changed().await.is_err() {
            return;
        }
    }
}

/// Waits for every task, as long as calls in flight may take.
async fn end(core: Core, messages: mpsc::Receiver<Message>) {
    drop(messages);
    let Core { mut tasks, watcher, calls, .. } = core;
    drop((watcher, calls));
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, all).await.is_err() {
        tracing::warn!("tasks were still running when the session ended");
    }
}
