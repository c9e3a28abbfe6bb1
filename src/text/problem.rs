//! Problems in words: what is wrong, where, and what to do next.

use std::path::{Path, PathBuf};

use super::{cause, fault, fill, list, sentences, status_fault, t};
use crate::model::{Place, Problem, ProblemKind};

/// A problem as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemText {
    /// What is wrong, one sentence.
    pub what: String,
    /// `shop.proto:12:7` or `line 3, column 4`; `None` when the problem has no place.
    pub place: Option<String>,
    /// What to do next, one sentence.
    pub fix: String,
}

impl ProblemText {
    /// All three in one text, for a copy or a log.
    pub fn one_line(&self) -> String {
        let words = sentences(&self.what, &self.fix);
        match &self.place {
            Some(place) => format!("{place}: {words}"),
            None => words,
        }
    }
}

/// The words for a problem.
pub fn problem(problem: &Problem) -> ProblemText {
    ProblemText {
        what: what(&problem.kind),
        place: problem.place.as_ref().map(place_words),
        fix: fix(&problem.kind),
    }
}

fn what(kind: &ProblemKind) -> String {
    use ProblemKind as P;
    match kind {
        P::ImportNotFound { import, looked_in } => {
            fill("problems.import.what", &[("import", import), ("where", &paths(looked_in))])
        }
        P::Syntax { message } => fill("problems.syntax.what", &[("message", message)]),
        P::Definition { message, .. } => fill("problems.definition.what", &[("message", message)]),
        P::ImportBroken { import } => fill("problems.import_broken.what", &[("import", import)]),
        P::ImportCycle { files } => fill("problems.import_cycle.what", &[("files", &list(files))]),
        P::UnknownMethod { method, .. } => {
            fill("problems.unknown_method.what", &[("method", method)])
        }
        P::LongScript { limit } => fill("problems.long_script.what", &[("limit", limit)]),
        P::UnknownMessage { message } => {
            fill("problems.unknown_message.what", &[("message", message)])
        }
        P::DuplicateFile { name, kept, dropped } => fill(
            "problems.duplicate.what",
            &[("name", name), ("kept", &kept.display()), ("dropped", &dropped.display())],
        ),
        P::Unreadable { cause: why } => fill("problems.unreadable.what", &[("cause", &cause(why))]),
        P::PutAside { cause, .. } => fill("problems.put_aside.what", &[("cause", cause)]),
        P::NotText => t("problems.not_text.what").to_owned(),
        P::BadDescriptorSet { cause: why } => {
            fill("problems.descriptor_set.what", &[("cause", &cause(why))])
        }
        P::Edition { edition } => fill("problems.edition.what", &[("edition", edition)]),
        P::PresenceGained { fields } => {
            fill("problems.presence_gained.what", &[("fields", &fields.join(", "))])
        }
        P::NothingFound => t("problems.nothing.what").to_owned(),
        P::Reflection { asked, cause: why } => {
            fill("problems.reflection.what", &[("asked", asked), ("cause", &cause(why))])
        }
        P::JsonSyntax { fault } => {
            fill("problems.json.what", &[("message", &fault::json_fault(fault))])
        }
        P::UnknownField { name, message, .. } => {
            fill("problems.unknown_field.what", &[("name", name), ("message", message)])
        }
        P::WrongValue { path, expected, found } => {
            let path = if path.is_empty() { t("problems.wrong_value.whole") } else { path };
            let args: [(&str, &dyn std::fmt::Display); 3] = [
                ("path", &path),
                ("expected", &fault::wanted(expected)),
                ("found", &fault::found(found)),
            ];
            fill("problems.wrong_value.what", &args)
        }
        P::SetTwice { path } => fill("problems.set_twice.what", &[("path", path)]),
        P::OneofTwice { path, oneof, earlier } => fill(
            "problems.oneof_twice.what",
            &[("path", path), ("oneof", oneof), ("earlier", earlier)],
        ),
        P::NotProtobuf { message, cause } => {
            fill("problems.not_protobuf.what", &[("message", message), ("cause", cause)])
        }
        P::TextFormat { cause } => fill("problems.text_format.what", &[("cause", cause)]),
        P::UnreadFields { message, n_fields } => {
            fill("problems.unread_fields.what", &[("message", message), ("n", n_fields)])
        }
        P::Status { fault } => status_fault::what(fault),
        P::UnknownCoding { coding, taken: Some(taken) } => {
            fill("problems.unknown_coding.what", &[("coding", coding), ("taken", taken)])
        }
        P::UnknownCoding { coding, taken: None } => {
            fill("problems.unknown_coding.what_unnamed", &[("coding", coding)])
        }
        P::UnknownSetting { name, .. } => fill("problems.unknown_setting.what", &[("name", name)]),
        P::WrongSetting { name, expected, found } => {
            let args: [(&str, &dyn std::fmt::Display); 3] =
                [("name", name), ("expected", expected), ("found", found)];
            fill("problems.wrong_setting.what", &args)
        }
        P::SettingsSyntax { message } => {
            fill("problems.settings_syntax.what", &[("message", message)])
        }
        P::MendedSettings { .. } => t("problems.mended_settings.what").to_owned(),
        P::SharedShortcut { name, keys, other } => {
            let args: [(&str, &dyn std::fmt::Display); 3] =
                [("name", name), ("keys", keys), ("other", other)];
            fill("problems.shared_shortcut.what", &args)
        }
        P::Config { subject, fault } => {
            let fault = fault::config_fault(fault);
            fill("problems.config.what", &[("subject", subject), ("cause", &fault)])
        }
        P::Unsupported { subject } => fill("problems.unsupported.what", &[("subject", subject)]),
    }
}

