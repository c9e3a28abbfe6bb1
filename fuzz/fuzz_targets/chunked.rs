//! What `wire::fuzzing::chunked` says must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| rooms::wire::fuzzing::chunked(input));
