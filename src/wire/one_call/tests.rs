use proptest::prelude::*;

use super::*;
use crate::wire::exchange::tests::{END, GRPC, frame, headers, recording, words};
use crate::wire::{FrameHead, PREFACE};

/// The beginning of a request that adds to the header table, and of one that names what was added.
const ADDS: &[u8] = &[0x83, 0x40, 1, b'a', 1, b'b'];
const NAMES: &[u8] = &[0x83, 0xbe];

fn request(stream: u32, fields: &[u8]) -> Vec<u8> {
    frame(FrameType::HEADERS, FrameHead::END_HEADERS, stream, fields)
}

/// Three calls of one connection; the second says `a: b` by an index into the table that the first filled.
fn shared() -> Recording {
    recording(&[
        (Direction::Sent, PREFACE),
        (Direction::Sent, &frame(FrameType::SETTINGS, 0, 0, &[])),
        (Direction::Sent, &request(1, ADDS)),
        (Direction::Received, &frame(FrameType::SETTINGS, 0, 0, &[])),
        (Direction::Sent, &request(3, NAMES)),
        (Direction::Sent, &frame(FrameType::DATA, END, 1, b"first")),
        (Direction::Sent, &frame(FrameType::DATA, END, 3, b"second")),
        (Direction::Received, &headers(3, 0, &[(":status", "200")])),
        (Direction::Received, &frame(FrameType::PING, 0, 0, &[0; 8])),
        (Direction::Received, &headers(1, END, &[(":status", "404")])),
        (Direction::Received, &frame(FrameType::DATA, END, 3, b"answer")),
        (Direction::Sent, &headers(5, END, &[(":method", "GET"), GRPC])),
    ])
}

fn called(all: &Recording, stream: u32) -> OneCall {
    Exchange::of(all).find_call(|step| step.stream == stream).unwrap()
}

#[test]
fn a_call_among_others_is_read_by_itself() {
    let all = shared();
    let whole = Exchange::of(&all);
    let call = called(&all, 3);
    assert!(!whole.is_open(&call));
    assert!(whole.is_open(&called(&all, 5)));
    let cut = whole.cut(&all, &call);
    let read = Exchange::of_stream(&cut, call.stream);
    assert_eq!(words(&read), "> headers 2; > body 0 6; < headers 1; < body 0 6");
    assert_eq!(read.steps[0].field("a").as_deref(), Some("b"));
    let shown: Vec<_> = read
        .shown_items()
        .map(|(_, item)| match &item.kind {
            WireKind::Frame(head) => (head.kind.name().unwrap_or("?"), head.stream),
            _ => ("?", 0),
        })
        .collect();
    let own = [("HEADERS", 3), ("DATA", 3), ("HEADERS", 3), ("PING", 0), ("DATA", 3)];
    assert_eq!(shown, own);
    let in_all = |direction| read.sums.of(direction).in_all();
    assert_eq!(in_all(Direction::Sent), (9 + 2) + (9 + 6));
    assert_eq!(read.begun(), whole.steps.iter().find(|step| step.stream == 3).unwrap().at);
    assert_eq!(in_all(Direction::Received), (9 + 1 + 8 + 4) + (9 + 8) + (9 + 6));
}

#[test]
fn the_first_call_has_what_opened_the_connection() {
    let all = shared();
    let cut = Exchange::of(&all).cut(&all, &called(&all, 1));
    let kinds: Vec<_> = Exchange::of_stream(&cut, 1).shown_items().map(|(_, i)| i.offset).collect();
    assert_eq!(kinds[..4], [0, 24, 33, 0], "preface, settings, headers, their settings");
}

#[test]
fn over_http1_the_next_request_ends_the_one_before() {
    let all = recording(&[
        (Direction::Sent, b"GET /a HTTP/1.1\r\nTraceparent: one\r\n\r\n"),
        (Direction::Received, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        (Direction::Sent, b"GET /b HTTP/1.1\r\nTraceparent: two\r\n\r\n"),
        (Direction::Received, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
    ]);
    let whole = Exchange::of(&all);
    let call = whole.find_call(|step| step.field("traceparent").as_deref() == Some("two")).unwrap();
    let read = Exchange::of_stream(&whole.cut(&all, &call), call.stream);
    assert_eq!(words(&read), "> head; < head");
    let call = whole.find_call(|step| step.field("traceparent").as_deref() == Some("one")).unwrap();
    let read = Exchange::of_stream(&whole.cut(&all, &call), call.stream);
    assert_eq!(words(&read), "> head; < head; < body 0 2");
}

proptest! {
    /// However many calls share a connection, each says alone what it says among the others.
    #[test]
    fn the_cut_says_what_the_whole_says(
        frames in proptest::collection::vec((0_u32..4, any::<bool>(), any::<bool>(), 0_usize..20), 1..30),
    ) {
        let mut parts = vec![(Direction::Sent, PREFACE.to_vec())];
        let mut n_known = 0_u8;
        for (idx, (stream, is_sent, is_head, len)) in frames.iter().enumerate() {
            let stream = stream * 2 + 1;
            let way = if *is_sent { Direction::Sent } else { Direction::Received };
            let bytes = if *is_head && *is_sent {
                let name = [0x83, 0x40, 1, b'a' + n_known % 26, 1, b'0' + idx as u8 % 10];
                n_known += 1;
                let old = 0x80 | (62 + idx as u8 % n_known);
                request(stream, &[&name[..], &[old]].concat())
            } else {
                frame(FrameType::DATA, 0, stream, &vec![7; *len])
            };
            parts.push((way, bytes));
        }
        let borrowed: Vec<_> = parts.iter().map(|(way, bytes)| (*way, &bytes[..])).collect();
        let all = recording(&borrowed);
        let whole = Exchange::of(&all);
        for stream in [1, 3, 5, 7] {
            let Some(call) = whole.find_call(|step| step.stream == stream) else { continue };
            let cut = whole.cut(&all, &call);
            let read = Exchange::of_stream(&cut, stream);
            let fields = |exchange: &Exchange| -> Vec<_> {
                let own = exchange.steps.iter().filter(|step| step.stream == stream);
                own.filter_map(|step| step.fields().map(<[_]>::to_vec)).collect()
            };
            prop_assert_eq!(fields(&read), fields(&whole));
            let sent: u64 = read.shown_items().filter(|(_, i)| i.direction == Direction::Sent).map(|(_, i)| i.len).sum();
            prop_assert_eq!(read.sums.sent.in_all(), sent);
        }
    }
}
