//! Many files to one pool: dependency order, and what to do when some do not fit.
//!
//! The pool takes files in one batch (one by one costs the square of their number).
//! A batch that it refuses names the file at fault; that file and those which
//! import it are set aside, and the rest is offered again.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    panic::AssertUnwindSafe,
    path::PathBuf,
};

use bytes::Bytes;
use miette::Diagnostic as _;
use prost::Message as _;
use prost_reflect::{DescriptorError, DescriptorPool};
use prost_types::FileDescriptorProto;

use super::{bundled, lenient::forget_imports, parse::file_place, places, sound};
use crate::{
    model::{Cause, Place, Problem, ProblemKind, Severity},
    schema::editions::{self, Names, Written},
};

/// After so many refused batches files go in one by one.
const MAX_BATCHES: usize = 16;
/// Field number of `file` in `FileDescriptorSet`.
const SET_FILE: u32 = 1;

/// One file on its way into the pool.
#[derive(Debug)]
pub(super) struct Unit {
    /// What problems call it.
    pub shown: PathBuf,
    /// Named by its import name; of its places those with comments and those of imports.
    pub file: FileDescriptorProto,
    /// All of its places, encoded.
    pub places: Bytes,
    /// As it came, when it came encoded: keeps options that this program does not know.
    pub bytes: Option<Bytes>,
    /// Imports that were not found, with where they were looked for.
    pub missing: HashMap<String, Vec<PathBuf>>,
    /// Before it was lowered.
    pub written: Written,
}

impl Unit {
    /// A file that was parsed a moment ago.
    pub(super) fn new(shown: PathBuf, mut file: FileDescriptorProto) -> Self {
        let places = places::put_by(&mut file);
        Self {
            shown,
            file,
            places,
            bytes: None,
            missing: HashMap::new(),
            written: Written::default(),
        }
    }

    /// Whether it was parsed, and is written in an edition.
    fn is_to_be_lowered(&self) -> bool {
        self.written == Written::Plain && self.file.syntax() == editions::EDITIONS
    }

    /// With no more places than the file kept.
    fn slim(&self) -> Bytes {
        match &self.bytes {
            Some(bytes) => places::with_kept(bytes, self.file.source_code_info.as_ref()),
            None => self.file.encode_to_vec().into(),
        }
    }

    /// With the place of every word.
    fn whole(&self) -> Bytes {
        match &self.bytes {
            Some(bytes) => bytes.clone(),
            None => places::with(&self.file.encode_to_vec().into(), &self.places),
        }
    }

    /// Where the n-th import stands.
    fn import_place(&self, index: usize) -> Place {
        let wanted = [places::DEPENDENCY, index as i32];
        let info = self.file.source_code_info.as_ref();
        let location =
            info.and_then(|info| info.location.iter().find(|location| location.path == wanted));
        let span = location.map(|location| location.span.as_slice()).unwrap_or_default();
        match span {
            [line, column, ..] => self.place(Some((*line as usize, *column as usize))),
            _ => self.place(None),
        }
    }

    fn place(&self, position: Option<(usize, usize)>) -> Place {
        let mut place = file_place(&self.shown);
        if let Some((line, column)) = position {
            place.line = line as u32 + 1;
            place.column = column as u32 + 1;
        }
        place
    }
}

/// Builds a pool of all units that fit; the first of two with one name stays.
/// `broken` names the files that are there and have their problem already.
pub(super) fn link(
    units: Vec<Unit>,
    broken: &HashSet<String>,
    problems: &mut Vec<Problem>,
) -> DescriptorPool {
    let mut linker =
        Linker { units: take_names(units, problems), broken, lenient: BTreeMap::new(), problems };
    linker.drop_editions();
    linker.add_bundled();
    linker.lower_parsed();
    linker.settle_imports();
    let pool = linker.build();
    linker.report_lenient();
    linker.report_settable();
    pool
}

