//! Where a call goes: `host:port`, `http(s)://`, `grpc(s)://` or `unix:`.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// A parsed target.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Where to dial.
    pub address: Address,
    /// Plaintext or TLS.
    pub security: Security,
    /// Path and query behind the authority, empty or beginning with `/`: the request path of HTTP, what stands before
    /// the method's path for gRPC.
    pub path: String,
}

/// Where to dial.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A name or address, and a port.
    Tcp {
        /// DNS name, IPv4 or IPv6 address without brackets.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// A Unix domain socket.
    Unix(PathBuf),
}

/// Whether bytes are encrypted on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Security {
    /// As they are.
    Plaintext,
    /// TLS.
    Tls,
}

/// Why a target cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing was written.
    #[error("empty target")]
    Empty,
    /// A scheme that is none of http, https, grpc, grpcs, unix.
    #[error("unknown scheme {0:?}")]
    Scheme(String),
    /// No port, and the scheme implies none.
    #[error("no port in {0:?}")]
    NoPort(String),
    /// A port that is no number from 1 to 65535.
    #[error("bad port {0:?}")]
    BadPort(String),
    /// A host that cannot be one.
    #[error("bad host {0:?}")]
    BadHost(String),
}

impl Target {
    /// `host:port` as it stands in an `authority` or `Host` header; `localhost` for a Unix socket.
    pub fn authority(&self) -> String {
        match &self.address {
            Address::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Address::Tcp { host, port } => format!("{host}:{port}"),
            Address::Unix(_) => "localhost".to_owned(),
        }
    }

    /// The host alone; `localhost` for a Unix socket.
    pub fn host(&self) -> &str {
        match &self.address {
            Address::Tcp { host, .. } => host,
            Address::Unix(_) => "localhost",
        }
    }

    /// Whether the target is this machine: loopback address, `localhost` or a Unix socket.
    pub fn is_loopback(&self) -> bool {
        match &self.address {
            Address::Tcp { host, .. } => is_loopback_host(host),
            Address::Unix(_) => true,
        }
    }

    /// The same target with other security.
    #[must_use]
    pub fn with_security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }
}

fn is_loopback_host(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(TargetError::Empty);
            }
            let address = Address::Unix(PathBuf::from(path));
            return Ok(Self { address, security: Security::Plaintext, path: String::new() });
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        let split = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(split);
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('?') { format!("/{path}") } else { path.to_owned() };
        // Credentials in a URL would end up in logs and exports.
        if authority.contains('@') {
            return Err(TargetError::BadHost(authority.to_owned()));
        }
        let (security, default_port) = match scheme.as_deref() {
            None => (None, None),
            Some("http") => (Some(Security::Plaintext), Some(80)),
            Some("grpc") => (Some(Security::Plaintext), None),
            Some("https" | "grpcs") => (Some(Security::Tls), Some(443)),
            Some(other) => return Err(TargetError::Scheme(other.to_owned())),
        };
        let (host, port) = split_authority(authority, default_port)?;
        let security = security.unwrap_or(if is_loopback_host(&host) {
            Security::Plaintext
        } else {
            Security::Tls
        });
        Ok(Self { address: Address::Tcp { host, port }, security, path })
    }
}

fn split_authority(authority: &str, default: Option<u16>) -> Result<(String, u16), TargetError> {
    let bad_host = || TargetError::BadHost(authority.to_owned());
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or_else(bad_host)?;
        host.parse::<std::net::Ipv6Addr>().map_err(|_unparsed| bad_host())?;
        (host, after.strip_prefix(':'))
    } else if authority.matches(':').count() > 1 {
        // An IPv6 address without brackets leaves no room for a port.
        return Err(TargetError::NoPort(authority.to_owned()));
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    if host.is_empty()
        || host.chars().any(|c| c.is_whitespace() || c.is_control() || "\\<>\"{}|^`".contains(c))
    {
        return Err(bad_host());
    }
    let port = match (port, default) {
        (Some(text), _) => text
            .parse::<u16>()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(|| TargetError::BadPort(text.to_owned()))?,
        (None, Some(port)) => port,
        (None, None) => return Err(TargetError::NoPort(authority.to_owned())),
    };
    Ok((host.to_owned(), port))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
            Address::Tcp { .. } => write!(f, "{}{}", self.authority(), self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Security::{Plaintext, Tls};
    use super::*;

    #[test]
    fn every_form_of_a_target() {
        let check = |text: &str, authority: &str, security, path: &str| {
            let target: Target = text.parse().unwrap();
            assert_eq!(
                (target.authority().as_str(), target.security, target.path.as_str()),
                (authority, security, path),
                "{text}"
            );
        };
        check("localhost:50051", "localhost:50051", Plaintext, "");
        check("127.0.0.1:8080", "127.0.0.1:8080", Plaintext, "");
        check("[::1]:8080", "[::1]:8080", Plaintext, "");
        check("api.example.com:443", "api.example.com:443", Tls, "");
        check("http://example.com/a?b=c#d", "example.com:80", Plaintext, "/a?b=c");
        check("https://example.com?b=c", "example.com:443", Tls, "/?b=c");
        check("grpc://example.com:9000", "example.com:9000", Plaintext, "");
        check("grpcs://example.com", "example.com:443", Tls, "");
        check("unix:/run/x.sock", "localhost", Plaintext, "");
        check("unix:///run/x.sock", "localhost", Plaintext, "");
    }

    #[test]
    fn what_is_no_target_says_why() {
        let check = |text: &str, error: TargetError| {
            assert_eq!(text.parse::<Target>(), Err(error), "{text}");
        };
        check(" ", TargetError::Empty);
        check("localhost", TargetError::NoPort("localhost".into()));
        check("localhost:70000", TargetError::BadPort("70000".into()));
        check("localhost:0", TargetError::BadPort("0".into()));
        check("ftp://x", TargetError::Scheme("ftp".into()));
        check(":80", TargetError::BadHost(":80".into()));
        check("::1", TargetError::NoPort("::1".into()));
        check("http://me:pw@host", TargetError::BadHost("me:pw@host".into()));
    }
}
