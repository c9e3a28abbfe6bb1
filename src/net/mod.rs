//! Connections: dialling with a stamp per phase, TLS, protocol detection on
//! accept, the tee and its recording.
//!
//! This room knows nothing of calls: it hands out open connections with facts
//! about how they came to be. It keeps no global state; a [`Dialer`] is a value.

pub mod accept;
mod dial;
mod eyeballs;
mod io;

pub use dial::{Connected, DialReport, Dialer};
pub use io::{BoxIo, Io};
