//! Schemas from disk: what loads, what is reported, and what happens when files change.

use std::fs;
use std::path::{Path, PathBuf};

use hoplens::model::{ProblemKind, Severity};
use hoplens::session::{Command, Refusal, Source, SourcePhase};

use crate::desk::Desk;
use crate::peers::schema_of;
use crate::source::root;

const PING: &str =
    "syntax = \"proto3\"; service Ping { rpc Send (Ball) returns (Ball); } message Ball {}";
const PING_AND_PONG: &str = "syntax = \"proto3\"; service Ping { rpc Send (Ball) returns (Ball); \
                             rpc Return (Ball) returns (Ball); } message Ball {}";

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// As editors save: a new file takes the old one's place.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}

fn n_methods(source: &Source) -> usize {
    source.schema.as_ref().map_or(0, |schema| schema.n_methods())
}

fn kinds(source: &Source) -> Vec<&ProblemKind> {
    source.problems.iter().map(|problem| &problem.kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_others_load_with_all_their_methods() {
    let desk = Desk::without_demo();
    let demo = root().join("tests/data/schema/online-boutique/demo.proto");
    let source = desk.load(&[demo], "demo.proto").await;
    assert_eq!((source.problems.len(), n_methods(&source)), (0, 15), "{:?}", source.problems);
    for name in ["kitchen.proto", "old.proto"] {
        let source = desk.load(&[root().join("tests/data/schema").join(name)], name).await;
        assert_eq!(source.phase, SourcePhase::Ready, "{name}: {:?}", source.problems);
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_import_is_reported_and_a_root_mends_it() {
    let desk = Desk::without_demo();
    let (app, libs) = (desk.folder().join("app"), desk.folder().join("libs"));
    write(
        &app.join("main.proto"),
        "syntax = \"proto3\";\nimport \"common/money.proto\";\nservice Till { rpc Pay (common.Money) returns (common.Money); }",
    );
    write(
        &libs.join("common/money.proto"),
        "syntax = \"proto3\"; package common; message Money { int64 cents = 1; }",
    );
    let source = desk.load(&[app.join("main.proto")], "main.proto").await;
    let missing = source.problems.iter().find_map(|problem| match &problem.kind {
        ProblemKind::ImportNotFound { import, looked_in } => {
            Some((import.clone(), looked_in.clone(), problem.place.clone()))
        }
        _ => None,
    });
    let (import, looked_in, place) = missing.unwrap();
    assert_eq!(import, "common/money.proto");
    assert!(looked_in.contains(&app), "{looked_in:?}");
    assert_eq!(place.map(|place| place.line), Some(2));
    desk.send(Command::AddRoot { source: source.id, root: libs.clone() });
    let source = desk
        .source_that("mended", "main.proto", |source| {
            source.phase == SourcePhase::Ready && n_methods(source) == 1
        })
        .await;
    assert_eq!(source.problems.len(), 0, "{:?}", source.problems);
    assert!(source.roots.contains(&libs), "{:?}", source.roots);

    // The root is remembered.
    let desk = desk.reopened(Some(false)).await;
    let source = desk.source("main.proto").await;
    assert_eq!((source.problems.len(), n_methods(&source)), (0, 1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_file_reloads_and_a_broken_one_takes_nothing_away() {
    let desk = Desk::without_demo();
    let file = desk.folder().join("ping.proto");
    write(&file, PING);
    let source = desk.load(std::slice::from_ref(&file), "ping.proto").await;
    let draft = desk.open_method(&source, "Ping/Send").await;
    let draft = desk.edit(&draft, |draft| draft.body = "{ }".into());

    replace(&file, PING_AND_PONG);
    desk.source_that("two methods", "ping.proto", |source| n_methods(source) == 2).await;
    assert_eq!(*desk.front().await, *draft);

    replace(&file, "syntax = \"proto3\"; service Ping {\n rpc ");
    let broken = desk
        .source_that("the error", "ping.proto", |source| source.phase == SourcePhase::Failed)
        .await;
    assert_eq!(n_methods(&broken), 2, "the last good schema stays");
    assert!(matches!(broken.problems[0].kind, ProblemKind::Syntax { .. }), "{:?}", broken.problems);
    assert_eq!(broken.problems[0].place.as_ref().map(|place| place.line), Some(2));

    fs::remove_file(&file).unwrap();
    let gone = |source: &Source| matches!(kinds(source)[..], [ProblemKind::Unreadable { .. }, ..]);
    let source = desk.source_that("gone", "ping.proto", gone).await;
    assert_eq!(n_methods(&source), 2);

    replace(&file, PING);
    let source =
        desk.source_that("mended", "ping.proto", |source| source.phase == SourcePhase::Ready).await;
    assert_eq!(source.problems.len(), 0);
    // A method that is really gone is gone.
    assert_eq!(n_methods(&source), 1);
    assert_eq!(*desk.front().await, *draft);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_broken_file_of_several_takes_no_method_away() {
    let desk = Desk::without_demo();
    let (ping, stock) =
        (desk.folder().join("two/ping.proto"), desk.folder().join("two/stock.proto"));
    write(&ping, PING);
    write(
        &stock,
        "syntax = \"proto3\"; service Stock { rpc Count (Bin) returns (Bin); } message Bin {}",
    );
    let source = desk.load(&[ping.clone(), stock], "ping.proto +1").await;
    assert_eq!(n_methods(&source), 2);
    replace(&ping, "syntax = \"proto3\"; service Ping {");
    let source = desk
        .source_that("the error", "ping.proto +1", |source| {
            source.problems.iter().any(|problem| problem.severity == Severity::Error)
        })
        .await;
    assert_eq!(n_methods(&source), 2);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_notices_new_files() {
    let desk = Desk::without_demo();
    let folder = desk.folder().join("contracts");
    write(&folder.join("ping.proto"), PING);
    let source = desk.load(std::slice::from_ref(&folder), "contracts").await;
    assert_eq!(n_methods(&source), 1);
    write(
        &folder.join("stock.proto"),
        "syntax = \"proto3\"; service Stock { rpc Count (Bin) returns (Bin); } message Bin {}",
    );
    desk.source_that("the new file", "contracts", |source| n_methods(source) == 2).await;
    fs::remove_file(folder.join("ping.proto")).unwrap();
    desk.source_that("one less", "contracts", |source| n_methods(source) == 1).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_schema_says_so() {
    let desk = Desk::without_demo();
    let folder = desk.folder().to_owned();
    let check = async |name: &str, bytes: &[u8], is_right: fn(&ProblemKind) -> bool| {
        fs::write(folder.join(name), bytes).unwrap();
        let source = desk.load(&[folder.join(name)], name).await;
        assert_eq!(source.phase, SourcePhase::Failed, "{name}");
        assert!(source.problems.iter().any(|p| is_right(&p.kind)), "{:?}", source.problems);
    };
    check("binary.proto", b"\x7fELF\0\0\xff\xfe", |kind| matches!(kind, ProblemKind::NotText))
        .await;
    let set = schema_of(PING).to_descriptor_set();
    check("cut.pb", &set[..set.len() - 3], |kind| {
        matches!(kind, ProblemKind::BadDescriptorSet { .. })
    })
    .await;
    check("empty.proto.txt", b"", |kind| !matches!(kind, ProblemKind::NotText)).await;
    fs::write(folder.join("whole.pb"), &set).unwrap();
    let source = desk.load(&[folder.join("whole.pb")], "whole.pb").await;
    assert_eq!(n_methods(&source), 1);
    let gone = desk.load(&[folder.join("gone.proto")], "gone.proto").await;
    assert_eq!(gone.phase, SourcePhase::Failed);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_of_one_name_are_told_apart() {
    let desk = Desk::without_demo();
    let paths: Vec<PathBuf> =
        ["a", "b"].map(|folder| desk.folder().join(folder).join("ping.proto")).into();
    write(&paths[0], PING);
    write(&paths[1], PING_AND_PONG);
    let source = desk.load(&paths, "ping.proto +1").await;
    let is_told = kinds(&source).iter().any(|kind| {
        matches!(kind, ProblemKind::DuplicateFile { kept, dropped, .. }
            if *kept == paths[0] && *dropped == paths[1])
    });
    assert!(is_told, "{:?}", source.problems);
    assert_eq!(n_methods(&source), 1);
    // Opened one by one they are two sources with names of their own.
    desk.load(&paths[..1], "ping.proto").await;
    let second = desk.load(&paths[1..], "ping.proto (2)").await;
    assert_eq!(n_methods(&second), 2);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_source_leaves_its_drafts() {
    let desk = Desk::without_demo();
    let file = desk.folder().join("ping.proto");
    write(&file, PING);
    let source = desk.load(std::slice::from_ref(&file), "ping.proto").await;
    let draft = desk.open_method(&source, "Ping/Send").await;
    desk.send(Command::CloseSource(source.id));
    desk.until("no source", |state| state.source(source.id).is_none().then_some(())).await;
    let answer = desk.call(draft.id).await;
    assert_eq!(answer.refusal, Some(Refusal::UnknownMethod));
    desk.load(&[file], "ping.proto").await;
    let answer = desk.call(draft.id).await;
    assert_eq!(answer.refusal, None);
    desk.close().await;
}
