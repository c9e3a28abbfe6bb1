//! Records in the order in which they passed: which of them are in clear, and the
//! messages of the handshake that they carry, perhaps in pieces.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::hello::message_node;
use super::names;
use crate::model::{Direction, WireFault};
use crate::wire::gathered::Gathered;
use crate::wire::tree::{Bench, Node};
use crate::wire::walk::WireItem;

/// Content type, version, length (RFC 8446 section 5.1).
pub(in crate::wire) const RECORD_HEAD_LEN: usize = 5;
/// Type and length of a message of the handshake (section 4).
pub(super) const MESSAGE_HEAD_LEN: usize = 4;
/// The most that a record may hold: TLS 1.2 allows more for its protection than TLS 1.3 (RFC 5246 section 6.2.3).
const MAX_RECORD: u64 = (1 << 14) + 2048;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsRecord {
    /// Content type (RFC 8446 section 5.1).
    pub content: u8,
    /// What it is to somebody without keys.
    pub kind: RecordKind,
    /// Which messages of the handshake it carries, or a part of which.
    messages: Vec<usize>,
}

impl TlsRecord {
    /// What an alert says, as RFC 8446 section 6 calls it.
    pub fn alert(&self) -> Option<Cow<'static, str>> {
        match self.kind {
            RecordKind::Alert(number) => Some(names::alert(u64::from(number))),
            _ => None,
        }
    }
}

/// What a record is to somebody without keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// The handshake, in clear.
    Handshake,
    /// From here on this side encrypts; without meaning since TLS 1.3.
    ChangeCipherSpec,
    /// A complaint or a goodbye in clear, by its number.
    Alert(u8),
    /// Only its size can be seen.
    Encrypted,
    /// Of a content type that nobody has defined.
    Unknown,
}

/// A message of the handshake that passed in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandshakeMessage {
    /// Which way.
    pub direction: Direction,
    /// Its type and its length, then what it says; shorter where the rest was not kept.
    pub gathered: Gathered,
}

impl HandshakeMessage {
    /// Its type.
    pub fn kind(&self) -> u8 {
        self.gathered.bytes.first().copied().unwrap_or_default()
    }

    /// How long it is with its type and its length; `None` while that is not known.
    fn len(&self) -> Option<usize> {
        let [_, a, b, c] = *self.gathered.bytes.first_chunk()?;
        Some(MESSAGE_HEAD_LEN + u32::from_be_bytes([0, a, b, c]) as usize)
    }

    /// Whether all of it is here.
    pub fn is_whole(&self) -> bool {
        self.len() == Some(self.gathered.bytes.len())
    }
}

/// What was read of a recording.
#[derive(Debug, Default)]
pub(in crate::wire) struct Records {
    by_item: BTreeMap<usize, TlsRecord>,
    messages: Vec<HandshakeMessage>,
    sent: Way,
    received: Way,
    is_tls13: bool,
}

/// How far one direction is.
#[derive(Debug, Default)]
struct Way {
    has_begun: bool,
    has_changed: bool,
    /// The message that goes on in the next record.
    open: Option<usize>,
    /// Something of the handshake is missing: where the next message begins is not known.
    is_lost: bool,
}

impl Records {
    /// The record of an item of the walk, its content behind the head.
    pub(in crate::wire) fn take(
        &mut self,
        item_idx: usize,
        item: &WireItem,
        content: u8,
        bytes: &[u8],
    ) {
        let passed = item.len.saturating_sub(RECORD_HEAD_LEN as u64);
        let way = self.way(item.direction);
        // Whatever began before what is recorded here has shaken hands before.
        way.has_changed |= !way.has_begun && item.offset > 0;
        way.has_begun = true;
        let has_changed = way.has_changed;
        let is_clear = !has_changed || self.is_tls13;
        let mut messages = Vec::new();
        let kind = match content {
            CHANGE_CIPHER_SPEC => {
                self.way(item.direction).has_changed = true;
                RecordKind::ChangeCipherSpec
            }
            // One that is encrypted is longer.
            ALERT if passed == 2 => RecordKind::Alert(bytes.get(1).copied().unwrap_or_default()),
            HANDSHAKE if is_clear => {
                let offset = item.offset + RECORD_HEAD_LEN as u64;
                messages = self.handshake(item_idx, item.direction, offset, bytes);
                let way = self.way(item.direction);
                way.is_lost |= (bytes.len() as u64) < passed;
                RecordKind::Handshake
            }
            ALERT | HANDSHAKE | APPLICATION_DATA => RecordKind::Encrypted,
            _ => RecordKind::Unknown,
        };
        self.by_item.insert(item_idx, TlsRecord { content, kind, messages });
    }

