//! The catalogues and the three ways to ask them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::LazyLock;

use super::format::thousands;
use super::language::{Language, language};

type Catalogue = BTreeMap<String, String>;

macro_rules! catalogues {
    ($($topic:literal),* $(,)?) => {
        catalogues!(ENGLISH, "en": $($topic),*);
        catalogues!(CHINESE, "zh": $($topic),*);
    };
    ($name:ident, $folder:literal: $($topic:literal),*) => {
        /// The files of a language: the first part of their keys, and their text.
        const $name: &[(&str, &str)] = &[$((
            $topic,
            include_str!(concat!("../../assets/text/", $folder, "/", $topic, ".toml")),
        )),*];
    };
}

catalogues!(
    "common", "problems", "failures", "faults", "cli", "topbar", "explorer", "composer",
    "response", "flow", "latency", "status", "changes", "scene", "scratch", "commands", "settings",
    "wire", "tap", "compare", "ladder", "details", "copy", "paste", "resent",
);

static ENGLISH_WORDS: LazyLock<Catalogue> = LazyLock::new(|| load(ENGLISH));
static CHINESE_WORDS: LazyLock<Catalogue> = LazyLock::new(|| load(CHINESE));

/// The words of a key. A key that is missing stands for itself, so that nothing goes blank.
pub fn t(key: &'static str) -> &'static str {
    look_up(key).unwrap_or_else(|| missing(key))
}

/// The words of a key with its `{name}`s filled in.
pub fn fill(key: &'static str, args: &[(&str, &dyn Display)]) -> String {
    replace(t(key), args)
}

/// The words for `n` things, in the form that the language has for so many (English: `key.one` and
/// `key.other`; Chinese: `key.other` alone), with `{n}` and the other `{name}`s filled in.
pub fn count(key: &'static str, n: u64, args: &[(&str, &dyn Display)]) -> String {
    let words = spoken(|language| words_of(language).get(&format!("{key}.{}", language.form(n))));
    replace_counted(words.unwrap_or_else(|| missing(key)), n, args)
}

/// Several things in one breath: `gateway, plaintext`.
pub fn list(parts: &[impl AsRef<str>]) -> String {
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    parts.join(t("common.comma"))
}

/// Two sentences on one line. After the wide full stop of Chinese stands no space.
pub fn sentences(first: &str, second: &str) -> String {
    let is_wide = first.ends_with(['。', '！', '？', '：', '；', '，']);
    format!("{first}{}{second}", if is_wide { "" } else { " " })
}

fn replace_counted(words: &str, n: u64, args: &[(&str, &dyn Display)]) -> String {
    let shown = thousands(n);
    let all: Vec<(&str, &dyn Display)> =
        std::iter::once(("n", &shown as &dyn Display)).chain(args.iter().copied()).collect();
    replace(words, &all)
}

fn look_up(key: &str) -> Option<&'static str> {
    spoken(|language| words_of(language).get(key))
}

/// What the language of this process says, else what English says: nothing goes blank.
fn spoken(ask: impl Fn(Language) -> Option<&'static String>) -> Option<&'static str> {
    ask(language()).or_else(|| ask(Language::English)).map(String::as_str)
}

fn words_of(language: Language) -> &'static Catalogue {
    match language {
        Language::English => &ENGLISH_WORDS,
        Language::SimplifiedChinese => &CHINESE_WORDS,
    }
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

/// Whether this is the key of a sentence instead of the sentence.
#[cfg(test)]
pub(crate) fn is_key(words: &str) -> bool {
    let mut parts = words.trim().split('.');
    let is_topic = |part: &str| ENGLISH.iter().any(|(topic, _)| *topic == part);
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    parts.next().is_some_and(is_topic) && words.contains('.') && parts.all(is_part)
}

/// The English sentence that stands in these words: one of at least three words of its own anywhere, or one
/// of two as a part of an enumeration. A single word may be anything, such as the name of a field.
#[cfg(test)]
pub(crate) fn left_in_english(words: &str) -> Option<&'static str> {
    let n_words = |part: &str| {
        part.trim().split(' ').filter(|word| word.len() > 1 && word.is_ascii()).count()
    };
    let sentences = ENGLISH_WORDS.iter().filter(|(key, english)| {
        CHINESE_WORDS.get(*key).is_some_and(|chinese| chinese != *english)
    });
    sentences.map(|(_, english)| english.as_str()).find(|english| {
        // The literal parts, one after the other; the names between them stand for anything.
        let parts: Vec<&str> =
            english.split(['{', '}']).step_by(2).filter(|part| !part.is_empty()).collect();
        let is_in = parts.iter().any(|part| n_words(part) > 2)
            && parts
                .iter()
                .try_fold(words, |rest, part| rest.split_once(part).map(|(_, behind)| behind))
                .is_some();
        is_in
            || (n_words(english) > 1
                && words.split([',', '，']).any(|part| part.trim() == *english))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::set_language;

    #[test]
    fn every_catalogue_is_toml_of_texts() {
        for (topic, text) in ENGLISH.iter().chain(CHINESE) {
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
    fn every_file_of_a_language_is_built_in() {
        for (folder, topics) in [("en", ENGLISH), ("zh", CHINESE)] {
            let path =
                std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/text").join(folder);
            let files = std::fs::read_dir(path).unwrap().map(|file| file.unwrap().file_name());
            let files: std::collections::BTreeSet<_> = files
                .map(|name| name.to_str().unwrap().trim_end_matches(".toml").to_owned())
                .collect();
            assert_eq!(files, topics.iter().map(|(topic, _)| (*topic).to_owned()).collect());
        }
    }

    #[test]
    fn one_and_many_differ_where_the_language_says_so() {
        let forms = |language: Language| [0, 1, 2].map(|n| language.form(n));
        assert_eq!(forms(Language::English), ["other", "one", "other"]);
        assert_eq!(forms(Language::SimplifiedChinese), ["other", "other", "other"]);
        assert_eq!(replace_counted("{n} by {who}", 1_204, &[("who", &"ada")]), "1,204 by ada");
        assert_eq!(count("flow.calls", 1, &[]), "1 call");
        set_language(Language::SimplifiedChinese);
        assert_eq!(count("flow.calls", 1, &[]), "1 次调用");
        assert_eq!(count("flow.calls", 2, &[]), "2 次调用");
    }

    #[test]
    fn the_words_follow_the_language_and_english_fills_the_gaps() {
        assert_eq!(t("composer.send"), "Send");
        set_language(Language::SimplifiedChinese);
        assert_eq!(t("composer.send"), "发送");
        let only_english =
            |language| ENGLISH_WORDS.get("composer.send").filter(|_| language == Language::English);
        assert_eq!(spoken(only_english), Some("Send"));
        assert_eq!(t("nowhere.to_be_found"), "nowhere.to_be_found");
    }
}
