//! What `wire::fuzzing::http1` says must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| rooms::wire::fuzzing::http1(input));
