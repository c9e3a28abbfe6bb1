//! Every command of the window: what it is called, which key it has, when it can be done, and how.
//!
//! [`Action`] is the closed list of them, with the first keys; it stands in `workspace`, because the settings
//! file names them. Keys, palette, tooltips and the settings all read from here, so that no two of them can
//! differ.

mod keys;
mod run;
mod words;

use super::cx::PanelCx;
use crate::workspace::Action;

pub(super) use keys::{Reach, handle, pressed_shortcut};
pub(super) use run::{is_enabled, run};
pub(super) use words::name;

/// The key of a command as it stands on a key hint, `Ctrl Shift T`; empty when it has none.
pub(super) fn hint(cx: &PanelCx<'_>, action: Action) -> String {
    let shortcut = cx.state.settings.shortcut(action);
    shortcut.map(crate::workspace::Shortcut::hint).unwrap_or_default()
}

/// The same, or these words when it has none.
pub(super) fn hint_or(cx: &PanelCx<'_>, action: Action, words: &str) -> String {
    match hint(cx, action) {
        keys if keys.is_empty() => words.to_owned(),
        keys => keys,
    }
}

/// A tooltip with the key of a command behind it, where it has one.
pub(super) fn tip(cx: &PanelCx<'_>, words: &str, action: Action) -> String {
    match hint(cx, action) {
        keys if keys.is_empty() => words.to_owned(),
        keys => format!("{words} ({keys})"),
    }
}
