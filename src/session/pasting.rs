//! A command line that was pasted as a draft.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::value::RawValue;

use super::core::Core;
use super::message::Message;
use super::{NoticeKind, Origin};
use crate::model::{DraftId, PasteNote, Protocol, Security, Severity, Target};
use crate::workspace::{Draft, Grpcurl, MetadataRow, SavedSource, read_grpcurl};

/// What was made of it.
#[derive(Debug)]
pub(super) struct Pasted {
    /// `None` where there was no command.
    draft: Option<Draft>,
    notes: Vec<PasteNote>,
}

impl Core {
    /// Reads a `grpcurl` command line; its draft comes in front when its files were looked for.
    pub(super) fn paste_grpcurl(&mut self, text: Arc<str>) {
        let inbox = self.inbox.clone();
        self.tasks.spawn(async move {
            let read = move || Pasted::of(read_grpcurl(&text), &|path| path.exists());
            if let Ok(pasted) = tokio::task::spawn_blocking(read).await {
                inbox.send(Message::Pasted(Box::new(pasted))).await.ok();
            }
        });
    }

    /// Shows the draft, and opens the schema that it names or asks its server.
    pub(super) fn pasted(&mut self, pasted: Pasted) {
        let Pasted { draft, notes } = pasted;
        let severity = (!notes.is_empty()).then_some(Severity::Warning);
        if let Some(draft) = draft {
            let (id, options) = (draft.id, draft.options.clone());
            let (source, target) = (draft.source.clone(), draft.target.clone());
            let is_built_in = self.is_built_in(&draft);
            self.add_draft(draft);
            self.change_draft(id, |draft| draft.options = options);
            match source {
                Some(SavedSource::Paths { paths, roots }) => {
                    let saved = self.open_paths_with(&paths, roots);
                    self.change_draft(id, |draft| draft.source = saved);
                }
                Some(SavedSource::Reflection { .. }) if is_built_in => {
                    self.change_draft(id, |draft| draft.source = None);
                }
                Some(SavedSource::Reflection { .. }) => self.open_reflection(&target),
                _ => {}
            }
            self.save();
        }
        self.note(severity, NoticeKind::Pasted { notes });
    }

    /// Whether a schema that we bring has its method already.
    fn is_built_in(&self, draft: &Draft) -> bool {
        let Some(method) = &draft.method else { return false };
        self.state.sources.iter().any(|source| {
            source.origin == Origin::BuiltIn
                && source.schema.as_ref().is_some_and(|schema| schema.method(method).is_some())
        })
    }

    /// Opens paths, or those that are open already with these roots too; gives how the source is named.
    fn open_paths_with(&mut self, paths: &[PathBuf], roots: Vec<PathBuf>) -> Option<SavedSource> {
        self.open_paths(paths.to_vec(), roots.clone());
        let opened = self.state.sources.iter().find(|source| {
            matches!(&source.saved, SavedSource::Paths { paths: known, .. } if *known == paths)
        });
        let id = opened?.id;
        for root in roots {
            let source = self.state.source(id)?;
            let is_known =
                matches!(&source.saved, SavedSource::Paths { roots, .. } if roots.contains(&root));
            if !is_known {
                self.add_root(id, root);
            }
        }
        self.state.source(id).map(|source| source.saved.clone())
    }

    fn change_draft(&mut self, id: DraftId, change: impl FnOnce(&mut Draft)) {
        if let Some(draft) = self.state.drafts.iter_mut().find(|draft| draft.id == id) {
            change(Arc::make_mut(draft));
        }
    }
}

impl Pasted {
    /// The draft of a command line; `exists` tells whether a file is there.
    fn of(found: Grpcurl, exists: &dyn Fn(&Path) -> bool) -> Self {
        if found.notes.contains(&PasteNote::NoCommand) {
            return Self { draft: None, notes: found.notes };
        }
        let mut notes = found.notes.clone();
        let mut draft = Draft::new(DraftId::next(), Protocol::Grpc);
        draft.target = if found.is_unix && !found.address.is_empty() {
            format!("unix:{}", found.address)
        } else {
            found.address.clone()
        };
        draft.method.clone_from(&found.method);
        draft.source = source_of(&found, &draft.target, exists, &mut notes);
        let security = if found.is_plaintext { Security::Plaintext } else { Security::Tls };
        let by_itself = draft.target.parse::<Target>().ok().map(|target| target.security);
        draft.security_override = Some(security).filter(|wanted| Some(*wanted) != by_itself);
        draft.metadata = found
            .headers
            .iter()
            .map(|(name, value)| MetadataRow::new(name.as_str(), value.as_str()))
            .collect();
        let (body, script) = first_message(&found.data);
        draft.body = body.to_owned();
        if !script.is_empty() {
            script.clone_into(&mut draft.script.text);
            // It sends them as fast as they are taken.
            draft.script.pace_millis = 0;
        }
        let options = &mut draft.options;
        options.deadline_millis = found.deadline_millis;
        options.authority.clone_from(&found.authority);
        options.user_agent = found.user_agent;
        options.keepalive_secs = found.keepalive_secs;
        if security == Security::Tls {
            // Its authority is the name in the certificate as well.
            options.server_name = found.authority;
            options.is_insecure = found.is_insecure;
            options.ca_file = found.ca_file;
            options.cert_file = found.cert_file;
            options.key_file = found.key_file;
        }
        if let Some(bytes) = found.max_message_bytes {
            let mib = bytes.div_ceil(1 << 20);
            options.max_message_mib = u32::try_from(mib).unwrap_or(u32::MAX);
        }
        Self { draft: Some(draft), notes }
    }
}

/// Files where they are named, as `protoc` finds them; else the server.
fn source_of(
    found: &Grpcurl,
    target: &str,
    exists: &dyn Fn(&Path) -> bool,
    notes: &mut Vec<PasteNote>,
) -> Option<SavedSource> {
    let roots: Vec<PathBuf> = found.import_paths.iter().map(PathBuf::from).collect();
    let mut paths = Vec::new();
    for name in found.protos.iter().chain(&found.protosets) {
        let path = PathBuf::from(name);
        let seen = if exists(&path) {
            Some(path.clone())
        } else {
            roots.iter().map(|root| root.join(&path)).find(|path| exists(path))
        };
        if seen.is_none() {
            notes.push(PasteNote::NoFile(name.clone()));
        }
        paths.push(seen.unwrap_or(path));
    }
    if !paths.is_empty() {
        return Some(SavedSource::Paths { paths, roots });
    }
    let target = target.to_owned();
    let is_told = !target.is_empty();
    is_told.then_some(SavedSource::Reflection { target, security_override: None })
}

/// The first JSON value, which is the body, and those behind it, which are the script of a stream.
fn first_message(data: &str) -> (&str, &str) {
    let mut values = serde_json::Deserializer::from_str(data).into_iter::<&RawValue>();
    let Some(Ok(first)) = values.next() else { return (data, "") };
    let rest = data.get(values.byte_offset()..).unwrap_or_default().trim();
    if rest.is_empty() { (data, "") } else { (first.get(), rest) }
}

#[cfg(test)]
mod tests;
