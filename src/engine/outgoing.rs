//! What goes out: the user's headers in their order and what the protocol itself demands.

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Uri};
use parking_lot::Mutex;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::body;
use super::feed::Feed;
use crate::model::{
    Address, CallBody, CallFailure, Cause, GrpcWeb, Header, Headers, HttpVersion, Request,
    Security, Target, TraceContext,
};
use crate::net::{Body, Speak};
use crate::wire::{GRPC_ENCODINGS, GrpcMessage, format_grpc_timeout, metadata_as_sent};

/// Headers that a gRPC call cannot carry as metadata (gRPC over HTTP/2, "Requests"; RFC 9113 section 8.2.2).
const RESERVED: [&str; 9] = [
    "te",
    "content-type",
    "content-length",
    "host",
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// What a path cannot hold as it is (RFC 3986 section 2).
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What it carries, ready to go.
#[derive(Debug)]
enum Content {
    Messages(Vec<GrpcMessage>),
    Plain(Bytes),
}

/// A request that can be sent, as often as needed unless it is fed while it runs.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// Which connection it needs.
    pub(super) speak: Speak,
    /// All headers as they are sent.
    pub(super) headers: Headers,
    method: Method,
    scheme: Scheme,
    authority: Authority,
    path: PathAndQuery,
    content: Content,
    grpc_web: Option<GrpcWeb>,
    /// What a streaming call sends while it runs; taken by the first request.
    feed: Option<Mutex<Option<Feed>>>,
}

impl Outgoing {
    /// Checks a request and adds what the protocol demands.
    pub(super) fn plan(request: &Request, trace: TraceContext) -> Result<Self, CallFailure> {
        let scheme = match request.target.security {
            Security::Plaintext => Scheme::HTTP,
            Security::Tls => Scheme::HTTPS,
        };
        let (method, path, headers, content) = match &request.body {
            CallBody::Grpc { method, messages } => {
                let path = [&path_prefix(&request.target)?, method.http_path().as_str()].concat();
                let packed = messages.iter().map(|one| body::packed(one, request.compression));
                let content = Content::Messages(packed.collect());
                (Method::POST, path, grpc_headers(request, trace)?, content)
            }
            CallBody::Http { method, body } => {
                let headers = http_headers(request, trace, body)?;
                let content = Content::Plain(body.clone());
                (http_method(method)?, http_path(&request.target.path), headers, content)
            }
        };
        let authority = headers.get_str("host").map_or_else(|| authority(request), str::to_owned);
        Ok(Self {
            speak: speak(request),
            method,
            scheme,
            authority: authority.parse().map_err(|error: http::uri::InvalidUri| {
                bad_header(":authority", format!("{authority:?}: {error}"))
            })?,
            path: path.parse().map_err(|error: http::uri::InvalidUri| CallFailure::BadRequest {
                what: path.clone(),
                cause: error.to_string().into(),
            })?,
            headers,
            content,
            grpc_web: request.grpc_web,
            feed: None,
        })
    }

    /// The same with messages that come while the call runs.
    pub(super) fn fed_by(mut self, feed: Feed) -> Self {
        self.feed = Some(Mutex::new(Some(feed)));
        self
    }

    /// How long the message at this index is compressed, where it is.
    pub(super) fn compressed_len(&self, idx: usize) -> Option<u64> {
        let Content::Messages(messages) = &self.content else { return None };
        messages.get(idx)?.compressed_len()
    }

    /// Whether it can go out only once.
    pub(super) fn is_fed(&self) -> bool {
        self.feed.is_some()
    }

    /// The request for a connection of this version.
    pub(super) fn request(&self, is_http2: bool) -> Result<http::Request<Body>, CallFailure> {
        let mut uri = http::uri::Parts::default();
        uri.path_and_query = Some(self.path.clone());
        if is_http2 {
            uri.scheme = Some(self.scheme.clone());
            uri.authority = Some(self.authority.clone());
        }
        let feed = self.feed.as_ref().and_then(|feed| feed.lock().take());
        let body = match (feed, &self.content) {
            (Some(feed), _) => feed.into_body(),
            (None, Content::Messages(messages)) => body::framed(messages, self.grpc_web)?,
            (None, Content::Plain(body)) => body::plain(body),
        };
        let mut request = http::Request::new(body);
        request.method_mut().clone_from(&self.method);
        *request.uri_mut() = Uri::from_parts(uri).map_err(|error| CallFailure::BadRequest {
            what: self.path.to_string(),
            cause: error.to_string().into(),
        })?;
        let is_carried = |header: &&Header| !(is_http2 && is_named(header, "host"));
        *request.headers_mut() = map(self.headers.iter().filter(is_carried))?;
        Ok(request)
    }
}

