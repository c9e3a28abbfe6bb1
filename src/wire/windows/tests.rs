use proptest::prelude::*;

use super::*;

/// A frame of one direction: `d` DATA, `h` HEADERS, `u` `WINDOW_UPDATE`, `s` SETTINGS with an initial window, `a` their
/// acknowledgement, `r` `RST_STREAM`.
type Short = (Direction, char, u32, u32);

const SENT: Direction = Direction::Sent;
const RECEIVED: Direction = Direction::Received;
const END: u8 = FrameHead::END_STREAM;

fn feed(
    reader: &mut WindowReader,
    frame: Short,
    flags: u8,
) -> (Vec<WindowChange>, Option<WireFault>) {
    let (direction, kind, stream, n) = frame;
    let word = n.to_be_bytes();
    let (kind, len, flags, payload) = match kind {
        'd' => (FrameType::DATA, n, flags, Vec::new()),
        'h' => (FrameType::HEADERS, 0, flags, Vec::new()),
        'u' => (FrameType::WINDOW_UPDATE, 4, 0, word.to_vec()),
        's' => (FrameType::SETTINGS, 6, 0, [&[0, 4], &word[..]].concat()),
        'a' => (FrameType::SETTINGS, 0, ACK, Vec::new()),
        _ => (FrameType::RST_STREAM, 4, 0, word.to_vec()),
    };
    let head = FrameHead { len, kind, flags, stream };
    let mut changes = Vec::new();
    let fault = reader.frame(direction, &head, &payload, |change| changes.push(change)).err();
    (changes, fault)
}

/// The windows of whoever sends to `sender`'s peer: connection, initial, stream 1.
fn left(reader: &WindowReader, sender: Direction) -> (i64, i64, Option<i64>) {
    let windows = if sender == SENT { &reader.windows().sent } else { &reader.windows().received };
    (windows.connection, windows.initial, windows.streams.get(&1).copied())
}

fn after(frames: &[Short]) -> (WindowReader, Option<WireFault>) {
    let (mut reader, mut last) = (WindowReader::default(), None);
    for frame in frames {
        last = feed(&mut reader, *frame, 0).1;
    }
    (reader, last)
}

#[test]
fn data_takes_and_updates_give() {
    let (reader, fault) =
        after(&[(SENT, 'h', 1, 0), (SENT, 'd', 1, 1000), (RECEIVED, 'u', 1, 400)]);
    assert_eq!((left(&reader, SENT), fault), ((64_535, 65_535, Some(64_935)), None));
    assert_eq!(left(&reader, RECEIVED), (65_535, 65_535, Some(65_535)));
    let (reader, _) = after(&[(SENT, 'h', 1, 0), (RECEIVED, 'd', 1, 7), (SENT, 'u', 0, 100)]);
    assert_eq!(left(&reader, RECEIVED), (65_628, 65_535, Some(65_528)));
}

/// The example of RFC 9113 section 6.9.2: 60 kB are sent at once, then the window becomes 16 kB.
#[test]
fn settings_that_lower_the_window_may_leave_it_below_zero() {
    let begin = [(SENT, 'h', 1, 0), (SENT, 'd', 1, 60 * 1024), (RECEIVED, 's', 0, 16 * 1024)];
    let (mut reader, fault) = after(&begin);
    assert_eq!((left(&reader, SENT).2, fault), (Some(65_535 - 61_440), None), "not in force yet");
    let (changes, _) = feed(&mut reader, (SENT, 'a', 0, 0), 0);
    let below = 16 * 1024 - 60 * 1024;
    assert_eq!(left(&reader, SENT).2, Some(below));
    assert_eq!(
        (changes[0].cause, changes[0].stream),
        (WindowCause::Initial(16_384), Some((1, below)))
    );
    assert_eq!(feed(&mut reader, (SENT, 'd', 1, 0), 0).1, None, "empty DATA is always allowed");
    assert_eq!(feed(&mut reader, (SENT, 'd', 1, 3), 0).1, Some(WireFault::WindowExceeded(3)));
}

/// Whoever sends by new SETTINGS before it acknowledges them is not to blame, and does not follow them twice.
#[test]
fn settings_may_be_followed_before_they_are_acknowledged() {
    let begin = [(RECEIVED, 'u', 0, 100_000), (RECEIVED, 's', 0, 100_000), (SENT, 'h', 1, 0)];
    let (mut reader, _) = after(&begin);
    let (changes, fault) = feed(&mut reader, (SENT, 'd', 1, 70_000), 0);
    assert_eq!((fault, left(&reader, SENT).2), (None, Some(30_000)));
    assert_eq!(changes[0].cause, WindowCause::Initial(100_000));
    feed(&mut reader, (SENT, 'a', 0, 0), 0);
    assert_eq!(left(&reader, SENT), (95_535, 100_000, Some(30_000)));
}

