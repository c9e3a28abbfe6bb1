//! `HTTPRoute` and `GRPCRoute`: which requests, where to, and how long they may take.

use http::{HeaderName, Method};

use super::super::deadline::parse_duration;
use super::super::fields::Fields;
use super::super::route::{HostPattern, PathTest, Test};
use super::super::rule::Timeouts;
use super::super::yaml::{At, Sink};
use super::{CORE, ENVOY_GATEWAY, GATEWAY_API, Meta, Reference};
use crate::model::ConfigFault;

/// An `HTTPRoute` or a `GRPCRoute`.
#[derive(Debug)]
pub(in super::super) struct RouteDoc {
    pub(in super::super) meta: Meta,
    pub(in super::super) parents: Vec<ParentDoc>,
    /// At least one; `Any` when the document names none.
    pub(in super::super) hosts: Vec<HostPattern>,
    pub(in super::super) rules: Vec<RuleDoc>,
}

/// One of `parentRefs`.
#[derive(Debug)]
pub(in super::super) struct ParentDoc {
    pub(in super::super) gateway: Reference,
    pub(in super::super) listener: Option<String>,
    pub(in super::super) port: Option<u16>,
}

/// One rule.
#[derive(Debug)]
pub(in super::super) struct RuleDoc {
    /// At least one.
    pub(in super::super) tests: Vec<Test>,
    pub(in super::super) backend: Reference,
    pub(in super::super) timeouts: Timeouts,
}

pub(super) fn read(meta: Meta, fields: &mut Fields<'_>, sink: &mut Sink) -> Option<RouteDoc> {
    let mut spec = fields.required_map("spec", sink)?;
    spec.unsupported(&["useDefaultGateways"], sink);
    let parents = read_parents(&mut spec, sink);
    let mut hosts = Vec::new();
    for text in spec.texts("hostnames", sink) {
        match HostPattern::parse(&text.text) {
            Some(host) => hosts.push(host),
            None => spec.refuse(text.at, "hostnames", ConfigFault::NotHostName, sink),
        }
    }
    if hosts.is_empty() {
        hosts.push(HostPattern::Any);
    }
    let is_grpc = meta.kind == "GRPCRoute";
    let rules = spec.maps("rules", sink);
    if rules.is_empty() {
        spec.refuse(spec.at, "rules", ConfigFault::Missing, sink);
    }
    let rules = rules.into_iter().filter_map(|rule| read_rule(rule, is_grpc, sink)).collect();
    spec.finish(sink);
    Some(RouteDoc { meta, parents, hosts, rules })
}

fn read_parents(spec: &mut Fields<'_>, sink: &mut Sink) -> Vec<ParentDoc> {
    let mut parents = Vec::new();
    for mut parent in spec.maps("parentRefs", sink) {
        let gateway = Reference::read(&mut parent, &[(GATEWAY_API, "Gateway")], sink);
        let listener = parent.text("sectionName", sink).map(|text| text.text);
        let port = parent.port("port", sink);
        parent.finish(sink);
        parents.extend(gateway.map(|gateway| ParentDoc { gateway, listener, port }));
    }
    if parents.is_empty() {
        spec.refuse(spec.at, "parentRefs", ConfigFault::NoParent, sink);
    }
    parents
}

fn read_rule(mut rule: Fields<'_>, is_grpc: bool, sink: &mut Sink) -> Option<RuleDoc> {
    rule.ignore(&["name"]);
    rule.unsupported(&["filters", "retry", "sessionPersistence"], sink);
    // The API gives a GRPCRoute no timeouts: there the caller's grpc-timeout is the limit.
    let timeouts = if is_grpc { Timeouts::default() } else { read_timeouts(&mut rule, sink) };
    let matches = rule.maps("matches", sink);
    let read_match = |fields| {
        if is_grpc { Some(read_grpc_match(fields, sink)) } else { read_http_match(fields, sink) }
    };
    let mut tests: Vec<_> = matches.into_iter().filter_map(read_match).collect();
    if tests.is_empty() {
        let path = if is_grpc {
            PathTest::Grpc { service: None, method: None }
        } else {
            PathTest::Prefix(String::new())
        };
        tests.push(Test { path, method: None, headers: Vec::new(), params: Vec::new() });
    }
    let backend = read_backend(&mut rule, sink);
    rule.finish(sink);
    Some(RuleDoc { tests, backend: backend?, timeouts })
}

fn read_backend(rule: &mut Fields<'_>, sink: &mut Sink) -> Option<Reference> {
    let mut backends = rule.maps("backendRefs", sink).into_iter();
    let Some(mut fields) = backends.next() else {
        rule.refuse(rule.at, "backendRefs", ConfigFault::NoBackend, sink);
        return None;
    };
    for second in backends {
        second.refuse(second.at, "name", ConfigFault::SecondBackend, sink);
    }
    let backend =
        Reference::read(&mut fields, &[(CORE, "Service"), (ENVOY_GATEWAY, "Backend")], sink);
    // Instances bring their own ports; on a cluster the port is needed, so it may stand here.
    fields.port("port", sink);
    // With one backend every weight means the same.
    fields.ignore(&["weight"]);
    fields.unsupported(&["filters"], sink);
    fields.finish(sink);
    backend
}

