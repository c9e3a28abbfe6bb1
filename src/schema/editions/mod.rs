//! Files that protobuf editions write, lowered to what the descriptor pool takes.
//!
//! A file of an edition has no syntax. What proto2 and proto3 decide for a whole file - can a field be unset, is a
//! list packed, is a message delimited - are features of each field there, inherited from whatever is around it
//! (protobuf.dev, "Feature Settings for Editions"). The pool knows the two syntaxes alone, so a file becomes one of
//! proto2 or proto3 whose fields behave as their features say, byte for byte on the wire.

mod features;
mod file;
mod lower;

pub(super) use lower::{Written, lower};

#[cfg(test)]
mod tests;
