//! From a call to what the Response pane shows; pretty-printing happens here, never in a frame.

use std::sync::Arc;

use super::{Account, Answer, AnswerBody, DisplayText, Refusal, Trouble, WireReading};
use crate::model::{Call, CallBody, Direction, DraftId, MethodPath, Problem, ProblemKind};
use crate::schema::{Notation, Schema};

/// Bodies above this are shown as they came, not parsed and indented again.
const MAX_PRETTY_BYTES: usize = 16 * 1024 * 1024;

/// An answer that says why nothing was sent.
pub(super) fn refused(draft: DraftId, refusal: Refusal) -> Answer {
    Answer { refusal: Some(refusal), ..empty(draft) }
}

/// A call under way: no body is prepared yet.
pub(super) fn running(draft: DraftId, call: Arc<Call>) -> Answer {
    Answer { call: Some(call), ..empty(draft) }
}

/// A call that ended. Slow for big bodies: runs on a blocking thread.
pub(super) fn finished(draft: DraftId, call: Arc<Call>, schema: Option<&Schema>) -> Answer {
    let body = body_of(&call, schema, Notation::Json);
    let wire = Arc::new(WireReading::of(&call, schema));
    let trouble = Arc::new(Trouble::of(&call, &wire.exchange, schema));
    Answer { body, wire, trouble, trail: call.trail.clone(), ..running(draft, call) }
}

fn empty(draft: DraftId) -> Answer {
    Answer {
        draft,
        refusal: None,
        call: None,
        body: AnswerBody::None,
        wire: Arc::default(),
        legs: Arc::default(),
        account: Account::default(),
        trace: None,
        trail: None,
        trouble: Arc::default(),
    }
}

/// The body of the last message that came, as the protocol means it.
pub(super) fn body_of(call: &Call, schema: Option<&Schema>, notation: Notation) -> AnswerBody {
    let Some(message) = call.messages.iter().rfind(|m| m.direction == Direction::Received) else {
        return AnswerBody::None;
    };
    let bytes = message.bytes.clone();
    match &call.request.body {
        CallBody::Grpc { method, .. } => message_body(bytes, method, schema, notation),
        CallBody::Http { .. } => {
            http_body(bytes, call.headers.get_str("content-type").unwrap_or_default())
        }
    }
}

/// One message that a method answered with.
pub(super) fn message_body(
    bytes: bytes::Bytes,
    method: &MethodPath,
    schema: Option<&Schema>,
    notation: Notation,
) -> AnswerBody {
    let output = schema.and_then(|schema| Some((schema, &schema.method(method)?.output)));
    match output {
        Some((schema, output)) => message_of_type(bytes, output, schema, notation),
        None => AnswerBody::Binary { bytes, problems: Vec::new() },
    }
}

/// A message of this full name.
pub(super) fn message_of_type(
    bytes: bytes::Bytes,
    name: &str,
    schema: &Schema,
    notation: Notation,
) -> AnswerBody {
    let decoded = schema.decode_as(name, &bytes, notation);
    let is_unreadable =
        decoded.problems.iter().any(|p| matches!(p.kind, ProblemKind::NotProtobuf { .. }));
    if is_unreadable {
        AnswerBody::Binary { bytes, problems: decoded.problems }
    } else {
        let mut problems = decoded.problems;
        if decoded.n_unknown_fields > 0 {
            let n_fields = decoded.n_unknown_fields;
            let message = name.to_owned();
            problems.push(Problem::warning(ProblemKind::UnreadFields { message, n_fields }));
        }
        AnswerBody::Message { json: DisplayText::new(decoded.text), problems }
    }
}

fn http_body(bytes: bytes::Bytes, content_type: &str) -> AnswerBody {
    if bytes.is_empty() {
        return AnswerBody::None;
    }
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return AnswerBody::Binary { bytes, problems: Vec::new() };
    };
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = media == "application/json" || media.ends_with("+json");
    if is_json && bytes.len() <= MAX_PRETTY_BYTES {
        // `arbitrary_precision` keeps every digit of every number.
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(text)
            && let Ok(pretty) = serde_json::to_string_pretty(&value)
        {
            return AnswerBody::Json(DisplayText::new(pretty));
        }
    }
    AnswerBody::Text(DisplayText::new(text))
}

/// The first problem of a list that is an error, else the first.
pub(super) fn worst(problems: &[Problem]) -> Option<Problem> {
    problems.iter().max_by_key(|problem| problem.severity).cloned()
}
