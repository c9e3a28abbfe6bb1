//! Answers that do not fit the contract, and a session that is asked for too much.

use std::sync::Arc;

use hoplens::model::{Outcome, ProblemKind, TraceId};
use hoplens::session::{AnswerBody, Command, Loadable, Session, SessionOptions};

use crate::desk::{Desk, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn what_an_answer_has_beyond_the_contract_is_said() {
    let desk = Desk::with_demo().await;
    let greeter = desk.instance("greeter-1").unwrap().address.to_string();
    let ask = async |name: &str, reply: &str| {
        let file = desk.folder().join(name);
        let text = format!(
            "syntax = \"proto3\"; service Greeter {{ rpc SayHello (HelloRequest) returns (HelloReply); }} \
             message HelloRequest {{ string name = 1; }} message HelloReply {{ {reply} }}"
        );
        std::fs::write(&file, text).unwrap();
        let source = desk.load(&[file], name).await;
        let draft = desk.open_method(&source, "Greeter/SayHello").await;
        desk.edit(&draft, |draft| draft.target.clone_from(&greeter));
        let answer = desk.call(draft.id).await;
        assert!(matches!(outcome(&answer), Some(Outcome::Grpc { number: 0, .. })), "{answer:?}");
        answer
    };
    // An older contract: the new field is counted, not shown.
    let answer = ask("older.proto", "string title = 2;").await;
    let AnswerBody::Message { json, problems } = &answer.body else { panic!("{answer:?}") };
    assert_eq!(json.text(), "{}");
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(
        problem.kind,
        ProblemKind::UnreadFields { message: "HelloReply".into(), n_fields: 1 }
    );
    // Another contract: the bytes are shown, and why.
    let answer = ask("other.proto", "fixed64 message = 1;").await;
    let AnswerBody::Binary { bytes, problems } = &answer.body else { panic!("{answer:?}") };
    assert!(bytes.ends_with(b"Hello "), "{bytes:?}");
    assert!(
        matches!(&problems[0].kind, ProblemKind::NotProtobuf { message, .. } if message == "HelloReply")
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_that_nobody_knows_is_said_to_be_missing() {
    let desk = Desk::without_demo();
    let ids: Vec<TraceId> = (0..80).map(|_| TraceId::random()).collect();
    for id in &ids {
        desk.send(Command::FetchTrace(*id));
    }
    let last = ids[ids.len() - 1];
    desk.until("the word", |state| {
        matches!(state.traces.get(&last)?, Loadable::Failed { .. }).then_some(())
    })
    .await;
    let state = desk.session.state();
    assert!(state.traces.len() < ids.len() && !state.traces.contains_key(&ids[0]));
    desk.close().await;
}

#[tokio::test]
async fn commands_beyond_the_queue_are_given_back_and_counted() {
    // Nobody runs this session yet: the queue fills.
    let (session, run) =
        Session::start(SessionOptions { is_demo_wanted: Some(false), ..SessionOptions::default() });
    let layout: Arc<str> = "panes".into();
    let refused = (0..1_000)
        .filter(|_| session.try_send(Command::SaveLayout(Arc::clone(&layout))).is_err())
        .count() as u64;
    assert!(refused > 0);
    assert_eq!(session.n_refused(), refused);
    let run = tokio::spawn(run);
    crate::desk::eventually("the count", || {
        (session.state().n_dropped == refused && session.state().layout.is_some()).then_some(())
    })
    .await;
    session.try_send(Command::Shutdown).unwrap();
    session.ended().await;
    run.await.unwrap();
}
