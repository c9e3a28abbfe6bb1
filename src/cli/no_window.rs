//! What is said when no window can open.

use super::exit::Exit;
use super::report::complain;
use crate::text::t;

/// Why there is no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoWindow {
    /// Neither X11 nor Wayland is there.
    NoDisplay,
    /// The program was built without the feature `window`.
    NotBuilt,
}

impl NoWindow {
    /// The reason that this machine gives before anything is tried, if it gives one.
    pub fn here() -> Option<Self> {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let has_display = cfg!(not(all(unix, not(target_os = "macos"))))
            || is_set("DISPLAY")
            || is_set("WAYLAND_DISPLAY")
            || is_set("WAYLAND_SOCKET");
        match (cfg!(feature = "window"), has_display) {
            (false, _) => Some(Self::NotBuilt),
            (true, false) => Some(Self::NoDisplay),
            (true, true) => None,
        }
    }

    /// Says it, and what works instead.
    pub fn complain(self) -> Exit {
        match self {
            Self::NoDisplay => complain(t("cli.no_window")),
            Self::NotBuilt => complain(t("cli.built_without_window")),
        }
        Exit::CouldNotAsk
    }
}
