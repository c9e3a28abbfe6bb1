//! Windows over time as lines. A line has so many steps at most, whatever passed: more than that no screen can show.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Direction, FlowWindows, SenderWindows, Timestamp};
use crate::session::WireReading;
use crate::wire::{EmptyWindow, WindowCause};

/// Times that are told apart.
const N_COLUMNS: u32 = 1024;
/// Streams that are drawn for each side.
const MAX_STREAMS: usize = 64;

/// What one side may send, over the time of the recording.
#[derive(Debug)]
pub(super) struct Curves {
    pub(super) sender: Direction,
    /// The connection's line first.
    pub(super) lines: Vec<Line>,
    pub(super) empty: Vec<EmptyWindow>,
    /// The least and the largest window, in bytes; the least is 0 or less.
    pub(super) range: (i64, i64),
}

/// One window.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// `None` for the connection's.
    pub(super) stream: Option<u32>,
    /// When, from 0 to [`Span::WHOLE`], and the window since, in bytes.
    pub(super) steps: Vec<(u32, i64)>,
    /// When its sender ended the stream.
    pub(super) until: Option<u32>,
}

/// The time of a recording.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    begun: Timestamp,
    took: Duration,
}

impl Span {
    pub(super) const WHOLE: u32 = N_COLUMNS;

    pub(super) fn of(reading: &WireReading) -> Self {
        let items = &reading.exchange.items;
        let begun = items.first().map(|item| item.at).unwrap_or_default();
        let ended = items.iter().map(|item| item.ended).max().unwrap_or_default();
        Self { begun, took: ended.since(begun).max(Duration::from_nanos(1)) }
    }

    /// From the beginning of the recording.
    pub(super) fn after(&self, at: Timestamp) -> Duration {
        at.since(self.begun)
    }

    /// In columns.
    pub(super) fn column(&self, at: Timestamp) -> u32 {
        let share = self.after(at).as_secs_f64() / self.took.as_secs_f64();
        (share * f64::from(N_COLUMNS)).round() as u32
    }

    pub(super) fn at(&self, share: f32) -> Duration {
        self.took.mul_f32(share.clamp(0.0, 1.0))
    }
}

impl Line {
    /// The window at a column, as far as there is one.
    pub(super) fn value_at(&self, column: u32) -> Option<i64> {
        let after = self.steps.partition_point(|(at, _)| *at <= column);
        let step = self.steps.get(after.checked_sub(1)?)?;
        self.until.is_none_or(|until| column <= until).then_some(step.1)
    }

    /// Of a column the first, the least, the largest and the last are kept.
    fn push(&mut self, at: u32, value: i64) {
        let same = self.steps.iter().rev().take_while(|(column, _)| *column == at).count();
        let start = self.steps.len() - same;
        let is_extreme = self.steps.get(start..).is_some_and(|steps| {
            steps.iter().all(|(_, known)| value < *known)
                || steps.iter().all(|(_, known)| value > *known)
        });
        if same >= 4 && !is_extreme {
            self.steps.pop();
        }
        if same < 16 {
            self.steps.push((at, value));
        } else if let Some(last) = self.steps.last_mut() {
            last.1 = value;
        }
    }
}

/// Those of both sides, the sent ones first.
pub(super) fn curves(reading: &WireReading, span: Span) -> Vec<Curves> {
    let windows = &reading.exchange.windows;
    let Some(begin) = &windows.begin else { return Vec::new() };
    let ways = [Direction::Sent, Direction::Received];
    let empty = windows.empty();
    let of = |sender| {
        let FlowWindows { sent, received, .. } = begin;
        let first = if sender == Direction::Sent { sent } else { received };
        let lines = lines(reading, span, sender, first);
        let values = || lines.iter().flat_map(|line| &line.steps).map(|(_, value)| *value);
        let range = (values().min().unwrap_or(0).min(0), values().max().unwrap_or(1).max(1));
        let empty = empty.iter().filter(|one| one.sender == sender).copied().collect();
        Curves { sender, lines, empty, range }
    };
    ways.map(of).into()
}

fn lines(reading: &WireReading, span: Span, sender: Direction, first: &SenderWindows) -> Vec<Line> {
    let mut connection = Line::default();
    connection.push(0, first.connection);
    let mut streams: BTreeMap<u32, Line> = BTreeMap::new();
    let mut stream_line = |stream: u32, column: u32, value: i64, has_ended: bool| {
        if streams.len() >= MAX_STREAMS && !streams.contains_key(&stream) {
            return;
        }
        let line = streams.entry(stream).or_default();
        line.stream = Some(stream);
        line.push(column, value);
        line.until = has_ended.then_some(column);
    };
    for (stream, value) in &first.streams {
        stream_line(*stream, 0, *value, false);
    }
    let points = reading.exchange.windows.points.iter();
    for point in points.filter(|point| point.change.sender == sender) {
        let column = span.column(point.at);
        connection.push(column, point.change.connection);
        if let Some((stream, value)) = point.change.stream {
            stream_line(stream, column, value, point.change.cause == WindowCause::Ended);
        }
    }
    std::iter::once(connection).chain(streams.into_values()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_steps_few_and_its_ends_true() {
        let mut line = Line::default();
        line.push(0, 100);
        for value in 0..1000 {
            line.push(7, value);
        }
        line.push(9, 5);
        assert!(line.steps.len() < 30, "{}", line.steps.len());
        assert_eq!(
            (line.value_at(6), line.value_at(7), line.value_at(9)),
            (Some(100), Some(999), Some(5))
        );
        line.until = Some(9);
        assert_eq!((line.value_at(10), Line::default().value_at(0)), (None, None));
        let least = line.steps.iter().map(|(_, value)| *value).min();
        assert_eq!(least, Some(0));
    }
}
