//! Which request goes where: the Gateway API's matching and its precedence, as one pure look-up.
//!
//! Every combination of host name and match becomes one candidate. Candidates stand in the order of
//! precedence (HTTPRouteRule.matches, GRPCRouteRule.matches), so the first that fits is the answer.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Method};

use super::rule::Rule;

/// Routes in the order of their precedence.
#[derive(Debug, Default)]
pub struct RouteTable {
    candidates: Vec<Candidate>,
}

/// What of a request decides its route.
#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'a> {
    /// Without port.
    pub host: &'a str,
    /// As it came, percent-encoded, without query.
    pub path: &'a str,
    /// Without the question mark.
    pub query: Option<&'a str>,
    /// The method.
    pub method: &'a Method,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// Whether it is a gRPC call; only those reach a `GRPCRoute`.
    pub is_grpc: bool,
}

/// The route of a request.
#[derive(Debug, Clone)]
pub struct Match {
    pub(super) rule: Arc<Rule>,
    pattern: Arc<str>,
}

impl Match {
    /// The rule in words of the configuration: `HTTPRoute demo/storefront rule 2`.
    pub fn rule_name(&self) -> &str {
        &self.rule.name
    }

    /// The service or backend that it leads to.
    pub fn backend_name(&self) -> &str {
        self.rule.backend.name()
    }

    /// The path that matched, as the route writes it: `/products`, `Greeter/*`.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }
}

/// One match under one host name.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) host: HostPattern,
    pub(super) test: Test,
    pub(super) rule: Arc<Rule>,
    /// Breaks ties: older documents first, then by name, then as written.
    pub(super) order: Order,
}

/// What breaks ties (the Gateway API's order).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Order {
    /// `metadata.creationTimestamp`; documents without one count as the newest.
    pub(super) created: (bool, String),
    /// `namespace/name`.
    pub(super) name: String,
    /// The place of the rule in its document.
    pub(super) rule_idx: usize,
}

/// `hostnames` of a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostPattern {
    /// No host name given.
    Any,
    /// `*.example.com`, kept as `.example.com`: any name below, at any depth.
    Below(String),
    /// `shop.example.com`.
    Exact(String),
}

/// The conditions of one match; all must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) path: PathTest,
    pub(super) method: Option<Method>,
    /// Name in lower case, and value.
    pub(super) headers: Vec<(String, String)>,
    /// Name and value, decoded.
    pub(super) params: Vec<(String, String)>,
}

/// The condition on the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathTest {
    /// The whole path.
    Exact(String),
    /// Whole segments from the start; without trailing slash, so `/` is empty.
    Prefix(String),
    /// Full service name and method of a gRPC call; `None` fits all.
    Grpc { service: Option<String>, method: Option<String> },
}

impl RouteTable {
    pub(super) fn new(mut candidates: Vec<Candidate>) -> Self {
        candidates.sort_by_cached_key(|candidate| {
            (Reverse(candidate.specificity()), candidate.order.clone())
        });
        Self { candidates }
    }

    /// The route of a request.
    pub fn find(&self, head: &RequestHead<'_>) -> Option<Match> {
        let candidate = self.candidates.iter().find(|candidate| candidate.fits(head))?;
        Some(Match {
            rule: Arc::clone(&candidate.rule),
            pattern: candidate.test.path.to_string().into(),
        })
    }

    /// How many candidates there are.
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Whether nothing can match.
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// The names of all services and backends that routes lead to.
    pub(super) fn backend_names(&self) -> impl Iterator<Item = Arc<str>> {
        self.candidates.iter().map(|candidate| Arc::clone(candidate.rule.backend.name()))
    }
}

impl Candidate {
    fn fits(&self, head: &RequestHead<'_>) -> bool {
        self.host.fits(head.host) && self.test.fits(head)
    }

    /// Bigger is more specific, compared from the first figure on.
    fn specificity(&self) -> [usize; 8] {
        let (exact_host, host) = match &self.host {
            HostPattern::Any => (0, 0),
            HostPattern::Below(suffix) => (0, suffix.len()),
            HostPattern::Exact(name) => (name.len(), name.len()),
        };
        let length = |part: &Option<String>| part.as_ref().map_or(0, String::len);
        let (kind, path, grpc_method) = match &self.test.path {
            PathTest::Prefix(prefix) => (0, prefix.len(), 0),
            PathTest::Exact(path) => (1, path.len(), 0),
            PathTest::Grpc { service, method } => (2, length(service), length(method)),
        };
        let method = usize::from(self.test.method.is_some());
        let headers = self.test.headers.len();
        [exact_host, host, kind, path, grpc_method, method, headers, self.test.params.len()]
    }
}

