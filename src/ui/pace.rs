//! When the next frame comes while something moves, and when one comes for what was published.

use std::time::{Duration, Instant};

use egui::{Context, Id, ViewportId};

/// Never none at all: egui draws two frames for a request without delay.
const SHORTEST: Duration = Duration::from_millis(1);
/// Before the first frame has told its pace.
const USUAL: Duration = Duration::from_nanos(1_000_000_000 / 60);

/// Keeps frames an interval apart.
#[derive(Debug, Default)]
pub(super) struct Pace {
    due: Option<Instant>,
}

impl Pace {
    /// How long from `now` until the next frame, for a frame that began at `began`. What drawing takes and
    /// how late timers are does not add up: on average frames come `interval` apart.
    pub(super) fn next(&mut self, began: Instant, now: Instant, interval: Duration) -> Duration {
        let planned = self.due.map(|due| due + interval);
        let is_near = |due: &Instant| *due > began && *due <= began + interval;
        let due = planned.filter(is_near).unwrap_or(began + interval);
        self.due = Some(due);
        due.saturating_duration_since(now).max(SHORTEST)
    }
}

/// Lets [`wake`] keep the pace too.
pub(super) fn tell(ctx: &Context, interval: Duration) {
    ctx.data_mut(|data| data.insert_temp(key(), interval));
}

/// Asks from any thread for a frame that shows what was published: with the next one where something moves,
/// else no sooner than it would come then.
pub(super) fn wake(ctx: &Context) {
    let interval = ctx.data(|data| data.get_temp(key())).unwrap_or(USUAL);
    ctx.request_repaint_after_for(interval, ViewportId::ROOT);
}

fn key() -> Id {
    Id::unique("frame interval")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_stay_an_interval_apart() {
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        let mut pace = Pace::default();
        // (frame began, asks at, next frame is due): a late timer is made up for, a missed frame is not.
        let frames =
            [(0, 4, 16), (17, 20, 32), (33, 33, 48), (70, 75, 86), (71, 72, 87), (88, 110, 111)];
        for (began, now, due) in frames {
            let pause = pace.next(at(began), at(now), Duration::from_millis(16));
            assert_eq!(at(now) + pause, at(due), "began at {began}");
        }
    }
}