fn read_timeouts(rule: &mut Fields<'_>, sink: &mut Sink) -> Timeouts {
    let Some(mut fields) = rule.map("timeouts", sink) else { return Timeouts::default() };
    let request = read_timeout(&mut fields, "request", sink);
    let backend_request = read_timeout(&mut fields, "backendRequest", sink);
    if let (Some(whole), Some(one_try)) = (request, backend_request)
        && one_try > whole
    {
        fields.refuse(fields.at, "backendRequest", ConfigFault::LongerThanRequest, sink);
    }
    fields.finish(sink);
    Timeouts { request, backend_request }
}

/// Zero switches a timer off (GEP-1742).
fn read_timeout(
    fields: &mut Fields<'_>,
    name: &'static str,
    sink: &mut Sink,
) -> Option<std::time::Duration> {
    let text = fields.text(name, sink)?;
    let duration = parse_duration(&text.text);
    if duration.is_none() {
        fields.refuse(text.at, name, ConfigFault::NotDuration, sink);
    }
    duration.filter(|duration| !duration.is_zero())
}

fn read_http_match(mut fields: Fields<'_>, sink: &mut Sink) -> Option<Test> {
    let path = match fields.map("path", sink) {
        Some(path) => read_path(path, sink),
        None => Some(PathTest::Prefix(String::new())),
    };
    let method = fields.text("method", sink);
    let parsed = method.as_ref().and_then(|text| text.text.parse::<Method>().ok());
    if let (Some(text), None) = (&method, &parsed) {
        fields.refuse(text.at, "method", ConfigFault::NotMethod, sink);
    }
    let headers = read_pairs(&mut fields, "headers", sink);
    let params = read_pairs(&mut fields, "queryParams", sink);
    fields.finish(sink);
    let headers = unique(lower_case(headers, sink));
    Some(Test { path: path?, method: parsed, headers, params: unique(params) })
}

fn read_path(mut fields: Fields<'_>, sink: &mut Sink) -> Option<PathTest> {
    let kind = fields.text("type", sink);
    let value = fields.text("value", sink);
    let at = value.as_ref().map_or(fields.at, |value| value.at);
    let value = value.map_or_else(|| "/".to_owned(), |text| text.text);
    if !value.starts_with('/') || value.contains("//") || value.contains(['?', '#']) {
        fields.refuse(at, "value", ConfigFault::NotPath, sink);
    }
    let path = match kind.as_ref().map_or("PathPrefix", |text| text.text.as_str()) {
        "Exact" => Some(PathTest::Exact(value)),
        "PathPrefix" => Some(PathTest::Prefix(value.trim_end_matches('/').to_owned())),
        _ => None,
    };
    if let (Some(kind), None) = (&kind, &path) {
        fields.unsupported_value("type", kind, sink);
    }
    fields.finish(sink);
    path
}

fn read_grpc_match(mut fields: Fields<'_>, sink: &mut Sink) -> Test {
    let path = match fields.map("method", sink) {
        None => PathTest::Grpc { service: None, method: None },
        Some(mut method) => {
            if let Some(kind) = method.text("type", sink).filter(|kind| kind.text != "Exact") {
                method.unsupported_value("type", &kind, sink);
            }
            let service = method.text("service", sink).map(|text| text.text);
            let name = method.text("method", sink).map(|text| text.text);
            if service.is_none() && name.is_none() {
                method.refuse(method.at, "service", ConfigFault::NoServiceOrMethod, sink);
            }
            method.finish(sink);
            PathTest::Grpc { service, method: name }
        }
    };
    let headers = read_pairs(&mut fields, "headers", sink);
    fields.finish(sink);
    let headers = unique(lower_case(headers, sink));
    Test { path, method: None, headers, params: Vec::new() }
}

/// Name, value and the name's place.
type Pair = (String, String, At);

fn read_pairs(fields: &mut Fields<'_>, list: &'static str, sink: &mut Sink) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for mut item in fields.maps(list, sink) {
        if let Some(kind) = item.text("type", sink).filter(|kind| kind.text != "Exact") {
            item.unsupported_value("type", &kind, sink);
        }
        let name = item.required("name", sink);
        let value = item.required("value", sink);
        item.finish(sink);
        if let (Some(name), Some(value)) = (name, value) {
            pairs.push((name.text, value.text, name.at));
        }
    }
    pairs
}

/// Header names compare without case.
fn lower_case(pairs: Vec<Pair>, sink: &mut Sink) -> Vec<Pair> {
    let mut names = Vec::new();
    for (name, value, at) in pairs {
        match HeaderName::try_from(&name) {
            Ok(name) => names.push((name.as_str().to_owned(), value, at)),
            Err(_invalid) => {
                sink.config(at, name.clone(), ConfigFault::NotHeaderName(name));
            }
        }
    }
    names
}

/// Of several conditions on one name the first counts, as the API has it.
fn unique(pairs: Vec<Pair>) -> Vec<(String, String)> {
    let mut unique: Vec<(String, String)> = Vec::new();
    for (name, value, _) in pairs {
        if unique.iter().all(|(known, _)| *known != name) {
            unique.push((name, value));
        }
    }
    unique
}
