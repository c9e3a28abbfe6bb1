//! JSON split into coloured stretches. Never fails: what is no JSON is plain.

use std::ops::Range;

/// What a stretch of JSON is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui::panels) enum Token {
    /// A name before a colon.
    Key,
    /// A text value.
    Text,
    /// A number.
    Number,
    /// `true`, `false`, `null`.
    Word,
    /// Brackets, commas, colons, space and whatever is none of the others.
    Plain,
}

/// The stretches of a text in order, without gaps.
pub(in crate::ui::panels) fn tokens(text: &str) -> Vec<(Token, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut out: Vec<(Token, Range<usize>)> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        let token = match byte {
            b'"' => {
                at = end_of_text(bytes, at);
                if is_before_colon(bytes, at) { Token::Key } else { Token::Text }
            }
            b'-' | b'0'..=b'9' => {
                at += run(bytes, at, |b| b.is_ascii_digit() || b"+-.eE".contains(&b));
                Token::Number
            }
            b if b.is_ascii_alphabetic() => {
                at += run(bytes, at, |b| b.is_ascii_alphanumeric());
                let word = bytes.get(start..at).unwrap_or_default();
                if [&b"true"[..], b"false", b"null"].contains(&word) {
                    Token::Word
                } else {
                    Token::Plain
                }
            }
            _ => {
                at += 1;
                Token::Plain
            }
        };
        match out.last_mut() {
            Some((last, range)) if *last == token => range.end = at,
            _ => out.push((token, start..at)),
        }
    }
    out
}

fn run(bytes: &[u8], from: usize, is_in: impl Fn(u8) -> bool) -> usize {
    bytes.iter().skip(from).take_while(|byte| is_in(**byte)).count()
}

/// Behind the closing quote; an open text ends with its line.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\n' => return at,
            // The escaped byte cannot close the text; a line end still does.
            b'\\' if bytes.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_before_colon(bytes: &[u8], from: usize) -> bool {
    bytes.iter().skip(from).find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<(Token, &str)> {
        tokens(text)
            .into_iter()
            .filter(|(token, _)| *token != Token::Plain)
            .map(|(token, range)| (token, &text[range]))
            .collect()
    }

    #[test]
    fn keys_differ_from_texts() {
        assert_eq!(
            kinds(r#"{"a" : "b\"c", "n": -1.5e3, "t": true, "x": nul}"#),
            [
                (Token::Key, r#""a""#),
                (Token::Text, r#""b\"c""#),
                (Token::Key, r#""n""#),
                (Token::Number, "-1.5e3"),
                (Token::Key, r#""t""#),
                (Token::Word, "true"),
                (Token::Key, r#""x""#),
            ]
        );
    }

    #[test]
    fn an_open_text_ends_with_its_line() {
        assert_eq!(kinds("\"open\n1"), [(Token::Text, "\"open"), (Token::Number, "1")]);
        assert_eq!(kinds("\"\\"), [(Token::Text, "\"\\")]);
    }

    proptest! {
        #[test]
        fn stretches_cover_any_text(text in "(\\PC|[\"\\\\{}:\n]){0,60}") {
            let mut at = 0;
            for (_, range) in tokens(&text) {
                prop_assert_eq!(range.start, at);
                prop_assert!(text.get(range.clone()).is_some());
                at = range.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
