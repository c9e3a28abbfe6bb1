//! One exchange, whatever its kind: a connection, a request, an answer.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::collect::{Collector, GRPC_WEB};
use super::live::Live;
use super::onwire::OnWire;
use super::outgoing::Outgoing;
use super::status;
use crate::model::{
    CallBody, CallFailure, Cause, Clock, Code, Direction, GrpcWeb, Headers, MessageRecord, Outcome,
    Resent, Security, StatusOrigin, Timestamp,
};
use crate::net::{Connection, Dialer, Pool, PoolKey, SendError, Tasks};
use crate::wire::format_grpc_timeout;

/// What every exchange uses.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) clock: Clock,
    pub(super) dialer: Dialer,
    pub(super) pool: Pool,
    pub(super) tasks: Tasks,
}

impl Lines {
    /// Runs an exchange to its end. Dropping the future gives it up; `live` keeps what is known.
    pub(super) async fn exchange(&self, live: &mut Live, outgoing: &Outgoing) -> Outcome {
        match self.ask(live, outgoing).await {
            Ok(response) => match self.receive(live, response).await {
                Ok(outcome) => outcome,
                Err(failure) => Outcome::Failed(failure),
            },
            Err(outcome) => outcome,
        }
    }

    /// Sends the request. When it surely had no effect it goes out once more on a new connection: a kept one may be
    /// gone without our knowing, and a peer that drains says what it did not look at.
    async fn ask(
        &self,
        live: &mut Live,
        outgoing: &Outgoing,
    ) -> Result<http::Response<Incoming>, Outcome> {
        let key = PoolKey::of(&live.call.request, outgoing.speak);
        let kept = self.pool.take(&key, &self.dialer).await;
        let connection = match kept {
            Some(connection) => connection,
            None => self.open(live, outgoing).await.map_err(Outcome::Failed)?,
        };
        live.connect(connection);
        let error = match send(live, outgoing, None).await.map_err(Outcome::Failed)? {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let resent = if outgoing.is_fed() { None } else { worth_another_try(live, &error) };
        if resent.is_none() {
            return Err(self.unanswered(live, &error.error).await);
        }
        live.connection = None;
        live.call.resent = resent;
        let connection = self.open(live, outgoing).await.map_err(Outcome::Failed)?;
        live.connect(connection);
        // The peer is to stop when we do, not later by what the first attempt took.
        let passed = self.clock.now().since(live.call.started);
        let left = live.call.request.deadline.map(|deadline| deadline.saturating_sub(passed));
        match send(live, outgoing, left).await.map_err(Outcome::Failed)? {
            Ok(response) => Ok(response),
            Err(error) => Err(self.unanswered(live, &error.error).await),
        }
    }

    async fn open(&self, live: &mut Live, outgoing: &Outgoing) -> Result<Connection, CallFailure> {
        let request = std::sync::Arc::clone(&live.call.request);
        let (target, tls) = (&request.target, &request.tls);
        let (speak, keepalive, report) = (outgoing.speak, request.keepalive, &mut live.report);
        Connection::open(&self.dialer, &self.tasks, target, tls, speak, keepalive, report).await
    }

    /// What an exchange without an answer ends with.
    async fn unanswered(&self, live: &mut Live, error: &hyper::Error) -> Outcome {
        let on_wire = live.on_wire();
        if let Some(code) = on_wire.reset.filter(|_| is_grpc(live)) {
            return status::from_reset(code);
        }
        if let Some((code, words)) = on_wire.goaway {
            return Outcome::Failed(gone_away(live, code, words));
        }
        if let Some(failure) = unresponsive(live, &on_wire, error, self.clock.now()) {
            return Outcome::Failed(failure);
        }
        let Some(connection) = &live.connection else {
            return Outcome::Failed(broken(live, error));
        };
        let failure = connection.failure(error);
        let target = &live.call.request.target;
        let is_silent = connection.tape.first_received(1).is_empty();
        let is_plain = target.security == Security::Plaintext;
        // Some TLS servers close without a word when plaintext comes: a handshake tells.
        if matches!(failure, CallFailure::Broken { .. })
            && is_silent
            && is_plain
            && self.dialer.speaks_tls(target).await
        {
            return Outcome::Failed(CallFailure::TlsPeer { address: target.authority() });
        }
        Outcome::Failed(failure)
    }

    async fn receive(
        &self,
        live: &mut Live,
        response: http::Response<Incoming>,
    ) -> Result<Outcome, CallFailure> {
        let (head, mut body) = response.into_parts();
        live.call.http_status = Some(head.status.as_u16());
        live.call.headers = Headers::from_http(&head.headers);
        live.tell();
        if let Some(outcome) = judge_head(live)? {
            return Ok(outcome);
        }
        let peer = live.call.connection.as_ref().map(|c| c.peer.clone()).unwrap_or_default();
        let mut collector = Collector::new(&live.call.request, &head.headers, &peer);
        while let Some(frame) = body.frame().await {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => return broke_off(live, &error, self.clock.now()),
            };
            match frame.into_data() {
                Ok(data) => {
                    collector.push(&data)?;
                    while let Some(record) = collector.next_message(self.clock.now())? {
                        live.received(&record);
                        live.tell_sometimes();
                        live.pass_on(record).await;
                    }
                }
                Err(frame) => {
                    // A browser sees none of them.
                    if let Ok(trailers) = frame.into_trailers()
                        && live.call.request.grpc_web.is_none()
                    {
                        live.call.trailers = Headers::from_http(&trailers);
                    }
                }
            }
        }
        if let Some(trailers) = collector.trailers()? {
            live.call.trailers = trailers;
        }
        let mut outcome = outcome(live, &head);
        // hyper takes a reset without an error for the end of the body.
        if is_missing(&outcome)
            && let Some(code) = live.on_wire().reset
        {
            outcome = status::from_reset(code);
        }
        match collector.end() {
            Ok(Some(bytes)) => {
                let (at, direction) = (self.clock.now(), Direction::Received);
                live.keep(MessageRecord { at, direction, bytes, compressed_len: None });
            }
            // A peer that fails half-way through a message says so in its status.
            Err(failure) if outcome.is_ok() || is_missing(&outcome) => return Err(failure),
            Ok(None) | Err(_) => {}
        }
        Ok(outcome)
    }
}

