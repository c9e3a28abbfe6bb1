//! The way of one request: accept, route, authenticate, balance, connect, forward.
//!
//! Each step takes the visit, notes its decision and either goes on or refuses. A further step (a
//! limit, a retry) is one more function in [`Plane::proceed`].

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use http::request::Parts;
use http::{HeaderName, Request, Response};
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::{Direction, Endpoint, Endpoints, LegSide, Step, TraceContext, Verdict};
use crate::net::{Spawner, Tape};
use crate::telemetry::Recorder;

use super::auth::Denied;
use super::balance::RoundRobin;
use super::body::{AnswerBody, Exchange, Passing, RequestBody, status_in};
use super::config::Config;
use super::deadline::{Deadline, grpc_timeout, parse_grpc_timeout};
use super::head::{self, Speaks};
use super::passed::Passed;
use super::refusal::{CONNECT_TIMER, Refusal, timer_words};
use super::report::{Decisions, OpenSpan, Operation};
use super::route::{Match, RequestHead};
use super::rule::{Backend, Rule};
use super::upstream::{CONNECT_TIMEOUT, ConnectError, Lease, SendError, Upstreams};
use super::witness::Witness;

const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// What all requests share.
#[derive(Debug)]
pub(super) struct Plane {
    pub(super) config: Arc<ArcSwap<Config>>,
    pub(super) endpoints: watch::Receiver<Arc<Endpoints>>,
    pub(super) robin: Mutex<RoundRobin>,
    pub(super) upstreams: Upstreams,
    pub(super) tasks: Spawner,
    pub(super) recorder: Recorder,
}

/// One request on its way.
struct Visit {
    head: Parts,
    is_grpc: bool,
    peer: IpAddr,
    began: Instant,
    /// Of the gateway's own span.
    trace: TraceContext,
    decisions: Decisions,
    no_rule: Arc<str>,
    /// Of the bytes that went to the instance that was asked last, and came back.
    upstream: Option<Witness>,
}

/// What an instance answered, and what must live as long as the answer.
struct Answered {
    response: Response<Incoming>,
    try_span: OpenSpan,
    endpoint: Endpoint,
    deadline: Option<Deadline>,
    rule: Arc<str>,
    request_body: CancellationToken,
}

/// A try that is about to be made.
struct Try<'a> {
    rule: &'a Rule,
    endpoint: &'a Endpoint,
    speaks: Speaks,
    deadline: Option<Deadline>,
    /// Of its span.
    trace: TraceContext,
}

impl Plane {
    /// Answers one request.
    pub(super) async fn serve(
        &self,
        request: Request<Incoming>,
        peer: IpAddr,
        tape: &Tape,
    ) -> Response<AnswerBody> {
        let began = Instant::now();
        let config = self.config.load_full();
        let (head, body) = request.into_parts();
        let parent = head::trace_of(&head.headers);
        let trace = parent.map_or_else(TraceContext::root, TraceContext::child);
        let client =
            parent.map(|asked| Witness::of(self.reporting(), tape, asked, || LegSide::Client));
        let mut visit = Visit {
            is_grpc: head::is_grpc(&head.headers),
            peer,
            began,
            trace,
            decisions: Decisions::begin(&self.recorder, trace.trace_id, began),
            no_rule: Arc::default(),
            upstream: None,
            head,
        };
        let routed = visit.accept().and_then(|()| visit.route(&config));
        let pattern = routed.as_ref().ok().map(Match::pattern);
        let operation = Operation::of(&visit.head, visit.is_grpc, pattern);
        let server_span = operation.server_span(&self.recorder, trace, parent, began);
        let outcome = match routed {
            Ok(found) => self.proceed(&mut visit, &found.rule, &operation, body).await,
            Err(refusal) => Err(refusal),
        };
        match outcome {
            Ok(answered) => visit.pass_on(answered, server_span, client),
            Err(refusal) => {
                let Visit { mut decisions, is_grpc, trace, .. } = visit;
                decisions.note(refusal.step, refusal.verdict.clone(), &refusal.rule);
                server_span.end(&refusal.ending(is_grpc));
                refusal.answer(is_grpc, trace.trace_id).map(|bytes| AnswerBody::Own(Some(bytes)))
            }
        }
    }

