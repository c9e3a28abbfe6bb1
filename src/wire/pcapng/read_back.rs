//! A small reader of its own for what was written.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use super::Conversation;
use super::packet::{ACK, FIN, SYN};
use crate::model::{Direction, Recording, RecordingPart, Timestamp};

/// A packet as read back; its checksums were right.
#[derive(Debug)]
pub(in crate::wire) struct Read {
    pub(in crate::wire) at: u64,
    pub(in crate::wire) from: SocketAddr,
    pub(in crate::wire) to: SocketAddr,
    pub(in crate::wire) seq: u32,
    pub(in crate::wire) ack: u32,
    pub(in crate::wire) flags: u8,
    pub(in crate::wire) payload: Vec<u8>,
    /// Payload bytes as the headers count them.
    pub(in crate::wire) full_len: usize,
    pub(in crate::wire) comments: Vec<String>,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap())
}

fn le(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// All blocks: their type and body. Both lengths agree and the file ends with a block.
pub(in crate::wire) fn blocks(mut file: &[u8]) -> Vec<(u32, &[u8])> {
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

pub(in crate::wire) fn read_options(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
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

pub(in crate::wire) fn read(file: &[u8]) -> Vec<Read> {
    let blocks = blocks(file);
    assert_eq!(blocks.iter().map(|(kind, _)| *kind).take(2).collect::<Vec<_>>(), [0x0a0d_0d0a, 1]);
    let packets = blocks[2..].iter().inspect(|(kind, _)| assert_eq!(*kind, 6));
    packets.map(|(_, body)| read_packet(body)).collect()
}

/// The bytes of one direction, as far as they are there.
#[derive(Debug, Default, PartialEq)]
pub(in crate::wire) struct Stream {
    /// Pieces that touch are one; each begins at its position in the stream, modulo 2^32.
    pub(in crate::wire) pieces: Vec<(u32, Vec<u8>)>,
    /// How long it is, modulo 2^32.
    pub(in crate::wire) len: u32,
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
pub(in crate::wire) fn reassembled(packets: &[Read]) -> ([Stream; 2], u64) {
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

pub(in crate::wire) fn talk<'a>(
    recording: &'a Recording,
    prelude: &'a [(Direction, Bytes)],
) -> Conversation<'a> {
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
pub(in crate::wire) fn recording(
    parts: Vec<(Direction, u64, Result<Vec<u8>, u64>)>,
    start: u64,
) -> Recording {
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

pub(in crate::wire) fn expected(conversation: &Conversation<'_>) -> [Stream; 2] {
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