fn broke_off(live: &Live, error: &hyper::Error, now: Timestamp) -> Result<Outcome, CallFailure> {
    let on_wire = live.on_wire();
    match (on_wire.reset, &on_wire.goaway) {
        (Some(code), _) if is_grpc(live) => Ok(status::from_reset(code)),
        (_, Some((code, words))) => Err(gone_away(live, *code, words.clone())),
        _ => Err(unresponsive(live, &on_wire, error, now).unwrap_or_else(|| broken(live, error))),
    }
}

/// That we gave the connection up, because a PING stayed without an answer.
fn unresponsive(
    live: &Live,
    on_wire: &OnWire,
    error: &hyper::Error,
    now: Timestamp,
) -> Option<CallFailure> {
    let timeout = live.call.request.keepalive?.timeout;
    // hyper says so of a call that waits for its head alone. Its watch begins a little before the bytes go out.
    let has_waited = |sent: Timestamp| now.since(sent) >= timeout.mul_f32(0.9);
    if !error.is_timeout() && !on_wire.unanswered_ping.is_some_and(has_waited) {
        return None;
    }
    let address = live.call.connection.as_ref().map(|facts| facts.peer.clone());
    let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    Some(CallFailure::Unresponsive { address: address.unwrap_or_default(), millis })
}

fn gone_away(live: &Live, code: u32, words: String) -> CallFailure {
    let peer = live.call.connection.as_ref().map(|facts| facts.peer.clone());
    CallFailure::GoAway { address: peer.unwrap_or_default(), code, words }
}

