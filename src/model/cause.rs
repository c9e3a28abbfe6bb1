//! Why something did not work, as a fact.
//!
//! What another program, a library or the system says is kept as it says it; what we found out
//! ourselves is a variant, which `text` has words for in every language.

use std::fmt;

use super::{CallFailure, TargetError};

/// Why something did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// In the words of whoever says it: the system, a library, a peer.
    Said(String),
    /// The look-up gave no address.
    NoAddress,
    /// This system has no Unix sockets.
    NoUnixSockets,
    /// Another address had answered first.
    Overtaken,
    /// The connection was never opened.
    NotOpen,
    /// A PEM file without a certificate.
    NoCertificate,
    /// A client key was given without its certificate.
    KeyAlone,
    /// Nobody that is trusted here signed the certificate.
    UnknownIssuer,
    /// The certificate's time is over.
    Expired,
    /// The certificate's time is still to come.
    NotYetValid,
    /// The certificate was taken back.
    Revoked,
    /// The certificate's signature is wrong.
    BadSignature,
    /// The certificate cannot be read.
    BadCertificate,
    /// The certificate is for something else than servers.
    NotForServers,
    /// The certificate signed itself.
    SelfSigned,
    /// A header that gRPC sets itself.
    Reserved,
    /// Behind `hex:` in a `-bin` value stand no pairs of hexadecimal digits.
    NotHex,
    /// `content-length` says something else than the body.
    BodyLength {
        /// The body's real length in bytes.
        n_bytes: usize,
    },
    /// `CONNECT`, which is no request to a server.
    Tunnel,
    /// A gRPC target with a query, which its requests cannot carry.
    QueryOfGrpc,
    /// The peer compressed in an encoding that was not offered.
    NotOffered,
    /// A compressed message is larger than allowed.
    InflatesBeyond {
        /// The limit in bytes (`Request::max_message_bytes`).
        limit: u64,
    },
    /// The bytes of a compressed message are not in its encoding.
    NotInflatable,
    /// A gRPC message begins with a byte that is no flag.
    UnknownFlag(u8),
    /// A text of gRPC-Web that is no base64.
    NotBase64,
    /// Something follows the frame with the trailers of gRPC-Web, which is the last.
    BehindTrailers,
    /// A line of that frame is no header line.
    TrailersLine(String),
    /// The peer closed the connection without an answer.
    Unanswered,
    /// The peer answered in HTTP/2, and HTTP/1.1 was spoken.
    AnsweredInHttp2,
    /// The head of the peer's answer has no end.
    EndlessHead,
    /// The peer's answer is no HTTP; the parser's words.
    NotHttp(String),
    /// A file without a byte.
    Empty,
    /// A file ends before what it announced.
    CutShort {
        /// Bytes that are there.
        got: u64,
        /// Bytes that were announced.
        wanted: u64,
    },
    /// A file is larger than is taken.
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A descriptor that does not agree with itself.
    Contradiction,
    /// A message is marked as a map entry and is none.
    FalseMapEntry(String),
    /// The server offers no reflection.
    NoReflection,
    /// A target that cannot be read.
    Target(TargetError),
    /// A call that has no answer.
    Call(Box<CallFailure>),
}

impl From<String> for Cause {
    fn from(words: String) -> Self {
        Self::Said(words)
    }
}

impl From<&str> for Cause {
    fn from(words: &str) -> Self {
        Self::Said(words.to_owned())
    }
}

/// For logs; a person reads it through `text`.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(words) => f.write_str(words),
            Self::Target(error) => error.fmt(f),
            Self::Call(failure) => failure.fmt(f),
            fact => write!(f, "{fact:?}"),
        }
    }
}
