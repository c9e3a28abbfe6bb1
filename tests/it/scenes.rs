//! Scenes: each has its draft ready, and what it shows of balancing is true.

use std::net::TcpListener;
use std::sync::Arc;

use hoplens::model::{Protocol, Scene};
use hoplens::session::Command;
use hoplens::workspace::Draft;

use crate::desk::{Desk, outcome};

async fn choose(desk: &Desk, scene: Scene) -> Arc<Draft> {
    desk.send(Command::SelectScene(scene));
    desk.caught_up().await;
    let draft = desk.front().await;
    desk.until("a body", |state| {
        let draft = state.draft(draft.id)?;
        (draft.body != "{}").then(|| Arc::clone(draft))
    })
    .await
}

/// Who answers four sends.
async fn four_sends(desk: &Desk, draft: &Draft) -> Vec<String> {
    let mut served_by = Vec::new();
    for _ in 0..4 {
        let answer = desk.call(draft.id).await;
        assert!(outcome(&answer).unwrap().is_ok(), "{answer:?}");
        let call = answer.call.as_ref().unwrap();
        served_by.push(call.headers.get_str("x-served-by").unwrap().to_owned());
    }
    served_by.sort();
    served_by
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scene_has_a_draft_ready_and_switching_keeps_all_of_them() {
    let desk = Desk::with_demo().await;
    desk.source("greeter.proto").await;
    let first = desk.front().await;
    assert_eq!(desk.session.state().settings.scene, Scene::Shop);

    let direct = choose(&desk, Scene::Hello).await;
    let greeter = desk.instance("greeter-1").unwrap().address;
    assert_eq!(
        (direct.operation(), &direct.target),
        ("Greeter/SayHello".into(), &greeter.to_string())
    );
    assert_eq!(four_sends(&desk, &direct).await, ["greeter-1"; 4]);

    let balanced = choose(&desk, Scene::ThroughGateway).await;
    assert_eq!(balanced.id, first.id, "the draft of the first start goes through the gateway");
    let both = ["greeter-1", "greeter-1", "greeter-2", "greeter-2"];
    assert_eq!(four_sends(&desk, &balanced).await, both);

    let checkout = choose(&desk, Scene::Shop).await;
    assert_eq!((checkout.protocol, checkout.http_path.as_str()), (Protocol::Http, "/checkout"));
    let answer = desk.call(checkout.id).await;
    assert!(outcome(&answer).unwrap().is_ok(), "{answer:?}");

    desk.edit(&direct, |draft| draft.body = "{\"name\": \"Grace\"}".into());
    let again = choose(&desk, Scene::Hello).await;
    assert_eq!((again.id, again.body.as_str()), (direct.id, "{\"name\": \"Grace\"}"));
    assert_eq!(desk.session.state().drafts.len(), 3);

    let desk = desk.reopened(Some(true)).await;
    let front = desk.front().await;
    assert_eq!(desk.session.state().settings.scene, Scene::Hello);
    assert_eq!(front.body, "{\"name\": \"Grace\"}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_draft_of_hello_follows_the_greeter() {
    let desk = Desk::with_demo().await;
    desk.source("greeter.proto").await;
    let direct = choose(&desk, Scene::Hello).await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    desk.send(Command::SetInstancePort { instance: "greeter-1".into(), port });
    let moved = format!("127.0.0.1:{port}");
    desk.until("the new target", |state| (state.draft(direct.id)?.target == moved).then_some(()))
        .await;
    let answer = desk.call_until_ok(direct.id).await;
    let call = answer.call.as_ref().unwrap();
    assert_eq!(call.headers.get_str("x-served-by"), Some("greeter-1"));
    // A method that is chosen on the left goes where the scene goes.
    let source = desk.source("greeter.proto").await;
    for draft in &desk.session.state().drafts {
        desk.send(Command::CloseDraft(draft.id));
    }
    desk.caught_up().await;
    assert_eq!(desk.open_method(&source, "Greeter/SayHello").await.target, moved);
    desk.close().await;
}