fn fix(kind: &ProblemKind) -> String {
    use ProblemKind as P;
    let words = match kind {
        P::ImportNotFound { import, .. } => {
            return fill("problems.import.fix", &[("import", import)]);
        }
        P::Definition { help: Some(help), .. } => return sentence(help),
        P::UnknownField { nearest: Some(nearest), .. }
        | P::UnknownMethod { nearest: Some(nearest), .. } => {
            return fill("problems.unknown_field.fix_nearest", &[("nearest", nearest)]);
        }
        P::UnknownField { message, .. } => {
            return fill("problems.unknown_field.fix", &[("message", message)]);
        }
        P::UnknownSetting { nearest: Some(nearest), .. } => {
            return fill("problems.unknown_setting.fix_nearest", &[("nearest", nearest)]);
        }
        P::UnknownSetting { nearest: None, .. } => t("problems.unknown_setting.fix"),
        P::WrongSetting { .. } => t("problems.wrong_setting.fix"),
        P::SettingsSyntax { .. } => t("problems.settings_syntax.fix"),
        P::MendedSettings { kept } => {
            return fill("problems.mended_settings.fix", &[("kept", &kept.display())]);
        }
        P::SharedShortcut { other, .. } => {
            return fill("problems.shared_shortcut.fix", &[("other", other)]);
        }
        P::WrongValue { .. } => t("problems.wrong_value.fix"),
        P::PutAside { kept, .. } => {
            return fill("problems.put_aside.fix", &[("kept", &kept.display())]);
        }
        P::Syntax { .. } => t("problems.syntax.fix"),
        P::Definition { help: None, .. } => t("problems.definition.fix"),
        P::ImportBroken { .. } => t("problems.import_broken.fix"),
        P::ImportCycle { .. } => t("problems.import_cycle.fix"),
        P::UnknownMethod { nearest: None, .. } => t("problems.unknown_method.fix"),
        P::LongScript { .. } => t("problems.long_script.fix"),
        P::UnknownMessage { .. } => t("problems.unknown_message.fix"),
        P::DuplicateFile { .. } => t("problems.duplicate.fix"),
        P::Unreadable { .. } => t("problems.unreadable.fix"),
        P::NotText => t("problems.not_text.fix"),
        P::SetTwice { .. } => t("problems.set_twice.fix"),
        P::OneofTwice { .. } => t("problems.oneof_twice.fix"),
        P::BadDescriptorSet { .. } => t("problems.descriptor_set.fix"),
        P::Edition { .. } => t("problems.edition.fix"),
        P::PresenceGained { .. } => t("problems.presence_gained.fix"),
        P::NothingFound => t("problems.nothing.fix"),
        P::Reflection { .. } => t("problems.reflection.fix"),
        P::JsonSyntax { .. } => t("problems.json.fix"),
        P::NotProtobuf { .. } => t("problems.not_protobuf.fix"),
        P::TextFormat { .. } => t("problems.text_format.fix"),
        P::UnreadFields { .. } => t("problems.unread_fields.fix"),
        P::Status { .. } => t("problems.status.fix"),
        P::UnknownCoding { .. } => t("problems.unknown_coding.fix"),
        P::Config { .. } => t("problems.config.fix"),
        P::Unsupported { .. } => t("problems.unsupported.fix"),
    };
    words.to_owned()
}

fn place_words(place: &Place) -> String {
    let Place { file, line, column } = place;
    match (file, line, column) {
        (Some(file), 0, _) => file.display().to_string(),
        (Some(file), line, 0) => format!("{}:{line}", file.display()),
        (Some(file), line, column) => format!("{}:{line}:{column}", file.display()),
        (None, 0, _) => t("problems.place.text").to_owned(),
        (None, line, 0) => fill("problems.place.line", &[("line", line)]),
        (None, line, column) => {
            fill("problems.place.line_column", &[("line", line), ("column", column)])
        }
    }
}

fn paths(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return t("problems.nowhere").to_owned();
    }
    let shown: Vec<_> = paths.iter().map(|path| shown(path)).collect();
    shown.join(", ")
}

fn shown(path: &Path) -> String {
    if path.as_os_str().is_empty() { ".".to_owned() } else { path.display().to_string() }
}

/// A compiler's hint begins small and ends without a stop; ours do not.
fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let rest = letters.as_str();
    let stop = if rest.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{rest}{stop}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_where_and_what_next() {
        let missing = Problem::error(ProblemKind::ImportNotFound {
            import: "google/api/http.proto".into(),
            looked_in: vec!["/srv/protos".into(), "".into()],
        })
        .at(Place { file: Some("shop.proto".into()), line: 3, column: 8 });
        let words = problem(&missing);
        assert!(words.what.contains("google/api/http.proto"), "{words:?}");
        assert!(words.what.contains("/srv/protos, ."), "{words:?}");
        assert_eq!(words.place.as_deref(), Some("shop.proto:3:8"));
        assert!(words.one_line().starts_with("shop.proto:3:8: "), "{words:?}");
        assert!(!words.one_line().contains(['{', '}']), "{words:?}");
    }

    #[test]
    fn a_place_says_only_what_is_known() {
        let check = |file: Option<&str>, line, column, text: &str| {
            let place = Place { file: file.map(PathBuf::from), line, column };
            assert_eq!(place_words(&place), text);
        };
        check(Some("a.proto"), 0, 0, "a.proto");
        check(Some("a.proto"), 4, 0, "a.proto:4");
        check(None, 4, 0, "line 4");
        check(None, 4, 7, "line 4, column 7");
        check(None, 0, 0, "the text");
    }

    #[test]
    fn a_hint_becomes_a_sentence() {
        assert_eq!(sentence("did you mean Foo?"), "Did you mean Foo?");
        assert_eq!(sentence("rename it"), "Rename it.");
        assert_eq!(sentence(""), ".");
    }
}
