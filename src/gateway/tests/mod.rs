//! The gateway on real sockets: callers and instances are plain hyper.

mod grpc;
mod http;
mod peers;
mod reports;
mod witness;
