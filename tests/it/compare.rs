//! One logical call by every way: on the command line with servers of its own, and in a session beside its demo.

use std::fs;

use hoplens::model::{NoWay, Outcome, Road, Speech};
use hoplens::session::{Command, CompareFile, NoticeKind};
use serde_json::Value;

use crate::desk::Desk;
use crate::program::hoplens;
use crate::tls::tls_in_front_of;

const PRODUCT: &str = "shop.catalog.v1.Catalog/GetProduct";
const SKU: &str = r#"{"sku": "sku-1042"}"#;
const ALL: [&str; 6] = [
    "http1_json_direct",
    "http2_json_direct",
    "grpc_direct",
    "http1_json_gateway",
    "http2_json_gateway",
    "grpc_gateway",
];

fn number(value: &Value, path: &str) -> u64 {
    value.pointer(path).and_then(Value::as_u64).unwrap_or_else(|| panic!("{path} in {value:#}"))
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{path} in {value:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_is_measured_and_says_what_is_wrong_in_its_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (csv, png) = (path("a.csv"), path("a.png"));
    let asked = ["compare", PRODUCT, "-d", SKU, "-n", "20", "--json", "--csv", &csv, "--png", &png];
    let report = hoplens(&asked).await.with(0).json();
    let ways = report["ways"].as_array().unwrap();
    let names: Vec<_> = ways.iter().map(|way| text(way, "/way")).collect();
    assert_eq!(names, ALL, "{report:#}");
    assert_eq!(report["missing"], serde_json::json!([]));
    for way in ways {
        assert_eq!((number(way, "/n_calls"), number(way, "/n_failed")), (20, 0), "{way:#}");
        let calls = (number(way, "/opening/n_calls"), number(way, "/kept/n_calls"));
        assert_eq!((number(way, "/n_connections"), calls), (1, (1, 19)), "{way:#}");
        for lane in ["sent", "received"] {
            let part = |of: &str, part: &str| number(way, &format!("{of}/{lane}/{part}"));
            let parts = ["payload", "headers", "framing", "control", "other"];
            let sum: u64 = parts.iter().map(|name| part("/bytes", name)).sum();
            assert_eq!(sum, part("/bytes", "all"), "{way:#}");
            assert_eq!(part("/bytes", "other"), 0, "{way:#}");
            let between = number(way, &format!("/between_calls/{lane}"));
            assert_eq!(sum + between, number(way, &format!("/carried/{lane}")), "{way:#}");
            let halves = part("/opening/bytes", "all") + part("/kept/bytes", "all");
            assert_eq!(halves, sum, "{way:#}");
        }
        let in_buckets: u64 = way["kept"]["histogram"]
            .as_array()
            .unwrap()
            .iter()
            .map(|bucket| number(bucket, "/n_calls"))
            .sum();
        assert_eq!(in_buckets, 19);
    }
    let way = |name: &str| ways.iter().find(|way| way["way"] == name).unwrap();
    let kept = |name: &str, lane: &str, part: &str| {
        number(way(name), &format!("/kept/bytes/{lane}/{part}"))
    };
    // HTTP/2 indexes what HTTP/1.1 repeats, and frames what it does not.
    assert!(
        kept("http1_json_direct", "sent", "headers") > kept("http2_json_direct", "sent", "headers")
    );
    assert_eq!(kept("http1_json_direct", "received", "framing"), 0);
    assert!(kept("http2_json_direct", "received", "framing") > 0);
    // Binary is shorter than JSON; a GET has no body.
    assert!(
        kept("grpc_direct", "received", "payload")
            < kept("http2_json_direct", "received", "payload")
    );
    assert_eq!(kept("http1_json_direct", "sent", "payload"), 0);
    assert!(kept("grpc_direct", "sent", "payload") > 0);
    let address = |name: &str| text(way(name), "/address");
    assert_ne!(address("grpc_direct"), address("grpc_gateway"));
    assert_eq!(address("http1_json_gateway"), address("grpc_gateway"));
    assert_eq!(text(way("http1_json_direct"), "/http_version"), "HTTP/1.1");
    assert_eq!(text(way("http2_json_gateway"), "/http_version"), "HTTP/2");

    for name in ALL {
        let (failed, refused) = (&way(name)["failed"], &way(name)["refused"]);
        if name.starts_with("grpc") {
            assert_eq!(number(failed, "/outcome/code"), 5, "{failed:#}");
            assert_eq!(number(failed, "/http_status"), 200);
            assert!(text(failed, "/words").contains("trailers"), "{failed:#}");
        } else {
            assert_eq!(number(failed, "/outcome/status"), 404, "{failed:#}");
            assert!(text(failed, "/body").contains("NOT_FOUND"), "{failed:#}");
        }
        match name {
            "grpc_gateway" => assert_eq!(number(refused, "/outcome/code"), 14, "{refused:#}"),
            _ if name.ends_with("gateway") => {
                assert_eq!(number(refused, "/outcome/status"), 503, "{refused:#}");
            }
            _ => {
                assert_eq!(text(refused, "/outcome/kind"), "failed");
                assert_eq!(number(refused, "/bytes/sent/all"), 0, "nobody was there: {refused:#}");
            }
        }
    }
    let table = fs::read_to_string(&csv).unwrap();
    assert_eq!(table.lines().count(), 1 + 6 * 5, "{table}");
    assert!(fs::read(&png).unwrap().starts_with(b"\x89PNG\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_does_not_exist_is_named_with_its_reason() {
    let asked = ["compare", "Greeter/SayHello", "-d", r#"{"name": "Ada"}"#, "-n", "3"];
    let done = hoplens(&asked).await.with(0);
    for words in
        ["3 calls by each way", "gRPC, gateway", "no service answers this method as HTTP and JSON"]
    {
        assert!(done.stdout.contains(words), "{words} in {done:?}");
    }
    hoplens(&["compare", "Nobody/Nothing"]).await.with(2).saying(&["Nobody/Nothing"]);
    hoplens(&["compare", PRODUCT, "-n", "0"]).await.with(2);
    hoplens(&["compare", "nonsense"]).await.with(2).saying(&["nonsense"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_runs_elsewhere_is_compared_with_the_servers_that_are_named() {
    let (desk, greeter, gateway) = crate::command_line::demo().await;
    let url = format!("http://{gateway}");
    let asked = ["compare", PRODUCT, "-d", SKU, "-n", "5", "--json", "--gateway", &url];
    let report = hoplens(&asked).await.with(0).json();
    let names = |key: &str| -> Vec<String> {
        let list = report[key].as_array().unwrap();
        list.iter().map(|way| text(way, "/way").to_owned()).collect()
    };
    assert_eq!(names("ways"), ALL[3..]);
    assert_eq!(names("missing"), ALL[..3]);
    assert_eq!(text(&report, "/missing/0/reason"), "no_server");
    for way in report["ways"].as_array().unwrap() {
        assert_eq!(number(way, "/n_failed"), 0, "{way:#}");
        assert_eq!(text(way, "/refused/outcome/kind"), "failed", "a closed port");
    }
    let hello = ["compare", "Greeter/SayHello", "-n", "2", "--json", "--grpc", &greeter];
    let report = hoplens(&hello).await.with(0).json();
    assert_eq!(text(&report, "/ways/0/way"), "grpc_direct");
    assert_eq!(text(&report, "/ways/0/address"), greeter);
    let (tls, ca_file, _tasks) = tls_in_front_of(greeter.parse().unwrap(), desk.folder()).await;
    let (tls, ca_file) = (format!("localhost:{}", tls.port()), ca_file.display().to_string());
    let sealed = ["--grpc", &tls, "--tls", "--cacert", &ca_file];
    let hello = ["compare", "Greeter/SayHello", "-n", "3", "--json"];
    let report = hoplens(&[&hello[..], &sealed].concat()).await.with(0).json();
    let way = &report["ways"][0];
    assert_eq!((&way["tls"], number(way, "/n_failed")), (&Value::Bool(true), 0), "{way:#}");
    assert!(number(way, "/opening/bytes/received/tls") > 500, "a certificate: {way:#}");
    assert!(number(way, "/kept/bytes/sent/tls") > 0, "{way:#}");
    for lane in ["sent", "received"] {
        let [calls, between, carried] = ["bytes/LANE/all", "between_calls/LANE", "carried/LANE"]
            .map(|path| number(way, &format!("/{}", path.replace("LANE", lane))));
        assert_eq!(calls + between, carried, "{way:#}");
    }
    desk.close().await;

    let nobody = ["compare", "Greeter/SayHello", "--json", "--grpc", &greeter];
    let report = hoplens(&nobody).await.with(2).json();
    assert_eq!(number(&report, "/ways/0/n_calls"), 3, "given up: {report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_compares_a_draft_beside_its_demo_and_can_be_stopped() {
    let desk = Desk::with_demo().await;
    let shop = desk.source("shop").await;
    let draft = desk.open_method(&shop, PRODUCT).await;
    desk.send(Command::Compare { draft: draft.id, n_calls: 10 });
    let result = desk.until("a comparison", |state| state.compare.result.clone()).await;
    assert_eq!((result.ways.len(), result.missing.len()), (6, 0), "{:?}", result.missing);
    for way in &result.ways {
        assert_eq!((way.n_calls(), way.n_failed), (10, 0), "{way:?}");
        let is_answered = matches!(way.refused.said.outcome, Outcome::Failed(_));
        assert_eq!(is_answered, way.way.road == Road::Direct, "{:?}", way.refused);
    }
    let path = desk.folder().join("c.csv");
    desk.send(Command::SaveComparison { file: CompareFile::Csv, path: path.clone() });
    let said = |kind: &NoticeKind| match kind {
        NoticeKind::ComparisonSaved { path } => Some(path.clone()),
        _ => None,
    };
    assert_eq!(desk.notice("that it is saved", said).await, path);
    assert!(fs::read_to_string(&path).unwrap().starts_with("way,calls_of,"));

    let greeter = desk.source("greeter.proto").await;
    let hello = desk.open_method(&greeter, "Greeter/SayHello").await;
    desk.send(Command::Compare { draft: hello.id, n_calls: 10_000 });
    desk.until("progress", |state| state.compare.progress.filter(|p| p.n_done > 0)).await;
    desk.send(Command::CancelCompare);
    desk.until("the end", |state| (!state.compare.is_running).then_some(())).await;
    desk.send(Command::Compare { draft: hello.id, n_calls: 1 });
    let result = desk.until("another one", |state| state.compare.result.clone()).await;
    assert_eq!(result.ways.len(), 2);
    let is_json = |(way, why): &(hoplens::model::Way, NoWay)| {
        way.speech != Speech::Grpc && *why == NoWay::NoJson
    };
    assert!(result.missing.iter().all(is_json), "{:?}", result.missing);
    desk.close().await;
}
