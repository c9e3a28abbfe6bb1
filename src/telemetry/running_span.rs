//! A span while it runs, which the messages of its call are added to.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Recorder;
use crate::model::{Direction, Span, SpanMessages};

/// A span that was reported as started. Clones are the same span, for whoever passes a message; all but the one that
/// ends it find nothing to do once it has ended.
#[derive(Debug, Clone)]
pub struct RunningSpan {
    recorder: Recorder,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug)]
struct Open {
    span: Option<Span>,
    has_news: bool,
    was_told: bool,
}

impl RunningSpan {
    /// Reports the start.
    pub fn start(recorder: &Recorder, span: Span) -> Self {
        recorder.span(span.clone());
        let open = Open { span: Some(span), has_news: false, was_told: false };
        Self { recorder: recorder.clone(), open: Arc::new(Mutex::new(open)) }
    }

    /// So many messages went by just now.
    pub fn pass(&self, direction: Direction, n_messages: u64) {
        if n_messages == 0 {
            return;
        }
        let open = &mut *self.open.lock();
        if let Some(span) = &mut open.span {
            open.has_news |= span.messages.pass(direction, n_messages, self.recorder.now());
        }
    }

    /// Reports the messages that have gone by since the last time, if any.
    pub fn tell(&self) {
        let open = &mut *self.open.lock();
        if let Some(span) = &open.span
            && std::mem::take(&mut open.has_news)
        {
            open.was_told = true;
            self.recorder.span(span.clone());
        }
    }

    /// The span, for its end to be reported; `None` when it has ended.
    pub fn take(&self) -> Option<Span> {
        let open = &mut *self.open.lock();
        let mut span = open.span.take()?;
        // One message each way that nobody has heard of: the span says as much, and there are many such calls.
        if !span.messages.are_a_stream() && !open.was_told {
            span.messages = SpanMessages::default();
        }
        Some(span)
    }
}
