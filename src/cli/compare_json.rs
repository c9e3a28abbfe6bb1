//! A comparison as one JSON object. Format version 1: names stay, new ones may come.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::report_json::{millis, outcome};
use crate::model::{BytePart, NoWay, Road, Speech, Way};
use crate::session::{Carried, Comparison, Mishap, Tally, WayFigures};
use crate::text::{no_way, said};
use crate::wire::{BothSums, Sums};

/// The whole report.
pub(super) fn comparison(comparison: &Comparison) -> String {
    let report = json!({
        "version": 1,
        "method": comparison.method,
        "n_calls": comparison.n_wanted,
        "ways": comparison.ways.iter().map(way).collect::<Vec<_>>(),
        "missing": comparison.missing.iter().map(missing).collect::<Vec<_>>(),
    });
    format!("{report:#}")
}

fn way(figures: &WayFigures) -> Value {
    let mut object = name(figures.way);
    let more = json!({
        "address": figures.address,
        "http_version": figures.http_version,
        "tls": figures.is_tls,
        "n_calls": figures.n_calls(),
        "n_failed": figures.n_failed,
        "first_failure": figures.first_failure.as_ref().map(outcome),
        "n_connections": figures.n_connections,
        "bytes": both(&figures.sums()),
        "between_calls": carried(figures.between()),
        "carried": carried(figures.carried),
        "opening": tally(&figures.opening),
        "kept": tally(&figures.kept),
        "failed": mishap(&figures.failing),
        "refused": mishap(&figures.refused),
    });
    if let Value::Object(more) = more {
        object.extend(more);
    }
    Value::Object(object)
}

fn missing((way, why): &(Way, NoWay)) -> Value {
    let mut object = name(*way);
    object.insert("reason".to_owned(), json!(why.id()));
    object.insert("words".to_owned(), json!(no_way(why)));
    Value::Object(object)
}

fn name(way: Way) -> Map<String, Value> {
    let protocol = match way.speech {
        Speech::Http1Json => "http1_json",
        Speech::Http2Json => "http2_json",
        Speech::Grpc => "grpc",
    };
    let by = match way.road {
        Road::Direct => "direct",
        Road::Gateway => "gateway",
    };
    let pairs = [("way", way.id()), ("protocol", protocol), ("by", by)];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

/// Bytes are those of all calls together.
fn tally(tally: &Tally) -> Value {
    let quantile = |q| tally.latency.quantile(q).map(millis);
    let some = |took: Duration| (tally.n_calls > 0).then(|| millis(took));
    let bucket = |(from, to, n_calls): (Duration, Duration, u64)| json!({ "from_ms": millis(from), "to_ms": millis(to), "n_calls": n_calls });
    let buckets = tally.latency.buckets().into_iter().filter(|(.., n_calls)| *n_calls > 0);
    json!({
        "n_calls": tally.n_calls,
        "bytes": both(&tally.sums),
        "latency_ms": {
            "min": some(tally.shortest),
            "p50": quantile(0.5),
            "p90": quantile(0.9),
            "p99": quantile(0.99),
            "max": some(tally.latency.max()),
        },
        "histogram": buckets.map(bucket).collect::<Vec<_>>(),
    })
}

fn mishap(mishap: &Mishap) -> Value {
    let told = &mishap.said;
    json!({
        "outcome": outcome(&told.outcome),
        "http_version": told.http_version,
        "http_status": told.http_status,
        "body": told.body,
        "words": said(told),
        "bytes": both(&mishap.sums),
        "took_ms": millis(mishap.took),
    })
}

fn both(both: &BothSums) -> Value {
    json!({ "sent": sums(&both.sent), "received": sums(&both.received) })
}

fn sums(sums: &Sums) -> Value {
    let key = |part| match part {
        BytePart::Payload => "payload",
        BytePart::Headers => "headers",
        BytePart::Framing => "framing",
        BytePart::Control => "control",
        BytePart::Tls => "tls",
        BytePart::Other => "other",
    };
    let parts = BytePart::ALL.map(|part| (key(part).to_owned(), json!(sums.of(part))));
    let mut object: Map<String, Value> = parts.into_iter().collect();
    object.insert("all".to_owned(), json!(sums.in_all()));
    Value::Object(object)
}

fn carried(carried: Carried) -> Value {
    json!({ "sent": carried.sent, "received": carried.received })
}
