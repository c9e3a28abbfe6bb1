//! From spans and bytes to lifelines and arrows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Arrow, Label, Seen, SeenCall, Sequence, Work};
use crate::model::{CLIENT, Direction, Span, SpanId, SpanKind, SpanStatus, Timestamp, Trace};

/// Of a call with more messages the first and the last are drawn.
const MAX_DRAWN: usize = 24;
/// Lifelines beyond would not be read.
const MAX_LIFELINES: usize = 40;

impl Sequence {
    /// The picture of a call at `now`: its trace as far as it is known, and what was seen of its bytes.
    pub fn of(trace: Option<&Trace>, seen: &[SeenCall], now: Timestamp) -> Self {
        let spans = trace.map(|trace| trace.spans.as_slice()).unwrap_or_default();
        let mut builder = Builder { spans, seen, now, sequence: Self::default() };
        builder.draw();
        builder.sequence
    }
}

struct Builder<'a> {
    spans: &'a [Arc<Span>],
    seen: &'a [SeenCall],
    now: Timestamp,
    sequence: Sequence,
}

impl Builder<'_> {
    fn draw(&mut self) {
        let by_asker: HashMap<SpanId, usize> = self
            .seen
            .iter()
            .enumerate()
            .filter_map(|(idx, call)| Some((call.asked_by?, idx)))
            .collect();
        let spans: Vec<Arc<Span>> =
            self.spans.iter().filter(|span| !span.is_internal).map(Arc::clone).collect();
        for span in spans.iter().filter(|span| span.kind == SpanKind::Client) {
            let served = spans.iter().find(|served| is_served(served, span));
            let callee = served.map(|served| self.who(served));
            let callee = callee.or_else(|| span.peer.clone()).unwrap_or_default();
            let (Some(from), Some(to)) = (self.lifeline(&self.who(span)), self.lifeline(&callee))
            else {
                continue;
            };
            match by_asker.get(&span.span_id).and_then(|idx| Some((*idx, self.seen.get(*idx)?))) {
                Some((idx, call)) if !call.caller.is_empty() => {
                    self.seen_call((from, to), (idx, call), served);
                }
                _ => self.told_call((from, to), span, served),
            }
        }
        let is_drawn = |call: &SeenCall| {
            let asked_by = call.asked_by;
            spans.iter().any(|s| s.kind == SpanKind::Client && Some(s.span_id) == asked_by)
        };
        for (idx, call) in self.seen.iter().enumerate().filter(|(_, call)| !is_drawn(call)) {
            let ends = (self.lifeline(&CLIENT.into()), self.lifeline(&call.peer));
            if let (Some(from), Some(to)) = ends {
                self.seen_call((from, to), (idx, call), None);
            }
        }
        self.sequence.arrows.sort_by_key(|arrow| arrow.at);
        for span in &spans {
            self.work(span);
        }
        self.measure();
        self.stack();
    }

    /// The instance; where a span does not name it, that of the span which caused it within the same service.
    fn who(&self, span: &Span) -> Arc<str> {
        let cause = self.spans.iter().find(|cause| Some(cause.span_id) == span.parent);
        let cause = cause.filter(|cause| cause.service == span.service);
        let instance = span.instance.as_ref().or_else(|| cause?.instance.as_ref());
        Arc::clone(instance.unwrap_or(&span.service))
    }

    fn lifeline(&mut self, name: &Arc<str>) -> Option<usize> {
        let lifelines = &mut self.sequence.lifelines;
        if let Some(idx) = lifelines.iter().position(|known| known == name) {
            return Some(idx);
        }
        (lifelines.len() < MAX_LIFELINES).then(|| {
            lifelines.push(Arc::clone(name));
            lifelines.len() - 1
        })
    }

    /// A call whose bytes are known at one end or both.
    fn seen_call(
        &mut self,
        (from, to): (usize, usize),
        (call_idx, call): (usize, &SeenCall),
        served: Option<&Arc<Span>>,
    ) {
        let pairs = paired(&call.caller, &call.callee);
        let n_hidden = pairs.len().saturating_sub(MAX_DRAWN);
        let head = if n_hidden == 0 { pairs.len() } else { MAX_DRAWN / 2 };
        for (place, (seen, other)) in pairs.iter().enumerate() {
            let is_answer = seen.direction == Direction::Received;
            let ends = if is_answer { (to, from) } else { (from, to) };
            if n_hidden > 0 && (head..head + n_hidden).contains(&place) {
                if place == head {
                    self.sequence.arrows.push(arrow(ends, seen.at, None, Label::More(n_hidden)));
                }
                continue;
            }
            let (left, arrived) = if is_answer {
                (other.map(|other| other.at), Some(seen.ended))
            } else {
                // What a span of the callee began with is what came in.
                let began = served.map(|span| span.started).filter(|_| place == 0);
                (Some(seen.at), other.map(|other| other.ended).or(began))
            };
            let at = left.or(arrived).unwrap_or(seen.at);
            let took = left.zip(arrived).map(|(left, arrived)| arrived.since(left));
            let label = Label::Seen(seen.words.clone());
            self.sequence.arrows.push(Arrow {
                n_bytes: Some(seen.n_bytes),
                seen: Some((call_idx, place)),
                is_answer,
                is_failed: seen.is_failed,
                ..arrow(ends, at, took, label)
            });
        }
    }

    /// A call that only spans tell of.
    fn told_call(&mut self, (from, to): (usize, usize), span: &Span, served: Option<&Arc<Span>>) {
        let took = served.map(|served| served.started.since(span.started));
        let asked = Label::Asked(Arc::clone(&span.name));
        self.sequence.arrows.push(arrow((from, to), span.started, took, asked));
        let Some(ended) = span.ended else { return };
        let left = served.and_then(|served| served.ended).filter(|left| *left <= ended);
        let label = match &span.status {
            SpanStatus::Error(cause) => Label::Failed(Arc::clone(cause)),
            SpanStatus::Ok | SpanStatus::Running => Label::Ok,
        };
        let took = left.map(|left| ended.since(left));
        self.sequence.arrows.push(Arrow {
            is_answer: true,
            is_failed: span.is_error(),
            ..arrow((to, from), left.unwrap_or(ended), took, label)
        });
    }

    /// What a service did between what came in and what went back.
    fn work(&mut self, span: &Span) {
        // A client span within a service is waiting, not work; the first one is the whole call.
        let is_root = span.call.is_some();
        if span.kind == SpanKind::Client && !is_root {
            return;
        }
        let name = self.who(span);
        let Some(lifeline) = self.sequence.lifelines.iter().position(|known| *known == name) else {
            return;
        };
        let took = span.ended.unwrap_or(self.now).since(span.started);
        let is_failed = span.is_error();
        self.sequence.works.push(Work { lifeline, depth: 0, began: span.started, took, is_failed });
    }

    fn measure(&mut self) {
        let Sequence { arrows, works, .. } = &self.sequence;
        let arrows = arrows.iter().map(|arrow| (arrow.at, arrow.took.unwrap_or_default()));
        let works = works.iter().map(|work| (work.began, work.took));
        let ends: Vec<_> = arrows.chain(works).collect();
        let began = ends.iter().map(|(at, _)| *at).min().unwrap_or_default();
        let total = ends.iter().map(|(at, took)| at.since(began) + *took).max();
        (self.sequence.began, self.sequence.total) = (began, total.unwrap_or_default());
    }

    /// Work within work on the same lifeline stands a little to the side.
    fn stack(&mut self) {
        let works = self.sequence.works.clone();
        let end = |work: &Work| work.began.0.saturating_add(work.took.as_nanos() as u64);
        for (idx, work) in self.sequence.works.iter_mut().enumerate() {
            let around = works.iter().enumerate().filter(|(other_idx, other)| {
                let is_longer = (other.took, idx) > (work.took, *other_idx);
                *other_idx != idx
                    && other.lifeline == work.lifeline
                    && is_longer
                    && other.began <= work.began
                    && end(other) >= end(work)
            });
            work.depth = around.count();
        }
    }
}

fn arrow((from, to): (usize, usize), at: Timestamp, took: Option<Duration>, label: Label) -> Arrow {
    let (n_bytes, seen) = (None, None);
    Arrow { from, to, at, took, label, n_bytes, is_answer: false, is_failed: false, seen }
}

fn is_served(served: &Span, asked: &Span) -> bool {
    served.kind == SpanKind::Server && served.parent == Some(asked.span_id)
}

/// What the caller's end saw, each with the same thing at the callee's end.
fn paired<'a>(caller: &'a [Seen], callee: &'a [Seen]) -> Vec<(&'a Seen, Option<&'a Seen>)> {
    let mut n_passed = [0_usize; 2];
    let pairs = caller.iter().map(|seen| {
        let [sent, received] = &mut n_passed;
        let n = if seen.direction == Direction::Sent { sent } else { received };
        let same = callee.iter().filter(|other| other.direction == seen.direction);
        let other = same.clone().nth(*n).filter(|other| other.words == seen.words);
        *n += 1;
        (seen, other)
    });
    pairs.collect()
}
