//! What makes an answer one that cannot be trusted, and at which of its bytes.

use crate::model::{Call, Direction, Outcome, StatusOrigin, WireFault};
use crate::session::{WireEntry, WireReading};
use crate::wire::{Buffer, Kept, MAX_INFLATED, Node, PREFIX_LEN, StepKind};

/// Beyond so many frames and messages nobody reads on.
const MAX_READ: usize = 20_000;

/// The first thing wrong with what was received, and at which of its bytes: with a frame or a head, else with a
/// message.
pub(super) fn first_fault(call: &Call, reading: &WireReading) -> Option<(u64, WireFault)> {
    let judge = Judge {
        kept: Kept::of(&reading.recording),
        has_broken: call.has_broken(),
        has_status: matches!(call.outcome, Some(Outcome::Grpc { .. })),
    };
    // What answered was no gRPC: its body is no message.
    let is_foreign =
        matches!(call.outcome, Some(Outcome::Grpc { origin: StatusOrigin::HttpStatus(_), .. }));
    let items = reading.exchange.items.iter().enumerate().take(MAX_READ);
    let received = items.filter(|(_, item)| item.direction == Direction::Received);
    let of_items = received.filter_map(|(item_idx, _)| {
        judge.fault_in(&reading.exchange.item_tree(&judge.kept, item_idx)?)
    });
    let steps = reading.exchange.steps.iter().enumerate().take(MAX_READ);
    let messages = steps.filter(|_| !is_foreign).filter(|(_, step)| {
        step.direction == Direction::Received
            && matches!(step.kind, StepKind::Message(_) | StepKind::Body(_))
    });
    let of_messages = messages.filter_map(|(step_idx, step)| {
        // What a reset or a broken connection cut off says nothing; whoever reads the outcome knows.
        if let StepKind::Message(message) = &step.kind
            && (step.gathered.bytes.len() as u64) < PREFIX_LEN as u64 + message.len
        {
            let begins = step.gathered.places(0..1).first().map(|place| place.start);
            let fault = step.fault.clone().filter(|fault| judge.is_wrong(fault))?;
            return Some((begins.unwrap_or_default(), fault));
        }
        // Of a large message only the beginning is shown: the call itself has read all of it.
        let is_ok = call.outcome.as_ref().is_some_and(Outcome::is_ok);
        if matches!(step.fault, Some(WireFault::TooLarge { .. })) && is_ok {
            return None;
        }
        let made = reading.made(step_idx).and_then(|_| reading.tree(WireEntry::Made(step_idx)));
        let found = judge.fault_in(&reading.tree(WireEntry::Step(step_idx))?);
        let (at, fault) = found.or_else(|| judge.fault_in(&made?))?;
        // Of what was decompressed only the beginning has a place among what passed.
        let begins = step.gathered.places(0..1).first().map(|place| place.start);
        Some((at.or(begins).unwrap_or_default(), fault))
    });
    let of_items = of_items.map(|(at, fault)| (at.unwrap_or_default(), fault));
    of_items.chain(of_messages).next()
}

struct Judge<'a> {
    kept: Kept<'a>,
    has_broken: bool,
    has_status: bool,
}

impl Judge<'_> {
    /// The first fault of a tree, deepest first; its place, where it has one among what was received.
    fn fault_in(&self, node: &Node) -> Option<(Option<u64>, WireFault)> {
        if let Some(found) = node.children.iter().find_map(|child| self.fault_in(child)) {
            return Some(found);
        }
        let fault = node.fault.clone().filter(|fault| self.is_wrong(fault))?;
        let place = node.places.iter().find(|place| place.buffer == Buffer::Received);
        let at = place.map(|place| match &fault {
            // The place is that of the whole line.
            WireFault::BadByte(bad) => {
                let line = self.kept.read(Direction::Received, place.range.clone());
                let within = line.iter().position(|byte| byte == bad).unwrap_or_default();
                place.range.start + within as u64
            }
            _ => place.range.start,
        });
        Some((at, fault))
    }

    /// What was merely not kept is no fault, nor what ends with the recording, unless the answer ended there.
    fn is_wrong(&self, fault: &WireFault) -> bool {
        match fault {
            WireFault::NotKept(_) => false,
            // Too large to be shown: the call itself has taken it, within its own limit.
            WireFault::TooLarge { limit } if *limit == MAX_INFLATED as u64 => !self.has_status,
            WireFault::BodyShort { .. } | WireFault::OpenBlock => self.has_broken,
            _ => true,
        }
    }
}
