//! The two header values of gRPC that are encoded: `grpc-message` and `grpc-timeout`
//! (gRPC over HTTP/2, "Requests" and "Responses").

use std::fmt::Write as _;
use std::time::Duration;

/// `grpc-message` to text. Bad escapes stay as they are, bad UTF-8 becomes replacement characters.
pub fn decode_grpc_message(value: &[u8]) -> String {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let escaped = match tail {
            [high, low, after @ ..] if byte == b'%' => {
                hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4 | low, after))
            }
            _ => None,
        };
        if let Some((decoded, after)) = escaped {
            out.push(decoded);
            rest = after;
        } else {
            out.push(byte);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Text to `grpc-message`.
pub fn encode_grpc_message(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if matches!(byte, b' '..=b'~') && byte != b'%' {
            out.push(char::from(byte));
        } else if write!(out, "%{byte:02X}").is_err() {
            break;
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

const MAX_TIMEOUT: u128 = 99_999_999;

/// Unit letters and their nanoseconds, finest first.
const UNITS: [(char, u128); 6] = [
    ('n', 1),
    ('u', 1_000),
    ('m', 1_000_000),
    ('S', 1_000_000_000),
    ('M', 60 * 1_000_000_000),
    ('H', 3600 * 1_000_000_000),
];

/// A duration as `grpc-timeout`: at most eight digits and the finest unit that fits, rounded up.
pub fn format_grpc_timeout(timeout: Duration) -> String {
    let nanos = timeout.as_nanos();
    UNITS
        .iter()
        .map(|(letter, unit)| (nanos.div_ceil(*unit), *letter))
        .find(|(count, _)| *count <= MAX_TIMEOUT)
        .map_or_else(|| format!("{MAX_TIMEOUT}H"), |(count, letter)| format!("{count}{letter}"))
}

/// `grpc-timeout` to a duration; `None` for what the standard does not allow.
pub fn parse_grpc_timeout(value: &str) -> Option<Duration> {
    let letter = value.chars().next_back()?;
    let digits = value.strip_suffix(letter)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match letter {
        'n' => Duration::from_nanos(count),
        'u' => Duration::from_micros(count),
        'm' => Duration::from_millis(count),
        'S' => Duration::from_secs(count),
        'M' => Duration::from_secs(count * 60),
        'H' => Duration::from_secs(count * 3600),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages() {
        let check = |encoded: &str, text: &str| {
            assert_eq!(decode_grpc_message(encoded.as_bytes()), text, "{encoded}");
        };
        check("", "");
        check("plain words", "plain words");
        check("t%C3%A4glich 100%25", "täglich 100%");
        check("100% sure, %zz, %e", "100% sure, %zz, %e");
        check("%FF", "\u{fffd}");
    }

    #[test]
    fn timeouts() {
        let check = |timeout: Duration, text: &str| {
            assert_eq!(format_grpc_timeout(timeout), text);
        };
        check(Duration::ZERO, "0n");
        check(Duration::from_millis(5), "5000000n");
        check(Duration::from_secs(15), "15000000u");
        check(Duration::from_secs(100_000), "100000S");
        check(Duration::MAX, "99999999H");
        for bad in ["", "S", "5", "5s", "123456789n", "-1S", "+1S", "1 S", "٣S", "5ä"] {
            assert_eq!(parse_grpc_timeout(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_message_survives(text: String) {
            prop_assert_eq!(decode_grpc_message(encode_grpc_message(&text).as_bytes()), text);
        }

        #[test]
        fn a_timeout_is_never_shortened_and_hardly_stretched(nanos in 0_u64..u64::MAX / 4) {
            let timeout = Duration::from_nanos(nanos);
            let text = format_grpc_timeout(timeout);
            prop_assert!(text.len() <= 9, "{}", text);
            let read = parse_grpc_timeout(&text).unwrap();
            prop_assert!(read >= timeout);
            prop_assert!(read.as_secs_f64() <= timeout.as_secs_f64() * 1.000_01 + 1e-9);
        }

        #[test]
        fn any_text_is_read_without_panic(text: String, bytes: Vec<u8>) {
            let _ = parse_grpc_timeout(&text);
            let _ = decode_grpc_message(&bytes);
        }
    }
}
