//! The words of a POSIX shell (IEEE Std 1003.1-2024, Shell Command Language, sections 2.2 and 2.3), read and written.
//!
//! Nothing is run or looked up: what a shell would put in the place of a variable or a command stays as it is written.

use std::iter::Peekable;
use std::str::CharIndices;

/// One simple command of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShellLine {
    /// Its words, unquoted.
    pub words: Vec<String>,
    /// What a shell would have put something else in place of, as it is written: `$TOKEN`, `$(date)`.
    pub expansions: Vec<String>,
    /// The text that is given to it as standard input (a here-document).
    pub input: Option<String>,
    /// What comes behind it and is no part of it: a pipe, a redirection, the next command.
    pub rest: String,
    /// Whether a quote or a here-document has no end.
    pub is_open: bool,
}

/// A word that a shell gives on unchanged. Single quotes keep everything, `$`, `!` and newlines too, but for the single
/// quote itself.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+:,./-=".contains(c);
    // zsh reads `=name` as the path of a command.
    if !word.is_empty() && word.chars().all(is_plain) && !word.starts_with('=') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Reads the first command of a text; empty lines and comments before it are passed over.
pub fn shell_line(text: &str) -> ShellLine {
    let mut reader =
        Reader { text, chars: text.char_indices().peekable(), line: ShellLine::default() };
    reader.read();
    reader.line
}

struct Reader<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    line: ShellLine,
}

