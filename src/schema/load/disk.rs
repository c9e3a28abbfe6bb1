//! From gathered paths to linked units: reads, follows imports, gives each file its one name.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{
    LoadRequest, bundled, descriptor_set,
    gather::{Gathered, absolute},
    link::Unit,
    parse::{Parsed, file_place, parse_file, parse_text},
    roots::{Finder, Found, import_name},
};
use crate::{
    model::{Problem, ProblemKind},
    schema::editions::Written,
};

/// Parsing is split over this many threads.
const N_THREADS: usize = 2;

/// What lies on disk.
#[derive(Debug)]
pub(super) struct OnDisk {
    pub units: Vec<Unit>,
    /// Import names of files that are there and could not be parsed.
    pub broken: HashSet<String>,
    pub roots: Vec<PathBuf>,
    pub watched: Vec<PathBuf>,
}

/// One file with its imports looked up.
struct Source {
    parsed: Parsed,
    /// Per import line, in order.
    imports: Vec<(String, Target)>,
}

enum Target {
    File(PathBuf),
    Bundled,
    Nowhere(Vec<PathBuf>),
}

/// Reads all that was gathered and all that it imports.
pub(super) fn read(
    request: &LoadRequest,
    gathered: Gathered,
    problems: &mut Vec<Problem>,
) -> OnDisk {
    let mut watched: BTreeSet<PathBuf> = request.paths.iter().map(|path| absolute(path)).collect();
    let given = request.roots.iter().map(|root| absolute(root)).collect();
    let mut finder = Finder::new(given, &gathered.folders, gathered.protos.iter());
    let sources = read_all(gathered.protos, &mut finder, &mut watched, problems);
    let mut found = link_up(sources, finder, watched, problems);
    for set in gathered.sets {
        match std::fs::read(&set) {
            Ok(bytes) => found.units.extend(descriptor_set::read(&bytes, &set, problems)),
            Err(error) => {
                let kind = ProblemKind::Unreadable { cause: error.to_string().into() };
                problems.push(Problem::error(kind).at(file_place(&set)));
            }
        }
    }
    found
}

/// Reads what a text imports. The text itself is called by its name wherever it is told of.
pub(super) fn read_text(
    name: &str,
    text: &str,
    roots: &[PathBuf],
    problems: &mut Vec<Problem>,
) -> OnDisk {
    let shown = PathBuf::from(name);
    let roots: Vec<PathBuf> = roots.iter().map(|root| absolute(root)).collect();
    let importer = roots.first().map(|root| root.join(name));
    let mut finder = Finder::new(roots, &[], std::iter::empty());
    let mut look_up = |import: &String| {
        let target = match &importer {
            Some(importer) => find(&mut finder, importer, import),
            None if bundled::contains(import) => Target::Bundled,
            None => Target::Nowhere(Vec::new()),
        };
        (import.clone(), target)
    };
    let imports: Vec<(String, Target)>;
    let own = match parse_text(&shown, text) {
        Ok(descriptor) => {
            imports = descriptor.dependency.iter().map(&mut look_up).collect();
            Some(Parsed::new(descriptor, text.to_owned()))
        }
        Err(found) => {
            imports = Vec::new();
            problems.extend(found);
            None
        }
    };
    let (mut watched, mut files) = (BTreeSet::new(), BTreeSet::new());
    for (import, target) in &imports {
        match target {
            Target::File(file) => drop(files.insert(file.clone())),
            Target::Nowhere(folders) => {
                watched.extend(folders.iter().map(|folder| folder.join(import)));
            }
            Target::Bundled => {}
        }
    }
    let mut sources = read_all(files, &mut finder, &mut watched, problems);
    sources.extend(own.map(|parsed| (shown, Source { parsed, imports })));
    link_up(sources, finder, watched, problems)
}

/// One name for each file, and what is known of those that could not be read.
fn link_up(
    sources: BTreeMap<PathBuf, Source>,
    finder: Finder,
    watched: BTreeSet<PathBuf>,
    problems: &mut Vec<Problem>,
) -> OnDisk {
    let names = name_all(&sources, &finder);
    let broken = broken_names(&sources);
    let units = to_units(sources, &names, problems);
    OnDisk { units, broken, roots: finder.into_roots(), watched: watched.into_iter().collect() }
}

