//! A call as one JSON object: request, outcome, headers, trailers, timing phases, byte counts.
//! Format version 1; credentials are hidden.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::args::failure_line;
use super::report::shown;
use super::trouble;
use crate::model::{
    Call, CallBody, Direction, Headers, MessageRecord, Outcome, Phase, PhaseTime, Resent, Security,
};
use crate::session::ReadAnswer;
use crate::text::{cause, problem};
use crate::wire::certificate;

/// The whole report; a stream has its `messages` beside the last one.
pub(super) fn call(call: &Call, answer: &ReadAnswer, messages: Option<Value>) -> String {
    let mut report = json!({
        "version": 1,
        "request": request(call),
        "outcome": call.outcome.as_ref().map(outcome),
        "message": answer.text.as_ref().map(|text| text_or_json(text.text())),
        "problems": answer.problems.iter().chain(&answer.trouble.problems).map(|p| problem(p).one_line()).collect::<Vec<_>>(),
        "details": answer.trouble.json.as_ref().map(|text| text_or_json(text.text())),
        "ladder": answer.trouble.ladder.as_ref().map(trouble::ladder_json),
        "headers": headers(&call.headers),
        "trailers": headers(&call.trailers),
        "connection": connection(call),
        "resent": call.resent.map(resent),
        "timing_ms": timing(call),
        "bytes": {
            "sent": call.bytes.sent,
            "received": call.bytes.received,
            "payload_sent": call.bytes.payload_sent,
            "payload_received": call.bytes.payload_received,
            "carried_sent": call.bytes.carried_sent,
            "carried_received": call.bytes.carried_received,
        },
        "message_sizes": call.messages.iter().map(sizes).collect::<Value>(),
        "trace_id": call.trace.trace_id.to_string(),
    });
    if let (Some(messages), Some(report)) = (messages, report.as_object_mut()) {
        report.insert("messages".to_owned(), messages);
        report.insert("n_unkept_messages".to_owned(), call.n_unkept_messages.into());
    }
    format!("{report:#}")
}

/// Before and after compression, in bytes.
fn sizes(message: &MessageRecord) -> Value {
    let direction = match message.direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    };
    let (payload, compressed) = (message.bytes.len(), message.compressed_len);
    json!({ "direction": direction, "payload": payload, "compressed": compressed })
}

fn resent(why: Resent) -> Value {
    match why {
        Resent::Unsent => json!({ "why": "unsent" }),
        Resent::Refused => json!({ "why": "refused_stream" }),
        Resent::GoneAway { code } => json!({ "why": "goaway", "code": code }),
        Resent::Repeatable => json!({ "why": "repeatable" }),
    }
}

fn request(call: &Call) -> Value {
    let target = &call.request.target;
    let (protocol, method) = match &call.request.body {
        CallBody::Grpc { method, .. } => ("grpc", method.to_string()),
        CallBody::Http { method, .. } => ("http", method.clone()),
    };
    json!({
        "protocol": protocol,
        "target": target.authority(),
        "security": match target.security { Security::Plaintext => "plaintext", Security::Tls => "tls" },
        "method": method,
        "path": target.path,
        "headers": headers(&call.request.headers),
    })
}

pub(super) fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Grpc { code, number, message, .. } => json!({
            "kind": "grpc", "code": number, "name": code.name(), "message": message,
        }),
        Outcome::Http { status, reason } => json!({
            "kind": "http", "status": status, "reason": reason,
        }),
        Outcome::Failed(cause) => json!({
            "kind": "failed", "cause": cause.to_string(), "message": failure_line(cause),
        }),
        Outcome::Cancelled => json!({ "kind": "cancelled" }),
    }
}

/// A list, because order and duplicates count.
fn headers(headers: &Headers) -> Value {
    headers.iter().map(|header| json!({ "name": header.name, "value": shown(header) })).collect()
}

fn connection(call: &Call) -> Value {
    let Some(connection) = &call.connection else { return Value::Null };
    json!({
        "is_kept": connection.is_kept,
        "local": connection.local,
        "peer": connection.peer,
        "proxy": connection.proxy,
        "http_version": connection.http_version,
        "attempts": connection.attempts.iter().map(|attempt| json!({
            "address": attempt.address,
            "took_ms": millis(attempt.took),
            "failure": attempt.failure.as_ref().map(cause),
        })).collect::<Vec<_>>(),
        "tls": connection.tls.as_ref().map(|tls| json!({
            "version": tls.version, "suite": tls.suite, "alpn": tls.alpn, "is_verified": tls.is_verified(),
            "chain": tls.chain_der.iter().filter_map(|der| certificate(der)).map(|read| json!({
                "subject": read.subject.text,
                "issuer": read.issuer.text,
                "not_before": read.not_before.text,
                "not_after": read.not_after.text,
                "names": read.names_line(),
            })).collect::<Vec<_>>(),
        })),
    })
}

/// A phase that did not happen is absent; one of an earlier call is `null`.
fn timing(call: &Call) -> Value {
    let mut phases = Map::new();
    for (phase, time) in call.timing.iter() {
        let name = match phase {
            Phase::LookUp => "look_up",
            Phase::Connect => "connect",
            Phase::Proxy => "proxy",
            Phase::Tls => "tls",
            Phase::Send => "send",
            Phase::Wait => "wait",
            Phase::Receive => "receive",
        };
        match time {
            PhaseTime::Absent => {}
            PhaseTime::Kept => {
                phases.insert(name.to_owned(), Value::Null);
            }
            PhaseTime::Took(took) => {
                phases.insert(name.to_owned(), millis(took));
            }
        }
    }
    // What no phase accounts for, so that the figures add up.
    phases.insert("other".to_owned(), millis(call.timing.rest()));
    phases.insert("total".to_owned(), millis(call.timing.total));
    Value::Object(phases)
}

pub(super) fn millis(duration: Duration) -> Value {
    json!((duration.as_secs_f64() * 1e6).round() / 1e3)
}

/// JSON as it is, every digit of its numbers kept; anything else as a text.
pub(super) fn text_or_json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}
