//! A call that passed, as a call of our own would be told.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use super::line::Line;
use crate::engine::{made_status, status_of, status_of_reset};
use crate::model::{
    Call, CallBody, CallFailure, CallId, Cause, Code, Direction, Headers, MessageRecord,
    MethodPath, Outcome, Phase, PhaseTime, Recording, Request, StatusOrigin, Target, Timing,
    TraceContext, reset_words,
};
use crate::wire::{Exchange, Message, PREFIX_LEN, StepKind, WireCall};

/// A call that passed a tap.
#[derive(Debug, Clone)]
pub struct TappedCall {
    /// Who asked.
    pub client: SocketAddr,
    /// Its name in the diagram: `grpc-python`, `client 127.0.0.1`.
    pub name: Arc<str>,
    /// The code with which either side gave it up (RFC 9113 section 7).
    pub reset: Option<u32>,
    /// What passed. Its messages are read when somebody looks at them: see [`Self::read`].
    pub call: Arc<Call>,
}

/// The call without its messages.
pub(super) fn call_of(passed: WireCall, line: &Line, target: &Target, trace: TraceContext) -> Call {
    let is_grpc = passed.is_grpc();
    let outcome = outcome(&passed, line, is_grpc);
    let (started, ended) = (passed.started(), passed.ended());
    let mut connection = line.facts.clone();
    connection.is_kept = passed.idx > 0;
    connection.http_version = if passed.stream == 0 { "HTTP/1.1" } else { "HTTP/2" };
    let timing = timing(&passed, line);
    let method = MethodPath::parse(passed.path.trim_start_matches('/')).filter(|_| is_grpc);
    let body = match method {
        Some(method) => CallBody::Grpc { method, messages: Vec::new() },
        None => CallBody::Http { method: passed.method.clone(), body: Bytes::new() },
    };
    let is_internal = is_internal(&passed.path);
    let target = Target { path: passed.path, ..target.clone() };
    let mut request = Request::new(target, body);
    request.headers = passed.request;
    request.deadline = None;
    request.authority = Some(passed.authority).filter(|authority| !authority.is_empty());
    request.is_internal = is_internal;
    let mut call = Call::begin(CallId::next(), Arc::new(request), started, trace);
    call.connection = Some(connection);
    call.http_status = passed.status;
    call.headers = passed.answer;
    call.trailers = passed.trailers;
    call.timing = timing;
    call.timing.total = ended.since(started);
    (call.bytes.sent, call.bytes.received) = passed.n_bytes;
    call.outcome = Some(outcome);
    call.recording = Arc::new(Recording { connection: Some(line.facts.id), ..passed.recording });
    call
}

/// Health checks and reflection: of no interest to somebody who watches the calls.
fn is_internal(path: &str) -> bool {
    path.starts_with("/grpc.health.") || path.starts_with("/grpc.reflection.")
}

/// How it ended, as the peers say it.
fn outcome(passed: &WireCall, line: &Line, is_grpc: bool) -> Outcome {
    let address = line.facts.peer.clone();
    let status = || {
        status_of(&passed.trailers, StatusOrigin::Trailers)
            .or_else(|| status_of(&passed.answer, StatusOrigin::TrailersOnly))
    };
    if let Some(outcome) = status().filter(|_| is_grpc) {
        return outcome;
    }
    match (passed.reset, passed.status) {
        (Some((Direction::Sent, _)), _) => Outcome::Cancelled,
        (Some((Direction::Received, code)), _) if is_grpc => status_of_reset(code),
        (Some((Direction::Received, code)), None) => {
            let cause = Cause::Said(format!("RST_STREAM {}", reset_words(code)));
            Outcome::Failed(CallFailure::Broken { address, cause })
        }
        (_, Some(status)) if is_grpc && status != 200 => {
            made_status(Code::from_http(status), StatusOrigin::HttpStatus(status))
        }
        (None, Some(_)) if is_grpc => made_status(Code::Unknown, StatusOrigin::Missing),
        (_, Some(status)) => Outcome::Http { status, reason: reason(passed, status) },
        (None, None) => Outcome::Failed(CallFailure::Broken { address, cause: Cause::Unanswered }),
    }
}

