use std::sync::Arc;

use bytes::Bytes;
use egui::Key;
use egui::accesskit::{Role, Toggled};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::super::tests::{Table, answer, call, grpc, press, table};
use crate::model::{Code, Direction, Recording, RecordingPart, Timestamp};
use crate::wire::{FrameHead, FrameType, PREFACE};

fn frame(kind: FrameType, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let head = FrameHead { len: payload.len() as u32, kind, flags, stream };
    [&head.write()[..], payload].concat()
}

/// Each piece a millisecond after the one before.
fn shown(pieces: Vec<(Direction, Vec<u8>)>) -> Table {
    let mut offsets = [0_u64; 2];
    let mut parts = Vec::new();
    for (idx, (direction, bytes)) in pieces.into_iter().enumerate() {
        let offset = &mut offsets[usize::from(direction == Direction::Received)];
        let (at, len) = (Timestamp(idx as u64 * 1_000_000), bytes.len() as u64);
        let bytes = Some(Bytes::from(bytes));
        parts.push(RecordingPart { at, direction, offset: *offset, len, bytes });
        *offset += len;
    }
    let mut call = call(Some(grpc(Code::Ok, "")));
    call.recording = Arc::new(Recording { parts, ..Recording::default() });
    let mut shown = table(Some(answer(call)));
    press(&mut shown, "Wire");
    shown
}

fn is_chosen(shown: &Table, name: &str) -> bool {
    shown.get_by_label(name).accesskit_node().toggled() == Some(Toggled::True)
}

/// An upload that stands still because the other side makes no room.
#[test]
fn a_window_that_was_empty_is_seen_and_leads_to_its_frame() {
    let end = FrameHead::END_HEADERS;
    let data = |len| frame(FrameType::DATA, 0, 1, &vec![7; len]);
    let update = |stream| frame(FrameType::WINDOW_UPDATE, 0, stream, &[0, 0, 64, 0]);
    let mut shown = shown(vec![
        (Direction::Sent, PREFACE.to_vec()),
        (Direction::Sent, frame(FrameType::HEADERS, end, 1, &[0x83])),
        (Direction::Sent, data(16_384)),
        (Direction::Sent, data(49_151)),
        (Direction::Received, update(0)),
        (Direction::Received, update(1)),
        (Direction::Sent, data(384)),
    ]);
    press(&mut shown, "Windows");
    let sent = "What we could still send, connection 65,535 B → 16,000 B, \
                stream 1 65,535 B → 16,000 B, empty 2 times";
    shown.get_by_role_and_label(Role::Image, sent);
    shown.get_by_label_contains("What the other side could still send, connection 65,535 B");
    shown
        .get_by_label("sent: the window of the connection was empty 1.00 ms long, from 3.00 ms on");
    press(&mut shown, "sent: the window of the stream 1 was empty 2.00 ms long, from 3.00 ms on");
    assert!(is_chosen(&shown, "sent DATA 1, 49.2 kB"));
    shown.get_by_label("Flow-Control Window connection 0, stream 1 0");
}

#[test]
fn without_http2_there_are_no_windows_and_without_a_beginning_they_are_unknown() {
    let head = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    assert!(shown(vec![(Direction::Sent, head)]).query_by_label("Windows").is_none());
    let mut call = call(Some(grpc(Code::Ok, "")));
    let part = RecordingPart {
        at: Timestamp(0),
        direction: Direction::Received,
        offset: 100,
        len: 9,
        bytes: Some(Bytes::from(frame(FrameType::SETTINGS, 0, 0, &[]))),
    };
    call.recording = Arc::new(Recording { parts: vec![part], ..Recording::default() });
    let mut shown = table(Some(answer(call)));
    press(&mut shown, "Wire");
    press(&mut shown, "Windows");
    shown.get_by_label("Windows unknown");
}

