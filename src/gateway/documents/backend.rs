//! Envoy Gateway's `Backend`: fixed addresses.

use std::net::{IpAddr, SocketAddr};

use super::super::fields::Fields;
use super::super::yaml::Sink;
use super::Meta;
use crate::model::ConfigFault;

/// A `Backend`.
#[derive(Debug)]
pub(in super::super) struct BackendDoc {
    pub(in super::super) meta: Meta,
    /// At least one.
    pub(in super::super) addresses: Vec<SocketAddr>,
}

pub(super) fn read(meta: Meta, fields: &mut Fields<'_>, sink: &mut Sink) -> Option<BackendDoc> {
    let mut spec = fields.required_map("spec", sink)?;
    spec.unsupported(&["type", "appProtocols", "fallback", "tls"], sink);
    let endpoints = spec.maps("endpoints", sink);
    let addresses: Vec<_> =
        endpoints.into_iter().filter_map(|endpoint| read_endpoint(endpoint, sink)).collect();
    if addresses.is_empty() {
        spec.refuse(spec.at, "endpoints", ConfigFault::NoAddress, sink);
    }
    spec.finish(sink);
    (!addresses.is_empty()).then_some(BackendDoc { meta, addresses })
}

fn read_endpoint(mut endpoint: Fields<'_>, sink: &mut Sink) -> Option<SocketAddr> {
    endpoint.unsupported(&["fqdn", "unix", "zone", "hostname"], sink);
    let ip = endpoint.map("ip", sink);
    endpoint.finish(sink);
    let mut ip = ip?;
    let address = ip.required("address", sink);
    let port = ip.port("port", sink);
    let parsed = address.as_ref().and_then(|text| text.text.parse::<IpAddr>().ok());
    if let (Some(text), None) = (&address, parsed) {
        ip.refuse(text.at, "address", ConfigFault::NotIpAddress, sink);
    }
    if port.is_none() {
        ip.refuse(ip.at, "port", ConfigFault::Missing, sink);
    }
    ip.finish(sink);
    Some(SocketAddr::new(parsed?, port?))
}
