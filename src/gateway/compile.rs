//! Documents -> route table: resolves what documents say about each other.

use std::sync::Arc;

use crate::model::{ConfigFault, Endpoint, ProblemKind};

use super::auth::ApiKeyAuth;
use super::config::Config;
use super::documents::{Documents, GatewayDoc, Meta, PolicyDoc, Reference, RouteDoc, RuleDoc};
use super::route::{Candidate, Order, RouteTable};
use super::rule::{Backend, Rule};
use super::yaml::Sink;

/// Builds the configuration; what does not resolve is a problem.
pub(super) fn compile(documents: &Documents, sink: &mut Sink) -> Config {
    report_duplicates(documents, sink);
    let mut gateways = documents.gateways.iter();
    let gateway = gateways.next();
    for second in gateways {
        sink.error(second.meta.at, ProblemKind::Unsupported { subject: second.meta.to_string() });
    }
    let policies: Vec<_> = documents
        .policies
        .iter()
        .map(|policy| (policy, resolve(policy, documents, sink)))
        .collect();
    let mut candidates = Vec::new();
    for route in &documents.routes {
        check_parents(route, gateway, sink);
        let auth = auth_of(route, gateway, &policies);
        for (idx, rule) in route.rules.iter().enumerate() {
            let Some(backend) = backend_of(rule, route, documents, sink) else { continue };
            let rule_name = format!("{} rule {}", route.meta, idx + 1);
            let compiled = Arc::new(Rule {
                name: rule_name.into(),
                backend,
                auth: auth.clone(),
                timeouts: rule.timeouts,
            });
            candidates.extend(candidates_of(route, idx, rule, &compiled));
        }
    }
    Config { routes: RouteTable::new(candidates), port: gateway.map(|gateway| gateway.port) }
}

fn candidates_of<'a>(
    route: &'a RouteDoc,
    rule_idx: usize,
    rule: &'a RuleDoc,
    compiled: &'a Arc<Rule>,
) -> impl Iterator<Item = Candidate> + 'a {
    let order = Order {
        created: (route.meta.created.is_none(), route.meta.created.clone().unwrap_or_default()),
        name: format!("{}/{}", route.meta.namespace, route.meta.name),
        rule_idx,
    };
    route.hosts.iter().flat_map(move |host| {
        let order = order.clone();
        rule.tests.iter().map(move |test| Candidate {
            host: host.clone(),
            test: test.clone(),
            rule: Arc::clone(compiled),
            order: order.clone(),
        })
    })
}

fn check_parents(route: &RouteDoc, gateway: Option<&GatewayDoc>, sink: &mut Sink) {
    for parent in &route.parents {
        let refers = |gateway: &GatewayDoc| {
            parent.gateway.means(&gateway.meta, &route.meta.namespace)
                && parent.listener.as_ref().is_none_or(|name| *name == gateway.listener)
                && parent.port.is_none_or(|port| port == gateway.port)
        };
        if !gateway.is_some_and(refers) {
            let subject = format!("{}: spec.parentRefs {}", route.meta, parent.gateway.name);
            sink.config(parent.gateway.at, subject, ConfigFault::NoSuchListener);
        }
    }
}

/// The policy of a route: its own, else the Gateway's (Envoy Gateway's order).
fn auth_of(
    route: &RouteDoc,
    gateway: Option<&GatewayDoc>,
    policies: &[(&PolicyDoc, Arc<ApiKeyAuth>)],
) -> Option<Arc<ApiKeyAuth>> {
    let targeting = |meta: &Meta| {
        let mut fitting = policies.iter().filter(|(policy, _)| targets(policy, meta));
        fitting.next().map(|(_, auth)| Arc::clone(auth))
    };
    targeting(&route.meta).or_else(|| targeting(&gateway?.meta))
}

fn targets(policy: &PolicyDoc, meta: &Meta) -> bool {
    policy.targets.iter().any(|target| target.means(meta, &policy.meta.namespace))
}

