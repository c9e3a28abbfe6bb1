//! Which proxy the environment names: the variables that gRPC clients and `curl` go by.

use std::str::FromStr as _;

use super::{ProxyAddress, Security};

/// What a call is, as far as the choice of a variable goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxiedCall {
    /// gRPC, with TLS or without: gRPC's own order, `grpc_proxy` first.
    Grpc,
    /// HTTP of this security.
    Http(Security),
}

impl ProxiedCall {
    /// The first that is set and not empty counts. `HTTP_PROXY` is not among them: where a web server runs programs,
    /// any client can set it by a header named `Proxy`.
    const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Grpc => &[
                "grpc_proxy",
                "https_proxy",
                "HTTPS_PROXY",
                "http_proxy",
                "all_proxy",
                "ALL_PROXY",
            ],
            Self::Http(Security::Tls) => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
            Self::Http(Security::Plaintext) => &["http_proxy", "all_proxy", "ALL_PROXY"],
        }
    }
}

/// A variable that names a proxy which cannot be used. Its value may hold a password and is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnusableProxy {
    /// Its name.
    pub variable: &'static str,
}

/// The proxy that the environment names for a call.
///
/// # Errors
/// The variable that counts does not read as `http://host:port`.
pub fn proxy_of_environment(
    call: ProxiedCall,
    get: impl Fn(&str) -> Option<String>,
) -> Result<Option<ProxyAddress>, UnusableProxy> {
    let set = |variable| get(variable).filter(|value| !value.trim().is_empty());
    let found =
        call.variables().iter().find_map(|&variable| set(variable).map(|value| (variable, value)));
    let Some((variable, value)) = found else { return Ok(None) };
    ProxyAddress::from_str(&value).map(Some).map_err(|_what| UnusableProxy { variable })
}

/// The hosts that the environment calls without it.
pub fn no_proxy_of_environment(get: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let set = |variable| get(variable).filter(|value| !value.trim().is_empty());
    let list = ["no_grpc_proxy", "no_proxy", "NO_PROXY"].into_iter().find_map(set);
    let list = list.unwrap_or_default();
    list.split(',').map(str::trim).filter(|host| !host.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_first_variable_that_is_set_counts() {
        use ProxiedCall::{Grpc, Http};
        let check = |call, set: &[(&str, &str)], found: Option<&str>| {
            let proxy = proxy_of_environment(call, get(set)).unwrap();
            assert_eq!(proxy.map(|proxy| proxy.host).as_deref(), found, "{call:?} {set:?}");
        };
        let (secure, plain) = (Http(Security::Tls), Http(Security::Plaintext));
        let https = ("https_proxy", "http://secure:1");
        let http = ("http_proxy", "plain:1");
        check(Grpc, &[], None);
        check(Grpc, &[http, https], Some("secure"));
        check(Grpc, &[http], Some("plain"));
        check(Grpc, &[https, ("grpc_proxy", "grpc:1")], Some("grpc"));
        check(Grpc, &[("https_proxy", " "), ("ALL_PROXY", "all:1")], Some("all"));
        check(secure, &[http, https], Some("secure"));
        check(secure, &[http], None);
        check(plain, &[http, https], Some("plain"));
        check(plain, &[https], None);
        check(plain, &[("HTTP_PROXY", "trap:1")], None);
    }

    #[test]
    fn one_that_cannot_be_used_is_named_without_its_value() {
        for value in ["socks5://host:1", "http://me:secret@host:1", "http://host:1/path"] {
            let set = [("ALL_PROXY", value)];
            let error = proxy_of_environment(ProxiedCall::Grpc, get(&set)).unwrap_err();
            assert_eq!(error, UnusableProxy { variable: "ALL_PROXY" });
        }
    }

    #[test]
    fn hosts_without_it_are_a_list_with_commas() {
        let list = no_proxy_of_environment(get(&[("NO_PROXY", " a.example, ,.b.example,*")]));
        assert_eq!(list, ["a.example", ".b.example", "*"]);
        assert!(no_proxy_of_environment(get(&[])).is_empty());
    }
}
