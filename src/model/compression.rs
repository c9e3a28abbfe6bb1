//! How the messages of a gRPC call are compressed.

/// A coding of gRPC messages (gRPC over HTTP/2, "Message-Encoding").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// RFC 1952.
    Gzip,
    /// The zlib format, RFC 1950: the name is the one of HTTP (RFC 9110 section 8.4.1.2).
    Deflate,
    /// RFC 8878.
    Zstd,
}

impl Compression {
    /// All of them, as a person chooses among them.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Deflate, Self::Zstd];

    /// Its name in `grpc-encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}
