//! Hoplens: reads its arguments, builds the runtime, and opens the window or runs a command.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser as _;
use hoplens::cli::{self, Args};
use tracing_subscriber::EnvFilter;

fn main() -> anyhow::Result<ExitCode> {
    let process_started = Instant::now();
    let mut args = Args::parse();
    log(args.log.as_deref());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match args.verb.take() {
        Some(verb) => {
            let exit = runtime.block_on(cli::run(verb));
            // A blocking read of standard input must not hold the process.
            runtime.shutdown_background();
            Ok(exit.into())
        }
        None => window(&args, &runtime, process_started),
    }
}

fn log(level: Option<&str>) {
    let filter = EnvFilter::builder().parse_lossy(level.unwrap_or("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

#[expect(clippy::unnecessary_wraps, reason = "x")]
fn window(_: &Args, _: &tokio::runtime::Runtime, _: Instant) -> anyhow::Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
