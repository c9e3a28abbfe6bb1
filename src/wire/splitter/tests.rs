use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::model::{HeaderTables, Recording, Timestamp};
use crate::wire::{Exchange, PREFACE, StepKind, grpc_prefix};

const SENT: Direction = Direction::Sent;
const RECEIVED: Direction = Direction::Received;
const END: u8 = FrameHead::END_STREAM;
const WHOLE: u8 = FrameHead::END_HEADERS;

fn frame(kind: FrameType, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let head = FrameHead { len: payload.len() as u32, kind, flags, stream };
    [&head.write()[..], payload].concat()
}

/// A field that enters the table.
fn field(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&[text.len() as u8][..], text.as_bytes()].concat();
    [vec![0x40], text(name), text(value)].concat()
}

fn message(text: &str) -> Vec<u8> {
    [&grpc_prefix(text.len()).unwrap()[..], text.as_bytes()].concat()
}

/// Two calls that overlap. The second one's headers, and the trailers of both, name fields by places that the blocks
/// between them have moved.
fn overlapping() -> Vec<(Direction, Vec<u8>)> {
    let (headers, data) = (FrameType::HEADERS, FrameType::DATA);
    let first = [
        field(":method", "POST"),
        field(":path", "/Greeter/First"),
        field("content-type", "application/grpc"),
    ];
    // :method is 64 now and content-type 62; a new path moves them by one.
    let second = [vec![0xc0], field(":path", "/Greeter/Second"), vec![0xbf]];
    let status = [vec![0x88], field("content-type", "application/grpc")].concat();
    let well = field("grpc-status", "0");
    vec![
        (SENT, PREFACE.to_vec()),
        (SENT, frame(FrameType::SETTINGS, 0, 0, &[])),
        (RECEIVED, frame(FrameType::SETTINGS, 0, 0, &[])),
        (SENT, frame(headers, WHOLE, 1, &first.concat())),
        (SENT, frame(data, END, 1, &message("one"))),
        (RECEIVED, frame(headers, WHOLE, 1, &status)),
        // In two frames.
        (SENT, frame(headers, 0, 3, &second[0])),
        (SENT, frame(FrameType::CONTINUATION, WHOLE, 3, &second[1..].concat())),
        (SENT, frame(data, END, 3, &message("two"))),
        (RECEIVED, frame(data, 0, 1, &message("first answer"))),
        (RECEIVED, frame(headers, WHOLE, 3, &[0x88, 0xbe])),
        (RECEIVED, frame(FrameType::WINDOW_UPDATE, 0, 0, &[0, 0, 0, 9])),
        (RECEIVED, frame(headers, WHOLE | END, 3, &field("grpc-status", "5"))),
        (RECEIVED, frame(headers, WHOLE | END, 1, &well)),
        // The newest entry is "0" now, the one before it "5".
        (SENT, frame(headers, WHOLE, 5, &[0xc1, 0xbe, 0xc0])),
        (SENT, frame(FrameType::RST_STREAM, 0, 5, &[0, 0, 0, 8])),
    ]
}

/// Passes everything, each direction cut into pieces of this size.
fn split(conversation: &[(Direction, Vec<u8>)], size: usize) -> Vec<WireCall> {
    let mut splitter = Splitter::default();
    let (mut offsets, mut at) = ([0, 0], 0);
    for (direction, bytes) in conversation {
        for piece in bytes.chunks(size) {
            let offset = &mut offsets[usize::from(*direction == RECEIVED)];
            at += 1;
            splitter.feed(&RecordingPart {
                at: Timestamp(at),
                direction: *direction,
                offset: *offset,
                len: piece.len() as u64,
                bytes: Some(Bytes::copy_from_slice(piece)),
            });
            *offset += piece.len() as u64;
        }
    }
    splitter.finish();
    splitter.ended(9).collect()
}

