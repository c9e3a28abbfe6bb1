//! What was seen of a call's bytes, at our own end and at the gateway's.

use std::sync::Arc;

use super::super::wire::step_words;
use crate::flow::{Seen, SeenCall};
use crate::model::{Call, Direction, LegSide};
use crate::session::{Answer, WireReading};
use crate::text::fill;
use crate::wire::{StartLine, Step, StepKind};

/// The calls whose bytes are known, and for each which side of the wire it is.
pub(super) fn calls(answer: &Answer, call: &Call) -> (Vec<SeenCall>, Vec<usize>) {
    let at_gateway = answer.legs.iter().find(|leg| leg.side == LegSide::Client);
    let peer = call.connection.as_ref().map(|connection| connection.peer.as_str());
    let target = call.request.target.to_string();
    let own = SeenCall {
        asked_by: answer.trace.is_some().then_some(call.trace.span_id),
        peer: peer.filter(|peer| !peer.is_empty()).unwrap_or(&target).into(),
        caller: seen(&answer.wire),
        callee: at_gateway.map(|leg| seen(&leg.reading)).unwrap_or_default(),
    };
    let mut calls = vec![(own, 0)];
    for (leg_idx, leg) in answer.legs.iter().enumerate() {
        let LegSide::Upstream { instance, .. } = &leg.side else { continue };
        let upstream = SeenCall {
            asked_by: Some(leg.asked_by),
            peer: Arc::clone(instance),
            caller: seen(&leg.reading),
            callee: Vec::new(),
        };
        calls.push((upstream, leg_idx + 1));
    }
    calls.into_iter().unzip()
}

fn seen(reading: &WireReading) -> Vec<Seen> {
    let each = reading.exchange.steps.iter().map(|step| {
        let n_bytes = match &step.kind {
            // Of a long one perhaps only the beginning was kept.
            StepKind::Message(message) | StepKind::Body(message) => message.len,
            _ => step.gathered.bytes.len() as u64,
        };
        Seen {
            direction: step.direction,
            at: step.at,
            ended: step.ended,
            n_bytes,
            words: short(step).unwrap_or_else(|| step_words(step)),
            is_failed: is_failed(step),
        }
    });
    each.collect()
}

/// A method of gRPC by its name alone: there is little room between two lifelines.
fn short(step: &Step) -> Option<String> {
    let path = step.field(":path")?;
    let is_grpc = step.field("content-type")?.starts_with("application/grpc");
    let method = path.rsplit('/').next().filter(|method| is_grpc && !method.is_empty())?;
    Some(fill("response.wire.headers", &[("what", &method)]))
}

fn is_failed(step: &Step) -> bool {
    if step.direction == Direction::Sent {
        return matches!(step.kind, StepKind::Reset(_));
    }
    let is_error = |status: u16| status >= 400;
    match &step.kind {
        StepKind::Http1Head(head) => {
            matches!(head.start, StartLine::Response { status, .. } if is_error(status))
        }
        StepKind::Headers(_) => {
            let status = step.field(":status").and_then(|status| status.parse().ok());
            status.is_some_and(is_error)
        }
        StepKind::Trailers(_) | StepKind::TrailersFrame(_) | StepKind::TrailersOnly(_) => {
            step.field("grpc-status").is_some_and(|status| status != "0")
        }
        StepKind::Reset(_) => true,
        StepKind::GoAway(code) => *code != 0,
        StepKind::Message(_) | StepKind::Body(_) => false,
    }
}
