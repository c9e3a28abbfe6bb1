//! What the window shows of a stream, and what it asks to see.

use std::ops::Range;
use std::sync::Arc;

use super::Entry;
use crate::model::{CallId, CallKind, Cause, Direction};
use crate::session::AnswerBody;

/// One stream at one moment.
#[derive(Debug, Clone)]
pub struct StreamView {
    /// Whose.
    pub call: CallId,
    /// Which of the four kinds.
    pub kind: CallKind,
    /// Messages and their payload, each way.
    pub sent: StreamWay,
    /// The same of what came.
    pub received: StreamWay,
    /// Messages that were counted and not kept: they were to be counted only, or the bound was reached.
    pub n_unkept: u64,
    /// Why the messages cannot be written to disk any more.
    pub fault: Option<Cause>,
    /// Whether messages can still be sent.
    pub is_sending: bool,
    /// Messages that wait until the peer takes them.
    pub n_waiting: usize,
    /// The script that is being sent.
    pub script: Option<ScriptProgress>,
    /// What `rows` answers.
    pub look: Arc<StreamLook>,
    /// How many messages fit the look.
    pub n_listed: usize,
    /// How many were looked at for that; fewer than are kept while a search goes on.
    pub n_searched: usize,
    /// How many are kept.
    pub n_kept: usize,
    /// The list from `first_row` on.
    pub rows: Arc<[MessageRow]>,
    /// Place of the first of `rows` in the list.
    pub first_row: usize,
    /// The message that is looked at.
    pub shown: Option<Arc<ShownMessage>>,
}

/// What went one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamWay {
    /// Messages.
    pub n_messages: u64,
    /// Their payload.
    pub n_bytes: u64,
    /// What travelled of it: less where it was compressed.
    pub n_carried: u64,
    /// Messages in the last second that was counted.
    pub per_second: u64,
}

/// How far a script is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptProgress {
    /// Messages that were handed over.
    pub n_sent: u64,
    /// All of them.
    pub n_total: u64,
}

/// What the window wants to see of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamLook {
    /// Rows of the list; the newest ones when there is no range.
    pub rows: Option<Range<usize>>,
    /// One direction, or both.
    pub direction: Option<Direction>,
    /// What a message must contain, as JSON, whatever its case; empty for all.
    pub needle: String,
    /// Nothing beyond this message is listed.
    pub paused_at: Option<usize>,
    /// The message whose whole text is shown.
    pub chosen: Option<usize>,
    /// Count what passes from now on, and keep none of it.
    pub counts_only: bool,
}

impl StreamLook {
    /// Whether two looks list the same messages.
    pub fn lists_as(&self, other: &Self) -> bool {
        self.direction == other.direction
            && self.needle == other.needle
            && self.paused_at == other.paused_at
    }
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Its place among all kept messages, from 0.
    pub idx: usize,
    /// Time, direction, size.
    pub entry: Entry,
    /// The beginning of it as JSON, on one line; hex where it cannot be read.
    pub preview: Arc<str>,
    /// Whether it could be read.
    pub is_readable: bool,
}

/// One message whole.
#[derive(Debug)]
pub struct ShownMessage {
    /// Its place among all kept messages.
    pub idx: usize,
    /// Time, direction, size.
    pub entry: Entry,
    /// Made ready for showing.
    pub body: AnswerBody,
}
