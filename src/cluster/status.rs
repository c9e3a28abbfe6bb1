//! Status codes between tonic, HTTP and our own vocabulary.

use http::StatusCode;
use tonic::Status;

use crate::model::Code;

/// The code of a status.
pub(super) fn code_of(status: &Status) -> Code {
    Code::from_number(i32::from(status.code()).cast_unsigned())
}

/// A status with this code.
pub(super) fn status(code: Code, words: impl Into<String>) -> Status {
    Status::new(i32::from(code.number()).into(), words)
}

/// The HTTP status that stands for a code.
pub(super) fn http_of(code: Code) -> StatusCode {
    StatusCode::from_u16(code.to_http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
