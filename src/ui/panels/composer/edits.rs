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

/// A place in a message: the way to it, and its name in words.
#[derive(Debug, Clone, Default)]
pub(super) struct At {
    /// The way into the JSON.
    pub path: Path,
    /// As the `.proto` writes it, what controls are called: `items[1].unit_price`.
    pub name: String,
    /// As the JSON writes it, what problems are at: `items[1].unitPrice`.
    pub in_json: String,
}

impl At {
    /// A field of the message here.
    pub(super) fn field(&self, key: &str, field: &FieldShape) -> Self {
        let dot = if self.name.is_empty() { "" } else { "." };
        let mut next = self.clone();
        next.path.push(PathStep::Key(key.to_owned()));
        next.name = format!("{}{dot}{}", self.name, field.name);
        next.in_json = format!("{}{dot}{key}", self.in_json);
        next
    }

    /// An element of the list here.
    pub(super) fn row(&self, index: usize) -> Self {
        self.inside(PathStep::Index(index), &format!("[{index}]"))
    }

    /// An entry of the map here.
    pub(super) fn entry(&self, key: &str) -> Self {
        self.inside(PathStep::Key(key.to_owned()), &format!("[{key:?}]"))
    }

    fn inside(&self, step: PathStep, words: &str) -> Self {
        let mut next = self.clone();
        next.path.push(step);
        next.name.push_str(words);
        next.in_json.push_str(words);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_problems_write_it() {
        let at = At::default().row(1).entry("blue");
        assert_eq!(at.name, "[1][\"blue\"]");
        assert_eq!(at.path, [PathStep::Index(1), PathStep::Key("blue".into())]);
    }
}
