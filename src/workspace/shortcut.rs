//! Keys that are pressed together, as `settings.toml` writes them: `Ctrl+Shift+T`.

use std::fmt;
use std::str::FromStr;

/// A key with what is held down beside it. `ctrl` is the command key where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shortcut {
    /// Ctrl, or the command key of a Mac.
    pub ctrl: bool,
    /// Shift.
    pub shift: bool,
    /// Alt.
    pub alt: bool,
    /// One of [`Self::KEYS`].
    key: &'static str,
}

impl Shortcut {
    /// Every key that can have a command, by name.
    pub const KEYS: [&str; 73] = [
        "A",
        "B",
        "C",
        "D",
        "E",
        "F",
        "G",
        "H",
        "I",
        "J",
        "K",
        "L",
        "M",
        "N",
        "O",
        "P",
        "Q",
        "R",
        "S",
        "T",
        "U",
        "V",
        "W",
        "X",
        "Y",
        "Z",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "F1",
        "F2",
        "F3",
        "F4",
        "F5",
        "F6",
        "F7",
        "F8",
        "F9",
        "F10",
        "F11",
        "F12",
        "Enter",
        "Tab",
        "Escape",
        "Space",
        "Backspace",
        "Delete",
        "Insert",
        "Home",
        "End",
        "PageUp",
        "PageDown",
        "Up",
        "Down",
        "Left",
        "Right",
        "Comma",
        "Period",
        "Slash",
        "Semicolon",
        "Minus",
        "Plus",
        "Equals",
        "OpenBracket",
        "CloseBracket",
        "Backtick",
    ];

    /// Keys that have a sign of their own, which is shorter than their name.
    const SIGNS: [(&str, &str); 7] = [
        (",", "Comma"),
        (".", "Period"),
        ("/", "Slash"),
        (";", "Semicolon"),
        ("-", "Minus"),
        ("+", "Plus"),
        ("=", "Equals"),
    ];

    /// A shortcut of this key, by its name or sign; `None` for a key that is not in the list.
    pub fn new(ctrl: bool, shift: bool, alt: bool, key: &str) -> Option<Self> {
        let named = Self::SIGNS.iter().find(|(sign, _)| *sign == key).map_or(key, |(_, name)| name);
        let key = Self::KEYS.into_iter().find(|known| known.eq_ignore_ascii_case(named))?;
        Some(Self { ctrl, shift, alt, key })
    }

    /// The name of its key.
    pub fn key(self) -> &'static str {
        self.key
    }

    /// Whether a field would take it as text: a letter, digit or sign without Ctrl or Alt.
    pub fn is_typed(self) -> bool {
        let is_sign = Self::SIGNS.iter().any(|(_, name)| *name == self.key);
        let writes = self.key.len() == 1 || is_sign || matches!(self.key, "Space" | "Backtick");
        writes && !self.ctrl && !self.alt
    }

    /// As it stands on a key hint: `Ctrl Shift T`, `Ctrl ,`.
    pub fn hint(self) -> String {
        self.parts().join(" ")
    }

    fn parts(self) -> Vec<&'static str> {
        let held = [(self.ctrl, "Ctrl"), (self.alt, "Alt"), (self.shift, "Shift")];
        let mut parts: Vec<_> =
            held.into_iter().filter(|(is_held, _)| *is_held).map(|(_, n)| n).collect();
        let sign = Self::SIGNS.iter().find(|(_, name)| *name == self.key);
        parts.push(sign.map_or(self.key, |(sign, _)| sign));
        parts
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts().join("+"))
    }
}

/// Why a text is no shortcut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no shortcut")]
pub struct NoShortcut;

impl FromStr for Shortcut {
    type Err = NoShortcut;

    fn from_str(text: &str) -> Result<Self, NoShortcut> {
        let text = text.trim();
        // The plus may be the key itself.
        let (held, key) = match text.strip_suffix("++") {
            Some(held) => (held, "+"),
            None => text.rsplit_once('+').filter(|(_, key)| !key.is_empty()).unwrap_or(("", text)),
        };
        let (mut ctrl, mut shift, mut alt) = (false, false, false);
        for part in held.split('+').map(str::trim).filter(|part| !part.is_empty()) {
            match part.to_ascii_lowercase().as_str() {
                "ctrl" | "cmd" | "command" => ctrl = true,
                "shift" => shift = true,
                "alt" | "option" => alt = true,
                _ => return Err(NoShortcut),
            }
        }
        Self::new(ctrl, shift, alt, key.trim()).ok_or(NoShortcut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcut_is_read_and_written() {
        let check = |text: &str, written: Option<&str>, hint: &str| {
            let read = text.parse::<Shortcut>().ok();
            assert_eq!(read.map(|s| s.to_string()).as_deref(), written, "{text}");
            assert_eq!(read.map(Shortcut::hint).unwrap_or_default(), hint, "{text}");
        };
        check("ctrl + shift+t", Some("Ctrl+Shift+T"), "Ctrl Shift T");
        check("Ctrl+,", Some("Ctrl+,"), "Ctrl ,");
        check("Ctrl+Comma", Some("Ctrl+,"), "Ctrl ,");
        check("Ctrl++", Some("Ctrl++"), "Ctrl +");
        check("Ctrl+Plus", Some("Ctrl++"), "Ctrl +");
        check("F5", Some("F5"), "F5");
        check("Shift+F10", Some("Shift+F10"), "Shift F10");
        check("Alt+Enter", Some("Alt+Enter"), "Alt Enter");
        for broken in ["", "Ctrl+", "Crtl+T", "Ctrl+Tee", "Ctrl"] {
            check(broken, None, "");
        }
    }

    #[test]
    fn every_key_comes_back() {
        for key in Shortcut::KEYS {
            let shortcut = Shortcut::new(true, false, true, key).unwrap();
            assert_eq!(shortcut.to_string().parse(), Ok(shortcut), "{key}");
        }
    }

    #[test]
    fn what_is_typed_is_told_apart() {
        let check = |text: &str, is_typed| {
            assert_eq!(text.parse::<Shortcut>().unwrap().is_typed(), is_typed, "{text}");
        };
        check("A", true);
        check("Shift+A", true);
        check("Comma", true);
        check("Ctrl+A", false);
        check("F5", false);
        check("Escape", false);
    }
}
