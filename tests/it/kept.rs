//! What survives: a proper end, and a kill at any moment. What never touches the disk: credentials.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use hoplens::model::{Protocol, Secret};
use hoplens::session::{Command, NoticeKind, Session, SessionOptions};
use hoplens::workspace::{Auth, Dirs, Draft, MetadataRow, Theme};

use crate::desk::{Desk, eventually};

const SECRET: &str = "s3cr3t-of-this-test";

/// The text of every file below a folder.
fn all_text(folder: &Path) -> String {
    let Ok(entries) = fs::read_dir(folder) else { return String::new() };
    let texts = entries.flatten().map(|entry| match entry.path() {
        path if path.is_dir() => all_text(&path),
        path => String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned(),
    });
    texts.collect()
}

fn with_secrets(draft: &mut Draft) {
    draft.body = "a body that is kept".into();
    for name in ["authorization", "Cookie", "X-Api-Key"] {
        draft.metadata.push(MetadataRow::new(name, SECRET));
    }
    draft.metadata.push(MetadataRow { is_secret: true, ..MetadataRow::new("x-mine", SECRET) });
    draft.metadata.push(MetadataRow::new("x-tenant", "blue-tenant"));
    draft.auth = Auth::Basic { user: "ada-the-user".into(), password: Secret::new(SECRET) };
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_back_but_no_credential_is_written() {
    let desk = Desk::without_demo();
    let file = desk.folder().join("ping.proto");
    fs::write(&file, "syntax = \"proto3\"; service Ping { rpc Go (B) returns (B); } message B {}")
        .unwrap();
    desk.source("greeter.proto").await;
    let source = desk.load(&[file], "ping.proto").await;
    let draft = desk.open_method(&source, "Ping/Go").await;
    desk.edit(&draft, with_secrets);
    desk.send(Command::NewHttpDraft);
    let http = desk
        .until("the second draft", |state| {
            let draft = state.draft(state.active?)?;
            (draft.protocol == Protocol::Http).then(|| Arc::clone(draft))
        })
        .await;
    desk.edit(&http, |draft| draft.auth = Auth::Bearer(Secret::new(SECRET)));
    desk.send(Command::ActivateDraft(draft.id));
    desk.send(Command::SaveLayout("the layout".into()));
    desk.send(Command::SetTheme(Theme::Light));
    desk.send(Command::SetReduceMotion(true));

    let desk = desk.reopened(Some(false)).await;
    let source = desk.source("ping.proto").await;
    assert_eq!(source.schema.as_ref().unwrap().n_methods(), 1);
    let front = desk.front().await;
    assert_eq!(
        (front.operation().as_str(), front.body.as_str()),
        ("Ping/Go", "a body that is kept")
    );
    let state = desk.session.state();
    assert_eq!(state.layout.as_deref(), Some("the layout"));
    assert_eq!((state.settings.theme, state.settings.reduce_motion), (Theme::Light, true));
    assert!(state.drafts.iter().any(|draft| draft.protocol == Protocol::Http));
    let rows: Vec<(&str, &str)> =
        front.metadata.iter().map(|row| (row.name.as_str(), row.value.as_str())).collect();
    assert_eq!(
        rows,
        [
            ("authorization", ""),
            ("Cookie", ""),
            ("X-Api-Key", ""),
            ("x-mine", ""),
            ("x-tenant", "blue-tenant"),
        ]
    );
    assert!(front.metadata[3].is_secret);
    let text = all_text(desk.folder());
    assert!(text.contains("ada-the-user") && text.contains("blue-tenant"));
    assert!(!text.contains(SECRET));
    desk.close().await;
}

#[test]
fn a_kill_loses_no_more_than_the_last_moment() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let start = || {
        let options = SessionOptions {
            dirs: Some(Dirs::under(&config)),
            is_demo_wanted: Some(false),
            has_ephemeral_ports: true,
            ..SessionOptions::default()
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let entered = runtime.enter();
        let (session, run) = Session::start(options);
        drop(entered);
        drop(runtime.spawn(run));
        (runtime, session)
    };
    let first_draft = |session: &Session| {
        let state = session.state();
        state.draft(state.active?).cloned()
    };
    for round in 0..3 {
        let (runtime, session) = start();
        runtime.block_on(async {
            let draft = eventually("a draft", || first_draft(&session)).await;
            if round > 0 {
                assert_eq!(draft.body, format!("body of round {}", round - 1));
                assert!(session.state().notices.is_empty(), "no complaint");
            }
            let mut edited = (*draft).clone();
            edited.revision += 1;
            edited.body = format!("body of round {round}");
            let kept = edited.body.clone();
            session.try_send(Command::EditDraft(Arc::new(edited))).unwrap();
            let on_disk = || fs::read_to_string(config.join("drafts.toml")).ok();
            eventually("the text on disk", || on_disk()?.contains(&kept).then_some(())).await;
        });
        // No Shutdown: everything is dropped where it stands.
        runtime.shutdown_background();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_is_set_aside_and_reported() {
    let desk = Desk::without_demo();
    desk.front().await;
    desk.send(Command::SaveLayout("the layout".into()));
    let config = desk.folder().join("config");
    let layout = config.join("layout.toml");
    eventually("the file", || layout.exists().then_some(())).await;
    let garbage = "version = 1\n[[draft";
    let folder = tempfile::tempdir().unwrap();
    let aside = folder.path().join("config");
    fs::create_dir_all(&aside).unwrap();
    fs::copy(layout, aside.join("layout.toml")).unwrap();
    fs::write(aside.join("drafts.toml"), garbage).unwrap();
    desk.close().await;

    let desk = Desk::open(Arc::new(folder), Some(false));
    let problem = desk
        .notice("the report", |kind| match kind {
            NoticeKind::WorkspaceFile(problem) => Some(problem.clone()),
            _ => None,
        })
        .await;
    let hoplens::model::ProblemKind::PutAside { kept, .. } = problem.kind else {
        panic!("{problem:?}")
    };
    assert_eq!(fs::read_to_string(kept).unwrap(), garbage);
    assert_eq!(desk.session.state().layout.as_deref(), Some("the layout"));
    desk.close().await;
}