impl HostPattern {
    /// Reads a `hostnames` entry; `None` when it is no host name or carries a port or address.
    pub fn parse(text: &str) -> Option<Self> {
        let is_label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let name = text.strip_prefix("*.").unwrap_or(text);
        let is_address = name.split('.').all(|label| label.bytes().all(|b| b.is_ascii_digit()));
        if is_address || !name.split('.').all(is_label) {
            return None;
        }
        let is_wildcard = name.len() < text.len();
        Some(if is_wildcard {
            Self::Below(format!(".{name}"))
        } else {
            Self::Exact(name.to_owned())
        })
    }

    fn fits(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(name) => host.eq_ignore_ascii_case(name),
            Self::Below(suffix) => host
                .len()
                .checked_sub(suffix.len())
                .filter(|start| *start > 0)
                .and_then(|start| host.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(suffix)),
        }
    }
}

impl Test {
    fn fits(&self, head: &RequestHead<'_>) -> bool {
        self.path.fits(head)
            && self.method.as_ref().is_none_or(|method| method == head.method)
            && self.headers.iter().all(|(name, value)| header_is(head.headers, name, value))
            && self.params.iter().all(|(name, value)| param_is(head.query, name, value))
    }
}

impl PathTest {
    fn fits(&self, head: &RequestHead<'_>) -> bool {
        match self {
            Self::Exact(path) => path == head.path,
            Self::Prefix(prefix) => head
                .path
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Self::Grpc { service, method } => {
                let parts = head.path.strip_prefix('/').and_then(|path| path.split_once('/'));
                let fits = |wanted: &Option<String>, is: &str| {
                    wanted.as_ref().is_none_or(|wanted| wanted == is)
                };
                head.is_grpc && parts.is_some_and(|(s, m)| fits(service, s) && fits(method, m))
            }
        }
    }
}

impl fmt::Display for PathTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(prefix) if prefix.is_empty() => f.write_str("/"),
            Self::Exact(path) | Self::Prefix(path) => f.write_str(path),
            Self::Grpc { service, method } => {
                let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "*".to_owned());
                write!(f, "{}/{}", part(service), part(method))
            }
        }
    }
}

/// Lines of one name count as one list (RFC 9110 section 5.3).
fn header_is(headers: &HeaderMap, name: &str, wanted: &str) -> bool {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect();
    !lines.is_empty() && lines.join(b", ".as_slice()) == wanted.as_bytes()
}

