//! Settings, drafts and layout in versioned files.

mod draft;
mod settings;

pub use draft::{Auth, Draft, DraftOptions, MetadataRow, SavedSource};
pub use settings::{Settings, Theme};
