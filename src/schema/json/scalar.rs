//! Scalars: from JSON numbers and texts, exactly, and back.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use prost_reflect::{MapKey, Value};

use super::text::NodeValue;
use crate::schema::ScalarKind;

/// Writes padding, reads with or without. Bits past the last byte are let pass, as protobuf itself does.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The protobuf value of a JSON scalar; `None` when it does not fit the kind.
pub(super) fn from_json(kind: ScalarKind, json: &NodeValue) -> Option<Value> {
    use ScalarKind as K;
    let text = match json {
        NodeValue::Bool(flag) => return (kind == K::Bool).then_some(Value::Bool(*flag)),
        NodeValue::Number(number) => {
            if matches!(kind, K::String | K::Bytes) {
                return None;
            }
            number
        }
        NodeValue::Text(text) => text,
        NodeValue::Null | NodeValue::List(_) | NodeValue::Object(_) => return None,
    };
    Some(match kind {
        K::Bool => return None,
        K::String => Value::String(text.clone()),
        K::Bytes => Value::Bytes(bytes_from(text)?.into()),
        K::Double => Value::F64(float(text)?),
        K::Float => Value::F32(match float(text)? {
            wide if wide.is_finite() => {
                text.parse().ok().filter(|narrow: &f32| narrow.is_finite())?
            }
            special => special as f32,
        }),
        K::Int32 | K::Sint32 | K::Sfixed32 => Value::I32(integer(text)?.try_into().ok()?),
        K::Int64 | K::Sint64 | K::Sfixed64 => Value::I64(integer(text)?.try_into().ok()?),
        K::Uint32 | K::Fixed32 => Value::U32(integer(text)?.try_into().ok()?),
        K::Uint64 | K::Fixed64 => Value::U64(integer(text)?.try_into().ok()?),
    })
}

/// The key of a map entry from its JSON key.
pub(super) fn key_from(kind: ScalarKind, key: &str) -> Option<MapKey> {
    if kind == ScalarKind::Bool {
        return key.parse().ok().map(MapKey::Bool);
    }
    from_json(kind, &NodeValue::Text(key.to_owned()))?.into_map_key()
}

/// Base64 in either alphabet, padded or not.
pub(super) fn bytes_from(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('-', "+").replace('_', "/")).ok()
}

