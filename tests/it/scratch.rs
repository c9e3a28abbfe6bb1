//! Scratch schemas: typed, broken and mended, called, saved as a file, closed and opened again, killed.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use hoplens::model::{Problem, ProblemKind, Severity, SourceId};
use hoplens::session::{Command, NoticeKind, Origin, Source, SourcePhase, State};
use hoplens::workspace::{Overwrite, SavedSource};

use crate::desk::{Desk, shown};

const NAME: &str = "scratch-1.proto";
const ECHO: &str = "syntax = \"proto3\";\nservice Echo {\n  rpc Say (Line) returns (Line);\n}\n\
                    message Line {\n  string text = 1;\n}\n";

async fn new_scratch(desk: &Desk, text: &str) -> Arc<Source> {
    desk.send(Command::NewScratch(text.into()));
    desk.source_that("checked", NAME, |source| source.phase != SourcePhase::Loading).await
}

/// Types a text and waits until it was compiled.
async fn typed(desk: &Desk, id: SourceId, text: &str) -> Arc<Source> {
    let revision = desk.session.state().scratch(id).unwrap().revision + 1;
    desk.send(Command::EditScratch { source: id, text: text.into(), revision });
    desk.until(format!("revision {revision}"), |state| {
        (state.scratch(id)?.n_checked == revision).then(|| state.source(id).cloned())?
    })
    .await
}

fn n_methods(source: &Source) -> usize {
    source.schema.as_ref().map_or(0, |schema| schema.n_methods())
}

fn place(problem: &Problem) -> (u32, u32) {
    problem.place.as_ref().map_or((0, 0), |place| (place.line, place.column))
}

