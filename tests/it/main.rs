//! The tests that need more than one room: real sockets on port 0, the demo cluster as fixture, and the
//! rules of the house itself.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod answers;
mod asked;
mod bad_bytes;
mod calls;
mod chinese;
mod command_line;
mod compare;
mod compression;
#[cfg(unix)]
mod copying;
mod demo_life;
mod desk;
mod first_start;
mod grpc_web;
mod kept;
mod ladder;
mod mocks;
mod overhead;
mod peers;
mod preferences;
mod program;
mod proxies;
mod scenes;
mod scratch;
mod serve;
mod shop_streams;
mod source;
mod sources;
mod streams;
mod tap;
mod tidy;
mod tls;
mod traffic;
mod wire;
mod words;
