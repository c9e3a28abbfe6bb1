//! Shoppers who walk through the shop by way of the gateway. Open loop: they come when they come, whether the
//! ones before them were answered or not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::client::Grpc;
use tonic::transport::Channel;

use crate::model::{CLIENT, Code, GATEWAY, Protocol, SpanStatus, TraceContext, TrafficFigures};
use crate::telemetry::Recorder;

use super::error::ClusterError;
use super::peers::http_client;
use super::raw::Raw;
use super::shopper::{Shopper, Wish};
use super::status::code_of;
use super::trace::{OpenSpan, TRACEPARENT, Who, format_timeout};

/// How many walk at the same time.
const N_SHOPPERS: u64 = 24;
/// A call that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(5);
/// Calls under way at once; whoever comes then goes away again, and is counted.
const MAX_OPEN: usize = 1_000;
/// A process that was stopped for longer than this does not make up for it.
const MAX_LAG: Duration = Duration::from_millis(500);

/// What traffic is made of: a rate that anybody may change and a gateway that may come and go.
#[derive(Debug, Clone)]
pub struct Traffic {
    /// Calls a second, 0 for none.
    pub per_second: watch::Receiver<u32>,
    /// Where the gateway listens.
    pub gateway: watch::Receiver<Option<SocketAddr>>,
    /// The header and the key of the guarded route.
    pub api_key: (&'static str, &'static str),
}

/// Sends shoppers until `shutdown`. What became of them stands in `figures`.
pub async fn run_traffic(
    mut traffic: Traffic,
    recorder: Recorder,
    figures: watch::Sender<TrafficFigures>,
    shutdown: CancellationToken,
) -> Result<(), ClusterError> {
    let who = Who { recorder, service: Arc::from(CLIENT), instance: None };
    let mut street = Street { who, http: http_client()?, api_key: traffic.api_key, door: None };
    let figures = Arc::new(figures);
    let mut shoppers: Vec<_> = (1..=N_SHOPPERS).map(Shopper::new).collect();
    let mut dice = fastrand::Rng::with_seed(0);
    let mut calls = JoinSet::new();
    let mut due = Instant::now();
    loop {
        let per_second = *traffic.per_second.borrow_and_update();
        let gateway = *traffic.gateway.borrow_and_update();
        figures.send_if_modified(|figures| {
            std::mem::replace(&mut figures.per_second, per_second) != per_second
        });
        let address = gateway.filter(|_| per_second > 0);
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            Ok(()) = traffic.per_second.changed() => due = Instant::now(),
            Ok(()) = traffic.gateway.changed() => due = Instant::now(),
            Some(_ended) = calls.join_next() => {}
            () = sleep_until(due), if address.is_some() => {
                let Some(address) = address else { continue };
                // Independent people come in a Poisson process.
                let pause = -(1.0 - dice.f64()).ln() / f64::from(per_second.max(1));
                due = (due + Duration::from_secs_f64(pause)).max(Instant::now() - MAX_LAG);
                if calls.len() >= MAX_OPEN {
                    figures.send_modify(|figures| figures.n_turned_away += 1);
                    continue;
                }
                let idx = dice.usize(..shoppers.len());
                let Some(wish) = shoppers.get_mut(idx).map(Shopper::next) else { continue };
                figures.send_modify(|figures| figures.n_sent += 1);
                let (walk, figures) = (street.at(address), Arc::clone(&figures));
                calls.spawn(async move {
                    let outcome = walk.go(wish).await;
                    figures.send_modify(|figures| match outcome {
                        Ok(()) => figures.n_answered += 1,
                        Err(status) => *figures.failed.entry(status).or_default() += 1,
                    });
                });
            }
        }
    }
}

/// The way to the gateway.
struct Street {
    who: Who,
    http: reqwest::Client,
    api_key: (&'static str, &'static str),
    door: Option<(SocketAddr, Channel)>,
}

