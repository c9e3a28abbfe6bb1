//! Starting, stopping and moving instances while calls run.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::Code;

use super::{Demo, channel_to, eventually, greet, http, served_by};
use crate::cluster::{ClusterError, ClusterOptions, PortPlan, StartState};
use crate::model::{Instance, InstanceState};

impl Demo {
    fn instance(&self, name: &str) -> Instance {
        let topology = Arc::clone(&self.handle.topology().borrow());
        let mut instances = topology.services.iter().flat_map(|service| &service.instances);
        instances.find(|known| &*known.name == name).unwrap().clone()
    }

    fn n_ready(&self) -> usize {
        let topology = Arc::clone(&self.handle.topology().borrow());
        topology.services.iter().map(crate::model::Service::n_ready).sum()
    }
}

#[tokio::test]
async fn all_start_and_every_instance_signs_its_answers() {
    let demo = Demo::start().await;
    assert_eq!(demo.n_ready(), 15);
    for instance in ["greeter-1", "greeter-2"] {
        let answer = greet(demo.channel(instance)).await.unwrap();
        assert_eq!(served_by(answer.metadata()), instance);
        assert_eq!(answer.into_inner().message, "Hello Ada");
    }
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let url = demo.url("storefront-1", "/products/sku-none");
        let answer = http().get(url).send().await.unwrap().text().await.unwrap();
        seen.extend((1..=3).filter(|n| answer.contains(&format!("catalog-{n}: "))));
    }
    assert_eq!(seen.len(), 3, "three calls, three instances: {seen:?}");
    demo.end().await;
}

#[tokio::test]
async fn a_stopped_instance_frees_its_port_and_comes_back_to_it() {
    let demo = Demo::start().await;
    let address = demo.address("greeter-1");
    let channel = demo.channel("greeter-1");
    greet(channel.clone()).await.unwrap();

    demo.handle.stop_instance("greeter-1").await.unwrap();
    assert_eq!(demo.instance("greeter-1").state, InstanceState::Stopped);
    let endpoints = Arc::clone(&demo.handle.endpoints().borrow());
    assert_eq!(endpoints.get("greeter").unwrap().len(), 1);
    assert_eq!(greet(channel.clone()).await.unwrap_err().code(), Code::Unavailable);
    drop(TcpListener::bind(address).await.unwrap());

    demo.handle.set_port("greeter-1", address.port()).await.unwrap();
    demo.handle.start_instance("greeter-1").await.unwrap();
    assert_eq!(demo.address("greeter-1"), address);
    greet(channel).await.unwrap();

    let unknown = demo.handle.stop_instance("greeter-9").await;
    assert!(matches!(unknown, Err(ClusterError::UnknownInstance(_))), "{unknown:?}");
    demo.end().await;
}

#[tokio::test]
async fn calls_under_way_while_an_instance_stops_end_well_or_say_unavailable() {
    let demo = Demo::start().await;
    let body = super::super::storefront_routes().last().unwrap().sample_body.unwrap();
    let mut calls = JoinSet::new();
    for n in 0..40 {
        let url = demo.url("storefront-1", "/checkout");
        let body = body.replace("ada", &format!("user-{n}"));
        calls.spawn(async move {
            let request = http().post(url).header("content-type", "application/json").body(body);
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        });
    }
    let (first, _) = calls.join_next().await.unwrap().unwrap();
    assert_eq!(first, 200);
    demo.handle.stop_instance("payment-1").await.unwrap();
    demo.handle.start_instance("payment-1").await.unwrap();
    let mut n_ok = 0;
    while let Some(call) = calls.join_next().await {
        let (status, answer) = call.unwrap();
        match status {
            200 => n_ok += 1,
            503 => assert!(answer.contains("payment-1"), "{answer}"),
            _ => panic!("{status}: {answer}"),
        }
    }
    assert!(n_ok > 0);
    demo.end().await;
}

#[tokio::test]
async fn a_taken_port_moves_one_instance_and_no_other() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let ports = PortPlan::any().with("greeter-1", port);
    let demo = Demo::start_with(&ClusterOptions { ports, ..Default::default() }).await;
    let instance = demo.instance("greeter-1");
    assert_eq!(instance.wanted_port, Some(port));
    assert_ne!(instance.address.port(), port);
    assert_eq!(demo.instance("greeter-2").wanted_port, None);
    greet(demo.channel("greeter-1")).await.unwrap();

    let refused = demo.handle.set_port("greeter-2", port).await;
    assert!(matches!(refused, Err(ClusterError::Port { .. })), "{refused:?}");
    greet(demo.channel("greeter-2")).await.unwrap();

    drop(taken);
    let old = demo.address("greeter-1");
    let moved = demo.handle.set_port("greeter-1", port).await.unwrap();
    assert_eq!((moved, demo.instance("greeter-1").wanted_port), (demo.address("greeter-1"), None));
    assert_eq!(moved.port(), port);
    greet(channel_to(moved)).await.unwrap();
    eventually("the old port is free", || std::net::TcpListener::bind(old).is_ok()).await;
    demo.end().await;
}

#[tokio::test]
async fn stop_all_frees_every_port_and_start_all_brings_all_back() {
    let demo = Demo::start().await;
    let topology = Arc::clone(&demo.handle.topology().borrow());
    let addresses: Vec<_> =
        topology.services.iter().flat_map(|s| &s.instances).map(|i| i.address).collect();
    demo.handle.stop_all().await.unwrap();
    assert_eq!(demo.n_ready(), 0);
    for address in addresses {
        drop(TcpListener::bind(address).await.unwrap());
    }
    // A start that meets a stop still under way waits for it.
    demo.handle.start_all().await.unwrap();
    let (stopped, started) = tokio::join!(demo.handle.stop_all(), demo.handle.start_all());
    stopped.unwrap();
    started.unwrap();
    assert_eq!(demo.n_ready(), 15);
    let handle = demo.handle.clone();
    demo.end().await;
    assert!(matches!(handle.start_all().await, Err(ClusterError::Ended)));
}

#[tokio::test]
async fn a_cluster_that_begins_stopped_holds_no_port_until_asked() {
    let (ports, start) = (PortPlan::any(), StartState::Stopped);
    let options = ClusterOptions { ports, start, ..ClusterOptions::default() };
    let demo = Demo::start_with(&options).await;
    assert_eq!(demo.n_ready(), 0);
    demo.handle.start_instance("greeter-2").await.unwrap();
    eventually("one is ready", || demo.n_ready() == 1).await;
    greet(demo.channel("greeter-2")).await.unwrap();
    demo.end().await;
}
