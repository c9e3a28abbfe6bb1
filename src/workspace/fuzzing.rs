//! What must hold for any text that is read as a command line, for tests and fuzzers only.
//!
//! The target in `fuzz/` calls this with what a fuzzer makes up; the test below with what it found. It panics where a
//! law is broken.

use super::grpcurl::read_grpcurl;
use super::shell::{quoted, shell_line};
use crate::model::PasteNote;

/// Words that are quoted are read again, and a command line of those words says the same.
///
/// # Panics
/// When it does not.
pub fn grpcurl(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let line = shell_line(&text);
    let again: Vec<String> = line.words.iter().map(|word| quoted(word)).collect();
    let again = again.join(" ");
    let mut expect = line.clone();
    expect.expansions.clear();
    (expect.input, expect.rest, expect.is_open) = (None, String::new(), false);
    assert_eq!(shell_line(&again), expect, "{text:?}");

    let is_said_of_shell = |note: &PasteNote| {
        use PasteNote as N;
        matches!(note, N::Expansion(_) | N::Rest(_) | N::OpenQuote | N::Input)
    };
    let (mut first, mut second) = (read_grpcurl(&text), read_grpcurl(&again));
    if line.input.is_some() {
        // It has no other place than behind the words.
        first.data.clone_from(&second.data);
    }
    for found in [&mut first, &mut second] {
        found.notes.retain(|note| !is_said_of_shell(note));
    }
    assert_eq!(first, second, "{text:?}");
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    #[test]
    fn what_fuzzing_found_holds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz/grpcurl");
        let texts =
            fs::read_dir(&folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        let texts: Vec<Vec<u8>> = texts.collect();
        assert!(texts.len() > 10 && texts.concat().len() < 200_000);
        for text in &texts {
            super::grpcurl(text);
        }
    }
}
