//! What is wrong with the status of a gRPC answer (gRPC over HTTP/2, "Responses").

/// One fault of `grpc-status`, `grpc-message` or `grpc-status-details-bin`. The bytes stay in headers and trailers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusFault {
    /// `grpc-status` is no decimal number.
    NotNumber {
        /// As it came.
        value: String,
    },
    /// `grpc-status` is none of the seventeen.
    UnknownCode {
        /// As it came.
        number: u32,
    },
    /// A field of the status came more than once.
    Repeated {
        /// `grpc-status`, ...
        name: String,
        /// Its values in their order.
        values: Vec<String>,
    },
    /// `grpc-message` has a `%` that begins no escape.
    BadEscape {
        /// How many bytes stand before the first one.
        at: usize,
    },
    /// `grpc-message` is no UTF-8 once its escapes are undone.
    MessageNotText,
    /// A `-bin` field is no base64.
    BadBase64 {
        /// Its name.
        name: String,
    },
    /// The `google.rpc.Status` of the details names another code than `grpc-status`.
    Contradiction {
        /// The code in the details.
        inner: i64,
        /// That of the trailers.
        outer: u32,
    },
}
