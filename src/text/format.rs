//! Figures as people read them: three digits that mean something, and always a unit.

use std::time::Duration;

/// `310 µs`, `12.4 ms`, `1.20 s`, `2 min 05 s`.
pub fn duration(duration: Duration) -> String {
    let micros = duration.as_nanos() as f64 / 1e3;
    // The limits stand where rounding would show the next unit: 999.95 ms is "1.00 s", not "1000.0 ms".
    if micros < 0.5 {
        "0 µs".to_owned()
    } else if micros < 9.95 {
        format!("{micros:.1} µs")
    } else if micros < 999.5 {
        format!("{micros:.0} µs")
    } else if micros < 9_995.0 {
        format!("{:.2} ms", micros / 1e3)
    } else if micros < 99_950.0 {
        format!("{:.1} ms", micros / 1e3)
    } else if micros < 999_500.0 {
        format!("{:.0} ms", micros / 1e3)
    } else if micros < 9_995_000.0 {
        format!("{:.2} s", micros / 1e6)
    } else if micros < 59_950_000.0 {
        format!("{:.1} s", micros / 1e6)
    } else {
        let seconds = (micros / 1e6).round() as u64;
        format!("{} min {:02} s", thousands(seconds / 60), seconds % 60)
    }
}

/// What is left of a time that runs out, in steps as long whatever is left: `11.8 s`, `0.3 s`, `2 min 05 s`.
pub fn countdown(left: Duration) -> String {
    let seconds = left.as_secs_f64();
    if seconds < 59.95 { format!("{seconds:.1} s") } else { duration(left) }
}

/// A power of ten without decimals: `10 ms`.
pub fn whole_duration(value: Duration) -> String {
    let micros = value.as_micros();
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

/// `512 B`, `1.2 kB`, `3.4 MB`, in decimal units.
pub fn bytes(count: u64) -> String {
    scaled(count, &["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// `1,204`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `0.4/s`, `12/s`, `1,204/s`: events a second.
pub fn rate(per_second: f64) -> String {
    if !per_second.is_finite() || per_second <= 0.0 {
        "0/s".to_owned()
    } else if per_second < 9.95 {
        format!("{per_second:.1}/s")
    } else {
        format!("{}/s", thousands(per_second.round() as u64))
    }
}

/// `0 %`, `0.4 %`, `37 %` of a share from 0 to 1; a share above nothing never reads as nothing.
pub fn percent(share: f64) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) * 100.0 } else { 0.0 };
    if share == 0.0 {
        "0 %".to_owned()
    } else if share < 0.1 {
        "< 0.1 %".to_owned()
    } else if share < 9.95 {
        format!("{share:.1} %")
    } else {
        format!("{share:.0} %")
    }
}

fn scaled(count: u64, units: &[&str]) -> String {
    let mut value = count as f64;
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    if count < 1000 {
        return format!("{count} {unit}");
    }
    for larger in units {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if value < 99.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let check = |nanos: u64, text: &str| {
            assert_eq!(duration(Duration::from_nanos(nanos)), text, "{nanos} ns");
        };
        check(0, "0 µs");
        check(499, "0 µs");
        check(1_500, "1.5 µs");
        check(310_000, "310 µs");
        check(999_499, "999 µs");
        check(999_500, "1.00 ms");
        check(1_234_000, "1.23 ms");
        check(12_400_000, "12.4 ms");
        check(250_000_000, "250 ms");
        check(999_600_000, "1.00 s");
        check(1_200_000_000, "1.20 s");
        check(15_000_000_000, "15.0 s");
        check(59_990_000_000, "1 min 00 s");
        check(125_000_000_000, "2 min 05 s");
    }

    #[test]
    fn countdowns() {
        let check = |millis: u64, text: &str| {
            assert_eq!(countdown(Duration::from_millis(millis)), text, "{millis} ms");
        };
        check(0, "0.0 s");
        check(340, "0.3 s");
        check(11_800, "11.8 s");
        check(59_900, "59.9 s");
        check(59_990, "1 min 00 s");
        check(125_000, "2 min 05 s");
    }

    #[test]
    fn sizes() {
        let check = |count: u64, text: &str| assert_eq!(bytes(count), text, "{count}");
        check(0, "0 B");
        check(999, "999 B");
        check(1_200, "1.2 kB");
        check(99_960, "100 kB");
        check(999_600, "1.0 MB");
        check(67_108_864, "67.1 MB");
        check(u64::MAX, "18.4 EB");
    }

    #[test]
    fn counts_rates_and_shares() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_204), "1,204");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(rate(0.0), "0/s");
        assert_eq!(rate(0.42), "0.4/s");
        assert_eq!(rate(1204.4), "1,204/s");
        assert_eq!(rate(f64::NAN), "0/s");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.0001), "< 0.1 %");
        assert_eq!(percent(0.037), "3.7 %");
        assert_eq!(percent(1.0), "100 %");
    }
}