impl Street {
    fn at(&mut self, address: SocketAddr) -> Walk {
        let known = self.door.as_ref().filter(|(known, _)| *known == address);
        let channel = known.map(|(_, channel)| channel.clone());
        let channel = channel.or_else(|| {
            let endpoint = Channel::from_shared(format!("http://{address}")).ok()?;
            Some(endpoint.connect_timeout(PATIENCE).connect_lazy())
        });
        if let Some(channel) = &channel {
            self.door = Some((address, channel.clone()));
        }
        Walk {
            who: self.who.clone(),
            http: self.http.clone(),
            api_key: self.api_key,
            address,
            channel,
        }
    }
}

/// One call.
struct Walk {
    who: Who,
    http: reqwest::Client,
    api_key: (&'static str, &'static str),
    address: SocketAddr,
    channel: Option<Channel>,
}

impl Walk {
    /// Makes the call; the status that it failed with otherwise.
    async fn go(self, wish: Wish) -> Result<(), Arc<str>> {
        let (protocol, operation) = match &wish {
            Wish::Http { method, route, .. } => (Protocol::Http, format!("{method} {route}")),
            Wish::Grpc { method, .. } => (Protocol::Grpc, (*method).to_owned()),
        };
        let context = TraceContext::root();
        let mut span = OpenSpan::client(&self.who, context, None, &operation, protocol, GATEWAY);
        let ended = timeout(PATIENCE, self.ask(wish, context, &mut span)).await;
        ended.unwrap_or_else(|_elapsed| {
            let status: Arc<str> = Arc::from(Code::DeadlineExceeded.name());
            span.end(SpanStatus::Error(Arc::clone(&status)));
            Err(status)
        })
    }

    async fn ask(
        &self,
        wish: Wish,
        context: TraceContext,
        span: &mut OpenSpan,
    ) -> Result<(), Arc<str>> {
        match wish {
            Wish::Http { method, path, body, is_guarded, .. } => {
                let url = format!("http://{}{path}", self.address);
                let mut request =
                    self.http.request(method, url).header(TRACEPARENT, context.to_string());
                if is_guarded {
                    let (header, key) = self.api_key;
                    request = request.header(header, key);
                }
                if let Some(body) = &body {
                    request = request.json(body);
                }
                let answer = async {
                    let answer = request.send().await?;
                    let status = answer.status();
                    answer.bytes().await.map(|_read| status)
                };
                match answer.await {
                    Ok(status) => {
                        span.end_http(status.as_u16());
                        if status.is_success() { Ok(()) } else { Err(Arc::from(status.as_str())) }
                    }
                    Err(_broken) => Err(unavailable(span)),
                }
            }
            Wish::Grpc { method, message } => {
                let status = self.call(method, message, context).await;
                let code = status.err().map_or(Code::Ok, |status| code_of(&status));
                span.end_grpc(code);
                if code == Code::Ok { Ok(()) } else { Err(Arc::from(code.name())) }
            }
        }
    }

    async fn call(
        &self,
        method: &str,
        message: Vec<u8>,
        context: TraceContext,
    ) -> Result<(), Status> {
        let channel = self.channel.clone().ok_or_else(|| Status::unavailable("no gateway"))?;
        let mut request = tonic::Request::new(Bytes::from(message));
        let headers = request.metadata_mut();
        let ascii =
            |text: String| text.parse().map_err(|_no_ascii| Status::internal("no header value"));
        headers.insert(TRACEPARENT, ascii(context.to_string())?);
        headers.insert("grpc-timeout", ascii(format_timeout(PATIENCE))?);
        let path = PathAndQuery::try_from(format!("/{method}"))
            .map_err(|error| Status::internal(error.to_string()))?;
        let mut grpc = Grpc::new(channel);
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        grpc.unary(request, path, Raw).await.map(|_answer: tonic::Response<Bytes>| ())
    }
}

fn unavailable(span: &mut OpenSpan) -> Arc<str> {
    let status: Arc<str> = Arc::from(Code::Unavailable.name());
    span.end(SpanStatus::Error(Arc::clone(&status)));
    status
}
