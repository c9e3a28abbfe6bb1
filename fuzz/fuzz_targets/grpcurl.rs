//! What `workspace::fuzzing::grpcurl` says must hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| rooms::workspace::fuzzing::grpcurl(input));