    async fn proceed(
        &self,
        visit: &mut Visit,
        rule: &Rule,
        operation: &Operation,
        body: Incoming,
    ) -> Result<Answered, Refusal> {
        visit.authenticate(rule)?;
        let grpc_limit = visit.grpc_limit()?;
        let endpoint = self.balance(visit, rule)?;
        let now = Instant::now();
        let deadline = Deadline::earliest(&[
            ("grpc-timeout", visit.began, grpc_limit),
            ("timeouts.request", visit.began, rule.timeouts.request),
            ("timeouts.backendRequest", now, rule.timeouts.backend_request),
        ]);
        let speaks = if visit.is_grpc { Speaks::Http2 } else { Speaks::Http1 };
        let trace = visit.trace.child();
        let tried = Try { rule, endpoint: &endpoint, speaks, deadline, trace };
        let try_span =
            operation.try_span(&self.recorder, trace, visit.trace, rule.backend.name(), &endpoint);
        let over = CancellationToken::new();
        let passed = visit.is_grpc.then(|| Passed::new(Direction::Sent, try_span.running()));
        let body = RequestBody::new(body, &over, passed);
        let request = visit.upstream_request(&tried, trace, body);
        match self.forward(visit, &tried, request).await {
            Ok(response) => Ok(Answered {
                response,
                try_span,
                deadline,
                rule: Arc::clone(&rule.name),
                request_body: over,
                endpoint,
            }),
            Err(refusal) => {
                over.cancel();
                try_span.end(&refusal.ending(visit.is_grpc));
                Err(refusal)
            }
        }
    }

    fn reporting(&self) -> (&Spawner, &Recorder) {
        (&self.tasks, &self.recorder)
    }

    fn balance(&self, visit: &mut Visit, rule: &Rule) -> Result<Endpoint, Refusal> {
        let name = rule.backend.name();
        let refuse = |verdict, detail| Refusal::new(Step::Balance, verdict, &rule.name, detail);
        let endpoints = Arc::clone(&self.endpoints.borrow());
        let candidates = match &rule.backend {
            Backend::Fixed { endpoints, .. } => &**endpoints,
            Backend::Service(service) => endpoints.get(service).ok_or_else(|| {
                refuse(Verdict::UnknownBackend, format!("no service is called {name}"))
            })?,
        };
        let picked = self.robin.lock().pick(name, candidates).cloned().ok_or_else(|| {
            refuse(Verdict::NoEndpoint, format!("{name} has no healthy endpoint"))
        })?;
        let verdict =
            Verdict::Picked { instance: Arc::clone(&picked.instance), address: picked.address };
        visit.decisions.note(Step::Balance, verdict, &rule.name);
        Ok(picked)
    }

    /// Connects and sends, both within the deadline.
    async fn forward(
        &self,
        visit: &mut Visit,
        tried: &Try<'_>,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, Refusal> {
        let exchange = self.exchange(visit, tried, request);
        let Some(deadline) = tried.deadline else { return exchange.await };
        match tokio::time::timeout_at(deadline.at.into(), exchange).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(tried.timed_out(Step::Forward, deadline.timer, deadline.after)),
        }
    }

    async fn exchange(
        &self,
        visit: &mut Visit,
        tried: &Try<'_>,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, Refusal> {
        let address = tried.endpoint.address;
        let lease = self.connect(visit, tried).await?;
        let is_kept = lease.is_kept;
        let failed = match self.upstreams.send(lease, address, request).await {
            Ok(response) => return Ok(response),
            Err(failed) => failed,
        };
        // The peer closed a kept connection before it took the request: nothing was asked yet.
        let SendError { cause, unsent: Some(request) } = failed else {
            return Err(tried.reset(&failed.cause));
        };
        if !is_kept {
            return Err(tried.reset(&cause));
        }
        let lease = self.connect(visit, tried).await?;
        let sent = self.upstreams.send(lease, address, request).await;
        sent.map_err(|failed| tried.reset(&failed.cause))
    }

    async fn connect(&self, visit: &mut Visit, tried: &Try<'_>) -> Result<Lease, Refusal> {
        let address = tried.endpoint.address;
        match self.upstreams.connect(address, tried.speaks).await {
            Ok(lease) => {
                visit.decisions.note(Step::Connect, Verdict::Passed, &tried.rule.name);
                let side = || LegSide::Upstream {
                    instance: Arc::clone(&tried.endpoint.instance),
                    address,
                };
                visit.upstream =
                    Some(Witness::of(self.reporting(), &lease.tape, tried.trace, side));
                Ok(lease)
            }
            Err(ConnectError::TimedOut) => {
                Err(tried.timed_out(Step::Connect, CONNECT_TIMER, CONNECT_TIMEOUT))
            }
            Err(ConnectError::Failed(cause)) => {
                let detail = format!("cannot connect to {}: {cause}", tried.who());
                let verdict = Verdict::ConnectFailed { address, cause: cause.into() };
                Err(Refusal::new(Step::Connect, verdict, &tried.rule.name, detail))
            }
        }
    }
}

impl Try<'_> {
    fn who(&self) -> String {
        format!("{} at {}", self.endpoint.instance, self.endpoint.address)
    }

    fn timed_out(&self, step: Step, timer: &str, after: std::time::Duration) -> Refusal {
        let detail = timer_words(timer, after, &self.who());
        let verdict = Verdict::TimedOut { timer: timer.into(), after };
        Refusal::new(step, verdict, &self.rule.name, detail)
    }

    fn reset(&self, cause: &str) -> Refusal {
        let detail = format!("{} broke off before it answered: {cause}", self.who());
        let address = self.endpoint.address;
        let verdict = Verdict::UpstreamReset { address, cause: cause.into() };
        Refusal::new(Step::Forward, verdict, &self.rule.name, detail)
    }
}

