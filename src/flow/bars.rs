//! A histogram as bars over a logarithmic axis.

use std::time::Duration;

use crate::model::Histogram;

/// No axis begins below this.
const SHORTEST: Duration = Duration::from_micros(1);

/// Bars and ticks, places as shares (0 to 1) of the axis, which begins and ends at a power of ten.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bars {
    /// In order.
    pub bars: Vec<Bar>,
    /// Powers of ten.
    pub ticks: Vec<Tick>,
    /// The highest count of a bar.
    pub max_count: u64,
    /// Power of ten (of seconds) at the left end of the axis.
    first: i32,
    /// And at the right end.
    last: i32,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Left edge on the axis.
    pub left: f32,
    /// Right edge on the axis.
    pub right: f32,
    /// Durations counted in it.
    pub count: u64,
    /// From this duration.
    pub from: Duration,
    /// To this one.
    pub to: Duration,
}

/// One tick: 0.1 ms, 1 ms, 10 ms...
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Place on the axis.
    pub at: f32,
    /// What it stands for.
    pub value: Duration,
}

impl Bars {
    /// The bars of a histogram; none for an empty one.
    pub fn of(histogram: &Histogram) -> Self {
        let buckets = histogram.buckets();
        let (Some((from, ..)), Some((_, to, _))) = (buckets.first(), buckets.last()) else {
            return Self::default();
        };
        let first = decades(*from).floor() as i32;
        let last = (decades(*to).ceil() as i32).max(first + 1);
        let mut bars = Self { first, last, ..Self::default() };
        bars.bars = buckets
            .into_iter()
            .map(|(from, to, count)| {
                let (left, right) = (bars.place(from), bars.place(to));
                Bar { left, right, count, from, to }
            })
            .collect();
        bars.max_count = bars.bars.iter().map(|bar| bar.count).max().unwrap_or(0);
        bars.ticks = Self::ticks(first, last);
        bars
    }

    /// The ticks of an axis that waits for its first bar: 0.1 ms to 1 s.
    pub fn empty_axis() -> Vec<Tick> {
        Self::ticks(-4, 0)
    }

    fn ticks(first: i32, last: i32) -> Vec<Tick> {
        let axis = Self { first, last, ..Self::default() };
        let values = (first..=last).map(|decade| Duration::from_secs_f64(10_f64.powi(decade)));
        values.map(|value| Tick { at: axis.place(value), value }).collect()
    }

    /// The place of a duration on the axis, e.g. for the line of a percentile.
    pub fn place(&self, value: Duration) -> f32 {
        let width = f64::from(self.last - self.first).max(1.0);
        ((decades(value) - f64::from(self.first)) / width).clamp(0.0, 1.0) as f32
    }
}

/// The decimal logarithm of the seconds.
fn decades(value: Duration) -> f64 {
    value.max(SHORTEST).as_secs_f64().log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_an_axis_from_decade_to_decade() {
        let check = |micros: &[u64], ticks: &[u64], max_count: u64| {
            let mut histogram = Histogram::default();
            for micros in micros {
                histogram.record(Duration::from_micros(*micros));
            }
            let bars = Bars::of(&histogram);
            let values: Vec<_> =
                bars.ticks.iter().map(|tick| tick.value.as_micros() as u64).collect();
            assert_eq!((values.as_slice(), bars.max_count), (ticks, max_count), "{micros:?}");
            let sum: u64 = bars.bars.iter().map(|bar| bar.count).sum();
            assert_eq!(sum, micros.len() as u64);
            for pair in bars.bars.windows(2) {
                assert!((pair[0].right - pair[1].left).abs() < 1e-6, "no hole");
            }
            for bar in &bars.bars {
                assert!(
                    (0.0..=1.0).contains(&bar.left) && bar.left <= bar.right && bar.right <= 1.0
                );
            }
            if let (Some(first), Some(last)) = (bars.ticks.first(), bars.ticks.last()) {
                assert_eq!((first.at, last.at), (0.0, 1.0));
            }
        };
        check(&[], &[], 0);
        check(&[500], &[100, 1_000], 1);
        check(&[150, 150, 5_000], &[100, 1_000, 10_000], 2);
        check(&[0, 1], &[1, 10], 2);
        check(&[50, 4_000_000], &[10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000], 1);
    }

    #[test]
    fn an_axis_waits_for_its_first_bar() {
        let ticks = Bars::empty_axis();
        let micros: Vec<_> = ticks.iter().map(|tick| tick.value.as_micros()).collect();
        assert_eq!(micros, [100, 1_000, 10_000, 100_000, 1_000_000]);
        assert_eq!((ticks[0].at, ticks[2].at, ticks[4].at), (0.0, 0.5, 1.0));
    }

    #[test]
    fn a_percentile_has_its_place() {
        let mut histogram = Histogram::default();
        for micros in [2_000, 50_000] {
            histogram.record(Duration::from_micros(micros));
        }
        let bars = Bars::of(&histogram);
        assert!((bars.place(Duration::from_millis(10)) - 0.5).abs() < 1e-6);
        assert!(bars.place(Duration::ZERO) < 1e-6);
        assert!(bars.place(Duration::from_secs(9)) > 1.0 - 1e-6);
    }
}
