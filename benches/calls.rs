//! Calls from a process of their own, for `./bench`, on the engine that the window uses.
//!
//! `cargo bench --bench calls -- warm GREETER N` measures N unary calls on one warm connection.
//! `cargo bench --bench calls -- load GATEWAY PER_SECOND SECONDS` sends a bounded open-loop load that
//! uses every edge of the demo: it does not wait for answers before it sends the next call.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hoplens::cluster::storefront_routes;
use hoplens::model::{CallBody, MethodPath, Outcome, Request};
use hoplens::session::Headless;
use tokio::task::JoinSet;

/// Nobody needs more, and a typing error must not flood the machine.
const MAX_CALLS: usize = 100_000;
/// Calls before the connection counts as warm.
const N_WARM_UP: usize = 200;
/// `HelloRequest { name: "Ada" }`.
const ADA: &[u8] = b"\n\x03Ada";

fn main() -> anyhow::Result<()> {
    // cargo passes `--bench` as well.
    let args: Vec<_> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match args.as_slice() {
        ["warm", greeter, n_calls] => runtime.block_on(warm(greeter, n_calls.parse()?)),
        ["load", gateway, per_second, seconds] => {
            runtime.block_on(load(gateway, per_second.parse()?, seconds.parse()?))
        }
        // As `cargo bench` alone starts it: without a target there is nothing to measure.
        _ => {
            say("usage: calls warm GREETER N | calls load GATEWAY PER_SECOND SECONDS");
            Ok(())
        }
    }
}

async fn warm(greeter: &str, n_calls: usize) -> anyhow::Result<()> {
    ensure!((1..=MAX_CALLS).contains(&n_calls), "1 to {MAX_CALLS} calls");
    let headless = Headless::new();
    let request = hello(greeter)?;
    let mut took = Vec::with_capacity(n_calls);
    for call_idx in 0..N_WARM_UP + n_calls {
        let began = Instant::now();
        let call = headless.call(request.clone()).await;
        ensure!(is_fine(call.outcome.as_ref()), "a call ended with {:?}", call.outcome);
        if call_idx >= N_WARM_UP {
            took.push(began.elapsed());
        }
    }
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).map_or(0, Duration::as_micros);
    say(&format!("median_us={} p90_us={} p99_us={} n={n_calls}", at(50), at(90), at(99)));
    Ok(())
}

async fn load(gateway: &str, per_second: u32, seconds: u32) -> anyhow::Result<()> {
    let n_calls = (per_second * seconds) as usize;
    ensure!((1..=MAX_CALLS).contains(&n_calls), "1 to {MAX_CALLS} calls");
    let headless = Headless::new();
    let mix = mix(gateway)?;
    let mut tick = tokio::time::interval(Duration::from_secs(1) / per_second);
    let mut calls = JoinSet::new();
    let began = Instant::now();
    for request in mix.iter().cycle().take(n_calls) {
        tick.tick().await;
        let (headless, request) = (headless.clone(), request.clone());
        calls.spawn(async move { is_fine(headless.call(request).await.outcome.as_ref()) });
    }
    let sent_in = began.elapsed();
    let n_fine = calls.join_all().await.into_iter().filter(|is_fine| *is_fine).count();
    say(&format!("sent={n_calls} fine={n_fine} sending_ms={}", sent_in.as_millis()));
    Ok(())
}

/// The Greeter, and every route of the storefront: together they use every edge of the demo.
fn mix(gateway: &str) -> anyhow::Result<Vec<Request>> {
    let mut requests = vec![hello(gateway)?, hello(gateway)?];
    for route in storefront_routes() {
        let target = format!("http://{gateway}{}", route.sample_path).parse()?;
        let body = Bytes::from_static(route.sample_body.unwrap_or_default().as_bytes());
        let body = CallBody::Http { method: route.method.to_owned(), body };
        let mut request = Request::new(target, body);
        if route.sample_body.is_some() {
            request.headers.push("content-type", "application/json");
        }
        requests.push(request);
    }
    Ok(requests)
}

fn hello(target: &str) -> anyhow::Result<Request> {
    let address: SocketAddr = target.parse().context("an address like 127.0.0.1:50051")?;
    ensure!(address.ip().is_loopback(), "only loopback: a load is nothing to send to others");
    let method = MethodPath::parse("Greeter/SayHello").context("a method")?;
    let body = CallBody::Grpc { method, messages: vec![Bytes::from_static(ADA)] };
    Ok(Request::new(address.to_string().parse()?, body))
}

fn is_fine(outcome: Option<&Outcome>) -> bool {
    outcome.is_some_and(Outcome::is_ok)
}

#[expect(clippy::print_stdout, reason = "a bench reports here")]
fn say(line: &str) {
    println!("{line}");
}
