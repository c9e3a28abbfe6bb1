//! Credentials in the query of a request target (RFC 3986 section 3.4): in files and on screens of others they are
//! starred like those of header fields.

use std::borrow::Cow;
use std::ops::Range;

use super::headers::is_secret_name;

/// What people call credentials there, beside the names of header fields.
const NAMES: [&str; 6] = ["token", "key", "sig", "signature", "x-amz-signature", "jwt"];

/// Where the values of credentials stand in a request target, or in a line that holds one.
pub fn secret_parameters(text: &[u8]) -> Vec<Range<usize>> {
    let Some(query) = text.iter().position(|byte| *byte == b'?') else { return Vec::new() };
    let rest = text.get(query + 1..).unwrap_or_default();
    let len = rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'#' | b'\r' | b'\n'));
    let rest = rest.get(..len.unwrap_or(rest.len())).unwrap_or_default();
    let mut at = query + 1;
    let mut found = Vec::new();
    for parameter in rest.split(|byte| matches!(byte, b'&' | b';')) {
        if let Some(equals) = parameter.iter().position(|byte| *byte == b'=') {
            let name = parameter.get(..equals).unwrap_or_default();
            let name = String::from_utf8_lossy(name).to_ascii_lowercase().replace('_', "-");
            let value = at + equals + 1..at + parameter.len();
            if !value.is_empty() && (NAMES.contains(&name.as_str()) || is_secret_name(&name)) {
                found.push(value);
            }
        }
        at += parameter.len() + 1;
    }
    found
}

/// The same text with a `*` for each byte of them.
pub fn without_secret_parameters(text: &str) -> Cow<'_, str> {
    let found = secret_parameters(text.as_bytes());
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in found {
        bytes.get_mut(range).unwrap_or_default().fill(b'*');
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn credentials_are_known_by_the_names_of_their_parameters() {
        let check = |text: &str, expected: &str| {
            assert_eq!(without_secret_parameters(text), expected);
        };
        check("/a?token=abc&page=2&api_key=d", "/a?token=***&page=2&api_key=*");
        check(
            "GET /a?X-Amz-Signature=ff&page_token=4 HTTP/1.1",
            "GET /a?X-Amz-Signature=**&page_token=4 HTTP/1.1",
        );
        check("GET /a?Access_Token=é HTTP/1.1?key=1", "GET /a?Access_Token=** HTTP/1.1?key=1");
        check("/a?token=&key#key=1", "/a?token=&key#key=1");
        check("/token=1", "/token=1");
    }

    proptest! {
        #[test]
        fn every_place_is_inside_and_the_length_stays(text in "[?&=;#a-z tokenkey_é]{0,40}") {
            for range in secret_parameters(text.as_bytes()) {
                prop_assert!(range.start < range.end && range.end <= text.len());
            }
            prop_assert_eq!(without_secret_parameters(&text).len(), text.len());
        }
    }
}
