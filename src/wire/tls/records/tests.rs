//! What OpenSSL's client and server said to each other, against what tshark reads in the same bytes.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::model::{Recording, RecordingPart, Timestamp};
use crate::wire::tls::testing::capture;
use crate::wire::{Buffer, Exchange, Kept, WireKind};

/// `> 331 ClientHello`.
fn lines(recording: &Recording) -> Vec<String> {
    let exchange = Exchange::of(recording);
    let line = |(idx, item): (usize, &WireItem)| {
        let record = exchange.record(idx).unwrap();
        let says = match record.kind {
            RecordKind::Handshake => {
                exchange.handshake(idx).map(|m| m.name().into_owned()).collect::<Vec<_>>().join("+")
            }
            RecordKind::Alert(number) => format!("alert {number}"),
            RecordKind::ChangeCipherSpec => "change".to_owned(),
            RecordKind::Encrypted => format!("encrypted as {}", record.content),
            RecordKind::Unknown => "?".to_owned(),
        };
        let way = if item.direction == Direction::Sent { '>' } else { '<' };
        format!("{way} {} {says}", item.len - RECORD_HEAD_LEN as u64)
    };
    exchange.items.iter().enumerate().map(line).collect()
}

#[test]
fn records_are_those_that_tshark_finds() {
    let app = |way: char, n: &[u64]| -> Vec<String> {
        n.iter().map(|n| format!("{way} {n} encrypted as 23")).collect()
    };
    let own = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let tls13 = [
        own(&["> 331 ClientHello", "< 122 ServerHello", "< 1 change"]),
        app('<', &[32, 1214, 281, 69]),
        own(&["> 1 change"]),
        app('>', &[69]),
        app('<', &[250, 250]),
        app('>', &[39]),
        app('<', &[39, 19]),
    ];
    assert_eq!(lines(&capture("tls13")), tls13.concat());
    let tls12 = [
        own(&[
            "> 222 ClientHello",
            "< 74 ServerHello",
            "< 1192 Certificate",
            "< 300 ServerKeyExchange",
            "< 4 ServerHelloDone",
            "> 37 ClientKeyExchange",
            "> 1 change",
            "> 40 encrypted as 22",
            "< 186 NewSessionTicket",
            "< 1 change",
            "< 40 encrypted as 22",
        ]),
        app('>', &[46]),
        app('<', &[46]),
        own(&["< 26 encrypted as 21"]),
    ];
    assert_eq!(lines(&capture("tls12")), tls12.concat());
    // The client changes its cipher before the second hello, which is in clear all the same (RFC 8446 D.4).
    let retry = [
        own(&[
            "> 315 ClientHello",
            "< 88 HelloRetryRequest",
            "< 1 change",
            "> 1 change",
            "> 380 ClientHello",
            "< 187 ServerHello",
        ]),
        app('<', &[32, 1214, 281, 69]),
        app('>', &[69]),
        app('<', &[250, 250]),
        app('>', &[39]),
        app('<', &[39, 19]),
    ];
    assert_eq!(lines(&capture("retry")), retry.concat());
}

#[test]
fn what_a_listener_learns() {
    let heard = |name| Exchange::of(&capture(name)).overheard();
    let (new, old) = (heard("tls13"), heard("tls12"));
    assert_eq!(new.server_name.as_deref(), Some("shop.example"));
    assert_eq!((new.certificates.len(), new.n_encrypted, new.has_hello), (0, 10, true));
    // Before TLS 1.3 the certificates pass in clear.
    assert_eq!(old.server_name.as_deref(), Some("shop.example"));
    let subjects: Vec<_> = old.certificates.iter().map(|c| c.subject.text.as_str()).collect();
    assert_eq!(
        subjects,
        ["CN=shop.example, O=Größe", "C=DE, O=Hoplens tests, CN=Hoplens test root"]
    );
}