/// Which connection a request needs.
pub(super) fn speak(request: &Request) -> Speak {
    match (&request.body, request.grpc_web, request.version) {
        (CallBody::Grpc { .. }, None, _) | (_, _, HttpVersion::Http2) => Speak::Http2,
        (_, _, HttpVersion::Http1) => Speak::Http1,
        (_, _, HttpVersion::Agreed) => Speak::Any,
    }
}

fn grpc_headers(request: &Request, trace: TraceContext) -> Result<Headers, CallFailure> {
    let mut headers = Headers::new();
    if let Some(web) = request.grpc_web {
        web_headers(&mut headers, request, web);
    } else {
        headers.push("te", "trailers");
        headers.push("content-type", "application/grpc");
    }
    if let Some(deadline) = request.deadline {
        headers.push("grpc-timeout", format_grpc_timeout(deadline));
    }
    if let Some(compression) = request.compression {
        headers.push("grpc-encoding", compression.name());
    }
    headers.push("grpc-accept-encoding", GRPC_ENCODINGS);
    for header in &request.headers {
        let name = header.name.to_ascii_lowercase();
        if RESERVED.contains(&name.as_str()) || name.starts_with("grpc-") {
            return Err(bad_header(&header.name, Cause::Reserved));
        }
    }
    let sent = request.headers.iter().map(|header| {
        metadata_as_sent(header).ok_or_else(|| bad_header(&header.name, Cause::NotHex))
    });
    add_users(&mut headers, &sent.collect::<Result<Headers, _>>()?, trace)?;
    Ok(headers)
}

/// What gRPC-Web has beside or in place of gRPC's own (gRPC-Web, "Protocol differences vs gRPC over HTTP2").
fn web_headers(headers: &mut Headers, request: &Request, web: GrpcWeb) {
    headers.push("host", http_authority(request));
    headers.push("content-type", web.content_type());
    let ours = [
        ("accept", web.content_type()),
        ("x-grpc-web", "1"),
        ("x-user-agent", Request::USER_AGENT),
    ];
    for (name, value) in ours.into_iter().filter(|(name, _)| !request.headers.contains(name)) {
        headers.push(name, value);
    }
}

fn http_headers(
    request: &Request,
    trace: TraceContext,
    body: &Bytes,
) -> Result<Headers, CallFailure> {
    let mut headers = Headers::new();
    if !request.headers.contains("host") {
        headers.push("host", http_authority(request));
    }
    if !request.headers.contains("accept") {
        headers.push("accept", "*/*");
    }
    if let Some(length) = request.headers.get_str("content-length")
        && length.trim().parse() != Ok(body.len())
    {
        return Err(bad_header("content-length", Cause::BodyLength { n_bytes: body.len() }));
    }
    add_users(&mut headers, &request.headers, trace)?;
    Ok(headers)
}

fn add_users(
    headers: &mut Headers,
    users: &Headers,
    trace: TraceContext,
) -> Result<(), CallFailure> {
    if !users.contains("user-agent") {
        headers.push("user-agent", Request::USER_AGENT);
    }
    if !users.contains("traceparent") {
        headers.push("traceparent", trace.to_string());
    }
    for header in users {
        headers.push_header(header.clone());
    }
    map(headers.iter()).map(drop)
}

fn map<'a>(headers: impl Iterator<Item = &'a Header>) -> Result<HeaderMap, CallFailure> {
    let mut map = HeaderMap::new();
    for header in headers {
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .map_err(|error| bad_header(&header.name, error.to_string()))?;
        let mut value = HeaderValue::from_maybe_shared(header.value.clone())
            .map_err(|error| bad_header(&header.name, error.to_string()))?;
        value.set_sensitive(header.is_secret());
        map.try_append(name, value).map_err(|error| bad_header(&header.name, error.to_string()))?;
    }
    Ok(map)
}

fn authority(request: &Request) -> String {
    request.authority.clone().unwrap_or_else(|| request.target.authority())
}

/// Without a port that the scheme implies (RFC 9110 section 7.2).
fn http_authority(request: &Request) -> String {
    let full = authority(request);
    let implied = match (&request.target.address, request.target.security) {
        (Address::Tcp { port: 80, .. }, Security::Plaintext) => ":80",
        (Address::Tcp { port: 443, .. }, Security::Tls) => ":443",
        _ => return full,
    };
    full.strip_suffix(implied).map_or_else(|| full.clone(), ToOwned::to_owned)
}

