//! What can go wrong while keeping files.

use std::path::PathBuf;

/// Why something could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// No home directory, so nowhere to keep anything.
    #[error("no home directory; set HOPLENS_CONFIG_DIR")]
    NoHome,
    /// A file could not be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// A value that the format cannot hold.
    #[error("cannot encode {path}: {cause}")]
    Encode {
        /// For which file.
        path: PathBuf,
        /// The encoder's words.
        cause: String,
    },
}
