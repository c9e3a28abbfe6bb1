//! Writes every message that passes into the journal, and counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};

use super::StreamWay;
use super::journal::{Journal, spill};
use crate::model::{Cause, Direction, MessageRecord};

/// What has passed so far.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) journal: Journal,
    pub(super) sent: StreamWay,
    pub(super) received: StreamWay,
    pub(super) n_unkept: u64,
    pub(super) fault: Option<Cause>,
    rate: Rate,
}

impl Passed {
    fn take(&mut self, message: &MessageRecord, counts_only: bool) {
        let way = match message.direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        };
        way.n_messages += 1;
        way.n_bytes += message.bytes.len() as u64;
        way.n_carried += message.carried_len();
        if counts_only || self.fault.is_some() || !self.journal.append(message) {
            self.n_unkept += 1;
        }
    }

    /// Brings the rates up to date.
    pub(super) fn rate(&mut self, now: Instant) {
        if let Some(passed) = self.rate.step(now, [self.sent.n_messages, self.received.n_messages])
        {
            [self.sent.per_second, self.received.per_second] = passed;
        }
    }
}

/// Counts by the second.
#[derive(Debug, Default)]
struct Rate {
    since: Option<(Instant, [u64; 2])>,
}

impl Rate {
    /// Messages a second each way, once a second has passed since the last answer.
    fn step(&mut self, now: Instant, counts: [u64; 2]) -> Option<[u64; 2]> {
        let (began, before) = *self.since.get_or_insert((now, [0, 0]));
        let took = now.saturating_duration_since(began);
        if took < Duration::from_secs(1) {
            return None;
        }
        self.since = Some((now, counts));
        let per_second = |now: u64, before: u64| {
            let passed = u128::from(now.saturating_sub(before));
            u64::try_from(passed * 1_000_000 / took.as_micros().max(1)).unwrap_or(u64::MAX)
        };
        Some([per_second(counts[0], before[0]), per_second(counts[1], before[1])])
    }
}

/// Takes what passes, from the call's task to the journal.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) passed: Arc<Mutex<Passed>>,
    pub(super) counts_only: Arc<AtomicBool>,
    /// Told that there is something new.
    pub(super) news: watch::Sender<u64>,
}

impl Keeper {
    /// Until the call tells no more.
    pub(super) async fn run(self, mut messages: mpsc::Receiver<MessageRecord>) {
        let mut batch = Vec::new();
        while messages.recv_many(&mut batch, 64).await > 0 {
            let counts_only = self.counts_only.load(Ordering::Relaxed);
            let full = {
                let mut passed = self.passed.lock();
                for message in batch.drain(..) {
                    passed.take(&message, counts_only);
                }
                passed.journal.take_full_tail()
            };
            if let Some((bytes, file)) = full {
                self.write(bytes, file).await;
            }
            self.news.send_modify(|n| *n += 1);
        }
    }

    /// The peer is slowed down meanwhile: nothing more is taken.
    async fn write(&self, bytes: Vec<u8>, file: Option<Arc<Mutex<std::fs::File>>>) {
        let n_bytes = bytes.len();
        let written = tokio::task::spawn_blocking(move || spill(&bytes, file)).await;
        let mut passed = self.passed.lock();
        match written {
            Ok(Ok(file)) => passed.journal.written(n_bytes, file),
            Ok(Err(error)) => passed.fault = Some(error.to_string().into()),
            Err(error) => passed.fault = Some(error.to_string().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_whole_seconds() {
        let mut rate = Rate::default();
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        assert_eq!(rate.step(at(0), [0, 0]), None);
        assert_eq!(rate.step(at(999), [5, 50]), None);
        assert_eq!(rate.step(at(2_000), [10, 100]), Some([5, 50]));
        assert_eq!(rate.step(at(3_000), [10, 100]), Some([0, 0]));
    }
}
