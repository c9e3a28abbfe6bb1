//! Loading: paths, bytes or texts in, a schema and its problems out.

use std::path::{Path, PathBuf};

use super::Schema;
use crate::model::Problem;

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
    /// Files that were read and files that were looked for: when one of them changes, load again.
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
pub fn load(_request: &LoadRequest) -> Loaded {
    Loaded::default()
}

/// Loads an encoded `FileDescriptorSet`; `name` is what problems call it.
pub fn load_descriptor_set(_bytes: &[u8], _name: &Path) -> Loaded {
    Loaded { kind: LoadKind::DescriptorSet, ..Loaded::default() }
}

/// Loads texts that are not on disk, each with its import name.
pub fn load_virtual(_files: &[(&str, &str)]) -> Loaded {
    Loaded::default()
}
