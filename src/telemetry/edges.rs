//! Who a call went to, read from its two spans.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::{AttributeValue, Span, Topology};

/// The callee of a client span: the service that answered with a server span, else the declared
/// service at the peer's name or address, else an external one by `rpc.service`, peer or address.
pub fn callee(client: &Span, server: Option<&Span>, topology: &Topology) -> Arc<str> {
    if let Some(server) = server {
        return Arc::clone(&server.service);
    }
    if let Some(known) = declared_callee(client, topology) {
        return known;
    }
    if let Some(service) = text(client, "rpc.service") {
        return service;
    }
    if let Some(peer) = &client.peer {
        return Arc::clone(peer);
    }
    address(client).map_or_else(|| Arc::from("unknown"), Arc::from)
}

/// The callee of a client span as far as the topology alone tells it, before anyone answered.
pub(super) fn declared_callee(client: &Span, topology: &Topology) -> Option<Arc<str>> {
    let peer = client.peer.as_deref();
    let named = peer.and_then(|name| topology.service(name));
    let service = named.or_else(|| {
        let at_peer = peer.and_then(|peer| service_at(peer, topology));
        at_peer.or_else(|| service_at(&address(client)?, topology))
    })?;
    Some(Arc::clone(&service.name))
}

fn service_at<'a>(address: &str, topology: &'a Topology) -> Option<&'a crate::model::Service> {
    let (host, port) = address.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let ip = address.parse().ok().map(|socket: SocketAddr| socket.ip());
    topology.services.iter().find(|service| {
        service.instances.iter().any(|instance| {
            let listens = instance.address;
            let is_host = ip == Some(listens.ip())
                || (listens.ip().is_loopback() && (host == "localhost" || host == "[::1]"));
            listens.port() == port && is_host
        })
    })
}

fn text(span: &Span, key: &str) -> Option<Arc<str>> {
    span.attributes.iter().find_map(|(name, value)| match value {
        AttributeValue::Text(text) if &**name == key && !text.is_empty() => Some(Arc::clone(text)),
        _ => None,
    })
}

fn address(span: &Span) -> Option<String> {
    let host = span.text_attribute("server.address")?;
    let port = span.attributes.iter().find_map(|(name, value)| match value {
        AttributeValue::Int(port) if &**name == "server.port" => Some(*port),
        _ => None,
    });
    Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SpanExt as _, client, server, topology};
    use super::*;

    #[test]
    fn the_callee_by_what_is_known() {
        let topology = topology();
        let check = |span: Span, answered: Option<&str>, expect: &str| {
            let server = answered.map(|service| server(service, 9, None));
            assert_eq!(&*callee(&span, server.as_ref(), &topology), expect, "{span:?}");
        };
        let span = || client("gateway", 1, None);
        check(span(), Some("orders"), "orders");
        check(span().peer("greeter").text("rpc.service", "Greeter"), None, "greeter");
        check(span().peer("127.0.0.1:50051"), None, "greeter");
        check(span().peer("localhost:50051").text("rpc.service", "Greeter"), None, "greeter");
        check(
            span().text("server.address", "localhost").int("server.port", 50051),
            None,
            "greeter",
        );
        check(span().peer("127.0.0.1:7001").text("rpc.service", "shop.Cart"), None, "shop.Cart");
        check(span().peer("10.0.0.1:50051"), None, "10.0.0.1:50051");
        check(span().text("server.address", "db").int("server.port", 5432), None, "db:5432");
        check(span().text("server.address", "db"), None, "db");
        check(span(), None, "unknown");
    }
}
