//! Streams as the window sends them: message by message, by a script, half-closed, looked at.

use std::fs;
use std::sync::Arc;

use hoplens::model::{CallKind, Direction, Outcome};
use hoplens::session::{AnswerBody, Command, Refusal, State, StreamLook, StreamView};
use hoplens::workspace::{Draft, Script};

use crate::desk::{Desk, outcome};
use crate::peers::reflecting;

/// As much of the reflection protocol as is asked here, under its own names and numbers.
const REFLECTION: &str = r#"syntax = "proto3";
package grpc.reflection.v1;
service ServerReflection {
  rpc ServerReflectionInfo (stream ServerReflectionRequest) returns (stream ServerReflectionResponse);
}
message ServerReflectionRequest {
  string host = 1;
  oneof message_request { string file_by_filename = 3; string list_services = 7; }
}
message ServerReflectionResponse { string valid_host = 1; ListServiceResponse list_services_response = 6; }
message ListServiceResponse { repeated ServiceResponse service = 1; }
message ServiceResponse { string name = 1; }
"#;
const SCHEMA: &str = "syntax = \"proto3\";\npackage foreign;\nservice Far { rpc Go (Way) returns (Way); }\n\
                      message Way { string to = 1; }\n";

/// A draft of the bidirectional method that tonic serves.
async fn draft(desk: &Desk) -> (Arc<Draft>, tokio::task::JoinSet<()>) {
    let (address, tasks) = reflecting(SCHEMA, 0).await;
    let path = desk.folder().join("reflection.proto");
    fs::write(&path, REFLECTION).unwrap();
    let source = desk.load(&[path], "reflection.proto").await;
    let method = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let draft = desk.open_method(&source, method).await;
    assert_eq!(draft.options.deadline_millis, None, "streams have no deadline by default");
    let draft = desk.edit(&draft, |draft| {
        draft.target = address.to_string();
        r#"{"host": "one", "listServices": ""}"#.clone_into(&mut draft.body);
    });
    (draft, tasks)
}

async fn view(
    desk: &Desk,
    draft: &Draft,
    what: &str,
    is_wanted: impl Fn(&StreamView) -> bool,
) -> Arc<StreamView> {
    let of = |state: &State| state.streams.get(&draft.id).filter(|view| is_wanted(view)).cloned();
    desk.until(what, of).await
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_one_by_one_and_each_is_seen() {
    let desk = Desk::without_demo();
    let (draft, _server) = draft(&desk).await;
    desk.send(Command::SendCall(draft.id));
    let seen = view(&desk, &draft, "the first answer", |view| view.n_listed == 2).await;
    assert_eq!((seen.kind, seen.is_sending), (CallKind::Bidirectional, true));
    let draft = desk.edit(&draft, |draft| draft.body = draft.body.replace("one", "two"));
    desk.send(Command::SendCall(draft.id));
    let seen = view(&desk, &draft, "the second answer", |view| view.n_listed == 4).await;
    assert_eq!((seen.sent.n_messages, seen.received.n_messages), (2, 2));
    assert!(seen.sent.n_bytes > 0 && seen.rows.iter().all(|row| row.is_readable));

    // What does not fit is said, and the stream goes on.
    let wrong = desk.edit(&draft, |draft| draft.body = r#"{"hots": 1}"#.to_owned());
    desk.send(Command::SendCall(wrong.id));
    let refusal = |state: &State| state.answers.get(&draft.id)?.refusal.clone();
    let refusal = desk.until("a refusal", refusal).await;
    assert!(matches!(refusal, Refusal::Body(_)), "{refusal:?}");
    assert!(outcome(&desk.session.state().answers[&draft.id]).is_none(), "the call goes on");

    let look = |look: StreamLook| desk.send(Command::LookAtStream { draft: draft.id, look });
    look(StreamLook { direction: Some(Direction::Received), ..StreamLook::default() });
    let seen = view(&desk, &draft, "answers alone", |view| view.n_listed == 2).await;
    assert!(
        seen.rows.iter().all(|row| row.preview.contains("foreign") || row.preview.contains("grpc")),
        "{:?}",
        seen.rows
    );
    look(StreamLook { needle: "TWO".into(), chosen: Some(2), ..StreamLook::default() });
    let is_found = |view: &StreamView| view.look.needle == "TWO" && view.n_searched == view.n_kept;
    let seen = view(&desk, &draft, "the search", is_found).await;
    let found: Vec<usize> = seen.rows.iter().map(|row| row.idx).collect();
    assert!(found.contains(&2) && !found.contains(&0), "{found:?}");
    let shown = seen.shown.as_ref().unwrap();
    assert!(matches!(&shown.body, AnswerBody::Message { json, .. } if json.text().contains("two")));

    desk.send(Command::HalfClose(draft.id));
    assert!(matches!(desk.outcome(draft.id).await, Outcome::Grpc { number: 0, .. }));
    let seen = view(&desk, &draft, "the end", |view| !view.is_sending).await;
    assert_eq!((seen.n_kept, seen.n_unkept), (4, 0), "the messages are still there");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_opens_the_stream_and_ends_it() {
    let desk = Desk::without_demo();
    let (draft, _server) = draft(&desk).await;
    let wrong = desk.edit(&draft, |draft| {
        draft.script.text = "{\"host\": \"a\"}\n{\"hots\": 1}".to_owned();
    });
    desk.send(Command::RunScript(draft.id));
    let refusal = |state: &State| state.answers.get(&draft.id)?.refusal.clone();
    let Refusal::Script(problems) = desk.until("a refusal", refusal).await else { panic!() };
    let line = problems[0].place.as_ref().map(|place| place.line);
    assert_eq!(line, Some(2), "{problems:?}");
    assert!(!desk.session.state().streams.contains_key(&draft.id), "nothing was sent");

    desk.edit(&wrong, |draft| {
        let text = (0..5).map(|n| format!("{{\"host\": \"h{n}\", \"listServices\": \"\"}}\n"));
        draft.script = Script { text: text.collect(), pace_millis: 1, n_rounds: 20, closes: true };
    });
    desk.send(Command::RunScript(draft.id));
    assert!(matches!(desk.outcome(draft.id).await, Outcome::Grpc { number: 0, .. }));
    let seen = view(&desk, &draft, "all of it", |view| view.n_kept == 200).await;
    assert_eq!((seen.sent.n_messages, seen.received.n_messages), (100, 100));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_cancelled_and_counted_only() {
    let desk = Desk::without_demo();
    let (draft, _server) = draft(&desk).await;
    let draft = desk.edit(&draft, |draft| draft.body.clear());
    desk.send(Command::SendCall(draft.id));
    let seen = view(&desk, &draft, "an open stream", |view| view.is_sending).await;
    assert_eq!(seen.n_kept, 0, "an empty editor opens it without a message");
    let look = StreamLook { counts_only: true, ..StreamLook::default() };
    desk.send(Command::LookAtStream { draft: draft.id, look });
    view(&desk, &draft, "the look", |view| view.look.counts_only).await;
    let draft = desk.edit(&draft, |draft| draft.body = r#"{"listServices": ""}"#.to_owned());
    desk.send(Command::SendCall(draft.id));
    let seen = view(&desk, &draft, "both counted", |view| view.n_unkept == 2).await;
    assert_eq!((seen.n_kept, seen.received.n_messages), (0, 1));
    desk.send(Command::CancelCall(draft.id));
    assert_eq!(desk.outcome(draft.id).await, Outcome::Cancelled);
    desk.close().await;
}
