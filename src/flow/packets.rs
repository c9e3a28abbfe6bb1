//! Where each packet is at a moment of display time.

use crate::model::{CallId, EdgeKey, TraceId};

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
}

/// The packets of a score, `display_now` seconds after its beginning.
pub fn packet_pos(score: &Score, display_now: f64) -> impl Iterator<Item = Packet> + '_ {
    score.hops.iter().enumerate().filter_map(move |(hop_idx, hop)| {
        let share = |from: f64, to: f64| {
            let span = (to - from).max(f64::EPSILON);
            ((display_now - from) / span).clamp(0.0, 1.0) as f32
        };
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
