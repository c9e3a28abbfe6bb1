//! Protobuf source split into coloured stretches. Never fails: what is none is plain.

use std::ops::Range;

/// What a stretch of a proto is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// `message`, `rpc`, `repeated`, ...
    Keyword,
    /// `string`, `int32`, ...
    Type,
    /// In quotes.
    Text,
    /// A number.
    Number,
    /// `// ...` or `/* ... */`.
    Comment,
    /// Names, marks and whatever is none of the others.
    Plain,
}

/// Words of the language (protobuf.dev/reference/protobuf/proto3-spec).
const KEYWORDS: [&str; 27] = [
    "syntax",
    "edition",
    "import",
    "weak",
    "public",
    "package",
    "option",
    "message",
    "enum",
    "service",
    "rpc",
    "returns",
    "stream",
    "oneof",
    "map",
    "repeated",
    "optional",
    "required",
    "reserved",
    "extensions",
    "extend",
    "group",
    "to",
    "max",
    "true",
    "false",
    "inf",
];

/// The scalar types.
const TYPES: [&str; 15] = [
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32",
    "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes",
];

/// The stretches of a text in order, without gaps.
pub(super) fn tokens(text: &str) -> Vec<(Token, Range<usize>)> {
    let mut out: Vec<(Token, Range<usize>)> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (token, length) = first(rest);
        let end = at + length;
        match out.last_mut() {
            Some((last, range)) if *last == token && token == Token::Plain => range.end = end,
            _ => out.push((token, at..end)),
        }
        at = end;
    }
    out
}

/// What a text begins with, and how many bytes of it. At least one letter, so that the end is reached.
fn first(rest: &str) -> (Token, usize) {
    let letter = rest.chars().next().unwrap_or_default();
    if rest.starts_with("//") {
        return (Token::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Token::Comment, rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    match letter {
        '"' | '\'' => (Token::Text, end_of_text(rest, letter)),
        '0'..='9' => (Token::Number, run(rest, |c| c.is_ascii_alphanumeric() || c == '.')),
        c if c.is_alphabetic() || c == '_' => {
            let length = run(rest, |c| c.is_alphanumeric() || c == '_');
            let word = rest.get(..length).unwrap_or_default();
            let token = if KEYWORDS.contains(&word) {
                Token::Keyword
            } else if TYPES.contains(&word) {
                Token::Type
            } else {
                Token::Plain
            };
            (token, length)
        }
        other => (Token::Plain, other.len_utf8().max(1)),
    }
}

fn run(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_in(c)).unwrap_or(text.len())
}

/// Behind the closing quote; an open text ends with its line.
fn end_of_text(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '\n' => return at,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_types_texts_numbers_and_comments_differ() {
        let text = "message A { // one\n  string it_is = 1 [json_name = \"a\\\"b\"]; /* x */ map<string, B>";
        let found: Vec<_> = tokens(text)
            .into_iter()
            .filter(|(token, _)| *token != Token::Plain)
            .map(|(token, range)| (token, &text[range]))
            .collect();
        assert_eq!(
            found,
            [
                (Token::Keyword, "message"),
                (Token::Comment, "// one"),
                (Token::Type, "string"),
                (Token::Number, "1"),
                (Token::Text, "\"a\\\"b\""),
                (Token::Comment, "/* x */"),
                (Token::Keyword, "map"),
                (Token::Type, "string"),
            ]
        );
        assert_eq!(tokens("'open\n1").len(), 3);
    }

    proptest! {
        #[test]
        fn stretches_cover_any_text(text in "(\\PC|[/*\"'\\\\{}\n]){0,60}") {
            let mut at = 0;
            for (_, range) in tokens(&text) {
                prop_assert_eq!(range.start, at);
                prop_assert!(text.get(range.clone()).is_some() && range.end > range.start);
                at = range.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
