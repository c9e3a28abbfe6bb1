//! One type for every byte stream, so that TLS, the tee and hyper stack on TCP
//! and on Unix sockets alike.

use tokio::io::{AsyncRead, AsyncWrite};

/// What bytes can be read from and written to.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin + std::fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + std::fmt::Debug> Io for T {}

/// Any byte stream.
pub type BoxIo = Box<dyn Io>;
