//! The sending end of a stream: what the person sends, and a script at its pace.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::ScriptProgress;

/// Messages of the person's own that may wait for the peer.
pub(super) const MAX_WAITING: usize = 64;

/// What the person does at the sending end.
#[derive(Debug)]
pub(super) enum Hand {
    /// Send one message.
    Message(Bytes),
    /// Send these at this pace, round after round, in place of a script that runs.
    Script(Script),
    /// Send no more of the script.
    StopScript,
    /// Say that all is sent, once it is.
    HalfClose,
}

/// Messages to be sent by themselves.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) messages: Vec<Bytes>,
    /// Between two messages.
    pub(super) pace: Duration,
    /// How often all of them.
    pub(super) n_rounds: u64,
    /// Whether the end of it is the half-close.
    pub(super) closes: bool,
}

/// How the sending end stands, for whoever looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) is_open: bool,
    pub(super) n_waiting: usize,
    pub(super) script: Option<ScriptProgress>,
}

/// Owns the sending end.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) outbound: mpsc::Sender<Bytes>,
    pub(super) state: Arc<Mutex<Sending>>,
    /// Told that the state changed.
    pub(super) news: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Bytes>,
    script: Option<Running>,
    is_closing: bool,
}

#[derive(Debug)]
struct Running {
    script: Script,
    n_sent: u64,
    due: Instant,
}

impl Running {
    fn n_total(&self) -> u64 {
        (self.script.messages.len() as u64).saturating_mul(self.script.n_rounds)
    }

    fn next(&self) -> Option<&Bytes> {
        let idx = self.n_sent.checked_rem(self.script.messages.len() as u64)?;
        self.script.messages.get(usize::try_from(idx).ok()?)
    }
}

impl Queue {
    fn take(&mut self, hand: Hand, now: Instant) {
        match hand {
            Hand::Message(message) => self.waiting.push_back(message),
            Hand::Script(script) => {
                let running = Running { script, n_sent: 0, due: now };
                self.script = (running.n_total() > 0).then_some(running);
            }
            Hand::StopScript => self.script = None,
            Hand::HalfClose => {
                self.script = None;
                self.is_closing = true;
            }
        }
    }

    /// The message whose turn it is.
    fn ready(&self, now: Instant) -> Option<&Bytes> {
        let due = self.script.as_ref().filter(|running| running.due <= now);
        self.waiting.front().or_else(|| due?.next())
    }

    /// That one was handed over. A script that was held up goes on at its pace and catches up nothing.
    fn sent(&mut self, now: Instant) {
        if self.waiting.pop_front().is_some() {
            return;
        }
        let Some(running) = &mut self.script else { return };
        running.n_sent += 1;
        running.due = (running.due + running.script.pace).max(now);
        if running.n_sent >= running.n_total() {
            self.is_closing |= running.script.closes;
            self.script = None;
        }
    }

    fn is_done(&self) -> bool {
        self.is_closing && self.waiting.is_empty() && self.script.is_none()
    }
}

impl Sender {
    /// Until the half-close, or until nobody takes messages any more.
    pub(super) async fn run(self, mut hands: mpsc::Receiver<Hand>) {
        let mut queue = Queue::default();
        let mut has_hands = true;
        while !queue.is_done() {
            self.tell(&queue, true);
            let due = queue.script.as_ref().map(|running| running.due);
            let is_ready = queue.ready(Instant::now()).is_some();
            tokio::select! {
                biased;
                () = self.outbound.closed() => break,
                hand = hands.recv(), if has_hands && queue.waiting.len() < MAX_WAITING => match hand {
                    Some(hand) => queue.take(hand, Instant::now()),
                    None => has_hands = false,
                },
                permit = self.outbound.reserve(), if is_ready => {
                    if let Ok(permit) = permit
                        && let Some(message) = queue.ready(Instant::now()).cloned()
                    {
                        permit.send(message);
                        queue.sent(Instant::now());
                    }
                }
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)),
                    if due.is_some() && !is_ready => {}
            }
        }
        self.tell(&queue, false);
    }

    fn tell(&self, queue: &Queue, is_open: bool) {
        let script = queue
            .script
            .as_ref()
            .map(|running| ScriptProgress { n_sent: running.n_sent, n_total: running.n_total() });
        let is_open = is_open && !queue.is_closing;
        let next = Sending { is_open, n_waiting: queue.waiting.len(), script };
        let before = std::mem::replace(&mut *self.state.lock(), next);
        if before != next {
            self.news.send_modify(|n| *n += 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> (mpsc::Sender<Hand>, mpsc::Receiver<Bytes>, Arc<Mutex<Sending>>) {
        let (outbound, taken) = mpsc::channel(1);
        let (hands, at_hand) = mpsc::channel(MAX_WAITING);
        let state = Arc::new(Mutex::new(Sending { is_open: true, n_waiting: 0, script: None }));
        let sender = Sender { outbound, state: Arc::clone(&state), news: watch::Sender::new(0) };
        tokio::spawn(sender.run(at_hand));
        (hands, taken, state)
    }

    fn script(n: u8, pace: u64, n_rounds: u64, closes: bool) -> Hand {
        let messages = (0..n).map(|n| Bytes::from(vec![n])).collect();
        Hand::Script(Script { messages, pace: Duration::from_millis(pace), n_rounds, closes })
    }

    #[tokio::test]
    async fn a_script_goes_out_in_its_order_and_closes() {
        let (hands, mut taken, state) = start();
        hands.send(script(2, 2, 2, true)).await.unwrap();
        let began = Instant::now();
        let mut all = Vec::new();
        while let Some(message) = taken.recv().await {
            all.push(message[0]);
        }
        assert_eq!(all, [0, 1, 0, 1]);
        assert!(began.elapsed() >= Duration::from_millis(6), "never faster than its pace");
        assert!(!state.lock().is_open);
    }

    #[tokio::test]
    async fn own_messages_pass_a_script_and_the_half_close_waits_for_them() {
        let (hands, mut taken, _) = start();
        hands.send(script(1, 60_000, 100, false)).await.unwrap();
        hands.send(Hand::Message(Bytes::from_static(b"own"))).await.unwrap();
        hands.send(Hand::HalfClose).await.unwrap();
        let mut all = Vec::new();
        while let Some(message) = taken.recv().await {
            all.push(message);
        }
        assert!(all.contains(&Bytes::from_static(b"own")));
        assert!(all.len() <= 2, "the half-close ends the script: {all:?}");
    }

    #[tokio::test]
    async fn a_sender_without_hands_keeps_its_end_open() {
        let (hands, mut taken, state) = start();
        drop(hands);
        for _ in 0..100 {
            tokio::task::yield_now().await;
            assert!(
                matches!(taken.try_recv(), Err(mpsc::error::TryRecvError::Empty)),
                "no half-close: the call was given up, not ended"
            );
        }
        taken.close();
        while state.lock().is_open {
            tokio::task::yield_now().await;
        }
    }
}
