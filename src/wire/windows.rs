//! Follows the flow-control windows of a connection through its frames (RFC 9113 sections 5.2 and 6.9).
//!
//! New initial windows are in force once whoever they bind has acknowledged them, or has shown by what it sends that
//! it follows them: before, they may still be on their way. So nobody is blamed who keeps to what was known.

mod history;

use crate::model::{Direction, FlowWindows, SenderWindows, Timestamp, WireFault};

use super::http2::{FrameHead, FrameType};

pub use history::{EmptyWindow, WindowHistory};

/// `SETTINGS_INITIAL_WINDOW_SIZE` (RFC 9113 section 6.5.2).
pub(super) const INITIAL_WINDOW_SIZE: u64 = 4;
/// The ACK flag of SETTINGS (section 6.5).
const ACK: u8 = 0x1;
/// Streams that are followed at the same time; a peer may open as many as it likes.
const MAX_STREAMS: usize = 1024;
/// Streams whose windows are told when one frame changes all of them.
const MAX_TOLD: usize = 8;
/// SETTINGS that may wait for their acknowledgement; of more, the oldest is taken as acknowledged.
const MAX_PENDING: usize = 64;

/// What changed a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowCause {
    /// The stream began.
    Opened,
    /// DATA was sent.
    Data,
    /// `WINDOW_UPDATE` came.
    Update,
    /// SETTINGS name this initial window; it is not in force yet.
    Announced(i64),
    /// This initial window came into force, and moved the windows of all streams.
    Initial(i64),
    /// The sender says no more on the stream.
    Ended,
}

/// What a frame did to the windows of one sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowChange {
    /// Who may send so much.
    pub sender: Direction,
    /// Why it changed.
    pub cause: WindowCause,
    /// The connection's window behind the frame, in bytes.
    pub connection: i64,
    /// A stream and its window behind the frame, in bytes.
    pub stream: Option<(u32, i64)>,
}

/// A change, and the frame that brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowPoint {
    /// The frame.
    pub item_idx: usize,
    /// When its first byte passed.
    pub at: Timestamp,
    /// What it did.
    pub change: WindowChange,
}

/// Follows the windows; frames must come in the order in which they passed.
#[derive(Debug, Default)]
pub struct WindowReader {
    now: FlowWindows,
}

impl WindowReader {
    /// Goes on where these windows stood.
    pub fn at(windows: FlowWindows) -> Self {
        Self { now: windows }
    }

    /// The windows now.
    pub fn windows(&self) -> &FlowWindows {
        &self.now
    }

    /// A whole frame. The payload of DATA is not looked at: all of it counts.
    ///
    /// # Errors
    /// What is wrong with the frame; it has been followed as far as possible nevertheless.
    pub fn frame(
        &mut self,
        direction: Direction,
        head: &FrameHead,
        payload: &[u8],
        mut each: impl FnMut(WindowChange),
    ) -> Result<(), WireFault> {
        match head.kind {
            FrameType::HEADERS => {
                self.open(head.stream, &mut each);
                self.end_if(head, direction, &mut each);
                Ok(())
            }
            FrameType::DATA => {
                self.open(head.stream, &mut each);
                let mut side = self.side(direction);
                let followed = side.data(head, &mut each);
                self.end_if(head, direction, &mut each);
                followed
            }
            FrameType::RST_STREAM => {
                for direction in [Direction::Sent, Direction::Received] {
                    self.side(direction).end(head.stream, &mut each);
                }
                Ok(())
            }
            FrameType::WINDOW_UPDATE => {
                let Some([a, b, c, d]) = payload.first_chunk() else { return Ok(()) };
                let increment = u32::from_be_bytes([a & 0x7f, *b, *c, *d]);
                self.side(other(direction)).grow(head.stream, increment.into(), &mut each)
            }
            FrameType::SETTINGS if head.has(ACK) => {
                let mut side = self.side(direction);
                if let Some(Some(initial)) = side.windows.pending.pop_front() {
                    side.follow(initial, &mut each);
                }
                Ok(())
            }
            FrameType::SETTINGS => {
                let initial = initial_window(payload);
                self.side(other(direction)).announce(initial, &mut each)
            }
            _ => Ok(()),
        }
    }

    fn side(&mut self, sender: Direction) -> Side<'_> {
        let windows = match sender {
            Direction::Sent => &mut self.now.sent,
            Direction::Received => &mut self.now.received,
        };
        Side { sender, windows }
    }

    /// A stream that nobody has used so far begins.
    fn open(&mut self, stream: u32, each: &mut impl FnMut(WindowChange)) {
        let [even, odd] = &mut self.now.newest;
        let newest = if stream.is_multiple_of(2) { even } else { odd };
        if stream <= *newest {
            return;
        }
        *newest = stream;
        for direction in [Direction::Sent, Direction::Received] {
            let side = self.side(direction);
            if side.windows.streams.len() < MAX_STREAMS {
                side.windows.streams.insert(stream, side.windows.initial);
                side.tell(WindowCause::Opened, Some(stream), each);
            }
        }
    }

    fn end_if(
        &mut self,
        head: &FrameHead,
        direction: Direction,
        each: &mut impl FnMut(WindowChange),
    ) {
        if head.ends_stream() {
            self.side(direction).end(head.stream, each);
        }
    }
}

/// The windows of one sender.
struct Side<'a> {
    sender: Direction,
    windows: &'a mut SenderWindows,
}