impl Reader<'_> {
    fn read(&mut self) {
        // `None` between words; an empty pair of quotes is a word too.
        let mut word: Option<String> = None;
        let mut ends: Option<HereEnd> = None;
        while let Some((at, c)) = self.chars.next() {
            match c {
                ' ' | '\t' | '\r' => self.end(&mut word),
                '\n' => {
                    self.end(&mut word);
                    if let Some(end) = ends.take() {
                        self.here_document(at + 1, &end);
                        return;
                    }
                    if !self.line.words.is_empty() {
                        self.rest(at);
                        return;
                    }
                }
                '#' if word.is_none() => while self.chars.next_if(|(_, c)| *c != '\n').is_some() {},
                '\\' => match self.chars.next() {
                    Some((_, '\n')) | None => {}
                    // A line break as Windows writes it.
                    Some((_, '\r')) if self.next_if('\n') => {}
                    Some((_, c)) => word.get_or_insert_default().push(c),
                },
                '\'' => self.single(word.get_or_insert_default()),
                '"' => self.double(word.get_or_insert_default()),
                '$' if self.next_if('\'') => self.escaped(word.get_or_insert_default()),
                '$' => self.dollar(at, word.get_or_insert_default()),
                '`' => self.command(at, word.get_or_insert_default()),
                '<' if ends.is_none() && self.text.get(at..).is_some_and(is_here_document) => {
                    self.end(&mut word);
                    ends = Some(self.here_end());
                }
                ';' | '|' | '&' | '<' | '>' | '(' | ')' => {
                    self.end(&mut word);
                    self.rest(at);
                    return;
                }
                c => word.get_or_insert_default().push(c),
            }
        }
        self.end(&mut word);
        self.line.is_open |= ends.is_some();
    }

    fn end(&mut self, word: &mut Option<String>) {
        self.line.words.extend(word.take());
    }

    fn rest(&mut self, at: usize) {
        self.text.get(at..).unwrap_or_default().trim().clone_into(&mut self.line.rest);
    }

    fn next_if(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn single(&mut self, word: &mut String) {
        for (_, c) in self.chars.by_ref() {
            if c == '\'' {
                return;
            }
            word.push(c);
        }
        self.line.is_open = true;
    }

    fn double(&mut self, word: &mut String) {
        while let Some((at, c)) = self.chars.next() {
            match c {
                '"' => return,
                '\\' => match self.chars.next() {
                    Some((_, '\n')) => {}
                    Some((_, c @ ('"' | '\\' | '$' | '`'))) => word.push(c),
                    Some((_, c)) => word.extend(['\\', c]),
                    None => word.push('\\'),
                },
                '$' => self.dollar(at, word),
                '`' => self.command(at, word),
                c => word.push(c),
            }
        }
        self.line.is_open = true;
    }

    /// `$'...'` (section 2.2.4), as browsers write it.
    fn escaped(&mut self, word: &mut String) {
        while let Some((_, c)) = self.chars.next() {
            match c {
                '\'' => return,
                '\\' => match self.chars.next() {
                    Some((_, 'n')) => word.push('\n'),
                    Some((_, 't')) => word.push('\t'),
                    Some((_, 'r')) => word.push('\r'),
                    Some((_, 'x')) => self.code(2, word),
                    Some((_, 'u')) => self.code(4, word),
                    Some((_, 'U')) => self.code(8, word),
                    Some((_, c @ ('\'' | '"' | '\\' | '?'))) => word.push(c),
                    Some((_, c)) => word.extend(['\\', c]),
                    None => break,
                },
                c => word.push(c),
            }
        }
        self.line.is_open = true;
    }

    fn code(&mut self, most_digits: usize, word: &mut String) {
        let mut code = 0;
        for _ in 0..most_digits {
            let digit = self.chars.peek().and_then(|(_, c)| c.to_digit(16));
            let Some(digit) = digit else { break };
            code = code * 16 + digit;
            self.chars.next();
        }
        word.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    /// A variable or the output of a command; a dollar before anything else is itself.
    fn dollar(&mut self, at: usize, word: &mut String) {
        match self.chars.peek() {
            Some((_, c)) if c.is_ascii_alphabetic() || *c == '_' => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                while self.chars.next_if(|(_, c)| is_name(*c)).is_some() {}
            }
            Some((_, '{')) => self.until('{', '}'),
            Some((_, '(')) => self.until('(', ')'),
            Some((_, c)) if c.is_ascii_digit() || "@*#?-$!".contains(*c) => drop(self.chars.next()),
            _ => return word.push('$'),
        }
        self.expansion(at, word);
    }

    fn command(&mut self, at: usize, word: &mut String) {
        while let Some((_, c)) = self.chars.next() {
            match c {
                '`' => return self.expansion(at, word),
                '\\' => drop(self.chars.next()),
                _ => {}
            }
        }
        self.line.is_open = true;
        self.expansion(at, word);
    }

    /// Passes over what is in brackets, other pairs of them included.
    fn until(&mut self, open: char, close: char) {
        let mut depth = 0_usize;
        for (_, c) in self.chars.by_ref() {
            if c == open {
                depth += 1;
            } else if c == close {
                depth -= 1;
                if depth == 0 {
                    return;
                }
            }
        }
        self.line.is_open = true;
    }

    fn expansion(&mut self, from: usize, word: &mut String) {
        let to = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        let written = self.text.get(from..to).unwrap_or_default();
        word.push_str(written);
        if !self.line.expansions.iter().any(|known| known == written) {
            self.line.expansions.push(written.to_owned());
        }
    }

    /// What ends a here-document, behind its `<<`; the rest of that line is read as usual.
    fn here_end(&mut self) -> HereEnd {
        self.chars.next();
        let is_indented = self.next_if('-');
        while self.chars.next_if(|(_, c)| matches!(c, ' ' | '\t')).is_some() {}
        let mut word = String::new();
        let is_end = |c: char| c.is_whitespace() || ";|&<>()".contains(c);
        while let Some((_, c)) = self.chars.next_if(|(_, c)| !is_end(*c)) {
            if !matches!(c, '\'' | '"' | '\\') {
                word.push(c);
            }
        }
        HereEnd { word, is_indented }
    }

    fn here_document(&mut self, at: usize, end: &HereEnd) {
        let body = self.text.get(at..).unwrap_or_default();
        let (mut input, mut offset) = (String::new(), at);
        for line in body.split_inclusive('\n') {
            offset += line.len();
            let text = if end.is_indented { line.trim_start_matches('\t') } else { line };
            if text.trim_end_matches(['\n', '\r']) == end.word {
                self.line.input = Some(input);
                self.rest(offset);
                return;
            }
            input.push_str(text);
        }
        self.line.input = Some(input);
        self.line.is_open = true;
    }
}

