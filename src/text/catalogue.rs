//! The catalogues and the three ways to ask them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::LazyLock;

use super::format::thousands;
use super::language::{Language, language};

type Catalogue = BTreeMap<String, String>;

macro_rules! topics {
    ($language:literal: $($topic:literal),* $(,)?) => {
        &[$((
            $topic,
            include_str!(concat!("../../assets/text/", $language, "/", $topic, ".toml")),
        )),*]
    };
}

/// The files of a language: the first part of their keys, and their text.
const ENGLISH: &[(&str, &str)] = topics!(
    "en": "common", "problems", "failures", "cli", "topbar", "explorer", "composer", "response",
    "flow", "latency", "status", "changes",
);

static ENGLISH_WORDS: LazyLock<Catalogue> = LazyLock::new(|| load(ENGLISH));

/// The words of a key. A key that is missing stands for itself, so that nothing goes blank.
pub fn t(key: &'static str) -> &'static str {
    look_up(key).unwrap_or_else(|| missing(key))
}

/// The words of a key with its `{name}`s filled in.
pub fn fill(key: &'static str, args: &[(&str, &dyn Display)]) -> String {
    replace(t(key), args)
}

/// The words for `n` things: `key.one` or `key.other`, with `{n}` and the other `{name}`s filled in.
pub fn count(key: &'static str, n: u64, args: &[(&str, &dyn Display)]) -> String {
    let words = look_up(&format!("{key}.{}", form(n))).unwrap_or_else(|| missing(key));
    replace_counted(words, n, args)
}

fn form(n: u64) -> &'static str {
    if n == 1 { "one" } else { "other" }
}

fn replace_counted(words: &str, n: u64, args: &[(&str, &dyn Display)]) -> String {
    let shown = thousands(n);
    let all: Vec<(&str, &dyn Display)> =
        std::iter::once(("n", &shown as &dyn Display)).chain(args.iter().copied()).collect();
    replace(words, &all)
}

fn look_up(key: &str) -> Option<&'static str> {
    let words: &'static Catalogue = match language() {
        Language::English => &ENGLISH_WORDS,
    };
    words.get(key).map(String::as_str)
}

fn missing(key: &'static str) -> &'static str {
    tracing::debug!(key, "no words for this key");
    key
}

fn replace(words: &str, args: &[(&str, &dyn Display)]) -> String {
    let mut out = String::with_capacity(words.len() + 16);
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let found = after.split_once('}').and_then(|(name, behind)| {
            let (_, value) = args.iter().find(|(known, _)| *known == name)?;
            Some((value, behind))
        });
        if let Some((value, behind)) = found {
            out.push_str(&value.to_string());
            rest = behind;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn load(topics: &[(&str, &str)]) -> Catalogue {
    let mut words = Catalogue::new();
    for (topic, text) in topics {
        match text.parse::<toml::Table>() {
            Ok(table) => flatten(topic, &table, &mut words),
            Err(error) => tracing::error!(topic, %error, "a catalogue cannot be read"),
        }
    }
    words
}

fn flatten(prefix: &str, table: &toml::Table, words: &mut Catalogue) {
    for (name, value) in table {
        let key = format!("{prefix}.{name}");
        match value {
            toml::Value::String(text) => {
                words.insert(key, text.clone());
            }
            toml::Value::Table(inner) => flatten(&key, inner, words),
            _ => tracing::error!(key, "words must be text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_catalogue_is_toml_of_texts() {
        for (topic, text) in ENGLISH {
            let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{topic}: {e}"));
            let mut words = Catalogue::new();
            flatten(topic, &table, &mut words);
            for (key, text) in words {
                assert!(!text.trim().is_empty(), "{key} is empty");
                assert_eq!(text.matches('{').count(), text.matches('}').count(), "{key}");
            }
        }
    }

    #[test]
    fn names_are_filled_and_what_is_no_name_stays() {
        let check = |words: &str, filled: &str| {
            assert_eq!(replace(words, &[("a", &1), ("b", &"{a}")]), filled, "{words}");
        };
        check("no name", "no name");
        check("{a} and {b}", "1 and {a}");
        check("{c} {a", "{c} {a");
        check("{{a}}", "{1}");
        check("", "");
    }

    #[test]
    fn a_missing_key_stands_for_itself() {
        assert_eq!(t("nowhere.to_be_found"), "nowhere.to_be_found");
        assert_eq!(count("nowhere.either", 2, &[]), "nowhere.either");
    }

    #[test]
    fn one_and_many_differ() {
        assert_eq!([0, 1, 2].map(form), ["other", "one", "other"]);
        assert_eq!(replace_counted("{n} by {who}", 1_204, &[("who", &"ada")]), "1,204 by ada");
    }
}
