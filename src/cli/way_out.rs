//! Which way calls leave this machine: by `--proxy`, else by the proxy that the environment names.

use super::args::ProxyArgs;
use super::call::could_not;
use super::exit::Exit;
use crate::model::{
    Address, ProxiedCall, ProxyAddress, Target, UnusableProxy, is_named_by,
    no_proxy_of_environment, proxy_of_environment,
};
use crate::session::Headless;
use crate::text::{fill, t};

/// What stands for no proxy at all.
const NONE: &str = "none";

/// Has the calls of `headless` go this way.
pub(super) fn choose(
    headless: &Headless,
    args: &ProxyArgs,
    target: &Target,
    call: ProxiedCall,
) -> Result<(), Exit> {
    let environment = |name: &str| std::env::var(name).ok();
    let proxy = match args.proxy.as_deref() {
        Some(NONE) => None,
        Some(text) => Some(text.parse().map_err(|_no_address| could_not(t("cli.bad_proxy")))?),
        None => named(target, call, environment).map_err(|UnusableProxy { variable }| {
            could_not(&fill("cli.bad_proxy_variable", &[("variable", &variable)]))
        })?,
    };
    headless.go_through(proxy);
    Ok(())
}

/// The proxy of the environment, but for targets that need none.
fn named(
    target: &Target,
    call: ProxiedCall,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<ProxyAddress>, UnusableProxy> {
    let is_here = target.is_loopback() || matches!(target.address, Address::Unix(_));
    if is_here || is_named_by(&no_proxy_of_environment(&environment), target.host()) {
        return Ok(None);
    }
    proxy_of_environment(call, environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_needs_no_proxy_has_none() {
        let environment = |name: &str| match name {
            "https_proxy" => Some("socks5://broken:1".to_owned()),
            "no_proxy" => Some("inner.example".to_owned()),
            _ => None,
        };
        let check = |target: &str, is_direct: bool| {
            let target = target.parse().unwrap();
            let found = named(&target, ProxiedCall::Grpc, environment);
            assert_eq!(found == Ok(None), is_direct, "{target}");
        };
        check("localhost:50051", true);
        check("unix:/run/x.sock", true);
        check("a.inner.example:443", true);
        check("outer.example:443", false);
    }
}
