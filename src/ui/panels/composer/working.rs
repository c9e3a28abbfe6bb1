//! The copy of a draft that the composer works on, and how it is told that something in it changed.
//!
//! A body may be big, so no frame copies or compares it: a new one is noticed by its number.

use std::sync::Arc;

use crate::workspace::Draft;

/// A draft under the pen.
#[derive(Debug)]
pub(super) struct Working {
    of: Arc<Draft>,
    /// The draft as it was shown, without its body.
    rest: Draft,
    /// What the fields of the composer change.
    pub draft: Draft,
    /// Raised by each change of the body, whoever makes it.
    pub body_revision: u64,
}

impl Working {
    /// A copy of a draft that was never shown before.
    pub(super) fn new(of: &Arc<Draft>) -> Self {
        let draft = Draft::clone(of);
        Self { of: Arc::clone(of), rest: without_body(of), draft, body_revision: 1 }
    }

    /// Takes over a draft that changed elsewhere, or that comes back from our own edit.
    pub(super) fn follow(&mut self, shown: &Arc<Draft>) {
        if Arc::ptr_eq(&self.of, shown) {
            return;
        }
        self.of = Arc::clone(shown);
        self.rest = without_body(shown);
        let is_same = self.draft.body == shown.body;
        let body = std::mem::take(&mut self.draft.body);
        self.draft = self.rest.clone();
        self.draft.body = if is_same { body } else { shown.body.clone() };
        self.body_revision += u64::from(!is_same);
    }

    /// Replaces the body.
    pub(super) fn set_body(&mut self, body: String) {
        self.draft.body = body;
        self.body_revision += 1;
    }

    /// Says what another state of the draft said.
    pub(super) fn replace(&mut self, state: &Draft) {
        if self.draft.body != state.body {
            self.set_body(state.body.clone());
        }
        let body = std::mem::take(&mut self.draft.body);
        let (id, revision) = (self.draft.id, self.draft.revision);
        self.draft = Draft { id, revision, body, ..without_body(state) };
    }

    /// The draft, when it differs from the one that is shown.
    pub(super) fn edited(&mut self, body_revision_before: u64) -> Option<Draft> {
        let body = std::mem::take(&mut self.draft.body);
        let is_edited = self.draft != self.rest;
        self.draft.body = body;
        (is_edited || self.body_revision != body_revision_before).then(|| self.draft.clone())
    }
}

fn without_body(draft: &Draft) -> Draft {
    Draft {
        id: draft.id,
        revision: draft.revision,
        title: draft.title.clone(),
        protocol: draft.protocol,
        target: draft.target.clone(),
        security_override: draft.security_override,
        method: draft.method.clone(),
        source: draft.source.clone(),
        http_method: draft.http_method.clone(),
        http_path: draft.http_path.clone(),
        body: String::new(),
        metadata: draft.metadata.clone(),
        auth: draft.auth.clone(),
        script: draft.script.clone(),
        options: draft.options.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DraftId, Protocol};

    #[test]
    fn a_change_is_told_by_number_and_a_draft_that_comes_back_is_none() {
        let shown = Arc::new(Draft::new(DraftId(1), Protocol::Http));
        let mut working = Working::new(&shown);
        assert!(working.edited(1).is_none());
        working.set_body("a".to_owned());
        let edited = working.edited(1).unwrap();
        assert_eq!(edited.body, "a");
        working.follow(&Arc::new(edited));
        assert_eq!(working.body_revision, 2, "our own edit is no new body");
        working.draft.target = "b:1".to_owned();
        assert_eq!(working.edited(2).unwrap().target, "b:1");
        working.follow(&Arc::new(Draft { body: "other".into(), ..Draft::clone(&shown) }));
        assert_eq!((working.body_revision, working.draft.body.as_str()), (3, "other"));
        assert!(working.edited(3).is_none());
    }
}