struct HereEnd {
    word: String,
    is_indented: bool,
}

fn is_here_document(text: &str) -> bool {
    text.starts_with("<<") && !text.starts_with("<<<")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_is_quoted_where_it_must_be() {
        let check = |word: &str, expect: &str| assert_eq!(quoted(word), expect);
        check("localhost:50051", "localhost:50051");
        check("", "''");
        check("=ls", "'=ls'");
        check("~/x", "'~/x'");
        check("it's $HOME `id` !! \"x\"", r#"'it'\''s $HOME `id` !! "x"'"#);
        check("a\nb\\", "'a\nb\\'");
        check("é", "'é'");
    }

    #[test]
    fn words_are_read_as_a_shell_reads_them() {
        let check = |text: &str, words: &[&str], expansions: &[&str]| {
            let line = shell_line(text);
            assert_eq!(line.words, words, "{text}");
            assert_eq!(line.expansions, expansions, "{text}");
            assert!(!line.is_open && line.rest.is_empty(), "{line:?}");
        };
        check("", &[], &[]);
        check("  a  b\tc ", &["a", "b", "c"], &[]);
        check("# not this\n\na \\\n  b # nor this", &["a", "b"], &[]);
        check("a \\\r\n b", &["a", "b"], &[]);
        check("a#b ''  'it'\\''s' \"\"", &["a#b", "", "it's", ""], &[]);
        check(r#""a \"b\" \n \$c $1""#, &[r#"a "b" \n $c $1"#], &["$1"]);
        check(
            "'$a'\"$a ${b} $\"$ $(c (d)) `e` $a",
            &["$a$a ${b} $$", "$(c (d))", "`e`", "$a"],
            &["$a", "${b}", "$(c (d))", "`e`"],
        );
        check(r"$'a\n\x41\u00e9\'\q' x\ y", &["a\nAé'\\q", "x y"], &[]);
    }

    #[test]
    fn what_is_behind_a_command_is_told() {
        let check = |text: &str, words: &[&str], input: Option<&str>, rest: &str, is_open: bool| {
            let line = shell_line(text);
            assert_eq!(line.words, words, "{text}");
            assert_eq!(line.input.as_deref(), input, "{text}");
            assert_eq!((&*line.rest, line.is_open), (rest, is_open), "{text}");
        };
        check("a b | jq .", &["a", "b"], None, "| jq .", false);
        check("a 2>&1", &["a", "2"], None, ">&1", false);
        check("a\nb", &["a"], None, "b", false);
        check("a <<EOM -b\n{\n}\nEOM\nnext", &["a", "-b"], Some("{\n}\n"), "next", false);
        check("a <<-'E'\n\tx\n\tE\n", &["a"], Some("x\n"), "", false);
        check("a <<E\nx", &["a"], Some("x"), "", true);
        check("a <<E", &["a"], None, "", true);
        check("a <<< x", &["a"], None, "<<< x", false);
        check("a 'b", &["a", "b"], None, "", true);
        check("a \"b", &["a", "b"], None, "", true);
        check("a $(b", &["a", "$(b"], None, "", true);
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_the_same_words() {
        let texts = [
            r#"a 'b c' "d\"\$e" f\ g '' h"i"'j' \\ k#l "#,
            "x \\\n y 'z\nz' \"a\\\nb\"",
            r#"'it'\''s' "\n" \n"#,
        ];
        for text in texts {
            let mut shell = std::process::Command::new("sh");
            let said = shell.arg("-c").arg(format!("printf '%s\\0' {text}")).output().unwrap();
            let said = String::from_utf8(said.stdout).unwrap();
            let theirs: Vec<&str> = said.split_terminator('\0').collect();
            assert_eq!(shell_line(text).words, theirs, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_again(words in proptest::collection::vec(".*", 0..6)) {
            let text = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
            let line = shell_line(&text);
            prop_assert_eq!(line.words, words);
            prop_assert!(line.expansions.is_empty() && !line.is_open && line.rest.is_empty());
        }
    }
}
