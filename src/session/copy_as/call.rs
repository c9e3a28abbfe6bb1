//! What is copied: a call as its face has it, before anything of it is encoded.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::{
    Compression, GrpcWeb, Header, Headers, Keepalive, MethodPath, Request, Target, TlsOptions,
};
use crate::wire::metadata_as_sent;

/// A gRPC call.
#[derive(Debug, Clone)]
pub struct CallToCopy {
    /// Which method.
    pub method: MethodPath,
    /// Where its contract stands.
    pub schema: SchemaPlace,
    /// Metadata of the call alone.
    pub rpc_headers: Headers,
    /// Metadata of reflection alone.
    pub reflect_headers: Headers,
    /// The messages as they were typed: one, or JSON values one after the other where the method takes many.
    pub data: String,
    /// Whether they are in protobuf's text format, and the answers as well.
    pub is_text: bool,
    /// Whether fields with their default are printed.
    pub emit_defaults: bool,
    /// How the messages are compressed.
    pub compression: Option<Compression>,
    /// How its connection is watched.
    pub keepalive: Option<Keepalive>,
    /// Whether the messages go out at a pace, or more than once.
    pub is_paced: bool,
    /// Whether it is a call of gRPC-Web, and which.
    pub grpc_web: Option<GrpcWeb>,
    /// How the peer is reached.
    pub peer: PeerToCopy,
}

impl CallToCopy {
    /// With metadata as it travels: how we let bytes be written, no other tool knows.
    pub(super) fn as_sent(&self) -> Self {
        let sent = |headers: &Headers| -> Headers {
            let one = |header: &Header| metadata_as_sent(header).unwrap_or_else(|| header.clone());
            headers.iter().map(one).collect()
        };
        Self {
            rpc_headers: sent(&self.rpc_headers),
            reflect_headers: sent(&self.reflect_headers),
            peer: PeerToCopy { headers: sent(&self.peer.headers), ..self.peer.clone() },
            ..self.clone()
        }
    }
}

/// An HTTP request.
#[derive(Debug, Clone)]
pub struct HttpToCopy {
    /// GET, POST, ...
    pub method: String,
    /// The body, empty for none.
    pub body: String,
    /// How the peer is reached; path and query stand in its target.
    pub peer: PeerToCopy,
}

/// Where a call goes, and how.
#[derive(Debug, Clone)]
pub struct PeerToCopy {
    /// Where to.
    pub target: Target,
    /// Headers, or metadata that goes with reflection too.
    pub headers: Headers,
    /// From start to end.
    pub deadline: DeadlineToCopy,
    /// How to trust.
    pub tls: TlsOptions,
    /// `:authority` or `Host`, where it differs from the target.
    pub authority: Option<String>,
    /// The largest message that is taken, in bytes.
    pub max_message_bytes: usize,
}

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadlineToCopy {
    /// As long as it may by itself: nothing was said.
    Usual,
    /// For ever.
    Never,
    /// So long.
    After(Duration),
}

impl DeadlineToCopy {
    /// The time, where there is one to be said.
    pub(super) fn time(self) -> Option<Duration> {
        match self {
            Self::Usual | Self::Never => None,
            Self::After(time) => Some(time),
        }
    }
}

impl From<Option<Duration>> for DeadlineToCopy {
    fn from(deadline: Option<Duration>) -> Self {
        deadline.map_or(Self::Never, Self::After)
    }
}

/// Where a contract stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaPlace {
    /// The server tells it.
    Reflection,
    /// In files.
    Files {
        /// `.proto` files, as paths or as seen from a root.
        protos: Vec<PathBuf>,
        /// Encoded `FileDescriptorSet`s.
        descriptor_sets: Vec<PathBuf>,
        /// Where the person says that imports are looked for.
        roots: Vec<PathBuf>,
        /// Where they were found besides.
        found_roots: Vec<PathBuf>,
    },
    /// In the window alone: in no file.
    Window,
}

impl PeerToCopy {
    /// A limit in bytes, where it is not the usual one.
    pub(super) fn message_limit(&self) -> Option<usize> {
        let limit = self.max_message_bytes;
        (limit != Request::DEFAULT_MAX_MESSAGE_BYTES).then_some(limit)
    }
}
