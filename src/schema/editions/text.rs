//! The text of an edition as a text that a parser of proto3 takes: the few words that proto3 has not are written
//! otherwise, each in its line, so that comments stay where they belong.

use std::ops::Range;

/// A text that was written otherwise here and there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::schema) struct Rewritten {
    pub text: String,
    /// In order: what stood in the original, and how long that is which stands there now.
    edits: Vec<(Range<usize>, usize)>,
}

/// What `default` is called meanwhile, as long as it was: a parser of proto3 refuses the option of that name.
pub(super) const DEFAULT: &str = "_preset";

/// The edition that a file declares in its first statement, and where that begins.
pub(in crate::schema) fn edition_of(text: &str) -> Option<(&str, usize)> {
    let start = skip_blank(text);
    let rest = skip_blank(start.strip_prefix("edition")?).strip_prefix('=')?;
    let rest = skip_blank(rest);
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (edition, _) = rest.get(1..)?.split_once(quote)?;
    Some((edition, text.len() - start.len()))
}

/// Writes a text that declares an edition for a parser of proto3.
pub(in crate::schema) fn rewrite(text: &str) -> Rewritten {
    let tokens = tokens(text);
    let words: Vec<&str> = tokens.iter().map(|token| token.word).collect();
    let mut writer = Writer { text, tokens: &tokens, rewritten: Rewritten::default(), copied: 0 };
    for at in 0..tokens.len() {
        let before = at.checked_sub(1).and_then(|before| words.get(before)).copied();
        let is_statement = matches!(before, None | Some(";" | "{" | "}"));
        let rest = words.get(at..).unwrap_or_default();
        match rest {
            ["edition", "=", _, ";", ..] if before.is_none() => {
                writer.replace(at, 1, "syntax");
                writer.replace(at + 2, 1, "\"proto3\"");
            }
            ["import", "option", path, ..] if is_statement && path.starts_with(['"', '\'']) => {
                writer.replace(at + 1, 1, "");
            }
            [word @ ("export" | "local"), "message" | "enum", name, "{", ..]
                if is_statement && is_name(name) =>
            {
                writer.replace(at, 1, &" ".repeat(word.len()));
            }
            ["reserved", list @ ..] if is_statement => {
                for (nth, name) in list.iter().take(n_names(list)).enumerate().step_by(2) {
                    writer.replace(at + 1 + nth, 1, &["\"", name, "\""].concat());
                }
            }
            ["default", "=", value @ ..] if matches!(before, Some("[" | ",")) => {
                writer.replace(at, 1, DEFAULT);
                if let ["-", word @ ("inf" | "nan"), ..] = value {
                    writer.replace(at + 2, 2, &["\"-", word, "\""].concat());
                }
            }
            _ => {}
        }
    }
    writer.finish()
}

/// How many words a list like `a, b, c` has before its `;`; 0 for any other list.
fn n_names(words: &[&str]) -> usize {
    let end = words.iter().position(|word| *word == ";").unwrap_or_default();
    let is_fit = |(nth, word): (usize, &&str)| match nth % 2 {
        0 => is_name(word),
        _ => *word == ",",
    };
    if words.iter().take(end).enumerate().all(is_fit) { end } else { 0 }
}

impl Rewritten {
    /// Where in the original something stands.
    pub(in crate::schema) fn original(&self, at: usize) -> usize {
        let mut shift = 0;
        for (range, len) in &self.edits {
            let start = range.start.saturating_add_signed(shift);
            if at < start {
                break;
            }
            if at < start + len {
                return range.start;
            }
            shift += *len as isize - range.len() as isize;
        }
        at.saturating_add_signed(-shift)
    }
}

struct Writer<'a> {
    text: &'a str,
    tokens: &'a [Token<'a>],
    rewritten: Rewritten,
    /// How much of the text is written.
    copied: usize,
}

impl Writer<'_> {
    /// Other words for so many tokens from this one on. Called in the order of the text.
    fn replace(&mut self, token: usize, n_tokens: usize, words: &str) {
        let tokens = self.tokens.get(token..token + n_tokens).unwrap_or_default();
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let range = first.at..last.at + last.word.len();
        self.copy(range.start);
        self.rewritten.text.push_str(words);
        self.copied = range.end;
        self.rewritten.edits.push((range, words.len()));
    }

    fn copy(&mut self, end: usize) {
        let between = self.text.get(self.copied..end);
        self.rewritten.text.push_str(between.unwrap_or_default());
    }

    fn finish(mut self) -> Rewritten {
        self.copy(self.text.len());
        self.rewritten
    }
}

/// A name, a number, a string or a sign.
struct Token<'a> {
    at: usize,
    word: &'a str,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = skip_blank(text);
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '"' | '\'' => string_len(rest, first),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (word, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
        tokens.push(Token { at: text.len() - rest.len(), word });
        rest = skip_blank(after);
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// How long the string is that begins here. One that is not closed ends with its line.
fn string_len(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// What follows after white space and comments.
fn skip_blank(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let after = if let Some(comment) = rest.strip_prefix("//") {
            comment.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, after)| after)
        } else {
            return rest;
        };
        rest = after.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_proto3_has_not_is_written_otherwise() {
        for (text, wanted) in [
            ("// a\nedition = \"2023\"; message A {}", "// a\nsyntax = \"proto3\"; message A {}"),
            ("edition='2024';import option \"a.proto\";", "syntax=\"proto3\";import  \"a.proto\";"),
            (
                "import \"option.proto\"; import public \"b\";",
                "import \"option.proto\"; import public \"b\";",
            ),
            ("export message A { local enum E {} }", "       message A {       enum E {} }"),
            ("{ export message = 1; local enum = 2; }", "{ export message = 1; local enum = 2; }"),
            (
                "{ reserved a, /* b, */ c; reserved 1, 2 to max; }",
                "{ reserved \"a\", /* b, */ \"c\"; reserved 1, 2 to max; }",
            ),
            (
                "{ reserved a b; reserved \"a\"; reserved",
                "{ reserved a b; reserved \"a\"; reserved",
            ),
            (
                "int32 default = 1 [default = 1, x = -1];",
                "int32 default = 1 [_preset = 1, x = -1];",
            ),
            ("float a = 1 [x = 1, default = -inf];", "float a = 1 [x = 1, _preset = \"-inf\"];"),
            (
                "s = 1 [default = \"[default = ;\\\"\", y = 'reserved a;'];",
                "s = 1 [_preset = \"[default = ;\\\"\", y = 'reserved a;'];",
            ),
        ] {
            assert_eq!(rewrite(text).text, wanted, "{text}");
        }
    }

    #[test]
    fn a_place_is_found_again() {
        let text = "edition='2023';\nmessage A { reserved a, bc; int32 x = 1 [default = -nan]; }";
        let rewritten = rewrite(text);
        for word in ["message", "A {", "int32", "x = 1", "]; }"] {
            let at = rewritten.text.find(word).unwrap();
            assert_eq!(rewritten.original(at), text.find(word).unwrap(), "{word}");
        }
        for (word, original) in [("\"proto3\"", "'2023'"), ("bc\"", "bc"), ("\"-nan", "-nan")] {
            let at = rewritten.text.find(word).unwrap();
            assert_eq!(rewritten.original(at), text.find(original).unwrap(), "{word}");
        }
        assert_eq!(rewritten.original(rewritten.text.len()), text.len());
    }
}
