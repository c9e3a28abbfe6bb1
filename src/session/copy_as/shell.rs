//! A command line for a POSIX shell (IEEE Std 1003.1-2024, Shell Command Language, section 2.2).

use std::path::PathBuf;

use crate::workspace::quoted;

/// Wider than this, each option stands on a line of its own.
const WIDTH: usize = 100;

/// A command that grows option by option.
#[derive(Debug)]
pub(super) struct Line {
    /// Each an option with its value, already quoted.
    parts: Vec<String>,
}

/// A part of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Taken as it is.
    Text(String),
    /// The value of an environment variable.
    Variable(String),
}

impl Line {
    /// A command of one or more words.
    pub(super) fn new(command: &str) -> Self {
        Self { parts: vec![command.to_owned()] }
    }

    /// A word by itself: a flag, or an argument.
    pub(super) fn word(&mut self, word: &str) {
        self.parts.push(quoted(word));
    }

    /// An option and its value.
    pub(super) fn option(&mut self, flag: &str, value: &str) {
        self.parts.push(format!("{flag} {}", quoted(value)));
    }

    /// The same option once for each path.
    pub(super) fn paths(&mut self, flag: &str, paths: &[PathBuf]) {
        for path in paths {
            self.option(flag, &path.to_string_lossy());
        }
    }

    /// An option whose value a shell puts together.
    pub(super) fn pieced(&mut self, flag: &str, pieces: &[Piece]) {
        let value: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => quoted(text),
                Piece::Variable(name) => format!("\"${name}\""),
            })
            .collect();
        self.parts.push(format!("{flag} {value}"));
    }

    /// On one line where it fits, else with an option a line.
    pub(super) fn text(&self) -> String {
        let one = self.parts.join(" ");
        if one.chars().count() <= WIDTH && !one.contains('\n') {
            return one;
        }
        self.parts.join(" \\\n  ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_what_was_meant() {
        use std::process::Command;
        let words = ["it's", "$HOME `id` $(id)", "a\nb", "\\", "!!", "", "*", "=ls", "日本", "'"];
        let mut line = Line::new("printf '%s\\0'");
        for word in words {
            line.word(word);
        }
        let pieces = [Piece::Text("Bearer ".into()), Piece::Variable("COPIED_TOKEN".into())];
        line.pieced("-H", &pieces);
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(line.text()).env("COPIED_TOKEN", "a  b*'");
        let said = String::from_utf8(shell.output().unwrap().stdout).unwrap();
        let said: Vec<&str> = said.split_terminator('\0').collect();
        assert_eq!(said, [&words[..], &["-H", "Bearer a  b*'"]].concat());
    }

    #[test]
    fn a_long_line_is_broken_at_its_options() {
        let mut line = Line::new("grpcurl");
        line.word("-plaintext");
        line.option("-d", "{\n}");
        assert_eq!(line.text(), "grpcurl \\\n  -plaintext \\\n  -d '{\n}'");
    }
}
