//! Who a certificate speaks of, who says so, and how long it holds (RFC 5280). It is read, not judged: whether to
//! trust it is decided where the handshake is made.

use std::ops::Range;

use super::names::hex;

/// A certificate, as far as it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certificate {
    /// `CN=shop.example, O=Shop`; may be empty.
    pub subject: Said,
    /// The same of who signed it.
    pub issuer: Said,
    /// `2026-11-25 17:30:00 UTC`.
    pub not_before: Said,
    /// The same.
    pub not_after: Said,
    /// What it may be used for: host names, addresses (section 4.2.1.6).
    pub names: Vec<Said>,
    /// `RSA 2048`, `P-256`.
    pub key: Said,
}

/// Something that a certificate says, and where: offsets from its first byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// In words.
    pub text: String,
    /// Its bytes.
    pub range: Range<usize>,
}

impl Certificate {
    /// The names that it is good for, in one line.
    pub fn names_line(&self) -> String {
        self.names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Label, value, place of each part, in the order in which they stand.
    pub(super) fn parts(self) -> Vec<(&'static str, String, Range<usize>)> {
        let part = |label, said: Said| (label, said.text, said.range);
        let mut parts = vec![
            part("Issuer", self.issuer),
            part("Not Before", self.not_before),
            part("Not After", self.not_after),
            part("Subject", self.subject),
            part("Subject Public Key", self.key),
        ];
        parts.extend(self.names.into_iter().map(|name| part("Subject Alternative Name", name)));
        parts
    }
}

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const BITS: u8 = 0x03;
const INTEGER: u8 = 0x02;
/// Context-specific and constructed (section 4.1).
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// 2.5.29.17.
const SUBJECT_ALT_NAME: &str = "2.5.29.17";

/// Reads a certificate in DER. `None` when it is none.
pub fn certificate(der: &[u8]) -> Option<Certificate> {
    let mut outer = Der::of(der, 0..der.len());
    let mut whole = outer.inside(SEQUENCE)?;
    let mut body = whole.inside(SEQUENCE)?;
    if body.peek() == Some(VERSION) {
        body.next()?;
    }
    body.expect(INTEGER)?;
    body.expect(SEQUENCE)?;
    let issuer = name(der, &body.expect(SEQUENCE)?);
    let mut validity = body.inside(SEQUENCE)?;
    let not_before = time(der, &validity.next()?);
    let not_after = time(der, &validity.next()?);
    let subject = name(der, &body.expect(SEQUENCE)?);
    let key = key(der, &body.expect(SEQUENCE)?);
    let mut names = Vec::new();
    while let Some(value) = body.next() {
        if value.tag == EXTENSIONS {
            names = alternative_names(der, &value).unwrap_or_default();
        }
    }
    Some(Certificate { subject, issuer, not_before, not_after, names, key })
}

/// A value: its tag, all of it, what is in it.
#[derive(Debug, Clone)]
struct Value {
    tag: u8,
    range: Range<usize>,
    content: Range<usize>,
}

/// Values one behind the other (X.690 section 8.1).
#[derive(Debug, Clone)]
struct Der<'a> {
    der: &'a [u8],
    range: Range<usize>,
}

impl<'a> Der<'a> {
    fn of(der: &'a [u8], range: Range<usize>) -> Self {
        Self { der, range }
    }

    fn peek(&self) -> Option<u8> {
        self.der.get(self.range.clone())?.first().copied()
    }

