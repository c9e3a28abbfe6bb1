//! Calls that do not end by themselves: cancel, deadline, and what replaces them.

use hoplens::model::{Code, Outcome, StatusOrigin};
use hoplens::session::Command;

use crate::desk::{Desk, eventually, outcome};
use crate::peers::silent_server;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_a_call_reaches_the_peer() {
    let (address, seen, _tasks) = silent_server().await;
    let desk = Desk::without_demo();
    let source = desk.source("greeter.proto").await;
    let draft = desk.open_method(&source, "Greeter/SayHello").await;
    let draft = desk.edit(&draft, |draft| {
        draft.target = address.to_string();
        draft.options.deadline_millis = None;
    });

    desk.send(Command::SendCall(draft.id));
    eventually("the first call", || seen.started(1)).await;
    desk.send(Command::CancelCall(draft.id));
    assert_eq!(desk.outcome(draft.id).await, Outcome::Cancelled);
    eventually("the first reset", || seen.dropped(1)).await;

    // The next Send replaces the one that runs.
    desk.send(Command::SendCall(draft.id));
    eventually("the second call", || seen.started(2)).await;
    desk.send(Command::SendCall(draft.id));
    eventually("the third call", || seen.started(3)).await;
    eventually("the second reset", || seen.dropped(2)).await;
    desk.send(Command::CancelCall(draft.id));
    eventually("the third reset", || seen.dropped(3)).await;
    assert_eq!(desk.outcome(draft.id).await, Outcome::Cancelled);

    let draft = desk.edit(&draft, |draft| draft.options.deadline_millis = Some(100));
    let answer = desk.call(draft.id).await;
    let Some(Outcome::Grpc { code, origin, .. }) = outcome(&answer) else { panic!("{answer:?}") };
    assert_eq!((*code, *origin), (Code::DeadlineExceeded, StatusOrigin::Deadline));
    eventually("the reset at the deadline", || seen.dropped(4)).await;

    // Closing the draft ends its call.
    desk.edit(&draft, |draft| draft.options.deadline_millis = None);
    desk.send(Command::SendCall(draft.id));
    eventually("the last call", || seen.started(5)).await;
    desk.send(Command::CloseDraft(draft.id));
    eventually("the last reset", || seen.dropped(5)).await;
    desk.until("no answer", |state| (!state.answers.contains_key(&draft.id)).then_some(())).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_send_ends_the_call_that_runs() {
    let (address, seen, _tasks) = silent_server().await;
    let desk = Desk::without_demo();
    let source = desk.source("greeter.proto").await;
    let draft = desk.open_method(&source, "Greeter/SayHello").await;
    let draft = desk.edit(&draft, |draft| draft.target = address.to_string());
    desk.send(Command::SendCall(draft.id));
    eventually("the call", || seen.started(1)).await;
    desk.edit(&draft, |draft| draft.body = "{".into());
    desk.send(Command::SendCall(draft.id));
    eventually("the reset", || seen.dropped(1)).await;
    let answer = desk
        .until("the refusal", |state| {
            let answer = state.answers.get(&draft.id)?;
            answer.refusal.is_some().then(|| answer.clone())
        })
        .await;
    assert!(answer.call.is_none());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_told_in_facts() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let desk = Desk::without_demo();
    let source = desk.source("greeter.proto").await;
    let draft = desk.open_method(&source, "Greeter/SayHello").await;
    desk.edit(&draft, |draft| draft.target = address.to_string());
    let answer = desk.call(draft.id).await;
    let Some(Outcome::Failed(cause)) = outcome(&answer) else { panic!("{answer:?}") };
    assert_eq!(cause.to_string(), format!("connection refused on {address}"));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_takes_its_calls_along() {
    let (address, seen, _tasks) = silent_server().await;
    let desk = Desk::without_demo();
    let source = desk.source("greeter.proto").await;
    let draft = desk.open_method(&source, "Greeter/SayHello").await;
    desk.edit(&draft, |draft| draft.target = address.to_string());
    desk.send(Command::SendCall(draft.id));
    eventually("the call", || seen.started(1)).await;
    desk.close().await;
    eventually("the reset", || seen.dropped(1)).await;
}
