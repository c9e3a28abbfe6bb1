//! One `.proto` text to one descriptor, or to problems with their places.

use std::path::Path;

use bytes::Bytes;
use miette::Diagnostic;
use prost_types::FileDescriptorProto;

use super::places;
use crate::{
    model::{Cause, Place, Problem, ProblemKind},
    schema::{editions, json::place_in},
};

/// A file that is larger is no schema.
const MAX_FILE_BYTES: u64 = 32 * 1024 * 1024;

/// Reads and parses a file. The descriptor has no name yet: that depends on the import roots.
pub(super) fn parse_file(path: &Path) -> Result<Parsed, Vec<Problem>> {
    let fail = |kind| vec![Problem::error(kind).at(file_place(path))];
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    if size > MAX_FILE_BYTES {
        let cause = Cause::TooLarge { size, limit: MAX_FILE_BYTES };
        return Err(fail(ProblemKind::Unreadable { cause }));
    }
    let bytes = std::fs::read(path)
        .map_err(|error| fail(ProblemKind::Unreadable { cause: error.to_string().into() }))?;
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => {
            let descriptor = parse_text(path, &text)?;
            Ok(Parsed::new(descriptor, text))
        }
        _ => Err(fail(ProblemKind::NotText)),
    }
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct Parsed {
    /// With its comments and imports; the other places lie by.
    pub descriptor: FileDescriptorProto,
    pub places: Bytes,
    pub text: String,
}

impl Parsed {
    pub(super) fn new(mut descriptor: FileDescriptorProto, text: String) -> Self {
        let places = places::put_by(&mut descriptor);
        Self { descriptor, places, text }
    }
}

/// Parses a text; `shown` is what problems call it.
pub(super) fn parse_text(shown: &Path, text: &str) -> Result<FileDescriptorProto, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let place = |at| place_in(Some(shown.to_owned()), text, at);
    let rewritten = match editions::edition_of(text) {
        None => None,
        Some((edition, _)) if editions::is_known(edition) => Some(editions::rewrite(text)),
        Some((edition, at)) => {
            let kind = ProblemKind::Edition { edition: edition.to_owned() };
            return Err(vec![Problem::error(kind).at(place(at))]);
        }
    };
    let words = rewritten.as_ref().map_or(text, |rewritten| &rewritten.text);
    let parsed = protox_parse::parse(&shown.to_string_lossy(), words).map_err(|error| {
        let others = error.related().into_iter().flatten();
        std::iter::once(&error as &dyn Diagnostic)
            .chain(others)
            .map(|error| {
                let mut message = error.to_string();
                if let Some(help) = error.help() {
                    message = format!("{message} ({help})");
                }
                let at = error.labels().and_then(|mut labels| labels.next());
                let at = at.map_or(words.len(), |label| label.offset());
                let at = rewritten.as_ref().map_or(at, |rewritten| rewritten.original(at));
                Problem::error(ProblemKind::Syntax { message }).at(place(at))
            })
            .collect::<Vec<_>>()
    });
    let mut file = parsed?;
    if rewritten.is_some() {
        editions::restore(&mut file);
    }
    Ok(file)
}

/// A place that names a file and no line.
pub(super) fn file_place(path: &Path) -> Place {
    Place { file: Some(path.to_owned()), line: 0, column: 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problem(text: &str) -> Problem {
        parse_text(Path::new("a.proto"), text).unwrap_err().remove(0)
    }

    #[test]
    fn syntax_errors_have_a_place() {
        for (text, line, column) in [
            ("syntax = \"proto3\";\nmessage A {\n  string ä = 1;\n}", 3, 10),
            ("syntax = \"proto3\";\nmessage A { string name 1; }", 2, 25),
            ("syntax = \"proto9\";", 1, 10),
            ("message", 1, 8),
            ("edition = \"2023\"; message A { reserved b; string name 1; }", 1, 55),
        ] {
            let problem = problem(text);
            assert!(matches!(problem.kind, ProblemKind::Syntax { .. }), "{problem:?}");
            let place = problem.place.unwrap();
            assert_eq!((place.line, place.column), (line, column), "{text}");
        }
    }

    #[test]
    fn editions_of_tomorrow_are_named() {
        let text = "// licence\n/* more */\nedition = \"2030\";\nmessage A {}";
        let problem = problem(text);
        assert_eq!(problem.kind, ProblemKind::Edition { edition: "2030".to_owned() });
        assert_eq!(problem.place.unwrap().line, 3);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn never_panics(text in ".{0,200}") {
            drop(parse_text(Path::new("a.proto"), &text));
            drop(parse_text(Path::new("a.proto"), &["edition = '2023';", &text].concat()));
        }

        #[test]
        fn never_panics_on_words(words in prop::collection::vec(prop::sample::select(vec![
            "syntax", "edition", "=", "\"proto3\"", ";", "message", "A", "{", "}", "string", "map", "<", ">", ",",
            "1", "-1", "oneof", "enum", "service", "rpc", "(", ")", "returns", "stream", "import", "[", "]",
            "option", "reserved", "default", "export", "local", "inf", "to", "max", "extensions", "group", "repeated", "/*", "//", "\n", "\"", "'", "é",
        ]), 0..60)) {
            let words = words.join(" ");
            drop(parse_text(Path::new("a.proto"), &words));
            drop(parse_text(Path::new("a.proto"), &["edition = \"2024\";", &words].concat()));
        }
    }
}
