//! Request and answer heads: what is refused, what is read, what is taken out and put in on the way.

use std::net::IpAddr;

use http::header::{CONNECTION, CONTENT_TYPE, HOST, TE, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};

use crate::model::TraceContext;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Whether the request is a gRPC call: by its content type, as gRPC over HTTP/2 defines it.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let rest = value.and_then(|value| value.strip_prefix(b"application/grpc"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"+") || rest.starts_with(b";"))
}

/// The trace that the caller is in.
pub(super) fn trace_of(headers: &HeaderMap) -> Option<TraceContext> {
    headers.get(TRACEPARENT)?.to_str().ok().and_then(TraceContext::parse)
}

/// The authority that was asked: of the target, else `Host` (RFC 9112 section 3.2.2).
pub(super) fn authority_of(parts: &Parts) -> Option<Authority> {
    if let Some(authority) = parts.uri.authority() {
        return Some(authority.clone());
    }
    let mut lines = parts.headers.get_all(HOST).iter();
    let (host, second) = (lines.next()?, lines.next());
    if second.is_some() { None } else { Authority::try_from(host.as_bytes()).ok() }
}

/// Why a request cannot be forwarded at all.
pub(super) fn fault_of(parts: &Parts, is_grpc: bool) -> Option<&'static str> {
    if parts.method == Method::CONNECT {
        return Some("this gateway opens no tunnels");
    }
    if is_grpc && parts.version != Version::HTTP_2 {
        return Some("gRPC needs HTTP/2");
    }
    if authority_of(parts).is_none() && parts.version > Version::HTTP_10 {
        return Some("one valid Host header is needed");
    }
    // The upstream might resolve them to a path that another route guards.
    let is_dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    if parts.uri.path().split(['/', '\\']).any(is_dots) {
        return Some("the path has dot segments");
    }
    None
}

/// Takes out what concerns one connection alone (RFC 9110 section 7.6.1).
pub(super) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let lines = headers.get_all(CONNECTION).iter().filter_map(|line| line.to_str().ok());
    let listed: Vec<HeaderName> = lines
        .flat_map(|line| line.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .collect();
    let fixed = [CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, TE, TRANSFER_ENCODING, UPGRADE];
    for name in listed.iter().chain(&fixed) {
        headers.remove(name);
    }
}

/// How an upstream is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 by prior knowledge.
    Http2,
}

/// The head that goes upstream. Its `traceparent` is set by whoever starts the try.
pub(super) fn for_upstream(parts: &Parts, speaks: Speaks, peer: IpAddr) -> Request<()> {
    let mut headers = parts.headers.clone();
    let wants_trailers = headers.get_all(TE).iter().any(|te| te.as_bytes() == b"trailers");
    strip_hop_by_hop(&mut headers);
    let authority = authority_of(parts);
    let path = parts.uri.path_and_query().cloned();
    let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
    let mut uri = Uri::from(path.clone());
    match (speaks, &authority) {
        (Speaks::Http1, Some(authority)) => {
            insert(&mut headers, HOST, authority.as_str());
        }
        (Speaks::Http1, None) => {}
        (Speaks::Http2, authority) => {
            headers.remove(HOST);
            let authority = authority.as_ref().map_or("localhost", Authority::as_str);
            let target = Uri::builder().scheme("http").authority(authority).path_and_query(path);
            uri = target.build().unwrap_or(uri);
            if wants_trailers {
                headers.insert(TE, HeaderValue::from_static("trailers"));
            }
        }
    }
    let known = headers.get(&FORWARDED_FOR).and_then(|line| line.to_str().ok());
    let chain = known.map_or_else(|| peer.to_string(), |known| format!("{known}, {peer}"));
    insert(&mut headers, FORWARDED_FOR, &chain);
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    if let Some(authority) = &authority {
        insert(&mut headers, FORWARDED_HOST, authority.as_str());
    }
    if trace_of(&headers).is_none() {
        // Without a parent that can be read, the state belongs to nobody (W3C Trace Context 4.3).
        headers.remove(TRACESTATE);
    }
    let mut request = Request::new(());
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = uri;
    *request.version_mut() = match speaks {
        Speaks::Http1 => Version::HTTP_11,
        Speaks::Http2 => Version::HTTP_2,
    };
    *request.headers_mut() = headers;
    request
}

/// Sets the parent that the upstream sees.
pub(super) fn set_trace(headers: &mut HeaderMap, trace: TraceContext) {
    insert(headers, HeaderName::from_static(TRACEPARENT), &trace.to_string());
}

/// Sets a header; a value that no header can carry is left out.
pub(super) fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(target: &str, headers: &[(&'static str, &str)]) -> Parts {
        let mut request = Request::get(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    const HOST_LINE: (&str, &str) = ("host", "shop.example:8080");

    #[test]
    fn what_cannot_be_forwarded() {
        let check = |target, headers: &[_], expect: Option<&str>| {
            let parts = parts(target, headers);
            let is_grpc = is_grpc(&parts.headers);
            assert_eq!(fault_of(&parts, is_grpc), expect, "{target} {headers:?}");
        };
        let dots = Some("the path has dot segments");
        let host = Some("one valid Host header is needed");
        check("/a/b", &[HOST_LINE], None);
        check("/a..b/...", &[HOST_LINE], None);
        check("/a/../b", &[HOST_LINE], dots);
        check("/a/%2E%2e/b", &[HOST_LINE], dots);
        check("/a/.", &[HOST_LINE], dots);
        check("/a", &[], host);
        check("/a", &[HOST_LINE, HOST_LINE], host);
        check("/a", &[("host", "a b")], host);
        check("http://h/a", &[], None);
        let grpc = ("content-type", "application/grpc+proto");
        check("/a", &[HOST_LINE, grpc], Some("gRPC needs HTTP/2"));
        check("/a", &[HOST_LINE, ("content-type", "application/grpc-web")], None);
    }

    #[test]
    fn hop_by_hop_headers_stay_behind_and_the_way_is_told() {
        let headers = [
            HOST_LINE,
            ("connection", "close, x-mine"),
            ("x-mine", "1"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-forwarded-proto", "https"),
            ("tracestate", "a=b"),
            ("accept", "*/*"),
        ];
        let parts = parts("/a?b=c", &headers);
        let lines = |speaks| {
            let request = for_upstream(&parts, speaks, [127, 0, 0, 1].into());
            let line = |(name, value): (&HeaderName, &HeaderValue)| {
                format!("{name}: {}", value.to_str().unwrap())
            };
            let mut lines: Vec<_> = request.headers().iter().map(line).collect();
            lines.sort();
            (request.uri().to_string(), lines)
        };
        let way = [
            "x-forwarded-for: 10.0.0.1, 127.0.0.1",
            "x-forwarded-host: shop.example:8080",
            "x-forwarded-proto: http",
        ];
        let (uri, h1) = lines(Speaks::Http1);
        assert_eq!(uri, "/a?b=c");
        assert_eq!(h1, [&["accept: */*", "host: shop.example:8080"][..], &way].concat());
        let (uri, h2) = lines(Speaks::Http2);
        assert_eq!(uri, "http://shop.example:8080/a?b=c");
        assert_eq!(h2, [&["accept: */*", "te: trailers"][..], &way].concat());
    }
}
