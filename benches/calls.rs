//! Calls from a process of their own, for `./bench`, on the engine that the window uses.
//!
//! `cargo bench --bench calls -- warm GREETER N` measures N unary calls on one warm connection.
//! `cargo bench --bench calls -- load GATEWAY PER_SECOND SECONDS` sends a bounded open-loop load that
//! uses every edge of the demo: it does not wait for answers before it sends the next call.
//! `cargo bench --bench calls -- added` tells how long a new instance waits for its first call.
//! `cargo bench --bench calls -- accounts SECONDS` lets an instance die every two seconds under 200 calls a
//! second, and tells what became of every call, of memory and of tasks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hoplens::cluster::storefront_routes;
use hoplens::model::{CallBody, InstanceState, MethodPath, NodeKind, Outcome, Request, Topology};
use hoplens::session::{Command, Headless, Session, SessionOptions, State};
use tokio::task::{JoinHandle, JoinSet};

/// Nobody needs more, and a typing error must not flood the machine.
const MAX_CALLS: usize = 100_000;
/// Calls before the connection counts as warm.
const N_WARM_UP: usize = 200;
/// How often something is asked that should become so.
const POLL: Duration = Duration::from_micros(500);
/// What takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often an instance dies.
const KILL_EVERY: Duration = Duration::from_secs(2);
/// Before memory is looked at: the books of traces are bounded, and at 200 calls a second full by then.
const FILL: Duration = Duration::from_mins(2);
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
        ["added"] => runtime.block_on(added()),
        ["accounts", seconds] => runtime.block_on(accounts(seconds.parse()?)),
        // As `cargo bench` alone starts it: without a target there is nothing to measure.
        _ => {
            say(
                "usage: calls warm GREETER N | load GATEWAY PER_SECOND SECONDS | added | accounts SECONDS",
            );
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

/// A session of its own with the demo, ready, on ports that are free.
async fn demo() -> anyhow::Result<(Session, JoinHandle<()>, SocketAddr)> {
    let options = SessionOptions {
        is_demo_wanted: Some(true),
        has_ephemeral_ports: true,
        ..SessionOptions::default()
    };
    let (session, run) = Session::start(options);
    let run = tokio::spawn(run);
    until("the cluster", || (n_ready(&session.snapshot().topology) == N_DEMO).then_some(()))
        .await?;
    let gateway = until("the gateway", || session.state().gateway.address).await?;
    Ok((session, run, gateway))
}

/// Instances of the demo, without the gateway.
const N_DEMO: usize = 15;

fn n_ready(topology: &Topology) -> usize {
    demo_instances(topology).filter(|(_, state)| *state == InstanceState::Ready).count()
}

fn demo_instances(topology: &Topology) -> impl Iterator<Item = (&Arc<str>, InstanceState)> {
    let demo = topology.services.iter().filter(|service| service.kind == NodeKind::Demo);
    demo.flat_map(|service| &service.instances).map(|instance| (&instance.name, instance.state))
}

fn tell(session: &Session, command: Command) -> anyhow::Result<()> {
    session.try_send(command).map_err(|error| anyhow::anyhow!("{error:?}"))
}

async fn until<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> anyhow::Result<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = probe() {
            return Ok(found);
        }
        ensure!(began.elapsed() < PATIENCE, "never came: {what}");
        tokio::time::sleep(POLL).await;
    }
}

