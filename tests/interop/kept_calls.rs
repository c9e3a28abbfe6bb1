//! Three calls on one kept connection, for `wire_to_tshark.py`: `kept_calls FOLDER` writes a pcapng of each, as the
//! window does, and prints one JSON object a call with what Hoplens reads in the same bytes.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for tests")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hoplens::model::{Direction, Outcome};
use hoplens::session::{Answer, Command, NoticeKind, Session, SessionOptions, State};
use hoplens::wire::{Entry, EntryForm, Exchange, FrameHead, FrameType, WireKind};
use serde_json::{Value, json};

const N_CALLS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap());
    let options = SessionOptions {
        is_demo_wanted: Some(true),
        has_ephemeral_ports: true,
        ..Default::default()
    };
    let (session, run) = Session::start(options);
    let run = tokio::spawn(run);
    let is_ready = |kind: &NoticeKind| matches!(kind, NoticeKind::DemoReady { .. });
    until(&session, "the demo", |state| {
        state.notices.iter().any(|notice| is_ready(&notice.kind)).then_some(())
    })
    .await;
    let draft = until(&session, "a draft", |state| state.active).await;
    let mut before = None;
    for call_idx in 0..N_CALLS {
        session.try_send(Command::SendCall(draft)).unwrap();
        let answer = until(&session, "an answer", |state| {
            let answer = state.answers.get(&draft)?;
            let call = answer.call.as_ref()?;
            let is_new =
                before != Some(call.id) && call.outcome.as_ref().is_some_and(Outcome::is_ok);
            is_new.then(|| answer.clone())
        })
        .await;
        let call = answer.call.as_ref().unwrap().id;
        before = Some(call);
        let path = folder.join(format!("kept-{call_idx}.pcapng"));
        session.try_send(Command::SaveCapture { call, side: 0, path: path.clone() }).unwrap();
        let is_saved = |kind: &NoticeKind| matches!(kind, NoticeKind::CaptureSaved { path: saved } if *saved == path);
        until(&session, "the file", |state| {
            state.notices.iter().any(|notice| is_saved(&notice.kind)).then_some(())
        })
        .await;
        println!("{}", told(&answer, &path));
    }
    session.try_send(Command::Shutdown).unwrap();
    run.await.unwrap();
}

async fn until<T>(session: &Session, what: &str, probe: impl Fn(&State) -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = probe(&session.state()) {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "never came: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn told(answer: &Answer, path: &Path) -> Value {
    let call = answer.call.as_ref().unwrap();
    let connection = call.connection.as_ref().unwrap();
    let exchange = &answer.wire.exchange;
    let frames: Vec<_> = (0..exchange.items.len()).filter_map(|idx| frame(exchange, idx)).collect();
    json!({
        "file": path,
        "port": connection.peer.rsplit(':').next().unwrap(),
        "is_kept": connection.is_kept,
        "frames": frames,
    })
}

/// Way, kind, stream, flags, length without its own header, and fields.
fn frame(exchange: &Exchange, item_idx: usize) -> Option<Value> {
    let item = exchange.items.get(item_idx)?;
    let way = if item.direction == Direction::Sent { ">" } else { "<" };
    let head = match &item.kind {
        WireKind::Preface => {
            return Some(json!([way, "Connection Preface", "0", [], item.len, []]));
        }
        WireKind::Frame(head) => head,
        _ => return None,
    };
    let own = exchange.entries().filter(|(direction, block, _)| {
        *direction == item.direction && block.gathered.items().min() == Some(item_idx)
    });
    let fields: Vec<_> = own.filter_map(|(_, _, entry)| field(entry)).collect();
    let kind = head.kind.name().unwrap_or("?");
    Some(json!([way, kind, head.stream.to_string(), flags(*head), head.len, fields]))
}

fn flags(head: FrameHead) -> Vec<&'static str> {
    let known: &[(u8, &str)] = match head.kind {
        FrameType::DATA => &[(FrameHead::END_STREAM, "END_STREAM"), (FrameHead::PADDED, "PADDED")],
        FrameType::HEADERS => &[
            (FrameHead::END_STREAM, "END_STREAM"),
            (FrameHead::END_HEADERS, "END_HEADERS"),
            (FrameHead::PADDED, "PADDED"),
            (FrameHead::PRIORITY, "PRIORITY"),
        ],
        FrameType::CONTINUATION => &[(FrameHead::END_HEADERS, "END_HEADERS")],
        FrameType::SETTINGS | FrameType::PING => &[(1, "ACK")],
        _ => &[],
    };
    known.iter().filter(|(flag, _)| head.has(*flag)).map(|(_, name)| *name).collect()
}

fn field(entry: &Entry) -> Option<Value> {
    let form = match entry.form {
        EntryForm::Indexed => "indexed header field",
        EntryForm::Incremental => "literal header field with incremental indexing",
        EntryForm::WithoutIndexing => "literal header field without indexing",
        EntryForm::NeverIndexed => "literal header field never indexed",
        EntryForm::TableSize(_) => return None,
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let index = if entry.index == 0 { String::new() } else { entry.index.to_string() };
    Some(json!([text(&entry.field.0), text(&entry.field.1), form, index]))
}
