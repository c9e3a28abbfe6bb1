use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::model::{HeaderTable, HeaderTables, HpackFault, RecordingPart, Timestamp, reset_name};
use crate::wire::tree::{Buffer, Node};
use crate::wire::{Kept, Message, PREFACE, Sums};

/// Parts as they passed, each at its own time.
pub(in crate::wire) fn recording(parts: &[(Direction, &[u8])]) -> Recording {
    let mut offsets = [0_u64; 2];
    let mut recording = Recording::default();
    for (idx, (direction, bytes)) in parts.iter().enumerate() {
        let offset = &mut offsets[usize::from(*direction == Direction::Received)];
        recording.parts.push(RecordingPart {
            at: Timestamp(idx as u64),
            direction: *direction,
            offset: *offset,
            len: bytes.len() as u64,
            bytes: Some(Bytes::copy_from_slice(bytes)),
        });
        *offset += bytes.len() as u64;
    }
    recording
}

pub(in crate::wire) fn frame(kind: FrameType, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let head = FrameHead { len: payload.len() as u32, kind, flags, stream };
    [&head.write()[..], payload].concat()
}

fn literal(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&[text.len() as u8][..], text.as_bytes()].concat();
    [vec![0], text(name), text(value)].concat()
}

pub(in crate::wire) fn headers(stream: u32, flags: u8, fields: &[(&str, &str)]) -> Vec<u8> {
    let block: Vec<u8> = fields.iter().flat_map(|(name, value)| literal(name, value)).collect();
    frame(FrameType::HEADERS, flags | FrameHead::END_HEADERS, stream, &block)
}

pub(in crate::wire) const GRPC: (&str, &str) = ("content-type", "application/grpc");

pub(in crate::wire) fn words(exchange: &Exchange) -> String {
    let message = |message: &Message| {
        let made = message.made.map(|idx| format!(" -> {}", exchange.made[idx].len()));
        format!("{} {}{}", message.idx, message.len, made.unwrap_or_default())
    };
    let each = exchange.steps.iter().map(|step| {
        let way = if step.direction == Direction::Sent { '>' } else { '<' };
        let what = match &step.kind {
            StepKind::Http1Head(_) => "head".to_owned(),
            StepKind::Headers(fields) => format!("headers {}", fields.len()),
            StepKind::Trailers(fields) => format!("trailers {}", fields.len()),
            StepKind::TrailersFrame(fields) => format!("trailers-frame {}", fields.len()),
            StepKind::TrailersOnly(fields) => format!("trailers-only {}", fields.len()),
            StepKind::Message(one) => format!("message {}", message(one)),
            StepKind::Body(one) => format!("body {}", message(one)),
            StepKind::Reset(code) => format!("reset {code}"),
            StepKind::GoAway(code) => format!("goaway {code}"),
        };
        let fault = step.fault.as_ref().map(|fault| format!(" !{fault:?}")).unwrap_or_default();
        format!("{way} {what}{fault}")
    });
    each.collect::<Vec<_>>().join("; ")
}

pub(in crate::wire) const END: u8 = FrameHead::END_STREAM;

#[test]
fn a_unary_call_whose_message_comes_in_pieces() {
    let answer = [0, 0, 0, 0, 6, 10, 4, b'p', b'o', b'n', b'g'];
    let read = Exchange::of(&recording(&[
        (Direction::Sent, PREFACE),
        (Direction::Sent, &headers(1, 0, &[(":method", "POST"), GRPC])),
        (Direction::Sent, &frame(FrameType::DATA, END, 1, &[0, 0, 0, 0, 2, 10, 0])),
        (Direction::Received, &headers(1, 0, &[(":status", "200"), GRPC])),
        (
            Direction::Received,
            &frame(FrameType::DATA, FrameHead::PADDED, 1, &[&[2], &answer[..8], &[0, 0]].concat()),
        ),
        (Direction::Received, &frame(FrameType::DATA, 0, 1, &answer[8..])),
        (Direction::Received, &headers(1, END, &[("grpc-status", "0")])),
    ]));
    assert_eq!(
        words(&read),
        "> headers 2; > message 0 2; < headers 2; < message 0 6; < trailers 1"
    );
    let step = &read.steps[3];
    assert_eq!((step.at, step.ended), (Timestamp(4), Timestamp(5)));
    assert_eq!(step.gathered.bytes, answer);
    assert_eq!(step.gathered.places(0..11).len(), 2);
    let tree = read.step_tree(3).unwrap();
    assert_eq!(tree.children[1].value, "6");
    assert_eq!(tree.children[2].places.len(), 2);
}