/// Path, grpc-status and messages, as the call's own recording tells them.
fn told(call: &WireCall) -> (Vec<String>, Vec<String>, Vec<String>) {
    let exchange = Exchange::of(&call.recording);
    let find = |name: &str| exchange.steps.iter().filter_map(|step| step.field(name)).collect();
    let messages = exchange.steps.iter().filter(|s| matches!(s.kind, StepKind::Message(_)));
    let messages = messages.map(|s| String::from_utf8_lossy(&s.gathered.bytes[5..]).into_owned());
    assert!(exchange.shown_items().all(|(idx, _)| exchange.fault(idx).is_none()));
    let sums = exchange.sums;
    assert_eq!((sums.sent.other, sums.received.other), (0, 0), "{sums:?}");
    assert_eq!((sums.sent.in_all(), sums.received.in_all()), call.n_bytes);
    (find(":path"), find("grpc-status"), messages.collect())
}

#[test]
fn calls_that_overlap_are_told_apart_by_their_streams() {
    for size in [1, 2, 3, 7, 10, 50, 1000] {
        let calls = split(&overlapping(), size);
        let short: Vec<_> = calls
            .iter()
            .map(|call| (call.stream, &*call.path, call.trailers.get_str("grpc-status")))
            .collect();
        let paths = ["/Greeter/Second", "/Greeter/First", "/Greeter/Second"];
        let wanted = [(3, paths[0], Some("5")), (1, paths[1], Some("0")), (5, paths[2], None)];
        assert_eq!(short, wanted, "by {size}");
        let words = |texts: &[&str]| texts.iter().map(|&t| t.to_owned()).collect::<Vec<_>>();
        let [second, first, third] = &calls[..] else { panic!() };
        let told_first = (words(&paths[1..2]), words(&["0"]), words(&["one", "first answer"]));
        assert_eq!(told(first), told_first, "by {size}");
        let told_second = (words(&paths[..1]), words(&["5"]), words(&["two"]));
        assert_eq!(told(second), told_second, "by {size}");
        assert_eq!((third.reset, third.status), (Some((SENT, 8)), None));
        assert_eq!(told(third).0, words(&paths[2..]));
        assert!(first.is_grpc() && first.has_ended == (true, true) && !third.has_ended.1);
        // Preface and settings belong to the first call alone.
        let kinds = |call: &WireCall| {
            Exchange::of(&call.recording).shown_items().next().unwrap().1.kind.clone()
        };
        assert_eq!(kinds(first), WireKind::Preface);
        assert!(matches!(kinds(second), WireKind::Frame(head) if head.stream == 3));
    }
}

#[test]
fn exchanges_of_http1_follow_each_other_even_when_they_are_asked_at_once() {
    let conversation = [
        (
            SENT,
            b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
                .to_vec(),
        ),
        (RECEIVED, b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        (SENT, b"hiGET /b HTTP/1.1\r\n\r\n".to_vec()),
        (
            RECEIVED,
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
                .to_vec(),
        ),
        (RECEIVED, b"HTTP/1.1 404 Not here\r\nContent-Length: 0\r\n\r\n".to_vec()),
        (SENT, b"GET /c HTTP/1.1\r\n\r\n".to_vec()),
        (RECEIVED, b"HTTP/1.1 200 OK\r\n\r\nuntil the end".to_vec()),
    ];
    for size in [1, 2, 5, 1000] {
        let calls = split(&conversation, size);
        let short: Vec<_> =
            calls.iter().map(|c| (&*c.method, &*c.path, c.status, &*c.reason)).collect();
        let wanted = [
            ("POST", "/a", Some(201), "Created"),
            ("GET", "/b", Some(404), "Not here"),
            ("GET", "/c", Some(200), "OK"),
        ];
        assert_eq!(short, wanted, "by {size}");
        assert_eq!(calls[0].authority, "h");
        let bodies: Vec<u64> = calls.iter().map(|call| call.recording.len_of(RECEIVED)).collect();
        let len = |idx: usize| conversation[idx].1.len() as u64;
        assert_eq!(bodies, [len(1) + len(3), len(4), len(6)]);
    }
}

#[test]
fn what_is_no_call_is_counted() {
    let mut splitter = Splitter::default();
    let part = |direction, bytes: &'static [u8]| RecordingPart {
        at: Timestamp(1),
        direction,
        offset: 0,
        len: bytes.len() as u64,
        bytes: Some(Bytes::from_static(bytes)),
    };
    splitter.feed(&part(SENT, b"\x16\x03\x01\0\x02hi"));
    splitter.feed(&part(RECEIVED, b"SSH-2.0-other\r\n\r\n"));
    splitter.finish();
    assert_eq!((splitter.ended(9).count(), splitter.n_opaque()), (0, 7 + 17));
}

