//! Time limits of a call: reading them, and which of several comes first.

use std::time::{Duration, Instant};

/// The limit that ends a call first, and the name of its timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deadline {
    /// When.
    pub(super) at: Instant,
    /// `timeouts.request`, `timeouts.backendRequest`, `grpc-timeout`.
    pub(super) timer: &'static str,
    /// How long it was when it was set.
    pub(super) after: Duration,
}

impl Deadline {
    /// The earliest of several limits; `None` when there is none.
    pub(super) fn earliest(limits: &[(&'static str, Instant, Option<Duration>)]) -> Option<Self> {
        let set = limits.iter().filter_map(|(timer, from, after)| {
            let after = (*after)?;
            Some(Self { at: from.checked_add(after)?, timer, after })
        });
        set.min_by_key(|deadline| deadline.at)
    }

    /// What is left of it.
    pub(super) fn left(&self, now: Instant) -> Duration {
        self.at.saturating_duration_since(now)
    }
}

/// Reads a Gateway API duration (GEP-2257): up to four parts of at most five digits, `h`, `m`, `s`, `ms`.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    let mut n_parts = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at_checked(digits)?;
        let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, tail) = tail.split_at_checked(letters)?;
        let number: u64 = number.parse().ok().filter(|_| digits <= 5)?;
        total += match unit {
            "h" => Duration::from_secs(number * 3600),
            "m" => Duration::from_secs(number * 60),
            "s" => Duration::from_secs(number),
            "ms" => Duration::from_millis(number),
            _ => return None,
        };
        rest = tail;
        n_parts += 1;
    }
    (1..=4).contains(&n_parts).then_some(total)
}

/// Reads a `grpc-timeout` (gRPC over HTTP/2: at most eight digits and a unit).
pub(super) fn parse_grpc_timeout(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let is_number = (1..=8).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| is_number)?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// Writes a `grpc-timeout`: the finest unit that eight digits can carry, rounded down, so that the
/// upstream never sees more time than is left.
pub(super) fn grpc_timeout(left: Duration) -> String {
    const MOST: u128 = 99_999_999;
    let units = [
        (left.as_nanos(), 'n'),
        (left.as_micros(), 'u'),
        (left.as_millis(), 'm'),
        (u128::from(left.as_secs()), 'S'),
        (u128::from(left.as_secs() / 60), 'M'),
    ];
    let fits = units.into_iter().find(|(number, _)| *number <= MOST);
    let (number, unit) = fits.unwrap_or((u128::from(left.as_secs() / 3600).min(MOST), 'H'));
    format!("{number}{unit}")
}

/// A duration as people write it: `1.5 s`, `250 ms`.
pub(super) fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 1.0 { format!("{seconds} s") } else { format!("{} ms", seconds * 1e3) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gateway_api_durations() {
        let check = |text, expect: Option<u64>| {
            assert_eq!(parse_duration(text), expect.map(Duration::from_millis), "{text}");
        };
        check("0s", Some(0));
        check("250ms", Some(250));
        check("1h30m", Some(5_400_000));
        check("1m1s1ms", Some(61_001));
        check("", None);
        check("1", None);
        check("1.5s", None);
        check("-1s", None);
        check("100000s", None);
        check("1d", None);
        check("1s1s1s1s1s", None);
        check("é", None);
    }

    #[test]
    fn grpc_timeouts() {
        let check = |text, expect: Option<u64>| {
            assert_eq!(parse_grpc_timeout(text), expect.map(Duration::from_nanos), "{text}");
        };
        check("1S", Some(1_000_000_000));
        check("99999999n", Some(99_999_999));
        check("0m", Some(0));
        check("100000000n", None);
        check("1s", None);
        check("S", None);
        check("+1S", None);
        check("", None);
        check("1é", None);
    }

    #[test]
    fn the_earliest_timer_is_named() {
        let now = Instant::now();
        let ms = |n| Some(Duration::from_millis(n));
        let timer = |limits: &[_]| Deadline::earliest(limits).map(|deadline| deadline.timer);
        assert_eq!(timer(&[("a", now, None)]), None);
        assert_eq!(timer(&[("a", now, ms(9)), ("b", now, ms(3)), ("c", now, None)]), Some("b"));
        let later = now + Duration::from_millis(5);
        assert_eq!(timer(&[("a", now, ms(7)), ("b", later, ms(3))]), Some("a"));
    }

    proptest! {
        #[test]
        fn what_goes_upstream_is_never_more_than_what_is_left(nanos in 0..u64::MAX) {
            let left = Duration::from_nanos(nanos);
            let sent = parse_grpc_timeout(&grpc_timeout(left)).unwrap();
            prop_assert!(sent <= left);
        }

        #[test]
        fn no_text_makes_them_panic(text in ".{0,12}") {
            let _ = (parse_duration(&text), parse_grpc_timeout(&text));
        }
    }
}