fn reason(passed: &WireCall, status: u16) -> String {
    if passed.stream == 0 {
        return passed.reason.clone();
    }
    let known = http::StatusCode::from_u16(status).ok().and_then(|known| known.canonical_reason());
    known.unwrap_or_default().to_owned()
}

fn timing(passed: &WireCall, line: &Line) -> Timing {
    let mut timing = Timing::default();
    let report = &line.report;
    let dialled = [
        (Phase::LookUp, report.look_up),
        (Phase::Connect, report.connect),
        (Phase::Proxy, report.proxy),
        (Phase::Tls, report.tls),
    ];
    for (phase, took) in dialled {
        // The line was open before the client's first byte was forwarded: no call waited for it.
        let time = if took == PhaseTime::Absent { took } else { PhaseTime::Kept };
        timing.set(phase, time);
    }
    if let Some((first, last)) = passed.sent {
        timing.set(Phase::Send, PhaseTime::Took(last.since(first)));
    }
    if let (Some((_, sent)), Some((first, last))) = (passed.sent, passed.received) {
        timing.set(Phase::Wait, PhaseTime::Took(first.since(sent)));
        timing.set(Phase::Receive, PhaseTime::Took(last.since(first)));
    }
    timing
}

impl TappedCall {
    /// The call with its messages. Slow for a big one: runs on a blocking thread.
    pub fn read(&self) -> Call {
        let mut call = (*self.call).clone();
        let exchange = Exchange::of(&call.recording);
        let mut request = Request::clone(&call.request);
        for step in &exchange.steps {
            let bytes = &step.gathered.bytes;
            let (message, plain) = match &step.kind {
                StepKind::Message(message) => (message, bytes.get(PREFIX_LEN..)),
                StepKind::Body(message) => (message, bytes.get(..)),
                _ => continue,
            };
            if step.fault.is_some() {
                call.n_unkept_messages += 1;
                continue;
            }
            let Message { made, is_compressed, len, .. } = *message;
            let made = made.and_then(|idx| exchange.made.get(idx)).cloned();
            let bytes = made.unwrap_or_else(|| Bytes::copy_from_slice(plain.unwrap_or_default()));
            let (at, direction, compressed_len) =
                (step.ended, step.direction, is_compressed.then_some(len));
            let record = MessageRecord { at, direction, bytes: bytes.clone(), compressed_len };
            call.bytes.count(direction, bytes.len() as u64, record.carried_len());
            call.messages.push(record);
            if step.direction == Direction::Sent {
                match &mut request.body {
                    CallBody::Grpc { messages, .. } => messages.push(bytes),
                    CallBody::Http { body, .. } => *body = bytes,
                }
            }
        }
        call.request = Arc::new(request);
        call
    }
}

/// Names that mean somebody else in the diagram.
const TAKEN: [&str; 3] = [crate::model::CLIENT, crate::model::GATEWAY, crate::model::OTHERS];
/// A name that is longer is cut.
const MAX_NAME: usize = 40;

/// What to call a client that reports nothing of itself: the first product that it names (RFC 9110 section 10.1.5),
/// else where it calls from.
pub(super) fn name_of(request: &Headers, client: SocketAddr) -> Arc<str> {
    let agent = request.get_str("user-agent").unwrap_or_default();
    let product = agent.split(['/', ' ', '(']).next().unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name: String = product.chars().filter(|c| is_plain(*c)).take(MAX_NAME).collect();
    if name.is_empty() || TAKEN.contains(&name.as_str()) {
        return format!("client {}", client.ip()).into();
    }
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_named_by_its_product_or_its_address() {
        let check = |agent: Option<&'static str>, name: &str| {
            let mut headers = Headers::new();
            if let Some(agent) = agent {
                headers.push("User-Agent", agent);
            }
            assert_eq!(&*name_of(&headers, ([127, 0, 0, 1], 9).into()), name);
        };
        check(Some("grpc-python/1.66 grpc-c/43 (linux)"), "grpc-python");
        check(Some("curl/8.5.0"), "curl");
        check(Some("client"), "client 127.0.0.1");
        check(Some("(x)"), "client 127.0.0.1");
        check(None, "client 127.0.0.1");
    }
}
