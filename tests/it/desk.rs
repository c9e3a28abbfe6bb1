//! A real session without a window, and the one way in which these tests wait.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hoplens::model::{CallId, DraftId, Instance, InstanceState, MethodPath, Outcome};
use hoplens::session::{
    Answer, AnswerBody, Command, NoticeKind, Session, SessionOptions, Source, SourcePhase, State,
};
use hoplens::workspace::{Dirs, Draft};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// How long a test waits for what should come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fifteen instances and the gateway.
pub(crate) const N_LISTENERS: usize = 16;

/// Asks again and again, for half a minute at most.
pub(crate) async fn eventually<T>(what: impl Display, probe: impl FnMut() -> Option<T>) -> T {
    try_eventually(probe).await.unwrap_or_else(|| panic!("never came: {what}"))
}

async fn try_eventually<T>(mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if begun.elapsed() > PATIENCE {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A session that runs, with folders of its own.
pub(crate) struct Desk {
    pub(crate) session: Session,
    run: JoinHandle<()>,
    folder: Arc<TempDir>,
}

impl Desk {
    /// Cluster and gateway stand.
    pub(crate) async fn with_demo() -> Self {
        let desk = Self::open(Arc::new(tempfile::tempdir().unwrap()), Some(true));
        desk.demo_ready().await;
        let n_shown = || desk.ports().len();
        eventually("the demo's picture", || (n_shown() == N_LISTENERS).then_some(())).await;
        desk
    }

    /// No demo: only what the test itself brings.
    pub(crate) fn without_demo() -> Self {
        Self::open(Arc::new(tempfile::tempdir().unwrap()), Some(false))
    }

    /// A session in these folders.
    pub(crate) fn open(folder: Arc<TempDir>, is_demo_wanted: Option<bool>) -> Self {
        let options = SessionOptions {
            dirs: Some(Dirs::under(folder.path().join("config"))),
            is_demo_wanted,
            has_ephemeral_ports: true,
            ..SessionOptions::default()
        };
        let (session, run) = Session::start(options);
        Self { session, run: tokio::spawn(run), folder }
    }

    /// The same folders after a proper end.
    pub(crate) async fn reopened(self, is_demo_wanted: Option<bool>) -> Self {
        let folder = Arc::clone(&self.folder);
        self.close().await;
        Self::open(folder, is_demo_wanted)
    }

    /// Ends the session and waits for it.
    pub(crate) async fn close(self) {
        self.send(Command::Shutdown);
        self.run.await.unwrap();
        assert!(self.session.is_ended());
    }

    /// Where it keeps its files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn send(&self, command: Command) {
        self.session.try_send(command).unwrap();
    }

    /// Waits until the state says so.
    pub(crate) async fn until<T>(
        &self,
        what: impl Display,
        probe: impl Fn(&State) -> Option<T>,
    ) -> T {
        let found = try_eventually(|| probe(&self.session.state())).await;
        found.unwrap_or_else(|| panic!("never came: {what}\n{}", summary(&self.session.state())))
    }

    pub(crate) async fn demo_ready(&self) {
        let is_ready = |kind: &NoticeKind| matches!(kind, NoticeKind::DemoReady { .. });
        self.until("the demo", |state| {
            state.notices.iter().any(|notice| is_ready(&notice.kind)).then_some(())
        })
        .await;
    }

    /// A notice of this kind.
    pub(crate) async fn notice<T>(&self, what: &str, read: impl Fn(&NoticeKind) -> Option<T>) -> T {
        self.until(what, |state| state.notices.iter().rev().find_map(|notice| read(&notice.kind)))
            .await
    }

    /// The source of this name, once it is read.
    pub(crate) async fn source(&self, name: &str) -> Arc<Source> {
        self.until(format!("source {name}"), |state| {
            let is_read =
                |source: &&Arc<Source>| source.name == name && source.phase != SourcePhase::Loading;
            state.sources.iter().find(is_read).cloned()
        })
        .await
    }

    /// Waits until the source of this name is as wanted.
    pub(crate) async fn source_that(
        &self,
        what: &str,
        name: &str,
        is_wanted: impl Fn(&Source) -> bool,
    ) -> Arc<Source> {
        self.until(format!("{name}: {what}"), |state| {
            let source = state.sources.iter().find(|source| source.name == name)?;
            is_wanted(source).then(|| Arc::clone(source))
        })
        .await
    }

    /// Loads paths as one source and waits until it is read.
    pub(crate) async fn load(&self, paths: &[PathBuf], name: &str) -> Arc<Source> {
        self.send(Command::LoadPaths(paths.to_vec()));
        self.source(name).await
    }

    /// Waits until every command so far has been carried out.
    pub(crate) async fn caught_up(&self) {
        static N_MARKS: AtomicUsize = AtomicUsize::new(0);
        let mark = format!("mark {}", N_MARKS.fetch_add(1, Ordering::SeqCst));
        self.send(Command::SaveLayout(mark.as_str().into()));
        let is_marked = |state: &State| state.layout.as_deref() == Some(mark.as_str());
        self.until("the mark", |state| is_marked(state).then_some(())).await;
    }

    /// The draft in front.
    pub(crate) async fn front(&self) -> Arc<Draft> {
        self.until("a draft in front", |state| state.draft(state.active?).cloned()).await
    }

    /// Opens a draft of a method, with its body filled in where it is the demo's.
    pub(crate) async fn open_method(&self, source: &Source, method: &str) -> Arc<Draft> {
        let method = MethodPath::parse(method).unwrap();
        self.send(Command::OpenMethod { source: source.id, method: method.clone() });
        self.until(format!("draft of {method}"), |state| {
            let draft = state.draft(state.active?)?;
            let is_it = draft.method.as_ref() == Some(&method)
                && draft.source.as_ref() == Some(&source.saved);
            is_it.then(|| Arc::clone(draft))
        })
        .await
    }

    /// Changes a draft as the window does.
    pub(crate) fn edit(&self, draft: &Draft, change: impl FnOnce(&mut Draft)) -> Arc<Draft> {
        let mut edited = draft.clone();
        edited.revision += 1;
        change(&mut edited);
        let edited = Arc::new(edited);
        self.send(Command::EditDraft(Arc::clone(&edited)));
        edited
    }

    /// Sends a draft and waits for the end of the call, or for the word why there is none.
    pub(crate) async fn call(&self, draft: DraftId) -> Arc<Answer> {
        let before = self.session.state().answers.get(&draft).cloned();
        self.send(Command::SendCall(draft));
        self.until("an answer", |state| {
            let answer = state.answers.get(&draft)?;
            let is_new = before.as_ref().is_none_or(|before| {
                call_id(answer) != call_id(before)
                    || (answer.refusal.is_some() && !Arc::ptr_eq(answer, before))
            });
            let is_over = answer.refusal.is_some() || outcome(answer).is_some();
            (is_new && is_over).then(|| Arc::clone(answer))
        })
        .await
    }

    /// Sends a draft until its call succeeds.
    pub(crate) async fn call_until_ok(&self, draft: DraftId) -> Arc<Answer> {
        let begun = Instant::now();
        loop {
            let answer = self.call(draft).await;
            if outcome(&answer).is_some_and(Outcome::is_ok) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{:?}", outcome(&answer));
        }
    }

    /// Sends a draft once its schema is there.
    pub(crate) async fn call_until_known(&self, draft: DraftId) -> Arc<Answer> {
        self.until("the draft's schema", |state| {
            state.schema_of(state.draft(draft)?).is_some().then_some(())
        })
        .await;
        self.call(draft).await
    }

    /// The outcome of the newest call of a draft, once it has one.
    pub(crate) async fn outcome(&self, draft: DraftId) -> Outcome {
        self.until("an outcome", |state| outcome(state.answers.get(&draft)?).cloned()).await
    }

    /// One instance as the published topology has it.
    pub(crate) fn instance(&self, name: &str) -> Option<Instance> {
        let snapshot = self.session.snapshot();
        let mut all = snapshot.topology.services.iter().flat_map(|service| &service.instances);
        all.find(|instance| &*instance.name == name).cloned()
    }

    /// Waits until an instance is in this state.
    pub(crate) async fn instance_in(&self, name: &str, state: InstanceState) -> Instance {
        eventually(format!("{name} {state:?}"), || {
            self.instance(name).filter(|instance| instance.state == state)
        })
        .await
    }

    /// Every port that the demo listens on.
    pub(crate) fn ports(&self) -> Vec<u16> {
        let snapshot = self.session.snapshot();
        let instances = snapshot.topology.services.iter().flat_map(|service| &service.instances);
        let ready = instances.filter(|instance| instance.state == InstanceState::Ready);
        ready.map(|instance| instance.address.port()).collect()
    }
}

pub(crate) fn outcome(answer: &Answer) -> Option<&Outcome> {
    answer.call.as_ref()?.outcome.as_ref()
}

fn call_id(answer: &Answer) -> Option<CallId> {
    answer.call.as_ref().map(|call| call.id)
}

/// The text that the Response pane shows.
pub(crate) fn shown(answer: &Answer) -> &str {
    match &answer.body {
        AnswerBody::Message { json: text, .. }
        | AnswerBody::Json(text)
        | AnswerBody::Text(text) => text.text(),
        AnswerBody::None | AnswerBody::Binary { .. } => "",
    }
}

/// What a failed wait tells.
fn summary(state: &State) -> String {
    let sources = state.sources.iter().map(|source| {
        format!("{} {:?} {:?} {:?}", source.name, source.phase, source.origin, source.problems)
    });
    let answers = state
        .answers
        .values()
        .map(|answer| format!("{:?} {:?} {}", answer.refusal, outcome(answer), shown(answer)));
    let notices = state.notices.iter().map(|notice| format!("{:?}", notice.kind));
    let lines: Vec<String> = sources.chain(answers).chain(notices).collect();
    lines.join("\n")
}
