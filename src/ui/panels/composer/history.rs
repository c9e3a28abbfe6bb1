//! What a draft said before: undo and redo over the whole of it, whoever changed it.
//!
//! A draft is one immutable value, so a step back is the value that was. Typing in one field is one step until
//! it pauses. Bounded in steps and in bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use egui::Id;

use crate::workspace::Draft;

/// Steps back, and as many forward.
const MAX_STEPS: usize = 200;
/// Bytes of all bodies that are kept.
const MAX_BYTES: usize = 16 << 20;
/// Typing that pauses this long, in seconds, begins another step.
const PAUSE: f64 = 0.8;
/// However fast somebody types, a step takes no longer than this, in seconds.
const LONGEST: f64 = 6.0;

/// The states of one draft.
#[derive(Debug)]
pub(super) struct History {
    past: VecDeque<Arc<Draft>>,
    now: Arc<Draft>,
    future: Vec<Arc<Draft>>,
    typing: Option<Typing>,
}

/// The step that is being typed.
#[derive(Debug, Clone, Copy)]
struct Typing {
    field: Id,
    began: f64,
    last: f64,
}

impl History {
    /// Begins with the draft as it is.
    pub(super) fn new(shown: &Arc<Draft>) -> Self {
        Self { past: VecDeque::new(), now: Arc::clone(shown), future: Vec::new(), typing: None }
    }

    /// Notes what the draft says now; `field` is what has the keyboard.
    pub(super) fn note(&mut self, shown: &Arc<Draft>, now: f64, field: Option<Id>) {
        if Arc::ptr_eq(&self.now, shown) {
            return;
        }
        if says_the_same(&self.now, shown) {
            self.now = Arc::clone(shown);
            return;
        }
        let went_on = self.typing.filter(|typing| {
            field == Some(typing.field) && now - typing.last < PAUSE && now - typing.began < LONGEST
        });
        if went_on.is_none() {
            self.past.push_back(Arc::clone(&self.now));
        }
        let began = went_on.map_or(now, |typing| typing.began);
        self.typing = field.map(|field| Typing { field, began, last: now });
        self.now = Arc::clone(shown);
        self.future.clear();
        self.forget();
    }

    /// The state before.
    pub(super) fn undo(&mut self) -> Option<Arc<Draft>> {
        let before = self.past.pop_back()?;
        self.future.push(std::mem::replace(&mut self.now, Arc::clone(&before)));
        self.typing = None;
        Some(before)
    }

    /// The state that was undone last.
    pub(super) fn redo(&mut self) -> Option<Arc<Draft>> {
        let after = self.future.pop()?;
        self.past.push_back(std::mem::replace(&mut self.now, Arc::clone(&after)));
        self.typing = None;
        Some(after)
    }

    fn forget(&mut self) {
        let mut n_bytes: usize = self.past.iter().map(|draft| draft.body.len()).sum();
        while self.past.len() > MAX_STEPS || (n_bytes > MAX_BYTES && self.past.len() > 1) {
            n_bytes -= self.past.pop_front().map_or(0, |draft| draft.body.len());
        }
    }
}

/// Whether two states differ in nothing but their number.
fn says_the_same(a: &Draft, b: &Draft) -> bool {
    a.body == b.body
        && a.target == b.target
        && a.http_path == b.http_path
        && a.metadata == b.metadata
        && Draft { revision: b.revision, ..a.clone() } == *b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DraftId, Protocol};

    fn draft(revision: u64, body: &str) -> Arc<Draft> {
        let mut draft = Draft::new(DraftId(1), Protocol::Http);
        draft.revision = revision;
        body.clone_into(&mut draft.body);
        Arc::new(draft)
    }

    fn body(state: Option<Arc<Draft>>) -> Option<String> {
        state.map(|draft| draft.body.clone())
    }

    #[test]
    fn typing_is_one_step_until_it_pauses_or_goes_elsewhere() {
        let (one, other) = (Some(Id::unique("one")), Some(Id::unique("other")));
        let mut history = History::new(&draft(0, ""));
        let typed = [
            ("a", 1.0, one),
            ("ab", 1.2, one),
            ("abc", 5.0, one),
            ("abcd", 5.1, other),
            ("x", 5.2, None),
            ("y", 5.3, None),
        ];
        for (revision, (text, at, field)) in (1..).zip(typed) {
            history.note(&draft(revision, text), at, field);
        }
        let mut seen = Vec::new();
        while let Some(state) = body(history.undo()) {
            seen.push(state);
        }
        assert_eq!(seen, ["x", "abcd", "abc", "ab", ""]);
        assert_eq!(body(history.redo()).as_deref(), Some("ab"));
    }

    #[test]
    fn what_comes_back_is_no_step_and_a_new_one_ends_redo() {
        let mut history = History::new(&draft(0, ""));
        history.note(&draft(1, "a"), 1.0, None);
        assert_eq!(body(history.undo()).as_deref(), Some(""));
        history.note(&draft(2, ""), 1.1, None);
        assert_eq!(
            body(history.redo()).as_deref(),
            Some("a"),
            "the undone draft itself is no edit"
        );
        history.undo();
        history.note(&draft(3, "b"), 1.2, None);
        assert!(history.redo().is_none());
        assert_eq!(body(history.undo()).as_deref(), Some(""));
    }

    #[test]
    fn steps_and_bytes_are_bounded() {
        let mut history = History::new(&draft(0, ""));
        for n in 1..=500 {
            history.note(&draft(n, &n.to_string()), n as f64, None);
        }
        assert_eq!(history.past.len(), MAX_STEPS);
        for n in 501..=540 {
            history.note(&draft(n, &"x".repeat((1 << 20) + n as usize)), n as f64, None);
        }
        let n_bytes: usize = history.past.iter().map(|draft| draft.body.len()).sum();
        assert!(n_bytes <= MAX_BYTES, "{n_bytes}");
    }
}
