//! `hoplens demo`: cluster and gateway without a window, until Ctrl-C.

use serde_json::json;

use super::args::DemoArgs;
use super::call::could_not;
use super::exit::Exit;
use super::hands::agreed;
use super::report::{complain, print};
use crate::model::{InstanceState, NodeKind, ServiceProtocol, Topology, TrafficFigures};
use crate::session::{NoticeKind, Session, SessionOptions, run_demo};
use crate::text::{fill, t};

/// Runs until Ctrl-C, then drains.
pub(super) async fn run(args: DemoArgs) -> Exit {
    let (faults, scale) = match agreed(args.faults, args.scale) {
        Ok(agreed) => agreed,
        Err(words) => return could_not(&words),
    };
    let options = SessionOptions {
        is_demo_wanted: Some(true),
        has_ephemeral_ports: args.free_ports,
        scale,
        faults,
        traffic_per_second: args.traffic,
        ..SessionOptions::default()
    };
    let figures = run_demo(options, |session| {
        let topology = &session.snapshot().topology;
        if args.json {
            print(&as_json(topology));
        } else {
            print(&as_text(topology));
            complain_of_taken_ports(session);
            complain(t("cli.demo_stop"));
        }
    })
    .await;
    if args.traffic > 0 {
        complain(&traffic_words(&figures));
    }
    Exit::Ok
}

/// What became of the shoppers' calls: the sum is right for whoever counts.
fn traffic_words(figures: &TrafficFigures) -> String {
    let by_status = figures.failed.iter().map(|(status, n)| format!("{status} {n}"));
    let by_status = by_status.collect::<Vec<_>>().join(", ");
    let failed = match figures.n_failed() {
        0 => "0".to_owned(),
        n_failed => format!("{n_failed} ({by_status})"),
    };
    let args: [(&str, &dyn std::fmt::Display); 5] = [
        ("sent", &figures.n_sent),
        ("answered", &figures.n_answered),
        ("failed", &failed),
        ("open", &figures.n_open()),
        ("away", &figures.n_turned_away),
    ];
    fill("cli.traffic", &args)
}

fn complain_of_taken_ports(session: &Session) {
    for notice in &session.state().notices {
        if let NoticeKind::PortTaken { listener, wanted, got } = &notice.kind {
            let args: [(&str, &dyn std::fmt::Display); 3] =
                [("listener", listener), ("wanted", wanted), ("got", got)];
            complain(&fill("cli.port_taken", &args));
        }
    }
}

/// As scripts read it.
const BOTH: &str = "http and grpc";

fn listeners(
    topology: &Topology,
) -> impl Iterator<Item = (&str, &str, std::net::SocketAddr, &str)> {
    topology.services.iter().filter(|service| service.kind != NodeKind::Client).flat_map(
        |service| {
            let protocol = match service.protocol {
                ServiceProtocol::Grpc => "grpc",
                ServiceProtocol::Http => "http",
                ServiceProtocol::Both => BOTH,
            };
            service
                .instances
                .iter()
                .filter(|instance| instance.state == InstanceState::Ready)
                .map(move |instance| (&*service.name, &*instance.name, instance.address, protocol))
        },
    )
}

fn as_text(topology: &Topology) -> String {
    let rows = listeners(topology).map(|(_, instance, address, protocol)| {
        let protocol = if protocol == BOTH { t("cli.http_and_grpc") } else { protocol };
        format!("{instance:<14} {address:<22} {protocol}")
    });
    rows.collect::<Vec<_>>().join("\n")
}

fn as_json(topology: &Topology) -> String {
    let rows: Vec<_> = listeners(topology)
        .map(|(service, instance, address, protocol)| {
            json!({
                "service": service,
                "instance": instance,
                "address": address.to_string(),
                "port": address.port(),
                "protocol": protocol,
            })
        })
        .collect();
    json!({ "version": 1, "listeners": rows }).to_string()
}
