//! The settings file: explained, watched, changed without touching what the person wrote.

use std::fs;
use std::path::PathBuf;

use hoplens::model::ProblemKind;
use hoplens::session::{Command, NoticeKind};
use hoplens::workspace::SettingChange;

use crate::desk::{Desk, eventually};

async fn file_of(desk: &Desk) -> PathBuf {
    let file = desk.folder().join("config/settings.toml");
    eventually("the file", || fs::read_to_string(&file).ok().filter(|text| text.len() > 100)).await;
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_into_the_file_is_in_force_at_once_and_stays_as_it_was_written() {
    let desk = Desk::without_demo();
    let file = file_of(&desk).await;
    let shipped = fs::read_to_string(&file).unwrap();
    assert!(shipped.contains("# Size of text in points, 11 to 18. Default 13.\nfont_size = 13\n"));
    let mine = shipped.replace("font_size = 13", "font_size = 16 # for my eyes");
    fs::write(&file, &mine).unwrap();
    desk.until("the new size", |state| (state.settings.font_size == 16).then_some(())).await;

    let faulty = mine.replace("theme = ", "thme = ");
    fs::write(&file, &faulty).unwrap();
    let problem = desk.until("the fault", |state| state.settings_problems.first().cloned()).await;
    let ProblemKind::UnknownSetting { nearest, .. } = &problem.kind else { panic!("{problem:?}") };
    assert_eq!(nearest.as_deref(), Some("theme"));
    let place = problem.place.clone().unwrap();
    let line = faulty.lines().position(|line| line.starts_with("thme")).unwrap() + 1;
    assert_eq!((place.line as usize, place.column, place.file), (line, 1, Some(file.clone())));
    assert_eq!(desk.session.state().settings.font_size, 16, "the rest is in force");
    assert_eq!(fs::read_to_string(&file).unwrap(), faulty, "untouched");

    desk.send(Command::ChangeSetting(SettingChange::MemoryMib(128)));
    let wanted = faulty.replace("memory_mib = 64", "memory_mib = 128");
    eventually("one value", || (fs::read_to_string(&file).ok()? == wanted).then_some(())).await;

    fs::write(&file, wanted.replace("thme = ", "theme = ")).unwrap();
    desk.until("no fault", |state| state.settings_problems.is_empty().then_some(())).await;
    let notices = desk.session.state().notices.clone();
    let is_fault = |kind: &NoticeKind| matches!(kind, NoticeKind::SettingsFile(_));
    assert!(!notices.iter().any(|notice| is_fault(&notice.kind)), "what is mended is no news");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_deadline_holds_for_drafts_that_have_the_default() {
    let desk = Desk::without_demo();
    let own = desk.front().await;
    desk.edit(&own, |draft| draft.options.deadline_millis = Some(77));
    desk.send(Command::NewGrpcDraft);
    let usual = desk.until("a new draft", |state| state.active.filter(|id| *id != own.id)).await;
    desk.send(Command::ChangeSetting(SettingChange::Deadline(Some(4_000))));
    let deadline_of = |id| {
        move |state: &hoplens::session::State| {
            state.draft(id).and_then(|d| d.options.deadline_millis)
        }
    };
    desk.until("the new default", |s| deadline_of(usual)(s).filter(|ms| *ms == 4_000)).await;
    desk.send(Command::NewHttpDraft);
    let next = desk.until("another", |state| state.active.filter(|id| *id != usual)).await;
    let state = desk.session.state();
    assert_eq!((deadline_of(next)(&state), deadline_of(own.id)(&state)), (Some(4_000), Some(77)));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_draft_comes_back_with_all_that_it_said() {
    let desk = Desk::without_demo();
    let first = desk.front().await;
    desk.edit(&first, |draft| draft.body = "kept".into());
    desk.send(Command::CloseDraft(first.id));
    desk.until("closed", |s| (s.draft(first.id).is_none() && s.n_closed_drafts == 1).then_some(()))
        .await;
    desk.send(Command::ReopenDraft);
    let back = desk.until("open again", |state| state.draft(first.id).cloned()).await;
    assert_eq!((back.body.as_str(), desk.session.state().active), ("kept", Some(first.id)));
    assert_eq!(desk.session.state().n_closed_drafts, 0);
    desk.close().await;
}