impl Side<'_> {
    fn tell(&self, cause: WindowCause, stream: Option<u32>, each: &mut impl FnMut(WindowChange)) {
        let window = |stream| Some((stream, *self.windows.streams.get(&stream)?));
        each(WindowChange {
            sender: self.sender,
            cause,
            connection: self.windows.connection,
            stream: stream.and_then(window),
        });
    }

    fn data(
        &mut self,
        head: &FrameHead,
        each: &mut impl FnMut(WindowChange),
    ) -> Result<(), WireFault> {
        let len = i64::from(head.len);
        self.follow_early(head.stream, len, each);
        self.windows.connection = self.windows.connection.saturating_sub(len);
        let mut least = self.windows.connection;
        if let Some(window) = self.windows.streams.get_mut(&head.stream) {
            *window = window.saturating_sub(len);
            least = least.min(*window);
        }
        self.tell(WindowCause::Data, Some(head.stream), each);
        // A window below zero forbids DATA, but not an empty one (section 6.9.1).
        match u64::try_from(least.saturating_neg().min(len)) {
            Ok(beyond @ 1..) => Err(WireFault::WindowExceeded(beyond)),
            _ => Ok(()),
        }
    }

    /// Whoever sends more than the window in force allows, and no more than SETTINGS do that it has not acknowledged
    /// yet, follows these.
    fn follow_early(&mut self, stream: u32, len: i64, each: &mut impl FnMut(WindowChange)) {
        let Some(window) = self.windows.streams.get(&stream).copied() else { return };
        let raised = |initial: i64| window.saturating_add(initial - self.windows.initial);
        if window >= len || len == 0 {
            return;
        }
        let pending = self.windows.pending.iter();
        let Some(fitting) =
            pending.clone().position(|initial| initial.is_some_and(|one| raised(one) >= len))
        else {
            return;
        };
        for idx in 0..=fitting {
            let initial = self.windows.pending.get_mut(idx).and_then(Option::take);
            if let Some(initial) = initial {
                self.follow(initial, each);
            }
        }
    }

    /// A new initial window comes into force (section 6.9.2).
    fn follow(&mut self, initial: i64, each: &mut impl FnMut(WindowChange)) {
        let by = initial - self.windows.initial;
        self.windows.initial = initial;
        for window in self.windows.streams.values_mut() {
            *window = window.saturating_add(by).min(SenderWindows::MOST);
        }
        let cause = WindowCause::Initial(initial);
        if self.windows.streams.is_empty() {
            self.tell(cause, None, each);
        }
        for stream in self.windows.streams.keys().take(MAX_TOLD) {
            self.tell(cause, Some(*stream), each);
        }
    }

    fn announce(
        &mut self,
        initial: Option<u64>,
        each: &mut impl FnMut(WindowChange),
    ) -> Result<(), WireFault> {
        let wanted = initial.and_then(|initial| i64::try_from(initial).ok());
        let allowed = wanted.filter(|initial| *initial <= SenderWindows::MOST);
        let newest = self.windows.pending.iter().rev().find_map(|pending| *pending);
        let by = allowed.map_or(0, |to| to - newest.unwrap_or(self.windows.initial));
        let widest = self.windows.streams.values().max().copied().unwrap_or_default();
        self.windows.pending.push_back(allowed);
        if self.windows.pending.len() > MAX_PENDING
            && let Some(Some(oldest)) = self.windows.pending.pop_front()
        {
            self.follow(oldest, each);
        }
        if let Some(initial) = allowed {
            self.tell(WindowCause::Announced(initial), None, each);
        }
        let is_too_wide = by > 0 && widest.saturating_add(by) > SenderWindows::MOST;
        if wanted != allowed || is_too_wide { Err(WireFault::WindowOverflow) } else { Ok(()) }
    }

    fn grow(
        &mut self,
        stream: u32,
        increment: i64,
        each: &mut impl FnMut(WindowChange),
    ) -> Result<(), WireFault> {
        let window = match stream {
            0 => Some(&mut self.windows.connection),
            _ => self.windows.streams.get_mut(&stream),
        };
        let mut grown = 0;
        if let Some(window) = window {
            grown = window.saturating_add(increment);
            *window = grown.min(SenderWindows::MOST);
        }
        self.tell(WindowCause::Update, Some(stream), each);
        match increment {
            0 => Err(WireFault::WindowZero),
            _ if grown > SenderWindows::MOST => Err(WireFault::WindowOverflow),
            _ => Ok(()),
        }
    }

    fn end(&mut self, stream: u32, each: &mut impl FnMut(WindowChange)) {
        if self.windows.streams.contains_key(&stream) {
            self.tell(WindowCause::Ended, Some(stream), each);
            self.windows.streams.remove(&stream);
        }
    }
}

fn other(direction: Direction) -> Direction {
    match direction {
        Direction::Sent => Direction::Received,
        Direction::Received => Direction::Sent,
    }
}

/// The last value counts (section 6.5.3).
fn initial_window(settings: &[u8]) -> Option<u64> {
    let number = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
    let settings = settings.chunks_exact(6).map(|setting| setting.split_at(2));
    let named = settings.filter(|(id, _)| number(id) == INITIAL_WINDOW_SIZE);
    named.map(|(_, value)| number(value)).next_back()
}

#[cfg(test)]
mod tests;
