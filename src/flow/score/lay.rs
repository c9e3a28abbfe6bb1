//! Every start, message and end gets the earliest display time that its order and its legs allow.

use std::collections::HashMap;

use super::LEG;
use super::hops::TrueHop;
use super::messages::{GAP, MAX_LAG, MessageLeg, PlayedMessages, drawn};
use crate::model::{Direction, SpanId, SpanMessage, Timestamp};

/// What of a trace has been laid already: leave and return by span, messages, and the display time now.
#[derive(Debug, Default)]
pub(super) struct Played {
    pub(super) hops: HashMap<SpanId, (f64, Option<f64>)>,
    pub(super) messages: PlayedMessages,
    pub(super) now: f64,
}

impl Played {
    /// Whether a part of it has been seen already.
    fn is_live(&self) -> bool {
        !self.hops.is_empty()
    }
}

/// Where a hop lies.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot {
    pub(super) leaves: f64,
    pub(super) returns: Option<f64>,
    pub(super) messages: Vec<MessageLeg>,
    /// Until then the callee waits for calls of its own.
    busy: f64,
    /// By then every message that was sent so far is at the callee.
    inbox: f64,
}

impl Slot {
    /// When the last message that went this way left, or came.
    fn last(&self, direction: Direction) -> Option<f64> {
        let same = self.messages.iter().rev().find(|leg| leg.direction == direction)?;
        Some(match direction {
            Direction::Sent => same.leaves,
            Direction::Received => same.arrives,
        })
    }

    fn find(&self, direction: Direction, number: u64) -> Option<&MessageLeg> {
        self.messages.iter().find(|leg| leg.direction == direction && leg.number == number)
    }
}

/// A start, a message or an end.
#[derive(Debug, Clone, Copy)]
struct Moment {
    at: Timestamp,
    hop_idx: usize,
    depth: usize,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Start,
    Message(SpanMessage),
    End,
}

impl Moment {
    /// The order of time; at one time starts first and ends last, parents outside children.
    fn key(&self) -> (Timestamp, u8, usize, usize) {
        let (rank, is_inside_first) = match &self.what {
            What::Start => (0, false),
            What::Message(message) => (1, message.direction == Direction::Received),
            What::End => (2, true),
        };
        let nesting = if is_inside_first { usize::MAX - self.depth } else { self.depth };
        (self.at, rank, nesting, self.hop_idx)
    }
}

/// Lays all hops; one slot for each.
pub(super) fn lay(truth: &[TrueHop], played: &Played) -> Vec<Slot> {
    let relays = (0..truth.len()).map(|idx| relay_of(truth, idx)).collect();
    let slots = vec![Slot::default(); truth.len()];
    let mut lay = Lay { truth, played, relays, slots, base: 0.0 };
    let (mut latest, mut last_at) = (0.0_f64, None);
    for moment in moments(truth, played) {
        // Moments of one and the same nanosecond have no order among themselves.
        if last_at != Some(moment.at) {
            lay.base = latest;
            last_at = Some(moment.at);
        }
        if let Some(display) = lay.place(&moment) {
            latest = latest.max(display);
        }
    }
    lay.slots
}

fn moments(truth: &[TrueHop], played: &Played) -> Vec<Moment> {
    let mut moments = Vec::with_capacity(truth.len() * 2);
    for (hop_idx, hop) in truth.iter().enumerate() {
        let moment = |at, what| Moment { at, hop_idx, depth: hop.depth, what };
        moments.push(moment(hop.start, What::Start));
        let messages = drawn(hop, &played.messages, played.is_live()).into_iter();
        moments.extend(messages.map(|message| moment(message.at, What::Message(message))));
        moments.extend(hop.end.map(|at| moment(at, What::End)));
    }
    moments.sort_by_key(Moment::key);
    moments
}

/// The child that passes a hop's messages on: that of a gateway has the same operation.
fn relay_of(truth: &[TrueHop], idx: usize) -> Option<usize> {
    let hop = truth.get(idx)?;
    let is_relay = |child: &TrueHop| child.parent == Some(idx) && child.span.name == hop.span.name;
    truth.iter().position(is_relay)
}

