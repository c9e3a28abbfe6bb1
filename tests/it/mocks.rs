//! Served schemas: what draws drafts to a mock and what does not, and whose answers are whose.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;

use hoplens::model::{MethodPath, MockAnswer, SourceId};
use hoplens::session::{Command, MockEdit, NoticeKind, Source, SourcePhase, State};
use hoplens::workspace::Overwrite;

use crate::desk::{Desk, eventually, shown};

const ECHO: &str = "syntax = \"proto3\";\nservice Echo {\n  rpc Say (Line) returns (Line);\n}\n\
                    message Line {\n  string text = 1;\n}\n";

async fn loaded(desk: &Desk) -> Arc<Source> {
    let path = desk.folder().join("echo.proto");
    fs::write(&path, ECHO).unwrap();
    desk.load(&[path], "echo.proto").await
}

/// Serves a source and gives the address of its mock.
async fn served(desk: &Desk, source: SourceId) -> String {
    desk.send(Command::ServeSource(source));
    let address = |state: &State| state.mocks.get(&source)?.address;
    desk.until("its port", address).await.to_string()
}

fn say() -> MethodPath {
    MethodPath::parse("Echo/Say").unwrap()
}

fn answer(desk: &Desk, source: SourceId, text: &str) {
    let body = format!("{{\"text\": \"{text}\"}}");
    let answer = MockAnswer { body, ..MockAnswer::default() };
    desk.send(Command::SetMockAnswer { source, method: say(), answer });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_was_pointed_elsewhere_stays_there() {
    let desk = Desk::without_demo();
    let source = loaded(&desk).await;
    let drawn = desk.open_method(&source, "Echo/Say").await;
    let usual = drawn.target.clone();
    let mock = served(&desk, source.id).await;
    let target = |state: &State| state.draft(drawn.id).map(|draft| draft.target.clone());
    assert_eq!(target(&desk.session.state()), Some(mock.clone()));
    let moved = desk.session.state().draft(drawn.id).cloned().unwrap();
    desk.edit(&moved, |draft| draft.target.clone_from(&usual));
    desk.caught_up().await;

    // Served again after a restart, which is nobody's wish to be drawn there.
    let desk = desk.reopened(Some(false)).await;
    let source = desk.source("echo.proto").await;
    desk.until("its port again", |state| state.mocks.get(&source.id)?.address).await;
    desk.caught_up().await;
    let state = desk.session.state();
    let own = state.drafts.iter().filter(|draft| draft.source.as_ref() == Some(&source.saved));
    assert_eq!(own.map(|draft| draft.target.as_str()).collect::<Vec<_>>(), [usual]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_that_was_typed_last_is_given() {
    let desk = Desk::without_demo();
    let source = loaded(&desk).await;
    served(&desk, source.id).await;
    let draft = desk.open_method(&source, "Echo/Say").await;
    for n in 0..20 {
        answer(&desk, source.id, &format!("answer {n}"));
    }
    desk.caught_up().await;
    let begun = std::time::Instant::now();
    while !shown(&*desk.call_until_ok(draft.id).await).contains("answer 19") {
        assert!(begun.elapsed().as_secs() < 30, "an older answer is in force");
    }
    assert!(shown(&*desk.call_until_ok(draft.id).await).contains("answer 19"));
    desk.close().await;
}

/// What is typed for `Echo/Say`, and what of it callers get.
fn edit(state: &State, source: SourceId) -> Option<MockEdit> {
    state.mocks.get(&source)?.answers.get(&say()).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_fits_a_changed_contract_no_more_leaves_its_place_to_the_sample() {
    let desk = Desk::without_demo();
    let source = loaded(&desk).await;
    served(&desk, source.id).await;
    answer(&desk, source.id, "as typed");
    let draft = desk.open_method(&source, "Echo/Say").await;
    let in_force =
        |state: &State| edit(state, source.id).filter(|edit| edit.in_force == edit.typed);
    let typed = desk.until("it in force", in_force).await.typed;

    let path = desk.folder().join("echo.proto");
    fs::write(&path, ECHO.replace("text", "words")).unwrap();
    desk.send(Command::RefreshSource(source.id));
    let refused = |state: &State| edit(state, source.id).filter(|edit| !edit.problems.is_empty());
    let kept = desk.until("it refused", refused).await;
    assert_eq!((&kept.typed, &*kept.in_force.body), (&typed, ""));
    let answered = shown(&*desk.call_until_ok(draft.id).await).to_owned();
    assert!(answered.contains("\"words\""), "{answered}");

    fs::write(&path, ECHO).unwrap();
    desk.send(Command::RefreshSource(source.id));
    desk.until("it in force again", in_force).await;
    assert!(shown(&*desk.call_until_ok(draft.id).await).contains("as typed"));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_go_with_the_text_and_not_with_the_name() {
    let desk = Desk::without_demo();
    let new_scratch = async || {
        desk.send(Command::NewScratch(ECHO.into()));
        desk.source_that("read", "scratch-1.proto", |s| s.phase == SourcePhase::Ready).await
    };
    let first = new_scratch().await;
    served(&desk, first.id).await;
    answer(&desk, first.id, "from the scratch");
    let path = desk.folder().join("echo.proto");
    let save = |source, overwrite| Command::SaveScratch { source, path: path.clone(), overwrite };
    desk.send(save(first.id, Overwrite::Refuse));
    let file = desk.source_that("read", "echo.proto", |s| s.phase == SourcePhase::Ready).await;
    assert!(desk.session.state().mocks.contains_key(&file.id), "it is served on");

    let second = new_scratch().await;
    let mock = served(&desk, second.id).await;
    assert!(desk.session.state().mocks[&second.id].answers.is_empty(), "another text");
    let draft = desk.open_method(&second, "Echo/Say").await;
    assert_eq!(draft.target, mock);
    // Over a file that is open and served already: its drafts go to whoever serves the file.
    desk.send(Command::StopServing(file.id));
    desk.caught_up().await;
    desk.send(save(second.id, Overwrite::Replace));
    let address = |state: &State| state.mocks.get(&file.id)?.address;
    let mock = desk.until("the file is served in its place", address).await;
    let state = desk.session.state();
    assert!(!state.mocks.contains_key(&second.id));
    let kept = state.draft(draft.id).unwrap();
    assert_eq!(
        (kept.source.as_ref(), kept.target.as_str()),
        (Some(&file.saved), &*mock.to_string())
    );
    assert!(shown(&*desk.call_until_ok(draft.id).await).contains("from the scratch"));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_was_taken_meanwhile_is_told() {
    let desk = Desk::without_demo();
    let source = loaded(&desk).await;
    let mock = served(&desk, source.id).await;
    desk.send(Command::StopServing(source.id));
    desk.caught_up().await;
    let taken = eventually("its port free", || TcpListener::bind(&*mock).ok()).await;
    let moved = served(&desk, source.id).await;
    assert_ne!(moved, mock);
    let told = desk.notice("of the port", |kind| match kind {
        NoticeKind::PortTaken { listener, wanted, got } => Some((listener.clone(), *wanted, *got)),
        _ => None,
    });
    let (listener, wanted, got) = told.await;
    assert_eq!(&*listener, "echo-1");
    assert!(mock.ends_with(&format!(":{wanted}")) && moved.ends_with(&format!(":{got}")));
    drop(taken);
    desk.close().await;
}

/// A service that the demo has as well: the gateway keeps to its file, and the person is told where the mock is.
#[tokio::test(flavor = "multi_thread")]
async fn a_mock_behind_a_route_of_the_demo_is_told_of() {
    let desk = Desk::with_demo().await;
    let path = desk.folder().join("mine.proto");
    let own = "syntax = \"proto3\"; service Greeter { rpc Extra(A) returns (A); } message A { string name = 1; }";
    fs::write(&path, own).unwrap();
    let source = desk.load(&[path], "mine.proto").await;
    let address = served(&desk, source.id).await;
    let said = |kind: &NoticeKind| match kind {
        NoticeKind::RoutedElsewhere { service, address, .. } => {
            Some((service.clone(), address.to_string()))
        }
        _ => None,
    };
    assert_eq!(desk.notice("who has the route", said).await, ("Greeter".to_owned(), address));
    desk.close().await;
}
