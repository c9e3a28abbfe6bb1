use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::model::{Compression, GrpcWeb, Headers, Keepalive, MethodPath, Request, TlsOptions};
use crate::schema::load_virtual;

fn call(target: &str) -> CallToCopy {
    CallToCopy {
        method: MethodPath::parse("Greeter/SayHello").unwrap(),
        schema: SchemaPlace::Reflection,
        rpc_headers: Headers::new(),
        reflect_headers: Headers::new(),
        data: "{\"name\": \"Ada\"}".to_owned(),
        is_text: false,
        emit_defaults: false,
        compression: None,
        keepalive: None,
        is_paced: false,
        grpc_web: None,
        peer: PeerToCopy {
            target: target.parse().unwrap(),
            headers: Headers::new(),
            deadline: DeadlineToCopy::Usual,
            tls: TlsOptions::default(),
            authority: None,
            max_message_bytes: Request::DEFAULT_MAX_MESSAGE_BYTES,
        },
    }
}

fn lost(notes: &[CopyNote]) -> Vec<CopyLoss> {
    let lost = notes.iter().map(|note| match note {
        CopyNote::Lost(loss) => *loss,
        CopyNote::Variable { .. } => panic!("{note:?}"),
    });
    lost.collect()
}

/// The line, put on one, and what it loses.
#[track_caller]
fn check(call: &CallToCopy, format: CopyFormat, line: &str, losses: &[CopyLoss]) {
    let copied = copy_call(call, format, None).unwrap();
    assert_eq!(copied.text.replace(" \\\n  ", " "), line);
    assert_eq!(lost(&copied.notes), losses, "{line}");
}

use CopyFormat::{BufCurl, Grpcurl, Hoplens};

#[test]
fn a_plain_call_is_one_line() {
    let call = call("localhost:50051");
    let grpcurl = "grpcurl -plaintext -d '{\"name\": \"Ada\"}' localhost:50051 Greeter/SayHello";
    check(&call, Grpcurl, grpcurl, &[]);
    let buf = "buf curl --protocol grpc --http2-prior-knowledge -d '{\"name\": \"Ada\"}' \
               http://localhost:50051/Greeter/SayHello";
    check(&call, BufCurl, buf, &[]);
    let hoplens = "hoplens call localhost:50051 Greeter/SayHello -d '{\"name\": \"Ada\"}'";
    check(&call, Hoplens, hoplens, &[]);
    assert_eq!(copy_call(&call, CopyFormat::Curl, None), Err(NotCopied::Format));
    assert_eq!(copy_call(&call, CopyFormat::Go, None), Err(NotCopied::UnknownMethod));
}

#[test]
fn trust_and_names_are_said_as_far_as_a_tool_can() {
    let mut call = call("api.example.com:443");
    call.data.clear();
    call.peer.tls = TlsOptions {
        ca_file: Some("ca.pem".into()),
        cert_file: Some("my cert.pem".into()),
        key_file: Some("key.pem".into()),
        ..TlsOptions::default()
    };
    let files = "-cacert ca.pem -cert 'my cert.pem' -key key.pem";
    let end = "api.example.com:443 Greeter/SayHello";
    check(&call, Grpcurl, &format!("grpcurl {files} {end}"), &[]);
    let ours = "--cacert ca.pem --cert 'my cert.pem' --key key.pem";
    check(&call, Hoplens, &format!("hoplens call {end} {ours}"), &[]);

    call.peer.tls.server_name = Some("inner".to_owned());
    let text = format!("grpcurl {files} -servername inner {end}");
    check(&call, Grpcurl, &text, &[CopyLoss::Authority]);
    call.peer.authority = Some("inner".to_owned());
    check(&call, Grpcurl, &format!("grpcurl {files} -authority inner {end}"), &[]);
    call.peer.authority = Some("outer".to_owned());
    check(&call, Grpcurl, &text, &[CopyLoss::Authority]);
    let text = format!("hoplens call {end} --authority outer {ours} --servername inner");
    check(&call, Hoplens, &text, &[]);
    let dashed = ours;
    let text = format!(
        "buf curl --protocol grpc {dashed} --servername inner -H 'Host: outer' \
         https://api.example.com:443/Greeter/SayHello"
    );
    check(&call, BufCurl, &text, &[]);

    call.peer.tls = TlsOptions { is_insecure: true, ..TlsOptions::default() };
    check(&call, Grpcurl, &format!("grpcurl -insecure -authority outer {end}"), &[]);
    call.peer.tls.is_insecure = false;
    let text = format!("grpcurl -authority outer {end}");
    check(&call, Grpcurl, &text, &[CopyLoss::ServerName]);
}

