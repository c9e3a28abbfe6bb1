//! From what the user named to the files that are meant.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{LoadKind, parse::file_place};
use crate::model::{Problem, ProblemKind};

/// How deep folders are searched.
const MAX_DEPTH: usize = 24;
/// How many files of one folder are taken.
const MAX_FILES: usize = 20_000;
/// Folders that hold no schemas of the user, however deep they are.
const SKIPPED: [&str; 3] = ["node_modules", "target", "__pycache__"];

/// The files behind the paths of a request.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// `.proto` files, absolute.
    pub protos: BTreeSet<PathBuf>,
    /// Everything else that is a file: taken for a descriptor set.
    pub sets: Vec<PathBuf>,
    /// Folders, absolute.
    pub folders: Vec<PathBuf>,
    pub kind: LoadKind,
}

/// Looks at each path; what is not there is a problem.
pub(super) fn gather(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Gathered {
    let mut gathered = Gathered::default();
    for path in paths {
        let absolute = absolute(path);
        match std::fs::metadata(&absolute) {
            Ok(metadata) if metadata.is_dir() => {
                let mut found = BTreeSet::new();
                walk(&absolute, 0, &mut found);
                if found.is_empty() {
                    problems.push(Problem::error(ProblemKind::NothingFound).at(file_place(path)));
                }
                gathered.protos.append(&mut found);
                gathered.folders.push(absolute);
            }
            Ok(_) if is_proto(&absolute) => drop(gathered.protos.insert(absolute)),
            Ok(_) => gathered.sets.push(absolute),
            Err(error) => {
                let kind = ProblemKind::Unreadable { cause: error.to_string().into() };
                problems.push(Problem::error(kind).at(file_place(path)));
            }
        }
    }
    gathered.kind = match (paths.len(), &gathered) {
        (1, Gathered { folders, .. }) if !folders.is_empty() => LoadKind::Folder,
        (1, Gathered { sets, .. }) if !sets.is_empty() => LoadKind::DescriptorSet,
        (1, _) => LoadKind::File,
        _ => LoadKind::Files,
    };
    gathered
}

/// Absolute and without `.` and `..`, so that one file has one name.
pub(super) fn absolute(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut clean = PathBuf::new();
    for component in absolute.components() {
        match component {
            std::path::Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    clean
}

fn is_proto(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("proto"))
}

fn walk(folder: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if found.len() >= MAX_FILES {
            return;
        }
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = entry.path();
        // Links to folders are not followed: they may lead back up.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder {
            let is_skipped = name.starts_with('.') || SKIPPED.contains(&name.as_ref());
            if !is_skipped && depth < MAX_DEPTH {
                walk(&path, depth + 1, found);
            }
        } else if is_proto(&path) {
            found.insert(path);
        }
    }
}
