//! A tap without a window: until Ctrl-C, each call told as it ends.

use std::net::SocketAddr;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::line::LineNews;
use super::reporter::Reporter;
use super::{TapOptions, TappedCall, gate};
use crate::model::{CallFailure, Clock};
use crate::net::Dialer;

/// News that may wait; the lines wait then.
const NEWS: usize = 64;

/// What a tap has to say.
#[derive(Debug)]
pub enum TapEvent {
    /// It listens here.
    Listening(SocketAddr),
    /// The target did not take its connection, which was closed.
    Unreached(SocketAddr, CallFailure),
    /// Calls have ended, or their connection has.
    Passed(Vec<TappedCall>),
}

/// Runs until Ctrl-C.
///
/// # Errors
/// Why it cannot listen.
pub async fn run_tap(options: TapOptions, mut each: impl FnMut(TapEvent)) -> std::io::Result<()> {
    let (listener, address) = gate::listen(options.port).await?;
    each(TapEvent::Listening(address));
    let mut reporter = Reporter::new(options.target.clone(), None);
    let (sender, mut news) = mpsc::channel(NEWS);
    let shutdown = CancellationToken::new();
    let dialer = Dialer::new(Clock::start());
    let run = gate::run(listener, options, dialer, sender, shutdown.clone());
    let read = async {
        let interrupted = tokio::signal::ctrl_c();
        tokio::pin!(interrupted);
        loop {
            let news = tokio::select! {
                _ = &mut interrupted => break,
                news = news.recv() => news,
            };
            match news {
                Some(LineNews::Unreached(from, failure)) => {
                    each(TapEvent::Unreached(from, failure));
                }
                Some(LineNews::Passed(line, batch)) => {
                    let calls = reporter.take(&line, batch);
                    if !calls.is_empty() {
                        each(TapEvent::Passed(calls));
                    }
                }
                None => break,
            }
        }
        shutdown.cancel();
        // Nobody waits for room any more.
        drop(news);
    };
    tokio::join!(run, read);
    Ok(())
}
