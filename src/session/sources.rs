//! Opening, reloading and closing schema sources. Each load runs on a blocking thread or its own task;
//! a generation number tells a late answer from the newest one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::builtin;
use super::core::Core;
use super::message::Message;
use super::reflect::{self, Reflected};
use super::{NoticeKind, Origin, Source, SourcePhase};
use crate::model::{Cause, DraftId, Problem, ProblemKind, Severity, SourceId};
use crate::schema::{self, LoadKind, LoadRequest, Loaded};
use crate::workspace::SavedSource;

/// What the core keeps of each source beside what it shows.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The newest load of each source; an answer of an older one is dropped.
    generations: HashMap<SourceId, u64>,
    /// Which source read, or looked for, which file.
    watched: HashMap<SourceId, Vec<PathBuf>>,
    /// Drafts of the demo that were opened before their schema was read.
    waiting: Vec<DraftId>,
}

impl Sources {
    fn begin(&mut self, source: SourceId) -> u64 {
        let generation = self.generations.entry(source).or_default();
        *generation += 1;
        *generation
    }

    fn is_newest(&self, source: SourceId, generation: u64) -> bool {
        self.generations.get(&source) == Some(&generation)
    }

    /// Notes that a draft wants its sample as soon as there is one.
    pub(super) fn wait_for_sample(&mut self, draft: DraftId) {
        self.waiting.push(draft);
    }

    /// The drafts that wait, once.
    pub(super) fn take_waiting(&mut self) -> Vec<DraftId> {
        std::mem::take(&mut self.waiting)
    }

    /// Every file that some source read or looked for.
    fn all_watched(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = self.watched.values().flatten().cloned().collect();
        all.sort();
        all.dedup();
        all
    }
}

impl Core {
    /// The sources that Hoplens brings. Parsing them takes milliseconds, yet not those of the first frame.
    pub(super) fn open_builtin_sources(&mut self) {
        for source in builtin::sources() {
            let id = source.id;
            self.state.sources.push(Arc::new(source));
            self.load_source(id);
        }
    }

    /// Opens paths as one source; the same paths again are loaded anew.
    pub(super) fn open_paths(&mut self, paths: Vec<PathBuf>, roots: Vec<PathBuf>) {
        let known = self.state.sources.iter().find(|source| match &source.origin {
            Origin::Paths { paths: known, .. } => *known == paths,
            _ => false,
        });
        if let Some(id) = known.map(|source| source.id) {
            return self.load_source(id);
        }
        let name = self.free_name(&name_of_paths(&paths));
        let origin = Origin::Paths { paths: paths.clone(), kind: LoadKind::File };
        self.add_source(name, origin, SavedSource::Paths { paths, roots });
    }

    /// Opens a server's schema; the same target again is asked anew.
    pub(super) fn open_reflection(&mut self, target: &str) {
        let target = target.trim().to_owned();
        let known = self.state.sources.iter().find(|source| match &source.origin {
            Origin::Reflection { target: known, .. } => *known == target,
            _ => false,
        });
        if let Some(id) = known.map(|source| source.id) {
            return self.load_source(id);
        }
        let name = self.free_name(&target);
        let saved = SavedSource::Reflection { target: target.clone(), security_override: None };
        let origin = Origin::Reflection { target, version: None, is_from_cache: false };
        self.add_source(name, origin, saved);
    }

    fn add_source(&mut self, name: String, origin: Origin, saved: SavedSource) {
        self.add_source_as(SourceId::next(), name, origin, saved);
    }

    pub(super) fn add_source_as(
        &mut self,
        id: SourceId,
        name: String,
        origin: Origin,
        saved: SavedSource,
    ) {
        self.state.sources.push(Arc::new(Source {
            id,
            name,
            origin,
            saved,
            phase: SourcePhase::Loading,
            schema: None,
            routes: Arc::default(),
            problems: Arc::default(),
            roots: Vec::new(),
        }));
        self.save();
        self.load_source(id);
    }

    /// A name that no other source has: the Explorer and tests find a source by it.
    pub(super) fn free_name(&self, wanted: &str) -> String {
        let is_taken = |name: &str| self.state.sources.iter().any(|source| source.name == name);
        if !is_taken(wanted) {
            return wanted.to_owned();
        }
        (2..=u32::MAX)
            .map(|n| format!("{wanted} ({n})"))
            .find(|name| !is_taken(name))
            .unwrap_or_default()
    }

