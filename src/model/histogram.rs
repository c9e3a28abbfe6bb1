//! A mergeable log-scaled histogram of durations: 1 microsecond to over an hour,
//! each bucket 2^(1/8) (9 %) wide, so that 50 microseconds and 5 seconds both read true.

use std::time::Duration;

/// Eight buckets to a doubling.
const PER_OCTAVE: f64 = 8.0;
/// 32 octaves from one microsecond: up to 71 minutes, all above counts in the last.
const BUCKETS: usize = 32 * 8;

/// Counts of durations by size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    n_values: u64,
    max: Duration,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: Vec::new(), n_values: 0, max: Duration::ZERO }
    }
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&mut self, value: Duration) {
        let index = bucket_of(value);
        if self.counts.len() <= index {
            self.counts.resize(index + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
        self.n_values += 1;
        self.max = self.max.max(value);
    }

    /// Adds all counts of another.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.n_values += other.n_values;
        self.max = self.max.max(other.max);
    }

    /// How many durations were counted.
    pub fn len(&self) -> u64 {
        self.n_values
    }

    /// Whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.n_values == 0
    }

    /// The largest, exactly.
    pub fn max(&self) -> Duration {
        self.max
    }

    /// The duration that the share `q` (0 to 1) of all values does not exceed, within 9 %.
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        if self.n_values == 0 {
            return None;
        }
        let rank = ((q.clamp(0.0, 1.0) * self.n_values as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Some(upper_edge(index).min(self.max));
            }
        }
        Some(self.max)
    }

    /// The non-empty range as `(lower edge, upper edge, count)`, empty buckets between included.
    pub fn buckets(&self) -> Vec<(Duration, Duration, u64)> {
        let first = self.counts.iter().position(|count| *count > 0).unwrap_or(self.counts.len());
        let lower = |index: usize| if index == 0 { Duration::ZERO } else { upper_edge(index - 1) };
        self.counts
            .iter()
            .enumerate()
            .skip(first)
            .map(|(index, count)| (lower(index), upper_edge(index), *count))
            .collect()
    }
}

fn bucket_of(value: Duration) -> usize {
    let micros = value.as_secs_f64() * 1e6;
    if micros <= 1.0 {
        return 0;
    }
    ((micros.log2() * PER_OCTAVE).ceil() as usize).min(BUCKETS - 1)
}

fn upper_edge(index: usize) -> Duration {
    Duration::from_secs_f64((index as f64 / PER_OCTAVE).exp2() / 1e6)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_quantile_is_within_nine_percent(mut micros in proptest::collection::vec(1_u64..10_000_000, 1..200), q in 0.01_f64..1.0) {
            let mut histogram = Histogram::default();
            for m in &micros {
                histogram.record(Duration::from_micros(*m));
            }
            micros.sort_unstable();
            let rank = ((q * micros.len() as f64).ceil() as usize).clamp(1, micros.len());
            let exact = micros[rank - 1] as f64;
            let read = histogram.quantile(q).unwrap().as_secs_f64() * 1e6;
            prop_assert!(read >= exact * 0.999 && read <= exact * 1.091 + 1.0, "{read} for {exact}");
        }

        #[test]
        fn merging_is_recording_both(a in proptest::collection::vec(1_u64..1_000_000, 0..50), b in proptest::collection::vec(1_u64..1_000_000, 0..50)) {
            let fill = |values: &[u64]| {
                let mut histogram = Histogram::default();
                for m in values {
                    histogram.record(Duration::from_micros(*m));
                }
                histogram
            };
            let mut merged = fill(&a);
            merged.merge(&fill(&b));
            let both: Vec<u64> = a.iter().chain(&b).copied().collect();
            prop_assert_eq!(merged.quantile(0.5), fill(&both).quantile(0.5));
            prop_assert_eq!(merged.len(), both.len() as u64);
        }
    }
}