/// Tab reaches list, bytes and meaning; within each the arrows choose, and the other two follow.
#[test]
fn list_bytes_and_meaning_are_walked_with_the_keyboard() {
    let pings = |n: u8| (Direction::Sent, frame(FrameType::PING, 0, 0, &[n; 8]));
    let pieces = std::iter::once((Direction::Sent, PREFACE.to_vec())).chain((0..60).map(pings));
    let mut shown = shown(pieces.collect());
    press(&mut shown, "Frames");
    let key = |shown: &mut Table, key| {
        shown.key_press(key);
        shown.run();
    };
    shown.get_by_label("What passed, as a list").focus();
    shown.run();
    key(&mut shown, Key::ArrowDown);
    let path = |n: u8| format!("Opaque Data {}", format!("{n:02x}").repeat(8));
    shown.get_by_label(&path(0));
    key(&mut shown, Key::ArrowDown);
    shown.get_by_label(&path(1));
    // The last one is far below: list and bytes go there.
    key(&mut shown, Key::End);
    shown.get_by_label(&path(59));
    shown.get_by_label_contains("3b 3b 3b 3b 3b 3b 3b 3b");
    let pings = shown.get_all_by_label("sent PING, 17 B");
    assert_eq!(
        pings.filter(|row| row.accesskit_node().toggled() == Some(Toggled::True)).count(),
        1
    );
    key(&mut shown, Key::PageUp);
    assert!(shown.query_by_label(&path(59)).is_none());
    key(&mut shown, Key::Home);
    shown.get_by_label_contains("Connection Preface");

    key(&mut shown, Key::ArrowDown);
    key(&mut shown, Key::Tab);
    let has_focus = |shown: &Table, name: &str| shown.get_by_label(name).is_focused();
    assert!(has_focus(&shown, "Its bytes"));
    // First the frame's first byte; one to the right, one down, and one row further: the next frame.
    for (pressed, wanted) in [
        (Key::ArrowRight, "Length 8"),
        (Key::ArrowRight, "Length 8"),
        (Key::ArrowDown, path(0).as_str()),
        (Key::ArrowDown, "Length 8"),
    ] {
        key(&mut shown, pressed);
        assert!(is_chosen(&shown, wanted), "{pressed:?}");
    }
    shown.get_by_label(&path(1));
    key(&mut shown, Key::ArrowLeft);
    key(&mut shown, Key::ArrowLeft);
    assert!(is_chosen(&shown, &path(0)), "back into the frame before");

    key(&mut shown, Key::Tab);
    assert!(has_focus(&shown, "What the bytes mean"));
    key(&mut shown, Key::Home);
    assert!(is_chosen(&shown, "PING"));
    key(&mut shown, Key::ArrowDown);
    assert!(is_chosen(&shown, "Frame Header"));
    key(&mut shown, Key::ArrowRight);
    key(&mut shown, Key::ArrowRight);
    assert!(is_chosen(&shown, "Length 8"));
    key(&mut shown, Key::ArrowLeft);
    assert!(is_chosen(&shown, "Frame Header"), "the one above");
    key(&mut shown, Key::ArrowLeft);
    assert!(shown.query_by_label("Length 8").is_none(), "closed");
}

/// Whatever passed: only rows in sight are laid out.
#[test]
fn a_long_call_draws_what_is_in_sight() {
    let one = frame(FrameType::PING, 0, 0, &[1; 8]);
    let mut shown = shown(vec![(Direction::Sent, [PREFACE, &one.repeat(20_000)].concat())]);
    press(&mut shown, "Frames");
    shown.get_by_label("What passed, as a list").focus();
    shown.run();
    shown.key_press(Key::End);
    shown.run();
    let n_rows = shown.get_all_by_label("sent PING, 17 B").count();
    assert!((10..60).contains(&n_rows), "{n_rows}");
    let n_rows = shown.get_all_by_label_contains("01 01 01 01 01 01 01 01").count();
    assert!((3..60).contains(&n_rows), "{n_rows}");
}
