//! Every key that the program asks for stands in the catalogue of every language, with the names that it
//! fills in, and every key of a catalogue is asked for. A sentence has the same names in every language.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::source::{Token, files, rust_files, tokens};

/// A folder of catalogues and the forms that a count has in its language.
struct Language {
    folder: &'static str,
    forms: &'static [&'static str],
}

const ENGLISH: Language = Language { folder: "assets/text/en", forms: &["one", "other"] };
const CHINESE: Language = Language { folder: "assets/text/zh", forms: &["other"] };

const ROOMS: [&str; 3] = ["src/ui", "src/cli", "src/text"];

#[test]
fn the_catalogues_and_the_program_agree() {
    let mut broken = Vec::new();
    for language in [ENGLISH, CHINESE] {
        let catalogue = catalogue(&language);
        assert!(catalogue.len() > 50, "the catalogue was not found");
        let mut texts = BTreeSet::new();
        for folder in ROOMS {
            for (name, source) in rust_files(folder) {
                let found = without_tests(tokens(&source));
                broken.extend(missing(&name, &found, &language, &catalogue));
                texts.extend(found.into_iter().filter_map(|token| match token {
                    Token::Text(text) => Some(text),
                    _ => None,
                }));
            }
        }
        broken.extend(unused(&language, &catalogue, &texts));
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn a_sentence_has_the_same_names_in_every_language() {
    let broken = differing(&catalogue(&ENGLISH), &catalogue(&CHINESE));
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

/// The sentences of a translation whose names are not those of the English one.
fn differing(
    english: &BTreeMap<String, String>,
    translated: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut broken = Vec::new();
    for (key, words) in translated {
        let Some(original) = english.get(key) else {
            broken.push(format!("{key} is not in English"));
            continue;
        };
        let [ours, theirs] = [words, original].map(|words| {
            let mut names = names(words);
            names.sort_unstable();
            names
        });
        if ours != theirs {
            broken.push(format!("{key} has {ours:?}, in English {theirs:?}"));
        }
    }
    broken
}

fn catalogue(language: &Language) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    for (name, path) in files(language.folder) {
        let topic = name.rsplit('/').next().unwrap().trim_end_matches(".toml");
        let table = fs::read_to_string(path).unwrap().parse();
        let table = table.unwrap_or_else(|error: toml::de::Error| panic!("{name}: {error}"));
        flatten(topic, &table, &mut words);
    }
    words
}

fn flatten(prefix: &str, table: &toml::Table, words: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = format!("{prefix}.{name}");
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, words),
            other => drop(words.insert(key, other.as_str().unwrap().to_owned())),
        }
    }
}

/// Tests ask for keys that do not exist, on purpose. They stand at the end of a file.
fn without_tests(mut found: Vec<Token>) -> Vec<Token> {
    const BEGIN: [&str; 6] = ["cfg", "(", "test", ")", "]", "mod"];
    let is_tests = |eight: &[Token]| {
        BEGIN.iter().zip(eight).all(|(word, token)| token.is(word)) && eight[7].is("{")
    };
    if let Some(at) = found.windows(8).position(is_tests) {
        found.truncate(at);
    }
    found
}

fn missing(
    name: &str,
    found: &[Token],
    language: &Language,
    catalogue: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut broken = Vec::new();
    for (at, three) in found.windows(3).enumerate() {
        let [Token::Word(function), open, Token::Text(key)] = three else { continue };
        let is_method = at > 0 && found[at - 1].is(".");
        if is_method || !open.is("(") || !matches!(function.as_str(), "t" | "fill" | "count") {
            continue;
        }
        let keys = match function.as_str() {
            "count" => language.forms.iter().map(|form| format!("{key}.{form}")).collect(),
            _ => vec![key.clone()],
        };
        let mut filled = arguments(&found[at + 1..], function);
        if function != "t" && !is_list_written_out(&found[at + 3..]) {
            // The arguments stand elsewhere in the file, under a name.
            filled.extend(found.iter().filter_map(text_of));
        }
        for key in keys {
            let Some(words) = catalogue.get(&key) else {
                broken.push(format!("{name}: {key} is not in {}", language.folder));
                continue;
            };
            let empty = names(words).into_iter().filter(|name| !filled.contains(name));
            broken.extend(empty.map(|empty| format!("{name}: {key} leaves {{{empty}}} unfilled")));
        }
    }
    broken
}

fn text_of(token: &Token) -> Option<&str> {
    if let Token::Text(text) = token { Some(text) } else { None }
}