fn take_names(units: Vec<Unit>, problems: &mut Vec<Problem>) -> BTreeMap<String, Unit> {
    let mut named: BTreeMap<String, Unit> = BTreeMap::new();
    for unit in units {
        let name = unit.file.name().to_owned();
        match named.get(&name) {
            None => drop(named.insert(name, unit)),
            Some(kept) if same_definitions(&kept.file, &unit.file) => {}
            Some(kept) => {
                let kind = ProblemKind::DuplicateFile {
                    name,
                    kept: kept.shown.clone(),
                    dropped: unit.shown.clone(),
                };
                problems.push(Problem::error(kind).at(file_place(&unit.shown)));
            }
        }
    }
    named
}

/// Whether two files differ at most in comments.
fn same_definitions(a: &FileDescriptorProto, b: &FileDescriptorProto) -> bool {
    let bare =
        |file: &FileDescriptorProto| FileDescriptorProto { source_code_info: None, ..file.clone() };
    bare(a) == bare(b)
}

struct Linker<'a> {
    units: BTreeMap<String, Unit>,
    broken: &'a HashSet<String>,
    /// Files that go without some of their imports, with what is to be said about that.
    lenient: BTreeMap<String, Vec<Problem>>,
    problems: &'a mut Vec<Problem>,
}

