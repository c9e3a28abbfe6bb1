//! A tap at work: small gRPC calls through it and past it, in turn.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::JoinSet;

/// `HelloRequest { name: "Ada" }`, prefixed.
const ADA: &[u8] = b"\0\0\0\0\x05\n\x03Ada";
/// How long one run lasts.
const RUN: Duration = Duration::from_secs(2);
const N_RUNS: usize = 9;
const N_CONNECTIONS: usize = 4;

/// Prints the share of the direct rate that is left through `hoplens tap`, many calls at once and one by one.
pub(super) async fn tap(binary: &str, greeter: &str) -> anyhow::Result<()> {
    let mut process = Command::new(binary)
        .args(["tap", &format!("0={greeter}"), "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("the tap")?;
    let measured = measure(&mut process, greeter).await;
    // Whatever came of it, it does not outlive the measure.
    process.kill().ok();
    process.wait()?;
    measured
}

async fn measure(process: &mut Child, greeter: &str) -> anyhow::Result<()> {
    let mut lines = BufReader::new(process.stdout.take().context("its words")?).lines();
    let first = lines.next().context("its first word")??;
    let first: serde_json::Value = serde_json::from_str(&first)?;
    let tapped = first["address"].as_str().context("where it listens")?.to_owned();
    // Whoever prints must be read.
    let told = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&told);
    let count = move || {
        lines.map_while(Result::ok).for_each(|_line| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
    };
    std::thread::Builder::new().name("reader".to_owned()).spawn(count)?;
    let mut said = Vec::new();
    let mut n_through = 0;
    for n_at_once in [16, 1] {
        let (mut ratios, mut direct_rates, mut tapped_rates) = (Vec::new(), Vec::new(), Vec::new());
        for _run in 0..N_RUNS {
            let direct = rate(greeter, n_at_once).await?;
            let through = rate(&tapped, n_at_once).await?;
            n_through += through.1;
            ratios.push(through.0 / direct.0);
            direct_rates.push(direct.0);
            tapped_rates.push(through.0);
        }
        let name = if n_at_once == 1 { "single" } else { "many" };
        said.push(format!(
            "{name}_ratio={:.2} {name}_direct={:.0} {name}_tapped={:.0}",
            super::median(&mut ratios),
            super::median(&mut direct_rates),
            super::median(&mut tapped_rates),
        ));
    }
    // The last look.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let n_told = told.load(Ordering::Relaxed);
    // A tap that forwards and tells nothing would be fast.
    ensure!(n_told >= n_through, "{n_told} of {n_through} calls were told");
    super::say(format_args!("{} told={n_told}", said.join(" ")))
}

/// Calls a second, and how many they were.
async fn rate(address: &str, n_at_once: usize) -> anyhow::Result<(f64, u64)> {
    let n_connections = if n_at_once == 1 { 1 } else { N_CONNECTIONS };
    let mut senders = Vec::new();
    for _connection in 0..n_connections {
        senders.push(connect(address).await?);
    }
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..n_at_once {
        let sender = senders.get(caller % n_connections).context("a connection")?.clone();
        callers.spawn(calls(sender, begun));
    }
    let mut n_calls = 0;
    while let Some(done) = callers.join_next().await {
        n_calls += done??;
    }
    Ok((n_calls as f64 / begun.elapsed().as_secs_f64(), n_calls))
}

async fn connect(address: &str) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let io = TokioIo::new(stream);
    let (sender, driver) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await?;
    tokio::spawn(driver);
    Ok(sender)
}

async fn calls(mut sender: SendRequest<Full<Bytes>>, begun: Instant) -> anyhow::Result<u64> {
    let mut n_calls = 0;
    while begun.elapsed() < RUN {
        sender.ready().await?;
        let request = http::Request::post("http://greeter/Greeter/SayHello")
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("user-agent", "bench/1")
            .body(Full::new(Bytes::from_static(ADA)))?;
        let answer = sender.send_request(request).await?;
        let body = answer.into_body().collect().await?;
        let trailers = body.trailers().context("trailers")?;
        ensure!(trailers.get("grpc-status").is_some_and(|code| code == "0"), "{trailers:?}");
        n_calls += 1;
    }
    Ok(n_calls)
}