impl Visit {
    fn accept(&mut self) -> Result<(), Refusal> {
        if let Some(cause) = head::fault_of(&self.head, self.is_grpc) {
            return Err(self.bad_request(cause));
        }
        self.decisions.note(Step::Accept, Verdict::Passed, &self.no_rule);
        Ok(())
    }

    fn bad_request(&self, cause: &str) -> Refusal {
        let verdict = Verdict::BadRequest { cause: cause.into() };
        Refusal::new(Step::Accept, verdict, &self.no_rule, cause)
    }

    fn route(&mut self, config: &Config) -> Result<Match, Refusal> {
        let authority = head::authority_of(&self.head);
        let host = authority.as_ref().map_or("", |authority| authority.host());
        let uri = &self.head.uri;
        let found = config.routes().find(&RequestHead {
            host,
            path: uri.path(),
            query: uri.query(),
            method: &self.head.method,
            headers: &self.head.headers,
            is_grpc: self.is_grpc,
        });
        let Some(found) = found else {
            let what = if self.is_grpc { "gRPC" } else { self.head.method.as_str() };
            let detail = format!("no route for {what} {} on host {host}", uri.path());
            return Err(Refusal::new(Step::Route, Verdict::NoRoute, &self.no_rule, detail));
        };
        self.decisions.note(Step::Route, Verdict::Passed, &found.rule.name);
        Ok(found)
    }

    fn authenticate(&mut self, rule: &Rule) -> Result<(), Refusal> {
        let Some(auth) = &rule.auth else {
            self.decisions.note(Step::Authenticate, Verdict::Skipped, &rule.name);
            return Ok(());
        };
        let client = auth.check(&self.head.headers).map_err(|denied| {
            let names: Vec<_> = auth.headers.iter().map(HeaderName::as_str).collect();
            let header = names.join(" or ");
            let detail = match denied {
                Denied::Missing => format!("an API key is needed in the header {header}"),
                Denied::Wrong => format!("the API key in the header {header} is not known"),
            };
            Refusal::new(Step::Authenticate, Verdict::Unauthenticated, &auth.policy, detail)
        })?;
        if auth.takes_key_out {
            for name in &auth.headers {
                self.head.headers.remove(name);
            }
        }
        if let Some(name) = &auth.client_header {
            // A caller must not say who it is.
            self.head.headers.remove(name);
            head::insert(&mut self.head.headers, name.clone(), &client);
        }
        self.decisions.note(Step::Authenticate, Verdict::Passed, &auth.policy);
        Ok(())
    }

    /// The time that a gRPC caller gives us.
    fn grpc_limit(&self) -> Result<Option<std::time::Duration>, Refusal> {
        let Some(value) = self.head.headers.get(&GRPC_TIMEOUT).filter(|_| self.is_grpc) else {
            return Ok(None);
        };
        let limit = value.to_str().ok().and_then(parse_grpc_timeout);
        limit.map(Some).ok_or_else(|| self.bad_request("grpc-timeout cannot be read"))
    }

    fn upstream_request(
        &self,
        tried: &Try<'_>,
        trace: TraceContext,
        body: RequestBody,
    ) -> Request<RequestBody> {
        let mut request = head::for_upstream(&self.head, tried.speaks, self.peer);
        head::set_trace(request.headers_mut(), trace);
        if let Some(deadline) = tried.deadline.filter(|_| self.is_grpc) {
            let left = grpc_timeout(deadline.left(Instant::now()));
            head::insert(request.headers_mut(), GRPC_TIMEOUT, &left);
        }
        request.map(|()| body)
    }

    /// The answer's head goes on; its body carries all that ends with it.
    fn pass_on(
        mut self,
        answered: Answered,
        server_span: OpenSpan,
        client: Option<Witness>,
    ) -> Response<AnswerBody> {
        let (mut head, body) = answered.response.into_parts();
        let status = head.status.as_u16();
        self.decisions.note(Step::Forward, Verdict::Answered { status }, &answered.rule);
        head::strip_hop_by_hop(&mut head.headers);
        head.version = http::Version::default();
        let exchange = Exchange {
            server_span,
            try_span: answered.try_span,
            decisions: self.decisions,
            rule: answered.rule,
            endpoint: answered.endpoint,
            is_grpc: self.is_grpc,
            status,
            grpc_status: status_in(&head.headers),
            request_body: answered.request_body.drop_guard(),
            _witnesses: [client, self.upstream],
        };
        let passing = Passing::new(body, exchange, answered.deadline);
        Response::from_parts(head, AnswerBody::Passing(Box::new(passing)))
    }
}
