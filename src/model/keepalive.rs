//! Signs of life on a connection: PING and its answer (RFC 9113 section 6.7).

use std::ops::RangeInclusive;
use std::time::Duration;

/// How often a peer is asked for one while a call runs, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keepalive {
    /// From the last thing that came to the PING.
    pub interval: Duration,
    /// From the PING to its answer.
    pub timeout: Duration,
}

impl Keepalive {
    /// The intervals that may be asked for, in seconds: servers of gRPC end a connection that is pinged more often
    /// (`GOAWAY` with `ENHANCE_YOUR_CALM`).
    pub const SECONDS: RangeInclusive<u64> = 10..=86_400;
    /// How long an answer may take.
    pub const TIMEOUT: Duration = Duration::from_secs(20);

    /// With this interval; `None` where it is too short or too long.
    pub fn every(interval: Duration) -> Option<Self> {
        let least = Duration::from_secs(*Self::SECONDS.start());
        let most = Duration::from_secs(*Self::SECONDS.end());
        (least..=most).contains(&interval).then_some(Self { interval, timeout: Self::TIMEOUT })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_more_often_than_servers_bear() {
        let check = |millis: u64, is_taken: bool| {
            let keepalive = Keepalive::every(Duration::from_millis(millis));
            assert_eq!(keepalive.is_some(), is_taken, "{millis} ms");
        };
        check(0, false);
        check(9_999, false);
        check(10_000, true);
        check(86_400_000, true);
        check(86_400_001, false);
        check(u64::MAX, false);
    }
}
