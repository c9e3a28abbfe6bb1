//! The seventeen gRPC status codes.

use std::fmt;

macro_rules! codes {
    ($($name:ident = $number:literal $text:literal),* $(,)?) => {
        /// A gRPC status code (gRPC core documentation, statuscodes.md).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the standard's own names")]
        pub enum Code { $($name = $number),* }

        impl Code {
            /// All, in the order of their numbers.
            pub const ALL: [Self; 17] = [$(Self::$name),*];

            /// `NOT_FOUND`, as the standard writes it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

codes! {
    Ok = 0 "OK", Cancelled = 1 "CANCELLED", Unknown = 2 "UNKNOWN",
    InvalidArgument = 3 "INVALID_ARGUMENT", DeadlineExceeded = 4 "DEADLINE_EXCEEDED",
    NotFound = 5 "NOT_FOUND", AlreadyExists = 6 "ALREADY_EXISTS",
    PermissionDenied = 7 "PERMISSION_DENIED", ResourceExhausted = 8 "RESOURCE_EXHAUSTED",
    FailedPrecondition = 9 "FAILED_PRECONDITION", Aborted = 10 "ABORTED",
    OutOfRange = 11 "OUT_OF_RANGE", Unimplemented = 12 "UNIMPLEMENTED", Internal = 13 "INTERNAL",
    Unavailable = 14 "UNAVAILABLE", DataLoss = 15 "DATA_LOSS", Unauthenticated = 16 "UNAUTHENTICATED",
}

impl Code {
    /// From its number; anything over 16 is `UNKNOWN`, as gRPC libraries read it.
    pub fn from_number(number: u32) -> Self {
        usize::try_from(number)
            .ok()
            .and_then(|number| Self::ALL.get(number).copied())
            .unwrap_or(Self::Unknown)
    }

    /// 0 to 16.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// What an HTTP status means when no `grpc-status` came with it
    /// (gRPC core documentation, http-grpc-status-mapping.md).
    pub fn from_http(status: u16) -> Self {
        match status {
            400 => Self::Internal,
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 => Self::Unimplemented,
            429 | 502..=504 => Self::Unavailable,
            _ => Self::Unknown,
        }
    }

    /// The HTTP status that stands for it (`google/rpc/code.proto`, "HTTP Mapping").
    pub fn to_http(self) -> u16 {
        match self {
            Self::Ok => 200,
            Self::Cancelled => 499,
            Self::InvalidArgument | Self::FailedPrecondition | Self::OutOfRange => 400,
            Self::DeadlineExceeded => 504,
            Self::NotFound => 404,
            Self::AlreadyExists | Self::Aborted => 409,
            Self::PermissionDenied => 403,
            Self::Unauthenticated => 401,
            Self::ResourceExhausted => 429,
            Self::Unimplemented => 501,
            Self::Unavailable => 503,
            Self::Unknown | Self::Internal | Self::DataLoss => 500,
        }
    }

    /// By its name, whatever its case: `UNAVAILABLE`, `not_found`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