    fn next(&mut self) -> Option<Value> {
        let bytes = self.der.get(self.range.clone())?;
        let (tag, first) = (*bytes.first()?, *bytes.get(1)?);
        if tag & 0x1f == 0x1f {
            // Tags of several bytes stand in no certificate.
            return None;
        }
        let (n_head, len) = match first {
            0..=0x7f => (2, usize::from(first)),
            0x81..=0x84 => {
                let n = usize::from(first & 0x7f);
                let digits = bytes.get(2..2 + n)?;
                (2 + n, digits.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
            }
            _ => return None,
        };
        let start = self.range.start;
        let end = start.checked_add(n_head)?.checked_add(len)?;
        if end > self.range.end {
            return None;
        }
        self.range.start = end;
        Some(Value { tag, range: start..end, content: start + n_head..end })
    }

    fn expect(&mut self, tag: u8) -> Option<Value> {
        self.next().filter(|value| value.tag == tag)
    }

    fn inside(&mut self, tag: u8) -> Option<Self> {
        Some(Self::of(self.der, self.expect(tag)?.content))
    }
}

/// A distinguished name (section 4.1.2.4).
fn name(der: &[u8], value: &Value) -> Said {
    let mut parts = Vec::new();
    let mut sets = Der::of(der, value.content.clone());
    while let Some(set) = sets.next() {
        let mut attributes = Der::of(der, set.content);
        while let Some(mut attribute) = attributes.inside(SEQUENCE) {
            let Some(kind) = attribute.expect(OBJECT_ID) else { break };
            let Some(said) = attribute.next() else { break };
            let kind = object_id(der.get(kind.content).unwrap_or_default());
            let bytes = der.get(said.content).unwrap_or_default();
            parts.push(format!("{}={}", attribute_name(&kind), string(said.tag, bytes)));
        }
    }
    Said { text: parts.join(", "), range: value.range.clone() }
}

fn attribute_name(id: &str) -> &str {
    match id {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "street",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        other => other,
    }
}

fn string(tag: u8, bytes: &[u8]) -> String {
    match tag {
        // T61String, read as Latin-1, as everybody does.
        0x14 => bytes.iter().copied().map(char::from).collect(),
        // BMPString.
        0x1e => {
            let units = bytes.chunks_exact(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            });
            String::from_utf16_lossy(&units.collect::<Vec<_>>())
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// `1.2.840.113549` (X.690 section 8.19).
fn object_id(bytes: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for byte in bytes {
        arc = arc.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.extend([first, arc - first * 40]);
            } else {
                arcs.push(arc);
            }
            arc = 0;
        }
    }
    arcs.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// `UTCTime` or `GeneralizedTime` (section 4.1.2.5); what is neither is shown as it stands.
fn time(der: &[u8], value: &Value) -> Said {
    let said = String::from_utf8_lossy(der.get(value.content.clone()).unwrap_or_default());
    let full = match value.tag {
        // A year of two digits from 50 on is one of the last century.
        0x17 if said.as_bytes().first().is_some_and(|digit| *digit >= b'5') => format!("19{said}"),
        0x17 => format!("20{said}"),
        _ => said.clone().into_owned(),
    };
    let is_usual = full.len() == 15
        && full.ends_with('Z')
        && full.bytes().take(14).all(|byte| byte.is_ascii_digit());
    let part = |range: Range<usize>| full.get(range).unwrap_or_default();
    let text = if is_usual {
        let date = format!("{}-{}-{}", part(0..4), part(4..6), part(6..8));
        format!("{date} {}:{}:{} UTC", part(8..10), part(10..12), part(12..14))
    } else {
        said.into_owned()
    };
    Said { text, range: value.range.clone() }
}

/// What kind of key, and how long it is or which curve it is on (RFC 3279, RFC 5480, RFC 8410).
fn key(der: &[u8], value: &Value) -> Said {
    let id = |value: Value| object_id(der.get(value.content).unwrap_or_default());
    let words = || {
        let mut info = Der::of(der, value.content.clone());
        let mut algorithm = info.inside(SEQUENCE)?;
        let kind = id(algorithm.expect(OBJECT_ID)?);
        Some(match kind.as_str() {
            "1.2.840.113549.1.1.1" => match info.expect(BITS).and_then(|bits| rsa_bits(der, &bits))
            {
                Some(n_bits) => format!("RSA {n_bits}"),
                None => "RSA".to_owned(),
            },
            "1.2.840.10045.2.1" => match algorithm.expect(OBJECT_ID).map(id).as_deref() {
                Some("1.2.840.10045.3.1.7") => "P-256".to_owned(),
                Some("1.3.132.0.34") => "P-384".to_owned(),
                Some("1.3.132.0.35") => "P-521".to_owned(),
                Some(other) => other.to_owned(),
                None => "EC".to_owned(),
            },
            "1.3.101.112" => "Ed25519".to_owned(),
            "1.3.101.113" => "Ed448".to_owned(),
            other => other.to_owned(),
        })
    };
    Said { text: words().unwrap_or_default(), range: value.range.clone() }
}

/// The length of the modulus.
fn rsa_bits(der: &[u8], bits: &Value) -> Option<usize> {
    // The first byte says how many bits of the last are unused: none.
    let mut inside = Der::of(der, bits.content.start + 1..bits.content.end);
    let modulus = inside.inside(SEQUENCE)?.expect(INTEGER)?;
    let digits = der.get(modulus.content)?;
    let n_zero = digits.iter().take_while(|byte| **byte == 0).count();
    let top = digits.get(n_zero)?;
    Some((digits.len() - n_zero) * 8 - top.leading_zeros() as usize)
}

fn alternative_names(der: &[u8], extensions: &Value) -> Option<Vec<Said>> {
    let mut each = Der::of(der, extensions.content.clone()).inside(SEQUENCE)?;
    while let Some(mut extension) = each.inside(SEQUENCE) {
        let id = extension.expect(OBJECT_ID)?;
        if object_id(der.get(id.content)?) != SUBJECT_ALT_NAME {
            continue;
        }
        let mut value = extension.next()?;
        if value.tag != OCTETS {
            // Whether it is critical stands before it.
            value = extension.expect(OCTETS)?;
        }
        let mut names = Der::of(der, value.content).inside(SEQUENCE)?;
        let mut found = Vec::new();
        while let Some(name) = names.next() {
            let bytes = der.get(name.content.clone())?;
            let text = match name.tag & 0x1f {
                1 | 2 | 6 => String::from_utf8_lossy(bytes).into_owned(),
                7 => address(bytes),
                _ => continue,
            };
            found.push(Said { text, range: name.range });
        }
        return Some(found);
    }
    None
}

fn address(bytes: &[u8]) -> String {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return std::net::Ipv4Addr::from(four).to_string();
    }
    if let Ok(sixteen) = <[u8; 16]>::try_from(bytes) {
        return std::net::Ipv6Addr::from(sixteen).to_string();
    }
    hex(bytes)
}

#[cfg(test)]
mod tests;
