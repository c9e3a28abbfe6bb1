//! What the messages of a handshake give away.

use std::borrow::Cow;
use std::ops::Range;

use super::cursor::Cursor;
use super::names;
use super::records::{HandshakeMessage, MESSAGE_HEAD_LEN, RecordKind, Records};
use super::x509::{Certificate, certificate};

pub(super) const CLIENT_HELLO: u8 = 1;
pub(super) const SERVER_HELLO: u8 = 2;
pub(super) const CERTIFICATE: u8 = 11;

pub(super) const SERVER_NAME: u64 = 0;
pub(super) const ALPN: u64 = 16;
pub(super) const SUPPORTED_VERSIONS: u64 = 43;

const TLS13: u64 = 0x0304;

/// The random of a `ServerHello` that asks for another `ClientHello` (RFC 8446 section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What somebody learns who only listens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overheard {
    /// The name that the client asked for (RFC 6066 section 3).
    pub server_name: Option<String>,
    /// The certificates, which TLS 1.3 hides.
    pub certificates: Vec<Certificate>,
    /// Whether the handshake passed.
    pub has_hello: bool,
    /// Records of which only size and time are seen.
    pub n_encrypted: usize,
}

impl Overheard {
    /// Of all records.
    pub(in crate::wire) fn of(records: &Records) -> Self {
        let mut heard = Self {
            n_encrypted: records.iter().filter(|r| r.kind == RecordKind::Encrypted).count(),
            ..Self::default()
        };
        for message in records.messages().iter().filter(|message| message.is_whole()) {
            let bytes = &message.gathered.bytes;
            match message.kind() {
                CLIENT_HELLO => {
                    heard.has_hello = true;
                    heard.server_name = server_name(message).or(heard.server_name);
                }
                CERTIFICATE => {
                    let found = certificates(bytes);
                    let read = found.into_iter().filter_map(|range| certificate(bytes.get(range)?));
                    heard.certificates.extend(read);
                }
                _ => {}
            }
        }
        heard
    }
}

impl HandshakeMessage {
    /// As its standard calls it.
    pub fn name(&self) -> Cow<'static, str> {
        let is_retry = self.kind() == SERVER_HELLO
            && Hello::read(self).random.and_then(|range| self.gathered.bytes.get(range))
                == Some(&RETRY[..]);
        if is_retry { "HelloRetryRequest".into() } else { names::handshake_type(self.kind()) }
    }
}

/// An extension: its number, all of it, what it says.
#[derive(Debug)]
pub(super) struct Extension {
    pub(super) kind: u64,
    pub(super) range: Range<usize>,
    pub(super) body: Range<usize>,
}

/// A `ClientHello` or a `ServerHello` (RFC 8446 sections 4.1.2 and 4.1.3), as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Hello {
    pub(super) version: Option<Range<usize>>,
    pub(super) random: Option<Range<usize>>,
    /// Without the length before it, as all that follow.
    pub(super) session: Option<Range<usize>>,
    pub(super) suites: Option<Range<usize>>,
    pub(super) compression: Option<Range<usize>>,
    pub(super) extensions: Vec<Extension>,
    /// Where it does not go on as it should.
    pub(super) wrong_at: Option<usize>,
}

impl Hello {
    pub(super) fn read(message: &HandshakeMessage) -> Self {
        let bytes = &message.gathered.bytes;
        let mut cursor = Cursor::of(bytes, MESSAGE_HEAD_LEN..bytes.len());
        let mut hello = Self::default();
        let is_client = message.kind() == CLIENT_HELLO;
        if hello.fill(&mut cursor, bytes, is_client).is_none() {
            hello.wrong_at = Some(cursor.at);
        }
        hello
    }

    fn fill(&mut self, cursor: &mut Cursor<'_>, bytes: &[u8], is_client: bool) -> Option<()> {
        self.version = Some(cursor.skip(2)?);
        self.random = Some(cursor.skip(32)?);
        self.session = Some(cursor.vector(1)?);
        self.suites = Some(if is_client { cursor.vector(2)? } else { cursor.skip(2)? });
        self.compression = Some(if is_client { cursor.vector(1)? } else { cursor.skip(1)? });
        if cursor.is_at_end() {
            // Before TLS 1.3 there need be none.
            return Some(());
        }
        let all = cursor.vector(2)?;
        let end = std::mem::replace(&mut cursor.at, all.start);
        let mut each = Cursor::of(bytes, all);
        while !each.is_at_end() {
            let start = each.at;
            let next = each.number(2).zip(each.vector(2));
            let Some((kind, body)) = next else {
                cursor.at = start;
                return None;
            };
            self.extensions.push(Extension { kind, range: start..each.at, body });
        }
        cursor.at = end;
        cursor.is_at_end().then_some(())
    }

    pub(super) fn extension(&self, kind: u64) -> Option<Range<usize>> {
        let found = self.extensions.iter().find(|extension| extension.kind == kind);
        found.map(|extension| extension.body.clone())
    }
}

/// Whether a `ServerHello` (or the wish for another `ClientHello`) says that TLS 1.3 is spoken: from then on what is
/// of the handshake and in clear is always marked as such.
pub(super) fn chooses_tls13(message: &HandshakeMessage) -> bool {
    let chosen = || {
        let body = Hello::read(message).extension(SUPPORTED_VERSIONS)?;
        Cursor::of(&message.gathered.bytes, body).number(2)
    };
    message.kind() == SERVER_HELLO && chosen() == Some(TLS13)
}

/// Where the name stands in the extension's body (RFC 6066 section 3).
pub(super) fn name_range(bytes: &[u8], body: Range<usize>) -> Option<Range<usize>> {
    let list = Cursor::of(bytes, body).vector(2)?;
    let mut list = Cursor::of(bytes, list);
    (list.number(1)? == 0).then(|| list.vector(2))?
}

/// Where the names of protocols stand in the extension's body (RFC 7301 section 3.1).
pub(super) fn protocol_ranges(bytes: &[u8], body: Range<usize>) -> Vec<Range<usize>> {
    let Some(list) = Cursor::of(bytes, body).vector(2) else { return Vec::new() };
    let mut list = Cursor::of(bytes, list);
    std::iter::from_fn(|| list.vector(1)).collect()
}

/// Where the certificates of a message stand, as TLS 1.2 writes them (RFC 5246 section 7.4.2).
pub(super) fn certificates(bytes: &[u8]) -> Vec<Range<usize>> {
    let all = Cursor::of(bytes, MESSAGE_HEAD_LEN..bytes.len()).vector(3);
    let Some(all) = all else { return Vec::new() };
    let mut each = Cursor::of(bytes, all);
    std::iter::from_fn(|| each.vector(3)).collect()
}

fn server_name(message: &HandshakeMessage) -> Option<String> {
    let bytes = &message.gathered.bytes;
    let body = Hello::read(message).extension(SERVER_NAME)?;
    let name = bytes.get(name_range(bytes, body)?)?;
    Some(String::from_utf8_lossy(name).into_owned())
}
