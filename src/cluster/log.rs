//! The last lines that an instance wrote.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::model::{LogLine, Timestamp, TraceId};

/// Older lines make room.
const MAX_LINES: usize = 200;
/// Longer ones are cut: what a caller sends may be any length.
const MAX_CHARS: usize = 300;

/// A bounded log. Writing never waits for a reader longer than it takes to copy the lines.
#[derive(Debug, Default)]
pub(super) struct Log {
    lines: Mutex<VecDeque<LogLine>>,
    n_written: AtomicU64,
}

impl Log {
    pub(super) fn push(&self, at: Timestamp, text: &str, trace: Option<TraceId>) {
        let text =
            text.chars().take(MAX_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut lines = self.lines.lock();
        if lines.len() == MAX_LINES {
            lines.pop_front();
        }
        lines.push_back(LogLine { at, text, trace });
        self.n_written.fetch_add(1, Ordering::Relaxed);
    }

    /// Oldest first.
    pub(super) fn lines(&self) -> Vec<LogLine> {
        self.lines.lock().iter().cloned().collect()
    }

    /// Lines since the start: tells whether there is something new.
    pub(super) fn n_written(&self) -> u64 {
        self.n_written.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_stay_and_are_lines() {
        let log = Log::default();
        for n in 0..MAX_LINES + 5 {
            log.push(Timestamp::default(), &format!("Received: {n}\nroot: yes"), None);
        }
        let lines = log.lines();
        assert_eq!((lines.len(), log.n_written()), (MAX_LINES, MAX_LINES as u64 + 5));
        assert_eq!(lines[0].text, "Received: 5 root: yes");
        log.push(Timestamp::default(), &"x".repeat(1_000), None);
        assert_eq!(log.lines()[MAX_LINES - 1].text.len(), MAX_CHARS);
    }
}
