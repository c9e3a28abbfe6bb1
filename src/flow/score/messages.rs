//! Which messages of a stream are drawn, and where a score has them.

use std::collections::HashMap;

use super::hops::TrueHop;
use crate::model::{Direction, SpanId, SpanMessage};

/// Messages of one direction that are drawn of a call that is over: more would make a long film of it.
const MAX_DRAWN: usize = 12;

/// Display seconds between two messages that go the same way on one edge.
pub(super) const GAP: f64 = 0.09;
/// Messages that would be shown later than this, in display seconds, are left out: the picture of a stream that runs
/// must not fall behind it.
pub(super) const MAX_LAG: f64 = 3.0;

/// One message on its way over an edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MessageLeg {
    /// Which way, seen from the caller.
    pub direction: Direction,
    /// The how manieth of its direction.
    pub number: u64,
    /// It leaves whoever sends it.
    pub leaves: f64,
    /// It is there.
    pub arrives: f64,
}

/// The messages of a hop on display time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MessageLegs {
    /// Those that are drawn, in the order in which they were laid.
    pub drawn: Vec<MessageLeg>,
    /// How many had gone out when this was laid, and how many had come back.
    heard: (u64, u64),
}

impl MessageLegs {
    pub(super) fn new(drawn: Vec<MessageLeg>, hop: &TrueHop) -> Self {
        let messages = &hop.span.messages;
        Self { drawn, heard: (messages.n_sent, messages.n_received) }
    }

    pub(super) fn find(&self, direction: Direction, number: u64) -> Option<&MessageLeg> {
        self.drawn.iter().find(|leg| leg.direction == direction && leg.number == number)
    }

    fn has_heard(&self, message: &SpanMessage) -> bool {
        message.number
            <= match message.direction {
                Direction::Sent => self.heard.0,
                Direction::Received => self.heard.1,
            }
    }
}

/// Messages that were laid already.
#[derive(Debug, Default)]
pub(super) struct PlayedMessages(HashMap<SpanId, MessageLegs>);

impl PlayedMessages {
    pub(super) fn add(&mut self, span: SpanId, legs: MessageLegs) {
        self.0.insert(span, legs);
    }

    /// Where it was laid; `Err` for one that was left out then and comes too late now.
    pub(super) fn find(
        &self,
        span: SpanId,
        message: &SpanMessage,
    ) -> Result<Option<MessageLeg>, TooLate> {
        let Some(legs) = self.0.get(&span) else { return Ok(None) };
        match legs.find(message.direction, message.number) {
            Some(leg) => Ok(Some(*leg)),
            None if legs.has_heard(message) => Err(TooLate),
            None => Ok(None),
        }
    }

    fn has_any(&self, span: SpanId) -> bool {
        self.0.get(&span).is_some_and(|legs| !legs.drawn.is_empty())
    }
}

/// It was heard of before and not drawn.
#[derive(Debug)]
pub(super) struct TooLate;

/// The messages of a hop that are drawn at all, with their times within those of the hop.
pub(super) fn drawn(hop: &TrueHop, played: &PlayedMessages, is_live: bool) -> Vec<SpanMessage> {
    let messages = &hop.span.messages;
    let is_over = hop.span.ended.is_some();
    if is_over && !messages.are_a_stream() && !played.has_any(hop.span.span_id) {
        return Vec::new();
    }
    let of = |direction| {
        let all: Vec<_> =
            messages.kept.iter().filter(|message| message.direction == direction).collect();
        let step = if is_live { 1 } else { all.len().div_ceil(MAX_DRAWN).max(1) };
        all.into_iter().step_by(step).copied()
    };
    let both = of(Direction::Sent).chain(of(Direction::Received));
    both.map(|message| SpanMessage { at: hop.within(message.at), ..message }).collect()
}
