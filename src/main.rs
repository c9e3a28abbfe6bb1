//! Hoplens: reads its arguments, builds the runtime, and opens the window or runs a command.

use std::process::ExitCode;
use std::time::Instant;

use hoplens::cli::{self, Args, NoWindow, read_arguments};
#[cfg(feature = "window")]
use hoplens::{
    session::{Command, Session, SessionOptions},
    ui,
    workspace::Dirs,
};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

fn main() -> anyhow::Result<ExitCode> {
    let process_started = Instant::now();
    let mut args = match read_arguments() {
        Ok(args) => args,
        Err(exit) => return Ok(exit.into()),
    };
    log(args.log.as_deref());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match args.verb.take() {
        Some(verb) => {
            let exit = runtime.block_on(cli::run(verb));
            // A blocking read of standard input must not hold the process.
            runtime.shutdown_background();
            Ok(exit.into())
        }
        None => match NoWindow::here() {
            Some(reason) => Ok(reason.complain().into()),
            None => window(&args, &runtime, process_started),
        },
    }
}

/// Lines to stderr, of what `level` names: `info`, or `warn,hoplens=debug`.
fn log(level: Option<&str>) {
    let only_errors = Targets::new().with_default(LevelFilter::ERROR);
    let wanted = level.and_then(|level| level.parse().ok()).unwrap_or(only_errors);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(wanted).with(lines).init();
}

/// Opens the window over a running session; when either ends, the other does.
#[cfg(feature = "window")]
fn window(
    args: &Args,
    runtime: &tokio::runtime::Runtime,
    process_started: Instant,
) -> anyhow::Result<ExitCode> {
    let dirs = Dirs::of_this_user()
        .inspect_err(|error| tracing::warn!(%error, "nothing will be remembered"))
        .ok();
    let options = SessionOptions {
        dirs,
        is_demo_wanted: args.no_demo.then_some(false),
        traffic_per_second: args.traffic,
        open: args.paths.clone(),
        has_window: true,
        process_started,
        ..SessionOptions::default()
    };
    let entered = runtime.enter();
    let (session, run) = Session::start(options);
    drop(entered);
    let closer = ui::Closer::default();
    let (stop, close) = (session.clone(), closer.clone());
    let run = runtime.spawn(async move {
        run.await;
        close.close();
    });
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.try_send(Command::Shutdown).ok();
        }
    });
    let renderer = args.renderer.map(|renderer| match renderer {
        cli::Renderer::Wgpu => ui::Renderer::Wgpu,
        cli::Renderer::Glow => ui::Renderer::Glow,
    });
    let window = ui::WindowOptions { renderer, closer, started: process_started };
    let result = ui::run(&session, &window);
    session.try_send(Command::Shutdown).ok();
    runtime.block_on(run)?;
    result?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(feature = "window"))]
fn window(
    _args: &Args,
    _runtime: &tokio::runtime::Runtime,
    _process_started: Instant,
) -> anyhow::Result<ExitCode> {
    Ok(NoWindow::NotBuilt.complain().into())
}