fn resolve(policy: &PolicyDoc, documents: &Documents, sink: &mut Sink) -> Arc<ApiKeyAuth> {
    let home = &policy.meta.namespace;
    let routes = documents.routes.iter().map(|route| &route.meta);
    let metas: Vec<_> =
        routes.chain(documents.gateways.iter().map(|gateway| &gateway.meta)).collect();
    for target in &policy.targets {
        let fitting = metas.iter().filter(|meta| target.means(meta, home)).count();
        if fitting == 0 {
            // The route that was meant would stay public.
            let subject = format!("{}: spec.targetRefs {}", policy.meta, target.name);
            sink.config(target.at, subject, ConfigFault::NoSuch(target.kind.clone()));
        }
    }
    let mut keys: Vec<(Arc<str>, crate::model::Secret)> = Vec::new();
    for reference in &policy.credentials {
        let secret = documents.secrets.iter().find(|secret| reference.means(&secret.meta, home));
        match secret {
            None => {
                refuse_credential(
                    policy,
                    reference,
                    ConfigFault::NoSuch("Secret".to_owned()),
                    sink,
                );
            }
            Some(secret) if secret.values.iter().any(|(_, key)| key.is_empty()) => {
                refuse_credential(policy, reference, ConfigFault::EmptyKey, sink);
            }
            Some(secret) if secret.values.is_empty() => {
                refuse_credential(policy, reference, ConfigFault::NoKey, sink);
            }
            Some(secret) => keys.extend(
                secret.values.iter().map(|(client, key)| (client.as_str().into(), key.clone())),
            ),
        }
    }
    Arc::new(ApiKeyAuth {
        policy: policy.meta.to_string().into(),
        headers: policy.headers.clone(),
        keys,
        client_header: policy.client_header.clone(),
        takes_key_out: policy.takes_key_out,
    })
}

fn refuse_credential(
    policy: &PolicyDoc,
    reference: &Reference,
    fault: ConfigFault,
    sink: &mut Sink,
) {
    let subject = format!("{}: spec.apiKeyAuth.credentialRefs {}", policy.meta, reference.name);
    sink.config(reference.at, subject, fault);
}

fn backend_of(
    rule: &RuleDoc,
    route: &RouteDoc,
    documents: &Documents,
    sink: &mut Sink,
) -> Option<Backend> {
    let reference = &rule.backend;
    if reference.kind == "Service" {
        return Some(Backend::Service(reference.name.as_str().into()));
    }
    let mut backends = documents.backends.iter();
    let Some(found) = backends.find(|doc| reference.means(&doc.meta, &route.meta.namespace)) else {
        let subject = format!("{}: spec.rules.backendRefs {}", route.meta, reference.name);
        sink.config(reference.at, subject, ConfigFault::NoSuch("Backend".to_owned()));
        return None;
    };
    let name: Arc<str> = found.meta.name.as_str().into();
    let endpoints = found.addresses.iter().enumerate().map(|(idx, address)| Endpoint {
        instance: format!("{name}-{}", idx + 1).into(),
        address: *address,
    });
    Some(Backend::Fixed { endpoints: endpoints.collect(), name })
}

/// Two documents of one kind and name: in a cluster the second would replace the first.
fn report_duplicates(documents: &Documents, sink: &mut Sink) {
    let gateways = documents.gateways.iter().map(|doc| &doc.meta);
    let metas = gateways
        .chain(documents.routes.iter().map(|doc| &doc.meta))
        .chain(documents.policies.iter().map(|doc| &doc.meta))
        .chain(documents.secrets.iter().map(|doc| &doc.meta))
        .chain(documents.backends.iter().map(|doc| &doc.meta));
    let mut seen = std::collections::BTreeSet::new();
    for meta in metas {
        if !seen.insert(meta.to_string()) {
            sink.config(meta.at, meta.to_string(), ConfigFault::Twice);
        }
    }
}
