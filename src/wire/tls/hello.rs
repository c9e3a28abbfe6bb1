//! Messages of the handshake as trees.

use std::ops::Range;

use super::cursor::Cursor;
use super::message::{
    ALPN, CERTIFICATE, CLIENT_HELLO, Extension, Hello, SERVER_HELLO, SERVER_NAME,
    SUPPORTED_VERSIONS, certificates, name_range, protocol_ranges,
};
use super::names;
use super::records::{HandshakeMessage, MESSAGE_HEAD_LEN};
use super::x509::certificate;
use crate::model::WireFault;
use crate::wire::tree::{Buffer, Node};

const SUPPORTED_GROUPS: u64 = 10;
const SIGNATURE_ALGORITHMS: u64 = 13;
const KEY_SHARE: u64 = 51;

/// Makes nodes for parts of a message.
struct Desk<'a> {
    message: &'a HandshakeMessage,
    buffer: Buffer,
}

/// A message, wherever its pieces stood.
pub(super) fn message_node(message: &HandshakeMessage, buffer: Buffer) -> Node {
    let desk = Desk { message, buffer };
    let end = message.gathered.bytes.len();
    let kind = format!("{} {}", message.kind(), message.name());
    let mut node = desk.node(0..end, message.name().into_owned(), "");
    node.children = vec![
        desk.node(0..1, "Message Type", kind),
        desk.node(1..MESSAGE_HEAD_LEN, "Length", desk.number(1..MESSAGE_HEAD_LEN).to_string()),
    ];
    if !message.is_whole() {
        return node.wrong(Some(WireFault::TlsLength));
    }
    match message.kind() {
        CLIENT_HELLO => node.with(desk.hello(true)),
        SERVER_HELLO => node.with(desk.hello(false)),
        CERTIFICATE => node.with(desk.certificates()),
        _ => node,
    }
}

impl Desk<'_> {
    fn node(
        &self,
        range: Range<usize>,
        label: impl Into<std::borrow::Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Node {
        Node::new(label, value).at(self.buffer, self.message.gathered.places(range))
    }

    fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.message.gathered.bytes.get(range).unwrap_or_default()
    }

    fn number(&self, range: Range<usize>) -> u64 {
        self.bytes(range).iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn text(&self, range: Range<usize>) -> String {
        String::from_utf8_lossy(self.bytes(range)).into_owned()
    }

    fn hex(&self, range: Range<usize>) -> String {
        names::hex(self.bytes(range))
    }

    /// Numbers of two bytes, each by its name.
    fn list(
        &self,
        range: Range<usize>,
        label: &'static str,
        name: fn(u64) -> String,
    ) -> impl Iterator<Item = Node> {
        Cursor::of(&self.message.gathered.bytes, range)
            .pairs()
            .map(move |(range, number)| self.node(range, label, name(number)))
    }

    fn hello(&self, is_client: bool) -> Vec<Node> {
        let hello = Hello::read(self.message);
        let mut nodes = Vec::new();
        if let Some(range) = hello.version.clone() {
            let words = names::version(self.number(range.clone()));
            nodes.push(self.node(range, "Legacy Version", words));
        }
        if let Some(range) = hello.random.clone() {
            nodes.push(self.node(range.clone(), "Random", self.hex(range)));
        }
        if let Some(range) = hello.session.clone() {
            let label = if is_client { "Legacy Session ID" } else { "Legacy Session ID Echo" };
            nodes.push(self.node(range.start - 1..range.end, label, self.hex(range)));
        }
        if let Some(range) = hello.suites.clone() {
            nodes.push(if is_client {
                let n = (range.len() / 2).to_string();
                let each = self.list(range.clone(), "Cipher Suite", names::suite);
                self.node(range.start - 2..range.end, "Cipher Suites", n).with(each)
            } else {
                let words = names::suite(self.number(range.clone()));
                self.node(range, "Cipher Suite", words)
            });
        }
        if let Some(range) = hello.compression.clone() {
            let methods = self.hex(range.clone());
            nodes.push(if is_client {
                self.node(range.start - 1..range.end, "Legacy Compression Methods", methods)
            } else {
                self.node(range, "Legacy Compression Method", methods)
            });
        }
        if let (Some(first), Some(last)) = (hello.extensions.first(), hello.extensions.last()) {
            let range = first.range.start - 2..last.range.end;
            let each = hello.extensions.iter().map(|extension| self.extension(extension));
            let n = hello.extensions.len().to_string();
            nodes.push(self.node(range, "Extensions", n).with(each));
        }
        if let Some(at) = hello.wrong_at {
            let end = self.message.gathered.bytes.len();
            nodes.push(self.node(at..end, "", "").wrong(Some(WireFault::TlsLength)));
        }
        nodes
    }

    fn extension(&self, extension: &Extension) -> Node {
        let bytes = &self.message.gathered.bytes;
        let body = extension.body.clone();
        let node = self.node(extension.range.clone(), names::extension(extension.kind), "");
        let is_client = self.message.kind() == CLIENT_HELLO;
        match extension.kind {
            SERVER_NAME => match name_range(bytes, body) {
                Some(range) => node.with([self.node(range.clone(), "Host Name", self.text(range))]),
                None => node,
            },
            ALPN => {
                let each = protocol_ranges(bytes, body).into_iter();
                node.with(each.map(|r| self.node(r.clone(), "Protocol Name", self.text(r))))
            }
            SUPPORTED_VERSIONS => {
                let range = if is_client { Cursor::of(bytes, body).vector(1) } else { Some(body) };
                node.with(self.list(range.unwrap_or_default(), "Version", names::version))
            }
            SUPPORTED_GROUPS => {
                let range = Cursor::of(bytes, body).vector(2).unwrap_or_default();
                node.with(self.list(range, "Named Group", names::group))
            }
            SIGNATURE_ALGORITHMS => {
                let range = Cursor::of(bytes, body).vector(2).unwrap_or_default();
                node.with(self.list(range, "Signature Scheme", names::signature))
            }
            KEY_SHARE => node.with(self.key_shares(body, is_client)),
            _ => Node { value: body.len().to_string(), ..node },
        }
    }

    /// RFC 8446 section 4.2.8: the server answers with one, or names the group that it wants.
    fn key_shares(&self, body: Range<usize>, is_client: bool) -> Vec<Node> {
        let bytes = &self.message.gathered.bytes;
        let all = if is_client { Cursor::of(bytes, body).vector(2) } else { Some(body) };
        let mut each = Cursor::of(bytes, all.unwrap_or_default());
        let mut nodes = Vec::new();
        loop {
            let start = each.at;
            let Some(group) = each.number(2) else { return nodes };
            let key = each.vector(2);
            let size = key.map(|key| format!(", {}", key.len())).unwrap_or_default();
            let words = format!("{}{size}", names::group(group));
            nodes.push(self.node(start..each.at, "Key Share Entry", words));
        }
    }

    fn certificates(&self) -> Vec<Node> {
        let bytes = &self.message.gathered.bytes;
        let each = certificates(bytes).into_iter();
        let node = |range: Range<usize>| {
            let read = bytes.get(range.clone()).and_then(certificate);
            let start = range.start;
            let whole = self.node(range, "Certificate", "");
            let Some(read) = read else { return whole.wrong(Some(WireFault::TlsLength)) };
            whole.with(read.parts().into_iter().map(|(label, value, range)| {
                self.node(start + range.start..start + range.end, label, value)
            }))
        };
        each.map(node).collect()
    }
}
