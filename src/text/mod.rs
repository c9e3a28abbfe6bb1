//! The words: every sentence that a person reads comes from here, by key.
//!
//! Rooms return facts; `ui` and `cli` both turn them into words and may not import each other, so the
//! catalogues stand in a room of their own below both. It knows the vocabulary of `model` and nothing
//! else: no IO (the catalogues are built in), no state but the chosen language.
//!
//! A key is the name of its file in `assets/text/<language>/` and the name in it: `send` in
//! `composer.toml` is `composer.send`. Every language has the same keys (of a count those forms that it
//! knows). A test fails on a key that is used and missing in any language, or there and unused.

mod catalogue;
mod change;
mod copied;
mod error_detail;
mod failure;
mod fault;
pub mod format;
mod ladder;
mod language;
mod outcome;
mod pasted;
mod problem;
mod resent;
mod status_fault;
mod trail;
mod way;
mod wire_fault;

pub use catalogue::{count, fill, list, sentences, t};
#[cfg(test)]
pub(crate) use catalogue::{is_key, left_in_english};
pub use change::{change, fault, not_done};
pub use copied::copy_note;
pub use error_detail::error_detail;
pub use failure::{FailureText, failure, target_error};
pub use fault::{cause, json_fault};
pub use ladder::{obstacle, rung_state, stage};
pub use language::{
    Language, begin_with, forget_told, language, set_language, speaking, told_language,
    wanted_language,
};
pub use outcome::{code, http_status, origin, outcome, phase};
pub use pasted::paste_note;
pub use problem::{ProblemText, problem};
pub use resent::resent;
pub use trail::{step, verdict};
pub use way::{compare_word, no_way, said};
pub use wire_fault::wire_fault;