fn is_open(state: &State, name: &str) -> bool {
    state.sources.iter().any(|source| source.name == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_good_schema_stays_while_the_text_is_broken() {
    let desk = Desk::without_demo();
    let source = new_scratch(&desk, ECHO).await;
    assert_eq!((source.phase, n_methods(&source)), (SourcePhase::Ready, 1));
    assert_eq!(source.origin, Origin::Scratch);
    let state = desk.session.state();
    assert_eq!((state.editor, state.active), (Some(source.id), None), "the editor is in front");

    for (text, line, column) in [
        (ECHO.replace("returns", "retur"), 3, 18),
        (ECHO.replace("string text = 1;", "strin text = 1;"), 6, 3),
        ("{".to_owned(), 1, 1),
    ] {
        let source = typed(&desk, source.id, &text).await;
        assert_eq!(n_methods(&source), 1, "{text}");
        assert_eq!(source.phase, SourcePhase::Failed, "{text}");
        let worst = source.problems.iter().find(|p| p.severity == Severity::Error).unwrap();
        assert_eq!(place(worst), (line, column), "{text}: {:?}", source.problems);
    }
    // An import that nothing needs is worth a word, and no more.
    let source = typed(&desk, source.id, &format!("{ECHO}import \"nowhere.proto\";\n")).await;
    let said = source.problems.first().map(|problem| (problem.severity, place(problem)));
    assert_eq!((source.phase, said), (SourcePhase::Ready, Some((Severity::Warning, (8, 1)))));

    let draft = desk.open_method(&source, "Echo/Say").await;
    assert_eq!(desk.session.state().editor, None);
    assert_eq!(draft.source, Some(SavedSource::Scratch(NAME.to_owned())));

    // Mended, with another field and another method: the draft goes on with what it says.
    let edited = desk.edit(&draft, |draft| draft.body = "{\"text\": \"kept\"}".into());
    let more =
        ECHO.replace("returns (Line);\n}", "returns (Line);\n  rpc Sing (Line) returns (Line);\n}");
    let source = typed(&desk, source.id, &more).await;
    assert_eq!((source.phase, n_methods(&source)), (SourcePhase::Ready, 2));
    assert!(source.problems.is_empty());
    assert_eq!(desk.session.state().draft(draft.id).unwrap().body, edited.body);
    // No word in the status bar for each letter that was typed.
    let is_about_it = |kind: &NoticeKind| {
        matches!(kind, NoticeKind::SourceFailed { .. } | NoticeKind::SourceLoaded { .. })
    };
    assert!(!desk.session.state().notices.iter().any(|notice| is_about_it(&notice.kind)));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_are_found_where_a_root_says() {
    let desk = Desk::without_demo();
    let folder = desk.folder().join("protos");
    fs::create_dir_all(folder.join("common")).unwrap();
    let money = folder.join("common/money.proto");
    fs::write(&money, "syntax = \"proto3\"; package common; message Money { int64 cents = 1; }")
        .unwrap();
    let text = "syntax = \"proto3\";\nimport \"google/protobuf/timestamp.proto\";\n\
                import \"common/money.proto\";\nservice Bank { rpc Pay (Order) returns (Order); }\n\
                message Order { common.Money price = 1; google.protobuf.Timestamp at = 2; }\n";
    let source = new_scratch(&desk, text).await;
    let is_missing =
        |problem: &Problem| matches!(&problem.kind, ProblemKind::ImportNotFound { .. });
    assert!(source.problems.iter().any(is_missing), "{:?}", source.problems);
    desk.send(Command::AddRoot { source: source.id, root: folder.clone() });
    let source = desk.source_that("with its import", NAME, |s| s.problems.is_empty()).await;
    assert_eq!(n_methods(&source), 1);
    // An import that changes on disk is read again, and the root survives a restart.
    fs::write(&money, "syntax = \"proto3\"; package common; message Cash {}").unwrap();
    desk.source_that("without its type", NAME, |s| s.phase == SourcePhase::Failed).await;
    fs::write(&money, "syntax = \"proto3\"; package common; message Money {}").unwrap();
    desk.source_that("mended", NAME, |s| s.phase == SourcePhase::Ready).await;
    let desk = desk.reopened(Some(false)).await;
    let source = desk.source_that("read again", NAME, |s| s.schema.is_some()).await;
    assert!(source.problems.is_empty(), "{:?}", source.problems);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scratch_becomes_a_file_and_its_drafts_come_along() {
    let desk = Desk::without_demo();
    let source = new_scratch(&desk, ECHO).await;
    let draft = desk.open_method(&source, "Echo/Say").await;
    let path = desk.folder().join("echo.proto");
    fs::write(&path, "somebody's own").unwrap();
    let save =
        |overwrite| Command::SaveScratch { source: source.id, path: path.clone(), overwrite };
    desk.send(save(Overwrite::Refuse));
    desk.until("the word that it is taken", |state| {
        (state.scratch(source.id)?.taken.as_ref() == Some(&path)).then_some(())
    })
    .await;
    assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's own");

    desk.send(save(Overwrite::Replace));
    let file = desk.source_that("read", "echo.proto", |s| s.phase == SourcePhase::Ready).await;
    assert_eq!(fs::read_to_string(&path).unwrap(), ECHO);
    let state = desk.session.state();
    assert!(state.scratches.is_empty() && state.editor.is_none());
    assert!(state.closed_scratches.is_empty(), "what is a file is not closed");
    let kept = state.draft(draft.id).unwrap();
    assert_eq!(kept.source.as_ref(), Some(&file.saved));
    assert!(state.schema_of(kept).is_some());

    // A folder that is not there: the text stays where it is.
    let other = new_scratch(&desk, ECHO).await;
    let path = PathBuf::from("/nowhere/at/all.proto");
    let overwrite = Overwrite::Refuse;
    desk.send(Command::SaveScratch { source: other.id, path: path.clone(), overwrite });
    desk.notice("the failure", |kind| {
        matches!(kind, NoticeKind::SaveFailed { path: told, .. } if *told == path).then_some(())
    })
    .await;
    assert!(desk.session.state().scratch(other.id).is_some());
    // Over a file that is open already: that source it is.
    let path = desk.folder().join("echo.proto");
    desk.send(Command::SaveScratch { source: other.id, path, overwrite: Overwrite::Replace });
    desk.until("one source of it", |state| {
        let n_left = state.sources.iter().filter(|s| s.name.contains("echo")).count();
        (n_left == 1 && !is_open(state, NAME)).then_some(())
    })
    .await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_typed_is_lost() {
    let desk = Desk::without_demo();
    let source = new_scratch(&desk, ECHO).await;
    let text = ECHO.replace("Say", "Shout");
    typed(&desk, source.id, &text).await;
    desk.send(Command::CloseEditor(source.id));
    desk.until("a draft in front", |state| state.active).await;
    assert!(is_open(&desk.session.state(), NAME), "its methods can still be called");
    desk.send(Command::ShowEditor(source.id));
    desk.send(Command::CloseSource(source.id));
    desk.until("closed", |state| (!is_open(state, NAME)).then_some(())).await;
    let state = desk.session.state();
    assert_eq!(&*state.closed_scratches[0].text, text);
    assert!(state.editor.is_none() && state.active.is_some());

    let desk = desk.reopened(Some(false)).await;
    desk.until("what was closed", |state| state.closed_scratches.first().cloned()).await;
    assert!(!is_open(&desk.session.state(), NAME));
    desk.send(Command::ReopenScratch(NAME.to_owned()));
    let source = desk.source_that("open again", NAME, |s| s.schema.is_some()).await;
    let state = desk.session.state();
    assert_eq!(&*state.scratch(source.id).unwrap().text, text);
    assert!(state.closed_scratches.is_empty());
    assert_eq!(state.editor, Some(source.id));

    let desk = desk.reopened(Some(false)).await;
    let source = desk.source_that("there after a restart", NAME, |s| s.schema.is_some()).await;
    assert_eq!(desk.session.state().editor, Some(source.id), "its editor is in front again");
    // A second one has a name of its own; one that is too big is refused in words.
    desk.send(Command::NewScratch(ECHO.into()));
    desk.source_that("the second", "scratch-2.proto", |s| s.schema.is_some()).await;
    desk.send(Command::NewScratch("/".repeat(2_000_000).into()));
    desk.notice("the word about its size", |kind| {
        matches!(kind, NoticeKind::ScratchTooBig { n_bytes: 2_000_000, .. }).then_some(())
    })
    .await;
    assert_eq!(desk.session.state().scratches.len(), 2);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scratch_is_served_as_it_is_written() {
    let desk = Desk::with_demo().await;
    let source = new_scratch(&desk, ECHO).await;
    desk.send(Command::ServeSource(source.id));
    let address = |state: &State| state.mocks.get(&source.id)?.address;
    let first = desk.until("its port", address).await;
    let draft = desk.open_method(&source, "Echo/Say").await;
    assert_eq!(draft.target, first.to_string());
    let answer = desk.call_until_ok(draft.id).await;
    assert!(shown(&answer).contains("text"), "{}", shown(&answer));
    // Another field: the next answers have it. Broken: they stay as they are.
    let more = ECHO.replace("string text = 1;", "string text = 1; string mood = 2;");
    typed(&desk, source.id, &more).await;
    typed(&desk, source.id, "{").await;
    let begun = std::time::Instant::now();
    loop {
        let answer = desk.call_until_ok(draft.id).await;
        if shown(&answer).contains("mood") {
            break;
        }
        assert!(begun.elapsed().as_secs() < 30, "the new field is never answered");
    }
    // As a file it is served on, under the file's name.
    typed(&desk, source.id, &more).await;
    let path = desk.folder().join("echo.proto");
    let overwrite = Overwrite::Refuse;
    desk.send(Command::SaveScratch { source: source.id, path, overwrite });
    desk.source_that("read", "echo.proto", |s| s.phase == SourcePhase::Ready).await;
    desk.call_until_ok(draft.id).await;
    let desk = desk.reopened(Some(true)).await;
    let file = desk.source("echo.proto").await;
    desk.until("served again", |state| state.mocks.get(&file.id)?.address).await;
    let other = new_scratch(&desk, ECHO).await;
    desk.caught_up().await;
    assert!(!desk.session.state().mocks.contains_key(&other.id), "a new one begins unserved");
    desk.close().await;
}