#[test]
fn a_schema_in_files_is_named_as_each_tool_takes_it() {
    let mut call = call("grpc://example.com:1");
    call.data.clear();
    let end = "example.com:1 Greeter/SayHello";
    let url = "http://example.com:1/Greeter/SayHello";
    let files = |protos: &[&str], sets: &[&str], roots: &[&str], found: &[&str]| {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect();
        SchemaPlace::Files {
            protos: paths(protos),
            descriptor_sets: paths(sets),
            roots: paths(roots),
            found_roots: paths(found),
        }
    };
    let mut check_both =
        |schema, grpcurl: &str, buf: &str, ours: &str, losses: [&[CopyLoss]; 2]| {
            call.schema = schema;
            check(&call, Grpcurl, &format!("grpcurl -plaintext {grpcurl} {end}"), losses[0]);
            let start = "buf curl --protocol grpc --http2-prior-knowledge";
            check(&call, BufCurl, &format!("{start} {buf} {url}"), losses[1]);
            check(&call, Hoplens, &format!("hoplens call {end} {ours} --plaintext"), &[]);
        };
    check_both(
        files(&["a/b.proto"], &[], &[], &["a"]),
        "-import-path a -proto a/b.proto",
        "--schema a/b.proto",
        "--proto a/b.proto",
        [&[], &[]],
    );
    check_both(
        files(&["a/b.proto"], &[], &["."], &["x"]),
        "-import-path . -import-path x -proto a/b.proto",
        "--schema .",
        "-I . --proto a/b.proto",
        [&[], &[CopyLoss::MoreRoots]],
    );
    check_both(
        files(&[], &["all.pb", "more.binpb"], &[], &[]),
        "-protoset all.pb -protoset more.binpb",
        "--schema 'all.pb#format=binpb'",
        "--descriptor-set all.pb --descriptor-set more.binpb",
        [&[], &[CopyLoss::MoreSchemas]],
    );
    check_both(
        files(&["a.proto"], &["all.bin"], &[], &[]),
        "-proto a.proto",
        "--schema all.bin",
        "--proto a.proto --descriptor-set all.bin",
        [&[CopyLoss::MoreSchemas], &[CopyLoss::MoreSchemas]],
    );
}

#[test]
fn compression_and_grpc_web_are_ours_to_say() {
    let mut call = call("localhost:1");
    call.data.clear();
    call.compression = Some(Compression::Gzip);
    call.grpc_web = Some(GrpcWeb::Text);
    let line = "hoplens call localhost:1 Greeter/SayHello --compress gzip --grpc-web=text";
    check(&call, Hoplens, line, &[]);
    let line = "grpcurl -plaintext localhost:1 Greeter/SayHello";
    check(&call, Grpcurl, line, &[CopyLoss::Compression, CopyLoss::GrpcWeb]);
}

#[test]
fn bytes_of_metadata_are_base64_to_others() {
    let mut call = call("localhost:1");
    call.data.clear();
    call.rpc_headers.push("k-bin", "hex:0a0b");
    let line = "hoplens call localhost:1 Greeter/SayHello --rpc-header 'k-bin: hex:0a0b'";
    check(&call, Hoplens, line, &[]);
    let line = "grpcurl -plaintext -rpc-header 'k-bin: Cgs' localhost:1 Greeter/SayHello";
    check(&call, Grpcurl, line, &[]);
}

#[test]
fn signs_of_life_are_said_where_they_can_be() {
    let mut call = call("localhost:1");
    call.data.clear();
    call.keepalive = Keepalive::every(Duration::from_secs(30));
    let line = "hoplens call localhost:1 Greeter/SayHello --keepalive 30s";
    check(&call, Hoplens, line, &[]);
    let line = "grpcurl -plaintext -keepalive-time 30 localhost:1 Greeter/SayHello";
    check(&call, Grpcurl, line, &[]);
    let line =
        "buf curl --protocol grpc --http2-prior-knowledge http://localhost:1/Greeter/SayHello";
    check(&call, BufCurl, line, &[CopyLoss::Keepalive]);
}

