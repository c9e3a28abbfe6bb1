//! Opening and saving, one file per piece, so that a broken one takes nothing else along.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{
    Dirs, Draft, ReadSettings, SavedMock, SavedSource, Scratch, Settings, WorkspaceError, atomic,
    drafts_toml, layout_toml, mocks_toml, reflection_cache, scratch_toml, settings_edit,
    settings_toml, sources_toml,
};
use crate::model::{DraftId, Place, Problem, ProblemKind};

/// Everything that outlives the process.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Workspace {
    /// Preferences.
    pub settings: Settings,
    /// What is wrong with the file of the preferences.
    pub settings_problems: Vec<Problem>,
    /// In the order of their tabs.
    pub drafts: Vec<Draft>,
    /// The draft in front.
    pub active: Option<DraftId>,
    /// The schema sources that were open; `None` on the first start, when nothing has been kept yet.
    pub sources: Option<Vec<SavedSource>>,
    /// Schemas that are, or were, served.
    pub mocks: Vec<SavedMock>,
    /// Protos that are no files yet, in the order in which they were opened; those closed last included.
    pub scratches: Vec<Scratch>,
    /// The pane layout, a text that only the window understands.
    pub layout: Option<String>,
}

/// The files of this user. Every method reads or writes a disk: not for the thread of the window.
#[derive(Debug, Clone)]
pub struct Store {
    dirs: Dirs,
}

impl Store {
    /// The files in these folders, which come into being with the first save.
    pub fn new(dirs: Dirs) -> Self {
        Self { dirs }
    }

    /// Where the files are.
    pub fn dirs(&self) -> &Dirs {
        &self.dirs
    }

    /// Reads everything. A file that is not there gives the defaults; a broken one too, and is put aside and
    /// reported. The one of the preferences stays where it is: what can be read of it is in force.
    pub fn load(&self) -> (Workspace, Vec<Problem>) {
        atomic::sweep(&self.dirs.config);
        let mut problems = Vec::new();
        let ReadSettings { settings, problems: settings_problems } = self.load_settings();
        let drafts = self.open("drafts.toml", drafts_toml::read, &mut problems);
        let sources = self.open("sources.toml", sources_toml::read, &mut problems);
        let mocks = self.open("mocks.toml", mocks_toml::read, &mut problems).unwrap_or_default();
        let scratches = self.open("scratch.toml", scratch_toml::read, &mut problems);
        let layout = self.open("layout.toml", layout_toml::read, &mut problems);
        let drafts_toml::ReadDrafts { drafts, active, problems: in_drafts } =
            drafts.unwrap_or_default();
        problems.extend(in_file(in_drafts, &self.path("drafts.toml")));
        let (scratches, layout) = (scratches.unwrap_or_default(), layout.flatten());
        let workspace = Workspace {
            settings,
            settings_problems,
            drafts,
            active,
            sources,
            mocks,
            scratches,
            layout,
        };
        (workspace, problems)
    }

    /// The preferences for a short run that keeps nothing: reads and touches nothing else. What is wrong with
    /// the file is reported by the next start of the window.
    pub fn glance_at_settings(&self) -> Settings {
        self.load_settings().settings
    }

    /// Where the preferences are kept.
    pub fn settings_file(&self) -> PathBuf {
        self.path("settings.toml")
    }