fn flat<'n>(node: &'n Node, into: &mut Vec<&'n Node>) {
    into.push(node);
    node.children.iter().for_each(|child| flat(child, into));
}

#[test]
fn hellos_are_read_field_by_field() {
    let recording = capture("tls13");
    let exchange = Exchange::of(&recording);
    let check = |item_idx: usize, wanted: &[(&str, &str)]| {
        let tree = exchange.item_tree(&Kept::of(&recording), item_idx).unwrap();
        let mut nodes = Vec::new();
        flat(&tree, &mut nodes);
        for (label, value) in wanted {
            let found = nodes.iter().any(|node| node.label == *label && node.value == *value);
            assert!(found, "{label} {value}: {tree:#?}");
        }
        assert!(nodes.iter().all(|node| node.fault.is_none()), "{tree:#?}");
    };
    check(
        0,
        &[
            ("Content Type", "22 handshake"),
            ("Legacy Version", "0x0301 TLS 1.0"),
            ("Legacy Version", "0x0303 TLS 1.2"),
            ("Cipher Suites", "31"),
            ("Cipher Suite", "0x1302 TLS_AES_256_GCM_SHA384"),
            ("Cipher Suite", "0x00ff TLS_EMPTY_RENEGOTIATION_INFO_SCSV"),
            ("Host Name", "shop.example"),
            ("Protocol Name", "h2"),
            ("Protocol Name", "http/1.1"),
            ("Version", "0x0304 TLS 1.3"),
            ("Version", "0x0301 TLS 1.0"),
            ("Key Share Entry", "0x001d x25519, 32"),
        ],
    );
    check(
        1,
        &[
            ("Cipher Suite", "0x1302 TLS_AES_256_GCM_SHA384"),
            ("Version", "0x0304 TLS 1.3"),
            ("Key Share Entry", "0x001d x25519, 32"),
        ],
    );
    check(3, &[("Encrypted Record", "32"), ("Content Type", "23 application_data")]);
}

/// The bytes of both ways, cut anew.
fn cut(recording: &Recording, step: usize) -> Recording {
    let mut parts = Vec::new();
    for part in &recording.parts {
        let bytes = part.bytes.clone().unwrap();
        for (idx, piece) in bytes.chunks(step).enumerate() {
            let offset = part.offset + (idx * step) as u64;
            let (len, bytes) = (piece.len() as u64, Some(Bytes::copy_from_slice(piece)));
            parts.push(RecordingPart { offset, len, bytes, ..part.clone() });
        }
    }
    Recording { parts, ..Recording::default() }
}

/// One message in many records, and where its bytes stand in them.
#[test]
fn a_message_in_pieces_is_put_together() {
    let whole = capture("tls12");
    let stream = whole.contiguous(Direction::Received);
    let start = 79 + RECORD_HEAD_LEN;
    let certificate = &stream[start..start + 1192];
    let mut cut = Vec::new();
    for piece in certificate.chunks(100) {
        cut.extend([22, 3, 3, 0, piece.len() as u8]);
        cut.extend(piece);
    }
    let part = RecordingPart {
        at: Timestamp(0),
        direction: Direction::Received,
        offset: 0,
        len: cut.len() as u64,
        bytes: Some(cut.into()),
    };
    let recording = Recording { parts: vec![part], ..Recording::default() };
    let exchange = Exchange::of(&recording);
    assert_eq!(exchange.items.len(), 12);
    assert_eq!(exchange.overheard().certificates.len(), 2);
    for item_idx in 0..12 {
        let names: Vec<_> = exchange.handshake(item_idx).map(HandshakeMessage::name).collect();
        assert_eq!(names, ["Certificate"]);
        let tree = exchange.item_tree(&Kept::of(&recording), item_idx).unwrap();
        assert_eq!(tree.children.last().unwrap().places.len(), 12);
    }
}

