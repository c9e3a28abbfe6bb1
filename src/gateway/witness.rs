//! The bytes of a watched call at one side of the gateway, told once they are all there.

use std::time::Duration;

use crate::model::{Leg, LegSide, Recording, TraceContext};
use crate::net::{Held, Spawner, Tape};
use crate::telemetry::Recorder;
use crate::wire::Exchange;

/// The last bytes of an answer are written after its body was handed over: how long to wait for them, in
/// milliseconds, longer each time.
const WAITS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Keeps the bytes of a call while it lives; when it goes they are told.
#[derive(Debug)]
pub(super) struct Witness(Option<Seen>);

#[derive(Debug)]
struct Seen {
    tasks: Spawner,
    recorder: Recorder,
    asked: TraceContext,
    side: LegSide,
    held: Held,
}

impl Witness {
    /// For a call that somebody watches; `asked` is what its `traceparent` says on this side.
    pub(super) fn of(
        (tasks, recorder): (&Spawner, &Recorder),
        tape: &Tape,
        asked: TraceContext,
        side: impl FnOnce() -> LegSide,
    ) -> Self {
        Self(recorder.is_watched(asked.trace_id).then(|| Seen {
            tasks: tasks.clone(),
            recorder: recorder.clone(),
            asked,
            side: side(),
            held: tape.hold(),
        }))
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        if let Some(seen) = self.0.take() {
            seen.tasks.clone().spawn(seen.tell());
        }
    }
}

impl Seen {
    async fn tell(self) {
        let mut own = None;
        for wait in WAITS {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let (recording, asked) = (self.held.recording(), self.asked);
            // Up to 16 MB are read.
            let read = tokio::task::spawn_blocking(move || cut(&recording, asked)).await;
            own = read.ok().flatten().or(own);
            if matches!(own, Some((_, _, false))) {
                break;
            }
        }
        if let Some((stream, recording, _)) = own {
            let Self { asked, side, recorder, .. } = self;
            let recording = recording.into();
            let leg = Leg { asked_by: asked.span_id, side, stream, recording };
            recorder.leg(asked.trace_id, leg);
        }
    }
}

/// The call whose `traceparent` this is: its stream, its stretch, and whether it is still under way.
fn cut(recording: &Recording, asked: TraceContext) -> Option<(u32, Recording, bool)> {
    let whole = Exchange::of(recording);
    let call = whole.find_call(|step| {
        let named = step.field("traceparent").and_then(|value| TraceContext::parse(&value));
        named
            .is_some_and(|named| (named.trace_id, named.span_id) == (asked.trace_id, asked.span_id))
    })?;
    Some((call.stream, whole.cut(recording, &call), whole.is_open(&call)))
}
