//! The real program in Chinese: what it says, how it comes to say it, and Chinese on its way to a service
//! and back.

use std::fs;

use hoplens::model::Direction;
use serde_json::Value;

use crate::desk::{Desk, outcome, shown};
use crate::program::{Done, Running, hoplens};
use crate::source::root;

/// Compares with a file of `tests/data/command-line/` whose first line says what a person checked in it.
#[track_caller]
fn assert_golden(name: &str, said: &str) {
    let path = root().join("tests/data/command-line").join(name);
    let golden = fs::read_to_string(&path).unwrap();
    let (checked, golden) = golden.split_once('\n').unwrap();
    assert!(checked.starts_with("# checked: "), "{name}");
    assert_eq!(said, golden, "{name}");
}

async fn with_env(args: &[&str], env: &[(&str, &str)]) -> Done {
    Running::start_with(args, None, env).done().await
}

#[tokio::test(flavor = "multi_thread")]
async fn help_is_chinese_from_head_to_foot() {
    let done = hoplens(&["call", "--help", "--lang", "zh-CN"]).await.with(0);
    assert_golden("help-call.zh.txt", &done.stdout);
    for verb in ["", "http", "list", "describe", "health", "demo", "serve"] {
        let args = ["--lang=zh", verb, "--help"].into_iter().filter(|arg| !arg.is_empty());
        let done = hoplens(&args.collect::<Vec<_>>()).await.with(0);
        for words in ["Usage", "Options", "Print", "Arguments", "Commands", "possible values"] {
            assert!(!done.stdout.contains(words), "{verb}: {words} in {}", done.stdout);
        }
        for words in ["用法:", "选项:", "打印此帮助"] {
            assert!(done.stdout.contains(words), "{verb}: {words} in {}", done.stdout);
        }
    }
    let done = hoplens(&["--lang", "en", "call", "--help"]).await.with(0);
    assert_golden("help-call.en.txt", &done.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn complaints_are_chinese() {
    let done = hoplens(&["--lang", "zh", "call", "a:1", "B/C", "--deadline", "soon"]).await.with(2);
    assert_golden("bad-deadline.zh.txt", &done.stderr);
    hoplens(&["call", "--lang", "zh"]).await.with(2).saying(&["错误：缺少必需的参数", "<TARGET>"]);
    hoplens(&["call", "--lang", "zh", "x:1", "无斜杠"])
        .await
        .with(2)
        .saying(&["“无斜杠”不是方法名"]);
    hoplens(&["--lang", "zh"]).await.with(2).saying(&["没有显示器", "hoplens demo"]);
    let greeter = root().join("sample-protos/greeter.proto").display().to_string();
    let call = ["--lang", "zh", "call", "127.0.0.1:1", "Greeter/SayHello", "--proto", &greeter];
    hoplens(&call).await.with(2).saying(&["127.0.0.1:1 上没有程序监听：连接被拒绝。", "检查端口"]);
    let broken = [&call[..], &["-d", "{\n \"name\": \"你\",}"]].concat();
    let done = hoplens(&broken).await.with(2);
    done.saying(&["第 2 行第 14 列: 这不是有效的 JSON：此处应为带引号的键，而不是 '}'。"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_is_told_else_set_else_the_system_s() {
    let no_window = |chinese: bool| if chinese { "没有显示器" } else { "There is no display" };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().display().to_string();
    let check = async |args: &[&str], env: &[(&str, &str)], is_chinese: bool| {
        with_env(args, env).await.with(2).saying(&[no_window(is_chinese)]);
    };
    check(&[], &[("LC_ALL", "zh_CN.UTF-8")], true).await;
    check(&[], &[("LC_ALL", ""), ("LC_MESSAGES", "zh_SG"), ("LANG", "en_US.UTF-8")], true).await;
    check(&[], &[("LC_ALL", ""), ("LANG", "zh_CN.UTF-8")], true).await;
    check(&[], &[("LC_ALL", "C"), ("LANG", "zh_CN.UTF-8")], false).await;
    check(&[], &[("LC_ALL", "de_DE.UTF-8")], false).await;
    check(&["--lang", "en"], &[("LC_ALL", "zh_CN.UTF-8")], false).await;
    let settings = folder.path().join("settings.toml");
    fs::write(&settings, "version = 1\nlanguage = \"zh-Hans\"\n").unwrap();
    let set = ("HOPLENS_CONFIG_DIR", config.as_str());
    check(&[], &[set], true).await;
    check(&["--lang", "en"], &[set], false).await;
    // Broken settings are none, and stay as they are for the window to report.
    fs::write(&settings, "language = ").unwrap();
    check(&[], &[set, ("LC_ALL", "zh_CN.UTF-8")], true).await;
    assert_eq!(fs::read_to_string(&settings).unwrap(), "language = ");

    let done = hoplens(&["--lang", "tlh", "demo"]).await.with(2);
    let done = done.saying(&["There is no language \"tlh\"", "en (English)", "zh-Hans (简体中文)"]);
    assert_eq!(done.stdout, "");
    hoplens(&["demo", "--lang"]).await.with(2).saying(&["--lang <TAG>"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn chinese_goes_to_a_service_and_back() {
    let desk = Desk::with_demo().await;
    let greeter = desk.instance("greeter-1").unwrap().address.to_string();
    let gateway = desk.until("the gateway", |state| state.gateway.address).await.to_string();
    let name = r#"{"name": "你好"}"#;
    let call = ["call", &greeter, "Greeter/SayHello", "-d", name];
    let done = hoplens(&call).await.with(0);
    assert!(done.stdout.contains("Hello 你好"), "{done:?}");
    let report = hoplens(&[&call[..], &["--json"]].concat()).await.with(0).json();
    assert_eq!(report["message"]["message"], "Hello 你好");

    // A status whose message the peer sends percent-encoded.
    let proto = root().join("sample-protos/shop/orders.proto").display().to_string();
    let protos = root().join("sample-protos").display().to_string();
    let order =
        ["call", &gateway, "shop.orders.v1.Orders/GetOrder", "-d", r#"{"orderId": "订单"}"#];
    let order = [&order[..], &["--proto", &proto, "-I", &protos]].concat();
    hoplens(&order).await.with(64 + 5).saying(&["has no order \"订单\""]);
    let done = hoplens(&[&order[..], &["--lang", "zh", "-v"]].concat()).await.with(64 + 5);
    let done = done.saying(&["5 NOT_FOUND，耗时 ", "has no order \"订单\""]);
    assert!(done.stderr.contains("grpc-message: "), "{done:?}");

    // In the session: the answer's text, and the bytes that passed.
    let source = desk.source("greeter.proto").await;
    let draft = desk.open_method(&source, "Greeter/SayHello").await;
    let draft = desk.edit(&draft, |draft| name.clone_into(&mut draft.body));
    let answer = desk.call_until_ok(draft.id).await;
    assert!(outcome(&answer).is_some());
    let text: Value = serde_json::from_str(shown(&answer)).unwrap();
    assert_eq!(text["message"], "Hello 你好");
    let call = answer.call.as_ref().unwrap();
    let passed = |way: Direction| -> Vec<u8> {
        let parts = call.recording.parts.iter().filter(|part| part.direction == way);
        parts.filter_map(|part| part.bytes.as_ref()).flatten().copied().collect()
    };
    let holds = |bytes: &[u8], text: &str| {
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    assert!(holds(&passed(Direction::Sent), "你好"));
    assert!(holds(&passed(Direction::Received), "Hello 你好"));
    desk.close().await;
}
