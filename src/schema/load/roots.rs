//! Import roots: given by the user, or found from what the `import` lines need.
//!
//! An import is looked for where a person would: under the roots that the user
//! gave, beside and above the importing file, in the folders that were opened,
//! among the files that are loaded anyway, and last in the usual side folders.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path, PathBuf},
};

/// Side folders that projects keep protos in.
const USUAL: [&str; 11] = [
    "proto",
    "protos",
    "protobuf",
    "api",
    "apis",
    "idl",
    "include",
    "third_party",
    "third_party/googleapis",
    "vendor",
    "src/main/proto",
];
/// How far above the importing file side folders are tried.
const USUAL_LEVELS: usize = 6;

/// Looks for imports and remembers under which roots they were.
#[derive(Debug)]
pub(super) struct Finder {
    given: Vec<PathBuf>,
    found: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    /// Files that are loaded anyway, by their last component.
    known: BTreeMap<String, BTreeSet<PathBuf>>,
}

/// Where an import leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    File(PathBuf),
    /// Looked for in these folders.
    Nowhere(Vec<PathBuf>),
}

impl Finder {
    pub(super) fn new<'a>(
        given: Vec<PathBuf>,
        folders: &[PathBuf],
        files: impl Iterator<Item = &'a PathBuf>,
    ) -> Self {
        let mut known: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
        for file in files {
            if let Some(name) = file.file_name() {
                let same_name = known.entry(name.to_string_lossy().into_owned()).or_default();
                same_name.insert(file.clone());
            }
        }
        Self { given, found: Vec::new(), folders: folders.to_vec(), known }
    }

    /// The file that `import` in `importer` means.
    pub(super) fn find(&mut self, importer: &Path, import: &str) -> Found {
        let relative = Path::new(import);
        let is_plain =
            relative.components().all(|component| matches!(component, Component::Normal(_)));
        if !is_plain {
            return Found::Nowhere(Vec::new());
        }
        let is_root = |root: &&PathBuf| root.join(relative).is_file();
        let near = self.near(importer);
        if let Some(root) = near.iter().find(is_root) {
            return self.take(root.clone(), relative);
        }
        if let Some(root) = self.root_of_known(relative) {
            return self.take(root, relative);
        }
        let usual = usual_folders(importer);
        match self.found.iter().chain(&usual).find(is_root).cloned() {
            Some(root) => self.take(root, relative),
            None => Found::Nowhere(near),
        }
    }

    /// All roots, those of the user first.
    pub(super) fn into_roots(self) -> Vec<PathBuf> {
        let mut roots = self.given;
        roots.extend(self.found.into_iter().filter(|root| !self.folders.contains(root)));
        roots.extend(self.folders);
        roots.dedup();
        roots
    }

    /// The import name of a file that nobody imports: as short as the roots allow.
    pub(super) fn name_of(&self, file: &Path) -> String {
        let by_depth = |root: &&PathBuf| root.components().count();
        let root = (self.given.iter().find(|root| file.starts_with(root)))
            .or_else(|| {
                self.found.iter().filter(|root| file.starts_with(root)).max_by_key(by_depth)
            })
            .or_else(|| self.folders.iter().find(|root| file.starts_with(root)));
        let relative = root.and_then(|root| file.strip_prefix(root).ok());
        let relative = relative.or_else(|| file.file_name().map(Path::new)).unwrap_or(file);
        import_name(relative)
    }

    /// Where the import is looked for first, in order.
    fn near(&self, importer: &Path) -> Vec<PathBuf> {
        let above = importer.ancestors().skip(1).map(Path::to_owned);
        let mut near: Vec<PathBuf> = Vec::new();
        for root in self.given.iter().cloned().chain(above).chain(self.folders.iter().cloned()) {
            if !near.contains(&root) {
                near.push(root);
            }
        }
        near
    }

    /// The root that makes a known file answer to this import; the shortest when several do.
    fn root_of_known(&self, import: &Path) -> Option<PathBuf> {
        let same_name = self.known.get(import.file_name()?.to_string_lossy().as_ref())?;
        let matches = same_name.iter().filter(|file| file.ends_with(import));
        let file = matches.min_by_key(|file| file.components().count())?;
        let n_up = import.components().count();
        file.ancestors().nth(n_up).map(Path::to_owned)
    }

    fn take(&mut self, root: PathBuf, relative: &Path) -> Found {
        let file = root.join(relative);
        if !self.given.contains(&root) && !self.found.contains(&root) {
            self.found.push(root);
        }
        Found::File(file)
    }
}

/// A path as `import` lines write it: no root, no drive.
pub(super) fn import_name(path: &Path) -> String {
    let normal = path.components().filter(|part| matches!(part, Component::Normal(_)));
    let parts: Vec<_> = normal.map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

fn usual_folders(importer: &Path) -> Vec<PathBuf> {
    let above = importer.ancestors().skip(1).take(USUAL_LEVELS);
    above.flat_map(|folder| USUAL.iter().map(move |side| folder.join(side))).collect()
}
