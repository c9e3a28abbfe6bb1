//! `settings.toml`, version 1: read with every fault at its place, changed without touching the rest.
//!
//! A faulty value is its default, and everything beside it is in force. A line that is no TOML counts as a
//! comment, so that one missing quote takes nothing along.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::setting::{Setting, port};
use super::{Action, Settings, Shortcut};
use crate::model::{Place, Problem, ProblemKind, nearest};

/// The version that this program writes.
const VERSION: i64 = 1;
/// Lines that are left out before a text counts as no TOML at all.
const MAX_BROKEN_LINES: usize = 20;
/// The table of instance ports.
pub(super) const PORTS: &str = "ports";
/// The table of keys.
pub(super) const SHORTCUTS: &str = "shortcuts";
/// What stands where one of [`Shortcut::KEYS`] is wanted.
const SHORTCUT_RANGE: &str = r#""Ctrl+Shift+K" | "F5" | """#;

/// What a text says, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadSettings {
    /// What is in force.
    pub settings: Settings,
    /// What is not, in the order of the text. Without a file: the reader does not know its name.
    pub problems: Vec<Problem>,
}

/// Reads a text. Never fails.
pub(super) fn read(text: &str) -> ReadSettings {
    let Sound { text: sound, broken } = sound(text);
    let mut read = ReadSettings::default();
    for (at, message) in broken {
        read.note(text, Some(at), ProblemKind::SettingsSyntax { message });
    }
    // What is sound parses; what cannot be made sound is empty.
    if let Ok(document) = Document::parse(sound) {
        read.take(&document);
    }
    read.problems
        .sort_by_key(|problem| problem.place.as_ref().map(|place| (place.line, place.column)));
    read
}

/// A text without the lines that are no TOML.
#[derive(Debug)]
pub(super) struct Sound {
    /// The text; such lines are comments in it.
    pub(super) text: String,
    /// Where they break, in the text as it was, and the parser's words.
    pub(super) broken: Vec<(Range<usize>, String)>,
}

/// Makes comments of the lines that are no TOML.
pub(super) fn sound(text: &str) -> Sound {
    let mut sound = Sound { text: text.to_owned(), broken: Vec::new() };
    // Each comment sign moves what follows it by one.
    let mut signs: Vec<usize> = Vec::new();
    while let Err(error) = Document::parse(sound.text.as_str()) {
        let at = error.span().map_or(0, |span| span.start).min(sound.text.len());
        let line =
            sound.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let is_comment = sound.text.get(line..).is_some_and(|rest| rest.starts_with('#'));
        if sound.broken.len() >= MAX_BROKEN_LINES || is_comment {
            sound.text.clear();
        }
        let n_before = signs.iter().filter(|sign| **sign < at).count();
        let at = at.saturating_sub(n_before);
        sound.broken.push((at..at, first_line(error.message())));
        if sound.text.is_empty() {
            break;
        }
        sound.text.insert(line, '#');
        for sign in &mut signs {
            *sign += usize::from(*sign >= line);
        }
        signs.push(line);
    }
    sound
}

fn first_line(message: &str) -> String {
    message.lines().collect::<Vec<_>>().join(", ")
}

impl ReadSettings {
    fn take(&mut self, document: &Document<String>) {
        let text = document.raw();
        let version = document.get("version").and_then(Item::as_integer).unwrap_or(VERSION);
        for (key, item) in document.iter() {
            let at = span_of(document.as_table(), key, item);
            match key {
                "version" => {}
                PORTS => self.ports(text, item),
                SHORTCUTS => self.shortcuts(text, item),
                _ => match Setting::ALL.into_iter().find(|setting| setting.key() == key) {
                    Some(setting) => {
                        let read = item
                            .as_value()
                            .and_then(|value| setting.read(value, &mut self.settings));
                        if read.is_none() {
                            self.misfit(text, item, key, setting.range());
                        }
                    }
                    // What a later version added is no mistake.
                    None if version > VERSION => {}
                    None => {
                        let keys = Setting::ALL.map(Setting::key).into_iter();
                        let nearest =
                            nearest(key, keys.chain([PORTS, SHORTCUTS])).map(str::to_owned);
                        let kind = ProblemKind::UnknownSetting { name: key.to_owned(), nearest };
                        self.note(text, at, kind);
                    }
                },
            }
        }
    }

