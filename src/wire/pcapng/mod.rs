//! Recordings as a pcapng file (draft-ietf-opsawg-pcapng), for Wireshark and its like.
//!
//! A recording holds what passed inside TCP (and inside TLS), so the TCP
//! conversation around it is made up: handshake, one packet or more per part, FINs.
//! Bytes, order, times and lengths are the recorded ones.

mod blocks;
mod packet;
#[cfg(test)]
pub(super) mod read_back;
#[cfg(fuzzing)]
pub(super) mod read_back;
mod tcp;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use crate::model::{Direction, Recording};

/// One connection to be written.
#[derive(Debug, Clone, Copy)]
pub struct Conversation<'a> {
    /// The end that `Direction::Sent` comes from; `127.0.0.1:0` if unknown.
    pub client: SocketAddr,
    /// The end that `Direction::Received` comes from.
    pub server: SocketAddr,
    /// The bytes in the order in which they passed. A direction may begin at any offset.
    pub recording: &'a Recording,
    /// Bytes put before the first part, made up so that a reader can follow a
    /// connection whose beginning is not in the recording.
    pub prelude: &'a [(Direction, Bytes)],
    /// Stands on each packet of the prelude.
    pub prelude_comment: &'a str,
    /// Stands on the first packet.
    pub comment: Option<&'a str>,
}

/// A whole file: all conversations, their packets merged by time.
///
/// Readers tell conversations apart by their addresses and ports alone. So two
/// with the same ones (calls on one kept connection) do not become one: the later
/// gets another client port, and its first packet says so.
///
/// An empty recording becomes a bare handshake, at the epoch.
pub fn pcapng(conversations: &[Conversation<'_>]) -> Vec<u8> {
    let mut taken = HashSet::new();
    let mut segments = Vec::new();
    for conversation in conversations {
        let ends = Ends::new(conversation, &mut taken);
        segments.extend(tcp::segments(conversation, ends));
    }
    // Stable, and times never fall within a conversation: its order stays.
    segments.sort_by_key(|segment| segment.at);
    blocks::file(&segments)
}

/// The addresses as they are written: both of one family, and no other conversation's.
#[derive(Debug, Clone, Copy)]
struct Ends {
    client: SocketAddr,
    server: SocketAddr,
    /// The client's port, where another one is written.
    real_port: Option<u16>,
}

impl Ends {
    fn new(conversation: &Conversation<'_>, taken: &mut HashSet<(SocketAddr, SocketAddr)>) -> Self {
        let Conversation { client, server, .. } = conversation;
        let (client_ip, server_ip) = one_family(client.ip(), server.ip());
        let server = SocketAddr::new(server_ip, server.port());
        let wanted = Some(client.port()).filter(|port| *port != 0);
        let port = ports_from(wanted.unwrap_or(FIRST_FREE_PORT)).find(|port| {
            let client = SocketAddr::new(client_ip, *port);
            client != server && taken.insert((client.min(server), client.max(server)))
        });
        let port = port.unwrap_or(client.port());
        Self {
            client: SocketAddr::new(client_ip, port),
            server,
            real_port: wanted.filter(|wanted| *wanted != port),
        }
    }
}

/// Where the ports begin that belong to no service (RFC 6335 section 6).
const FIRST_FREE_PORT: u16 = 49_152;

/// The wanted port, then the higher ones, then those that belong to no service.
fn ports_from(wanted: u16) -> impl Iterator<Item = u16> {
    (wanted..=u16::MAX).chain(FIRST_FREE_PORT..wanted.max(FIRST_FREE_PORT))
}

/// IPv4 where both can be, else both as IPv6 (RFC 4291 section 2.5.5.2).
fn one_family(one: IpAddr, other: IpAddr) -> (IpAddr, IpAddr) {
    let mapped = |ip| match ip {
        IpAddr::V4(ip) => IpAddr::V6(ip.to_ipv6_mapped()),
        IpAddr::V6(_) => ip,
    };
    match (one.to_canonical(), other.to_canonical()) {
        (one @ IpAddr::V4(_), other @ IpAddr::V4(_)) => (one, other),
        (one, other) => (mapped(one), mapped(other)),
    }
}
