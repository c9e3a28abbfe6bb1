//! The whole cluster over real sockets.

mod hands;
mod life;
mod mocks;
mod shop;
mod strays;
mod streams;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use super::proto::greeter::greeter_client::GreeterClient;
use super::proto::greeter::{HelloReply, HelloRequest};
use super::{ClusterHandle, ClusterOptions, PortPlan, start};
use crate::model::{Clock, Span, SpanId, TraceId};
use crate::telemetry::{Recorder, Report};

/// Spans by id, the last report of each.
type Spans = Arc<Mutex<BTreeMap<SpanId, Arc<Span>>>>;

/// A cluster on any free ports and everything that it reported.
struct Demo {
    handle: ClusterHandle,
    spans: Spans,
    shutdown: CancellationToken,
    run: JoinHandle<()>,
}

impl Demo {
    async fn start() -> Self {
        Self::start_with(&ClusterOptions { ports: PortPlan::any(), ..Default::default() }).await
    }

    async fn start_with(options: &ClusterOptions) -> Self {
        let (recorder, mut reports) = Recorder::channel(Clock::start(), 10_000);
        let shutdown = CancellationToken::new();
        let (handle, run) = start(options, &recorder, shutdown.clone()).unwrap();
        let spans = Spans::default();
        let kept = Arc::clone(&spans);
        tokio::spawn(async move {
            while let Some(report) = reports.receiver.recv().await {
                if let Report::Span(span) = report {
                    kept.lock().insert(span.span_id, span);
                }
            }
        });
        let run = tokio::spawn(run);
        handle.ready().await.unwrap();
        Self { handle, spans, shutdown, run }
    }

    fn address(&self, instance: &str) -> SocketAddr {
        let topology = Arc::clone(&self.handle.topology().borrow());
        let mut instances = topology.services.iter().flat_map(|service| &service.instances);
        instances.find(|known| &*known.name == instance).unwrap().address
    }

    fn channel(&self, instance: &str) -> Channel {
        channel_to(self.address(instance))
    }

    fn url(&self, instance: &str, path: &str) -> String {
        format!("http://{}{path}", self.address(instance))
    }

    /// The spans of this trace as soon as all of them have ended.
    async fn ended_trace(&self, trace_id: TraceId) -> Vec<Arc<Span>> {
        let spans = || -> Vec<_> {
            let spans = self.spans.lock();
            spans.values().filter(|span| span.trace_id == trace_id).cloned().collect()
        };
        eventually("every span ends", || {
            let spans = spans();
            !spans.is_empty() && spans.iter().all(|span| span.ended.is_some())
        })
        .await;
        spans()
    }

    async fn end(self) {
        self.shutdown.cancel();
        self.run.await.unwrap();
    }
}

fn channel_to(address: SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{address}")).unwrap().connect_lazy()
}

async fn greet(channel: Channel) -> Result<tonic::Response<HelloReply>, tonic::Status> {
    GreeterClient::new(channel).say_hello(HelloRequest { name: "Ada".to_owned() }).await
}

fn http() -> reqwest::Client {
    super::peers::http_client().unwrap()
}

fn served_by(metadata: &tonic::metadata::MetadataMap) -> &str {
    metadata.get(super::front::SERVED_BY).unwrap().to_str().unwrap()
}

/// Polls until it is so, for thirty seconds at most.
async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}
