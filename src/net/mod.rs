//! Connections: dialling with a stamp per phase, TLS, protocol detection on
//! accept, the tee and its recording, the pool of kept connections.
//!
//! This room knows nothing of calls: it hands out open connections with facts
//! about how they came to be. It keeps no global state; a [`Dialer`] is a value.

pub mod accept;
mod connection;
mod dial;
mod eyeballs;
mod failure;
mod header_state;
mod holds;
mod io;
mod network;
mod pool;
mod proxy;
mod relay;
mod tape;
mod tasks;
mod tee;
mod tls;
mod verify;

pub use connection::{Body, BoxError, CONNECTION_WINDOW, Connection, STREAM_WINDOW, SendError};
pub use dial::{Connected, DialReport, Dialer};
pub use holds::Held;
pub use io::{BoxIo, Io};
pub use network::Network;
pub use pool::{Pool, PoolKey};
pub use relay::{Broken, Resetter, relay, spoken};
pub use tape::{Stamps, Tape, TapeLimits};
pub use tasks::{Spawner, Tasks};
pub use tee::Tee;
pub use tls::{Speak, authority_fault};
