//! The line of an edge: cubic curves, with its points at equal distances for whoever travels on it.

use emath::Pos2;

/// How many straight pieces stand for one cubic.
const PIECES: usize = 16;

/// A chain of cubic Bezier curves from the caller's border to the callee's.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EdgePath {
    /// Start, then two handles and an end for each cubic: `1 + 3 n` points.
    pub controls: Vec<Pos2>,
    /// The same line as a polyline.
    pub polyline: Vec<Pos2>,
    /// Its length from the start to each point of the polyline.
    lengths: Vec<f32>,
}

impl EdgePath {
    /// A path over these control points, `1 + 3 n` of them; a rest is ignored.
    pub fn new(controls: Vec<Pos2>) -> Self {
        let mut polyline: Vec<Pos2> = controls.first().copied().into_iter().collect();
        for cubic in controls.windows(4).step_by(3) {
            if let Ok(cubic) = <[Pos2; 4]>::try_from(cubic) {
                let pieces = (1..=PIECES).map(|i| cubic_at(cubic, i as f32 / PIECES as f32));
                polyline.extend(pieces);
            }
        }
        let mut length = 0.0;
        let mut last = polyline.first().copied().unwrap_or_default();
        let lengths = polyline
            .iter()
            .map(|point| {
                length += last.distance(*point);
                last = *point;
                length
            })
            .collect();
        Self { controls, polyline, lengths }
    }

    /// Length of the line.
    pub fn length(&self) -> f32 {
        self.lengths.last().copied().unwrap_or(0.0)
    }

    /// The point at the share `t` (0 to 1) of the length, seen from the caller.
    pub fn at(&self, t: f32) -> Pos2 {
        let wanted = t.clamp(0.0, 1.0) * self.length();
        let after = self.lengths.partition_point(|length| *length < wanted);
        let before = after.saturating_sub(1);
        let point = |idx: usize| self.polyline.get(idx).or(self.polyline.last()).copied();
        let length = |idx: usize| self.lengths.get(idx).copied().unwrap_or(wanted);
        let (Some(a), Some(b)) = (point(before), point(after)) else { return Pos2::ZERO };
        let span = length(after) - length(before);
        if span <= 0.0 { b } else { a.lerp(b, (wanted - length(before)) / span) }
    }

    /// How far a point is from the line.
    pub fn distance(&self, to: Pos2) -> f32 {
        let pieces = self.polyline.windows(2).map(|piece| match *piece {
            [a, b] => {
                let along = b - a;
                let share = if along.length_sq() <= 0.0 {
                    0.0
                } else {
                    ((to - a).dot(along) / along.length_sq()).clamp(0.0, 1.0)
                };
                (a + along * share).distance(to)
            }
            _ => f32::INFINITY,
        });
        pieces.fold(f32::INFINITY, f32::min)
    }
}

/// The point of a cubic at `t`, by de Casteljau's construction.
fn cubic_at([start, first, second, end]: [Pos2; 4], t: f32) -> Pos2 {
    let (low, mid, high) = (start.lerp(first, t), first.lerp(second, t), second.lerp(end, t));
    low.lerp(mid, t).lerp(mid.lerp(high, t), t)
}
