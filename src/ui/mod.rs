//! The window: draws what the session publishes and sends commands.
//!
//! Nothing here waits: no lock shared with the data plane, no file dialog, no look-up, no
//! formatting of big texts. A panel is a struct with view state and one `ui()`.

mod app;
#[cfg(test)]
pub(crate) mod bilingual;
#[cfg(test)]
mod command_tests;
mod commands;
mod compare_page;
#[cfg(test)]
mod copy_tests;
pub mod cx;
mod dialogs;
mod fonts;
mod fuzzy;
#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod language_tests;
mod layout;
mod meter;
#[cfg(test)]
mod mock_tests;
mod overlay;
mod pace;
mod palette;
pub mod panels;
mod paste;
mod road;
mod run;
mod settings_page;
mod shown;
mod speech;
#[cfg(test)]
pub(crate) mod testing;
pub mod theme;
mod tiles;
pub mod widgets;
mod window_icon;
#[cfg(test)]
mod window_tests;
#[cfg(test)]
mod wish_tests;
mod zoom;

pub use app::App;
pub use meter::Figures;
pub use road::Road;
pub use run::{Closer, Renderer, WindowError, WindowOptions, run};