/// Parts of a known exchange, which add up to all that passed.
#[test]
fn every_byte_has_a_purpose() {
    let fields = headers(1, 0, &[(":method", "POST"), GRPC]);
    let n_fields = fields.len() as u64 - 9;
    let read = Exchange::of(&recording(&[
        (Direction::Sent, PREFACE),
        (Direction::Sent, &frame(FrameType::SETTINGS, 0, 0, &[0; 6])),
        (Direction::Sent, &fields),
        (
            Direction::Sent,
            &frame(FrameType::DATA, FrameHead::PADDED, 1, &[1, 0, 0, 0, 0, 2, 10, 0, 0]),
        ),
        (
            Direction::Received,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ),
    ]));
    let sent = Sums {
        payload: 2,
        headers: n_fields,
        framing: 9 + 9 + 2 + 5,
        control: 24 + 15,
        tls: 0,
        other: 0,
        payload_plain: 2,
        headers_plain: (7 + 4 + 4) + (12 + 16 + 4),
    };
    assert_eq!(read.sums.sent, sent);
    let received = read.sums.received;
    assert_eq!((received.payload, received.headers, received.framing), (3, 47, 10));
    assert_eq!(received.in_all(), 60);
}

#[test]
fn refusals_resets_and_goodbyes() {
    let read = Exchange::of(&recording(&[
        (Direction::Sent, PREFACE),
        (Direction::Sent, &headers(1, 0, &[(":method", "POST"), GRPC])),
        (Direction::Received, &headers(1, END, &[(":status", "200"), ("grpc-status", "12")])),
        (Direction::Sent, &headers(3, 0, &[(":method", "POST"), GRPC])),
        (Direction::Received, &frame(FrameType::RST_STREAM, 0, 3, &[0, 0, 0, 8])),
        (Direction::Received, &frame(FrameType::GOAWAY, 0, 0, &[0, 0, 0, 3, 0, 0, 0, 11])),
    ]));
    assert_eq!(words(&read), "> headers 2; < trailers-only 2; > headers 2; < reset 8; < goaway 11");
    assert_eq!(reset_name(11), Some("ENHANCE_YOUR_CALM"));
}

