//! Why a schema could not even be asked for.

use crate::model::Code;

/// Why reflection gave nothing at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReflectError {
    /// The server answers, but offers no reflection (neither v1 nor v1alpha).
    #[error("server offers no reflection")]
    NotOffered,
    /// The server refused or the connection failed before anything came.
    #[error("reflection failed with {code:?}: {message}")]
    Status {
        /// The status.
        code: Code,
        /// The server's words, or the transport's.
        message: String,
    },
}
