//! Runs one call of any kind and emits its events.
//!
//! There is one path for all kinds: a request is a sequence of messages, an
//! answer is events. The engine decides nothing about schemas and shows nothing;
//! a status is a result, never an error.

mod body;
mod collect;
mod exchange;
mod feed;
mod handle;
mod live;
mod onwire;
mod outgoing;
mod run;
mod spans;
mod status;
#[cfg(test)]
mod tests;
mod transport;

pub use feed::Ends;
pub use handle::CallHandle;
pub(crate) use outgoing::path_prefix;
pub use run::{Engine, MAX_CALLS};
pub use spans::of_call as client_span;
pub use status::{from_headers as status_of, from_reset as status_of_reset, made as made_status};
pub use transport::GrpcTransport;