fn fault_of(bytes: &[u8]) -> Option<WireFault> {
    let part = RecordingPart {
        at: Timestamp(0),
        direction: Direction::Sent,
        offset: 0,
        len: bytes.len() as u64,
        bytes: Some(Bytes::copy_from_slice(bytes)),
    };
    let recording = Recording { parts: vec![part], ..Recording::default() };
    let tree = Exchange::of(&recording).item_tree(&Kept::of(&recording), 0).unwrap();
    let mut nodes = Vec::new();
    flat(&tree, &mut nodes);
    nodes.into_iter().find_map(|node| node.fault.clone())
}

#[test]
fn what_does_not_fit_is_named() {
    let hello = capture("tls13").contiguous(Direction::Sent)[..336].to_vec();
    assert_eq!(fault_of(&hello), None);
    assert_eq!(fault_of(&hello[..200]), Some(WireFault::TlsLength), "cut short");
    // The length of the cipher suites: behind record, message, version, random, session of 32.
    let mut suites = hello.clone();
    suites[5 + 4 + 2 + 32 + 33] = 0xff;
    assert_eq!(fault_of(&suites), Some(WireFault::TlsLength));
    let long = [&[23, 3, 3, 0xff, 0xff][..], &[0; 10]].concat();
    assert_eq!(fault_of(&long), Some(WireFault::TlsRecordLength(0xffff)));
}

/// A later call on a kept connection of TLS 1.2: nothing of it is in clear.
#[test]
fn a_stretch_that_begins_late_is_encrypted() {
    let mut recording = capture("tls12");
    recording.parts.drain(..recording.parts.len() - 1);
    assert_eq!(lines(&recording), ["< 26 encrypted as 21"]);
}

proptest! {
    #[test]
    fn records_are_the_same_however_they_are_cut(step in 1_usize..400) {
        for name in ["tls13", "tls12", "retry"] {
            let whole = capture(name);
            prop_assert_eq!(lines(&cut(&whole, step)), lines(&whole));
        }
    }

    /// Any byte may be another one: nothing is lost, nothing lies outside.
    #[test]
    fn damaged_records_are_read_and_no_byte_is_lost(
        name in prop_oneof![Just("tls13"), Just("tls12"), Just("retry")],
        damage in proptest::collection::vec((0_usize..2000, any::<u8>()), 0..20),
    ) {
        let mut recording = capture(name);
        for (at, byte) in damage {
            let n = recording.parts.len();
            let part = &mut recording.parts[at % n];
            let mut bytes = part.bytes.take().unwrap().to_vec();
            let len = bytes.len();
            bytes[at % len] = byte;
            part.bytes = Some(bytes.into());
        }
        let exchange = Exchange::of(&recording);
        let _heard = exchange.overheard();
        for direction in [Direction::Sent, Direction::Received] {
            let items = exchange.items.iter().filter(|item| item.direction == direction);
            prop_assert_eq!(items.map(|item| item.len).sum::<u64>(), recording.len_of(direction));
        }
        for (idx, item) in exchange.items.iter().enumerate() {
            let tree = exchange.item_tree(&Kept::of(&recording), idx).unwrap();
            if !matches!(item.kind, WireKind::Tls(_)) {
                continue;
            }
            let mut nodes = Vec::new();
            flat(&tree, &mut nodes);
            let buffer = Buffer::from(item.direction);
            let end = recording.len_of(item.direction);
            for place in nodes.iter().flat_map(|node| &node.places) {
                prop_assert!(place.buffer == buffer && place.range.end <= end);
            }
        }
    }

    #[test]
    fn any_handshake_is_read(kind in prop_oneof![Just(1_u8), Just(2), Just(11), any::<u8>()],
                             body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let len = (body.len() as u32).to_be_bytes();
        let message = [&[kind][..], &len[1..], &body].concat();
        let record = [&[22, 3, 3][..], &(message.len() as u16).to_be_bytes(), &message].concat();
        let _fault = fault_of(&record);
    }
}
