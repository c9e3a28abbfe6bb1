//! A call that passed as a draft: what its client asked can be asked again, and changed.

use std::sync::Arc;

use super::TappedCall;
use crate::model::{Call, CallBody, CallId, DraftId, Protocol, TapId};
use crate::schema::Schema;
use crate::session::core::Core;
use crate::session::message::Message;
use crate::workspace::{Draft, MetadataRow, SavedSource};

/// Headers that belong to one connection (RFC 9110 section 7.6.1), and those that the sender writes anew.
const OWN: [&str; 19] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-timeout",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

impl Core {
    /// Makes a draft of a call that passed, and shows it.
    pub(in crate::session) fn draft_of_tapped(&mut self, id: TapId, call: CallId) {
        let Some(tap) = self.state.tap(id).cloned() else { return };
        let Some(passed) = tap.call(call).cloned() else { return };
        let wish = &tap.wish;
        let mut draft = Draft::new(DraftId::next(), Protocol::Http);
        draft.target.clone_from(&wish.target);
        draft.security_override = wish.security;
        let path = |path: &Option<std::path::PathBuf>| {
            path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
        };
        draft.options.ca_file = path(&wish.tls.ca_file);
        draft.options.cert_file = path(&wish.tls.cert_file);
        draft.options.key_file = path(&wish.tls.key_file);
        draft.options.server_name = wish.tls.server_name.clone().unwrap_or_default();
        draft.options.is_insecure = wish.tls.is_insecure;
        let known = self.schema_of_tapped(id, &passed);
        let schema = known.as_ref().map(|(schema, _)| Arc::clone(schema));
        if let Some((_, source)) = known {
            // What the target told itself is asked of it again, where a draft can find it.
            draft.source = Some(source.unwrap_or_else(|| {
                self.open_reflection(&wish.target);
                SavedSource::Reflection { target: wish.target.clone(), security_override: None }
            }));
        }
        let inbox = self.inbox.clone();
        self.tasks.spawn(async move {
            let fill = move || filled(draft, &passed, schema.as_deref());
            let Ok(draft) = tokio::task::spawn_blocking(fill).await else { return };
            inbox.send(Message::TappedDrafted(Box::new(draft))).await.ok();
        });
    }

    /// The draft is ready.
    pub(in crate::session) fn tapped_drafted(&mut self, draft: Draft) {
        self.add_draft(draft);
    }
}

/// The rest of the draft, from what passed. Slow for a big call.
fn filled(mut draft: Draft, passed: &TappedCall, schema: Option<&Schema>) -> Draft {
    let call: Call = passed.read();
    match &call.request.body {
        CallBody::Grpc { method, messages } => {
            draft.protocol = Protocol::Grpc;
            draft.method = Some(method.clone());
            let input = schema.and_then(|schema| Some((schema, &schema.method(method)?.input)));
            let first = messages.first().map(|message| &message[..]).unwrap_or_default();
            draft.body = match input {
                Some((schema, input)) => schema.decode_json(input, first).text,
                None => "{}".to_owned(),
            };
        }
        CallBody::Http { method, body } => {
            draft.http_method.clone_from(method);
            draft.http_path = path_of(&call.request.target.path);
            draft.body = String::from_utf8_lossy(body).into_owned();
        }
    }
    let is_grpc = draft.protocol == Protocol::Grpc;
    let rows = call.request.headers.iter().filter(|header| {
        let name = header.name.to_ascii_lowercase();
        let is_made = OWN.contains(&name.as_str()) || (is_grpc && name == "content-type");
        !is_made
    });
    draft.metadata = rows
        .map(|header| MetadataRow::new(header.name.clone(), header.text().into_owned()))
        .collect();
    draft
}

/// The path of a request, whatever form it was asked in (RFC 9112 section 3.2).
fn path_of(target: &str) -> String {
    let absolute = target.split_once("://").map(|(_, rest)| rest);
    match absolute {
        Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/").to_owned(),
        None if target.starts_with('/') => target.to_owned(),
        None => "/".to_owned(),
    }
}