    /// Another folder to look for imports in.
    pub(super) fn add_root(&mut self, id: SourceId, root: PathBuf) {
        self.add_scratch_root(id, &root);
        self.change_source(id, |source| {
            if let SavedSource::Paths { roots, .. } = &mut source.saved
                && !roots.contains(&root)
            {
                roots.push(root);
            }
        });
        self.save();
        self.load_source(id);
    }

    /// Forgets a source; its drafts stay.
    pub(super) fn close_source(&mut self, id: SourceId) {
        self.stop_serving(id);
        self.forget_scratch(id);
        self.state.sources.retain(|source| source.id != id);
        self.sources.generations.remove(&id);
        self.sources.watched.remove(&id);
        self.watch_files();
        self.save();
    }

    /// Reads a source, for the first time or again; what is known stays on screen meanwhile.
    pub(super) fn load_source(&mut self, id: SourceId) {
        let Some(source) = self.state.source(id).cloned() else { return };
        let generation = self.sources.begin(id);
        self.change_source(id, |source| source.phase = SourcePhase::Loading);
        match (&source.origin, &source.saved) {
            (Origin::BuiltIn, _) => {
                let name = source.name.clone();
                self.load_blocking(id, generation, move || builtin::load(&name));
            }
            (Origin::Scratch, _) => self.check_scratch(id, Duration::ZERO),
            (Origin::Paths { paths, .. }, saved) => {
                let roots = match saved {
                    SavedSource::Paths { roots, .. } => roots.clone(),
                    _ => Vec::new(),
                };
                let request = LoadRequest { paths: paths.clone(), roots };
                self.load_blocking(id, generation, move || schema::load(&request));
            }
            (Origin::Reflection { target, .. }, _) => {
                let manner = self.draft_for_reflection(&source, target).map(|draft| &**draft);
                let ask = reflect::Ask {
                    engine: self.engine.clone(),
                    target: target.clone(),
                    manner: manner.map(reflect::Manner::of).unwrap_or_default(),
                    store: self.store.clone(),
                };
                let inbox = self.inbox.clone();
                self.tasks.spawn(async move {
                    let result = Box::new(reflect::ask(ask).await);
                    inbox.send(Message::Reflected { source: id, generation, result }).await.ok();
                });
            }
        }
    }

    fn load_blocking(
        &mut self,
        source: SourceId,
        generation: u64,
        load: impl FnOnce() -> Loaded + Send + 'static,
    ) {
        let inbox = self.inbox.clone();
        self.tasks.spawn(async move {
            if let Ok(loaded) = tokio::task::spawn_blocking(load).await {
                let loaded = Box::new(loaded);
                inbox.send(Message::PathsLoaded { source, generation, loaded }).await.ok();
            }
        });
    }

    /// Files were read.
    pub(super) fn paths_loaded(&mut self, id: SourceId, generation: u64, loaded: Loaded) {
        if !self.sources.is_newest(id, generation) {
            return;
        }
        self.watch_source(id, loaded.watched.clone());
        self.source_loaded(id, loaded);
    }

    /// Loads a source again when one of these files changes.
    pub(super) fn watch_source(&mut self, id: SourceId, files: Vec<PathBuf>) {
        self.sources.watched.insert(id, files);
        self.watch_files();
    }

    /// A server answered, or did not.
    pub(super) fn reflected(&mut self, id: SourceId, generation: u64, result: Reflected) {
        if !self.sources.is_newest(id, generation) {
            return;
        }
        let (loaded, version, is_from_cache) = match result {
            Reflected::Fresh { loaded, version } => (loaded, Some(version), false),
            Reflected::Cached { mut loaded, problem } => {
                loaded.problems.insert(0, Problem { severity: Severity::Warning, ..problem });
                (loaded, None, true)
            }
            Reflected::Failed(problem) => return self.source_failed(id, vec![problem]),
        };
        self.change_source(id, |source| {
            if let Origin::Reflection { version: v, is_from_cache: c, .. } = &mut source.origin {
                *v = version;
                *c = is_from_cache;
            }
        });
        self.source_loaded(id, loaded);
    }

