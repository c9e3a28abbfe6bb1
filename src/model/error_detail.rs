//! What a server adds to an error status: the types of `google/rpc/error_details.proto`, and any other.

use bytes::Bytes;

/// One detail of a `google.rpc.Status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorDetail {
    /// Why, for programs.
    ErrorInfo {
        /// `API_DISABLED`.
        reason: String,
        /// Who defines the reason.
        domain: String,
        /// More of it.
        metadata: Vec<(String, String)>,
    },
    /// When to try again.
    RetryInfo {
        /// As ProtoJSON writes a duration: `1.5s`; empty for none.
        delay: String,
    },
    /// For who mends the server.
    DebugInfo {
        /// The newest call first.
        stack: Vec<String>,
        /// What else the server says.
        detail: String,
    },
    /// Which quotas are used up: subject and description.
    QuotaFailure(Vec<(String, String)>),
    /// What has to be so first: type, subject and description.
    PreconditionFailure(Vec<(String, String, String)>),
    /// Which fields are wrong: path and description.
    BadRequest(Vec<(String, String)>),
    /// What the request is called in the server's logs.
    RequestInfo {
        /// The id.
        id: String,
        /// What the server serves with it.
        data: String,
    },
    /// Which resource it is about.
    ResourceInfo {
        /// Its type.
        kind: String,
        /// Its name.
        name: String,
        /// Its owner.
        owner: String,
        /// What is wrong with the access to it.
        description: String,
    },
    /// Where to read on: description and address.
    Help(Vec<(String, String)>),
    /// What may be shown to people.
    LocalizedMessage {
        /// `en-US`.
        locale: String,
        /// The words.
        message: String,
    },
    /// A type that the schema knows.
    Other {
        /// Its full name.
        name: String,
        /// The message as JSON, pretty-printed.
        json: String,
    },
    /// A type that nobody knows here.
    Unknown {
        /// Its full name.
        name: String,
        /// Its bytes.
        bytes: Bytes,
    },
}

impl ErrorDetail {
    /// The type, without its package where it is one of `google.rpc`.
    pub fn name(&self) -> &str {
        match self {
            Self::ErrorInfo { .. } => "ErrorInfo",
            Self::RetryInfo { .. } => "RetryInfo",
            Self::DebugInfo { .. } => "DebugInfo",
            Self::QuotaFailure(_) => "QuotaFailure",
            Self::PreconditionFailure(_) => "PreconditionFailure",
            Self::BadRequest(_) => "BadRequest",
            Self::RequestInfo { .. } => "RequestInfo",
            Self::ResourceInfo { .. } => "ResourceInfo",
            Self::Help(_) => "Help",
            Self::LocalizedMessage { .. } => "LocalizedMessage",
            Self::Other { name, .. } | Self::Unknown { name, .. } => name,
        }
    }
}