/// The first parameter of a name counts.
fn param_is(query: Option<&str>, name: &str, wanted: &str) -> bool {
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let mut of_name = pairs.filter(|(key, _)| key == name);
    of_name.next().is_some_and(|(_, value)| value == wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gateway::rule::{Backend, Timeouts};

    /// A table whose backends are named by the candidates' order in the list.
    fn table(candidates: Vec<(HostPattern, Test)>) -> RouteTable {
        let candidates = candidates.into_iter().enumerate().map(|(idx, (host, test))| Candidate {
            host,
            test,
            rule: Arc::new(Rule {
                name: idx.to_string().into(),
                backend: Backend::Service(idx.to_string().into()),
                auth: None,
                timeouts: Timeouts::default(),
            }),
            order: Order { rule_idx: idx, ..Order::default() },
        });
        RouteTable::new(candidates.collect())
    }

    fn any(path: PathTest) -> (HostPattern, Test) {
        (HostPattern::Any, Test { path, method: None, headers: vec![], params: vec![] })
    }

    fn prefix(path: &str) -> PathTest {
        PathTest::Prefix(path.trim_end_matches('/').into())
    }

    fn grpc(service: Option<&str>, method: Option<&str>) -> PathTest {
        PathTest::Grpc { service: service.map(str::to_owned), method: method.map(str::to_owned) }
    }

    struct Ask<'a> {
        method: Method,
        host: &'a str,
        target: &'a str,
        headers: &'a [(&'static str, &'static str)],
        is_grpc: bool,
    }

    fn ask(target: &str) -> Ask<'_> {
        Ask { method: Method::GET, host: "localhost", target, headers: &[], is_grpc: false }
    }

    fn found(table: &RouteTable, ask: &Ask<'_>) -> Option<usize> {
        let (path, query) = match ask.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (ask.target, None),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in ask.headers {
            headers.append(*name, value.parse().unwrap());
        }
        let head = RequestHead {
            host: ask.host,
            path,
            query,
            method: &ask.method,
            headers: &headers,
            is_grpc: ask.is_grpc,
        };
        table.find(&head).map(|found| found.rule_name().parse().unwrap())
    }

    #[test]
    fn prefixes_fit_whole_segments_and_the_longest_wins() {
        let table = table(vec![
            any(prefix("/products")),
            any(prefix("/products/special/")),
            any(PathTest::Exact("/products/special".into())),
        ]);
        let check = |target, expect| assert_eq!(found(&table, &ask(target)), expect, "{target}");
        check("/products", Some(0));
        check("/products/", Some(0));
        check("/products/42?x=1", Some(0));
        check("/productsale", None);
        check("/Products", None);
        check("/", None);
        check("/products/special", Some(2));
        check("/products/special/", Some(1));
        check("/products/special/7", Some(1));
        check("/products/specials", Some(0));
    }

    #[test]
    fn the_most_specific_host_wins_whatever_the_path() {
        let at = |host: &str, path: &str| (HostPattern::parse(host).unwrap(), any(prefix(path)).1);
        let table = table(vec![
            any(prefix("/very/long/path")),
            at("*.example.com", "/very"),
            at("*.shop.example.com", "/"),
            at("a.shop.example.com", "/"),
        ]);
        let check = |host, expect| {
            let ask = Ask { host, ..ask("/very/long/path") };
            assert_eq!(found(&table, &ask), expect, "{host}");
        };
        check("localhost", Some(0));
        check("example.com", Some(0));
        check(".example.com", Some(0));
        check("x.example.com", Some(1));
        check("X.EXAMPLE.com", Some(1));
        check("b.shop.example.com", Some(2));
        check("a.b.shop.example.com", Some(2));
        check("A.shop.example.com", Some(3));
        check("é.example.com", Some(1));
    }

    #[test]
    fn method_beats_headers_beats_params_beats_order() {
        let base = || any(prefix("/a")).1;
        let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let table = table(vec![
            any(prefix("/a")),
            any(prefix("/a")),
            (HostPattern::Any, Test { params: pair("v", "1 2"), ..base() }),
            (HostPattern::Any, Test { headers: pair("x-env", "a, b"), ..base() }),
            (HostPattern::Any, Test { method: Some(Method::POST), ..base() }),
        ]);
        let check = |ask: Ask<'_>, expect| assert_eq!(found(&table, &ask), expect);
        check(ask("/a"), Some(0));
        check(ask("/a?v=1+2"), Some(2));
        check(ask("/a?v=1%202&v=3"), Some(2));
        check(ask("/a?v=3&v=1+2"), Some(0));
        let headers = &[("x-env", "a"), ("X-Env", "b")];
        check(Ask { headers, ..ask("/a?v=1+2") }, Some(3));
        check(Ask { headers: &headers[..1], ..ask("/a") }, Some(0));
        check(Ask { headers, method: Method::POST, ..ask("/a?v=1+2") }, Some(4));
    }

    #[test]
    fn grpc_calls_match_service_and_method() {
        let table = table(vec![
            any(prefix("/")),
            any(grpc(None, None)),
            any(grpc(None, Some("Get"))),
            any(grpc(Some("a.v1.Things"), None)),
            any(grpc(Some("a.v1.Things"), Some("Get"))),
        ]);
        let check = |target, is_grpc, expect| {
            let ask = Ask { is_grpc, ..ask(target) };
            assert_eq!(found(&table, &ask), expect, "{target}");
        };
        check("/a.v1.Things/Get", true, Some(4));
        check("/a.v1.Things/List", true, Some(3));
        check("/a.v1.Thing/Get", true, Some(2));
        check("/b.Other/List", true, Some(1));
        check("/nothing", true, Some(0));
        check("/a.v1.Things/Get", false, Some(0));
    }

    #[test]
    fn what_a_host_name_is() {
        let check = |text, expect: bool| {
            assert_eq!(HostPattern::parse(text).is_some(), expect, "{text}");
        };
        check("example.com", true);
        check("*.example.com", true);
        check("localhost", true);
        check("a-1.b", true);
        check("", false);
        check("*", false);
        check("*.", false);
        check("a.*.com", false);
        check("Example.com", false);
        check("example.com:80", false);
        check("127.0.0.1", false);
        check("-a.com", false);
    }

    proptest! {
        #[test]
        fn a_prefix_fits_exactly_its_segments(
            wanted in prop::collection::vec("[ab]{1,2}", 0..4),
            asked in prop::collection::vec("[ab]{1,2}", 0..5),
        ) {
            let table = table(vec![any(prefix(&format!("/{}", wanted.join("/"))))]);
            let target = format!("/{}", asked.join("/"));
            let expect = asked.starts_with(&wanted).then_some(0);
            prop_assert_eq!(found(&table, &ask(&target)), expect);
        }

        #[test]
        fn the_order_in_the_file_does_not_decide(
            paths in prop::collection::btree_set("/[ab](/[ab]){0,2}", 1..6),
            asked in "/[ab](/[ab]){0,3}",
            rotate in 0..6usize,
        ) {
            let paths: Vec<_> = paths.into_iter().collect();
            let mut turned = paths.clone();
            turned.rotate_left(rotate % paths.len());
            let best = |paths: &[String]| {
                let table = table(paths.iter().map(|path| any(prefix(path))).collect());
                found(&table, &ask(&asked)).map(|idx| paths[idx].clone())
            };
            prop_assert_eq!(best(&paths), best(&turned));
        }
    }
}
