//! The real program on the command line: what it prints where, and how it ends.

use std::collections::BTreeMap;
use std::fs;

use hoplens::model::InstanceState;
use hoplens::session::Command;
use serde_json::Value;

use crate::desk::{Desk, N_LISTENERS, eventually};
use crate::peers::{schema_of, silent_server};
use crate::program::{Running, hoplens, hoplens_reading};
use crate::source::root;

/// A session whose demo the program calls, and where.
pub(crate) async fn demo() -> (Desk, String, String) {
    let desk = Desk::with_demo().await;
    let greeter = desk.instance("greeter-1").unwrap().address.to_string();
    let gateway = desk.until("the gateway", |state| state.gateway.address).await;
    (desk, greeter, gateway.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_it_is_and_what_it_cannot() {
    let done = hoplens(&["--version"]).await.with(0);
    assert_eq!(done.stdout, format!("hoplens {}\n", env!("CARGO_PKG_VERSION")));
    let done = hoplens(&[]).await.with(2).saying(&["There is no display", "hoplens demo"]);
    assert_eq!(done.stdout, "");
    hoplens(&["call"]).await.with(2);
    hoplens(&["call", "x:1", "A/B", "--deadline", "soon"])
        .await
        .with(2)
        .saying(&["5s, 250ms or 2m"]);
    hoplens(&["call", "x:1", "A/B", "--tls", "--plaintext"]).await.with(2).saying(&["--plaintext"]);
    let done = hoplens(&["--help"]).await.with(0);
    for verb in ["call", "http", "list", "describe", "demo"] {
        assert!(done.stdout.contains(verb), "{done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn call_prints_the_message_and_ends_as_the_call_does() {
    let (desk, greeter, gateway) = demo().await;
    let hello = "Greeter/SayHello";
    let ada = r#"{"name": "Ada"}"#;
    let is_hello = |stdout: &str| {
        let message: Value = serde_json::from_str(stdout).unwrap();
        assert_eq!(message, serde_json::json!({ "message": "Hello Ada" }));
    };
    let done = hoplens(&["call", &greeter, hello, "-d", ada]).await.with(0);
    is_hello(&done.stdout);
    assert!(done.stderr.starts_with("0 OK in ") || done.stderr.starts_with("OK"), "{done:?}");
    // A body from a file, from standard input, and none.
    let file = desk.folder().join("ada.json");
    fs::write(&file, ada).unwrap();
    let at_file = format!("@{}", file.display());
    is_hello(&hoplens(&["call", &greeter, hello, "-d", &at_file]).await.with(0).stdout);
    is_hello(&hoplens_reading(ada, &["call", &greeter, hello, "-d", "-"]).await.with(0).stdout);
    let done = hoplens(&["call", &greeter, hello]).await.with(0);
    assert!(done.stdout.contains("Hello "), "{done:?}");
    hoplens(&["call", &greeter, hello, "-d", "@/no/such/file"])
        .await
        .with(2)
        .saying(&["/no/such/file"]);

    // The schema from files, with an import root and as a descriptor set.
    let protos = root().join("sample-protos");
    let (roots, shop) = (protos.display().to_string(), "shop/orders.proto");
    let order =
        ["call", &gateway, "shop.orders.v1.Orders/GetOrder", "-d", r#"{"orderId": "none"}"#];
    let by_proto = [&order[..], &["-I", &roots, "--proto", shop]].concat();
    hoplens(&by_proto).await.with(64 + 5).saying(&["NOT_FOUND", "has no order \"none\""]);
    let set = desk.folder().join("greeter.pb");
    let text = fs::read_to_string(protos.join("greeter.proto")).unwrap();
    fs::write(&set, schema_of(&text).to_descriptor_set()).unwrap();
    let set = set.display().to_string();
    let by_set = ["call", &gateway, hello, "-d", ada, "--descriptor-set", &set];
    is_hello(&hoplens(&by_set).await.with(0).stdout);

    // What cannot be asked.
    let done = hoplens(&["call", &greeter, hello, "-d", "{\n \"nmae\": 1}"]).await.with(2);
    let done = done.saying(&["line 2, column 2", "nmae", "Did you mean \"name\"?"]);
    assert_eq!(done.stdout, "");
    hoplens(&["call", &greeter, hello, "-d", "{"]).await.with(2).saying(&["line 1, column"]);
    hoplens(&["call", &greeter, "Greeter/Gone"]).await.with(2).saying(&["Greeter/Gone", hello]);
    hoplens(&["call", &greeter, "nonsense"]).await.with(2).saying(&["Service/Method"]);
    hoplens(&["call", "ftp://x", hello]).await.with(2).saying(&["ftp"]);

    // Both directions of security at fault.
    let greeter_proto = protos.join("greeter.proto").display().to_string();
    let as_tls = ["call", &greeter, hello, "--tls", "--proto", &greeter_proto];
    hoplens(&as_tls).await.with(2).saying(&[&greeter, "plaintext"]);

    // A deadline and a stray.
    let (silent, seen, _tasks) = silent_server().await;
    let silent = silent.to_string();
    let late = ["call", &silent, hello, "--proto", &greeter_proto, "--deadline", "100ms"];
    hoplens(&late).await.with(64 + 4).saying(&["DEADLINE_EXCEEDED"]);
    eventually("the reset", || seen.dropped(1)).await;
    let stray = [&order[..1], &[greeter.as_str()], &order[2..], &["-I", &roots, "--proto", shop]];
    hoplens(&stray.concat())
        .await
        .with(64 + 12)
        .saying(&["UNIMPLEMENTED", "this port is Hoplens's own greeter"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn json_reports_the_whole_call_and_no_credential() {
    let (desk, greeter, gateway) = demo().await;
    let mut args = vec!["call", &greeter, "Greeter/SayHello", "-d", r#"{"name": "Ada"}"#, "--json"];
    args.extend(["-H", "authorization: Bearer s3cr3t", "-H", "x-api-key: s3cr3t", "-H", "x-a: b"]);
    let done = hoplens(&args).await.with(0);
    assert!(!done.stdout.contains("s3cr3t") && !done.stderr.contains("s3cr3t"), "{done:?}");
    let report = done.json();
    assert_eq!(report["version"], 1);
    assert_eq!(report["request"]["protocol"], "grpc");
    assert_eq!(report["request"]["method"], "Greeter/SayHello");
    assert_eq!(report["request"]["security"], "plaintext");
    assert_eq!(report["request"]["target"], greeter.as_str());
    assert_eq!(report["outcome"]["code"], 0);
    assert_eq!(report["outcome"]["name"], "OK");
    assert_eq!(report["message"]["message"], "Hello Ada");
    let named = |list: &str, name: &str| {
        let headers = report[list].as_array().unwrap();
        let found = headers.iter().find(|header| header["name"] == name);
        found.map(|header| header["value"].as_str().unwrap().to_owned())
    };
    assert_eq!(named("headers", "x-served-by").as_deref(), Some("greeter-1"));
    assert_eq!(named("trailers", "grpc-status").as_deref(), Some("0"));
    let sent = report["request"]["headers"].to_string();
    assert!(sent.contains("x-a") && sent.contains("***") && sent.contains("traceparent"), "{sent}");
    let phases = report["timing_ms"].as_object().unwrap();
    for phase in ["connect", "send", "wait", "receive", "total"] {
        assert!(phases.get(phase).is_some_and(Value::is_number), "{phase}: {phases:?}");
    }
    for count in ["sent", "received", "payload_sent", "payload_received"] {
        assert!(report["bytes"][count].as_u64().unwrap() > 0, "{count}: {report}");
    }
    assert_eq!(report["connection"]["is_kept"], false);

    // A status, with its details, and 64-bit integers both ways.
    let charge = r#"{"amount": {"cents": 5}, "card": {"number": "4000000000000002"}}"#;
    let charge =
        ["call", &gateway, "shop.payment.v1.Payment/Charge", "-d", charge, "--json", "--proto"];
    let payment = root().join("sample-protos/shop/payment.proto").display().to_string();
    let report = hoplens(&[&charge[..], &[&payment]].concat()).await.with(64 + 9).json();
    assert_eq!(report["outcome"]["name"], "FAILED_PRECONDITION");
    assert!(report["details"].to_string().contains("CARD_DECLINED"), "{report}");
    let order = r#"{"user": "ada", "items": [{"sku": "sku-1042", "quantity": 1}],
        "invoice": {"email": "ada@example.com"}, "limitCents": "9007199254740993"}"#;
    let orders = desk.instance("orders-1").unwrap().address.to_string();
    let place = ["call", &orders, "shop.orders.v1.Orders/PlaceOrder", "-d", order];
    let done = hoplens(&place).await.with(0);
    assert_eq!(done.json()["limitCents"], "9007199254740993");
    let unquoted = order.replace("\"9007199254740993\"", "9007199254740993");
    let done = hoplens(&[&place[..4], &[&unquoted]].concat()).await.with(0);
    assert_eq!(done.json()["limitCents"], "9007199254740993");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn list_and_describe_print_contracts() {
    let (desk, greeter, _) = demo().await;
    let done = hoplens(&["list", &greeter]).await.with(0);
    assert!(done.stdout.lines().any(|line| line == "Greeter"), "{done:?}");
    let done = hoplens(&["list", &greeter, "Greeter"]).await.with(0);
    assert_eq!(done.stdout, "Greeter/SayHello\n");
    hoplens(&["list", &greeter, "Gone"]).await.with(2).saying(&["Gone"]);
    let check = async |symbol: &str, words: &str| {
        let done = hoplens(&["describe", &greeter, symbol]).await.with(0);
        assert!(done.stdout.contains(words), "{words:?} is not in {done:?}");
    };
    check("Greeter", "rpc SayHello").await;
    check("Greeter/SayHello", "HelloRequest").await;
    check("Greeter.SayHello", "HelloReply").await;
    check("HelloRequest", "string name = 1;").await;
    hoplens(&["describe", &greeter, "Gone"]).await.with(2).saying(&["Gone"]);
    let shop = root().join("sample-protos").display().to_string();
    let done = hoplens(&["list", "-", "-I", &shop]).await.with(0);
    assert!(done.stdout.contains("shop.orders.v1.Orders"), "{done:?}");
    let done = hoplens(&["describe", "-", "shop.orders.v1.OrderState", "-I", &shop]).await.with(0);
    assert!(done.stdout.contains("ORDER_STATE_PAID = 1"), "{done:?}");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    hoplens(&["list", &nobody.to_string()]).await.with(2).saying(&["refused"]);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let asked = ["list", &silent.local_addr().unwrap().to_string(), "--deadline", "300ms"];
    hoplens(&asked).await.with(2).saying(&["300"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_prints_the_body_and_the_gateway_names_the_step_that_refused() {
    let (desk, greeter, gateway) = demo().await;
    let url = |path: &str| format!("http://{gateway}{path}");
    let products = hoplens(&["http", "GET", &url("/products")]).await.with(0);
    assert!(products.json()["products"].as_array().unwrap().len() > 3);
    let item = r#"{"sku": "sku-1042", "quantity": 2}"#;
    let added = hoplens(&["http", "post", &url("/carts/ada/items"), "-d", item]).await.with(0);
    assert!(added.stdout.contains("sku-1042"), "{added:?}");

    let refused = |done: &crate::program::Done, step: &str, status: u16| {
        let body = done.json();
        assert_eq!((&body["step"], &body["status"]), (&step.into(), &status.into()), "{body}");
    };
    let done = hoplens(&["http", "GET", &url("/nowhere")]).await.with(0);
    refused(&done, "route", 404);
    refused(&hoplens(&["http", "GET", &url("/nowhere"), "--fail"]).await.with(22), "route", 404);
    let stock = url("/stock/sku-1042");
    refused(&hoplens(&["http", "GET", &stock]).await.with(0), "authenticate", 401);
    let key = format!("{}: {}", "x-api-key", "hoplens-demo-key");
    let done = hoplens(&["http", "GET", &stock, "-H", &key]).await.with(0);
    assert!(done.stdout.contains("sku-1042"), "{done:?}");
    let report = hoplens(&["http", "GET", &stock, "-H", &key, "--json"]).await.with(0).json();
    assert_eq!(
        (&report["outcome"]["status"], &report["request"]["protocol"]),
        (&200.into(), &"http".into())
    );
    assert!(!report.to_string().contains("hoplens-demo-key"));

    // No greeter left.
    for name in ["greeter-1", "greeter-2"] {
        desk.send(Command::StopInstance(name.into()));
    }
    for name in ["greeter-1", "greeter-2"] {
        desk.instance_in(name, InstanceState::Stopped).await;
    }
    let proto = root().join("sample-protos/greeter.proto").display().to_string();
    let call = ["call", &gateway, "Greeter/SayHello", "--proto", &proto];
    hoplens(&call).await.with(64 + 14).saying(&["gateway balance", "greeter"]);
    let direct = ["call", &greeter, "Greeter/SayHello", "--proto", &proto];
    hoplens(&direct).await.with(2).saying(&[&greeter]);
    desk.close().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn demo_lists_its_listeners_and_drains_at_ctrl_c() {
    let running = Running::start(&["demo", "--json", "--free-ports", "--log", "info"], None);
    let listed: Value =
        eventually("the list", || serde_json::from_str(&running.stdout()).ok()).await;
    let listeners: BTreeMap<&str, &str> = listed["listeners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["instance"].as_str().unwrap(), row["address"].as_str().unwrap()))
        .collect();
    assert_eq!(listeners.len(), N_LISTENERS, "{listeners:?}");
    let gateway =
        listed["listeners"].as_array().unwrap().iter().find(|row| row["service"] == "gateway");
    let gateway = gateway.unwrap()["address"].as_str().unwrap();
    let proto = root().join("sample-protos/greeter.proto").display().to_string();
    for target in [gateway, listeners["greeter-1"]] {
        let hello = ["call", target, "Greeter/SayHello", "--proto", &proto];
        hoplens(&hello).await.with(0);
    }
    assert!(running.stderr().contains("cluster_ready_ms="), "{}", running.stderr());
    let addresses: Vec<String> = listeners.values().map(ToString::to_string).collect();
    running.interrupt();
    running.done().await.with(0);
    for address in addresses {
        drop(std::net::TcpListener::bind(address).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_read_and_printed_in_the_format_that_was_asked_for() {
    let (desk, greeter, _gateway) = demo().await;
    let hello = ["call", &greeter, "Greeter/SayHello"];
    let text = [&hello[..], &["--format", "text", "-d", "name: \"Ada\""]].concat();
    assert_eq!(hoplens(&text).await.with(0).stdout.trim(), "message: \"Hello Ada\"");
    let bad = [&hello[..], &["--format", "text", "-d", "nam: \"Ada\""]].concat();
    hoplens(&bad).await.with(2).saying(&["line 1, column 1", "nam", "text format"]);
    let both = [&hello[..], &["--format", "text", "--emit-defaults"]].concat();
    hoplens(&both).await.with(2).saying(&["--emit-defaults", "JSON"]);
    // What one stream printed is what the next can send.
    let health = ["call", &greeter, "grpc.health.v1.Health/Watch", "--max-messages", "1"];
    let done = hoplens(&[&health[..], &["--format", "text"]].concat()).await.with(0);
    assert_eq!(done.stdout.trim_end(), "status: SERVING\n\u{1e}".replace('\n', ""), "{done:?}");
    let ask = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let asked = "list_services: ''\u{1e}list_services: ''\u{1e}";
    let asked = ["call", &greeter, ask, "--format", "text", "-d", asked];
    let done = hoplens(&asked).await.with(0);
    assert_eq!(done.stdout.matches('\u{1e}').count(), 2, "{done:?}");

    let defaults = ["call", &greeter, ask, "-d", r#"{"list_services":""}"#, "--emit-defaults"];
    let answer = hoplens(&defaults).await.with(0).json();
    assert_eq!(answer["validHost"], "", "{answer}");
    assert!(answer.get("errorResponse").is_none(), "a choice that was not made: {answer}");
    let unary = [&hello[..], &["--max-messages", "3"]].concat();
    hoplens(&unary).await.with(2).saying(&["Greeter/SayHello", "--max-messages"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_whether_a_server_is_ready() {
    let (desk, greeter, _gateway) = demo().await;
    let done = hoplens(&["health", &greeter]).await.with(0);
    assert_eq!(done.stdout, "SERVING\n", "{done:?}");
    let done = hoplens(&["health", &greeter, "Gone"]).await.with(64 + 5);
    assert_eq!(done.saying(&["NOT_FOUND", "does not know Gone"]).stdout, "");
    let watching = Running::start(&["health", &greeter, "--watch"], None);
    eventually("the state", || (watching.stdout() == "SERVING\n").then_some(())).await;
    watching.interrupt();
    watching.done().await.with(130);
    hoplens(&["health", "127.0.0.1:1"]).await.with(2).saying(&["127.0.0.1:1"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_prints_each_message_and_takes_each_value() {
    let (desk, greeter, _gateway) = demo().await;
    let ask = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let values = r#"{"list_services": ""} {"file_containing_symbol": "Greeter"}"#;
    let done = hoplens(&["call", &greeter, ask, "-d", values]).await.with(0);
    let answers: Vec<Value> =
        done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 2, "{done:?}");
    assert!(answers[0]["listServicesResponse"]["service"].is_array(), "{done:?}");
    assert!(done.stderr.contains("sent 2, received 2 messages"), "{done:?}");
    let done = hoplens(&["call", &greeter, ask, "-d", r#"{"list_services": 7}"#]).await.with(2);
    done.saying(&["In message 1", "given up"]);
    let health = "grpc.health.v1.Health/Watch";
    let done = hoplens(&["call", &greeter, health, "--max-messages", "1"]).await.with(0);
    assert!(done.stdout.contains("SERVING"), "{done:?}");
    let report =
        hoplens(&["call", &greeter, health, "--max-messages", "1", "--json"]).await.with(0);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["messages"].as_array().unwrap().len(), 1);
    desk.close().await;
}