fn http_method(method: &str) -> Result<Method, CallFailure> {
    let refused = |cause: Cause| CallFailure::BadRequest { what: method.to_owned(), cause };
    match Method::from_bytes(method.as_bytes()) {
        Ok(Method::CONNECT) => Err(refused(Cause::Tunnel)),
        Ok(method) => Ok(method),
        Err(error) => Err(refused(error.to_string().into())),
    }
}

fn http_path(path: &str) -> String {
    let path = if path.is_empty() { "/" } else { path };
    utf8_percent_encode(path, ESCAPED).to_string()
}

/// What stands before the path of a method, where a server is not at the root: empty, or `/v1` without a last slash.
///
/// # Errors
/// The target has a query, which no gRPC request can carry.
pub(crate) fn path_prefix(target: &Target) -> Result<String, CallFailure> {
    if target.path.contains('?') {
        let cause = Cause::QueryOfGrpc;
        return Err(CallFailure::BadRequest { what: target.path.clone(), cause });
    }
    Ok(utf8_percent_encode(target.path.trim_end_matches('/'), ESCAPED).to_string())
}

fn is_named(header: &Header, name: &str) -> bool {
    header.name.eq_ignore_ascii_case(name)
}

fn bad_header(name: &str, cause: impl Into<Cause>) -> CallFailure {
    CallFailure::BadHeader { name: name.to_owned(), cause: cause.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Compression, MethodPath};

    fn grpc(headers: &[(&str, &str)]) -> Request {
        let method = MethodPath::parse("Greeter/SayHello").unwrap();
        let body = CallBody::Grpc { method, messages: vec![] };
        with_headers(Request::new("localhost:1".parse().unwrap(), body), headers)
    }

    fn http(target: &str, headers: &[(&str, &str)]) -> Request {
        let body = CallBody::Http { method: "GET".into(), body: Bytes::new() };
        with_headers(Request::new(target.parse().unwrap(), body), headers)
    }

    fn with_headers(mut request: Request, headers: &[(&str, &str)]) -> Request {
        for (name, value) in headers {
            request.headers.push(*name, value.to_string());
        }
        request
    }

    #[test]
    fn metadata_goes_in_its_order_behind_what_grpc_demands() {
        let request = grpc(&[("X-B", "2"), ("x-a", "1"), ("x-b", "3"), ("t-bin", "AAEC")]);
        let outgoing = Outgoing::plan(&request, TraceContext::root()).unwrap();
        let names: Vec<_> = outgoing.headers.iter().map(|h| h.name.as_str()).collect();
        let demanded = ["te", "content-type", "grpc-timeout", "grpc-accept-encoding"];
        let ours = ["user-agent", "traceparent"];
        assert_eq!(names, [&demanded[..], &ours, &["X-B", "x-a", "x-b", "t-bin"]].concat());
        assert_eq!(outgoing.headers.get_str("grpc-timeout"), Some("15000000u"));
        let request = outgoing.request(true).unwrap();
        assert_eq!(request.uri(), "http://localhost:1/Greeter/SayHello");
        assert_eq!(request.headers().get_all("x-b").iter().count(), 2);
    }

    #[test]
    fn bytes_of_metadata_go_as_base64_however_they_are_written() {
        let said =
            [("a-bin", "hex:0a0b"), ("a-bin", "AAEC"), ("b", "hex:0a0b"), ("a-bin", "text:hi")];
        let outgoing = Outgoing::plan(&grpc(&said), TraceContext::root()).unwrap();
        let users =
            outgoing.headers.iter().filter(|header| header.name.len() < 6 && header.name != "te");
        let sent: Vec<_> = users.map(|h| (h.name.as_str(), h.text().into_owned())).collect();
        assert_eq!(
            sent,
            [("a-bin", "Cgs"), ("a-bin", "AAEC"), ("b", "hex:0a0b"), ("a-bin", "aGk")]
                .map(|(n, v)| (n, v.to_owned()))
        );
        let bad = Outgoing::plan(&grpc(&[("a-bin", "hex:0")]), TraceContext::root());
        assert!(matches!(bad, Err(CallFailure::BadHeader { cause: Cause::NotHex, .. })));
        let over_http = Outgoing::plan(&http("http://h/", &said), TraceContext::root()).unwrap();
        assert_eq!(over_http.headers.get_str("a-bin"), Some("hex:0a0b"));
    }

    #[test]
    fn a_web_call_goes_as_a_browser_sends_it() {
        let mut request = grpc(&[("accept", "application/grpc-web-text"), ("x-a", "1")]);
        request.grpc_web = Some(GrpcWeb::Text);
        let outgoing = Outgoing::plan(&request, TraceContext::root()).unwrap();
        let names: Vec<_> = outgoing.headers.iter().map(|h| h.name.as_str()).collect();
        let demanded = ["host", "content-type", "x-grpc-web", "x-user-agent"];
        let usual = ["grpc-timeout", "grpc-accept-encoding", "user-agent", "traceparent"];
        assert_eq!(names, [&demanded[..], &usual, &["accept", "x-a"]].concat());
        assert_eq!(outgoing.speak, Speak::Any);
        let over_http1 = outgoing.request(false).unwrap();
        assert_eq!(over_http1.uri(), "/Greeter/SayHello");
        assert_eq!(over_http1.headers().get("host").unwrap(), "localhost:1");
        let over_http2 = outgoing.request(true).unwrap();
        assert_eq!(over_http2.uri(), "http://localhost:1/Greeter/SayHello");
        assert!(over_http2.headers().get("host").is_none());
        request.version = HttpVersion::Http2;
        assert_eq!(speak(&request), Speak::Http2);
        assert_eq!(speak(&grpc(&[])), Speak::Http2);
    }

    #[test]
    fn the_coding_of_the_messages_is_named() {
        let mut request = grpc(&[]);
        request.compression = Some(Compression::Deflate);
        let outgoing = Outgoing::plan(&request, TraceContext::root()).unwrap();
        assert_eq!(outgoing.headers.get_str("grpc-encoding"), Some("deflate"));
        let mut request = http("http://h/", &[]);
        request.compression = Some(Compression::Deflate);
        let outgoing = Outgoing::plan(&request, TraceContext::root()).unwrap();
        assert!(!outgoing.headers.contains("grpc-encoding"));
    }

    #[test]
    fn the_path_of_the_target_stands_before_that_of_the_method() {
        let plan = |target: &str| {
            let mut request = grpc(&[]);
            request.target = target.parse().unwrap();
            Outgoing::plan(&request, TraceContext::root())
        };
        let check = |target: &str, wanted: &str| {
            let outgoing = plan(target).unwrap();
            assert_eq!(outgoing.request(true).unwrap().uri().to_string(), wanted, "{target}");
        };
        check("http://h:1", "http://h:1/Greeter/SayHello");
        check("http://h:1/", "http://h:1/Greeter/SayHello");
        check("http://h:1/api/v1/", "http://h:1/api/v1/Greeter/SayHello");
        check("http://h:1/ä b", "http://h:1/%C3%A4%20b/Greeter/SayHello");
        assert!(matches!(plan("http://h:1/api?x=1"), Err(CallFailure::BadRequest { .. })));
    }

    #[test]
    fn what_cannot_be_sent_is_refused_by_name() {
        for name in
            ["te", "Content-Type", "grpc-timeout", "grpc-foo", ":path", "host", "ä", "a b", ""]
        {
            let result = Outgoing::plan(&grpc(&[(name, "x")]), TraceContext::root());
            assert!(
                matches!(&result, Err(CallFailure::BadHeader { name: n, .. }) if n == name),
                "{name}: {result:?}"
            );
        }
        let newline = Outgoing::plan(&grpc(&[("x", "a\nb")]), TraceContext::root());
        assert!(matches!(newline, Err(CallFailure::BadHeader { .. })));
        let length = http("http://h/", &[("content-length", "5")]);
        assert!(Outgoing::plan(&length, TraceContext::root()).is_err());
    }

    #[test]
    fn http_requests_name_their_host() {
        let check = |target: &str, headers: &[(&str, &str)], host: &str, uri: &str| {
            let outgoing = Outgoing::plan(&http(target, headers), TraceContext::root()).unwrap();
            assert_eq!(outgoing.headers.get_str("host"), Some(host), "{target}");
            let over_http1 = outgoing.request(false).unwrap();
            let path = over_http1.uri().to_string();
            assert_eq!(over_http1.headers().get("host").unwrap(), host);
            let over_http2 = outgoing.request(true).unwrap();
            assert_eq!(over_http2.uri().to_string(), uri);
            assert!(uri.ends_with(&path) && over_http2.headers().get("host").is_none());
        };
        check("http://h/a?b=c", &[], "h", "http://h/a?b=c");
        check("https://h", &[], "h", "https://h/");
        check("http://h:8080/ä b", &[], "h:8080", "http://h:8080/%C3%A4%20b");
        check("http://h/", &[("Host", "other")], "other", "http://other/");
        check("unix:/x", &[], "localhost", "http://localhost/");
    }
}
