//! Copying a draft for another tool: what of it is copied, and the text where the window takes it from.

use std::path::PathBuf;
use std::sync::Arc;

use super::copy_as::{
    CallToCopy, Copied, HttpToCopy, NotCopied, PeerToCopy, SchemaPlace, copy_call, copy_http,
};
use super::core::Core;
use super::message::Message;
use super::prepare::{headers_of, keepalive_of, target_of, tls_of};
use super::{NoticeKind, Origin, State};
use crate::model::{CallKind, CopyFormat, CopyNote, DraftId, Headers, Protocol, Severity};
use crate::schema::{LoadKind, Schema};
use crate::workspace::{Draft, SavedSource};

/// A text for the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedText {
    /// Rising: each is to be taken once.
    pub n: u64,
    /// The text.
    pub text: String,
}

impl Core {
    /// Writes a draft in another form; the text comes into [`State::copied`].
    pub(super) fn copy_as(&mut self, id: DraftId, format: CopyFormat) {
        let Some(draft) = self.state.draft(id).cloned() else { return };
        let schema = self.state.schema_of(&draft).cloned();
        let subject = Subject::of(&draft, &self.state, schema.as_deref());
        let inbox = self.inbox.clone();
        self.tasks.spawn(async move {
            let write = move || subject.and_then(|subject| subject.copy(format, schema.as_deref()));
            if let Ok(result) = tokio::task::spawn_blocking(write).await {
                inbox.send(Message::Copied { format, result: Box::new(result) }).await.ok();
            }
        });
    }

    /// A draft was written, or could not be.
    pub(super) fn copied(&mut self, format: CopyFormat, result: Result<Copied, NotCopied>) {
        match result {
            Ok(Copied { text, notes }) => {
                let n = self.state.copied.as_ref().map_or(0, |copied| copied.n) + 1;
                self.state.copied = Some(Arc::new(CopiedText { n, text }));
                let is_lossy = notes.iter().any(|note| matches!(note, CopyNote::Lost(_)));
                let severity = is_lossy.then_some(Severity::Warning);
                self.note(severity, NoticeKind::Copied { format, notes });
            }
            Err(why) => self.note(Some(Severity::Error), NoticeKind::NotCopied { format, why }),
        }
    }
}

/// A draft in another form.
#[cfg(test)]
pub(super) fn written(
    draft: &Draft,
    state: &State,
    schema: Option<&Schema>,
    format: CopyFormat,
) -> Result<Copied, NotCopied> {
    Subject::of(draft, state, schema)?.copy(format, schema)
}

/// What is copied of a draft.
enum Subject {
    Call(Box<CallToCopy>),
    Http(Box<HttpToCopy>),
}

impl Subject {
    fn of(draft: &Draft, state: &State, schema: Option<&Schema>) -> Result<Self, NotCopied> {
        let options = &draft.options;
        let authority = options.authority.trim();
        let deadline = options.deadline_millis.map(std::time::Duration::from_millis);
        let peer = PeerToCopy {
            target: target_of(draft).map_err(NotCopied::Target)?,
            headers: headers_of(draft),
            deadline: deadline.into(),
            tls: tls_of(draft),
            authority: (!authority.is_empty()).then(|| authority.to_owned()),
            max_message_bytes: (options.max_message_mib as usize).saturating_mul(1 << 20),
        };
        if draft.protocol == Protocol::Http {
            let (method, body) = (draft.http_method.clone(), draft.body.clone());
            return Ok(Self::Http(Box::new(HttpToCopy { method, body, peer })));
        }
        let method = draft.method.clone().ok_or(NotCopied::UnknownMethod)?;
        let kind = schema.and_then(|schema| schema.method(&method)).map(|method| method.kind);
        let takes_many =
            matches!(kind, None | Some(CallKind::ClientStream | CallKind::Bidirectional));
        let script = draft.script.text.trim();
        let is_scripted = takes_many && !script.is_empty();
        let data = match draft.body.trim() {
            _ if !is_scripted => draft.body.clone(),
            "" => script.to_owned(),
            body => format!("{body}\n{script}"),
        };
        Ok(Self::Call(Box::new(CallToCopy {
            schema: place_of(draft, state, schema),
            method,
            rpc_headers: Headers::new(),
            reflect_headers: Headers::new(),
            data,
            compression: options.compression,
            keepalive: keepalive_of(draft),
            grpc_web: options.grpc_web,
            is_text: false,
            emit_defaults: false,
            is_paced: is_scripted && (draft.script.pace_millis > 0 || draft.script.n_rounds > 1),
            peer,
        })))
    }

    fn copy(&self, format: CopyFormat, schema: Option<&Schema>) -> Result<Copied, NotCopied> {
        match self {
            Self::Call(call) => copy_call(call, format, schema),
            Self::Http(http) => copy_http(http, format),
        }
    }
}

/// Where the contract of a draft stands: what tools can read of it.
fn place_of(draft: &Draft, state: &State, schema: Option<&Schema>) -> SchemaPlace {
    let (paths, roots) = match &draft.source {
        Some(SavedSource::Paths { paths, roots }) => (paths, roots.clone()),
        Some(SavedSource::Scratch(_)) => return SchemaPlace::Window,
        None | Some(SavedSource::Reflection { .. } | SavedSource::BuiltIn(_)) => {
            return SchemaPlace::Reflection;
        }
    };
    let source = state.sources.iter().find(|source| Some(&source.saved) == draft.source.as_ref());
    let kind = source.and_then(|source| match &source.origin {
        Origin::Paths { kind, .. } => Some(*kind),
        _ => None,
    });
    let service = draft.method.as_ref().map(|method| method.service.as_str());
    let file = service.and_then(|service| schema?.service(service)).map(|service| &service.file);
    let (mut protos, mut descriptor_sets) = (Vec::new(), Vec::new());
    let mut found_roots = source.map(|source| source.roots.clone()).unwrap_or_default();
    for path in paths {
        if path.extension().is_some_and(|ending| ending == "proto") {
            protos.push(path.clone());
        } else if kind == Some(LoadKind::DescriptorSet) || path.extension().is_some() {
            descriptor_sets.push(path.clone());
        } else {
            // A folder: of its files the one with the service.
            found_roots.push(path.clone());
            protos.extend(file.map(PathBuf::from));
        }
    }
    protos.dedup();
    let mut known = roots.clone();
    found_roots.retain(|root| {
        let is_new = !known.contains(root);
        known.push(root.clone());
        is_new
    });
    SchemaPlace::Files { protos, descriptor_sets, roots, found_roots }
}