    /// Reads the preferences; the file stays as it is, whatever is wrong with it.
    pub fn load_settings(&self) -> ReadSettings {
        let path = self.settings_file();
        let mut read = match fs::read(&path) {
            Ok(bytes) => settings_toml::read(&String::from_utf8_lossy(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => ReadSettings::default(),
            Err(error) => {
                let problems = vec![unreadable(&path, &error)];
                ReadSettings { problems, ..ReadSettings::default() }
            }
        };
        read.problems = in_file(read.problems, &path).collect();
        read
    }

    /// Keeps what changed between two states of the preferences, and touches nothing else in the file. Gives
    /// the name of a copy, when lines of the file were no TOML and had to become comments.
    pub fn save_settings(
        &self,
        before: &Settings,
        after: &Settings,
    ) -> Result<Option<PathBuf>, WorkspaceError> {
        let path = self.settings_file();
        let failed = |source| WorkspaceError::Write { path: path.clone(), source };
        let text = match fs::read(&path) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let Some(edited) = settings_edit::edit(text.as_deref(), before, after) else {
            return Ok(None);
        };
        let is_copied = edited.has_mended.then(|| atomic::copy_aside(&path)).transpose();
        let aside = is_copied.map_err(failed)?;
        atomic::replace(&path, edited.text.as_bytes()).map_err(failed)?;
        Ok(aside)
    }

    /// Keeps the drafts, without their credentials, and which one is in front.
    pub fn save_drafts(
        &self,
        drafts: &[Draft],
        active: Option<DraftId>,
    ) -> Result<(), WorkspaceError> {
        self.save("drafts.toml", drafts_toml::write(drafts, active))
    }

    /// Keeps the open schema sources.
    pub fn save_sources(&self, sources: &[SavedSource]) -> Result<(), WorkspaceError> {
        self.save("sources.toml", sources_toml::write(sources))
    }

    /// Keeps what is served, and with which answers.
    pub fn save_mocks(&self, mocks: &[SavedMock]) -> Result<(), WorkspaceError> {
        self.save("mocks.toml", mocks_toml::write(mocks))
    }

    /// Keeps the protos that are no files yet.
    pub fn save_scratches(&self, scratches: &[Scratch]) -> Result<(), WorkspaceError> {
        self.save("scratch.toml", scratch_toml::write(scratches))
    }

    /// Keeps the pane layout.
    pub fn save_layout(&self, layout: &str) -> Result<(), WorkspaceError> {
        self.save("layout.toml", layout_toml::write(layout))
    }

    /// Keeps the descriptor set that a target sent by reflection.
    pub fn save_reflection(&self, target: &str, set: &[u8]) -> Result<(), WorkspaceError> {
        reflection_cache::save(&self.dirs.cache, target, set)
    }

    /// The descriptor set that a target sent last time.
    pub fn load_reflection(&self, target: &str) -> Option<Vec<u8>> {
        reflection_cache::load(&self.dirs.cache, target)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dirs.config.join(name)
    }

    fn save(
        &self,
        name: &str,
        text: Result<String, toml::ser::Error>,
    ) -> Result<(), WorkspaceError> {
        let path = self.path(name);
        let text = text.map_err(|error| WorkspaceError::Encode {
            path: path.clone(),
            cause: error.to_string(),
        })?;
        atomic::replace(&path, text.as_bytes())
            .map_err(|source| WorkspaceError::Write { path, source })
    }

    fn open<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, toml::de::Error>,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        let path = self.path(name);
        let text = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                problems.push(unreadable(&path, &error));
                return None;
            }
        };
        // Not UTF-8 is as broken as not TOML: read what can be read, so that the message has a line.
        match read(&String::from_utf8_lossy(&text)) {
            Ok(value) => Some(value),
            Err(error) => {
                problems.push(broken(&path, &error, &text));
                None
            }
        }
    }
}

/// What a reader of text found, with the file that the text came from.
fn in_file(problems: Vec<Problem>, path: &Path) -> impl Iterator<Item = Problem> {
    problems.into_iter().map(|mut problem| {
        if let Some(place) = &mut problem.place {
            place.file = Some(path.to_owned());
        }
        problem
    })
}

