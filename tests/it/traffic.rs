//! Every call of the shoppers is accounted for, whatever happens to those who answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hoplens::model::{InstanceState, NodeKind};
use hoplens::session::{Command, State};

use crate::desk::{Desk, eventually};

/// How long instances die while the shoppers walk.
const RUN: Duration = Duration::from_secs(5);
/// One dies in each of these.
const PAUSE: Duration = Duration::from_millis(500);

/// Two of each service: one that dies leaves another.
fn victims(desk: &Desk) -> Vec<Arc<str>> {
    let snapshot = desk.session.snapshot();
    let services = snapshot.topology.services.iter();
    let demo = services.filter(|service| service.kind == NodeKind::Demo);
    demo.flat_map(|service| service.instances.iter().take(2))
        .map(|instance| Arc::clone(&instance.name))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn shoppers_come_when_the_shop_is_open() {
    let desk = Desk::open(Arc::new(tempfile::tempdir().unwrap()), Some(true));
    desk.send(Command::SetTraffic(200));
    let n_enough = |state: &State| {
        let figures = &state.traffic.figures;
        (figures.n_answered > 60).then(|| figures.clone())
    };
    let figures = desk.until("sixty calls", n_enough).await;
    // A declined card is one of theirs; nobody stood before a closed door.
    let is_declined = |status: &&Arc<str>| matches!(&***status, "409" | "FAILED_PRECONDITION");
    let others: Vec<_> = figures.failed.keys().filter(|status| !is_declined(status)).collect();
    assert!(others.is_empty(), "{figures:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_ends_while_instances_die_and_come_back() {
    let desk = Desk::with_demo().await;
    desk.send(Command::SetTraffic(200));
    desk.until("traffic", |state| (state.traffic.figures.n_answered > 0).then_some(())).await;
    let victims = victims(&desk);
    let begun = Instant::now();
    for (idx, victim) in victims.iter().cycle().enumerate() {
        if begun.elapsed() > RUN {
            break;
        }
        desk.send(Command::KillInstance(Arc::clone(victim)));
        desk.instance_in(victim, InstanceState::Stopped).await;
        desk.send(Command::StartInstance(Arc::clone(victim)));
        desk.instance_in(victim, InstanceState::Ready).await;
        let next = PAUSE * (idx as u32 + 1);
        eventually("the next", || (begun.elapsed() > next).then_some(())).await;
    }
    desk.send(Command::SetTraffic(0));
    let figures = desk
        .until("the last shopper", |state| {
            let figures = &state.traffic.figures;
            (figures.per_second == 0 && figures.n_sent > 0 && figures.n_open() == 0)
                .then(|| figures.clone())
        })
        .await;
    assert!(figures.n_sent > 400, "{figures:?}");
    assert_eq!(figures.n_sent, figures.n_answered + figures.n_failed(), "{figures:?}");
    assert!(figures.failed.keys().all(|status| !status.is_empty()), "{figures:?}");
    // The shop stands again, and most were served all along.
    assert!(figures.n_answered > figures.n_sent / 2, "{figures:?}");
    for victim in &victims {
        assert_eq!(desk.instance(victim).unwrap().state, InstanceState::Ready, "{victim}");
    }
    desk.close().await;
}