/// Standard base64.
pub(super) fn base64_of(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// A whole number, exactly: `7`, `7.0`, `7e3`, not `7.5`.
pub(in crate::schema) fn integer(text: &str) -> Option<i128> {
    const MAX_DIGITS: usize = 30;
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits_only =
        !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    if !has_digits_only || whole.len() + fraction.len() > 400 {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let digits = all.trim_end_matches('0');
    let n_zeros = all.len() - digits.len();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    let shift = i64::from(exponent) + n_zeros as i64 - fraction.len() as i64;
    let shift = usize::try_from(shift).ok().filter(|shift| digits.len() + shift <= MAX_DIGITS)?;
    Some(sign * digits.parse::<i128>().ok()? * 10_i128.pow(shift as u32))
}

fn float(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust also reads "inf" and "nan", which ProtoJSON does not.
        _ if text.bytes().any(|b| b.is_ascii_alphabetic() && !matches!(b, b'e' | b'E')) => None,
        _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

/// A protobuf scalar as JSON; `None` for what is no scalar.
pub(super) fn to_json(value: &Value) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    Some(match value {
        Value::Bool(flag) => Json::Bool(*flag),
        Value::I32(number) => Json::from(*number),
        Value::U32(number) => Json::from(*number),
        // As text (ProtoJSON): most JSON readers hold numbers in doubles.
        Value::I64(number) => Json::String(number.to_string()),
        Value::U64(number) => Json::String(number.to_string()),
        Value::F32(number) => {
            match special(f64::from(*number)).or_else(|| short(f64::from(*number))) {
                Some(json) => json,
                None => Json::from(*number),
            }
        }
        Value::F64(number) => float_json(*number),
        Value::String(text) => Json::String(text.clone()),
        Value::Bytes(bytes) => Json::String(base64_of(bytes)),
        Value::EnumNumber(_) | Value::Message(_) | Value::List(_) | Value::Map(_) => return None,
    })
}

/// A double as JSON.
pub(super) fn float_json(number: f64) -> serde_json::Value {
    special(number).or_else(|| short(number)).unwrap_or_else(|| serde_json::Value::from(number))
}

fn special(number: f64) -> Option<serde_json::Value> {
    let name = if number.is_nan() {
        "NaN"
    } else if number == f64::INFINITY {
        "Infinity"
    } else if number == f64::NEG_INFINITY {
        "-Infinity"
    } else {
        return None;
    };
    Some(serde_json::Value::from(name))
}

/// `5`, not `5.0`, for whole numbers that a double holds exactly. Minus zero keeps its sign.
fn short(number: f64) -> Option<serde_json::Value> {
    let is_whole = number.fract() == 0.0 && number.abs() < 1e15;
    let is_minus_zero = number == 0.0 && number.is_sign_negative();
    (is_whole && !is_minus_zero).then(|| serde_json::Value::from(number as i64))
}

/// The JSON key of a map key, with what it sorts by: numbers by size, then texts.
pub(super) fn key_json(key: &MapKey) -> (i128, String) {
    match key {
        MapKey::Bool(flag) => (i128::from(*flag), flag.to_string()),
        MapKey::I32(number) => (i128::from(*number), number.to_string()),
        MapKey::I64(number) => (i128::from(*number), number.to_string()),
        MapKey::U32(number) => (i128::from(*number), number.to_string()),
        MapKey::U64(number) => (i128::from(*number), number.to_string()),
        MapKey::String(text) => (0, text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integers_are_exact() {
        for (text, wanted) in [
            ("9223372036854775807", Some(9_223_372_036_854_775_807)),
            ("-9223372036854775808", Some(-9_223_372_036_854_775_808)),
            ("18446744073709551615", Some(18_446_744_073_709_551_615)),
            ("1.50e1", Some(15)),
            ("100e-2", Some(1)),
            ("1e18", Some(1_000_000_000_000_000_000)),
            ("-0", Some(0)),
            ("0e999999999", Some(0)),
            ("1e999999999", None),
            ("1.5", None),
            ("", None),
            ("-", None),
            (" 1", None),
            ("+1", None),
            ("abc", None),
            ("1e", None),
        ] {
            assert_eq!(integer(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        let number = |text: &str| NodeValue::Number(text.to_owned());
        for (kind, json) in [
            (ScalarKind::Int32, number("2147483648")),
            (ScalarKind::Uint32, number("-1")),
            (ScalarKind::Uint64, number("18446744073709551616")),
            (ScalarKind::Float, number("1e39")),
            (ScalarKind::Double, number("1e400")),
            (ScalarKind::Double, NodeValue::Text("inf".to_owned())),
            (ScalarKind::String, number("1")),
            (ScalarKind::Bool, NodeValue::Text("true".to_owned())),
            (ScalarKind::Bytes, NodeValue::Text("%%".to_owned())),
        ] {
            assert_eq!(from_json(kind, &json), None, "{kind:?} {json:?}");
        }
    }

    #[test]
    fn base64_is_read_in_either_alphabet() {
        for (text, bytes) in
            [("-_8=", [0xfb, 0xff].as_slice()), ("+/8", &[0xfb, 0xff]), ("-_", &[0xfb]), ("", &[])]
        {
            assert_eq!(bytes_from(text).as_deref(), Some(bytes), "{text:?}");
        }
        for text in ["-", "%%", "AA=A", "A===", "AA A"] {
            assert_eq!(bytes_from(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn integer_reads_every_64_bit_number(number in any::<i64>(), other in any::<u64>()) {
            prop_assert_eq!(integer(&number.to_string()), Some(i128::from(number)));
            prop_assert_eq!(integer(&other.to_string()), Some(i128::from(other)));
        }

        #[test]
        fn floats_survive(wide in any::<f64>(), narrow in any::<f32>()) {
            for (kind, value) in [(ScalarKind::Double, Value::F64(wide)), (ScalarKind::Float, Value::F32(narrow))] {
                let json = match to_json(&value).unwrap() {
                    serde_json::Value::String(text) => NodeValue::Text(text),
                    other => NodeValue::Number(other.to_string()),
                };
                let back = from_json(kind, &json).unwrap();
                let is_nan = matches!(back, Value::F64(n) if n.is_nan()) || matches!(back, Value::F32(n) if n.is_nan());
                prop_assert!(is_nan || back == value, "{:?} {:?}", value, back);
            }
        }

        #[test]
        fn never_panics(text in ".*") {
            let reads = (integer(&text).is_some(), float(&text).is_some());
            prop_assert!(reads != (true, false) || text.len() > 300, "a whole number is a number: {text}");
            drop(bytes_from(&text));
        }
    }
}
