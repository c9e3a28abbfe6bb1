//! What the form's rows ask for, carried out on the JSON once the whole form has been drawn.

use std::sync::Arc;

use serde_json::Value;

use crate::schema::form::{self, PathStep};
use crate::schema::{FieldShape, MessageShape};

/// A way into the JSON of a draft.
pub(super) type Path = Vec<PathStep>;

/// One wish of one row.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    /// Put this value there.
    Set(Path, Value),
    /// Take out what stands there.
    Remove(Path),
    /// Append a row to the list there.
    AddRow(Path, Value),
    /// Add an entry to the map there, under a free name.
    AddEntry(Path, String, Value),
    /// Give a key of the map there another name.
    Rename {
        /// The map.
        path: Path,
        /// Its name so far.
        old: String,
        /// Its new name.
        new: String,
    },
    /// Choose a member of a oneof, or none.
    Choose {
        /// The message that holds the oneof.
        path: Path,
        /// Its shape.
        shape: Arc<MessageShape>,
        /// Which oneof of it.
        oneof: usize,
        /// The member and the value it starts with.
        member: Option<(FieldShape, Value)>,
    },
}

impl Edit {
    /// Carries the wish out. Says whether anything changed.
    pub(super) fn apply(self, root: &mut Value) -> bool {
        match self {
            Self::Set(path, value) => form::set(root, &path, value),
            Self::Remove(path) => form::remove(root, &path).is_some(),
            Self::AddRow(path, value) => form::add_row(root, &path, value),
            Self::AddEntry(path, key, value) => form::add_entry(root, &path, &key, value).is_some(),
            Self::Rename { path, old, new } => form::rename_key(root, &path, &old, &new),
            Self::Choose { path, shape, oneof, member } => {
                let member = member.as_ref().map(|(field, value)| (field, value.clone()));
                form::choose_member(root, &path, &shape, oneof, member)
            }
        }
    }
}

/// The path with one key more.
pub(super) fn with_key(path: &[PathStep], key: &str) -> Path {
    let mut path = path.to_vec();
    path.push(PathStep::Key(key.to_owned()));
    path
}

/// The path with one position more.
pub(super) fn with_index(path: &[PathStep], index: usize) -> Path {
    let mut path = path.to_vec();
    path.push(PathStep::Index(index));
    path
}

/// The path in words, as problems name it and as the controls are called: `items[1].quantity`.
pub(super) fn path_name(path: &[PathStep]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            PathStep::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(key);
            }
            PathStep::Index(index) => {
                out.push('[');
                out.push_str(&index.to_string());
                out.push(']');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_problems_write_it() {
        let path = with_key(&with_index(&with_key(&[], "items"), 1), "quantity");
        assert_eq!(path_name(&path), "items[1].quantity");
        assert_eq!(path_name(&[]), "");
    }
}
