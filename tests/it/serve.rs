//! `hoplens serve` as a process: whom it serves, and what it refuses.

use std::fs;

use serde_json::Value;

use crate::desk::eventually;
use crate::program::{Running, hoplens};

const OLD: &str = "syntax = \"proto2\";\nimport \"google/protobuf/timestamp.proto\";\nservice Old {\n  rpc Ask (Q) returns (A);\n  rpc When (google.protobuf.Timestamp) returns (A);\n}\n\
                   message Q { optional string q = 1; }\nmessage A { required string a = 1; optional int32 n = 2; }\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_a_required_field_is_served_and_a_wrong_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let old = path("old.proto", OLD);
    let serve = |answer: &str| {
        ["serve", "schema", &old, "--port", "0", "--json", "--answer", answer].map(str::to_owned)
    };
    let args = serve("Old/Ask={\"n\": 7}");
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    let running = Running::start(&args, None);
    let mock: Value = eventually("the mock", || serde_json::from_str(&running.stdout()).ok()).await;
    let address = mock["address"].as_str().unwrap();
    let done = hoplens(&["call", address, "Old/Ask"]).await.with(0);
    assert_eq!(done.json()["n"], 7);
    // Nothing is an empty message also where its JSON is no object.
    hoplens(&["call", address, "Old/When"]).await.with(0);

    let args = serve("Old/Ask={\"m\": 7}");
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    hoplens(&args).await.with(2).saying(&["Old/Ask", "\"m\"", "line 1"]);
    let empty = path("empty.proto", "syntax = \"proto3\";\nmessage Alone {}\n");
    hoplens(&["serve", "schema", &empty]).await.with(2).saying(&["empty.proto"]);
    let port = mock["port"].to_string();
    hoplens(&["serve", "schema", &old, "--port", &port]).await.with(2).saying(&[&port]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interoperability_service_is_called_by_reflection_and_keeps_to_its_port() {
    let running = Running::start(&["serve", "interop", "--port", "0", "--json"], None);
    let told: Value =
        eventually("the service", || serde_json::from_str(&running.stdout()).ok()).await;
    let (address, port) = (told["address"].as_str().unwrap(), told["port"].to_string());
    hoplens(&["health", address, "grpc.testing.TestService"]).await.with(0);
    let described = hoplens(&["describe", address, "grpc.testing.TestService"]).await.with(0);
    assert!(!described.stdout.contains("Reconnect"), "only what is served: {described:?}");
    hoplens(&["describe", address, "grpc.testing.ReconnectService"]).await.with(2);
    let method = "grpc.testing.TestService/UnaryCall";
    let request = r#"{"responseSize": 3, "expectCompressed": {"value": true}}"#;
    let packed = ["call", address, method, "--compress", "gzip", "-d", request];
    assert_eq!(hoplens(&packed).await.with(0).json()["payload"]["body"], "AAAA");
    let refused = hoplens(&[&packed[..3], &packed[5..]].concat()).await.with(64 + 3);
    assert!(refused.stderr.contains("the message came uncompressed"), "{refused:?}");
    let huge = ["call", address, method, "-d", r#"{"responseSize": -1}"#];
    hoplens(&huge).await.with(64 + 3).saying(&["-1 bytes"]);
    hoplens(&["serve", "interop", "--port", &port]).await.with(2).saying(&[&port]);

    // A reader that has enough ends a stream that would go on for minutes.
    let endless = format!(
        "printf '%s' '{{\"responseParameters\": [{}]}}' | \"$0\" call {address} \
         grpc.testing.TestService/StreamingOutputCall -d - | head -1",
        vec![r#"{"size": 1, "intervalUs": 100000}"#; 3_000].join(",")
    );
    let program = env!("CARGO_BIN_EXE_hoplens");
    let begun = std::time::Instant::now();
    let piped = std::process::Command::new("sh").args(["-c", &endless, program]).output().unwrap();
    assert!(String::from_utf8_lossy(&piped.stdout).contains("payload"), "{piped:?}");
    assert!(begun.elapsed() < std::time::Duration::from_mins(1), "{:?}", begun.elapsed());
}
