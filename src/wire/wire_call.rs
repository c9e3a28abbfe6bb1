//! One call of a connection, as its bytes tell it while they pass.

use bytes::{Bytes, BytesMut};

use super::body::Field;
use super::http1::{Http1Head, StartLine};
use crate::model::{
    Direction, GrpcWeb, HeaderTables, Headers, Recording, RecordingPart, Timestamp,
};

/// Up to so many bytes, both directions together, all of a call is kept.
const EVERYTHING: usize = 4 << 20;
/// Up to so many, what is no payload.
const IN_ALL: usize = 16 << 20;
/// What a part costs beside its bytes.
const PART_COST: usize = 64;
/// A call of so many bytes is kept in a piece of its own; a larger one where it was read.
const SMALL: u64 = 256 * 1024;

/// A request and what came of it.
#[derive(Debug, Clone, Default)]
pub struct WireCall {
    /// Counts the calls of a connection.
    pub idx: u64,
    /// The HTTP/2 stream; 0 for HTTP/1.
    pub stream: u32,
    /// GET, POST, ...; empty where the request could not be read.
    pub method: String,
    /// Path and query, or whatever stood in its place.
    pub path: String,
    /// `:authority` or `Host`.
    pub authority: String,
    /// Headers of the request.
    pub request: Headers,
    /// Of the answer, once there is one.
    pub status: Option<u16>,
    /// The words beside it, over HTTP/1.
    pub reason: String,
    /// Headers of the answer.
    pub answer: Headers,
    /// Fields behind its body.
    pub trailers: Headers,
    /// Whether the answer is one block of headers and nothing else.
    pub is_trailers_only: bool,
    /// When the first and the last byte of the request passed.
    pub sent: Option<(Timestamp, Timestamp)>,
    /// When the first and the last byte of the answer passed.
    pub received: Option<(Timestamp, Timestamp)>,
    /// Bytes that belong to it, both ways.
    pub n_bytes: (u64, u64),
    /// Who gave it up, with which code (RFC 9113 section 7).
    pub reset: Option<(Direction, u32)>,
    /// Whether both sides have said all.
    pub has_ended: (bool, bool),
    /// Its bytes, and the header blocks of others between them.
    pub recording: Recording,
    kept: usize,
    /// The gaps that more payload is added to.
    gaps: [Option<usize>; 2],
}

/// What a part is to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Its own.
    Own {
        /// Whether the rest is understood without it.
        is_payload: bool,
    },
    /// The connection's.
    Common,
    /// A header block of another call.
    Strange,
}

impl WireCall {
    pub(super) fn new(idx: u64, stream: u32, tables: HeaderTables) -> Self {
        let stream_of = (stream != 0).then_some(stream);
        let recording = Recording { tables, stream: stream_of, ..Recording::default() };
        Self { idx, stream, recording, ..Self::default() }
    }

    /// Whether the request is known.
    pub fn is_asked(&self) -> bool {
        !self.method.is_empty()
    }

    /// All of it but its bytes.
    #[must_use]
    pub fn without_bytes(&self) -> Self {
        Self { recording: Recording::default(), gaps: [None; 2], ..self.clone() }
    }

    /// When its first byte passed.
    pub fn started(&self) -> Timestamp {
        self.sent.or(self.received).map(|(first, _)| first).unwrap_or_default()
    }

    /// When its last byte so far passed.
    pub fn ended(&self) -> Timestamp {
        let last = |span: Option<(Timestamp, Timestamp)>| span.map(|(_, last)| last);
        last(self.sent).max(last(self.received)).unwrap_or_default()
    }

    /// Whether it is a call of gRPC itself: the status of gRPC-Web stands in the body.
    pub fn is_grpc(&self) -> bool {
        let is = |headers: &Headers| {
            let value = headers.get_str("content-type").unwrap_or_default().trim();
            value.starts_with("application/grpc") && GrpcWeb::of_content_type(value).is_none()
        };
        self.stream != 0 && (is(&self.request) || is(&self.answer))
    }

