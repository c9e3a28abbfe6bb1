//! What is known about a call that did not do what was asked: how far it came, what the server says of it, and
//! what is wrong with how it says so.

use super::DisplayText;
use crate::model::{Call, Code, ErrorDetail, Ladder, Outcome, Problem, ProblemKind, StatusFault};
use crate::schema::{ErrorDetails, Schema, error_details};
use crate::wire::{Exchange, ladder, status_faults};

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Trouble {
    /// How far the call came; `None` where the peer gave an answer, whatever it says.
    pub ladder: Option<Ladder>,
    /// The details of a gRPC error, one by one.
    pub details: Vec<ErrorDetail>,
    /// All of them, and the status around them, as JSON.
    pub json: Option<DisplayText>,
    /// What is wrong with the status itself.
    pub problems: Vec<Problem>,
}

impl Trouble {
    /// Of a call that has ended, and what its bytes say.
    pub fn of(call: &Call, exchange: &Exchange, schema: Option<&Schema>) -> Self {
        let mut problems: Vec<Problem> = faults(call).into_iter().map(warning).collect();
        problems.extend(unknown_coding(call));
        let read = details(call, schema).unwrap_or_default();
        problems.extend(read.problems);
        let json = Some(read.json).filter(|json| !json.is_empty()).map(DisplayText::new);
        Self { ladder: ladder(call, exchange), details: read.details, json, problems }
    }
}

fn details(call: &Call, schema: Option<&Schema>) -> Option<ErrorDetails> {
    let Some(Outcome::Grpc { details: Some(bytes), number, .. }) = &call.outcome else {
        return None;
    };
    let mut read = error_details(bytes, schema);
    let inner = read.code.filter(|code| *code != i64::from(*number));
    let differs = inner.map(|inner| warning(StatusFault::Contradiction { inner, outer: *number }));
    read.problems.extend(differs);
    Some(read)
}

/// Trailers say the status, or the headers of an answer that has no body.
fn faults(call: &Call) -> Vec<StatusFault> {
    if !matches!(call.outcome, Some(Outcome::Grpc { .. })) {
        return Vec::new();
    }
    let mut faults = status_faults(&call.headers);
    faults.extend(status_faults(&call.trailers));
    faults
}

/// A server that does not know how messages are compressed answers UNIMPLEMENTED, and names what it knows (gRPC over
/// HTTP/2, "Message-Encoding"). That of grpcio answers INTERNAL to a coding that it never heard of, and names the header.
fn unknown_coding(call: &Call) -> Option<Problem> {
    const NAME: &str = "grpc-accept-encoding";
    let coding = call.request.headers.get_str("grpc-encoding")?;
    let Some(Outcome::Grpc { code, message, .. }) = &call.outcome else { return None };
    if *code != Code::Unimplemented && !message.contains("grpc-encoding") {
        return None;
    }
    let taken = call.headers.get_str(NAME).or_else(|| call.trailers.get_str(NAME));
    let mut names = taken.unwrap_or_default().split(',').map(str::trim);
    if coding == "identity" || names.any(|name| name == coding) {
        return None;
    }
    let (coding, taken) = (coding.to_owned(), taken.map(ToOwned::to_owned));
    Some(Problem::warning(ProblemKind::UnknownCoding { coding, taken }))
}

fn warning(fault: StatusFault) -> Problem {
    Problem::warning(ProblemKind::Status { fault })
}
