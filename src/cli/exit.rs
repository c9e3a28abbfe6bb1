//! How a command ended.

use std::process::ExitCode;

use crate::model::{Code, Outcome};

/// The exit code of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: it did what was asked.
    Ok,
    /// 1: the server answered that it is not ready.
    NotServing,
    /// 2: we could not even ask, or the answer broke off.
    CouldNotAsk,
    /// 22: `--fail`, and the HTTP status is 400 or above, as curl does.
    HttpError,
    /// 64 + code: a gRPC status other than OK.
    Status(Code),
    /// 130: interrupted by the person.
    Interrupted,
}

impl Exit {
    /// Of a call that ended this way.
    pub(super) fn of(outcome: Option<&Outcome>, is_fail_wanted: bool) -> Self {
        match outcome {
            Some(Outcome::Grpc { number: 0, .. }) => Self::Ok,
            Some(Outcome::Grpc { code, .. }) => Self::Status(*code),
            Some(Outcome::Http { status, .. }) if is_fail_wanted && *status >= 400 => {
                Self::HttpError
            }
            Some(Outcome::Http { .. }) => Self::Ok,
            Some(Outcome::Cancelled) => Self::Interrupted,
            Some(Outcome::Failed(_)) | None => Self::CouldNotAsk,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::NotServing => 1,
            Exit::CouldNotAsk => 2,
            Exit::HttpError => 22,
            Exit::Status(code) => 64 + code.number(),
            Exit::Interrupted => 130,
        })
    }
}
