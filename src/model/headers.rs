//! Headers, metadata and trailers: ordered, names as they were written, values as bytes.

use bytes::Bytes;

/// One header line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name as it was written or received.
    pub name: String,
    /// The value; HTTP allows bytes that are no UTF-8 (RFC 9110 section 5.5).
    pub value: Bytes,
}

/// An ordered list of headers. Duplicates stay, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one, even when the name is there already.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Bytes>) {
        self.0.push(Header { name: name.into(), value: value.into() });
    }

    /// The first value of this name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&Bytes> {
        self.iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| &header.value)
    }

    /// The first value of this name as text, when it is UTF-8.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Whether the name occurs.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = &Header> {
        self.0.iter()
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// From hyper's map: names come in lower case, order within a name is kept.
    pub fn from_http(map: &http::HeaderMap) -> Self {
        map.iter()
            .map(|(name, value)| Header {
                name: name.as_str().to_owned(),
                value: Bytes::copy_from_slice(value.as_bytes()),
            })
            .collect()
    }
}

impl Header {
    /// The value as text; bytes that are no UTF-8 show as replacement characters.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }

    /// Whether a value under this name is a credential and never goes to files, logs or exports in clear.
    pub fn is_secret(&self) -> bool {
        is_secret_name(&self.name)
    }
}

/// Names whose values are credentials.
pub(super) fn is_secret_name(name: &str) -> bool {
    const SECRET: [&str; 6] =
        ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key"];
    SECRET.iter().any(|secret| name.trim().eq_ignore_ascii_case(secret))
}

impl FromIterator<Header> for Headers {
    fn from_iter<I: IntoIterator<Item = Header>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = &'a Header;
    type IntoIter = std::slice::Iter<'a, Header>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
