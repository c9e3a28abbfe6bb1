//! Where each packet is at a moment of display time.

use crate::model::{CallId, Direction, EdgeKey, TraceId};

use super::score::Score;

/// One dot on one edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Packet {
    /// The trace that it stands for.
    pub trace: TraceId,
    /// The call that it stands for, when Hoplens sent it.
    pub call: Option<CallId>,
    /// Index in [`Score::hops`].
    pub hop_idx: usize,
    /// Where it is.
    pub edge: EdgeKey,
    /// Share of the edge, 0 at the caller and 1 at the callee, whichever way it goes.
    pub t: f32,
    /// How it is drawn.
    pub shape: PacketShape,
}

/// The shapes differ, not only the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PacketShape {
    /// A full dot on its way to the callee.
    RequestOut,
    /// A ring on its way back.
    AnswerBack,
    /// A diamond on its way back.
    Failed,
    /// A hollow dot at the callee.
    Waiting,
    /// A small dot on its way to the callee: one message of a stream.
    MessageOut,
    /// A small ring on its way back.
    MessageBack,
}

/// The packets of a score, `display_now` seconds after its beginning.
pub fn packet_pos(score: &Score, display_now: f64) -> impl Iterator<Item = Packet> + '_ {
    calls(score, display_now).chain(messages(score, display_now))
}

/// The messages of streams that are on their way.
fn messages(score: &Score, display_now: f64) -> impl Iterator<Item = Packet> + '_ {
    score.hops.iter().enumerate().flat_map(move |(hop_idx, hop)| {
        let under_way = hop
            .messages
            .drawn
            .iter()
            .filter(move |leg| (leg.leaves..leg.arrives).contains(&display_now));
        under_way.map(move |leg| {
            let share = share(leg.leaves, leg.arrives, display_now);
            let (t, shape) = match leg.direction {
                Direction::Sent => (share, PacketShape::MessageOut),
                Direction::Received => (1.0 - share, PacketShape::MessageBack),
            };
            let edge = hop.edge.clone();
            Packet { trace: score.trace, call: score.call, hop_idx, edge, t, shape }
        })
    })
}

/// How much of the way from `from` to `to` is behind it.
fn share(from: f64, to: f64, display_now: f64) -> f32 {
    let span = (to - from).max(f64::EPSILON);
    ((display_now - from) / span).clamp(0.0, 1.0) as f32
}

/// Requests and answers, and where they wait.
fn calls(score: &Score, display_now: f64) -> impl Iterator<Item = Packet> + '_ {
    score.hops.iter().enumerate().filter_map(move |(hop_idx, hop)| {
        let share = |from, to| share(from, to, display_now);
        let (t, shape) = if display_now < hop.leaves {
            return None;
        } else if display_now < hop.arrives {
            (share(hop.leaves, hop.arrives), PacketShape::RequestOut)
        } else {
            match (hop.answers, hop.returns) {
                (Some(answers), Some(returns)) if display_now >= answers => {
                    if display_now >= returns {
                        return None;
                    }
                    let shape =
                        if hop.is_error { PacketShape::Failed } else { PacketShape::AnswerBack };
                    (1.0 - share(answers, returns), shape)
                }
                _ if waits_at_callee(score, hop_idx, display_now) => (1.0, PacketShape::Waiting),
                _ => return None,
            }
        };
        let edge = hop.edge.clone();
        Some(Packet { trace: score.trace, call: score.call, hop_idx, edge, t, shape })
    })
}

/// A hop waits visibly only where no child of it is under way.
fn waits_at_callee(score: &Score, hop_idx: usize, display_now: f64) -> bool {
    !score.hops.iter().skip(hop_idx).any(|child| {
        child.parent == Some(hop_idx)
            && child.leaves <= display_now
            && child.returns.is_none_or(|returns| display_now < returns)
    })
}

/// Whether a score moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pace {
    /// A packet is on its way.
    Moving,
    /// Everything waits until so many seconds after the beginning.
    StillUntil(f64),
}

impl Pace {
    /// At `display_now` seconds; `None` when nothing more will change by itself.
    pub(super) fn of(score: &Score, display_now: f64) -> Option<Self> {
        let legs = score.hops.iter().flat_map(|hop| {
            let back = hop.answers.zip(hop.returns);
            let messages = hop.messages.drawn.iter().map(|leg| (leg.leaves, leg.arrives));
            std::iter::once((hop.leaves, hop.arrives)).chain(back).chain(messages)
        });
        let mut next: Option<f64> = None;
        for (from, to) in legs {
            if (from..to).contains(&display_now) {
                return Some(Self::Moving);
            }
            if display_now < from {
                next = Some(next.map_or(from, |next| next.min(from)));
            }
        }
        next.map(Self::StillUntil)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::flow::score::{Hop, LEG, MessageLegs};
    use crate::model::SpanId;

    fn hop(callee: &str, parent: Option<usize>, leaves: f64, returns: Option<f64>) -> Hop {
        Hop {
            span: SpanId([1; 8]),
            parent,
            edge: EdgeKey { caller: "a".into(), callee: callee.into() },
            operation: "Do".into(),
            leaves,
            arrives: leaves + LEG,
            answers: returns.map(|returns| returns - LEG),
            returns,
            messages: MessageLegs::default(),
            is_error: callee == "bad",
            took: None,
        }
    }

    #[test]
    fn packets_by_time() {
        use PacketShape::{AnswerBack, Failed, RequestOut, Waiting};
        let hops = vec![hop("b", None, 0.0, Some(2.0)), hop("bad", Some(0), 0.5, Some(1.5))];
        let score = Score {
            trace: TraceId([1; 16]),
            call: None,
            hops,
            length: 2.0,
            took: Duration::from_millis(1),
            is_open: false,
        };
        let check = |now: f64, expect: &[(usize, f32, PacketShape)]| {
            let packets: Vec<_> =
                packet_pos(&score, now).map(|p| (p.hop_idx, p.t, p.shape)).collect();
            assert_eq!(packets, expect, "at {now}");
        };
        check(-1.0, &[]);
        check(0.0, &[(0, 0.0, RequestOut)]);
        check(0.125, &[(0, 0.5, RequestOut)]);
        check(0.3, &[(0, 1.0, Waiting)]);
        check(0.625, &[(1, 0.5, RequestOut)]);
        check(1.0, &[(1, 1.0, Waiting)]);
        check(1.375, &[(1, 0.5, Failed)]);
        check(1.6, &[(0, 1.0, Waiting)]);
        check(1.875, &[(0, 0.5, AnswerBack)]);
        check(2.0, &[]);
        assert_eq!(Pace::of(&score, 0.3), Some(Pace::StillUntil(0.5)));
        assert_eq!(Pace::of(&score, 0.6), Some(Pace::Moving));
        assert_eq!(Pace::of(&score, 2.0), None);
    }
}
