//! The bytes of a call on the command line: printed, written for other programs, and what makes an answer one that
//! cannot be trusted.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use hoplens::model::{Direction, LegSide};
use hoplens::session::{Command, NoticeKind, State};
use hoplens::wire::{Step, StepKind};

use crate::command_line::demo;
use crate::desk::{Desk, eventually};
use crate::program::{Running, hoplens};
use crate::source::root;

const SECRET: &str = "hunter2-and-more";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_printed_from_its_bytes_and_written_without_its_credentials() {
    let (desk, greeter, gateway) = demo().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let proto = root().join("sample-protos/greeter.proto").display().to_string();
    let header = format!("authorization: Bearer {SECRET}");
    let call =
        ["call", &greeter, "Greeter/SayHello", "--proto", &proto, "-d", "{\"name\": \"Ada\"}"];
    let asked =
        [&call[..], &["-H", &header, "--wire", "--pcapng", &path("a.pcapng"), "--raw", &path("a")]];
    let done = hoplens(&asked.concat()).await.with(0);
    let in_order = [
        "> :path: /Greeter/SayHello",
        "> authorization: ***",
        "> message 1, 10 B",
        ">   name \"Ada\"",
        "< :status: 200",
        "< message 1, ",
        "<   message \"Hello Ada\"",
        "<+ grpc-status: 0",
    ];
    let mut rest = done.stderr.as_str();
    for words in in_order {
        let at = rest.find(words).unwrap_or_else(|| panic!("{words:?} is not in {rest}"));
        rest = &rest[at..];
    }
    for name in ["a.pcapng", "a.sent", "a.received"] {
        let bytes = fs::read(path(name)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!bytes.is_empty() && !text.contains(SECRET), "{name}");
    }
    assert!(fs::read(path("a.sent")).unwrap().starts_with(b"PRI * HTTP/2.0"));
    assert!(!done.stderr.contains(SECRET));

    let frames = hoplens(&[&call[..], &["--wire=frames"]].concat()).await.with(0);
    let frames = frames.saying(&[
        "> @0 Connection Preface, 24 B",
        "SETTINGS_MAX_FRAME_SIZE 16384",
        ":method POST [Indexed Header Field, 3 (static)]",
        "name \"Ada\"",
        "< @0 SETTINGS",
    ]);
    assert!(!frames.stderr.contains("! "), "{frames:?}");

    let url = format!("http://{gateway}/products?api_key={SECRET}");
    let raw = path("b");
    let http = hoplens(&["http", "GET", &url, "-H", &header, "--wire", "--raw", &raw]).await;
    let http = http.with(0);
    assert!(!http.stderr.contains(SECRET), "{http:?}");
    assert!(!String::from_utf8_lossy(&fs::read(path("b.sent")).unwrap()).contains(SECRET));
    http.saying(&[
        "> GET /products?api_key=**",
        "> authorization: ***",
        "< HTTP/1.1 200 OK",
        "< body",
    ]);
    desk.close().await;
}

/// What never passed is no connection: the file has no packets.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_never_sent_leaves_no_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.pcapng");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}/");
    hoplens(&["http", "GET", &url, "--pcapng", &path.display().to_string()]).await.with(2);
    let bytes = fs::read(&path).unwrap();
    let block = |kind: u32| bytes.chunks_exact(4).any(|word| word == kind.to_le_bytes());
    assert!(bytes.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) && !block(6), "{bytes:?}");
}