impl Linker<'_> {
    /// Adds the bundled files that are imported and that nobody brought.
    fn add_bundled(&mut self) {
        let imports = |unit: &Unit| unit.file.dependency.clone();
        let mut wanted: Vec<String> = self.units.values().flat_map(imports).collect();
        if self.units.values().any(Unit::is_to_be_lowered) {
            // The pool has it at hand otherwise, but one that knows no features.
            wanted.push(bundled::DESCRIPTOR.to_owned());
        }
        while let Some(name) = wanted.pop() {
            if self.units.contains_key(&name) {
                continue;
            }
            let Some(file) = bundled::file(&name) else { continue };
            wanted.extend(file.dependency.iter().cloned());
            let shown = PathBuf::from(&name);
            self.units.insert(name, Unit::new(shown, file));
        }
    }

    /// Sets aside what is written in an edition that nobody here knows.
    fn drop_editions(&mut self) {
        let mut unknown = Vec::new();
        for (name, unit) in &self.units {
            if let Written::Unknown { edition } = &unit.written {
                let kind = ProblemKind::Edition { edition: edition.clone() };
                self.problems.push(Problem::error(kind).at(unit.place(None)));
                unknown.push(name.clone());
            }
        }
        for name in unknown {
            self.drop_file(&name);
        }
    }

    /// Lowers the files whose texts are written in an edition. What that is depends on the types that they import.
    fn lower_parsed(&mut self) {
        if !self.units.values().any(Unit::is_to_be_lowered) {
            return;
        }
        let mut names = Names::default();
        self.units.values().for_each(|unit| names.add(&unit.file));
        for unit in self.units.values_mut().filter(|unit| unit.is_to_be_lowered()) {
            // It was encoded here: that it does not decode is for the pool to say.
            if let Ok((file, written)) = editions::lower_parsed(unit.file.clone(), &names) {
                (unit.file, unit.written) = (file, written);
            }
        }
    }

    /// Files whose imports are nowhere go on without them; files that import a broken one are dropped.
    fn settle_imports(&mut self) {
        let mut lost = Vec::new();
        let mut lenient = Vec::new();
        for (name, unit) in &self.units {
            let missing = unit.file.dependency.iter().enumerate();
            let missing: Vec<_> =
                missing.filter(|(_, import)| !self.units.contains_key(*import)).collect();
            let needs_broken = missing.iter().any(|(_, import)| self.broken.contains(*import));
            let problems = missing.into_iter().map(|(index, import)| {
                let looked_in = unit.missing.get(import).cloned().unwrap_or_default();
                let kind = if self.broken.contains(import) {
                    did_not_load(import)
                } else {
                    ProblemKind::ImportNotFound { import: import.clone(), looked_in }
                };
                Problem::error(kind).at(unit.import_place(index))
            });
            let problems: Vec<_> = problems.collect();
            if needs_broken {
                self.problems.extend(problems);
                lost.push(name.clone());
            } else if !problems.is_empty() {
                lenient.push((name.clone(), problems));
            }
        }
        let names: HashSet<String> = self.units.keys().cloned().collect();
        for (name, problems) in lenient {
            if let Some(unit) = self.units.get_mut(&name) {
                forget_imports(&mut unit.file, |import| names.contains(import));
                unit.bytes = None;
            }
            self.lenient.insert(name, problems);
        }
        for name in lost {
            self.drop_file(&name);
        }
    }

    /// What is missing is a warning where the file is of use without it.
    fn report_lenient(&mut self) {
        for (name, problems) in std::mem::take(&mut self.lenient) {
            let severity = match self.units.get(&name) {
                Some(_) => Severity::Warning,
                None => Severity::Error,
            };
            let problems = problems.into_iter().map(|problem| Problem { severity, ..problem });
            self.problems.extend(problems);
        }
    }

    /// A zero that must not be written is a small thing: the file is of use without it.
    fn report_settable(&mut self) {
        for unit in self.units.values() {
            if let Written::Edition { settable } = &unit.written
                && !settable.is_empty()
            {
                let kind = ProblemKind::PresenceGained { fields: settable.clone() };
                self.problems.push(Problem::warning(kind).at(unit.place(None)));
            }
        }
    }

    /// Sets a file aside that has its problem already, and reports those that need it.
    fn drop_file(&mut self, name: &str) {
        let mut lost = vec![name.to_owned()];
        while let Some(gone) = lost.pop() {
            self.units.remove(&gone);
            let dependents: Vec<_> = self
                .units
                .iter()
                .filter_map(|(name, unit)| {
                    let index = unit.file.dependency.iter().position(|import| *import == gone)?;
                    Some((name.clone(), unit.import_place(index)))
                })
                .collect();
            for (dependent, place) in dependents {
                self.problems.push(Problem::error(did_not_load(&gone)).at(place));
                self.units.remove(&dependent);
                lost.push(dependent);
            }
        }
    }

    fn build(&mut self) -> DescriptorPool {
        let pool = self.pool();
        let is_lowered = |unit: &Unit| matches!(unit.written, Written::Edition { .. });
        let set = if self.units.values().any(is_lowered) {
            editions::without_features(&pool.encode_to_vec())
        } else if self.units.values().any(|unit| sound::says_packed(&unit.file)) {
            // The pool decides how lists are written before it has read the options of parsed files: read again, it
            // knows.
            pool.encode_to_vec()
        } else {
            return pool;
        };
        let mut again = DescriptorPool::new();
        match offer(&mut again, set.into()) {
            Ok(()) => again,
            Err(_) => pool,
        }
    }

    fn pool(&mut self) -> DescriptorPool {
        for _ in 0..MAX_BATCHES {
            let order = self.order();
            let mut pool = DescriptorPool::new();
            if offer(&mut pool, self.encode(&order, Unit::slim)).is_ok() {
                return pool;
            }
            // Once more with the place of every word, for the error to have one.
            pool = DescriptorPool::new();
            match offer(&mut pool, self.encode(&order, Unit::whole)) {
                Ok(()) => return pool,
                Err(Refusal::Error(error)) => {
                    let blamed = error.file().map(str::to_owned);
                    match blamed.filter(|name| self.units.contains_key(name)) {
                        Some(name) => self.refuse(&name, &error),
                        None => break,
                    }
                }
                Err(Refusal::Panic) => break,
            }
        }
        loop {
            if let Some(pool) = self.build_one_by_one() {
                return pool;
            }
        }
    }

    /// `None` when the pool broke: the file that broke it is gone, try again.
    fn build_one_by_one(&mut self) -> Option<DescriptorPool> {
        let mut pool = DescriptorPool::new();
        for name in self.order() {
            let Some(unit) = self.units.get(&name) else { continue };
            match offer(&mut pool, self.encode(std::slice::from_ref(&name), Unit::whole)) {
                Ok(()) => {}
                Err(Refusal::Error(error)) => self.refuse(&name, &error),
                Err(Refusal::Panic) => {
                    let kind = ProblemKind::BadDescriptorSet { cause: Cause::Contradiction };
                    self.problems.push(Problem::error(kind).at(unit.place(None)));
                    self.drop_file(&name);
                    return None;
                }
            }
        }
        Some(pool)
    }

    fn refuse(&mut self, name: &str, error: &DescriptorError) {
        let needs_missing = self.lenient.contains_key(name);
        if let Some(unit) = self.units.get(name).filter(|_| !needs_missing) {
            let place = unit.place(error.line().zip(error.column()));
            let help = error.help().map(|help| help.to_string());
            let kind = ProblemKind::Definition { message: error.to_string(), help };
            self.problems.push(Problem::error(kind).at(place));
        }
        self.drop_file(name);
    }

    fn encode(&self, order: &[String], encoded: impl Fn(&Unit) -> Bytes) -> Bytes {
        let mut set = Vec::new();
        for unit in order.iter().filter_map(|name| self.units.get(name)) {
            prost::encoding::bytes::encode(SET_FILE, &encoded(unit), &mut set);
        }
        set.into()
    }

    /// Names, each after what it imports. Files that import each other in a ring are reported and dropped.
    fn order(&mut self) -> Vec<String> {
        let mut order = Vec::with_capacity(self.units.len());
        let mut done: HashSet<&str> = HashSet::with_capacity(self.units.len());
        let mut waiting: Vec<(&str, &Unit)> =
            self.units.iter().map(|(name, unit)| (name.as_str(), unit)).collect();
        // It has the options of all others, whether they import it or not.
        waiting.sort_by_key(|(name, _)| *name != bundled::DESCRIPTOR);
        loop {
            let n_waiting = waiting.len();
            waiting.retain(|(name, unit)| {
                let is_ready = unit.file.dependency.iter().all(|dep| done.contains(dep.as_str()));
                if is_ready {
                    done.insert(name);
                    order.push((*name).to_owned());
                }
                !is_ready
            });
            if waiting.len() == n_waiting {
                break;
            }
        }
        let ring: Vec<_> = waiting.iter().map(|(name, _)| (*name).to_owned()).collect();
        for name in &ring {
            if let Some(unit) = self.units.remove(name) {
                let kind = ProblemKind::ImportCycle { files: ring.clone() };
                self.problems.push(Problem::error(kind).at(unit.place(None)));
            }
        }
        order
    }
}

