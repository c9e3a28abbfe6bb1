//! The window: draws what the session publishes and sends commands.
//!
//! Nothing here waits: no lock shared with the data plane, no file dialog, no look-up, no
//! formatting of big texts. A panel is a struct with view state and one `ui()`.

pub mod cx;
mod fonts;
pub mod panels;
#[cfg(test)]
pub(crate) mod testing;
pub mod theme;
pub mod widgets;