    fn source_loaded(&mut self, id: SourceId, loaded: Loaded) {
        let n_methods = loaded.schema.n_methods();
        let is_empty = loaded.schema.files().is_empty()
            && loaded.problems.iter().any(|problem| problem.severity == Severity::Error);
        if is_empty || self.is_broken_edit(id, &loaded) {
            return self.source_failed(id, loaded.problems);
        }
        let n_problems = loaded.problems.len();
        let kind = loaded.kind;
        self.change_source(id, |source| {
            source.schema = Some(Arc::new(loaded.schema));
            source.problems = loaded.problems.into();
            source.roots = loaded.roots;
            source.phase = SourcePhase::Ready;
            if let Origin::Paths { kind: known, .. } = &mut source.origin {
                *known = kind;
            }
        });
        let Some(source) = self.state.source(id).cloned() else { return };
        if source.origin != Origin::BuiltIn {
            let name = source.name.clone();
            let severity = (n_problems > 0).then_some(Severity::Warning);
            self.note(
                severity,
                NoticeKind::SourceLoaded { source: id, name, n_methods, n_problems },
            );
        }
        self.fill_waiting_drafts(id);
        self.mock_follows_source(id);
    }

    /// Whether a text that no longer reads took away methods that drafts may use.
    fn is_broken_edit(&self, id: SourceId, loaded: &Loaded) -> bool {
        let Some(good) = self.state.source(id).and_then(|source| source.schema.as_ref()) else {
            return false;
        };
        let is_broken = loaded.problems.iter().any(|problem| {
            use ProblemKind as P;
            matches!(problem.kind, P::Syntax { .. } | P::Definition { .. } | P::NotText)
        });
        let mut methods = good.services().iter().flat_map(|service| &service.methods);
        is_broken && methods.any(|method| loaded.schema.method(&method.path).is_none())
    }

    /// Nothing could be read: the problems stand at the source, and the last good schema stays.
    fn source_failed(&mut self, id: SourceId, problems: Vec<Problem>) {
        let problem = super::answer::worst(&problems);
        self.change_source(id, |source| {
            source.problems = problems.into();
            source.phase = SourcePhase::Failed;
        });
        let Some(name) = self.state.source(id).map(|source| source.name.clone()) else { return };
        let kind = NoticeKind::SourceFailed { source: id, name, problem };
        self.note(Some(Severity::Error), kind);
    }

    pub(super) fn change_source(&mut self, id: SourceId, change: impl FnOnce(&mut Source)) {
        if let Some(source) = self.state.sources.iter_mut().find(|source| source.id == id) {
            change(Arc::make_mut(source));
        }
    }

    /// Files changed on disk: the sources that read them, or looked for them, load again.
    pub(super) fn files_changed(&mut self, changed: &[PathBuf]) {
        if changed.iter().any(|path| self.state.settings_file.as_ref() == Some(path)) {
            self.read_settings_file();
        }
        self.load_again(|known| {
            changed.iter().any(|path| known.iter().any(|known| is_told_by(known, path)))
        });
    }

    /// More changed than could be told: every source that reads files loads again.
    pub(super) fn any_file_changed(&mut self) {
        self.read_settings_file();
        self.load_again(|known| !known.is_empty());
    }

    fn load_again(&mut self, concerns: impl Fn(&[PathBuf]) -> bool) {
        let mut ids: Vec<SourceId> = self
            .sources
            .watched
            .iter()
            .filter(|(_, files)| concerns(files))
            .map(|(id, _)| *id)
            .collect();
        ids.sort();
        for id in ids {
            self.load_source(id);
        }
    }

    pub(super) fn watch_files(&mut self) {
        let mut watched = self.sources.all_watched();
        watched.extend(self.state.settings_file.clone());
        self.watcher.watch(&watched);
    }
}

/// Whether a change of `path` concerns a file or folder that a source reads. What is new in a folder counts
/// when it may be, or may hold, a `.proto` file.
fn is_told_by(known: &Path, path: &Path) -> bool {
    let may_hold_protos = || path.extension().is_none_or(|extension| extension == "proto");
    path == known || (path.starts_with(known) && may_hold_protos())
}

/// `demo.proto`, `shop, folder`: what the Explorer calls a source of these paths.
pub(super) fn name_of_paths(paths: &[PathBuf]) -> String {
    let name =
        |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    match paths {
        [] => String::new(),
        [one] => name(one),
        [first, rest @ ..] => format!("{} +{}", name(first), rest.len()),
    }
}

/// What stands at a source whose target cannot be asked.
pub(super) fn reflection_problem(asked: &str, cause: Cause) -> Problem {
    Problem::error(ProblemKind::Reflection { asked: asked.to_owned(), cause })
}
