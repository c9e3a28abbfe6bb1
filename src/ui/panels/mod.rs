//! The panes and bars: one file, one struct with view state only, one `ui()`.

pub mod composer;
pub mod explorer;
pub mod flow;
pub mod latency;
pub mod response;
pub(super) mod scene_chip;
mod settings;
pub mod statusbar;
pub mod topbar;
mod traffic;
