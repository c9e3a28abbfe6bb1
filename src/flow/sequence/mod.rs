//! How a call flowed: who said what to whom and when, from the bytes where they were recorded and from the spans
//! where they were not.

mod build;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Direction, SpanId, Timestamp};

/// Something that passed between two, as the bytes at one end show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Which way; [`Direction::Sent`] goes to the callee.
    pub direction: Direction,
    /// When its first byte passed.
    pub at: Timestamp,
    /// When its last byte passed.
    pub ended: Timestamp,
    /// Its bytes, frame headers excluded.
    pub n_bytes: u64,
    /// What it is, in words.
    pub words: String,
    /// Whether it says that something went wrong.
    pub is_failed: bool,
}

/// The bytes of one call, at the caller's end and, where that was recorded too, at the callee's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenCall {
    /// The caller's span; `None` for a call without a trace.
    pub asked_by: Option<SpanId>,
    /// Who answers, as the caller knows it.
    pub peer: Arc<str>,
    /// At the caller's end.
    pub caller: Vec<Seen>,
    /// At the callee's end.
    pub callee: Vec<Seen>,
}

/// The picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sequence {
    /// From left to right, in the order in which they came in.
    pub lifelines: Vec<Arc<str>>,
    /// From top to bottom, in the order in which they left.
    pub arrows: Vec<Arrow>,
    /// Who was at work.
    pub works: Vec<Work>,
    /// When the first thing happened.
    pub began: Timestamp,
    /// From the first to the last.
    pub total: Duration,
}

/// One message from one lifeline to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// Whose.
    pub from: usize,
    /// To whom.
    pub to: usize,
    /// When it left; when it arrived, where nobody saw it leave.
    pub at: Timestamp,
    /// Until it was all there, where both ends are known.
    pub took: Option<Duration>,
    /// What it says.
    pub label: Label,
    /// Its bytes, where they were recorded.
    pub n_bytes: Option<u64>,
    /// Whether it goes back to who asked.
    pub is_answer: bool,
    /// Whether it says that something went wrong.
    pub is_failed: bool,
    /// What it was seen in: the call and its place there. `None` where only spans tell of it.
    pub seen: Option<(usize, usize)>,
}

/// What an arrow says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// What the bytes say.
    Seen(String),
    /// An operation was asked for.
    Asked(Arc<str>),
    /// It went well.
    Ok,
    /// It failed so.
    Failed(Arc<str>),
    /// So many more passed, which are not drawn one by one.
    More(usize),
}

/// A stretch of work on a lifeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Whose.
    pub lifeline: usize,
    /// How many others it has under it on its own lifeline.
    pub depth: usize,
    /// From when.
    pub began: Timestamp,
    /// How long; so far, while it goes on.
    pub took: Duration,
    /// Whether it failed.
    pub is_failed: bool,
}

impl Sequence {
    /// Where a moment stands among the arrows, counted in rows: between two arrows it is as far down as it is
    /// between their times.
    pub fn row_of(&self, at: Timestamp) -> f32 {
        let next = self.arrows.partition_point(|arrow| arrow.at <= at);
        let Some(before) = next.checked_sub(1).and_then(|idx| self.arrows.get(idx)) else {
            return -0.5;
        };
        let row = (next - 1) as f32;
        let passed = at.since(before.at).as_secs_f32();
        let whole = match self.arrows.get(next) {
            Some(after) => after.at.since(before.at).as_secs_f32(),
            None => {
                (self.began.0 + self.total.as_nanos() as u64).saturating_sub(before.at.0) as f32
                    / 1e9
            }
        };
        if whole > 0.0 { row + (passed / whole).clamp(0.0, 1.0) * 0.9 } else { row }
    }
}
