//! TLS from outside: records, and those messages of the handshake that pass in clear
//! (RFC 8446 sections 4 and 5; RFC 5246 for TLS 1.2).
//!
//! Nothing is decrypted here. Readers never fail: what does not fit is named at its place.

mod cursor;
mod hello;
mod message;
mod names;
mod records;
#[cfg(test)]
pub(crate) mod testing;
mod x509;

pub use message::Overheard;
pub use records::{HandshakeMessage, RecordKind, TlsRecord};
pub(super) use records::{RECORD_HEAD_LEN, Records, record_nodes};
pub use x509::{Certificate, Said, certificate};
