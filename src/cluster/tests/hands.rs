//! Killing, adding, removing, faults and logs.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tonic::Code;

use super::{Demo, channel_to, eventually, greet, http, served_by};
use crate::cluster::proto::shop::payment::v1::charge_request::PayWith;
use crate::cluster::proto::shop::payment::v1::{ChargeRequest, payment_client::PaymentClient};
use crate::cluster::proto::shop::types::v1::{Card, Money};
use crate::cluster::{ClusterError, ClusterOptions, max_instances, start};
use crate::model::{Clock, Code as Status, Delay, Failing, Fault, InstanceState, Spread, Whom};
use crate::telemetry::Recorder;

fn instance(name: &str) -> Whom {
    Whom::Instance(name.to_owned())
}

fn failing(percent: u8, code: Status) -> Fault {
    Fault { failing: Some(Failing { percent, code }), ..Fault::default() }
}

#[tokio::test]
async fn a_killed_instance_breaks_its_calls_and_starts_again() {
    let demo = Demo::start().await;
    demo.handle.set_fault(instance("greeter-1"), slow(2_000)).await.unwrap();
    let channel = demo.channel("greeter-1");
    let call = tokio::spawn(greet(channel.clone()));
    let is_open = || demo.spans.lock().values().any(|span| &*span.service == "greeter");
    eventually("the call arrives", is_open).await;
    demo.handle.kill("greeter-1").await.unwrap();
    let status = call.await.unwrap().unwrap_err();
    assert_ne!(status.code(), Code::DeadlineExceeded, "{status}");
    assert!(greet(channel).await.is_err());
    demo.handle.start_instance("greeter-1").await.unwrap();
    demo.handle.set_fault(instance("greeter-1"), Fault::default()).await.unwrap();
    greet(demo.channel("greeter-1")).await.unwrap();
    demo.end().await;
}

fn slow(millis: u64) -> Fault {
    let delay = Delay { longest: Duration::from_millis(millis), spread: Spread::Fixed };
    Fault { delay: Some(delay), ..Fault::default() }
}

#[tokio::test]
async fn instances_come_and_go() {
    let demo = Demo::start().await;
    let name = demo.handle.add_instance("greeter").await.unwrap();
    assert_eq!(&*name, "greeter-3");
    let endpoints = || demo.handle.endpoints().borrow().get("greeter").unwrap().len();
    assert_eq!(endpoints(), 3);
    let answer = greet(demo.channel("greeter-3")).await.unwrap();
    assert_eq!(served_by(answer.metadata()), "greeter-3");

    demo.handle.remove_instance("greeter-2").await.unwrap();
    assert_eq!(endpoints(), 2);
    let known = |name: &str| {
        let topology = demo.handle.topology().borrow().clone();
        topology.service("greeter").unwrap().instances.iter().any(|i| &*i.name == name)
    };
    assert!(!known("greeter-2"));
    let again = demo.handle.add_instance("greeter").await.unwrap();
    assert_eq!(&*again, "greeter-2", "the free number is given again");
    assert!(known("greeter-2"));

    let last = demo.handle.remove_instance("storefront-1").await.unwrap_err();
    assert!(matches!(last, ClusterError::LastOne(_)), "{last}");
    let unknown = demo.handle.add_instance("nobody").await.unwrap_err();
    assert!(matches!(unknown, ClusterError::UnknownService(_)), "{unknown}");
    let error = loop {
        if let Err(error) = demo.handle.add_instance("cart").await {
            break error;
        }
    };
    assert!(matches!(error, ClusterError::TooMany { most } if most == max_instances()), "{error}");
    demo.end().await;
}

#[tokio::test]
async fn one_that_is_being_removed_is_no_sibling_and_does_not_come_back() {
    let demo = Demo::start().await;
    demo.handle.set_fault(instance("payment-1"), slow(1_000)).await.unwrap();
    let payment = ChargeRequest {
        order_id: "order".into(),
        amount: Some(Money { currency_code: "EUR".into(), cents: 100 }),
        pay_with: Some(PayWith::Card(Card { number: "4242 4242 4242 4242".into() })),
    };
    let mut client = PaymentClient::new(demo.channel("payment-1"));
    let call = tokio::spawn(async move { client.charge(payment).await });
    let is_open = || demo.spans.lock().values().any(|span| &*span.service == "payment");
    eventually("the call arrives", is_open).await;
    let handle = demo.handle.clone();
    let removed = tokio::spawn(async move { handle.remove_instance("payment-1").await });
    let state = |name: &str| {
        let topology = demo.handle.topology().borrow().clone();
        let service = topology.service("payment").unwrap().clone();
        service.instances.into_iter().find(|i| &*i.name == name).map(|i| i.state)
    };
    eventually("it drains", || state("payment-1") == Some(InstanceState::Draining)).await;
    let last = demo.handle.remove_instance("payment-2").await.unwrap_err();
    assert!(matches!(last, ClusterError::LastOne(_)), "{last}");
    demo.handle.start_all().await.unwrap();
    let again = demo.handle.start_instance("payment-1").await.unwrap_err();
    assert!(matches!(again, ClusterError::Overtaken), "{again}");
    call.await.unwrap().unwrap();
    removed.await.unwrap().unwrap();
    assert_eq!(state("payment-1"), None);
    assert_eq!(state("payment-2"), Some(InstanceState::Ready));
    demo.end().await;
}

