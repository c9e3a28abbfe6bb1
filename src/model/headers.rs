//! Headers, metadata and trailers: ordered, names as they were written, values as bytes.

use bytes::Bytes;

/// One header line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name as it was written or received.
    pub name: String,
    /// The value; HTTP allows bytes that are no UTF-8 (RFC 9110 section 5.5).
    pub value: Bytes,
    /// Whether the person marked it as a credential, whatever its name.
    is_marked_secret: bool,
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
        let (name, value) = (name.into(), value.into());
        self.0.push(Header { name, value, is_marked_secret: false });
    }

    /// Appends a credential: it is sent, and never shown, whatever its name.
    pub fn push_secret(&mut self, name: impl Into<String>, value: impl Into<Bytes>) {
        let (name, value) = (name.into(), value.into());
        self.0.push(Header { name, value, is_marked_secret: true });
    }

    /// Appends a copy of a line, its mark included.
    pub fn push_header(&mut self, header: Header) {
        self.0.push(header);
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
                is_marked_secret: false,
            })
            .collect()
    }
}

impl Header {
    /// The value as text; bytes that are no UTF-8 show as replacement characters.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }

    /// Whether the value is a credential, by mark or by name, and never goes to files, logs or exports in clear.
    pub fn is_secret(&self) -> bool {
        self.is_marked_secret || is_secret_name(&self.name)
    }
}

impl Headers {
    /// Whether the value of any header of this name is a credential: by name, or because one of these is marked.
    pub fn hide(&self, name: &str) -> bool {
        is_secret_name(name)
            || self.iter().any(|one| one.is_secret() && one.name.eq_ignore_ascii_case(name))
    }
}

/// Names whose values are credentials.
pub(super) fn is_secret_name(name: &str) -> bool {
    const SECRET: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];
    /// Names of no standard that people give to credentials.
    const WITHIN: [&str; 11] = [
        "api-key",
        "apikey",
        "auth-token",
        "access-token",
        "security-token",
        "session-token",
        "refresh-token",
        "private-token",
        "vault-token",
        "secret",
        "password",
    ];
    let name = name.trim().to_ascii_lowercase();
    SECRET.contains(&name.as_str()) || WITHIN.iter().any(|part| name.contains(part))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_known_by_its_name_or_by_its_mark() {
        let mut headers = Headers::new();
        headers.push("x-session", "1");
        headers.push_secret("x-session", "2");
        headers.push("X-Auth-Token", "3");
        headers.push("page-token", "4");
        let hidden: Vec<bool> = headers.iter().map(Header::is_secret).collect();
        assert_eq!(hidden, [false, true, true, false]);
        // Another header of a marked name is hidden as well, and so is one of a known name that nobody sent.
        let names = ["X-Session", "page-token", "Authorization", "accept", "X-Amz-Security-Token"];
        assert_eq!(names.map(|name| headers.hide(name)), [true, false, true, false, true]);
    }
}
