//! The windows of a recording from its beginning to its end, and when they were empty.

use super::{WindowCause, WindowChange, WindowPoint};
use crate::model::{Direction, FlowWindows, Timestamp};

/// What became of the windows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WindowHistory {
    /// Where the recording begins; `None` where it begins within a connection that nobody followed.
    pub begin: Option<FlowWindows>,
    /// What changed them, in the order of the frames.
    pub points: Vec<WindowPoint>,
    /// Where the recording ends; as [`Self::begin`].
    pub end: Option<FlowWindows>,
}

/// A window that allowed no byte more: whoever had something to send waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyWindow {
    /// Who could not send.
    pub sender: Direction,
    /// The stream's window, or `None` for the connection's.
    pub stream: Option<u32>,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` where the recording ends so.
    pub until: Option<Timestamp>,
    /// The frame that emptied it.
    pub item_idx: usize,
}

impl WindowHistory {
    /// What a frame did to the windows.
    pub fn of_item(&self, item_idx: usize) -> &[WindowPoint] {
        let start = self.points.partition_point(|point| point.item_idx < item_idx);
        let end = self.points.partition_point(|point| point.item_idx <= item_idx);
        self.points.get(start..end).unwrap_or_default()
    }

    /// Each time that a window was empty. One that its sender's last byte emptied is none: nothing waited.
    pub fn empty(&self) -> Vec<EmptyWindow> {
        let mut open: Vec<EmptyWindow> = Vec::new();
        let mut all = Vec::new();
        for point in &self.points {
            let WindowChange { sender, cause, connection, stream } = point.change;
            let windows = [Some((None, connection)), stream.map(|(id, left)| (Some(id), left))];
            for (stream, left) in windows.into_iter().flatten() {
                let is_this = |one: &EmptyWindow| one.sender == sender && one.stream == stream;
                let known = open.iter().position(is_this);
                let has_ended = stream.is_some() && cause == WindowCause::Ended;
                match known {
                    None if left <= 0 && !has_ended => open.push(EmptyWindow {
                        sender,
                        stream,
                        from: point.at,
                        until: None,
                        item_idx: point.item_idx,
                    }),
                    Some(idx) if left > 0 || has_ended => {
                        let one = open.remove(idx);
                        if one.item_idx != point.item_idx {
                            all.push(EmptyWindow { until: Some(point.at), ..one });
                        }
                    }
                    _ => {}
                }
            }
        }
        all.extend(open);
        all.sort_by_key(|one| (one.from, one.item_idx, one.stream));
        all
    }
}
