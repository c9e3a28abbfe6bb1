//! Changing `settings.toml` as a person would: the one value, and nothing beside it.

use toml_edit::{DocumentMut, Item, Key, RawString, Table, TableLike, Value};

use super::setting::Setting;
use super::settings_toml::{PORTS, SHORTCUTS, read, sound};
use super::{Action, Settings};

/// The file as it is shipped: every key with its default, and a line that explains it.
pub(super) const TEMPLATE: &str = include_str!("../../assets/settings.toml");

/// A text after a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edited {
    /// The text.
    pub(super) text: String,
    /// Whether lines of the old text were no TOML and are comments now.
    pub(super) has_mended: bool,
}

/// Writes into the text what differs between `before` and `after`, unless it says that already. `None` when
/// nothing is to be written. Without a text the shipped file is the beginning.
pub(super) fn edit(text: Option<&str>, before: &Settings, after: &Settings) -> Option<Edited> {
    let known = read(text.unwrap_or(TEMPLATE)).settings;
    let sound = sound(text.unwrap_or(TEMPLATE));
    let mut document: DocumentMut = sound.text.parse().unwrap_or_default();
    let root = document.as_table_mut();
    let mut is_changed = text.is_none();
    for setting in Setting::ALL {
        let is_wanted = text.is_none() || !setting.is_same(before, after);
        if is_wanted && !setting.is_same(&known, after) {
            put(root, setting.key(), setting.write(after), true);
            is_changed = true;
        }
    }
    let (old, new) = (&before.instance_ports, &after.instance_ports);
    for name in old.keys().chain(new.keys()) {
        let (was, is) = (old.get(name), new.get(name));
        if (text.is_none() || was != is) && known.instance_ports.get(name) != is {
            is_changed |= put_in(root, PORTS, name, is.map(|port| i64::from(*port).into()));
        }
    }
    for action in Action::ALL {
        let [was, is, stands] = [before, after, &known].map(|of| of.shortcuts.get(&action));
        if (text.is_none() || was != is) && stands != is {
            let keys = is.map(|keys| keys.map(|keys| keys.to_string()).unwrap_or_default().into());
            is_changed |= put_in(root, SHORTCUTS, action.name(), keys);
        }
    }
    is_changed.then(|| Edited { text: document.to_string(), has_mended: !sound.broken.is_empty() })
}

/// Puts a value into a table of the file, which comes into being when it is not there, or takes it out.
fn put_in(root: &mut Table, table: &str, key: &str, value: Option<Value>) -> bool {
    if !root.get(table).is_some_and(Item::is_table_like) {
        if value.is_none() {
            return false;
        }
        let mut new = Table::new();
        new.decor_mut().set_prefix(format!("\n{}", comment_of(table).trim_start()));
        root.insert(table, Item::Table(new));
    }
    let Some(inner) = root.get_mut(table).and_then(Item::as_table_like_mut) else { return false };
    match value {
        Some(value) => put(inner, key, value, false),
        None => drop(inner.remove(key)),
    }
    true
}

/// Replaces a value and keeps what stands around it; a new key brings its explanation along.
fn put(table: &mut dyn TableLike, key: &str, mut value: Value, is_explained: bool) {
    if let Some(Item::Value(old)) = table.get_mut(key) {
        *value.decor_mut() = old.decor().clone();
        *old = value;
        return;
    }
    let mut new = Key::new(key);
    if is_explained {
        new.leaf_decor_mut().set_prefix(comment_of(key));
    }
    table.remove(key);
    table.entry_format(&new).or_insert(Item::Value(value));
}

