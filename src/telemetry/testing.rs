//! Spans for tests, in few words.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    AttributeValue, CLIENT, DeclaredEdge, Direction, Fault, GATEWAY, Instance, InstanceState,
    NodeKind, Protocol, Service, ServiceProtocol, Span, SpanId, SpanKind, SpanMessages, SpanStatus,
    Timestamp, Topology, TraceId,
};

/// The time at which tests begin.
pub(crate) const START: Timestamp = Timestamp(1_700_000_000_000_000_000);

/// `START` and so many milliseconds.
pub(crate) fn at(millis: u64) -> Timestamp {
    START + Duration::from_millis(millis)
}

/// The trace of this number.
pub(crate) fn trace_id(number: u64) -> TraceId {
    let mut bytes = [1; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    TraceId(bytes)
}

/// The span of this number.
pub(crate) fn span_id(number: u64) -> SpanId {
    SpanId(number.to_be_bytes())
}

/// A running client span of trace 1 that started at `START`.
pub(crate) fn client(service: &str, number: u64, parent: Option<u64>) -> Span {
    span(SpanKind::Client, service, number, parent)
}

/// A running server span of trace 1 that started at `START`.
pub(crate) fn server(service: &str, number: u64, parent: Option<u64>) -> Span {
    span(SpanKind::Server, service, number, parent)
}

fn span(kind: SpanKind, service: &str, number: u64, parent: Option<u64>) -> Span {
    Span {
        trace_id: trace_id(1),
        span_id: span_id(number),
        parent: parent.map(span_id),
        kind,
        service: service.into(),
        instance: None,
        name: "Do".into(),
        protocol: Protocol::Grpc,
        peer: None,
        started: START,
        ended: None,
        status: SpanStatus::Running,
        is_internal: false,
        call: None,
        attributes: Vec::new(),
        messages: SpanMessages::default(),
    }
}

/// Variations of a span.
pub(crate) trait SpanExt {
    /// In another trace.
    fn trace(self, number: u64) -> Self;
    /// With a peer.
    fn peer(self, peer: &str) -> Self;
    /// Served by this instance.
    fn by(self, instance: &str) -> Self;
    /// With another name.
    fn name(self, name: &str) -> Self;
    /// With a text attribute.
    fn text(self, key: &str, value: &str) -> Self;
    /// With a number.
    fn int(self, key: &str, value: i64) -> Self;
    /// From and to these milliseconds after `START`, ended well.
    fn ran(self, from: u64, to: u64) -> Self;
    /// From these milliseconds after `START`.
    fn from(self, from: u64) -> Self;
    /// Ended badly.
    fn failed(self) -> Self;
    /// A health check.
    fn internal(self) -> Self;
    /// With messages, each at these milliseconds after `START`.
    fn passing(self, messages: &[(Direction, u64)]) -> Self;
}

impl SpanExt for Span {
    fn trace(self, number: u64) -> Self {
        Self { trace_id: trace_id(number), ..self }
    }

    fn peer(self, peer: &str) -> Self {
        Self { peer: Some(peer.into()), ..self }
    }

    fn by(self, instance: &str) -> Self {
        Self { instance: Some(instance.into()), ..self }
    }

    fn name(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }

    fn text(mut self, key: &str, value: &str) -> Self {
        self.attributes.push((key.into(), AttributeValue::Text(value.into())));
        self
    }

    fn int(mut self, key: &str, value: i64) -> Self {
        self.attributes.push((key.into(), AttributeValue::Int(value)));
        self
    }

    fn ran(self, from: u64, to: u64) -> Self {
        Self { started: at(from), ended: Some(at(to)), status: SpanStatus::Ok, ..self }
    }

    fn from(self, from: u64) -> Self {
        Self { started: at(from), ..self }
    }

    fn failed(self) -> Self {
        Self { status: SpanStatus::Error("UNAVAILABLE".into()), ..self }
    }

    fn internal(self) -> Self {
        Self { is_internal: true, ..self }
    }

    fn passing(mut self, messages: &[(Direction, u64)]) -> Self {
        for (direction, millis) in messages {
            self.messages.pass(*direction, 1, at(*millis));
        }
        self
    }
}

/// Client, gateway, greeter (two instances, the first on 50051), orders and payment.
pub(crate) fn topology() -> Arc<Topology> {
    let service = |name: &str, kind, ports: &[u16]| Service {
        name: name.into(),
        kind,
        protocol: ServiceProtocol::Grpc,
        instances: ports
            .iter()
            .zip(1..)
            .map(|(port, number)| Instance {
                name: format!("{name}-{number}").into(),
                address: ([127, 0, 0, 1], *port).into(),
                wanted_port: None,
                state: InstanceState::Ready,
                fault: Fault::default(),
            })
            .collect(),
    };
    let edge =
        |caller: &str, callee: &str| DeclaredEdge { caller: caller.into(), callee: callee.into() };
    Arc::new(Topology {
        services: vec![
            service(CLIENT, NodeKind::Client, &[]),
            service(GATEWAY, NodeKind::Gateway, &[8080]),
            service("greeter", NodeKind::Demo, &[50051, 50052]),
            service("orders", NodeKind::Demo, &[50061]),
            service("payment", NodeKind::Demo, &[50071, 50072]),
        ],
        edges: vec![
            edge(CLIENT, GATEWAY),
            edge(GATEWAY, "greeter"),
            edge(GATEWAY, "orders"),
            edge("orders", "payment"),
        ],
    })
}

/// The spans of one good call: client, gateway, orders, payment; it takes 50 ms.
pub(crate) fn order(number: u64) -> Vec<Span> {
    vec![
        client(CLIENT, 1, None).ran(0, 50).peer("127.0.0.1:8080"),
        server(GATEWAY, 2, Some(1)).ran(1, 49).by("gateway-1"),
        client(GATEWAY, 3, Some(2)).ran(2, 48).peer("orders"),
        server("orders", 4, Some(3)).ran(3, 47).by("orders-1"),
        client("orders", 5, Some(4)).ran(10, 40).peer("payment").name("Charge"),
        server("payment", 6, Some(5)).ran(11, 39).by("payment-2").name("Charge"),
    ]
    .into_iter()
    .map(|span| {
        // Numbers of spans are unique over traces, as random ones are.
        let unique = |id: SpanId| SpanId((u64::from_be_bytes(id.0) + number * 100).to_be_bytes());
        Span { span_id: unique(span.span_id), parent: span.parent.map(unique), ..span }
            .trace(number)
    })
    .collect()
}
