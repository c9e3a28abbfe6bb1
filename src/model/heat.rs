//! Durations over the last minutes: a column for every three seconds, a row for every quarter of a power of ten.

use std::collections::VecDeque;
use std::time::Duration;

use super::Timestamp;

/// Rows to a power of ten.
const PER_DECADE: f64 = 4.0;
const NANOS: u64 = 1_000_000_000;

/// How often which duration came, by the time of the call's end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heat {
    /// Oldest first, none that is empty.
    columns: VecDeque<HeatColumn>,
}

/// The calls that ended within three seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatColumn {
    /// Which stretch of three seconds since the Unix epoch.
    pub slot: u64,
    /// Of all calls so many failed.
    pub n_errors: u32,
    /// Calls by duration, the shortest first.
    pub counts: [u32; Heat::N_ROWS],
}

impl HeatColumn {
    /// Calls that ended in it.
    pub fn n_calls(&self) -> u32 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl Heat {
    /// Rows: from 10 microseconds to 10 seconds; what is shorter or longer counts in the outer ones.
    pub const N_ROWS: usize = 24;
    /// The lower edge of the first row.
    pub const FROM: Duration = Duration::from_micros(10);
    /// The upper edge of the last row.
    pub const TO: Duration = Duration::from_secs(10);
    /// The width of a column.
    pub const COLUMN: Duration = Duration::from_secs(3);
    /// Columns that are kept.
    pub const N_COLUMNS: u64 = 60;

    /// The stretch that a moment falls into.
    pub fn slot_of(at: Timestamp) -> u64 {
        at.0 / (Self::COLUMN.as_secs() * NANOS)
    }

    /// Where a duration stands between the first row's lower edge (0) and the last one's upper edge (1).
    pub fn height_of(took: Duration) -> f32 {
        let decades = |duration: Duration| duration.as_secs_f64().max(1e-9).log10();
        let (from, to) = (decades(Self::FROM), decades(Self::TO));
        (((decades(took) - from) / (to - from)) as f32).clamp(0.0, 1.0)
    }

    /// Counts a call that ended now. One that comes late counts where it belongs, as long as that is kept.
    pub fn record(&mut self, at: Timestamp, took: Duration, is_error: bool) {
        let slot = Self::slot_of(at);
        if self.columns.back().is_none_or(|newest| newest.slot < slot) {
            self.columns.push_back(HeatColumn { slot, n_errors: 0, counts: [0; Self::N_ROWS] });
            let oldest = slot.saturating_sub(Self::N_COLUMNS);
            while self.columns.front().is_some_and(|column| column.slot <= oldest) {
                self.columns.pop_front();
            }
        }
        let Some(column) = self.columns.iter_mut().rev().find(|column| column.slot == slot) else {
            return;
        };
        column.n_errors += u32::from(is_error);
        if let Some(count) = column.counts.get_mut(row_of(took)) {
            *count = count.saturating_add(1);
        }
    }

    /// Adds all counts of another.
    pub fn merge(&mut self, other: &Self) {
        for more in &other.columns {
            let place = self.columns.partition_point(|column| column.slot < more.slot);
            match self.columns.get_mut(place).filter(|column| column.slot == more.slot) {
                Some(column) => {
                    column.n_errors += more.n_errors;
                    for (count, more) in column.counts.iter_mut().zip(&more.counts) {
                        *count = count.saturating_add(*more);
                    }
                }
                None => self.columns.insert(place, more.clone()),
            }
        }
    }

    /// The columns that `now` looks back to, oldest first.
    pub fn columns(&self, now: Timestamp) -> impl Iterator<Item = &HeatColumn> {
        let oldest = Self::slot_of(now).saturating_sub(Self::N_COLUMNS);
        self.columns.iter().filter(move |column| column.slot > oldest)
    }
}

fn row_of(took: Duration) -> usize {
    let quarters = (took.as_secs_f64() / Heat::FROM.as_secs_f64()).max(1e-9).log10() * PER_DECADE;
    (quarters.floor().max(0.0) as usize).min(Heat::N_ROWS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp(seconds * NANOS)
    }

    #[test]
    fn calls_are_counted_where_they_belong_and_old_ones_go() {
        let mut heat = Heat::default();
        heat.record(at(300), Duration::from_micros(11), false);
        heat.record(at(301), Duration::from_micros(11), true);
        heat.record(at(303), Duration::from_mins(1), false);
        // Late, and before everything that is kept.
        heat.record(at(302), Duration::ZERO, false);
        heat.record(at(3), Duration::ZERO, false);
        let seen: Vec<_> =
            heat.columns(at(303)).map(|c| (c.slot, c.n_calls(), c.n_errors)).collect();
        assert_eq!(seen, [(100, 3, 1), (101, 1, 0)]);
        let column = heat.columns(at(303)).next().unwrap();
        assert_eq!((column.counts[0], heat.columns(at(303)).last().unwrap().counts[23]), (3, 1));
        assert_eq!(heat.columns(at(303 + 180)).count(), 0, "three minutes later nothing is seen");
        heat.record(at(1_000), Duration::from_millis(1), false);
        assert_eq!(heat.columns.len(), 1, "and nothing is kept");
    }

    #[test]
    fn the_scale_is_logarithmic_and_merging_adds() {
        let height = |micros| (Heat::height_of(Duration::from_micros(micros)) * 6.0).round() as u8;
        assert_eq!([1, 10, 1_000, 10_000_000, 99_000_000].map(height), [0, 0, 2, 6, 6]);
        assert_eq!(row_of(Duration::from_millis(1)), 8);
        let (mut a, mut b) = (Heat::default(), Heat::default());
        a.record(at(30), Duration::from_millis(1), false);
        b.record(at(27), Duration::from_millis(1), true);
        b.record(at(30), Duration::from_millis(1), false);
        a.merge(&b);
        let seen: Vec<_> = a.columns(at(30)).map(|c| (c.slot, c.n_calls(), c.n_errors)).collect();
        assert_eq!(seen, [(9, 1, 1), (10, 2, 0)]);
    }
}
