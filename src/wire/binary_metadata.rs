//! `-bin` metadata: bytes, which travel as base64 (gRPC over HTTP/2, "Custom-Metadata"), and how people write them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;

use crate::model::Header;

/// Peers send values with and without padding; without it is how they should be sent.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What is wrong with a `-bin` value that a person wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryFault {
    /// Behind `hex:` stand no pairs of hexadecimal digits: nothing can be sent.
    Hex,
    /// It is no base64, and goes as it stands.
    Base64,
}

/// Whether the values of this name are bytes.
pub fn is_binary_name(name: &str) -> bool {
    name.len() > 4 && name.get(name.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case("-bin"))
}

/// A `-bin` value as bytes; `None` for what is no base64.
pub fn decode_binary_header(value: &[u8]) -> Option<Vec<u8>> {
    BASE64.decode(value.trim_ascii()).ok()
}

/// The same of a line in which several values of one name may stand, with commas between.
pub fn decode_binary_line(value: &[u8]) -> Option<Vec<Vec<u8>>> {
    value.split(|byte| *byte == b',').map(decode_binary_header).collect()
}

/// A header as it is sent: a `-bin` value that is written as `hex:0a0b` (with or without blanks between the bytes) or
/// `text:...` becomes base64, everything else goes as it stands. `None` where the digits behind `hex:` are none.
pub fn metadata_as_sent(header: &Header) -> Option<Header> {
    let mut sent = header.clone();
    match written(header) {
        Some(Written::Hex(digits)) => sent.value = encoded(&bytes_of_hex(digits)?),
        Some(Written::Text(text)) => sent.value = encoded(text),
        None => {}
    }
    Some(sent)
}

/// What is wrong with the value of a header as a person wrote it, where its name ends in `-bin`.
pub fn binary_fault(header: &Header) -> Option<BinaryFault> {
    match written(header) {
        Some(Written::Hex(digits)) => bytes_of_hex(digits).is_none().then_some(BinaryFault::Hex),
        None if is_binary_name(&header.name) => {
            decode_binary_line(&header.value).is_none().then_some(BinaryFault::Base64)
        }
        Some(Written::Text(_)) | None => None,
    }
}

/// A form that base64 cannot be mistaken for: it has no colon.
enum Written<'a> {
    Hex(&'a [u8]),
    Text(&'a [u8]),
}

fn written(header: &Header) -> Option<Written<'_>> {
    if !is_binary_name(&header.name) {
        return None;
    }
    let value = header.value.trim_ascii_start();
    let hex = value.strip_prefix(b"hex:").map(Written::Hex);
    hex.or_else(|| value.strip_prefix(b"text:").map(Written::Text))
}

fn encoded(bytes: &[u8]) -> Bytes {
    BASE64.encode(bytes).into()
}

fn bytes_of_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = digits.iter().copied().filter(|c| !c.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| {
        let is_pair = pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
        let text = std::str::from_utf8(pair).ok().filter(|_| is_pair)?;
        u8::from_str_radix(text, 16).ok()
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Headers;

    fn header(name: &str, value: &[u8]) -> Header {
        let mut headers = Headers::new();
        headers.push(name, value.to_vec());
        headers.iter().next().unwrap().clone()
    }

    #[test]
    fn bytes_are_written_as_base64_hex_or_text() {
        use BinaryFault as F;
        let check = |name: &str, value: &str, sent: Option<&str>, fault: Option<F>| {
            let header = header(name, value.as_bytes());
            let went = metadata_as_sent(&header).map(|sent| sent.text().into_owned());
            assert_eq!(went.as_deref(), sent, "{name}: {value}");
            assert_eq!(binary_fault(&header), fault, "{name}: {value}");
        };
        check("k-bin", "AAEC", Some("AAEC"), None);
        check("k-bin", "AAE=,AAE", Some("AAE=,AAE"), None);
        check("k-bin", "", Some(""), None);
        check("K-Bin", "hex:0a0B ff", Some("Cgv/"), None);
        check("k-bin", "hex:", Some(""), None);
        check("k-bin", " text: ä: b", Some("IMOkOiBi"), None);
        check("k-bin", "hex:0a0", None, Some(F::Hex));
        check("k-bin", "hex:+a", None, Some(F::Hex));
        check("k-bin", "hex:zz", None, Some(F::Hex));
        check("k-bin", "not base64", Some("not base64"), Some(F::Base64));
        // The name decides, and "-bin" alone is none that ends so.
        check("k", "hex:zz", Some("hex:zz"), None);
        check("-bin", "hex:00", Some("hex:00"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_as_hex_comes_back_from_base64(bytes: Vec<u8>) {
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let written = format!("hex:{}", digits.concat());
            let sent = metadata_as_sent(&header("a-bin", written.as_bytes())).unwrap();
            prop_assert_eq!(decode_binary_header(&sent.value), Some(bytes));
        }

        #[test]
        fn any_value_is_judged_without_panic(name in ".{0,8}(-bin)?", value: Vec<u8>) {
            let header = header(&name, &value);
            prop_assert_eq!(metadata_as_sent(&header).is_none(), binary_fault(&header) == Some(BinaryFault::Hex));
        }
    }
}
