//! Scratch schemas: protos that are written in the window and are no files yet.

use std::path::PathBuf;
use std::sync::Arc;

/// One scratch schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scratch {
    /// `scratch-1.proto`. Unique.
    pub name: String,
    /// As typed.
    pub text: Arc<str>,
    /// Import roots that the user added.
    pub roots: Vec<PathBuf>,
    /// Where it stands.
    pub place: ScratchPlace,
}

/// Where a scratch schema stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScratchPlace {
    /// Its editor is what is shown.
    Front,
    /// Its editor is open, behind another tab.
    Tab,
    /// Its methods can be called; the editor is closed.
    #[default]
    Source,
    /// The user closed it. Its text is kept, to be opened again.
    Closed,
}