/// From the wish until the gateway gave the new instance its first call, which was answered.
async fn added() -> anyhow::Result<()> {
    let (session, run, gateway) = demo().await?;
    let headless = Headless::new();
    let request = hello(&gateway.to_string())?;
    let mut took = Vec::new();
    for number in 3..=7 {
        let name = format!("greeter-{number}");
        let began = Instant::now();
        tell(&session, Command::AddInstance("greeter".into()))?;
        loop {
            let call = headless.call(request.clone()).await;
            ensure!(is_fine(call.outcome.as_ref()), "a call ended with {:?}", call.outcome);
            if call.headers.get_str("x-served-by") == Some(&*name) {
                break;
            }
            ensure!(began.elapsed() < PATIENCE, "{name} never got a call");
        }
        took.push(began.elapsed());
    }
    took.sort_unstable();
    let at = |idx: usize| took.get(idx).map_or(0.0, |took| took.as_secs_f64() * 1_000.0);
    say(&format!("added_ms={:.1} worst_ms={:.1}", at(took.len() / 2), at(took.len() - 1)));
    tell(&session, Command::Shutdown)?;
    run.await?;
    Ok(())
}

/// Shoppers come 200 a second while instances die one after the other and start again.
async fn accounts(seconds: u64) -> anyhow::Result<()> {
    ensure!((1..=3_600).contains(&seconds), "1 to 3600 seconds");
    let (session, run, _gateway) = demo().await?;
    let topology = Arc::clone(&session.snapshot().topology);
    let victims: Vec<_> = demo_instances(&topology).map(|(name, _)| Arc::clone(name)).collect();
    tell(&session, Command::SetTraffic(200))?;
    tokio::time::sleep(FILL).await;
    let before = Left::now();
    let began = Instant::now();
    let mut n_killed = 0;
    let mut tick = tokio::time::interval(KILL_EVERY);
    for victim in victims.iter().cycle() {
        tick.tick().await;
        if began.elapsed().as_secs() >= seconds {
            break;
        }
        tell(&session, Command::KillInstance(Arc::clone(victim)))?;
        in_state(&session, victim, InstanceState::Stopped).await?;
        tell(&session, Command::StartInstance(Arc::clone(victim)))?;
        in_state(&session, victim, InstanceState::Ready).await?;
        n_killed += 1;
    }
    let after = Left::now();
    tell(&session, Command::SetTraffic(0))?;
    let is_over = |state: &State| {
        let figures = &state.traffic.figures;
        (figures.per_second == 0 && figures.n_open() == 0).then(|| figures.clone())
    };
    // A call that is still open then is what this run is there to find: it is counted, not waited for.
    let ended = until("the last answer", || is_over(&session.state())).await;
    let figures = ended.unwrap_or_else(|_open| session.state().traffic.figures.clone());
    let by_status = figures.failed.iter().map(|(status, n)| format!("{status}:{n}"));
    say(&format!(
        "sent={} answered={} failed={} open={} turned_away={} statuses={} killed={n_killed}",
        figures.n_sent,
        figures.n_answered,
        figures.n_failed(),
        figures.n_open(),
        figures.n_turned_away,
        by_status.collect::<Vec<_>>().join(","),
    ));
    tell(&session, Command::Shutdown)?;
    run.await?;
    // Tasks that were told to end may need a moment to do so.
    until("the last task", || (Left::now().n_tasks == 0).then_some(())).await.ok();
    let n_tasks = Left::now().n_tasks;
    say(&format!(
        "memory_before_mb={:.1} memory_after_mb={:.1} tasks_before={} tasks_after={} tasks_left={n_tasks}",
        before.memory_mb, after.memory_mb, before.n_tasks, after.n_tasks,
    ));
    Ok(())
}

async fn in_state(session: &Session, name: &Arc<str>, wanted: InstanceState) -> anyhow::Result<()> {
    let is_so = || {
        let topology = Arc::clone(&session.snapshot().topology);
        demo_instances(&topology).any(|found| found == (name, wanted)).then_some(())
    };
    until(&format!("{name} {wanted:?}"), is_so).await
}

/// What a process holds.
struct Left {
    memory_mb: f64,
    n_tasks: usize,
}

impl Left {
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = resident.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        Self {
            memory_mb: kilobytes.unwrap_or(f64::NAN) * 1_024.0 / 1e6,
            n_tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks(),
        }
    }
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