    /// A piece of the connection that concerns it.
    pub(super) fn push(&mut self, part: &RecordingPart, share: Share) {
        let len = part.len;
        let (stamps, n_bytes, gap) = match part.direction {
            Direction::Sent => (&mut self.sent, &mut self.n_bytes.0, 0),
            Direction::Received => (&mut self.received, &mut self.n_bytes.1, 1),
        };
        if let Share::Own { .. } = share {
            let (first, _) = stamps.unwrap_or((part.at, part.at));
            *stamps = Some((first, part.at));
        }
        if share != Share::Strange {
            *n_bytes += len;
        }
        let is_payload = share == Share::Own { is_payload: true };
        let cost = len as usize + PART_COST;
        let [sent_gap, received_gap] = &mut self.gaps;
        let gap = if gap == 0 { sent_gap } else { received_gap };
        let is_kept = self.kept < EVERYTHING || (!is_payload && self.kept + cost <= IN_ALL);
        let parts = &mut self.recording.parts;
        if is_kept {
            self.kept += cost;
            *gap = None;
            parts.push(part.clone());
            return;
        }
        // What does not fit any more, fits never: a part of a block would be worse than none.
        if !is_payload {
            self.kept = usize::MAX / 2;
        }
        let open = gap.and_then(|idx| parts.get_mut(idx));
        if let Some(gap) = open.filter(|gap| gap.offset + gap.len == part.offset) {
            gap.len += len;
        } else {
            *gap = Some(parts.len());
            parts.push(RecordingPart { bytes: None, ..part.clone() });
        }
    }

    /// A block of headers of HTTP/2.
    pub(super) fn block(&mut self, direction: Direction, fields: &[Field], ends_stream: bool) {
        let text = |value: &Bytes| String::from_utf8_lossy(value).into_owned();
        let find = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, v)| v);
        let plain: Headers = {
            let named =
                fields.iter().filter(|(name, _)| !name.is_empty() && !name.starts_with(b":"));
            let mut headers = Headers::new();
            named.for_each(|(name, value)| headers.push(text(name), value.clone()));
            headers
        };
        match direction {
            Direction::Sent if self.is_asked() => {}
            Direction::Sent => {
                let pseudo = |name| find(name).map(text).unwrap_or_default();
                self.method = pseudo(":method");
                self.path = pseudo(":path");
                self.authority = pseudo(":authority");
                self.request = plain;
            }
            Direction::Received => {
                let status = find(":status").and_then(|value| text(value).parse().ok());
                match status {
                    // More will come (RFC 9110 section 15.2).
                    Some(100..=199) => {}
                    Some(status) if self.status.is_none() => {
                        self.status = Some(status);
                        self.answer = plain;
                        self.is_trailers_only = ends_stream;
                    }
                    _ => self.trailers = plain,
                }
            }
        }
    }

    /// A head of HTTP/1.
    pub(super) fn head(&mut self, head: &Http1Head) {
        match &head.start {
            StartLine::Request { method, target, .. } => {
                self.method.clone_from(method);
                self.path.clone_from(target);
                let host = head.headers.get_str("host").unwrap_or_default();
                host.clone_into(&mut self.authority);
                self.request = head.headers.clone();
            }
            StartLine::Response { status: 100 | 102..=199, .. } => {}
            StartLine::Response { status, reason, .. } => {
                self.status = Some(*status);
                self.reason.clone_from(reason);
                self.answer = head.headers.clone();
            }
        }
    }

    /// It has ended: its bytes no longer hold on to everything that was read together with them.
    pub(super) fn closed(mut self) -> Self {
        let parts = &mut self.recording.parts;
        let len: u64 = parts.iter().filter(|part| part.bytes.is_some()).map(|part| part.len).sum();
        if len > SMALL {
            return self;
        }
        let mut all = BytesMut::with_capacity(len as usize);
        parts.iter().filter_map(|part| part.bytes.as_ref()).for_each(|b| all.extend_from_slice(b));
        let all = all.freeze();
        let mut end = 0;
        let mut joined: Vec<RecordingPart> = Vec::with_capacity(parts.len());
        for part in parts.drain(..) {
            let Some(len) = part.bytes.as_ref().map(Bytes::len) else {
                joined.push(part);
                continue;
            };
            end += len;
            let fits = |last: &&mut RecordingPart| {
                let is_next = last.offset + last.len == part.offset && last.bytes.is_some();
                is_next && (last.direction, last.at) == (part.direction, part.at)
            };
            if let Some(last) = joined.last_mut().filter(fits) {
                last.len += part.len;
                last.bytes = Some(all.slice(end - last.len as usize..end));
            } else {
                let bytes = Some(all.slice(end - len..end));
                joined.push(RecordingPart { bytes, ..part });
            }
        }
        *parts = joined;
        self
    }
}
