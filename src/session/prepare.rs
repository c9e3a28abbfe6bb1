//! From a draft to the request that will be sent: exactly what is set, nothing more.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::{Refusal, State};
use crate::model::{
    CallBody, CallKind, GrpcWeb, Headers, Keepalive, MethodPath, Protocol, Request, Target,
    TargetError, TlsOptions,
};
use crate::workspace::{Auth, Draft};

/// Makes the request of a draft, or says why it cannot be made.
pub(super) fn prepare(draft: &Draft, state: &State) -> Result<Request, Refusal> {
    let target = target_of(draft).map_err(Refusal::Target)?;
    let body = match draft.protocol {
        Protocol::Grpc => grpc_body(draft, state)?,
        Protocol::Http => CallBody::Http {
            method: draft.http_method.clone(),
            body: Bytes::from(draft.body.clone()),
        },
    };
    let mut request = Request::new(target, body);
    request.headers = headers_of(draft);
    request.deadline = draft.options.deadline_millis.map(Duration::from_millis);
    request.tls = tls_of(draft);
    request.authority = some_text(&draft.options.authority);
    request.max_message_bytes =
        (draft.options.max_message_mib as usize).saturating_mul(1024 * 1024);
    request.compression = draft.options.compression;
    request.keepalive = keepalive_of(draft);
    request.grpc_web = draft.options.grpc_web;
    Ok(request)
}

/// Where the draft goes: for HTTP its path joins the address.
pub(super) fn target_of(draft: &Draft) -> Result<Target, TargetError> {
    let mut target: Target = draft.target.parse()?;
    if let Some(security) = draft.security_override {
        target.security = security;
    }
    if draft.protocol == Protocol::Http && !draft.http_path.is_empty() {
        let base = target.path.trim_end_matches('/');
        let path = draft.http_path.trim();
        let slash = if path.starts_with('/') { "" } else { "/" };
        target.path = format!("{base}{slash}{path}");
    }
    Ok(target)
}

fn grpc_body(draft: &Draft, state: &State) -> Result<CallBody, Refusal> {
    let method: &MethodPath = draft.method.as_ref().ok_or(Refusal::UnknownMethod)?;
    let schema = state.schema_of(draft).ok_or(Refusal::UnknownMethod)?;
    let info = schema.method(method).ok_or(Refusal::UnknownMethod)?;
    if draft.options.grpc_web.is_some() && !GrpcWeb::has(info.kind) {
        return Err(Refusal::WebStreaming);
    }
    let messages = match (draft.body.trim(), info.kind) {
        // A stream of many begins without a message, too.
        ("", CallKind::ClientStream | CallKind::Bidirectional) => Vec::new(),
        // An emptied editor means the empty message: every field of it is unset.
        ("", _) => vec![Bytes::new()],
        (text, _) => vec![schema.encode_json(&info.input, text).map_err(Refusal::Body)?],
    };
    Ok(CallBody::Grpc { method: method.clone(), messages })
}

pub(super) fn headers_of(draft: &Draft) -> Headers {
    let mut headers = Headers::new();
    for row in draft.metadata.iter().filter(|row| row.is_enabled && !row.name.trim().is_empty()) {
        let (name, value) = (row.name.trim(), row.value.clone());
        if row.stays_in_memory() {
            headers.push_secret(name, value);
        } else {
            headers.push(name, value);
        }
    }
    match &draft.auth {
        Auth::None => {}
        Auth::ApiKey { header, value } => {
            headers.push_secret(header.trim(), value.reveal().to_owned());
        }
        Auth::Bearer(token) => headers.push("authorization", format!("Bearer {}", token.reveal())),
        Auth::Basic { user, password } => {
            let pair = STANDARD.encode(format!("{user}:{}", password.reveal()));
            headers.push("authorization", format!("Basic {pair}"));
        }
    }
    if let Some(agent) = some_text(&draft.options.user_agent)
        && !headers.contains("user-agent")
    {
        headers.push("user-agent", agent);
    }
    let is_json = draft.protocol == Protocol::Http
        && !draft.body.trim().is_empty()
        && !headers.contains("content-type");
    if is_json {
        headers.push("content-type", "application/json");
    }
    headers
}

/// Whether its connection is watched.
pub(super) fn keepalive_of(draft: &Draft) -> Option<Keepalive> {
    Keepalive::every(Duration::from_secs(draft.options.keepalive_secs?))
}

/// How the draft verifies its peer.
pub(super) fn tls_of(draft: &Draft) -> TlsOptions {
    let file = |text: &str| some_text(text).map(PathBuf::from);
    TlsOptions {
        ca_file: file(&draft.options.ca_file),
        cert_file: file(&draft.options.cert_file),
        key_file: file(&draft.options.key_file),
        server_name: some_text(&draft.options.server_name),
        is_insecure: draft.options.is_insecure,
    }
}

fn some_text(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DraftId;
    use crate::workspace::MetadataRow;

    #[test]
    fn the_user_agent_is_that_of_the_metadata_else_that_of_the_options() {
        let mut draft = Draft::new(DraftId(1), Protocol::Grpc);
        let sent = |draft: &Draft| -> Vec<String> {
            headers_of(draft).iter().map(|header| header.text().into_owned()).collect()
        };
        assert_eq!(sent(&draft), [""; 0]);
        draft.options.user_agent = " load/1 ".into();
        assert_eq!(sent(&draft), ["load/1"]);
        draft.metadata.push(MetadataRow::new("User-Agent", "row/2"));
        assert_eq!(sent(&draft), ["row/2"]);
        draft.metadata[0].is_enabled = false;
        assert_eq!(sent(&draft), ["load/1"]);
    }
}
