//! Envoy Gateway's `SecurityPolicy`: who may call.

use http::HeaderName;

use super::super::fields::{Fields, Text};
use super::super::yaml::Sink;
use super::{CORE, GATEWAY_API, Meta, Reference};
use crate::model::ConfigFault;

/// A `SecurityPolicy` with `apiKeyAuth`.
#[derive(Debug)]
pub(in super::super) struct PolicyDoc {
    pub(in super::super) meta: Meta,
    /// `Gateway`, `HTTPRoute` or `GRPCRoute`.
    pub(in super::super) targets: Vec<Reference>,
    pub(in super::super) credentials: Vec<Reference>,
    pub(in super::super) headers: Vec<HeaderName>,
    pub(in super::super) client_header: Option<HeaderName>,
    pub(in super::super) takes_key_out: bool,
}

pub(super) fn read(meta: Meta, fields: &mut Fields<'_>, sink: &mut Sink) -> Option<PolicyDoc> {
    let mut spec = fields.required_map("spec", sink)?;
    spec.unsupported(
        &[
            "targetRef",
            "targetSelectors",
            "cors",
            "basicAuth",
            "jwt",
            "oidc",
            "extAuth",
            "authorization",
            "mergeType",
        ],
        sink,
    );
    let targets = read_targets(&mut spec, sink);
    if targets.is_empty() {
        spec.refuse(spec.at, "targetRefs", ConfigFault::NoTarget, sink);
    }
    let auth = spec.map("apiKeyAuth", sink);
    if auth.is_none() {
        spec.refuse(spec.at, "apiKeyAuth", ConfigFault::Missing, sink);
    }
    spec.finish(sink);
    let mut auth = auth?;
    let credentials = auth.maps("credentialRefs", sink);
    let credentials: Vec<_> = credentials
        .into_iter()
        .filter_map(|mut fields| {
            let reference = Reference::read(&mut fields, &[(CORE, "Secret")], sink);
            fields.finish(sink);
            reference
        })
        .collect();
    if credentials.is_empty() {
        auth.refuse(auth.at, "credentialRefs", ConfigFault::NoCredential, sink);
    }
    let headers = read_sources(&mut auth, sink);
    if headers.is_empty() {
        auth.refuse(auth.at, "extractFrom", ConfigFault::NoHeader, sink);
    }
    let client_header = auth.text("forwardClientIDHeader", sink);
    let client_header = client_header.and_then(|text| header_name(&auth, &text, sink));
    let takes_key_out = auth.flag("sanitize", sink).unwrap_or_default();
    auth.finish(sink);
    Some(PolicyDoc { meta, targets, credentials, headers, client_header, takes_key_out })
}

fn read_targets(spec: &mut Fields<'_>, sink: &mut Sink) -> Vec<Reference> {
    let kinds = [(GATEWAY_API, "HTTPRoute"), (GATEWAY_API, "GRPCRoute"), (GATEWAY_API, "Gateway")];
    let mut targets = Vec::new();
    for mut target in spec.maps("targetRefs", sink) {
        target.unsupported(&["sectionName"], sink);
        if target.required("kind", sink).is_some() {
            targets.extend(Reference::read(&mut target, &kinds, sink));
        }
        target.finish(sink);
    }
    targets
}

fn read_sources(auth: &mut Fields<'_>, sink: &mut Sink) -> Vec<HeaderName> {
    let mut headers = Vec::new();
    for mut source in auth.maps("extractFrom", sink) {
        source.unsupported(&["params", "cookies"], sink);
        for text in source.texts("headers", sink) {
            headers.extend(header_name(&source, &text, sink));
        }
        source.finish(sink);
    }
    headers
}

fn header_name(fields: &Fields<'_>, text: &Text, sink: &mut Sink) -> Option<HeaderName> {
    let name = HeaderName::try_from(&text.text).ok();
    if name.is_none() {
        fields.refuse(text.at, "headers", ConfigFault::NotHeaderName(text.text.clone()), sink);
    }
    name
}
