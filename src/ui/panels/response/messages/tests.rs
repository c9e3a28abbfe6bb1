use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;

use super::super::tests::{answer, call, grpc, press, table};
use crate::model::{CallId, CallKind, Code, Direction, DraftId, Timestamp};
use crate::session::{
    AnswerBody, Command, DisplayText, Entry, MessageRow, ShownMessage, StreamLook, StreamView,
    StreamWay,
};

fn entry(idx: usize) -> Entry {
    Entry {
        at: Timestamp(1_799_999_999_000_000_000 + idx as u64 * 1_000_000),
        direction: if idx.is_multiple_of(2) { Direction::Sent } else { Direction::Received },
        n_bytes: 12,
        compressed_len: None,
    }
}

fn stream(n: usize, look: StreamLook) -> StreamView {
    let first_row = n.saturating_sub(40);
    let rows = (first_row..n).map(|idx| MessageRow {
        idx,
        entry: entry(idx),
        preview: format!("{{ \"text\": \"line {idx}\" }}").into(),
        is_readable: true,
    });
    let n_bytes = 6 * n as u64;
    let way = StreamWay { n_messages: n as u64 / 2, n_bytes, n_carried: n_bytes, per_second: 0 };
    let shown = look.chosen.map(|idx| {
        let json = DisplayText::new("{\n  \"text\": \"the whole of it\"\n}");
        let body = AnswerBody::Message { json, problems: Vec::new() };
        Arc::new(ShownMessage { idx, entry: entry(idx), body })
    });
    StreamView {
        call: CallId(1),
        kind: CallKind::Bidirectional,
        sent: way,
        received: way,
        n_unkept: 0,
        fault: None,
        is_sending: true,
        n_waiting: 0,
        script: None,
        look: Arc::new(look),
        n_listed: n,
        n_searched: n,
        n_kept: n,
        rows: rows.collect(),
        first_row,
        shown,
    }
}

/// What the pane asks to see, last of all.
fn looked(sent: &[Command]) -> Option<StreamLook> {
    sent.iter().rev().find_map(|command| match command {
        Command::LookAtStream { draft: DraftId(7), look } => Some(look.clone()),
        _ => None,
    })
}

#[test]
fn messages_are_listed_filtered_and_opened() {
    let mut shown = table(Some(answer(call(None))));
    let n = 1_000_000;
    shown.state_mut().state.streams.insert(DraftId(7), Arc::new(stream(n, StreamLook::default())));
    shown.run();
    shown.get_by_label("Messages");
    shown.get_by_label_contains("Received 1,000,000, ");
    assert!(shown.query_by_label_contains("Sent 3, ").is_none(), "only rows in sight are drawn");
    shown.get_by_label_contains("Received 1,000,000, ").click();
    shown.run();
    let look = looked(&shown.state().sent).unwrap();
    assert_eq!(look.chosen, Some(n - 1));
    shown.state_mut().state.streams.insert(DraftId(7), Arc::new(stream(n, look)));
    shown.run();
    shown.get_by_label_contains("the whole of it");
    press(&mut shown, "Close the message");
    assert_eq!(looked(&shown.state().sent).unwrap().chosen, None);

    press(&mut shown, "Pause");
    assert_eq!(looked(&shown.state().sent).unwrap().paused_at, Some(n));
    press(&mut shown, "Count only");
    assert!(looked(&shown.state().sent).unwrap().counts_only);
    shown.get_by_label("Find in messages").focus();
    shown.run();
    shown.get_by_label("Find in messages").type_text("line 7");
    shown.run();
    assert_eq!(looked(&shown.state().sent).unwrap().needle, "line 7");
}

#[test]
fn a_compressed_message_has_both_sizes() {
    let mut shown = table(Some(answer(call(None))));
    let mut packed = stream(4, StreamLook::default());
    let packed_row = |row: &MessageRow| {
        let entry = Entry { compressed_len: Some(9), ..row.entry };
        MessageRow { entry, ..row.clone() }
    };
    packed.rows = packed.rows.iter().map(packed_row).collect();
    packed.sent.n_carried = 18;
    shown.state_mut().state.streams.insert(DraftId(7), Arc::new(packed));
    shown.run();
    shown.get_by_label_contains("Sent 3, 2.00 ms, 12 B as 9 B: ");
    shown.get_by_label("→ 2 · 24 B as 18 B");
    shown.get_by_label("← 2 · 24 B");
}

#[test]
fn a_stream_without_messages_says_what_to_do() {
    let mut shown = table(Some(answer(call(None))));
    let open = stream(0, StreamLook::default());
    shown.state_mut().state.streams.insert(DraftId(7), Arc::new(open.clone()));
    shown.run();
    shown.get_by_label("The stream is open");
    let counted = StreamView { n_unkept: 1_200, ..open.clone() };
    shown.state_mut().state.streams.insert(DraftId(7), Arc::new(counted));
    shown.run();
    shown.get_by_label("Counted only");
    shown.get_by_label_contains("1,200 messages were counted");
    let mut over = table(Some(answer(call(Some(grpc(Code::Ok, ""))))));
    over.state_mut().state.streams.insert(DraftId(7), Arc::new(open));
    over.run();
    over.get_by_label("No messages");
}
