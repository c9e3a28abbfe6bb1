//! What a small reader of its own finds in written files.

use proptest::prelude::*;

use super::packet::{MAX_SEGMENT, SYN};
use super::read_back::{
    Stream, blocks, expected, read, read_options, reassembled, recording, talk,
};
use super::*;
use crate::model::{RecordingPart, Timestamp};
use Direction::{Received, Sent};

/// Gaps beyond this are skipped.
const LONG: u64 = 64 << 20;

#[test]
fn the_file_says_what_it_holds() {
    let file = pcapng(&[]);
    let blocks = blocks(&file);
    let [(_, section), (_, interface)] = blocks[..] else { panic!("{blocks:?}") };
    assert_eq!(section[..16], *b"\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");
    assert!(read_options(&section[16..])[0].1.starts_with(b"Hoplens "));
    assert_eq!(interface[..8], [101, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(read_options(&interface[8..]), [(2, &b"hoplens"[..]), (9, &[9])]);
}

#[test]
fn an_empty_recording_is_a_handshake() {
    let recording = Recording::default();
    let packets = read(&pcapng(&[talk(&recording, &[])]));
    assert_eq!(packets.len(), 3);
    let (streams, _) = reassembled(&packets);
    assert_eq!(streams, [Stream::default(), Stream::default()]);
    assert_eq!(packets[0].comments, ["the first"]);
}

#[test]
fn comments_stand_on_their_packets() {
    let recording = recording(vec![(Sent, 5, Ok(b"abc".to_vec()))], 1000);
    let prelude = [(Sent, Bytes::from_static(b"PRI")), (Received, Bytes::from_static(b"SET"))];
    let long = "\u{e4}".repeat(40_000);
    let packets =
        read(&pcapng(&[Conversation { comment: Some(&long), ..talk(&recording, &prelude) }]));
    assert_eq!(packets[0].comments[0].len(), 65_532);
    let comments: Vec<_> = packets[1..].iter().map(|packet| packet.comments.join("|")).collect();
    assert_eq!(comments, ["", "", "made up", "made up", "", "", "", ""]);
    assert!(packets.iter().all(|packet| packet.at == 5));
    assert_eq!(reassembled(&packets).0[0].pieces, [(0, b"PRIabc".to_vec())]);
}

#[test]
fn a_gap_begins_in_the_packet_before_it() {
    let parts = vec![
        (Received, 1, Ok(vec![7; 9])),
        (Received, 2, Err(70_000)),
        (Received, 3, Ok(vec![8; 5])),
        (Sent, 4, Err(3)),
    ];
    let recording = recording(parts, 0);
    let packets = read(&pcapng(&[talk(&recording, &[])]));
    let lens: Vec<_> = packets[3..7].iter().map(|p| (p.payload.len(), p.full_len)).collect();
    assert_eq!(lens, [(9, MAX_SEGMENT), (0, 10_009), (5, 5), (0, 3)]);
    assert_eq!(packets[3].comments, ["70000 bytes that were counted, not kept."]);
    assert_eq!(packets[4].comments, [""; 0]);
}

#[test]
fn a_long_gap_takes_few_packets_and_true_sequence_numbers() {
    for len in
        [LONG - 1, LONG, LONG + 1, 1 << 31, 3 << 31, (1 << 32) - 1, 1 << 32, 1 << 40, 1 << 60]
    {
        for start in [vec![], vec![1_u8; 10]] {
            let parts = vec![(Sent, 1, Ok(start)), (Sent, 2, Err(len)), (Sent, 3, Ok(vec![2; 10]))];
            let recording = recording(parts, 0);
            let conversation = talk(&recording, &[]);
            let packets = read(&pcapng(&[conversation]));
            assert!(packets.len() < if len <= LONG { 1_200 } else { 20 }, "{len}");
            let (streams, skipped) = reassembled(&packets);
            assert_eq!(streams, expected(&conversation));
            assert_eq!(skipped > 0, len > LONG);
        }
    }
}

#[test]
fn a_hole_between_offsets_is_a_gap_and_nonsense_does_no_harm() {
    let part = |offset, len, bytes: &'static [u8]| RecordingPart {
        at: Timestamp(u64::MAX),
        direction: Sent,
        offset,
        len,
        bytes: Some(Bytes::from_static(bytes)),
    };
    let parts = vec![part(5, 3, b"abc"), part(10, 9, b"def"), part(19, 0, b"g"), part(2, 1, b"h")];
    let recording = Recording { parts, ..Recording::default() };
    let (streams, _) = reassembled(&read(&pcapng(&[talk(&recording, &[])])));
    let pieces = [(0, b"abc".to_vec()), (5, b"def".to_vec()), (14, b"gh".to_vec())];
    assert_eq!(streams[0].pieces, pieces);

    let mut parts = vec![part(u64::MAX, u64::MAX, b"x"), part(0, u64::MAX, b"y")];
    parts.push(RecordingPart { bytes: None, ..part(u64::MAX, u64::MAX, b"") });
    let recording = Recording { parts, ..Recording::default() };
    reassembled(&read(&pcapng(&[talk(&recording, &[])])));
}

#[test]
fn addresses_of_two_families_become_one() {
    let recording = recording(vec![(Sent, 1, Ok(b"hi".to_vec()))], 0);
    let check = |client: &str, server: &str, expected: [&str; 2]| {
        let (client, server) = (client.parse().unwrap(), server.parse().unwrap());
        let packets = read(&pcapng(&[Conversation { client, server, ..talk(&recording, &[]) }]));
        let found = [packets[0].from.to_string(), packets[0].to.to_string()];
        assert_eq!(found, expected);
        assert_eq!(reassembled(&packets).0[0].pieces, [(0, b"hi".to_vec())]);
    };
    check("10.0.0.1:9", "10.0.0.2:80", ["10.0.0.1:9", "10.0.0.2:80"]);
    check("[::1]:9", "[2001:db8::2]:80", ["[::1]:9", "[2001:db8::2]:80"]);
    check("127.0.0.1:9", "[::1]:80", ["[::ffff:127.0.0.1]:9", "[::1]:80"]);
    check("[::1]:9", "127.0.0.1:80", ["[::1]:9", "[::ffff:127.0.0.1]:80"]);
    check("[::ffff:127.0.0.1]:9", "127.0.0.1:80", ["127.0.0.1:9", "127.0.0.1:80"]);
}

#[test]
fn conversations_are_told_apart_and_merged_by_time() {
    let first = recording(vec![(Sent, 10, Ok(b"a".to_vec())), (Sent, 30, Ok(b"c".to_vec()))], 0);
    let second = recording(vec![(Sent, 20, Ok(b"b".to_vec()))], 0);
    let at = |client: &str, server: &str, recording| Conversation {
        client: client.parse().unwrap(),
        server: server.parse().unwrap(),
        ..talk(recording, &[])
    };
    let (one, other) = ("127.0.0.1:65535", "127.0.0.1:50051");
    let same = [at(one, other, &first), at(one, other, &second), at(other, one, &second)];
    let packets = read(&pcapng(&same));
    assert!(packets.is_sorted_by_key(|packet| packet.at));
    let opens: Vec<_> = packets.iter().filter(|packet| packet.flags == SYN).collect();
    let ports: Vec<_> = opens.iter().map(|packet| (packet.from.port(), packet.to.port())).collect();
    assert_eq!(ports, [(65535, 50051), (49152, 50051), (50052, 65535)]);
    assert_eq!(opens[0].comments, ["the first"]);
    assert!(opens[1].comments[1].contains("was 65535"));
    let unknown = [at("127.0.0.1:0", "127.0.0.1:49152", &first)];
    let packets = read(&pcapng(&unknown));
    assert_eq!((packets[0].from.port(), packets[0].comments.len()), (49153, 1));
}

fn any_direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Sent), Just(Received)]
}