fn broken(path: &Path, error: &toml::de::Error, text: &[u8]) -> Problem {
    let cause = error.message().to_owned();
    let kind = match atomic::put_aside(path) {
        Ok(kept) => ProblemKind::PutAside { cause, kept },
        Err(not_moved) => return unreadable(path, &not_moved),
    };
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    let place =
        Place { file: Some(path.to_owned()), line: u32::try_from(line).unwrap_or(0), column: 0 };
    Problem::warning(kind).at(place)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let place = Place { file: Some(path.to_owned()), line: 0, column: 0 };
    Problem::error(ProblemKind::Unreadable { cause: error.to_string().into() }).at(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Protocol, Secret};
    use crate::workspace::{Auth, MetadataRow, Theme};

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Dirs::under(folder.path().join("hoplens")));
        (folder, store)
    }

    #[test]
    fn the_first_start_has_defaults_and_no_complaint() {
        let (_folder, store) = store();
        assert_eq!(store.load(), (Workspace::default(), Vec::new()));
    }

    #[test]
    fn every_piece_comes_back() {
        let (_folder, store) = store();
        let settings = Settings { theme: Theme::Dark, ..Settings::default() };
        let drafts = [Draft::new(DraftId::next(), Protocol::Http)];
        let sources = vec![SavedSource::BuiltIn("shop".into())];
        store.save_settings(&Settings::default(), &settings).unwrap();
        store.save_drafts(&drafts, Some(drafts[0].id)).unwrap();
        store.save_sources(&sources).unwrap();
        store.save_layout("panes").unwrap();
        store.save_reflection("localhost:50051", b"set").unwrap();
        let (back, problems) = store.load();
        assert_eq!(problems, []);
        assert_eq!((back.settings, back.sources), (settings, Some(sources)));
        assert_eq!((back.drafts.len(), back.active), (1, Some(back.drafts[0].id)));
        assert_eq!(back.layout.as_deref(), Some("panes"));
        assert_eq!(store.load_reflection("localhost:50051").as_deref(), Some(&b"set"[..]));
    }

    #[test]
    fn a_broken_file_is_put_aside_and_takes_nothing_along() {
        let (_folder, store) = store();
        store.save_layout("panes").unwrap();
        for garbage in [&b"version = 1\n[[draft"[..], b"\xff\xfe\x00", b"[[draft]]\nbody = 7\n"] {
            let path = store.dirs().config.join("drafts.toml");
            fs::write(&path, garbage).unwrap();
            let (back, problems) = store.load();
            assert_eq!((back.drafts.len(), back.layout.as_deref()), (0, Some("panes")));
            let [Problem { kind: ProblemKind::PutAside { kept, .. }, place, .. }] = &problems[..]
            else {
                panic!("{problems:?}")
            };
            assert_eq!(fs::read(kept).unwrap(), garbage);
            assert_eq!(place.as_ref().unwrap().file.as_ref(), Some(&path));
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_settings_file_with_faults_stays_until_something_is_changed() {
        let (_folder, store) = store();
        let settings = Settings::default();
        store.save_settings(&settings, &settings).unwrap();
        let faulty = "thme = \"dark\"\nzoom = 2.0\nlanguage = \n";
        fs::write(store.settings_file(), faulty).unwrap();
        let (back, problems) = store.load();
        assert_eq!((back.settings.zoom, problems), (2.0, Vec::new()));
        let places: Vec<_> =
            back.settings_problems.iter().map(|p| p.place.clone().unwrap()).collect();
        assert_eq!((places.len(), places[0].line, places[1].line), (2, 1, 3));
        assert_eq!(places[0].file, Some(store.settings_file()));
        assert_eq!(fs::read_to_string(store.settings_file()).unwrap(), faulty);
        let wanted = Settings { theme: Theme::Dark, ..back.settings.clone() };
        let aside = store.save_settings(&back.settings, &wanted).unwrap().unwrap();
        assert_eq!(fs::read_to_string(aside).unwrap(), faulty);
        let text = fs::read_to_string(store.settings_file()).unwrap();
        assert!(text.starts_with("thme = \"dark\"\nzoom = 2.0\n"), "{text}");
        assert!(
            text.contains("\n#language = \n") && text.contains("\ntheme = \"dark\"\n"),
            "{text}"
        );
        assert_eq!(store.load().0.settings, wanted);
        assert_eq!(store.save_settings(&wanted, &settings).unwrap(), None, "mended by now");
    }

    #[test]
    fn no_file_holds_a_credential() {
        let (folder, store) = store();
        let secret = "s3cr3t-of-the-test";
        let draft = |auth| {
            let mut draft = Draft::new(DraftId::next(), Protocol::Grpc);
            for name in ["authorization", "Cookie", "X-API-Key"] {
                draft.metadata.push(MetadataRow::new(name, secret));
            }
            draft.metadata.push(MetadataRow { is_secret: true, ..MetadataRow::new("x-t", secret) });
            draft.auth = auth;
            draft
        };
        let drafts = [
            draft(Auth::Bearer(Secret::new(secret))),
            draft(Auth::ApiKey { header: "x-api-key".into(), value: Secret::new(secret) }),
            draft(Auth::Basic { user: "ada".into(), password: Secret::new(secret) }),
        ];
        store.save_drafts(&drafts, None).unwrap();
        let mut n_files = 0;
        for entry in fs::read_dir(folder.path().join("hoplens")).unwrap().flatten() {
            let text = fs::read_to_string(entry.path()).unwrap();
            assert!(!text.contains(secret), "{}", entry.path().display());
            assert!(text.contains("ada"), "the rest is kept");
            n_files += 1;
        }
        assert_eq!(n_files, 1);
    }
}