/// Reads in waves: the given files, then what they import, and so on.
fn read_all(
    first: BTreeSet<PathBuf>,
    finder: &mut Finder,
    watched: &mut BTreeSet<PathBuf>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<PathBuf, Source> {
    let mut sources = BTreeMap::new();
    let mut seen = first.clone();
    let mut wave: Vec<PathBuf> = first.into_iter().collect();
    while !wave.is_empty() {
        watched.extend(wave.iter().cloned());
        let mut next = BTreeSet::new();
        for (path, result) in parse_wave(&wave) {
            let parsed = match result {
                Ok(parsed) => parsed,
                Err(found) => {
                    problems.extend(found);
                    continue;
                }
            };
            let look_up = |import: &String| {
                let target = find(finder, &path, import);
                match &target {
                    Target::File(file) if !seen.contains(file) => drop(next.insert(file.clone())),
                    Target::Nowhere(folders) => {
                        watched.extend(folders.iter().map(|folder| folder.join(import)));
                    }
                    Target::File(_) | Target::Bundled => {}
                }
                (import.clone(), target)
            };
            let imports = parsed.descriptor.dependency.iter().map(look_up).collect();
            sources.insert(path, Source { parsed, imports });
        }
        seen.extend(next.iter().cloned());
        wave = next.into_iter().collect();
    }
    sources
}

fn find(finder: &mut Finder, importer: &Path, import: &str) -> Target {
    if bundled::is_protobuf(import) && bundled::contains(import) {
        return Target::Bundled;
    }
    match finder.find(importer, import) {
        Found::File(file) => Target::File(file),
        Found::Nowhere(_) if bundled::contains(import) => Target::Bundled,
        Found::Nowhere(folders) => Target::Nowhere(folders),
    }
}

fn parse_wave(wave: &[PathBuf]) -> Vec<(PathBuf, Result<Parsed, Vec<Problem>>)> {
    let parse = |part: &[PathBuf]| -> Vec<_> {
        part.iter().map(|path| (path.clone(), parse_file(path))).collect()
    };
    let size = wave.len().div_ceil(N_THREADS).max(1);
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            wave.chunks(size).map(|part| (part, scope.spawn(move || parse(part)))).collect();
        // A thread that died is no reason to lose its half: it is read again here, one by one.
        threads
            .into_iter()
            .flat_map(|(part, thread)| thread.join().unwrap_or_else(|_| parse(part)))
            .collect()
    })
}

/// One import name per file: the one it is imported by, else the shortest that the roots allow.
/// Copies with the same text share the name of the first. An imported file whose name another
/// file has goes by its whole path, so that each importer gets the file beside it.
fn name_all(sources: &BTreeMap<PathBuf, Source>, finder: &Finder) -> HashMap<PathBuf, String> {
    let mut names: HashMap<PathBuf, String> = HashMap::new();
    let mut owners: HashMap<String, PathBuf> = HashMap::new();
    let mut imported: HashSet<&Path> = HashSet::new();
    for (import, target) in sources.values().flat_map(|source| &source.imports) {
        let Target::File(file) = target else { continue };
        if imported.insert(file) && !owners.contains_key(import) {
            owners.insert(import.clone(), file.clone());
            names.insert(file.clone(), import.clone());
        }
    }
    let mut by_text: HashMap<(&str, String), String> = HashMap::new();
    for (path, source) in sources {
        let base = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut name = names.get(path).cloned().unwrap_or_else(|| finder.name_of(path));
        let owner = owners.entry(name.clone()).or_insert_with(|| path.clone());
        if owner != path && imported.contains(path.as_path()) {
            name = import_name(path);
        }
        let kept = by_text.entry((&source.parsed.text, base)).or_insert(name).clone();
        names.insert(path.clone(), kept);
    }
    names
}

fn broken_names(sources: &BTreeMap<PathBuf, Source>) -> HashSet<String> {
    let imports = sources.values().flat_map(|source| &source.imports);
    imports
        .filter(|(_, target)| matches!(target, Target::File(file) if !sources.contains_key(file)))
        .map(|(import, _)| import.clone())
        .collect()
}

fn to_units(
    sources: BTreeMap<PathBuf, Source>,
    names: &HashMap<PathBuf, String>,
    problems: &mut Vec<Problem>,
) -> Vec<Unit> {
    let mut units = Vec::with_capacity(sources.len());
    let parsed: HashSet<PathBuf> = sources.keys().cloned().collect();
    let mut used: HashMap<String, (PathBuf, String)> = HashMap::new();
    for (path, source) in sources {
        let Source { parsed: Parsed { descriptor: mut file, places, text }, imports } = source;
        let name = names.get(&path).cloned().unwrap_or_default();
        if bundled::is_protobuf(&name) && bundled::contains(&name) {
            continue;
        }
        if let Some((kept, kept_text)) = used.get(&name) {
            if *kept_text != text {
                let kind =
                    ProblemKind::DuplicateFile { name, kept: kept.clone(), dropped: path.clone() };
                problems.push(Problem::error(kind).at(file_place(&path)));
            }
            continue;
        }
        used.insert(name.clone(), (path.clone(), text));
        file.name = Some(name);
        let mut missing = HashMap::new();
        for (dependency, (import, target)) in file.dependency.iter_mut().zip(imports) {
            match target {
                // The file may be known by another name: one file, one name.
                Target::File(file) => {
                    let name = names.get(&file).filter(|_| parsed.contains(&file));
                    *dependency = name.cloned().unwrap_or(import);
                }
                Target::Nowhere(folders) => drop(missing.insert(import, folders)),
                Target::Bundled => {}
            }
        }
        let written = Written::default();
        units.push(Unit { shown: path, file, places, bytes: None, missing, written });
    }
    units
}
