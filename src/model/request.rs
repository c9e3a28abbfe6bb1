//! What the user asks for, complete and encoded: nothing is added behind their back but
//! what the protocol itself demands.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;

use super::{Compression, GrpcWeb, Headers, Keepalive, MethodPath, Target};

/// One call to make.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where to.
    pub target: Target,
    /// What to ask.
    pub body: CallBody,
    /// Headers or metadata as the user wrote them.
    pub headers: Headers,
    /// From start to end; `None` waits for ever. For gRPC sent as `grpc-timeout` too.
    pub deadline: Option<Duration>,
    /// How to trust.
    pub tls: TlsOptions,
    /// `:authority` or `Host`, where it differs from the target.
    pub authority: Option<String>,
    /// The largest message that is taken, in bytes (default 64 MiB).
    pub max_message_bytes: usize,
    /// How the messages of a gRPC call are compressed; HTTP bodies go as they are.
    pub compression: Option<Compression>,
    /// Whether and how an HTTP/2 connection is kept under watch while the call runs.
    pub keepalive: Option<Keepalive>,
    /// Whether a gRPC call is one of gRPC-Web, and which; without, it is gRPC over HTTP/2.
    pub grpc_web: Option<GrpcWeb>,
    /// Which version an HTTP request or gRPC-Web speaks; gRPC itself is always HTTP/2.
    pub version: HttpVersion,
    /// Whether this is Hoplens's own asking (reflection, health): marked in spans and hidden by default.
    pub is_internal: bool,
}

impl Request {
    /// The `user-agent` where the user names none.
    pub const USER_AGENT: &'static str = concat!("hoplens/", env!("CARGO_PKG_VERSION"));
    /// 64 MiB.
    pub const DEFAULT_MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

    /// A request with the defaults: no headers, 15 s, verified TLS.
    pub fn new(target: Target, body: CallBody) -> Self {
        Self {
            target,
            body,
            headers: Headers::new(),
            deadline: Some(Duration::from_secs(15)),
            tls: TlsOptions::default(),
            authority: None,
            max_message_bytes: Self::DEFAULT_MAX_MESSAGE_BYTES,
            compression: None,
            keepalive: None,
            grpc_web: None,
            version: HttpVersion::Agreed,
            is_internal: false,
        }
    }

    /// The operation in the words of the field: `Greeter/SayHello`, `GET /products`.
    pub fn operation(&self) -> String {
        match &self.body {
            CallBody::Grpc { method, .. } => method.to_string(),
            CallBody::Http { method, .. } => {
                let path = self.target.path.split('?').next().unwrap_or_default();
                format!("{method} {}", if path.is_empty() { "/" } else { path })
            }
        }
    }
}

/// The protocol and its payload.
#[derive(Debug, Clone)]
pub enum CallBody {
    /// A gRPC call: requests are always a sequence, for a unary call of one.
    Grpc {
        /// Which method.
        method: MethodPath,
        /// The encoded messages, without the 5-byte prefix.
        messages: Vec<Bytes>,
    },
    /// An HTTP request; path and query stand in the target.
    Http {
        /// GET, POST, ...
        method: String,
        /// The body, empty for none.
        body: Bytes,
    },
}

/// Which version of HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HttpVersion {
    /// What TLS agrees on, HTTP/1.1 on plaintext.
    #[default]
    Agreed,
    /// HTTP/1.1 and nothing else.
    Http1,
    /// HTTP/2 and nothing else: on plaintext the peer has to know (RFC 9113 section 3.3).
    Http2,
}

/// How a TLS peer is verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// A PEM file with roots that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// A PEM file with the client's certificate chain.
    pub cert_file: Option<PathBuf>,
    /// A PEM file with its key.
    pub key_file: Option<PathBuf>,
    /// The name to verify and to send as SNI, where it differs from the host.
    pub server_name: Option<String>,
    /// Whether verification is skipped. Shown as a badge on every call that it made.
    pub is_insecure: bool,
}
