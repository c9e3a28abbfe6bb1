//! Happy eyeballs (RFC 8305): all addresses of a name are tried, families in
//! turn, each a quarter of a second after the one before or at once when that
//! one has failed.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::net::TcpStream;

use crate::model::{Cause, Clock, ConnectAttempt};

/// RFC 8305 section 5, "Connection Attempt Delay".
const STAGGER: Duration = Duration::from_millis(250);

/// IPv6 first, then the families in turn (RFC 8305 section 4), order within a family kept.
pub(super) fn interleave(addresses: &[SocketAddr]) -> VecDeque<SocketAddr> {
    let (mut first, mut second): (VecDeque<SocketAddr>, VecDeque<SocketAddr>) =
        addresses.iter().partition(|address| address.is_ipv6());
    let mut order = VecDeque::with_capacity(addresses.len());
    while !(first.is_empty() && second.is_empty()) {
        order.extend(first.pop_front());
        order.extend(second.pop_front());
    }
    order
}

/// Connects to the first address that answers. Each try goes to `attempts` when
/// it begins, so that the list is true even when this future is dropped.
pub(super) async fn connect(
    clock: Clock,
    mut addresses: VecDeque<SocketAddr>,
    attempts: &mut Vec<ConnectAttempt>,
) -> Result<TcpStream, (Option<SocketAddr>, io::Error)> {
    let mut running = FuturesUnordered::new();
    let mut last = (None, io::Error::from(io::ErrorKind::AddrNotAvailable));
    loop {
        if let Some(address) = addresses.pop_front() {
            let (idx, started) = (attempts.len(), Instant::now());
            attempts.push(ConnectAttempt {
                address: address.to_string(),
                started: clock.at(started),
                took: Duration::ZERO,
                failure: Some(Cause::Overtaken),
            });
            running.push(async move { (idx, address, started, TcpStream::connect(address).await) });
        }
        let wait = if addresses.is_empty() { Duration::MAX } else { STAGGER };
        let Ok(next) = tokio::time::timeout(wait, running.next()).await else { continue };
        let Some((idx, address, started, result)) = next else { return Err(last) };
        let attempt = attempts.get_mut(idx);
        match result {
            Ok(stream) => {
                if let Some(attempt) = attempt {
                    attempt.took = started.elapsed();
                    attempt.failure = None;
                }
                let now = clock.now();
                for overtaken in attempts.iter_mut().filter(|a| a.took == Duration::ZERO) {
                    overtaken.took = now.since(overtaken.started);
                }
                return Ok(stream);
            }
            Err(error) => {
                if let Some(attempt) = attempt {
                    attempt.took = started.elapsed();
                    attempt.failure = Some(error.to_string().into());
                }
                last = (Some(address), error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let parse = |list: &str| -> Vec<SocketAddr> {
            list.split_whitespace().map(|a| a.parse().unwrap()).collect()
        };
        let check = |given: &str, expected: &str| {
            assert_eq!(Vec::from(interleave(&parse(given))), parse(expected), "{given}");
        };
        check("", "");
        check("127.0.0.1:1 127.0.0.2:1", "127.0.0.1:1 127.0.0.2:1");
        check("127.0.0.1:1 [::1]:1", "[::1]:1 127.0.0.1:1");
        check(
            "1.0.0.1:1 1.0.0.2:1 1.0.0.3:1 [::1]:1 [::2]:1",
            "[::1]:1 1.0.0.1:1 [::2]:1 1.0.0.2:1 1.0.0.3:1",
        );
    }

    #[tokio::test]
    async fn a_refusal_passes_to_the_next_at_once() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refused = gone.local_addr().unwrap();
        drop(gone);
        let mut attempts = Vec::new();
        let order = VecDeque::from([refused, good]);
        connect(Clock::start(), order, &mut attempts).await.unwrap();
        assert_eq!(attempts.len(), 2);
        let why = attempts[0].failure.as_ref().unwrap();
        assert!(why.to_string().contains("refused"), "{attempts:?}");
        assert_eq!(attempts[1].failure, None);
    }
}
