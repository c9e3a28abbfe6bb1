//! Loading: paths, bytes or texts in, a schema and its problems out.

mod bundled;
mod descriptor_set;
mod disk;
mod gather;
mod lenient;
mod link;
mod parse;
mod places;
mod roots;
mod sound;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use bytes::Bytes;

use super::Schema;
use crate::model::{Problem, ProblemKind};
use link::Unit;

/// What to load.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadRequest {
    /// Files, folders and descriptor sets, mixed.
    pub paths: Vec<PathBuf>,
    /// Import roots that the user named; they come before those that are found.
    pub roots: Vec<PathBuf>,
}

/// What was loaded.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// All that could be used.
    pub schema: Schema,
    /// What could not, and why.
    pub problems: Vec<Problem>,
    /// Import roots, given and found.
    pub roots: Vec<PathBuf>,
    /// Files and folders that were read and files that were looked for: when one of them changes, load again.
    pub watched: Vec<PathBuf>,
    /// What kind of source it was.
    pub kind: LoadKind,
}

/// What kind of source a schema came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LoadKind {
    /// One `.proto` file.
    File,
    /// Several.
    #[default]
    Files,
    /// A folder.
    Folder,
    /// A descriptor set, or the answer of a reflection server.
    DescriptorSet,
}

/// Loads from disk. Blocking: call it where blocking is allowed.
pub fn load(request: &LoadRequest) -> Loaded {
    let mut problems = Vec::new();
    let gathered = gather::gather(&request.paths, &mut problems);
    let kind = gathered.kind;
    let found = disk::read(request, gathered, &mut problems);
    let loaded = finish(found.units, &found.broken, problems, kind);
    Loaded { roots: found.roots, watched: found.watched, ..loaded }
}

/// Loads an encoded `FileDescriptorSet`; `name` is what problems call it.
pub fn load_descriptor_set(bytes: &[u8], name: &Path) -> Loaded {
    let mut problems = Vec::new();
    let units = descriptor_set::read(bytes, name, &mut problems);
    finish(units, &HashSet::new(), problems, LoadKind::DescriptorSet)
}

/// Loads a text that is not on disk, and from disk what it imports: it is looked for as if the text lay in the
/// first root. Without a root nothing but the bundled files is found. Blocking.
pub fn load_text(name: &str, text: &str, roots: &[PathBuf]) -> Loaded {
    let mut problems = Vec::new();
    let found = disk::read_text(name, text, roots, &mut problems);
    let loaded = finish(found.units, &found.broken, problems, LoadKind::File);
    Loaded { roots: found.roots, watched: found.watched, ..loaded }
}

/// Loads texts that are not on disk, each with its import name.
pub fn load_virtual(files: &[(&str, &str)]) -> Loaded {
    let mut problems = Vec::new();
    let mut units = Vec::new();
    let mut broken = HashSet::new();
    for (name, text) in files {
        let shown = PathBuf::from(name);
        match parse::parse_text(&shown, text) {
            Ok(mut file) => {
                file.name = Some((*name).to_owned());
                units.push(Unit::new(shown, file));
            }
            Err(found) => {
                problems.extend(found);
                broken.insert((*name).to_owned());
            }
        }
    }
    finish(units, &broken, problems, LoadKind::Files)
}

/// What is always there: the well-known types, `google.rpc.Status` and the error details that travel with a status.
pub fn bundled() -> &'static Schema {
    static BUNDLED: LazyLock<Schema> = LazyLock::new(|| {
        let imports = [
            "google/protobuf/any.proto",
            "google/protobuf/duration.proto",
            "google/protobuf/empty.proto",
            "google/protobuf/field_mask.proto",
            "google/protobuf/struct.proto",
            "google/protobuf/timestamp.proto",
            "google/protobuf/wrappers.proto",
            "google/rpc/error_details.proto",
            "google/rpc/status.proto",
        ];
        let imports = imports.map(|import| ["import \"", import, "\";"].concat()).concat();
        load_virtual(&[("bundled.proto", &format!("syntax = \"proto3\"; {imports}"))]).schema
    });
    &BUNDLED
}

/// Links encoded files, as a reflection server hands them out.
pub(super) fn load_encoded(files: Vec<Bytes>, mut problems: Vec<Problem>) -> Loaded {
    let mut units = Vec::new();
    for file in files {
        match link::unit_from_bytes(file) {
            Ok(unit) => units.push(unit),
            Err(cause) => problems.push(Problem::error(ProblemKind::BadDescriptorSet { cause })),
        }
    }
    finish(units, &HashSet::new(), problems, LoadKind::DescriptorSet)
}

/// Whether an import resolves without anybody bringing the file.
pub(super) fn is_bundled(name: &str) -> bool {
    bundled::contains(name)
}

fn finish(
    units: Vec<Unit>,
    broken: &HashSet<String>,
    mut problems: Vec<Problem>,
    kind: LoadKind,
) -> Loaded {
    let pool = link::link(units, broken, &mut problems);
    Loaded { schema: Schema::new(pool), problems, kind, ..Loaded::default() }
}

#[cfg(test)]
mod tests;
