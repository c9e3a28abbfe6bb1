//! Rust source cut into tokens, just well enough to ask who names whom.

use std::fs;
use std::path::{Path, PathBuf};

/// One token. Comments, numbers, characters and lifetimes are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or a keyword.
    Word(String),
    /// The text of a string as it stands in the source, escapes unresolved.
    Text(String),
    /// `::`, or one character of punctuation.
    Mark(&'static str),
}

impl Token {
    pub(crate) fn is(&self, what: &str) -> bool {
        match self {
            Self::Word(word) => word == what,
            Self::Mark(mark) => *mark == what,
            Self::Text(_) => false,
        }
    }

    pub(crate) fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files under a folder of the repository, as (path from the root, full path), sorted.
pub(crate) fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    let name = |path: &PathBuf| {
        let below = path.strip_prefix(root()).unwrap();
        below.to_string_lossy().replace('\\', "/")
    };
    let mut files: Vec<_> = found.into_iter().map(|path| (name(&path), path)).collect();
    files.sort();
    files
}

/// The Rust files under a folder, with their text.
pub(crate) fn rust_files(folder: &str) -> Vec<(String, String)> {
    let is_rust = |path: &Path| path.extension().is_some_and(|ext| ext == "rs");
    let files = files(folder).into_iter().filter(|(_, path)| is_rust(path));
    files.map(|(name, path)| (name, fs::read_to_string(path).unwrap())).collect()
}

fn walk(path: &Path, found: &mut Vec<PathBuf>) {
    const NOT_OURS: [&str; 4] = ["target", ".git", "__pycache__", "node_modules"];
    if path.is_file() {
        found.push(path.to_owned());
        return;
    }
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        if !NOT_OURS.iter().any(|name| entry.file_name() == *name) {
            walk(&entry.path(), found);
        }
    }
}

/// Cuts a source text.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let taken = if let Some(length) = skipped(rest) {
            length
        } else if let Some((length, text)) = string(rest) {
            out.push(Token::Text(text.to_owned()));
            length
        } else if first.is_alphanumeric() || first == '_' {
            let length = length_while(rest, |c| c.is_alphanumeric() || c == '_');
            if !first.is_ascii_digit() {
                out.push(Token::Word(rest[..length].to_owned()));
            }
            length
        } else if rest.starts_with("::") {
            out.push(Token::Mark("::"));
            2
        } else {
            const MARKS: [&str; 14] =
                ["{", "}", "(", ")", "[", "]", ",", ";", ".", "#", "!", "*", "<", ">"];
            out.extend(MARKS.into_iter().find(|mark| rest.starts_with(mark)).map(Token::Mark));
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    out
}

/// Length of the comment, lifetime or character at the beginning.
fn skipped(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    let quoted = text.strip_prefix("b'").or_else(|| text.strip_prefix('\''))?;
    let before = text.len() - quoted.len();
    let second = quoted.chars().next()?;
    if second == '\\' {
        let behind = 1 + quoted[1..].chars().next()?.len_utf8();
        return Some(before + behind + quoted[behind..].find('\'')? + 1);
    }
    let is_char = quoted[second.len_utf8()..].starts_with('\'');
    Some(if is_char { before + second.len_utf8() + 1 } else { before })
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let here = &text.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// Length and inner text of the string at the beginning.
fn string(text: &str) -> Option<(usize, &str)> {
    let inner = text.trim_start_matches(['b', 'c', 'r']);
    let prefix = &text[..text.len() - inner.len()];
    if prefix.len() > 2 {
        return None;
    }
    let hashes = if prefix.contains('r') { length_while(inner, |c| c == '#') } else { 0 };
    let body = inner[hashes..].strip_prefix('"')?;
    let begin = text.len() - body.len();
    let end = if prefix.contains('r') {
        body.find(&format!("\"{}", "#".repeat(hashes)))?
    } else {
        let mut is_escaped = false;
        body.find(|c| {
            let ends = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            ends
        })?
    };
    Some((begin + end + 1 + hashes, &body[..end]))
}

fn length_while(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.find(|c| !wanted(c)).unwrap_or(text.len())
}

#[test]
fn source_is_cut_where_rust_cuts_it() {
    let check = |source: &str, expected: &str| {
        let shown: Vec<String> = tokens(source)
            .into_iter()
            .map(|token| match token {
                Token::Word(word) => word,
                Token::Text(text) => format!("\"{text}\""),
                Token::Mark(mark) => mark.to_owned(),
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{source}");
    };
    check("use crate::a::{b, c};", "use crate :: a :: { b , c } ;");
    check("// crate::x\nfn f() {}", "fn f ( ) { }");
    check("/* a /* b */ crate::x */ y", "y");
    check(r#"t("a \" b")"#, r#"t ( "a \" b" )"#);
    check(r##"r#"a "quoted" b"# x"##, r#""a "quoted" b" x"#);
    check("br\"raw\" b\"bytes\" crate", r#""raw" "bytes" crate"#);
    check("'a' b'\\'' '\\\\' &'life str '\u{e9}' x", "life str x");
    check("1_000u64 x2 r b", "x2 r b");
    check("#[allow(x)]", "# [ allow ( x ) ]");
}
