//! The demo and the gateway at the person's wish: stopped, started and moved while calls run.

use std::net::TcpListener;
use std::sync::Arc;

use hoplens::model::{Code, DraftId, GATEWAY, InstanceState, Outcome};
use hoplens::session::{Command, DemoPhase, NoticeKind};

use crate::desk::{Desk, eventually, outcome, shown};

async fn greeting(desk: &Desk) -> DraftId {
    let source = desk.source("greeter.proto").await;
    let draft = desk.open_method(&source, "Greeter/SayHello").await;
    let address = desk.until("the gateway", |state| state.gateway.address).await;
    desk.edit(&draft, |draft| {
        draft.target = address.to_string();
        draft.body = "{\"name\": \"Ada\"}".into();
    });
    draft.id
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_stops_and_starts_while_calls_run() {
    let desk = Desk::with_demo().await;
    let draft = greeting(&desk).await;
    let ours = |name: &str| Arc::<str>::from(name);
    desk.send(Command::StopInstance(ours("greeter-1")));
    let mut served_by = Vec::new();
    // Sent all along the stop; the last ones certainly after it.
    while served_by.len() < 8 || desk.instance("greeter-1").unwrap().state != InstanceState::Stopped
    {
        let answer = desk.call(draft).await;
        match outcome(&answer) {
            Some(Outcome::Grpc { number: 0, .. }) => {
                let call = answer.call.as_ref().unwrap();
                served_by.push(call.headers.get_str("x-served-by").unwrap().to_owned());
            }
            Some(Outcome::Grpc { code: Code::Unavailable, message, .. }) => {
                assert!(message.contains("greeter-1"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
    for _ in 0..3 {
        let answer = desk.call(draft).await;
        let call = answer.call.as_ref().unwrap();
        assert_eq!(call.headers.get_str("x-served-by"), Some("greeter-2"));
    }
    let stopped = desk.instance_in("greeter-1", InstanceState::Stopped).await;
    drop(TcpListener::bind(stopped.address).unwrap());

    desk.send(Command::StopInstance(ours("greeter-2")));
    desk.instance_in("greeter-2", InstanceState::Stopped).await;
    let answer = desk.call(draft).await;
    let Some(Outcome::Grpc { code: Code::Unavailable, message, .. }) = outcome(&answer) else {
        panic!("{answer:?}")
    };
    assert!(message.starts_with("gateway balance: "), "{message}");

    desk.send(Command::StartInstance(ours("greeter-1")));
    desk.instance_in("greeter-1", InstanceState::Ready).await;
    let answer = desk.call(draft).await;
    assert!(outcome(&answer).unwrap().is_ok(), "{answer:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_demo_frees_every_port_and_is_remembered() {
    let desk = Desk::with_demo().await;
    let draft = greeting(&desk).await;
    let ports = desk.ports();
    desk.send(Command::StopDemo);
    desk.notice("the end", |kind| matches!(kind, NoticeKind::DemoStopped).then_some(())).await;
    assert_eq!(desk.session.state().demo, DemoPhase::Stopped);
    for port in ports {
        let bound =
            eventually(format!("port {port}"), || TcpListener::bind(("127.0.0.1", port)).ok())
                .await;
        drop(bound);
    }
    assert_eq!(desk.session.state().gateway.address, None);
    let answer = desk.call(draft).await;
    assert!(matches!(outcome(&answer), Some(Outcome::Failed(_))), "{answer:?}");

    let desk = desk.reopened(None).await;
    desk.front().await;
    assert_eq!(desk.session.state().demo, DemoPhase::Stopped);
    assert_eq!(desk.ports(), Vec::<u16>::new());

    // One wish right after the other.
    desk.send(Command::StartDemo);
    desk.send(Command::StopDemo);
    desk.send(Command::StartDemo);
    desk.until("the demo again", |state| {
        (state.demo == DemoPhase::Running && state.gateway.address.is_some()).then_some(())
    })
    .await;
    let draft = greeting(&desk).await;
    let answer = desk.call_until_ok(draft).await;
    assert!(shown(&answer).contains("Hello Ada"), "{answer:?}");
    let desk = desk.reopened(None).await;
    desk.demo_ready().await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_moves_and_comes_back_to_its_own_port() {
    let desk = Desk::with_demo().await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    desk.send(Command::SetGatewayPort(port));
    let at = |wanted: u16| {
        move |state: &hoplens::session::State| {
            state.gateway.address.filter(|address| address.port() == wanted).map(|_| ())
        }
    };
    desk.until("the new port", at(port)).await;
    // Stopped and started in one breath: its own listener is not in its way.
    for _ in 0..3 {
        desk.send(Command::StopGateway);
        desk.send(Command::StartGateway);
        desk.caught_up().await;
        desk.until("the gateway", at(port)).await;
    }
    desk.send(Command::SetGatewayPort(port));
    desk.caught_up().await;
    desk.until("the same port", at(port)).await;
    let is_taken = |kind: &NoticeKind| matches!(kind, NoticeKind::PortTaken { listener, .. } if &**listener == GATEWAY);
    assert!(!desk.session.state().notices.iter().any(|notice| is_taken(&notice.kind)));
    let draft = greeting(&desk).await;
    let answer = desk.call(draft).await;
    assert!(outcome(&answer).unwrap().is_ok(), "{answer:?}");

    // A taken port: the next free one, and a word about it.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let wanted_port = taken.local_addr().unwrap().port();
    desk.send(Command::SetGatewayPort(wanted_port));
    let got_port = desk
        .notice("the taken port", |kind| match kind {
            NoticeKind::PortTaken { wanted, got, .. } if *wanted == wanted_port => Some(*got),
            _ => None,
        })
        .await;
    assert_ne!(got_port, wanted_port);
    desk.until("the next port", at(got_port)).await;
    assert_eq!(desk.session.state().gateway.wanted_port, Some(wanted_port));
    desk.send(Command::StopGateway);
    desk.until("no gateway", |state| state.gateway.address.is_none().then_some(())).await;

    // It is remembered that it is stopped, and which port it wants.
    let desk = desk.reopened(Some(true)).await;
    desk.demo_ready().await;
    assert_eq!(desk.session.state().gateway.address, None);
    assert_eq!(desk.session.state().settings.gateway_port, Some(wanted_port));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_moves_to_the_port_it_is_given() {
    let desk = Desk::with_demo().await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let instance: Arc<str> = "cart-1".into();
    desk.send(Command::SetInstancePort { instance: Arc::clone(&instance), port });
    eventually("the new port", || {
        let cart = desk.instance("cart-1")?;
        (cart.address.port() == port && cart.state == InstanceState::Ready).then_some(())
    })
    .await;

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken_port = taken.local_addr().unwrap().port();
    desk.send(Command::SetInstancePort { instance, port: taken_port });
    desk.notice("the refusal", |kind| {
        matches!(kind, NoticeKind::NotDone { whom, .. } if &**whom == "cart-1").then_some(())
    })
    .await;
    // What could not be done is not remembered.
    assert_eq!(desk.session.state().settings.instance_ports.get("cart-1"), Some(&port));
    assert_eq!(desk.instance("cart-1").unwrap().address.port(), port);
    desk.close().await;
}
