//! What `--copy-as` prints, run by a shell as it stands.

use hoplens::model::{CopyFormat, Outcome, PasteNote};
use hoplens::session::{Command, NoticeKind};

use crate::command_line::demo;
use crate::program::hoplens;
use crate::source::root;

/// Runs a line with our program under its own name.
fn in_a_shell(line: &str, env: (&str, &str)) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_hoplens"), folder.path().join("hoplens"))
        .unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", line]).env("PATH", path).env(env.0, env.1);
    let done = shell.env("HOPLENS_CONFIG_DIR", folder.path()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(done.stdout), text(done.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_line_makes_the_call_that_was_copied() {
    let (_desk, greeter, gateway) = demo().await;
    let protos = root().join("sample-protos").display().to_string();
    let name = "it's $HOME `id`\n\\ \"!\" 日本";
    let data = serde_json::json!({ "name": name }).to_string();
    let call =
        ["call", &greeter, "Greeter/SayHello", "-d", &data, "-H", "authorization: Bearer s3cret"];
    for more in [&[][..], &["-I", &protos, "--proto", "greeter.proto", "--deadline", "1500ms"]] {
        let copied = [&call[..], more, &["--copy-as", "hoplens"]].concat();
        let done = hoplens(&copied).await.with(0).saying(&["authorization", "TOKEN"]);
        assert!(!done.stdout.contains("s3cret"), "{done:?}");
        let (said, _) =
            in_a_shell(&format!("{} --json", done.stdout.trim_end()), ("TOKEN", "s3cret"));
        let report: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(report["message"]["message"], format!("Hello {name}"), "{report}");
    }

    let url = format!("http://{gateway}/products?page_size=2");
    let http = ["http", "GET", &url, "-H", "x-tenant: it's", "--copy-as", "hoplens"];
    let done = hoplens(&http).await.with(0);
    let (said, errors) = in_a_shell(&done.stdout, ("TOKEN", ""));
    assert!(errors.starts_with("200"), "{said} {errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_needs_the_contract_and_a_line_does_not() {
    let nowhere = ["call", "127.0.0.1:1", "Greeter/SayHello", "--copy-as"];
    let done = hoplens(&[&nowhere[..], &["grpcurl"]].concat()).await.with(0);
    assert_eq!(done.stdout, "grpcurl -plaintext 127.0.0.1:1 Greeter/SayHello\n");
    assert_eq!(done.stderr, "");
    let done = hoplens(&[&nowhere[..], &["python"]].concat()).await.with(2);
    assert_eq!(done.stdout, "");
    hoplens(&[&nowhere[..], &["go", "--json"]].concat()).await.with(2).saying(&["--json"]);
    hoplens(&[&nowhere[..], &["curl"]].concat()).await.with(2).saying(&["curl"]);
    let (_desk, greeter, _) = demo().await;
    let gone = ["call", &greeter, "Greeter/Gone", "--copy-as", "rust"];
    hoplens(&gone).await.with(2).saying(&["Greeter/Gone"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_command_makes_the_call_and_is_copied_again() {
    let (desk, greeter, _) = demo().await;
    let line = format!(
        "grpcurl -plaintext -max-time 5 -d '{{\"name\": \"Ada\"}}' {greeter} Greeter/SayHello"
    );
    desk.send(Command::PasteGrpcurl(format!("$ {line} -nosuch | jq .").into()));
    let notes = desk
        .until("the paste", |state| {
            state.notices.iter().find_map(|notice| match &notice.kind {
                NoticeKind::Pasted { notes } => Some(notes.clone()),
                _ => None,
            })
        })
        .await;
    let expect =
        [PasteNote::UnknownFlag("-nosuch".to_owned()), PasteNote::Rest("| jq .".to_owned())];
    assert_eq!(notes, expect);
    let id = desk.session.state().active.unwrap();
    desk.send(Command::SendCall(id));
    desk.until("the answer", |state| {
        let call = state.answers.get(&id)?.call.as_ref()?;
        call.outcome.as_ref().is_some_and(Outcome::is_ok).then_some(())
    })
    .await;
    desk.send(Command::CopyAs { draft: id, format: CopyFormat::Grpcurl });
    let copied = desk.until("the copy", |state| state.copied.clone()).await;
    assert_eq!(copied.text, line);
}