#[tokio::test]
async fn added_instances_ask_for_ports_of_their_own() {
    let scale = [("catalog".to_owned(), 5)].into();
    let options = ClusterOptions { scale, ..ClusterOptions::default() };
    let (recorder, _reports) = Recorder::channel(Clock::start(), 64);
    let (handle, _run) = start(&options, &recorder, CancellationToken::new()).unwrap();
    // Nobody runs it: what they ask for stands as their address.
    let topology = handle.topology().borrow().clone();
    let instances = &topology.service("catalog").unwrap().instances;
    let ports: Vec<_> = instances.iter().map(|instance| instance.address.port()).collect();
    assert_eq!(ports[3..], [50066, 50067]);
    assert!(instances.iter().all(|instance| instance.wanted_port.is_none()));
}

#[tokio::test]
async fn faults_are_borne_by_calls_and_not_by_health() {
    let demo = Demo::start().await;
    demo.handle
        .set_fault(Whom::Service("greeter".into()), failing(100, Status::ResourceExhausted))
        .await
        .unwrap();
    for name in ["greeter-1", "greeter-2"] {
        let status = greet(demo.channel(name)).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(status.message(), format!("{name} was told to fail"));
    }
    let mut health = tonic_health::pb::health_client::HealthClient::new(demo.channel("greeter-1"));
    let asked = tonic_health::pb::HealthCheckRequest { service: "Greeter".into() };
    health.check(asked).await.unwrap();

    demo.handle
        .set_fault(instance("inventory-1"), failing(100, Status::Unavailable))
        .await
        .unwrap();
    let answer = http().get(demo.url("inventory-1", "/stock")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 503);
    assert!(answer.text().await.unwrap().contains("inventory-1 was told to fail"));

    demo.handle.set_fault(instance("greeter-1"), slow(300)).await.unwrap();
    let began = Instant::now();
    greet(demo.channel("greeter-1")).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(300));

    let both = Fault { is_hanging: true, ..slow(1) };
    let error = demo.handle.set_fault(instance("greeter-1"), both).await.unwrap_err();
    assert!(matches!(error, ClusterError::Fault(_)), "{error}");
    demo.end().await;
}

#[tokio::test]
async fn what_hangs_accepts_and_answers_once_it_is_let_go() {
    let demo = Demo::start().await;
    let known = demo.channel("greeter-1");
    greet(known.clone()).await.unwrap();
    let hanging = Fault { is_hanging: true, ..Fault::default() };
    demo.handle.set_fault(instance("greeter-1"), hanging).await.unwrap();
    let address = demo.address("greeter-1");
    // A new connection is accepted by the system, a kept one by the server: both wait.
    tokio::net::TcpStream::connect(address).await.unwrap();
    let calls = [tokio::spawn(greet(known)), tokio::spawn(greet(channel_to(address)))];
    let n_open = || demo.spans.lock().values().filter(|span| span.ended.is_none()).count();
    eventually("the call on the kept connection arrives", || n_open() == 1).await;
    assert!(calls.iter().all(|call| !call.is_finished()));
    demo.handle.set_fault(instance("greeter-1"), Fault::default()).await.unwrap();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    // One that hangs can be stopped.
    demo.handle.set_fault(instance("greeter-1"), hanging).await.unwrap();
    demo.handle.stop_instance("greeter-1").await.unwrap();
    demo.end().await;
}

#[tokio::test]
async fn the_log_says_what_was_received_and_links_it() {
    let demo = Demo::start().await;
    greet(demo.channel("greeter-1")).await.unwrap();
    let log = demo.handle.log("greeter-1", u64::MAX).await.unwrap().unwrap();
    let texts: Vec<_> = log.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts[0], "Received: Ada");
    assert!(texts[1].starts_with("Greeter/SayHello: 0 OK in "), "{texts:?}");
    let traces: Vec<_> = log.lines.iter().map(|line| line.trace.unwrap()).collect();
    assert_eq!(traces[0], traces[1]);
    assert!(demo.spans.lock().values().any(|span| span.trace_id == traces[0]));
    assert_eq!(demo.handle.log("greeter-1", log.n_written).await.unwrap(), None);
    demo.end().await;
}