/// A later call on a kept connection says little by itself: what it refers to is brought along.
#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_of_a_call_on_a_kept_connection_are_understood_and_saved() {
    let desk = Desk::with_demo().await;
    let draft = desk.front().await;
    desk.call(draft.id).await;
    let answer = desk.call(draft.id).await;
    assert!(answer.call.as_ref().unwrap().connection.as_ref().unwrap().is_kept);
    let paths = answer.wire.exchange.entries().filter(|(.., entry)| entry.field.0 == ":path");
    let paths: Vec<_> = paths.map(|(.., entry)| entry.field.1.clone()).collect();
    assert_eq!(paths, ["/Greeter/SayHello"]);
    let sums = answer.wire.exchange.sums;
    assert_eq!((sums.sent.other, sums.received.other), (0, 0), "{sums:?}");
    assert!(sums.sent.headers * 2 < sums.sent.headers_plain, "{sums:?}");
    // Beside the call that opened the connection, and added up.
    let account = &answer.account;
    let opening = account.opening.as_ref().unwrap();
    assert_eq!((opening.operation.as_str(), account.n_calls), ("Greeter/SayHello", 2));
    let (first, this) = (opening.sums.together(), sums.together());
    assert!(first.control > this.control && first.headers > this.headers, "{first:?} {this:?}");
    assert_eq!(account.draft.together().in_all(), first.in_all() + this.in_all());
    let recording = &answer.wire.recording;
    for (direction, sums) in [(Direction::Sent, sums.sent), (Direction::Received, sums.received)] {
        assert_eq!(sums.in_all(), recording.len_of(direction));
    }

    let path = desk.folder().join("call.pcapng");
    let call = answer.call.as_ref().unwrap().id;
    desk.send(Command::SaveCapture { call, side: 0, path: path.clone() });
    let said = |kind: &NoticeKind| match kind {
        NoticeKind::CaptureSaved { path } => Some(path.clone()),
        _ => None,
    };
    assert_eq!(desk.notice("the file", said).await, path);
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]));
    assert!(String::from_utf8_lossy(&bytes).contains("PRI * HTTP/2.0"));

    let path = desk.folder().join("call.raw");
    desk.send(Command::SaveCapture { call, side: 0, path: path.clone() });
    let saved = |kind: &NoticeKind| match kind {
        NoticeKind::CaptureSaved { path } if path.extension().is_some_and(|one| one == "raw") => {
            Some(())
        }
        _ => None,
    };
    desk.notice("the raw files", saved).await;
    for (ending, direction) in [("sent", Direction::Sent), ("received", Direction::Received)] {
        let bytes = fs::read(path.with_extension(ending)).unwrap();
        assert_eq!(bytes, recording.contiguous(direction), "{ending}");
    }
    desk.send(Command::SaveCapture { call, side: 0, path: path.clone() });
    let refused = |kind: &NoticeKind| matches!(kind, NoticeKind::SaveFailed { .. }).then_some(());
    desk.notice("no second file over the first", refused).await;
    desk.close().await;
}

/// Many others pass the gateway meanwhile, on the same connections.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_through_the_gateway_is_seen_at_both_its_sides() {
    let desk = Desk::with_demo().await;
    desk.send(Command::SetTraffic(100));
    let draft = desk.front().await;
    for _ in 0..3 {
        let id = desk.call_until_ok(draft.id).await.call.as_ref().unwrap().id;
        let both = |state: &State| {
            let answer = state.answers.get(&draft.id)?;
            (answer.legs.len() == 2 && answer.call.as_ref()?.id == id).then(|| Arc::clone(answer))
        };
        let answer = desk.until("both sides", both).await;
        let [client, upstream] = &*answer.legs else { panic!("{:?}", answer.legs.len()) };
        let LegSide::Upstream { instance, address } = &upstream.side else { panic!() };
        assert!(instance.starts_with("greeter-"), "{instance}");
        assert_eq!(desk.instance(instance).unwrap().address, *address);
        assert_eq!(client.side, LegSide::Client);
        // Bytes that left the client are those that the gateway took in, later.
        let own = &answer.wire.exchange.steps;
        let taken = &client.reading.exchange.steps;
        assert_eq!(own.len(), taken.len());
        for (own, taken) in own.iter().zip(taken) {
            assert_eq!(own.gathered.bytes, taken.gathered.bytes);
            let (first, second) =
                if own.direction == Direction::Sent { (own, taken) } else { (taken, own) };
            assert!(first.at <= second.ended, "{first:?} {second:?}");
        }
        let payload = |steps: &[Step]| -> Vec<Vec<u8>> {
            let messages = steps.iter().filter(|step| matches!(step.kind, StepKind::Message(_)));
            messages.map(|step| step.gathered.bytes.clone()).collect()
        };
        let passed_on = &upstream.reading.exchange.steps;
        assert_eq!(payload(passed_on), payload(own));
        let trace = answer.trace.as_ref().unwrap();
        assert!(trace.spans.iter().any(|span| span.span_id == upstream.asked_by));
        // What is shown is what is saved.
        for (side, reading) in [(1, &client.reading), (2, &upstream.reading)] {
            let path = desk.folder().join(format!("{id}-{side}.raw"));
            desk.send(Command::SaveCapture { call: id, side, path: path.clone() });
            let sent = path.with_extension("sent");
            let saved = eventually("the raw bytes", || fs::read(&sent).ok()).await;
            let own = reading.recording.contiguous(Direction::Sent);
            assert_eq!(saved.len(), own.len());
        }
        for leg in [client, upstream] {
            let read = &leg.reading.exchange;
            for direction in [Direction::Sent, Direction::Received] {
                let own = read.shown_items().filter(|(_, item)| item.direction == direction);
                let len: u64 = own.map(|(_, item)| item.len).sum();
                assert_eq!(read.sums.of(direction).in_all(), len);
            }
        }
    }
    desk.close().await;
}