fn any_part() -> impl Strategy<Value = (Direction, u64, Result<Vec<u8>, u64>)> {
    let bytes = prop_oneof![
        8 => proptest::collection::vec(any::<u8>(), 0..40),
        1 => (any::<u8>(), 59_990_usize..130_000).prop_map(|(byte, len)| vec![byte; len]),
    ];
    let gap = prop_oneof![8 => 0_u64..200_000, 1 => LONG..LONG + 3, 1 => 0_u64..1 << 34];
    let what = prop_oneof![3 => bytes.prop_map(Ok), 1 => gap.prop_map(Err)];
    (any_direction(), 0_u64..1 << 62, what)
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        parts in proptest::collection::vec(any_part(), 0..12),
        start in 0_u64..1 << 40,
        prelude in proptest::collection::vec(
            (any_direction(), proptest::collection::vec(any::<u8>(), 0..30)), 0..4),
        is_v6: bool,
    ) {
        let recording = recording(parts, start);
        let prelude: Vec<_> = prelude.into_iter().map(|(way, bytes)| (way, Bytes::from(bytes))).collect();
        let mut conversation = talk(&recording, &prelude);
        if is_v6 {
            conversation.server = "[2001:db8::1]:443".parse().unwrap();
        }
        let packets = read(&pcapng(&[conversation]));
        prop_assert!(packets.is_sorted_by_key(|packet| packet.at));
        let (streams, skipped) = reassembled(&packets);
        prop_assert_eq!(streams, expected(&conversation));
        let has_long = recording.parts.iter().any(|part| part.bytes.is_none() && part.len > LONG);
        prop_assert_eq!(skipped > 0, has_long);
    }
}
