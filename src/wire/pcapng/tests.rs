//! A small reader of its own, and what it finds in written files.

use proptest::prelude::*;

use super::packet::{ACK, FIN, MAX_SEGMENT, SYN};
use super::*;
use crate::model::{RecordingPart, Timestamp};
use Direction::{Received, Sent};

/// Gaps beyond this are skipped.
const LONG: u64 = 64 << 20;

/// A packet as read back; its checksums were right.
#[derive(Debug)]
struct Read {
    at: u64,
    from: SocketAddr,
    to: SocketAddr,
    seq: u32,
    ack: u32,
    flags: u8,
    payload: Vec<u8>,
    /// Payload bytes as the headers count them.
    full_len: usize,
    comments: Vec<String>,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap())
}

fn le(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// All blocks: their type and body. Both lengths agree and the file ends with a block.
fn blocks(mut file: &[u8]) -> Vec<(u32, &[u8])> {
    let mut blocks = Vec::new();
    while !file.is_empty() {
        let len = le(file, 4) as usize;
        assert!(len >= 12 && len.is_multiple_of(4));
        assert_eq!(le(file, len - 4) as usize, len);
        blocks.push((le(file, 0), &file[8..len - 4]));
        file = &file[len..];
    }
    blocks
}

fn read_options(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut options = Vec::new();
    while !bytes.is_empty() {
        let code = u16::from_le_bytes([bytes[0], bytes[1]]);
        let len = usize::from(u16::from_le_bytes([bytes[2], bytes[3]]));
        if code == 0 {
            assert_eq!(bytes, [0; 4], "the end of the options is the end of the block");
            break;
        }
        options.push((code, &bytes[4..4 + len]));
        bytes = &bytes[4 + len.next_multiple_of(4)..];
    }
    options
}

/// Ones' complement sum; all ones when a checksum within is right. What is missing counts as zero.
fn folded(bytes: &[u8]) -> u32 {
    let mut sum = 0_u32;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

fn read_packet(body: &[u8]) -> Read {
    assert_eq!(le(body, 0), 0, "the one interface");
    let (captured, original) = (le(body, 12) as usize, le(body, 16) as usize);
    let ip = &body[20..20 + captured];
    let comments = read_options(&body[20 + captured.next_multiple_of(4)..])
        .into_iter()
        .map(|(code, value)| {
            assert_eq!(code, 1);
            String::from_utf8(value.to_vec()).unwrap()
        })
        .collect();
    let (from, to, tcp, tcp_len): (IpAddr, IpAddr, _, _) = if ip[0] == 0x45 {
        assert_eq!(usize::from(u16_at(ip, 2)), original);
        assert_eq!(folded(&ip[..20]), 0xffff, "IPv4 checksum");
        let octets = |at: usize| <[u8; 4]>::try_from(&ip[at..at + 4]).unwrap();
        assert_eq!(ip[9], 6);
        (octets(12).into(), octets(16).into(), &ip[20..], original - 20)
    } else {
        assert_eq!(ip[0], 0x60);
        assert_eq!(usize::from(u16_at(ip, 4)) + 40, original);
        let octets = |at: usize| <[u8; 16]>::try_from(&ip[at..at + 16]).unwrap();
        assert_eq!(ip[6], 6);
        (octets(8).into(), octets(24).into(), &ip[40..], original - 40)
    };
    let octets = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let pseudo =
        [octets(from), octets(to), (tcp_len as u32).to_be_bytes().into(), vec![0, 0, 0, 6]];
    assert_eq!(folded(&[pseudo.concat(), tcp.to_vec()].concat()), 0xffff, "TCP checksum");
    let head_len = usize::from(tcp[12] >> 4) * 4;
    Read {
        at: u64::from(le(body, 4)) << 32 | u64::from(le(body, 8)),
        from: SocketAddr::new(from, u16_at(tcp, 0)),
        to: SocketAddr::new(to, u16_at(tcp, 2)),
        seq: u32::from_be_bytes(tcp[4..8].try_into().unwrap()),
        ack: u32::from_be_bytes(tcp[8..12].try_into().unwrap()),
        flags: tcp[13],
        payload: tcp[head_len..].to_vec(),
        full_len: tcp_len - head_len,
        comments,
    }
}

fn read(file: &[u8]) -> Vec<Read> {
    let blocks = blocks(file);
    assert_eq!(blocks.iter().map(|(kind, _)| *kind).take(2).collect::<Vec<_>>(), [0x0a0d_0d0a, 1]);
    let packets = blocks[2..].iter().inspect(|(kind, _)| assert_eq!(*kind, 6));
    packets.map(|(_, body)| read_packet(body)).collect()
}

/// The bytes of one direction, as far as they are there.
#[derive(Debug, Default, PartialEq)]
struct Stream {
    /// Pieces that touch are one; each begins at its position in the stream, modulo 2^32.
    pieces: Vec<(u32, Vec<u8>)>,
    /// How long it is, modulo 2^32.
    len: u32,
}

impl Stream {
    fn add(&mut self, bytes: &[u8]) {
        let at = self.len;
        match self.pieces.last_mut() {
            _ if bytes.is_empty() => {}
            Some((start, piece)) if start.wrapping_add(piece.len() as u32) == at => {
                piece.extend_from_slice(bytes);
            }
            _ => self.pieces.push((at, bytes.to_vec())),
        }
        self.len = at.wrapping_add(bytes.len() as u32);
    }

    fn skip(&mut self, len: u64) {
        self.len = self.len.wrapping_add(len as u32);
    }
}

/// Both streams of the one conversation in a file, and whether sequence numbers or
/// acknowledgements run ahead of the packets: more than zero, if they do.
fn reassembled(packets: &[Read]) -> ([Stream; 2], u64) {
    let client = packets[0].from;
    let mut streams = [Stream::default(), Stream::default()];
    let mut skipped = 0;
    let (open, rest) = packets.split_at(3);
    assert_eq!(open.iter().map(|p| p.flags).collect::<Vec<_>>(), [SYN, SYN | ACK, ACK]);
    let starts = [open[0].seq.wrapping_add(1), open[1].seq.wrapping_add(1)];
    assert_eq!((open[1].ack, open[2].ack, open[2].seq), (starts[0], starts[1], starts[0]));
    let mut ended = [0_u32; 2];
    for packet in rest {
        let way = usize::from(packet.from != client);
        assert_eq!(packet.to == client, way == 1);
        let expected = starts[way].wrapping_add(streams[way].len).wrapping_add(ended[way]);
        let ahead = packet.seq.wrapping_sub(expected);
        assert!(ahead < 1 << 31, "a reader would take it for an old one");
        skipped += u64::from(ahead);
        streams[way].skip(u64::from(ahead));
        streams[way].add(&packet.payload);
        streams[way].skip((packet.full_len - packet.payload.len()) as u64);
        let other = 1 - way;
        let seen = starts[other].wrapping_add(streams[other].len).wrapping_add(ended[other]);
        // A jump of the other side shows in its next packet only; its acknowledgement may come first.
        let unseen = packet.ack.wrapping_sub(seen);
        assert!(unseen < 1 << 31);
        skipped += u64::from(unseen);
        ended[way] += u32::from(packet.flags & FIN != 0);
    }
    (streams, skipped)
}

fn talk<'a>(recording: &'a Recording, prelude: &'a [(Direction, Bytes)]) -> Conversation<'a> {
    Conversation {
        client: "127.0.0.1:41234".parse().unwrap(),
        server: "127.0.0.1:50051".parse().unwrap(),
        recording,
        prelude,
        prelude_comment: "made up",
        comment: Some("the first"),
    }
}

/// Parts with their offsets filled in; each is a direction, a time, and bytes or a gap's length.
fn recording(parts: Vec<(Direction, u64, Result<Vec<u8>, u64>)>, start: u64) -> Recording {
    let mut offsets = [start, start * 2];
    let part = |(direction, at, what): (Direction, u64, Result<Vec<u8>, u64>)| {
        let offset = &mut offsets[usize::from(direction == Direction::Received)];
        let len = what.as_ref().map_or_else(|gap| *gap, |bytes| bytes.len() as u64);
        let bytes = what.ok().map(Bytes::from);
        let part = RecordingPart { at: Timestamp(at), direction, offset: *offset, len, bytes };
        *offset += len;
        part
    };
    Recording { parts: parts.into_iter().map(part).collect(), ..Recording::default() }
}

fn expected(conversation: &Conversation<'_>) -> [Stream; 2] {
    let mut streams = [Stream::default(), Stream::default()];
    for (direction, bytes) in conversation.prelude {
        streams[usize::from(*direction == Direction::Received)].add(bytes);
    }
    for part in &conversation.recording.parts {
        let stream = &mut streams[usize::from(part.direction == Direction::Received)];
        match &part.bytes {
            Some(bytes) => stream.add(bytes),
            None => stream.skip(part.len),
        }
    }
    streams
}

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
