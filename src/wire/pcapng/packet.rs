//! One TCP segment as an IP packet (RFC 9293, RFC 791, RFC 8200).

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use crate::model::Timestamp;

pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const PSH: u8 = 0x08;
pub(super) const ACK: u8 = 0x10;

/// Payload bytes of a segment at most: with its headers it fits the 16-bit length of either IP version.
pub(super) const MAX_SEGMENT: usize = 60_000;

/// What a SYN carries: the segment size, and the window in units of 2^14 bytes
/// (RFC 7323 section 2.2), so that no reader sees a full window.
const SYN_OPTIONS: [u8; 8] = {
    let [high, low] = (MAX_SEGMENT as u16).to_be_bytes();
    [2, 4, high, low, 1, 3, 3, 14]
};

const PROTOCOL_TCP: u8 = 6;
const TIME_TO_LIVE: u8 = 64;

/// A TCP segment and what its packet block says of it.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    pub(super) at: Timestamp,
    /// Of one family with `to`.
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) seq: u32,
    pub(super) ack: u32,
    pub(super) flags: u8,
    /// Together with `missing` at most [`MAX_SEGMENT`].
    pub(super) payload: Bytes,
    /// Payload bytes behind `payload` that the headers count and the file does not have.
    pub(super) missing: usize,
    pub(super) comments: Vec<Cow<'a, str>>,
}

impl Segment<'_> {
    /// The IP and TCP headers.
    pub(super) fn head(&self) -> Vec<u8> {
        let unsigned = self.tcp_head(0);
        let len = (unsigned.len() + self.payload.len() + self.missing) as u16;
        // The pseudo-header is the same sum in both IP versions. Missing bytes count as zeros.
        let sum = sum_of_ip(self.from.ip())
            + sum_of_ip(self.to.ip())
            + u64::from(PROTOCOL_TCP)
            + u64::from(len)
            + sum_of(&unsigned)
            + sum_of(&self.payload);
        let mut head = ip_head(self.from.ip(), self.to.ip(), len);
        head.extend_from_slice(&self.tcp_head(checksum(sum)));
        head
    }

    fn tcp_head(&self, checksum: u16) -> Vec<u8> {
        let options: &[u8] = if self.flags & SYN == 0 { &[] } else { &SYN_OPTIONS };
        let words = (20 + options.len()) / 4;
        [
            &self.from.port().to_be_bytes()[..],
            &self.to.port().to_be_bytes(),
            &self.seq.to_be_bytes(),
            &self.ack.to_be_bytes(),
            &[(words << 4) as u8, self.flags],
            &u16::MAX.to_be_bytes(),
            &checksum.to_be_bytes(),
            &[0, 0],
            options,
        ]
        .concat()
    }
}

fn ip_head(from: IpAddr, to: IpAddr, len: u16) -> Vec<u8> {
    let (IpAddr::V4(from), IpAddr::V4(to)) = (from, to) else {
        let [high, low] = len.to_be_bytes();
        let fixed = [0x60, 0, 0, 0, high, low, PROTOCOL_TCP, TIME_TO_LIVE];
        return [&fixed[..], &octets(from), &octets(to)].concat();
    };
    let head = |checksum: u16| {
        let [len_high, len_low] = (len + 20).to_be_bytes();
        let [high, low] = checksum.to_be_bytes();
        // No identification, not to be fragmented.
        let fixed = [0x45, 0, len_high, len_low, 0, 0, 0x40, 0];
        let rest = [TIME_TO_LIVE, PROTOCOL_TCP, high, low];
        [&fixed[..], &rest, &from.octets(), &to.octets()].concat()
    };
    head(checksum(sum_of(&head(0))))
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

fn sum_of_ip(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => sum_of(&ip.octets()),
        IpAddr::V6(ip) => sum_of(&ip.octets()),
    }
}

/// The 16-bit words added up (RFC 1071); an odd byte at the end is a word's upper half.
fn sum_of(bytes: &[u8]) -> u64 {
    let (words, odd) = bytes.as_chunks::<2>();
    let sum: u64 = words.iter().map(|word| u64::from(u16::from_be_bytes(*word))).sum();
    sum + odd.first().map_or(0, |byte| u64::from(*byte) << 8)
}

fn checksum(mut sum: u64) -> u16 {
    while sum > u64::from(u16::MAX) {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    !(sum as u16)
}
