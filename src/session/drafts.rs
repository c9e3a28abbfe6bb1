//! Making, changing and closing drafts.

use std::sync::Arc;

use super::builtin;
use super::core::Core;
use super::{Origin, Source, State};
use crate::cluster;
use crate::model::{CLIENT, CallKind, DraftId, MethodPath, Protocol, Secret, SourceId};
use crate::workspace::{Auth, Draft, SavedSource};

/// Where a gRPC tutorial's server listens: the first guess for a schema without a server.
pub(super) const TUTORIAL_TARGET: &str = "localhost:50051";

impl Core {
    /// A draft of a method: the one that is open already, else a new one.
    pub(super) fn open_method(&mut self, source: SourceId, method: &MethodPath) {
        let Some(source) = self.state.source(source).cloned() else { return };
        let is_same = |draft: &&Arc<Draft>| is_of_method(draft, &source, method);
        let target = self.target_for(&source);
        let same: Vec<&Arc<Draft>> = self.state.drafts.iter().filter(is_same).collect();
        // The one in front stays there; else the one that goes where a new one would go.
        let in_front = same.iter().find(|draft| Some(draft.id) == self.state.active);
        let usual = || same.iter().find(|draft| draft.target == target);
        if let Some(id) = in_front.or_else(usual).or(same.first()).map(|draft| draft.id) {
            return self.activate_draft(id);
        }
        self.add_method_draft(&source, method, target);
    }

    /// A new draft of a method that goes there.
    pub(super) fn add_method_draft(
        &mut self,
        source: &Source,
        method: &MethodPath,
        target: String,
    ) {
        let mut draft = Draft::new(DraftId::next(), Protocol::Grpc);
        draft.method = Some(method.clone());
        draft.source = Some(source.saved.clone());
        draft.target = target;
        "{}".clone_into(&mut draft.body);
        if source.origin == Origin::BuiltIn {
            match sample_of(&self.state, &draft) {
                Some(sample) => draft.body = sample,
                None => self.sources.wait_for_sample(draft.id),
            }
        }
        let id = draft.id;
        let streams = source.schema.as_ref().and_then(|schema| schema.method(method));
        let streams = streams.is_some_and(|info| info.kind != CallKind::Unary);
        self.add_draft(draft);
        // A stream has no natural end in time.
        if streams && let Some(draft) = self.state.drafts.iter_mut().find(|draft| draft.id == id) {
            Arc::make_mut(draft).options.deadline_millis = None;
            self.save();
        }
    }

    /// A draft of an HTTP route of the demo.
    pub(super) fn open_route(&mut self, source: SourceId, route_idx: usize) {
        let Some(source) = self.state.source(source).cloned() else { return };
        let Some(route) = source.routes.get(route_idx) else { return };
        let is_same = |draft: &&Arc<Draft>| {
            draft.protocol == Protocol::Http
                && draft.source.as_ref() == Some(&source.saved)
                && draft.title == title_of(&route.method, &route.path)
        };
        if let Some(id) = self.state.drafts.iter().find(is_same).map(|draft| draft.id) {
            return self.activate_draft(id);
        }
        let mut draft = Draft::new(DraftId::next(), Protocol::Http);
        draft.title = title_of(&route.method, &route.path);
        draft.source = Some(source.saved.clone());
        draft.target = format!("http://{}", self.target_for(&source));
        draft.http_method.clone_from(&route.method);
        draft.http_path.clone_from(&route.sample_path);
        draft.body.clone_from(&route.sample_body);
        if source.name == builtin::INVENTORY {
            draft.auth = Self::demo_key();
        }
        self.add_draft(draft);
    }

    /// An empty gRPC draft.
    pub(super) fn new_grpc_draft(&mut self) {
        let mut draft = Draft::new(DraftId::next(), Protocol::Grpc);
        TUTORIAL_TARGET.clone_into(&mut draft.target);
        "{}".clone_into(&mut draft.body);
        self.add_draft(draft);
    }

    /// An empty HTTP draft.
    pub(super) fn new_http_draft(&mut self) {
        let mut draft = Draft::new(DraftId::next(), Protocol::Http);
        "http://".clone_into(&mut draft.target);
        self.add_draft(draft);
    }

    pub(super) fn add_draft(&mut self, mut draft: Draft) {
        draft.options.deadline_millis = self.state.settings.deadline_millis;
        self.state.active = Some(draft.id);
        self.state.editor = None;
        self.state.front_tap = None;
        self.state.drafts.push(Arc::new(draft));
        self.save();
    }

    /// Shows a draft.
    pub(super) fn activate_draft(&mut self, id: DraftId) {
        if self.state.draft(id).is_some() {
            self.state.active = Some(id);
            self.state.editor = None;
            self.state.front_tap = None;
            self.save();
        }
    }

    /// The window's newest text of a draft.
    pub(super) fn edit_draft(&mut self, edited: Arc<Draft>) {
        if let Some(draft) = self.state.drafts.iter_mut().find(|draft| draft.id == edited.id) {
            *draft = edited;
            self.save();
        }
    }