/// Whether a `[` opens before the call ends.
fn is_list_written_out(behind_key: &[Token]) -> bool {
    let mut depth = 0;
    for token in behind_key {
        match token {
            Token::Mark("[") => return true,
            Token::Mark("(") => depth += 1,
            Token::Mark(")") if depth == 0 => return false,
            Token::Mark(")") => depth -= 1,
            _ => {}
        }
    }
    false
}

/// The texts among the arguments of a call: the names that it fills in.
fn arguments<'a>(behind: &'a [Token], function: &str) -> BTreeSet<&'a str> {
    let mut depth = 0;
    let mut filled = BTreeSet::new();
    if function == "count" {
        filled.insert("n");
    }
    for token in behind {
        match token {
            Token::Mark("(") => depth += 1,
            Token::Mark(")") => depth -= 1,
            Token::Text(text) if function != "t" => drop(filled.insert(text)),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    filled
}

/// The `{name}`s in a sentence.
fn names(words: &str) -> Vec<&str> {
    let names = words.split('{').skip(1).filter_map(|part| part.split_once('}'));
    // `{{request.name}}` is a place in a sample, which words speak about.
    let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
    let is_name = |name: &str| !name.is_empty() && name.chars().all(is_part);
    names.map(|(name, _)| name).filter(|name| is_name(name)).collect()
}

fn unused(
    language: &Language,
    catalogue: &BTreeMap<String, String>,
    texts: &BTreeSet<String>,
) -> Vec<String> {
    let is_used = |key: &str| {
        let counted = key.rsplit_once('.').filter(|(_, form)| language.forms.contains(form));
        texts.contains(key) || counted.is_some_and(|(key, _)| texts.contains(key))
    };
    let keys = catalogue.keys().filter(|key| !is_used(key));
    keys.map(|key| format!("{}: nobody asks for {key}", language.folder)).collect()
}

#[test]
fn a_key_that_is_missing_unfilled_or_unused_is_found() {
    let catalogue: BTreeMap<String, String> = [
        ("a.send", "Send"),
        ("a.sent", "Sent to {target}"),
        ("a.sample", "{{request.name}} is filled in"),
        ("a.calls.one", "{n} call"),
        ("a.calls.other", "{n} calls by {who}"),
    ]
    .map(|(key, words)| (key.to_owned(), words.to_owned()))
    .into();
    let check = |source: &str, n_broken: usize| {
        let broken = missing("x.rs", &without_tests(tokens(source)), &ENGLISH, &catalogue);
        assert_eq!(broken.len(), n_broken, "{source}: {broken:?}");
    };
    check(r#"t("a.send")"#, 0);
    check(r#"text::t("a.gone")"#, 1);
    check("text::t(\n    \"a.gone\",\n)", 1);
    check(r#"t("a.sent")"#, 1);
    check(r#"t("a.sample")"#, 0);
    check(r#"fill("a.sent", &[("target", &x(1))])"#, 0);
    check(r#"fill("a.sent", &[("host", &x)]); ("target")"#, 1);
    check(r#"let args = [("target", &x)]; fill("a.sent", &args)"#, 0);
    check(r#"let args = [("host", &x)]; fill("a.sent", &args)"#, 1);
    check(r#"count("a.calls", 2, &[("who", &x)])"#, 0);
    check(r#"count("a.calls", 2, &[])"#, 1);
    check(r#"words.count("a.gone")"#, 0);
    check(r#"#[cfg(test)] mod tests { t("a.gone") }"#, 0);
    let texts = ["a.send", "a.calls", "a.sample"].map(str::to_owned).into();
    let broken = unused(&ENGLISH, &catalogue, &texts);
    assert!(broken.len() == 1 && broken[0].contains("a.sent"), "{broken:?}");
    // A form that the language does not have is asked for by nobody.
    let broken = unused(&CHINESE, &catalogue, &texts);
    assert!(broken.iter().any(|line| line.contains("a.calls.one")), "{broken:?}");
}

#[test]
fn names_that_differ_between_languages_are_found() {
    let words = |words: &str| BTreeMap::from([("a.sent".to_owned(), words.to_owned())]);
    let check = |translated: &str, n_broken: usize| {
        let broken = differing(&words("{n} to {target}"), &words(translated));
        assert_eq!(broken.len(), n_broken, "{translated}: {broken:?}");
    };
    check("{target}: {n}", 0);
    check("{target}", 1);
    check("{target}: {n} {who}", 1);
    check("{ziel}: {n}", 1);
}
