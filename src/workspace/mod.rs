//! What outlives the process: settings, drafts, open schema sources, scratch schemas and the pane layout.
//!
//! Every file carries the version of its format; an old one always opens, an unknown field is passed over,
//! and a broken file is put aside and reported, never lost. Files are replaced in one step, so a kill at any
//! moment leaves the old text or the new one. Credentials are never written.

mod action;
mod atomic;
mod dirs;
mod draft;
mod drafts_toml;
mod error;
mod export;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod grpcurl;
mod layout_toml;
mod mocks_toml;
mod reflection_cache;
mod scratch;
mod scratch_toml;
mod setting;
mod settings;
mod settings_edit;
mod settings_toml;
mod shell;
mod shortcut;
mod sources_toml;
mod store;

pub use action::Action;
pub use dirs::Dirs;
pub use draft::{Auth, Draft, DraftOptions, MetadataRow, SavedMock, SavedSource, Script};
pub use error::WorkspaceError;
pub use export::{Overwrite, export, proto_file};
pub use grpcurl::{Grpcurl, is_grpcurl, read_grpcurl};
pub use scratch::{Scratch, ScratchPlace};
pub use setting::Setting;
pub use settings::{SettingChange, Settings, Theme};
pub use settings_toml::ReadSettings;
pub use shell::{ShellLine, quoted, shell_line};
pub use shortcut::{NoShortcut, Shortcut};
pub use store::{Store, Workspace};