enum Refusal {
    Error(DescriptorError),
    Panic,
}

/// Offers an encoded set to a pool. The pool trusts its input in places (it indexes by what stands in
/// the file), and a descriptor may come from anywhere: a panic in there is a refusal.
fn offer(pool: &mut DescriptorPool, set: Bytes) -> Result<(), Refusal> {
    let offered = AssertUnwindSafe(|| pool.decode_file_descriptor_set(set));
    match std::panic::catch_unwind(offered) {
        Ok(result) => result.map_err(Refusal::Error),
        Err(_) => Err(Refusal::Panic),
    }
}

fn did_not_load(import: &str) -> ProblemKind {
    ProblemKind::ImportBroken { import: import.to_owned() }
}

/// A unit from an encoded file. Problems call it by its import name.
pub(super) fn unit_from_bytes(bytes: Bytes) -> Result<Unit, Cause> {
    let words = |error: prost::DecodeError| Cause::Said(error.to_string());
    let (bytes, written) = editions::lower(bytes).map_err(words)?;
    let mut file = FileDescriptorProto::decode(bytes.clone()).map_err(words)?;
    if let Some(message) = sound::false_map_entry(&file) {
        return Err(Cause::FalseMapEntry(message.name().to_owned()));
    }
    let is_legal = sound::has_legal_spans(&file);
    if !is_legal {
        file.source_code_info = None;
    }
    let shown = PathBuf::from(file.name());
    let bytes = Some(bytes).filter(|_| is_legal);
    Ok(Unit { bytes, written, ..Unit::new(shown, file) })
}