/// A call that never ends must not keep what passes beside it for ever.
#[test]
fn a_call_keeps_no_more_than_its_bound() {
    let mut splitter = Splitter::default();
    let mut offset = 0;
    let mut pass = |direction, bytes: Vec<u8>| {
        let len = bytes.len() as u64;
        let bytes = Some(Bytes::from(bytes));
        splitter.feed(&RecordingPart { at: Timestamp(1), direction, offset, len, bytes });
        offset += len;
    };
    pass(SENT, frame(FrameType::HEADERS, WHOLE, 1, &field(":method", "GET")));
    for _ in 0..800 {
        pass(SENT, frame(FrameType::DATA, 0, 1, &vec![0; 16_000]));
    }
    splitter.finish();
    let call = splitter.ended(9).next().unwrap();
    let kept = call.recording.parts.iter().filter_map(|part| part.bytes.as_ref());
    let kept: usize = kept.map(Bytes::len).sum();
    assert!(kept < 5 << 20, "{kept}");
    assert_eq!(call.recording.len_of(SENT), call.n_bytes.0);
    assert_eq!(call.n_bytes.0, 800 * 16_009 + 9 + 13);
}

proptest! {
    #[test]
    fn any_bytes_are_split_and_none_is_counted_twice(
        pieces in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 1..60)), 0..20),
        frames in proptest::collection::vec((any::<bool>(), 0_u8..10, any::<u8>(), 0_u32..6, proptest::collection::vec(any::<u8>(), 0..30)), 0..20),
        with_frames: bool,
        size in 1_usize..40,
    ) {
        let way = |is_sent| if is_sent { SENT } else { RECEIVED };
        let mut all = vec![(SENT, PREFACE.to_vec())];
        if with_frames {
            all.extend(frames.iter().map(|(is_sent, kind, flags, stream, payload)| {
                (way(*is_sent), frame(FrameType(*kind), *flags, *stream, payload))
            }));
        } else {
            all = pieces.iter().map(|(is_sent, bytes)| (way(*is_sent), bytes.clone())).collect();
        }
        for call in split(&all, size) {
            // Its recording can be read like any other.
            let exchange = Exchange::of(&call.recording);
            let sums = exchange.sums;
            let strange = |direction| call.recording.len_of(direction);
            prop_assert!(sums.sent.in_all() <= strange(SENT));
            prop_assert!(sums.received.in_all() <= strange(RECEIVED));
            let _all = Recording { stream: None, tables: HeaderTables::default(), ..call.recording };
        }
    }
}

/// A peer that never begins a call, and one that never ends a header block.
#[test]
fn what_waits_is_bounded() {
    let mut splitter = Splitter::default();
    let mut offset = 0;
    let mut feed = |splitter: &mut Splitter, bytes: Vec<u8>| {
        let len = bytes.len() as u64;
        let (at, direction) = (Timestamp(offset), Direction::Sent);
        let bytes = Some(Bytes::from(bytes));
        splitter.feed(&RecordingPart { at, direction, offset, len, bytes });
        offset += len;
    };
    feed(&mut splitter, PREFACE.to_vec());
    for _ in 0..50_000 {
        feed(&mut splitter, frame(FrameType::PING, 0, 0, &[0; 8]));
    }
    assert!(splitter.opening.parts.len() < 20_000, "{}", splitter.opening.parts.len());
    feed(&mut splitter, frame(FrameType::HEADERS, 0, 1, &[0x83]));
    for _ in 0..50_000 {
        feed(&mut splitter, frame(FrameType::CONTINUATION, 0, 1, &[0x83; 8]));
    }
    assert!(splitter.sent.unit.parts.len() < 20_000, "{}", splitter.sent.unit.parts.len());
}
