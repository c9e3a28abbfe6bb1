//! The clock of a running call: how long it has run, what its deadline leaves, and when either next reads otherwise.

use std::time::Duration;

use crate::text::{fill, format};

/// Between two frames while tenths of a second or less are shown.
const TICK: Duration = Duration::from_millis(100);
/// From here on whole seconds are shown.
const MINUTE: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);

/// The words, and after how long they are worth drawing anew.
pub(super) fn read(so_far: Duration, deadline: Option<Duration>) -> (String, Duration) {
    let ran = format::duration(so_far);
    let Some(deadline) = deadline else {
        return (ran, if so_far < MINUTE { TICK } else { SECOND });
    };
    let left = deadline.saturating_sub(so_far);
    // Past its deadline a call is about to end; nothing counts any more.
    let is_fine = so_far < MINUTE || (left <= MINUTE && !left.is_zero());
    let left = format::countdown(left);
    let words = fill("response.left", &[("ran", &ran), ("left", &left)]);
    (words, if is_fine { TICK } else { SECOND })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::Queryable as _;

    use super::super::tests::{answer, call, ms, table};
    use super::*;

    #[test]
    fn what_a_deadline_leaves_is_counted_down_no_finer_than_it_is_shown() {
        let check = |ran_ms: u64, deadline_ms: Option<u64>, words: &str, next: Duration| {
            let deadline = deadline_ms.map(Duration::from_millis);
            let read = read(Duration::from_millis(ran_ms), deadline);
            assert_eq!(read, (words.to_owned(), next), "{ran_ms} of {deadline_ms:?} ms");
        };
        check(3_200, None, "3.20 s", TICK);
        check(61_000, None, "1 min 01 s", SECOND);
        check(3_200, Some(15_000), "3.20 s, 11.8 s left", TICK);
        check(250, Some(1_000), "250 ms, 0.8 s left", TICK);
        check(20_000, Some(200_000), "20.0 s, 3 min 00 s left", TICK);
        check(61_000, Some(300_000), "1 min 01 s, 3 min 59 s left", SECOND);
        check(280_000, Some(300_000), "4 min 40 s, 20.0 s left", TICK);
        check(15_000, Some(15_000), "15.0 s, 0.0 s left", TICK);
        check(90_000, Some(80_000), "1 min 30 s, 0.0 s left", SECOND);
    }

    #[test]
    fn a_running_call_shows_its_time_so_far_and_what_its_deadline_leaves() {
        let show = |deadline: Option<Duration>| {
            let mut call = call(None);
            Arc::make_mut(&mut call.request).deadline = deadline;
            let mut shown = table(Some(answer(call)));
            shown.run();
            shown.get_by_label("Running");
            shown
        };
        let mut shown = show(Some(ms(12_800)));
        shown.get_by_label("1.00 s, 11.8 s left");
        assert_eq!(shown.state().wake_after, Some(ms(100)));
        shown.state_mut().clock.0 += 2_200_000_000;
        shown.run();
        shown.get_by_label("3.20 s, 9.6 s left");
        let shown = show(None);
        shown.get_by_label("1.00 s");
        assert!(shown.query_by_label_contains("left").is_none());
    }
}