#[test]
fn what_is_unusual_is_said_or_noted() {
    let mut call = call("unix:/run/a b.sock");
    call.data = "-5".to_owned();
    call.schema = SchemaPlace::Window;
    call.is_text = true;
    call.emit_defaults = true;
    call.peer.deadline = DeadlineToCopy::After(Duration::from_millis(250));
    call.peer.max_message_bytes = (1 << 20) + 1;
    call.peer.headers.push("user-agent", "mine");
    call.rpc_headers.push("a", "1");
    call.reflect_headers.push("b", "2");
    check(
        &call,
        Grpcurl,
        "grpcurl -plaintext -user-agent mine -rpc-header 'a: 1' -reflect-header 'b: 2' -max-time 0.25 \
         -max-msg-sz 1048577 -format text -emit-defaults -d -5 -unix '/run/a b.sock' Greeter/SayHello",
        &[CopyLoss::SchemaInWindow],
    );
    check(
        &call,
        BufCurl,
        "buf curl --protocol grpc --unix-socket '/run/a b.sock' --http2-prior-knowledge -H 'user-agent: mine' \
         --reflect-header '*' -H 'a: 1' --reflect-header 'b: 2' --timeout 250ms --emit-defaults -d -5 \
         http://localhost/Greeter/SayHello",
        &[
            CopyLoss::SchemaInWindow,
            CopyLoss::ReflectHeaders,
            CopyLoss::MessageLimit,
            CopyLoss::Notation,
        ],
    );
    check(
        &call,
        Hoplens,
        "hoplens call 'unix:/run/a b.sock' Greeter/SayHello '--data=\n-5' -H 'user-agent: mine' --deadline 250ms \
         --max-message 2 --rpc-header 'a: 1' --reflect-header 'b: 2' --format text --emit-defaults",
        &[CopyLoss::SchemaInWindow],
    );

    call.peer.target = "localhost:1/behind".parse().unwrap();
    call.peer.deadline = DeadlineToCopy::Never;
    let copied = copy_call(&call, Grpcurl, None).unwrap();
    assert_eq!(lost(&copied.notes), [CopyLoss::SchemaInWindow, CopyLoss::Path]);
    let copied = copy_call(&call, BufCurl, None).unwrap();
    assert!(copied.text.ends_with("http://localhost:1/behind/Greeter/SayHello"), "{}", copied.text);
    let copied = copy_call(&call, Hoplens, None).unwrap();
    assert_eq!(lost(&copied.notes), [CopyLoss::SchemaInWindow, CopyLoss::NoDeadline]);
}

