//! The kinds of document that a configuration may hold, read from the tree into plain data.
//!
//! Reading knows one document at a time; what documents say about each other is `compile`'s business.

mod backend;
mod gateway;
mod policy;
mod route;
mod secret;

use std::fmt;

use crate::model::{ConfigFault, ProblemKind};

use super::fields::{Fields, Text};
use super::yaml::{At, Node, Sink};

pub(super) use backend::BackendDoc;
pub(super) use gateway::GatewayDoc;
pub(super) use policy::PolicyDoc;
pub(super) use route::{RouteDoc, RuleDoc};
pub(super) use secret::SecretDoc;

const GATEWAY_API: &str = "gateway.networking.k8s.io";
const ENVOY_GATEWAY: &str = "gateway.envoyproxy.io";
const CORE: &str = "";

/// All documents of a file.
#[derive(Debug, Default)]
pub(super) struct Documents {
    pub(super) gateways: Vec<GatewayDoc>,
    pub(super) routes: Vec<RouteDoc>,
    pub(super) policies: Vec<PolicyDoc>,
    pub(super) secrets: Vec<SecretDoc>,
    pub(super) backends: Vec<BackendDoc>,
}

/// What every document says about itself.
#[derive(Debug, Clone)]
pub(super) struct Meta {
    pub(super) kind: &'static str,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) created: Option<String>,
    pub(super) at: At,
}

impl fmt::Display for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// A reference to another document.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) kind: String,
    /// `None`: that of the document that refers.
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) at: At,
}

impl Reference {
    /// Whether it means this document, said in namespace `home`.
    pub(super) fn means(&self, meta: &Meta, home: &str) -> bool {
        self.kind == meta.kind
            && self.name == meta.name
            && self.namespace.as_deref().unwrap_or(home) == meta.namespace
    }

    /// Reads group, kind, namespace and name. `kinds` are those that may be referred to, with their
    /// groups; the first is the default. Without a default kind the API requires it to be written.
    fn read(fields: &mut Fields<'_>, kinds: &[(&str, &str)], sink: &mut Sink) -> Option<Self> {
        let group = fields.text("group", sink).map(|text| text.text);
        let kind = fields.text("kind", sink);
        let namespace = fields.text("namespace", sink).map(|text| text.text);
        let name = fields.required("name", sink)?;
        let kind_name = match &kind {
            Some(kind) => kind.text.as_str(),
            None => kinds.first().map(|(_, kind)| *kind)?,
        };
        let Some((wanted, _)) = kinds.iter().find(|(_, known)| *known == kind_name) else {
            if let Some(kind) = &kind {
                fields.unsupported_value("kind", kind, sink);
            }
            return None;
        };
        // The group's default goes with the default kind; a wrong one would not resolve in a cluster.
        let default = kinds.first().map(|(group, _)| *group).unwrap_or_default();
        if group.as_deref().unwrap_or(default) != *wanted {
            let fault = ConfigFault::WrongGroup {
                wanted: (*wanted).to_owned(),
                kind: kind_name.to_owned(),
            };
            fields.refuse(fields.at, "group", fault, sink);
            return None;
        }
        Some(Self { kind: kind_name.to_owned(), namespace, name: name.text, at: name.at })
    }
}

/// Reads all documents.
pub(super) fn read(nodes: &[Node], sink: &mut Sink) -> Documents {
    let mut documents = Documents::default();
    for node in nodes {
        read_one(node, &mut documents, sink);
    }
    documents
}

fn read_one(node: &Node, documents: &mut Documents, sink: &mut Sink) -> Option<()> {
    let mut fields = Fields::of(node, "document", "", sink)?;
    let version = fields.required("apiVersion", sink)?;
    let kind = fields.required("kind", sink)?;
    let (group, version_only) = version.text.rsplit_once('/').unwrap_or((CORE, &version.text));
    let (kind_name, wanted) = match (group, kind.text.as_str()) {
        (GATEWAY_API, "Gateway") => ("Gateway", &["v1", "v1beta1"][..]),
        (GATEWAY_API, "HTTPRoute") => ("HTTPRoute", &["v1", "v1beta1"][..]),
        (GATEWAY_API, "GRPCRoute") => ("GRPCRoute", &["v1", "v1alpha2"][..]),
        (ENVOY_GATEWAY, "SecurityPolicy") => ("SecurityPolicy", &["v1alpha1"][..]),
        (ENVOY_GATEWAY, "Backend") => ("Backend", &["v1alpha1"][..]),
        (CORE, "Secret") => ("Secret", &["v1"][..]),
        _ => {
            let subject = format!("{} {}", version.text, kind.text);
            sink.error(kind.at, ProblemKind::Unsupported { subject });
            return None;
        }
    };
    if !wanted.contains(&version_only) {
        fields.unsupported_value("apiVersion", &version, sink);
        return None;
    }
    let meta = read_meta(&mut fields, kind_name, kind.at, sink)?;
    let mut fields = Fields::of(node, &meta.to_string(), "", sink)?;
    fields.ignore(&["apiVersion", "kind", "metadata", "status"]);
    match kind_name {
        "Gateway" => documents.gateways.extend(gateway::read(meta, &mut fields, sink)),
        "SecurityPolicy" => documents.policies.extend(policy::read(meta, &mut fields, sink)),
        "Backend" => documents.backends.extend(backend::read(meta, &mut fields, sink)),
        "Secret" => documents.secrets.push(secret::read(meta, &mut fields, sink)),
        _ => documents.routes.extend(route::read(meta, &mut fields, sink)),
    }
    fields.finish(sink);
    Some(())
}

fn read_meta(fields: &mut Fields<'_>, kind: &'static str, at: At, sink: &mut Sink) -> Option<Meta> {
    if fields.node("metadata").is_none() {
        sink.config(at, format!("{kind}: metadata"), ConfigFault::Missing);
        return None;
    }
    let mut metadata = fields.map("metadata", sink)?;
    let name = metadata.required("name", sink)?;
    let text = |text: Option<Text>| text.map(|text| text.text);
    let namespace = text(metadata.text("namespace", sink)).unwrap_or_else(|| "default".to_owned());
    let created = text(metadata.text("creationTimestamp", sink));
    metadata.ignore(&[
        "labels",
        "annotations",
        "uid",
        "resourceVersion",
        "generation",
        "managedFields",
        "finalizers",
        "ownerReferences",
    ]);
    metadata.finish(sink);
    Some(Meta { kind, namespace, name: name.text, created, at: name.at })
}
