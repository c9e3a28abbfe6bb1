//! The two lowest rooms alone, compiled for a fuzzer: they need four crates, and the whole package four hundred.

#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/wire/mod.rs"]
pub mod wire;
