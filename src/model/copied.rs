//! Writing a call for another tool: which tools there are, and what of a call they cannot say.

/// What a call can be copied as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CopyFormat {
    /// A `grpcurl` command.
    Grpcurl,
    /// A `buf curl` command.
    BufCurl,
    /// A `curl` command, for HTTP.
    Curl,
    /// A `hoplens call` or `hoplens http` command.
    Hoplens,
    /// A program of Go, over grpc-go.
    Go,
    /// A program of Python, over grpcio.
    Python,
    /// A program of Rust, over tonic.
    Rust,
}

impl CopyFormat {
    /// Those of a gRPC call.
    pub const GRPC: [Self; 6] =
        [Self::Grpcurl, Self::BufCurl, Self::Hoplens, Self::Go, Self::Python, Self::Rust];
    /// Those of an HTTP request.
    pub const HTTP: [Self; 2] = [Self::Curl, Self::Hoplens];

    /// What it is called, in every language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grpcurl => "grpcurl",
            Self::BufCurl => "buf curl",
            Self::Curl => "curl",
            Self::Hoplens => "hoplens",
            Self::Go => "Go",
            Self::Python => "Python",
            Self::Rust => "Rust (tonic)",
        }
    }

    /// Whether it is a program that needs the contract, as opposed to one line for a shell.
    pub fn is_program(self) -> bool {
        matches!(self, Self::Go | Self::Python | Self::Rust)
    }
}

/// What to know of a text that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyNote {
    /// A credential stands as an environment variable.
    Variable {
        /// `TOKEN`.
        variable: String,
        /// The header that it fills.
        header: String,
    },
    /// Something that the tool cannot say.
    Lost(CopyLoss),
}

/// What a tool cannot say of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyLoss {
    /// The path before the method's.
    Path,
    /// An authority of its own: it follows the name in the certificate, or the target.
    Authority,
    /// A name in the certificate that is not the authority or the host.
    ServerName,
    /// That the certificate is not verified.
    Insecure,
    /// The limit of a message.
    MessageLimit,
    /// That there is no deadline: it has one by itself.
    NoDeadline,
    /// How an answer is written.
    Notation,
    /// The schema is in no file: the server has to offer reflection.
    SchemaInWindow,
    /// Descriptor sets beside `.proto` files, or more than one of them.
    MoreSchemas,
    /// The second and further folders in which imports are looked for.
    MoreRoots,
    /// Pace and rounds of a script.
    Pace,
    /// That its messages are compressed.
    Compression,
    /// That its connection is watched.
    Keepalive,
    /// That it is a call of gRPC-Web.
    GrpcWeb,
    /// Metadata for the reflection alone.
    ReflectHeaders,
    /// Fields of extensions, and those that the schema does not know.
    Fields,
}