struct Lay<'a> {
    truth: &'a [TrueHop],
    played: &'a Played,
    relays: Vec<Option<usize>>,
    slots: Vec<Slot>,
    /// Nothing that comes is earlier than this.
    base: f64,
}

impl Lay<'_> {
    /// Where it goes; `None` for a message that is left out.
    fn place(&mut self, moment: &Moment) -> Option<f64> {
        let idx = moment.hop_idx;
        let hop = self.truth.get(idx)?;
        match &moment.what {
            What::Start => {
                let known = self.played.hops.get(&hop.span.span_id).map(|known| known.0);
                let display = known.unwrap_or_else(|| self.start(hop));
                self.slots.get_mut(idx)?.leaves = display;
                Some(display)
            }
            What::End => {
                let known = self.played.hops.get(&hop.span.span_id).and_then(|known| known.1);
                let display = known.or_else(|| self.end(idx))?;
                self.slots.get_mut(idx)?.returns = Some(display);
                if let Some(parent) = hop.parent.and_then(|parent| self.slots.get_mut(parent)) {
                    parent.busy = parent.busy.max(display);
                }
                Some(display)
            }
            What::Message(message) => {
                let span = hop.span.span_id;
                let leg = match self.played.messages.find(span, message).ok()? {
                    Some(leg) => leg,
                    None => self.message(idx, hop, message)?,
                };
                let slot = self.slots.get_mut(idx)?;
                slot.messages.push(leg);
                if leg.direction == Direction::Sent {
                    slot.inbox = slot.inbox.max(leg.arrives);
                }
                Some(if leg.direction == Direction::Sent { leg.leaves } else { leg.arrives })
            }
        }
    }

    fn start(&self, hop: &TrueHop) -> f64 {
        let parent = hop.parent.and_then(|parent| self.slots.get(parent));
        let heard = parent.map_or(0.0, |parent| (parent.leaves + LEG).max(parent.inbox));
        self.base.max(self.played.now).max(heard)
    }

    fn end(&self, idx: usize) -> Option<f64> {
        let slot = self.slots.get(idx)?;
        let last = slot.last(Direction::Received).map_or(0.0, |last| last + GAP);
        let after = self.base.max(slot.leaves + 2.0 * LEG).max(slot.busy + LEG);
        let after = after.max(last).max(if slot.inbox > 0.0 { slot.inbox + LEG } else { 0.0 });
        Some(if self.played.is_live() { after.max(self.played.now + LEG) } else { after })
    }

    fn message(&self, idx: usize, hop: &TrueHop, message: &SpanMessage) -> Option<MessageLeg> {
        let slot = self.slots.get(idx)?;
        let SpanMessage { direction, number, .. } = *message;
        let was_laid = self.played.hops.get(&hop.span.span_id).is_some_and(|hop| hop.1.is_some());
        if was_laid {
            return None;
        }
        let gap = slot.last(direction).map_or(0.0, |last| last + GAP);
        let relayed = |slot: Option<usize>| self.slots.get(slot?)?.find(direction, number);
        let leaves = match direction {
            Direction::Sent => {
                let above =
                    hop.parent.filter(|parent| self.relays.get(*parent) == Some(&Some(idx)));
                let heard = relayed(above).map_or(0.0, |leg| leg.arrives);
                self.base.max(slot.leaves).max(gap).max(heard).max(self.played.now)
            }
            Direction::Received => {
                let below = self.relays.get(idx).copied().flatten();
                let heard = relayed(below).map_or(0.0, |leg| leg.arrives);
                let ready = (slot.leaves + LEG).max(slot.inbox).max(slot.busy).max(heard);
                (self.base.max(gap) - LEG).max(ready).max(self.played.now)
            }
        };
        let is_late = self.played.is_live() && leaves > self.played.now + MAX_LAG;
        (!is_late).then_some(MessageLeg { direction, number, leaves, arrives: leaves + LEG })
    }
}