    /// A record of an item.
    pub(in crate::wire) fn of(&self, item_idx: usize) -> Option<&TlsRecord> {
        self.by_item.get(&item_idx)
    }

    /// All records, in the order of their first bytes.
    pub(in crate::wire) fn iter(&self) -> impl Iterator<Item = &TlsRecord> {
        self.by_item.values()
    }

    /// All messages in clear, in the order of their first bytes.
    pub(in crate::wire) fn messages(&self) -> &[HandshakeMessage] {
        &self.messages
    }

    /// Those that a record carries, or a part of which it carries.
    pub(in crate::wire) fn messages_of(
        &self,
        item_idx: usize,
    ) -> impl Iterator<Item = &HandshakeMessage> {
        let idxs = self.of(item_idx).map(|record| &record.messages[..]).unwrap_or_default();
        idxs.iter().filter_map(|idx| self.messages.get(*idx))
    }

    fn way(&mut self, direction: Direction) -> &mut Way {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }

    /// Cuts a record into messages (RFC 8446 section 5.1: several in one, or one in several).
    fn handshake(
        &mut self,
        item_idx: usize,
        direction: Direction,
        mut offset: u64,
        mut bytes: &[u8],
    ) -> Vec<usize> {
        let mut carried = Vec::new();
        if self.way(direction).is_lost {
            return carried;
        }
        while !bytes.is_empty() {
            let idx = self.way(direction).open.unwrap_or(self.messages.len());
            if idx == self.messages.len() {
                self.messages.push(HandshakeMessage { direction, gathered: Gathered::default() });
            }
            let Some(message) = self.messages.get_mut(idx) else { break };
            let known = message.gathered.bytes.len();
            // First its head, then as much as that says.
            let wanted = message.len().unwrap_or(MESSAGE_HEAD_LEN) - known;
            let (piece, rest) = bytes.split_at(wanted.min(bytes.len()));
            message.gathered.push(offset, piece, item_idx);
            offset += piece.len() as u64;
            bytes = rest;
            if carried.last() != Some(&idx) {
                carried.push(idx);
            }
            let is_whole = message.is_whole();
            self.is_tls13 |= is_whole && super::message::chooses_tls13(message);
            self.way(direction).open = (!is_whole).then_some(idx);
        }
        carried
    }
}

/// A record as a tree.
pub(in crate::wire) fn record_nodes(
    bench: Bench<'_>,
    content: u8,
    records: &Records,
    item_idx: usize,
) -> Vec<Node> {
    let head = |range| bench.number(range);
    let length = head(3..5);
    let too_long = (length > MAX_RECORD).then_some(WireFault::TlsRecordLength(length));
    let content_type = format!("{content} {}", names::content_type(content));
    let mut nodes = vec![
        bench.node(0..1, "Content Type", content_type.trim_end()),
        bench.node(1..3, "Legacy Version", names::version(head(1..3))),
        bench.number_node(3..5, "Length").wrong(too_long),
    ];
    let end = bench.len as usize;
    let body = RECORD_HEAD_LEN..end;
    match records.of(item_idx).map(|record| record.kind) {
        Some(RecordKind::Handshake) => {
            nodes.extend(records.messages_of(item_idx).map(|m| message_node(m, bench.buffer)));
        }
        Some(RecordKind::Alert(_)) => {
            let level = match head(5..6) {
                1 => "warning",
                2 => "fatal",
                _ => "",
            };
            let level = format!("{} {level}", head(5..6));
            nodes.push(bench.node(5..6, "Level", level.trim_end()));
            let description = format!("{} {}", head(6..7), names::alert(head(6..7)));
            nodes.push(bench.node(6..7, "Description", description));
        }
        Some(RecordKind::ChangeCipherSpec) => {
            nodes.push(bench.node(body, "Change Cipher Spec", ""));
        }
        Some(RecordKind::Encrypted) => {
            let size = body.len().to_string();
            nodes.push(bench.node(body, "Encrypted Record", size));
        }
        Some(RecordKind::Unknown) | None => {}
    }
    nodes
}

#[cfg(test)]
mod tests;
