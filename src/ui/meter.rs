//! What the window costs: our own work a frame, whole frames, and the memory of the process.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

/// How many frames a median is taken of.
const N_FRAMES: usize = 60;
/// How often the memory is asked for, in seconds.
const MEMORY_EVERY: f64 = 1.0;

/// Measures frames, and shows their median so that one slow frame does not flicker.
#[derive(Debug)]
pub(super) struct Meter {
    own: VecDeque<Duration>,
    whole: VecDeque<Duration>,
    memory: Arc<AtomicU64>,
    ask_memory: Option<SyncSender<()>>,
    asked_at: f64,
}

/// The figures of the status bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Our own work in a frame (median): taking the state and drawing, without tessellation and GPU.
    pub own_work: Duration,
    /// Resident memory in bytes, 0 where it is not known.
    pub resident: u64,
    /// Reports and commands that were dropped.
    pub n_dropped: u64,
}

impl Default for Meter {
    fn default() -> Self {
        let memory = Arc::new(AtomicU64::new(0));
        let ask_memory = spawn_memory_reader(Arc::clone(&memory));
        Self {
            own: VecDeque::with_capacity(N_FRAMES),
            whole: VecDeque::with_capacity(N_FRAMES),
            memory,
            ask_memory,
            asked_at: f64::NEG_INFINITY,
        }
    }
}

impl Meter {
    /// Notes one frame: our own work in it, and the whole frame before it where that is known.
    pub(super) fn note(&mut self, own: Duration, whole: Option<Duration>) {
        push(&mut self.own, own);
        if let Some(whole) = whole {
            push(&mut self.whole, whole);
        }
    }

    /// Asks for the memory, at most once a second.
    pub(super) fn ask_memory(&mut self, now: f64) {
        if now - self.asked_at >= MEMORY_EVERY
            && let Some(ask) = &self.ask_memory
        {
            self.asked_at = now;
            // A reader that is still busy answers the question that it already has.
            let _asked = ask.try_send(());
        }
    }

    /// What to show.
    pub(super) fn figures(&self, n_dropped: u64) -> Figures {
        let resident = self.memory.load(Ordering::Relaxed);
        Figures { own_work: median(&self.own), resident, n_dropped }
    }

    /// How long until the next frame while something moves: 60 a second, 30 while whole frames take
    /// longer than 16 ms.
    pub(super) fn frame_interval(&self) -> Duration {
        let is_slow = median(&self.whole) > Duration::from_millis(16);
        Duration::from_nanos(1_000_000_000 / if is_slow { 30 } else { 60 })
    }
}

fn push(frames: &mut VecDeque<Duration>, frame: Duration) {
    if frames.len() == N_FRAMES {
        frames.pop_front();
    }
    frames.push_back(frame);
}

fn median(frames: &VecDeque<Duration>) -> Duration {
    let mut sorted: Vec<Duration> = frames.iter().copied().collect();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Reads the memory on a thread of its own: a frame does no IO. The thread ends with the meter.
#[cfg(target_os = "linux")]
fn spawn_memory_reader(memory: Arc<AtomicU64>) -> Option<SyncSender<()>> {
    let (ask, asked) = sync_channel::<()>(1);
    let read = move || {
        while asked.recv().is_ok() {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            memory.store(resident_of(&status), Ordering::Relaxed);
        }
    };
    std::thread::Builder::new().name("memory-reader".to_owned()).spawn(read).ok()?;
    Some(ask)
}

/// Resident bytes in the text of `/proc/self/status`, 0 when it does not say.
#[cfg(target_os = "linux")]
fn resident_of(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}

#[cfg(not(target_os = "linux"))]
fn spawn_memory_reader(_memory: Arc<AtomicU64>) -> Option<SyncSender<()>> {
    let _nothing_to_read = sync_channel::<()>(1);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_read_from_the_status() {
        assert_eq!(resident_of("VmSize:\t 9 kB\nVmRSS:\t   2048 kB\n"), 2_097_152);
        assert_eq!(resident_of("VmRSS:"), 0);
        assert_eq!(resident_of(""), 0);
    }

    #[test]
    fn slow_whole_frames_halve_the_rate() {
        let mut meter = Meter::default();
        assert_eq!(meter.frame_interval(), Duration::from_nanos(16_666_666));
        for _ in 0..3 {
            meter.note(Duration::from_millis(1), Some(Duration::from_millis(20)));
        }
        assert_eq!(meter.frame_interval(), Duration::from_nanos(33_333_333));
        for _ in 0..N_FRAMES {
            meter.note(Duration::from_millis(2), Some(Duration::from_millis(8)));
        }
        assert_eq!(meter.frame_interval(), Duration::from_nanos(16_666_666));
        assert_eq!(meter.figures(3).own_work, Duration::from_millis(2));
    }
}
