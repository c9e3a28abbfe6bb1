//! Files that protobuf editions write, lowered to what the descriptor pool takes.
//!
//! A file of an edition has no syntax. What proto2 and proto3 decide for a whole file - can a field be unset, is a
//! list packed, is a message delimited - are features of each field there, inherited from whatever is around it
//! (protobuf.dev, "Feature Settings for Editions"). The pool knows the two syntaxes alone, so a file becomes one of
//! proto2 or proto3 whose fields behave as their features say, byte for byte on the wire.

mod features;
mod file;
mod lower;
mod parsed;
mod strip;
mod text;

pub(super) use lower::{Written, lower};
pub(super) use parsed::{Names, lower_parsed, restore};
pub(super) use strip::without_features;
pub(super) use text::{edition_of, rewrite};

/// The syntax of a file that has none.
pub(super) const EDITIONS: &str = "editions";

/// Whether a text of this edition can be read.
pub(super) fn is_known(edition: &str) -> bool {
    matches!(edition, "2023" | "2024")
}

#[cfg(test)]
mod tests;
