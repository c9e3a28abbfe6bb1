//! What is wrong with the status of a gRPC answer, field by field (gRPC over HTTP/2, "Responses").

use super::{decode_binary_line, is_binary_name};
use crate::model::{Headers, StatusFault};

/// All that is wrong with the status in these fields, and with base64 among them.
pub fn status_faults(fields: &Headers) -> Vec<StatusFault> {
    let mut faults = Vec::new();
    for name in ["grpc-status", "grpc-message", "grpc-status-details-bin"] {
        let values = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        let values: Vec<String> = values.map(|field| field.text().into_owned()).collect();
        if values.len() > 1 {
            faults.push(StatusFault::Repeated { name: name.to_owned(), values });
        }
    }
    if let Some(value) = fields.get("grpc-status") {
        let text = String::from_utf8_lossy(value).into_owned();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<u32>().ok().filter(|_| is_number) {
            None => faults.push(StatusFault::NotNumber { value: text }),
            Some(number) if number > 16 => faults.push(StatusFault::UnknownCode { number }),
            Some(_) => {}
        }
    }
    faults.extend(fields.get("grpc-message").and_then(|value| message_fault(value)));
    let broken = fields
        .iter()
        .filter(|field| is_binary_name(&field.name) && decode_binary_line(&field.value).is_none());
    faults.extend(broken.map(|field| StatusFault::BadBase64 { name: field.name.clone() }));
    faults
}

fn message_fault(value: &[u8]) -> Option<StatusFault> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(byte) = value.get(at) {
        if *byte != b'%' {
            decoded.push(*byte);
            at += 1;
            continue;
        }
        let digits = value.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            return Some(StatusFault::BadEscape { at });
        };
        decoded.push(byte);
        at += 3;
    }
    std::str::from_utf8(&decoded).is_err().then_some(StatusFault::MessageNotText)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn faults(fields: &[(&str, &[u8])]) -> Vec<StatusFault> {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(*name, value.to_vec());
        }
        status_faults(&headers)
    }

    #[test]
    fn each_fault_of_a_status_is_named() {
        use StatusFault as F;
        let check = |fields: &[(&str, &[u8])], expected: &[F]| {
            assert_eq!(faults(fields), expected, "{fields:?}");
        };
        check(&[], &[]);
        check(&[("grpc-status", b"0"), ("grpc-message", b"a%20b")], &[]);
        for bad in ["", "many", "-1", "+5", " 5", "5.0", "99999999999"] {
            check(&[("grpc-status", bad.as_bytes())], &[F::NotNumber { value: bad.into() }]);
        }
        check(&[("grpc-status", b"17")], &[F::UnknownCode { number: 17 }]);
        let twice =
            F::Repeated { name: "grpc-status".into(), values: vec!["0".into(), "5".into()] };
        check(&[("grpc-status", b"0"), ("grpc-status", b"5")], &[twice]);
        for (bad, at) in [("100%", 3), ("%2", 0), ("a%zz", 1), ("%C3%A4%+1", 6)] {
            check(&[("grpc-message", bad.as_bytes())], &[F::BadEscape { at }]);
        }
        check(&[("grpc-message", b"%FF")], &[F::MessageNotText]);
        check(&[("grpc-message", b"\xff")], &[F::MessageNotText]);
        check(&[("x-bin", b"AAEC"), ("y-bin", b"AAE=,AAE")], &[]);
        check(&[("x-bin", b"!")], &[F::BadBase64 { name: "x-bin".into() }]);
    }

    proptest! {
        #[test]
        fn anything_is_judged_without_panic(value: Vec<u8>) {
            faults(&[("grpc-status", &value), ("grpc-message", &value), ("a-bin", &value)]);
        }
    }
}
