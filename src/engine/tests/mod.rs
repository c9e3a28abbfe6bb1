//! The engine against servers on real sockets.

mod grpc;
mod http;
mod keepalive;
mod peers;
mod proxy;
mod tls;

use std::time::Duration;

use super::*;
use crate::model::*;
use crate::telemetry::{Recorder, Reports};

/// Keep the reports alive, or the recorder counts drops.
fn engine() -> (Engine, Reports) {
    let (recorder, reports) = Recorder::channel(Clock::start(), 10_000);
    (Engine::new(recorder), reports)
}

fn grpc(target: &str, method: &str, message: &[u8]) -> Request {
    let method = MethodPath::parse(&format!("t.T/{method}")).unwrap();
    let messages = vec![bytes::Bytes::copy_from_slice(message)];
    Request::new(target.parse().unwrap(), CallBody::Grpc { method, messages })
}

fn http(method: &str, url: &str, body: &'static str) -> Request {
    let body = CallBody::Http { method: method.into(), body: body.into() };
    Request::new(url.parse().unwrap(), body)
}

async fn run(engine: &Engine, request: Request) -> std::sync::Arc<Call> {
    engine.run(CallId::next(), request, TraceContext::root()).await
}

fn failure(call: &Call) -> &CallFailure {
    match &call.outcome {
        Some(Outcome::Failed(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

fn grpc_outcome(call: &Call) -> (Code, StatusOrigin) {
    match &call.outcome {
        Some(Outcome::Grpc { code, origin, .. }) => (*code, *origin),
        other => panic!("{other:?}"),
    }
}

/// Waits for what another task will surely do.
async fn eventually(mut is_so: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never came true");
}