#[test]
fn http1_with_chunks_and_a_second_request() {
    let read = Exchange::of(&recording(&[
        (Direction::Sent, b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"),
        (Direction::Received, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
        (Direction::Received, b"2\r\nde\r\n0\r\n\r\n"),
        (Direction::Sent, b"GET /b HTTP/1.1\r\n\r\n"),
        (Direction::Received, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
    ]));
    assert_eq!(words(&read), "> head; > body 0 2; < head; < body 0 5; > head; < head; < body 0 5");
    assert_eq!(read.steps[3].gathered.bytes, b"abcde");
    assert_eq!(read.steps[3].gathered.places(0..5).len(), 2);
}

#[test]
fn the_trailers_of_grpc_web_are_no_message() {
    const WEB: &str = "application/grpc-web+proto";
    let end = b"\x80\0\0\0\x10grpc-status: 5\r\n";
    let head =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: {WEB}\r\n\r\n");
    let ask = format!("POST /s/m HTTP/1.1\r\nContent-Type: {WEB}\r\nContent-Length: 7\r\n\r\n");
    let read = Exchange::of(&recording(&[
        (Direction::Sent, ask.as_bytes()),
        (Direction::Sent, &[0, 0, 0, 0, 2, 8, 1]),
        (Direction::Received, head.as_bytes()),
        (Direction::Received, b"7\r\n\0\0\0\0\x02\x08\x01\r\n15\r\n"),
        (Direction::Received, end),
        (Direction::Received, b"\r\n0\r\n\r\n"),
    ]));
    assert_eq!(words(&read), "> head; > message 0 2; < head; < message 0 2; < trailers-frame 1");
    let last = read.steps.last().unwrap();
    assert_eq!(last.field("grpc-status").as_deref(), Some("5"));
    assert_eq!(last.gathered.bytes, end);
    let received = read.sums.received;
    assert_eq!((received.payload, received.framing), (2, 3 + 2 + 4 + 2 + 5 + 5 + 5));
    assert_eq!(received.headers, head.len() as u64 + 16);
    let tree = read.step_tree(4).unwrap();
    let trailers = tree.children.last().unwrap();
    assert_eq!((&*trailers.children[0].label, &*trailers.children[0].value), ("grpc-status", "5"));

    // The same over HTTP/2, with a line that is none; as base64 it stays a body.
    let over_http2 = |content_type, body: &[u8]| {
        let fields = [(":status", "200"), ("content-type", content_type)];
        let read = Exchange::of(&recording(&[
            (Direction::Sent, PREFACE),
            (Direction::Sent, &headers(1, END, &[(":method", "POST")])),
            (Direction::Received, &headers(1, 0, &fields)),
            (Direction::Received, &frame(FrameType::DATA, END, 1, body)),
        ]));
        words(&read).rsplit("; ").next().unwrap().to_owned()
    };
    assert_eq!(over_http2(WEB, b"\x80\0\0\0\x03a b"), "< trailers-frame 0 !NoColon");
    assert_eq!(over_http2("application/grpc", end), "< message 0 16 !GrpcFlag(128)");
    assert_eq!(over_http2("application/grpc-web-text", b"AAAA"), "< body 0 4");
    let behind = [&end[..], b"\0\0\0\0\0"].concat();
    assert_eq!(over_http2(WEB, &behind), "< message 0 0 !BehindTrailers");
    assert_eq!(over_http2(WEB, &behind[..22]), "< message 0 0 !BehindTrailers");
    let short = over_http2(WEB, b"\x80\0\0\0\x05a:b");
    assert_eq!(short, "< trailers-frame 1 !GrpcShort { got: 3, wanted: 5 }");
}

#[test]
fn compressed_messages_before_and_after() {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&[7; 500]).unwrap();
    let gzip = encoder.finish().unwrap();
    let message =
        |flag: u8, bytes: &[u8]| [&[flag, 0, 0, 0, bytes.len() as u8][..], bytes].concat();
    let head = headers(1, 0, &[GRPC, ("grpc-encoding", "gzip")]);
    let both = [message(1, &gzip), message(0, b"plain"), message(1, b"no gzip"), message(7, b"x")]
        .concat();
    let read = Exchange::of(&recording(&[
        (Direction::Received, &frame(FrameType::SETTINGS, 0, 0, &[])),
        (Direction::Received, &head),
        (Direction::Received, &frame(FrameType::DATA, 0, 1, &both)),
    ]));
    let broken = "Compressed { encoding: \"gzip\" }";
    assert_eq!(
        words(&read),
        format!(
            "< headers 2; < message 0 {} -> 500; < message 1 5; < message 2 7 -> 0 !{broken}; < message 3 1 !GrpcFlag(7)",
            gzip.len()
        )
    );
    let head = headers(1, 0, &[GRPC]);
    let read = Exchange::of(&recording(&[
        (Direction::Received, &frame(FrameType::SETTINGS, 0, 0, &[])),
        (Direction::Received, &head),
        (Direction::Received, &frame(FrameType::DATA, END, 1, &[1, 0, 0, 0, 9, 1])),
    ]));
    assert_eq!(words(&read), "< headers 1; < message 0 9 !GrpcShort { got: 1, wanted: 9 }");
}

#[test]
fn what_is_wrong_is_told_at_its_frame() {
    let settings = frame(FrameType::SETTINGS, 0, 0, &[]);
    let check = |bytes: &[u8], fault: WireFault| {
        let all = recording(&[(Direction::Received, &settings), (Direction::Received, bytes)]);
        let read = Exchange::of(&all);
        let tree = read.item_tree(&Kept::of(&all), 1).unwrap();
        let mut open = vec![&tree];
        let mut found = Vec::new();
        while let Some(node) = open.pop() {
            found.extend(node.fault.clone());
            open.extend(&node.children);
        }
        assert!(found.contains(&fault), "{found:?}");
    };
    let index = WireFault::Hpack(HpackFault::Index { index: 62, known: 61 });
    check(&frame(FrameType::HEADERS, 4, 1, &[0xbe]), index);
    check(&frame(FrameType::PING, 0, 0, &[0; 7]), WireFault::FrameLength(7));
    check(&frame(FrameType::SETTINGS, 0, 0, &[0; 7]), WireFault::FrameLength(7));
    check(&frame(FrameType::DATA, FrameHead::PADDED, 1, &[9, 1]), WireFault::Padding);
    check(&frame(FrameType::CONTINUATION, 4, 1, &[0x82]), WireFault::StrayContinuation);
    check(&frame(FrameType::HEADERS, 0, 1, &[0x82]), WireFault::OpenBlock);
}

/// The value behind each frame stands in its tree, and what breaks the rules at its byte.
#[test]
fn windows_are_told_frame_by_frame() {
    let update = |stream, n: u32| frame(FrameType::WINDOW_UPDATE, 0, stream, &n.to_be_bytes());
    let settings = [0, 4, 0, 1, 0x86, 0xa0];
    let padded = [&[2][..], &[7; 997], &[0, 0]].concat();
    let all = recording(&[
        (Direction::Sent, PREFACE),
        (Direction::Received, &frame(FrameType::SETTINGS, 0, 0, &settings)),
        (Direction::Sent, &frame(FrameType::SETTINGS, 1, 0, &[])),
        (Direction::Sent, &headers(1, 0, &[(":method", "POST")])),
        (Direction::Sent, &frame(FrameType::DATA, FrameHead::PADDED, 1, &padded)),
        (Direction::Received, &update(0, 300)),
        (Direction::Received, &update(1, 0)),
        (Direction::Received, &update(0, i32::MAX.unsigned_abs())),
        (Direction::Received, &frame(FrameType::DATA, 0, 1, &vec![0; 65_540])),
    ]);
    let read = Exchange::of(&all);
    let kept = Kept::of(&all);
    let tree = |item_idx| read.item_tree(&kept, item_idx).unwrap();
    let told = |item_idx| {
        let tree = tree(item_idx);
        let node = tree.children.iter().find(|child| child.label == "Flow-Control Window").cloned();
        node.map(|node| node.value)
    };
    let wanted = [
        (0, None),
        (1, Some("connection 65535, initial 100000 with its ACK")),
        (2, Some("connection 65535, initial 100000")),
        (3, None),
        (4, Some("connection 64535, stream 1 99000")),
        (5, Some("connection 64835")),
        (6, Some("connection 64835, stream 1 99000")),
        (7, Some("connection 2147483647")),
        (8, Some("connection -5, stream 1 -5")),
    ];
    for (item_idx, words) in wanted {
        assert_eq!(told(item_idx).as_deref(), words, "item {item_idx}");
    }
    let mut faults: Vec<_> = (0..9).filter_map(|idx| first_fault(&tree(idx))).collect();
    faults.reverse();
    // The last five of 65,540 bytes, behind three updates, SETTINGS and the frame's header.
    let begin = (15 + 3 * 13 + 9) as u64;
    assert_eq!(faults.pop(), Some((15 + 13 + 9..15 + 13 + 13, WireFault::WindowZero)));
    assert_eq!(faults.pop(), Some((15 + 26 + 9..15 + 26 + 13, WireFault::WindowOverflow)));
    assert_eq!(faults.pop(), Some((begin + 65_535..begin + 65_540, WireFault::WindowExceeded(5))));
    assert_eq!(faults.pop(), None);

    // Within a connection that nobody followed nothing is said of its windows.
    let mut later = all;
    for part in &mut later.parts {
        part.offset += 1;
    }
    let read = Exchange::of(&later);
    assert_eq!((read.windows.begin, read.windows.points.len()), (None, 0));
}

/// The first thing that is wrong below a node, the deepest first.
fn first_fault(node: &Node) -> Option<(std::ops::Range<u64>, WireFault)> {
    let own = || Some((node.places.first()?.range.clone(), node.fault.clone()?));
    node.children.iter().find_map(first_fault).or_else(own)
}

#[test]
fn fields_are_found_at_their_bytes_also_on_a_kept_connection() {
    let table = |entries| HeaderTable { size: 34, entries, ..Default::default() };
    let sent = table(vec![("a".into(), "b".into())]);
    let block = frame(FrameType::HEADERS, END | FrameHead::END_HEADERS, 3, &[0x82, 0xbe]);
    let mut all = recording(&[
        (Direction::Received, &frame(FrameType::SETTINGS, 0, 0, &[])),
        (Direction::Sent, &block),
    ]);
    // On a connection that speaks HTTP/2 already no preface comes first.
    all.tables = HeaderTables { sent, ..HeaderTables::default() };
    let read = Exchange::of(&all);
    let tree = read.item_tree(&Kept::of(&all), 1).unwrap();
    let path = tree.path_to(Buffer::Sent, 10).unwrap();
    let field = tree.get(&path[..path.len() - 1]).unwrap();
    assert_eq!((field.label.as_ref(), field.value.as_str()), ("a", "b"));
    assert_eq!(field.children[1].value, "62 (dynamic)");
    assert_eq!(words(&read), "> headers 2");
    let table = tree.children.last().unwrap();
    assert_eq!((table.label.as_ref(), table.value.as_str()), ("Dynamic Table", "34 / 4096"));
    let entry = &table.children[0];
    let parts: Vec<_> = entry.children.iter().map(|part| part.value.as_str()).collect();
    assert_eq!((entry.label.as_ref(), entry.value.as_str(), parts), ("a", "b", vec!["62", "34"]));
    assert_eq!(read.step_tree(0).unwrap().children.last(), Some(table));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic_and_every_place_is_inside(
        pieces in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..8),
        is_http2: bool,
        kinds in proptest::collection::vec((0_u8..11, any::<u8>(), 0_u32..4, proptest::collection::vec(any::<u8>(), 0..40)), 0..8),
    ) {
        let mut parts: Vec<(Direction, Vec<u8>)> = Vec::new();
        if is_http2 {
            parts.push((Direction::Sent, PREFACE.to_vec()));
            parts.extend(kinds.into_iter().enumerate().map(|(idx, (kind, flags, stream, payload))| {
                let way = if idx % 2 == 0 { Direction::Sent } else { Direction::Received };
                (way, frame(FrameType(kind), flags, stream, &payload))
            }));
        }
        parts.extend(pieces.into_iter().map(|(is_sent, bytes)| {
            (if is_sent { Direction::Sent } else { Direction::Received }, bytes)
        }));
        let borrowed: Vec<_> = parts.iter().map(|(way, bytes)| (*way, &bytes[..])).collect();
        let all = recording(&borrowed);
        let read = Exchange::of(&all);
        let lens = [all.len_of(Direction::Sent), all.len_of(Direction::Received)];
        let mut open: Vec<Node> = (0..read.items.len()).filter_map(|idx| read.item_tree(&Kept::of(&all), idx)).collect();
        open.extend((0..read.steps.len()).filter_map(|idx| read.step_tree(idx)));
        prop_assert_eq!([read.sums.sent.in_all(), read.sums.received.in_all()], lens);
        while let Some(node) = open.pop() {
            for place in &node.places {
                let len = if place.buffer == Buffer::Sent { lens[0] } else { lens[1] };
                prop_assert!(place.range.start <= place.range.end && place.range.end <= len, "{node:?} of {len}");
            }
            open.extend(node.children);
        }
    }
}

/// Of a frame whose payload was not kept nobody knows how much is padding.
#[test]
fn a_padded_frame_that_was_not_kept_is_not_wrong() {
    let padded =
        frame(FrameType::DATA, FrameHead::PADDED, 1, &[&[4][..], &[7; 10], &[0; 4]].concat());
    let mut all = recording(&[
        (Direction::Sent, PREFACE),
        (Direction::Sent, &headers(1, 0, &[(":method", "POST")])),
        (Direction::Received, &padded),
        (Direction::Received, &padded[..9]),
    ]);
    let gap = RecordingPart {
        at: Timestamp(9),
        direction: Direction::Received,
        offset: (padded.len() + 9) as u64,
        len: (padded.len() - 9) as u64,
        bytes: None,
    };
    all.parts.push(gap);
    let read = Exchange::of(&all);
    let kept = Kept::of(&all);
    for (item_idx, item) in read.items.iter().enumerate() {
        let mut open = vec![read.item_tree(&kept, item_idx).unwrap()];
        while let Some(node) = open.pop() {
            let is_sound = matches!(node.fault, None | Some(WireFault::NotKept(_)));
            assert!(is_sound, "{item:?}: {:?}", node.fault);
            open.extend(node.children);
        }
    }
    assert!(!read.faults.values().any(|fault| *fault == WireFault::Padding), "{:?}", read.faults);
}