/// Between the program and the demo: the client sees what it would have seen, and the tap says what passed.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_tap_forwards_every_byte_and_says_what_passed() {
    let (desk, greeter, gateway) = demo().await;
    let start = async |target: &str, more: &[&str]| {
        let between = format!("0={target}");
        let tap = Running::start(&[&["tap", &between], more].concat(), None);
        let address = || tap.stdout().split_once(" -> ").map(|(address, _)| address.to_owned());
        let address = eventually("the tap", address).await;
        (tap, address)
    };
    let (tap, address) = start(&greeter, &["--wire"]).await;
    for name in ["Ada", "Grace"] {
        let data = format!("{{\"name\": \"{name}\"}}");
        let done = hoplens(&["call", &address, "Greeter/SayHello", "-d", &data]).await.with(0);
        assert!(done.stdout.contains(&format!("Hello {name}")), "{done:?}");
    }
    let said = |tap: &Running, words: &str| tap.stdout().contains(words).then_some(());
    let call = "POST /Greeter/SayHello 200 grpc-status 0";
    eventually("two calls", || (tap.stdout().matches(call).count() == 2).then_some(())).await;
    tap.interrupt();
    tap.done().await.with(0).saying(&[">   name \"Ada\"", "<   message \"Hello Grace\""]);

    let (tap, address) = start(&gateway, &[]).await;
    let url = format!("http://{address}/products");
    hoplens(&["http", "GET", &url]).await.with(0);
    eventually("the request", || said(&tap, "GET /products 200")).await;
    drop(tap);

    // Bytes of no protocol at all.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let echo_at = listener.local_addr().unwrap().to_string();
    let echo = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut back = stream.try_clone().unwrap();
        std::io::copy(&mut stream, &mut back).unwrap();
        back.shutdown(std::net::Shutdown::Write).unwrap();
    };
    std::thread::Builder::new().name("echo".to_owned()).spawn(echo).unwrap();
    let (_tap, address) = start(
        &echo_at,
        &["--proto", &root().join("sample-protos/greeter.proto").display().to_string()],
    )
    .await;
    let sent: Vec<u8> =
        (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let copy = sent.clone();
    let write = move || {
        writer.write_all(&copy).unwrap();
        writer.shutdown(std::net::Shutdown::Write).unwrap();
    };
    std::thread::Builder::new().name("writer".to_owned()).spawn(write).unwrap();
    let mut came = Vec::new();
    stream.read_to_end(&mut came).unwrap();
    assert_eq!(came, sent);
    hoplens(&["tap", "9000"]).await.with(2).saying(&["9000=localhost:50051"]);
    desk.close().await;
}
