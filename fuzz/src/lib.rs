//! The two lowest rooms, and of a third the reader of command lines, compiled for a fuzzer: they need a few
//! crates, and the whole package four hundred.

#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/wire/mod.rs"]
pub mod wire;

/// What of the room needs no other crate.
#[path = "../../src/workspace"]
pub mod workspace {
    pub mod fuzzing;
    mod grpcurl;
    mod shell;
}