#[test]
fn what_breaks_the_rules_is_named() {
    let check = |frames: &[Short], wanted: Option<WireFault>| {
        assert_eq!(after(frames).1, wanted, "{frames:?}");
    };
    let most = i32::MAX.unsigned_abs();
    check(&[(SENT, 'h', 1, 0), (SENT, 'd', 1, 65_535)], None);
    check(&[(SENT, 'h', 1, 0), (SENT, 'd', 1, 65_538)], Some(WireFault::WindowExceeded(3)));
    check(&[(RECEIVED, 'u', 0, 0)], Some(WireFault::WindowZero));
    check(&[(RECEIVED, 'u', 0, most - 65_535)], None);
    check(&[(RECEIVED, 'u', 0, most - 65_534)], Some(WireFault::WindowOverflow));
    check(&[(SENT, 'h', 1, 0), (RECEIVED, 'u', 1, most)], Some(WireFault::WindowOverflow));
    check(&[(RECEIVED, 's', 0, most)], None);
    check(&[(RECEIVED, 's', 0, most + 1)], Some(WireFault::WindowOverflow));
    let grown = [(SENT, 'h', 1, 0), (RECEIVED, 'u', 1, 10), (RECEIVED, 's', 0, most)];
    check(&grown, Some(WireFault::WindowOverflow));
    // The connection has less than the stream.
    let streams =
        [(SENT, 'h', 1, 0), (SENT, 'd', 1, 60_000), (SENT, 'h', 3, 0), (SENT, 'd', 3, 6000)];
    check(&streams, Some(WireFault::WindowExceeded(465)));
}

#[test]
fn streams_begin_once_and_end() {
    let mut reader = WindowReader::default();
    feed(&mut reader, (SENT, 'h', 1, 0), 0);
    feed(&mut reader, (SENT, 'd', 1, 5), END);
    assert_eq!((left(&reader, SENT).2, left(&reader, RECEIVED).2), (None, Some(65_535)));
    // Late, and legal: nobody needs that room any more (RFC 9113 section 5.1).
    assert_eq!(feed(&mut reader, (RECEIVED, 'u', 1, 5), 0).1, None);
    assert_eq!(left(&reader, SENT), (65_530, 65_535, None));
    feed(&mut reader, (RECEIVED, 'r', 1, 8), 0);
    assert_eq!(left(&reader, RECEIVED).2, None);
    feed(&mut reader, (RECEIVED, 'h', 1, 0), 0);
    assert_eq!(left(&reader, RECEIVED).2, None, "an old stream does not begin again");
    // A stranger opens as many as it likes.
    for stream in 1..10_000 {
        feed(&mut reader, (SENT, 'h', stream, 0), 0);
        feed(&mut reader, (RECEIVED, 's', 0, stream), 0);
    }
    let sent = &reader.windows().sent;
    assert_eq!((sent.streams.len(), sent.pending.len()), (MAX_STREAMS, MAX_PENDING));
}

#[test]
fn an_empty_window_is_told_until_it_is_filled() {
    let mut reader = WindowReader::default();
    let mut history = WindowHistory::default();
    let frames = [
        ((SENT, 'h', 1, 0), 0),
        ((SENT, 'd', 1, 65_535), 0),
        ((RECEIVED, 'u', 1, 10), 0),
        ((RECEIVED, 'u', 0, 10), 0),
        ((SENT, 'd', 1, 10), END),
    ];
    for (item_idx, (frame, flags)) in frames.into_iter().enumerate() {
        let (changes, _) = feed(&mut reader, frame, flags);
        let at = Timestamp(item_idx as u64);
        history.points.extend(changes.into_iter().map(|change| WindowPoint {
            item_idx,
            at,
            change,
        }));
    }
    let told: Vec<_> = history
        .empty()
        .iter()
        .map(|one| (one.stream, one.from.0, one.until.map(|at| at.0)))
        .collect();
    // Of the stream's last byte nothing is told; the connection is left without.
    assert_eq!(told, [(None, 1, Some(3)), (Some(1), 1, Some(2)), (None, 4, None)]);
    assert_eq!(history.of_item(2).len(), 1);
    assert_eq!(history.of_item(9), []);
}

proptest! {
    #[test]
    fn the_connection_window_is_what_was_given_less_what_was_taken(
        frames in proptest::collection::vec((any::<bool>(), prop::sample::select(vec!['h', 'd', 'u', 's', 'a', 'r']), 0_u32..5, 0_u32..100_000, any::<bool>()), 0..60),
    ) {
        let mut reader = WindowReader::default();
        let mut wanted = [65_535_i64; 2];
        for (is_sent, kind, stream, n, is_end) in frames {
            let direction = if is_sent { SENT } else { RECEIVED };
            let (_, fault) = feed(&mut reader, (direction, kind, stream, n), if is_end { END } else { 0 });
            let [own, other] = if is_sent { [0, 1] } else { [1, 0] };
            match kind {
                'd' => {
                    wanted[own] -= i64::from(n);
                    let is_over = n > 0 && wanted[own] < 0;
                    prop_assert!(!is_over || matches!(fault, Some(WireFault::WindowExceeded(_))));
                }
                'u' if stream == 0 => wanted[other] += i64::from(n),
                _ => {}
            }
            let now = reader.windows();
            prop_assert_eq!([now.sent.connection, now.received.connection], wanted);
        }
    }

    #[test]
    fn any_frames_are_followed_without_panic(
        frames in proptest::collection::vec((any::<bool>(), 0_u8..11, any::<u8>(), any::<u32>(), 0_u32..6, proptest::collection::vec(any::<u8>(), 0..20)), 0..40),
    ) {
        let mut reader = WindowReader::default();
        for (is_sent, kind, flags, len, stream, payload) in frames {
            let direction = if is_sent { SENT } else { RECEIVED };
            let head = FrameHead { len: len >> 8, kind: FrameType(kind), flags, stream };
            let _followed = reader.frame(direction, &head, &payload, |_change| {});
        }
    }
}
