//! What to know of a command line that was pasted.

use super::{fill, t};
use crate::model::PasteNote;

/// One note in words.
pub fn paste_note(note: &PasteNote) -> String {
    use PasteNote as N;
    match note {
        N::NoCommand => t("paste.no_command").to_owned(),
        N::OpenQuote => t("paste.open_quote").to_owned(),
        N::UnknownFlag(flag) => fill("paste.unknown_flag", &[("flag", flag)]),
        N::UnusedFlag(flag) => fill("paste.unused_flag", &[("flag", flag)]),
        N::BadValue(flag) => fill("paste.bad_value", &[("flag", flag)]),
        N::Expansion(text) => fill("paste.expansion", &[("text", text)]),
        N::Before(text) => fill("paste.before", &[("text", text)]),
        N::Rest(text) => fill("paste.rest", &[("text", text)]),
        N::Input => t("paste.input").to_owned(),
        N::TextFormat => t("paste.text_format").to_owned(),
        N::Verb(verb) => fill("paste.verb", &[("verb", verb)]),
        N::NoMethod => t("paste.no_method").to_owned(),
        N::NoTarget => t("paste.no_target").to_owned(),
        N::Surplus(text) => fill("paste.surplus", &[("text", text)]),
        N::SharedMetadata => t("paste.shared_metadata").to_owned(),
        N::NoFile(path) => fill("paste.no_file", &[("path", path)]),
    }
}