async fn send(
    live: &mut Live,
    outgoing: &Outgoing,
    left: Option<Duration>,
) -> Result<Result<http::Response<Incoming>, SendError>, CallFailure> {
    let Some(connection) = &mut live.connection else {
        return Err(CallFailure::Broken { address: String::new(), cause: Cause::NotOpen });
    };
    let mut request = outgoing.request(connection.is_http2())?;
    if let Some(left) = left
        && let Some(timeout) = request.headers_mut().get_mut("grpc-timeout")
        && let Ok(value) = format_grpc_timeout(left).parse()
    {
        *timeout = value;
    }
    Ok(connection.send(request).await)
}

/// Only when the peer cannot have acted: it says so itself, or, on a kept connection, nothing was sent or the method
/// may be repeated (RFC 9110 section 9.2.2).
fn worth_another_try(live: &Live, error: &SendError) -> Option<Resent> {
    let on_wire = live.on_wire();
    if let Some(refused) = on_wire.refused() {
        return Some(refused);
    }
    if !live.call.connection.as_ref().is_some_and(|facts| facts.is_kept) {
        return None;
    }
    let may_repeat = match &live.call.request.body {
        CallBody::Grpc { .. } => false,
        CallBody::Http { method, .. } => {
            ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].contains(&method.as_str())
        }
    };
    if !error.is_sent {
        return Some(Resent::Unsent);
    }
    (may_repeat && !on_wire.is_answered()).then_some(Resent::Repeatable)
}

/// The outcome of an answer whose head says all: no gRPC spoken here.
fn judge_head(live: &Live) -> Result<Option<Outcome>, CallFailure> {
    let call = &live.call;
    if !is_grpc(live) || call.headers.contains("grpc-status") {
        return Ok(None);
    }
    let content_type = call.headers.get_str("content-type").unwrap_or_default();
    let web = GrpcWeb::of_content_type(content_type);
    let (is_grpc_body, expected) = match call.request.grpc_web {
        Some(_) => (web.is_some(), GRPC_WEB),
        None => (content_type.starts_with("application/grpc") && web.is_none(), "gRPC"),
    };
    match call.http_status {
        Some(200) if is_grpc_body => Ok(None),
        Some(200) => Err(CallFailure::Protocol {
            address: call.connection.as_ref().map(|c| c.peer.clone()).unwrap_or_default(),
            expected,
            cause: format!("content-type {content_type:?}").into(),
        }),
        status => {
            let status = status.unwrap_or_default();
            let origin = StatusOrigin::HttpStatus(status);
            Ok(Some(status::made(Code::from_http(status), origin)))
        }
    }
}

fn outcome(live: &Live, head: &http::response::Parts) -> Outcome {
    if is_grpc(live) {
        return status::from_headers(&live.call.trailers, StatusOrigin::Trailers)
            .or_else(|| status::from_headers(&live.call.headers, StatusOrigin::TrailersOnly))
            .unwrap_or_else(|| status::made(Code::Unknown, StatusOrigin::Missing));
    }
    let own = head.extensions.get::<hyper::ext::ReasonPhrase>();
    let reason = match own {
        Some(phrase) => String::from_utf8_lossy(phrase.as_bytes()).into_owned(),
        None => head.status.canonical_reason().unwrap_or_default().to_owned(),
    };
    Outcome::Http { status: head.status.as_u16(), reason }
}

fn is_missing(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Grpc { origin: StatusOrigin::Missing, .. })
}

fn is_grpc(live: &Live) -> bool {
    matches!(live.call.request.body, CallBody::Grpc { .. })
}

fn broken(live: &Live, error: &hyper::Error) -> CallFailure {
    match &live.connection {
        Some(connection) => connection.failure(error),
        None => CallFailure::Broken {
            address: live.call.request.target.authority(),
            cause: error.to_string().into(),
        },
    }
}
