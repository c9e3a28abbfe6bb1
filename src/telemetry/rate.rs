//! Events per second over the last ten seconds, from one counter per second.

use crate::model::Timestamp;

/// Seconds that the rate looks back.
const WINDOW: u64 = 10;
/// One more than the window: the oldest second counts by the part that is still inside.
const SLOTS: usize = 11;
const NANOS: u64 = 1_000_000_000;

/// A ring of counters.
#[derive(Debug, Clone, Default)]
pub(super) struct RateRing {
    /// The second that a slot belongs to, and its count.
    slots: [(u64, u32); SLOTS],
}

impl RateRing {
    /// Counts one event.
    pub(super) fn count(&mut self, now: Timestamp) {
        let second = now.0 / NANOS;
        if let Some(slot) = self.slots.get_mut((second % SLOTS as u64) as usize) {
            if slot.0 == second {
                slot.1 = slot.1.saturating_add(1);
            } else if slot.0 < second {
                *slot = (second, 1);
            }
        }
    }

    /// Events per second over the ten seconds before `now`.
    pub(super) fn rate(&self, now: Timestamp) -> f64 {
        let second = now.0 / NANOS;
        let passed = (now.0 % NANOS) as f64 / NANOS as f64;
        let sum: f64 = self
            .slots
            .iter()
            .map(|(at, count)| match second.checked_sub(*at) {
                Some(0..WINDOW) => f64::from(*count),
                Some(WINDOW) => f64::from(*count) * (1.0 - passed),
                _ => 0.0,
            })
            .sum();
        sum / WINDOW as f64
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::at;
    use super::*;

    #[test]
    fn the_rate_follows_the_last_ten_seconds() {
        let mut ring = RateRing::default();
        let mut check = |event_millis: &[u64], now_millis: u64, expect: f64| {
            for millis in event_millis {
                ring.count(at(*millis));
            }
            let rate = ring.rate(at(now_millis));
            assert!((rate - expect).abs() < 1e-9, "{rate} at {now_millis}");
        };
        check(&[], 0, 0.0);
        check(&[0, 10, 999], 999, 0.3);
        check(&[1_000], 9_999, 0.4);
        check(&[], 10_000, 0.4);
        check(&[], 10_500, 0.25);
        check(&[], 11_000, 0.1);
        check(&[], 12_000, 0.0);
        check(&[30_000, 29_000], 30_000, 0.2);
    }
}
