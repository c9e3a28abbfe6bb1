//! Hoplens.
fn main() {}