    /// Replaces a draft's body by a sample of its message.
    pub(super) fn fill_with_sample(&mut self, id: DraftId) {
        let Some(draft) = self.state.draft(id).cloned() else { return };
        let Some(body) = sample_of(&self.state, &draft) else { return };
        let revision = draft.revision + 1;
        self.edit_draft(Arc::new(Draft { revision, body, ..(*draft).clone() }));
    }

    /// Forgets a draft; its call, if one runs, is cancelled. The neighbour is shown next.
    pub(super) fn close_draft(&mut self, id: DraftId) {
        let Some(index) = self.state.drafts.iter().position(|draft| draft.id == id) else { return };
        self.calls.forget(id);
        self.closed.push(index, self.state.drafts.remove(index));
        self.state.n_closed_drafts = self.closed.len();
        self.state.answers.remove(&id);
        self.state.streams.remove(&id);
        if self.state.active == Some(id) {
            let next = self.state.drafts.get(index).or_else(|| self.state.drafts.last());
            self.state.active = next.map(|draft| draft.id);
        }
        self.save();
    }

    /// Opens the draft again that was closed last, where it was.
    pub(super) fn reopen_draft(&mut self) {
        let Some((index, draft)) = self.closed.pop() else { return };
        self.state.n_closed_drafts = self.closed.len();
        self.state.active = Some(draft.id);
        self.state.editor = None;
        self.state.front_tap = None;
        self.state.drafts.insert(index.min(self.state.drafts.len()), draft);
        self.save();
    }

    /// The first draft of all: the greeter's, ready to send.
    pub(super) fn open_first_draft(&mut self) {
        let greeter = self.state.sources.iter().find(|source| source.name == builtin::GREETER);
        if let Some(id) = greeter.map(|source| source.id) {
            let method =
                MethodPath { service: "Greeter".to_owned(), method: "SayHello".to_owned() };
            self.open_method(id, &method);
        }
    }

    /// Drafts of the demo that were opened before their schema was read get their sample now.
    pub(super) fn fill_waiting_drafts(&mut self, id: SourceId) {
        let Some(source) = self.state.source(id).cloned() else { return };
        if source.origin != Origin::BuiltIn {
            return;
        }
        for id in self.sources.take_waiting() {
            let Some(draft) = self.state.draft(id).cloned() else { continue };
            if draft.source.as_ref() != Some(&source.saved) {
                self.sources.wait_for_sample(id);
            } else if draft.body == "{}" {
                self.fill_with_sample(id);
            }
        }
    }

    /// Where a new draft of this source goes first.
    fn target_for(&self, source: &Source) -> String {
        if let Some(address) = self.state.mocks.get(&source.id).and_then(|mock| mock.address) {
            return address.to_string();
        }
        match &source.origin {
            Origin::BuiltIn => {
                let direct = self.direct_target(source);
                direct.unwrap_or_else(|| self.gateway_target())
            }
            Origin::Reflection { target, .. } => target.clone(),
            Origin::Paths { .. } | Origin::Scratch => self
                .state
                .drafts
                .iter()
                .rev()
                .find(|draft| draft.source.as_ref() == Some(&source.saved))
                .map_or_else(|| TUTORIAL_TARGET.to_owned(), |draft| draft.target.clone()),
        }
    }

    /// The draft whose metadata and TLS options a question to its server needs too: one of the source, else
    /// one that goes to the same target.
    pub(super) fn draft_for_reflection(
        &self,
        source: &Source,
        target: &str,
    ) -> Option<&Arc<Draft>> {
        let drafts = &self.state.drafts;
        let own = drafts.iter().find(|draft| draft.source.as_ref() == Some(&source.saved));
        own.or_else(|| drafts.iter().find(|draft| draft.target.trim() == target))
    }

    /// The name under which the window's own calls appear.
    pub(super) fn client_name() -> Arc<str> {
        CLIENT.into()
    }

    fn demo_key() -> Auth {
        let (header, value) = crate::gateway::DEMO_API_KEY;
        Auth::ApiKey { header: header.to_owned(), value: Secret::new(value) }
    }
}

/// Whether a draft was made of this method of this source.
pub(super) fn is_of_method(draft: &Draft, source: &Source, method: &MethodPath) -> bool {
    draft.protocol == Protocol::Grpc
        && draft.method.as_ref() == Some(method)
        && draft.source.as_ref() == Some(&source.saved)
}

/// A sample of the draft's message as JSON text.
fn sample_of(state: &State, draft: &Draft) -> Option<String> {
    let schema = state.schema_of(draft)?;
    let method = schema.method(draft.method.as_ref()?)?;
    if matches!(draft.source, Some(SavedSource::BuiltIn(_)))
        && let Some(sample) = cluster::sample_message(&method.path)
    {
        return Some(sample.trim_end().to_owned());
    }
    serde_json::to_string_pretty(&schema.sample(&method.input)).ok()
}

fn title_of(method: &str, path: &str) -> String {
    format!("{method} {path}")
}
