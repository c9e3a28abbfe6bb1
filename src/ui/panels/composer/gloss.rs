//! What a typed timestamp or duration means: facts for the words beside the field.

use std::time::Duration;

/// How far a moment lies from now, in its largest whole unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Distance {
    /// How many units.
    pub count: u64,
    /// Which unit.
    pub unit: Unit,
    /// Whether it is still to come.
    pub is_ahead: bool,
}

/// The units of a [`Distance`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// 1 s.
    Seconds,
    /// 60 s.
    Minutes,
    /// 3,600 s.
    Hours,
    /// 86,400 s.
    Days,
}

/// How far an RFC 3339 moment lies from `now` (seconds since 1970); `None` for text that is none.
pub(super) fn distance(text: &str, now_secs: i64) -> Option<Distance> {
    let apart = unix_seconds(text)? - now_secs;
    let seconds = apart.unsigned_abs();
    let (unit, size) = match seconds {
        86_400.. => (Unit::Days, 86_400),
        3_600.. => (Unit::Hours, 3_600),
        60.. => (Unit::Minutes, 60),
        _ => (Unit::Seconds, 1),
    };
    Some(Distance { count: seconds / size, unit, is_ahead: apart > 0 })
}

/// The length of a `ProtoJSON` duration (`1.5s`), without its sign.
pub(super) fn length(text: &str) -> Option<Duration> {
    let seconds = text.trim().strip_suffix('s')?.trim_start_matches('-');
    let is_plain = seconds.chars().all(|c| c.is_ascii_digit() || c == '.');
    let seconds: f64 = seconds.parse().ok().filter(|_| is_plain)?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Seconds since 1970 of an RFC 3339 text (section 5.6).
fn unix_seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let zone_at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at_checked(zone_at)?;
    let mut clock = clock.split('.').next()?.splitn(3, ':').map(str::parse::<i64>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds - zone_seconds(zone)?)
}

fn zone_seconds(zone: &str) -> Option<i64> {
    let sign = match zone.chars().next()? {
        'Z' | 'z' => return (zone.len() == 1).then_some(0),
        '-' => -1,
        _ => 1,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60))
}

/// Days of the proleptic Gregorian calendar, counted from March so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_exactly() {
        let check = |text: &str, seconds: Option<i64>| {
            assert_eq!(unix_seconds(text), seconds, "{text}");
        };
        check("1970-01-01T00:00:00Z", Some(0));
        check("2000-02-29T12:00:00.5Z", Some(951_825_600));
        check("2026-11-24T09:00:00Z", Some(1_795_510_800));
        check("2026-11-24T10:00:00+01:00", Some(1_795_510_800));
        check("1969-12-31T23:59:59Z", Some(-1));
        for bad in ["", "tomorrow", "2026-11-24", "2026-13-24T09:00:00Z", "2026-11-24T09:00:00"] {
            check(bad, None);
        }
    }

    #[test]
    fn a_distance_takes_its_largest_unit() {
        let check = |text: &str, count, unit, is_ahead| {
            assert_eq!(
                distance(text, 1_000_000),
                Some(Distance { count, unit, is_ahead }),
                "{text}"
            );
        };
        check("1970-01-12T13:46:42Z", 2, Unit::Seconds, true);
        check("1970-01-12T12:46:39Z", 1, Unit::Hours, false);
        check("1970-01-15T13:46:40Z", 3, Unit::Days, true);
        assert_eq!(distance("soon", 0), None);
    }

    #[test]
    fn durations_are_lengths() {
        assert_eq!(length("1.5s"), Some(Duration::from_millis(1_500)));
        assert_eq!(length("-3s"), Some(Duration::from_secs(3)));
        for bad in ["", "5", "1e400s", "NaNs", "s", "1.5 m"] {
            assert_eq!(length(bad), None, "{bad}");
        }
    }
}