/// The lines that explain a key or a table of the shipped file.
fn comment_of(key: &str) -> String {
    let Ok(template) = TEMPLATE.parse::<DocumentMut>() else { return String::new() };
    let prefix = match template.get(key) {
        Some(Item::Table(table)) => table.decor().prefix().cloned(),
        _ => template.key(key).and_then(|key| key.leaf_decor().prefix().cloned()),
    };
    let text = prefix.as_ref().and_then(RawString::as_str).unwrap_or_default();
    text.trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Theme;

    fn after(change: impl FnOnce(&mut Settings)) -> Settings {
        let mut settings = Settings::default();
        change(&mut settings);
        settings
    }

    fn edited(text: &str, after: &Settings) -> Option<String> {
        edit(Some(text), &Settings::default(), after).map(|edited| edited.text)
    }

    #[test]
    fn the_shipped_file_says_the_defaults_and_explains_every_key() {
        let shipped = read(TEMPLATE);
        assert_eq!((shipped.settings, shipped.problems), (Settings::default(), Vec::new()));
        for key in Setting::ALL.map(Setting::key).into_iter().chain([PORTS, SHORTCUTS]) {
            let comment = comment_of(key);
            assert!(comment.starts_with("# ") && comment.contains("Default"), "{key}: {comment:?}");
            assert_eq!(comment.trim_end().lines().count(), 1, "{key}: {comment:?}");
        }
        let first = edit(None, &Settings::default(), &Settings::default()).unwrap();
        assert_eq!(first.text, TEMPLATE);
    }

    #[test]
    fn only_the_changed_value_changes() {
        let text =
            "# mine\nzoom = 1.0 # big\n\n# and this\ntheme = 'dark'\nunknown = [1,\n 2] # kept\n";
        let wanted = text.replace("'dark'", "\"light\"");
        let before = after(|old| old.theme = Theme::Dark);
        let got = edit(Some(text), &before, &after(|new| new.theme = Theme::Light)).unwrap();
        assert_eq!(got, Edited { text: wanted, has_mended: false });
    }

    #[test]
    fn what_the_file_says_already_is_not_written() {
        assert_eq!(edited("font_size = 16 # mine\n", &after(|new| new.font_size = 16)), None);
        assert_eq!(edited("zoom = 9\n", &Settings::default()), None, "a fault stays as it is");
    }

    #[test]
    fn a_new_key_brings_its_explanation() {
        let text =
            edited("theme = \"dark\"\n[ports]\ncart-1 = 9\n", &after(|new| new.font_size = 16));
        let text = text.unwrap();
        assert!(
            text.contains("\n# Size of text in points, 11 to 18. Default 13.\nfont_size = 16\n"),
            "{text}"
        );
        assert!(
            text.starts_with("theme = \"dark\"\n") && text.ends_with("[ports]\ncart-1 = 9\n"),
            "{text}"
        );
    }

    #[test]
    fn ports_and_keys_come_and_go() {
        let change = |new: &mut Settings| {
            new.instance_ports.insert("greeter-1".to_owned(), 50_061);
            new.shortcuts.insert(Action::Send, "F9".parse().ok());
            new.shortcuts.insert(Action::Undo, None);
        };
        let text = edited("zoom = 1.0\n", &after(change)).unwrap();
        assert_eq!(read(&text).settings, after(change), "{text}");
        assert!(text.contains("greeter-1 = 50061") && text.contains("undo = \"\""), "{text}");
        let back = edit(Some(&text), &after(change), &Settings::default()).unwrap().text;
        assert_eq!(read(&back).settings, Settings::default(), "{back}");
        assert!(!back.contains("\ngreeter-1"), "{back}");
    }

    #[test]
    fn a_line_that_is_no_toml_becomes_a_comment() {
        let text = "theme = dark\n# mine\nzoom = 1.5\n";
        let got = edited_whole(text, &after(|new| new.font_size = 12));
        assert!(
            got.has_mended && got.text.starts_with("#theme = dark\n# mine\nzoom = 1.5\n"),
            "{got:?}"
        );
    }

    fn edited_whole(text: &str, after: &Settings) -> Edited {
        edit(Some(text), &Settings::default(), after).unwrap()
    }
}