/// A person ran the programs of `tests/interop/copied.py`, which look like these, and read these for style.
#[test]
fn programs_are_as_people_write_them() {
    let schema = load_virtual(&[(
        "shop/word-list.proto",
        "syntax = \"proto3\"; package shop.class; option go_package = \"example.com/shop/wordlist;words\";
        import \"google/protobuf/empty.proto\"; import \"google/api/http.proto\";
        message Word { message Deep { int32 type = 1; } Deep deep = 1; string text = 2; Word self = 3; Mood mood = 4; }
        enum Mood { MOOD_NONE = 0; MOOD_GLAD = 1; }
        service HTTPWords { rpc list_All(stream Word.Deep) returns (stream Word); rpc Put(Word) returns (Word); }",
    ), ("google/api/http.proto", "syntax = \"proto3\"; package google.api; message Http {}")])
    .schema;
    let mut call = call("https://words.example.com");
    call.method = MethodPath::parse("shop.class.HTTPWords/Put").unwrap();
    call.data =
        "{\"deep\": {}, \"self\": {\"text\": \"\\u202e`\"}, \"mood\": \"MOOD_GLAD\"}".to_owned();
    call.peer.deadline = DeadlineToCopy::After(Duration::from_secs(5));
    call.peer.max_message_bytes = 1024;
    call.peer.tls.server_name = Some("inner".to_owned());
    call.peer.tls.is_insecure = true;
    call.peer.headers.push("Key-Bin", "AAH/");
    call.peer.headers.push("cookie", "s3cret");
    let program = |call: &CallToCopy, format| copy_call(call, format, Some(&schema)).unwrap();
    let check = |call: &CallToCopy, format, parts: &[&str]| {
        let text = program(call, format).text;
        for part in parts {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(!text.contains("s3cret"), "{text}");
    };
    check(
        &call,
        CopyFormat::Go,
        &[
            "// protoc -I . --go_out=. --go-grpc_out=. shop/word-list.proto\n",
            "\tpb \"example.com/shop/wordlist\"\n",
            "pb.NewHTTPWordsClient(conn)",
            "client.Put(ctx, request)",
            "\"\\x00\\x01\\xff\"",
            "os.Getenv(\"COOKIE_VALUE\")",
            "ServerName: \"inner\", InsecureSkipVerify: true",
            "\\u0060",
            "MaxCallRecvMsgSize(1024)",
        ],
    );
    check(
        &call,
        CopyFormat::Python,
        &[
            "googleapis-common-protos",
            "from shop import word_list_pb2\nfrom shop import word_list_pb2_grpc\n",
            "stub.Put(request, timeout=5, metadata=metadata)",
            "(\"key-bin\", b\"\\x00\\x01\\xff\")",
        ],
    );
    assert_eq!(lost_only(&program(&call, CopyFormat::Python)), [CopyLoss::Insecure]);
    check(
        &call,
        CopyFormat::Rust,
        &[
            "pub mod class {\n        tonic::include_proto!(\"shop.class\");\n",
            "shop::class::http_words_client::HttpWordsClient::new(channel)",
            "self_: Some(Box::new(shop::class::Word {",
            "mood: shop::class::Mood::Glad as i32,",
            "\\u{202e}`",
            "deep: Some(shop::class::word::Deep::default()),",
            "append_bin(\"key-bin\", value)",
        ],
    );
    call.method = MethodPath::parse("shop.class.HTTPWords/list_All").unwrap();
    call.data = "{\"type\": 1} {}".to_owned();
    check(&call, CopyFormat::Go, &["client.List_All(ctx)", "&pb.Word_Deep{}"]);
    check(
        &call,
        CopyFormat::Python,
        &["word_list_pb2.Word.Deep()", "stub.list_All(iter(requests)"],
    );
    check(&call, CopyFormat::Rust, &["client.list_all(request)", "r#type: 1,"]);
    call.data.clear();
    check(&call, CopyFormat::Rust, &["Vec::<shop::class::word::Deep>::new()"]);
    call.data = "{\"tipe\": 1}".to_owned();
    let refused = copy_call(&call, CopyFormat::Rust, Some(&schema));
    assert!(matches!(refused, Err(NotCopied::Messages(problems)) if problems.len() == 1));
}

fn lost_only(copied: &Copied) -> Vec<CopyLoss> {
    let losses = copied.notes.iter().filter_map(|note| match note {
        CopyNote::Lost(loss) => Some(*loss),
        CopyNote::Variable { .. } => None,
    });
    losses.collect()
}

#[test]
fn an_http_request_is_a_line_of_curl() {
    let mut peer = call("https://example.com/a?b={c}").peer;
    peer.authority = Some("outer".to_owned());
    peer.headers.push("x-api-key", "s3cret");
    let mut http = HttpToCopy { method: "POST".to_owned(), body: "@b".to_owned(), peer };
    let text = copy_http(&http, CopyFormat::Curl).unwrap().text.replace(" \\\n  ", " ");
    let expect = "curl -X POST -H 'x-api-key: '\"$X_API_KEY\" -H 'Host: outer' -H content-type: --data-raw @b \
                  --globoff 'https://example.com:443/a?b={c}'";
    assert_eq!(text, expect);
    let text = copy_http(&http, CopyFormat::Hoplens).unwrap().text.replace(" \\\n  ", " ");
    let expect = "hoplens http POST 'example.com:443/a?b={c}' -d '\n@b' -H 'x-api-key: '\"$X_API_KEY\" --authority outer";
    assert_eq!(text, expect);
    http.method = "HEAD".to_owned();
    http.body.clear();
    http.peer.headers = Headers::new();
    let text = copy_http(&http, CopyFormat::Curl).unwrap().text;
    assert_eq!(text, "curl --head -H 'Host: outer' --globoff 'https://example.com:443/a?b={c}'");
    assert_eq!(copy_http(&http, CopyFormat::Rust), Err(NotCopied::Format));
}