    fn ports(&mut self, text: &str, item: &Item) {
        let Some(table) = item.as_table_like() else {
            return self.misfit(text, item, PORTS, "[ports]");
        };
        for (name, item) in table.iter() {
            match item.as_value().and_then(port) {
                Some(port) => {
                    self.settings.instance_ports.insert(name.to_owned(), port);
                }
                None => self.misfit(
                    text,
                    item,
                    &format!("{PORTS}.{name}"),
                    Setting::GatewayPort.range(),
                ),
            }
        }
    }

    fn shortcuts(&mut self, text: &str, item: &Item) {
        let Some(table) = item.as_table_like() else {
            return self.misfit(text, item, SHORTCUTS, "[shortcuts]");
        };
        for (name, item) in table.iter() {
            let Some(action) = Action::from_name(name) else {
                let nearest = nearest(name, Action::ALL.map(Action::name).into_iter());
                let nearest = nearest.map(|near| format!("{SHORTCUTS}.{near}"));
                let name = format!("{SHORTCUTS}.{name}");
                let at = span_of(table, name.trim_start_matches("shortcuts."), item);
                self.note(text, at, ProblemKind::UnknownSetting { name, nearest });
                continue;
            };
            match item.as_str().map(|keys| (keys.is_empty(), keys.parse::<Shortcut>())) {
                Some((true, _)) => {
                    self.settings.shortcuts.insert(action, None);
                }
                Some((false, Ok(keys))) => {
                    self.settings.shortcuts.insert(action, Some(keys));
                }
                _ => self.misfit(text, item, &format!("{SHORTCUTS}.{name}"), SHORTCUT_RANGE),
            }
        }
        self.part_shared_keys(text, table);
    }

    /// Of two actions with one key the later one of the file loses it.
    fn part_shared_keys(&mut self, text: &str, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            let Some(action) = Action::from_name(name) else { continue };
            let Some(keys) = self.settings.shortcuts.get(&action).copied().flatten() else {
                continue;
            };
            if let Some(other) = self.settings.holder_of(keys, action) {
                self.settings.shortcuts.remove(&action);
                if action
                    .default_shortcut()
                    .is_some_and(|keys| self.settings.holder_of(keys, action).is_some())
                {
                    self.settings.shortcuts.insert(action, None);
                }
                let kind = ProblemKind::SharedShortcut {
                    name: format!("{SHORTCUTS}.{name}"),
                    keys: keys.to_string(),
                    other: other.name().to_owned(),
                };
                self.note(text, item.span(), kind);
            }
        }
    }

    fn misfit(&mut self, text: &str, item: &Item, name: &str, expected: &str) {
        let found = item.as_value().map_or_else(|| item.type_name().to_owned(), shown);
        let (name, expected) = (name.to_owned(), expected.to_owned());
        self.note(text, item.span(), ProblemKind::WrongSetting { name, expected, found });
    }

    fn note(&mut self, text: &str, at: Option<Range<usize>>, kind: ProblemKind) {
        let before = text.get(..at.map_or(0, |at| at.start)).unwrap_or(text);
        let line = before.split('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let place = Place { file: None, line: number(line), column: number(column) };
        self.problems.push(Problem::warning(kind).at(place));
    }
}

/// A value as the file writes it, cut where it is long.
fn shown(value: &Value) -> String {
    const MAX_CHARS: usize = 60;
    let text = value.to_string();
    let text = text.trim();
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Where a key stands, or at least its value.
fn span_of(table: &dyn TableLike, key: &str, item: &Item) -> Option<Range<usize>> {
    table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span())
}

#[cfg(test)]
#[path = "settings_toml_tests.rs"]
mod tests;
