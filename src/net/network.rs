//! What concerns every connection that leaves: the proxy, and who is trusted beside the system's authorities.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::model::{Address, ProxyAddress, Target, is_named_by};

/// What holds for every connection. May change while connections stand: they stay as they came to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Where connections to other machines go through.
    pub proxy: Option<ProxyAddress>,
    /// Hosts that are dialled directly.
    pub no_proxy: Vec<String>,
    /// PEM files with roots beside the system's. One that cannot be read is passed over.
    pub ca_files: Vec<PathBuf>,
}

impl Network {
    /// The proxy for this target. This machine and its sockets are always dialled directly.
    pub(super) fn proxy_for(&self, target: &Target) -> Option<&ProxyAddress> {
        let is_direct = target.is_loopback()
            || matches!(target.address, Address::Unix(_))
            || is_named_by(&self.no_proxy, target.host());
        self.proxy.as_ref().filter(|_| !is_direct)
    }
}

/// A network with its number, shared by every clone of a dialler.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedNetwork(Arc<ArcSwap<Numbered>>);

#[derive(Debug, Default)]
struct Numbered {
    number: u64,
    network: Network,
}

impl SharedNetwork {
    /// Replaces it; connections that were kept under the old one are not used again.
    pub(super) fn set(&self, network: &Network) {
        self.0.rcu(|old| Numbered { number: old.number + 1, network: network.clone() });
    }

    /// The network of this moment.
    pub(super) fn get(&self) -> Network {
        self.0.load().network.clone()
    }

    /// Its number: another network has another.
    pub(super) fn number(&self) -> u64 {
        self.0.load().number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_named_hosts_are_dialled_directly() {
        let network = Network {
            proxy: "http://proxy.example:3128".parse().ok(),
            no_proxy: vec!["internal.example".to_owned()],
            ca_files: Vec::new(),
        };
        let check = |target: &str, is_through: bool| {
            let target: Target = target.parse().unwrap();
            assert_eq!(network.proxy_for(&target).is_some(), is_through, "{target}");
        };
        check("https://api.example", true);
        check("10.0.0.7:80", true);
        check("https://api.internal.example", false);
        check("localhost:50051", false);
        check("127.0.0.1:50051", false);
        check("[::1]:50051", false);
        check("shop.localhost:80", false);
        check("unix:/run/x.sock", false);
    }
}
