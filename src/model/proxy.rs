//! A proxy, and which hosts are called without it.

use std::fmt;
use std::str::FromStr;

use super::{Address, Security, Target, TargetError};

/// Where an HTTP proxy listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProxyAddress {
    /// DNS name, IPv4 or IPv6 address without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl FromStr for ProxyAddress {
    type Err = TargetError;

    /// Reads `http://host:port`; the scheme may be left out.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let text = text.trim().trim_end_matches('/');
        let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        if url == "http://" {
            return Err(TargetError::Empty);
        }
        let target: Target = url.parse()?;
        let scheme = || text.split("://").next().unwrap_or_default().to_owned();
        if target.security != Security::Plaintext
            || !url.to_ascii_lowercase().starts_with("http://")
        {
            return Err(TargetError::Scheme(scheme()));
        }
        match target.address {
            Address::Tcp { host, port } if target.path.is_empty() => Ok(Self { host, port }),
            _ => Err(TargetError::BadHost(text.to_owned())),
        }
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "http://[{host}]:{port}")
        } else {
            write!(f, "http://{host}:{port}")
        }
    }
}

/// Whether a host is named by a `no_proxy` list: itself, a domain above it, or `*`.
pub fn is_named_by(list: &[String], host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    list.iter().any(|entry| {
        let entry = entry.trim().trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
        let is_below = || host.strip_suffix(&entry).is_some_and(|below| below.ends_with('.'));
        !entry.is_empty() && (entry == "*" || entry == host || is_below())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_an_http_url_with_host_and_port() {
        let check = |text: &str, read: Option<&str>| {
            let proxy = text.parse::<ProxyAddress>().ok();
            assert_eq!(proxy.map(|proxy| proxy.to_string()).as_deref(), read, "{text}");
        };
        check("http://proxy.example:3128", Some("http://proxy.example:3128"));
        check("proxy.example:3128", Some("http://proxy.example:3128"));
        check("HTTP://proxy.example:3128/", Some("http://proxy.example:3128"));
        check("http://[::1]:3128", Some("http://[::1]:3128"));
        check("http://proxy.example", Some("http://proxy.example:80"));
        check("https://proxy.example:3128", None);
        check("grpc://proxy.example:3128", None);
        check("http://me:pw@proxy.example:3128", None);
        check("http://proxy.example:3128/path", None);
        check("", None);
    }

    #[test]
    fn a_list_names_hosts_and_what_is_below_them() {
        let list =
            |entries: &[&str]| entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>();
        let check = |entries: &[&str], host: &str, is_named: bool| {
            assert_eq!(is_named_by(&list(entries), host), is_named, "{host} by {entries:?}");
        };
        check(&["example.com"], "example.com", true);
        check(&["example.com"], "api.Example.com.", true);
        check(&[".example.com"], "api.example.com", true);
        check(&["example.com"], "badexample.com", false);
        check(&["10.0.0.7"], "10.0.0.7", true);
        check(&["*"], "anything", true);
        check(&["", " "], "anything", false);
        check(&[], "anything", false);
    }
}
