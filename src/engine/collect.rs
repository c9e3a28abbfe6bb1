//! Turns the body of an answer into messages: gRPC by its prefixes, HTTP as one.

use bytes::{Bytes, BytesMut};

use crate::model::{
    CallBody, CallFailure, Cause, Direction, GrpcWeb, Headers, MessageRecord, Request, Timestamp,
};
use crate::wire::{
    GrpcFrameError, GrpcMessage, GrpcReader, GrpcWebError, GrpcWebReader, InflateError,
    inflate_message, web_trailers,
};

/// What is read, and how far.
#[derive(Debug)]
pub(super) enum Collector {
    Grpc { reader: GrpcReader, peer: Peer },
    Web { reader: GrpcWebReader, peer: Peer },
    Whole { body: BytesMut, limit: usize },
}

/// Whose messages they are.
#[derive(Debug)]
pub(super) struct Peer {
    address: String,
    encoding: String,
    limit: usize,
}

impl Collector {
    pub(super) fn new(request: &Request, headers: &http::HeaderMap, address: &str) -> Self {
        let limit = request.max_message_bytes;
        if let CallBody::Http { .. } = &request.body {
            return Self::Whole { body: BytesMut::new(), limit };
        }
        let text = |name| {
            let value = headers.get(name).map(http::HeaderValue::as_bytes);
            String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
        };
        let peer = Peer { address: address.to_owned(), encoding: text("grpc-encoding"), limit };
        if request.grpc_web.is_none() {
            return Self::Grpc { reader: GrpcReader::new(limit), peer };
        }
        // The answer says what it is: a server may have no text, or nothing else.
        let is_text = GrpcWeb::of_content_type(&text("content-type")) == Some(GrpcWeb::Text);
        Self::Web { reader: GrpcWebReader::new(limit, is_text), peer }
    }

    /// Takes a piece of the body.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), CallFailure> {
        match self {
            Self::Grpc { reader, .. } => reader.push(piece),
            Self::Web { reader, peer } => reader.push(piece).map_err(|error| peer.no_web(error))?,
            Self::Whole { body, limit } => {
                let size = body.len().saturating_add(piece.len());
                if size > *limit {
                    let (size, limit) = (size as u64, *limit as u64);
                    return Err(CallFailure::TooLarge { size, limit });
                }
                body.extend_from_slice(piece);
            }
        }
        Ok(())
    }

    /// The next message that is complete now, decompressed.
    pub(super) fn next_message(
        &mut self,
        now: Timestamp,
    ) -> Result<Option<MessageRecord>, CallFailure> {
        let (message, peer) = match self {
            Self::Grpc { reader, peer } => {
                let message = reader.next_message();
                (message.map_err(|error| peer.bad_frame(error, "gRPC"))?, peer)
            }
            Self::Web { reader, peer } => {
                (reader.next_message().map_err(|error| peer.no_web(error))?, peer)
            }
            Self::Whole { .. } => return Ok(None),
        };
        let Some(message) = message else { return Ok(None) };
        let compressed_len = message.compressed_len();
        let bytes = peer.plain(&message)?;
        let direction = Direction::Received;
        Ok(Some(MessageRecord { at: now, direction, bytes, compressed_len }))
    }

    /// The trailers that the body itself brought, where it did.
    pub(super) fn trailers(&self) -> Result<Option<Headers>, CallFailure> {
        let Self::Web { reader, peer } = self else { return Ok(None) };
        let Some(frame) = reader.trailers() else { return Ok(None) };
        let (fields, bad) = web_trailers(&peer.plain(frame)?);
        if let Some(line) = bad {
            let line = String::from_utf8_lossy(&line).into_owned();
            return Err(peer.speaks_no_web(Cause::TrailersLine(line)));
        }
        let mut trailers = Headers::new();
        for (name, value) in fields {
            trailers.push(String::from_utf8_lossy(&name), value);
        }
        Ok(Some(trailers))
    }

    /// At the body's end: the whole of an HTTP body, or the failure of a message that was cut short.
    pub(super) fn end(&mut self) -> Result<Option<Bytes>, CallFailure> {
        let short = match self {
            Self::Grpc { reader, .. } => reader.cut_short(),
            Self::Web { reader, peer } => reader.cut_short().map_err(|error| peer.no_web(error))?,
            Self::Whole { body, .. } => {
                return Ok(Some(std::mem::take(body).freeze()).filter(|body| !body.is_empty()));
            }
        };
        match short {
            Some((got, wanted)) => Err(CallFailure::CutShort { got, wanted }),
            None => Ok(None),
        }
    }
}

impl Peer {
    /// What a message or a frame of trailers holds.
    fn plain(&self, message: &GrpcMessage) -> Result<Bytes, CallFailure> {
        if !message.is_compressed {
            return Ok(message.payload.clone());
        }
        let inflated = inflate_message(&self.encoding, &message.payload, self.limit);
        inflated.map(Bytes::from).map_err(|error| cannot_inflate(error, &self.encoding, self.limit))
    }

    fn bad_frame(&self, error: GrpcFrameError, expected: &'static str) -> CallFailure {
        match error {
            GrpcFrameError::TooLarge { size, limit } => CallFailure::TooLarge { size, limit },
            GrpcFrameError::Flag(flag) => CallFailure::Protocol {
                address: self.address.clone(),
                expected,
                cause: Cause::UnknownFlag(flag),
            },
        }
    }

    fn no_web(&self, error: GrpcWebError) -> CallFailure {
        match error {
            GrpcWebError::Frame(error) => self.bad_frame(error, GRPC_WEB),
            GrpcWebError::NotBase64 => self.speaks_no_web(Cause::NotBase64),
            GrpcWebError::BehindTrailers => self.speaks_no_web(Cause::BehindTrailers),
        }
    }

    fn speaks_no_web(&self, cause: Cause) -> CallFailure {
        CallFailure::Protocol { address: self.address.clone(), expected: GRPC_WEB, cause }
    }
}

/// The name of what a peer does not speak.
pub(super) const GRPC_WEB: &str = "gRPC-Web";

fn cannot_inflate(error: InflateError, encoding: &str, limit: usize) -> CallFailure {
    let cause = match error {
        InflateError::Unknown => Cause::NotOffered,
        InflateError::TooLarge => Cause::InflatesBeyond { limit: limit as u64 },
        InflateError::Broken => Cause::NotInflatable,
    };
    CallFailure::Compression { encoding: encoding.to_owned(), cause }
}
