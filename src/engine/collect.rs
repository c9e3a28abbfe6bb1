//! Turns the body of an answer into messages: gRPC by its prefixes, HTTP as one.

use bytes::{Bytes, BytesMut};

use crate::model::{CallBody, CallFailure, Cause, Direction, MessageRecord, Request, Timestamp};
use crate::wire::{GrpcFrameError, GrpcReader, InflateError, inflate_message};

/// What is read, and how far.
#[derive(Debug)]
pub(super) enum Collector {
    Grpc { reader: GrpcReader, encoding: String, address: String, limit: usize },
    Whole { body: BytesMut, limit: usize },
}

impl Collector {
    pub(super) fn new(request: &Request, headers: &http::HeaderMap, address: &str) -> Self {
        let limit = request.max_message_bytes;
        match &request.body {
            CallBody::Grpc { .. } => {
                let encoding = headers.get("grpc-encoding").map(http::HeaderValue::as_bytes);
                Self::Grpc {
                    reader: GrpcReader::new(limit),
                    encoding: String::from_utf8_lossy(encoding.unwrap_or_default()).into_owned(),
                    address: address.to_owned(),
                    limit,
                }
            }
            CallBody::Http { .. } => Self::Whole { body: BytesMut::new(), limit },
        }
    }

    /// Takes a piece of the body.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), CallFailure> {
        match self {
            Self::Grpc { reader, .. } => reader.push(piece),
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
        let Self::Grpc { reader, encoding, address, limit } = self else { return Ok(None) };
        let record = |bytes, compressed_len| MessageRecord {
            at: now,
            direction: Direction::Received,
            bytes,
            compressed_len,
        };
        match reader.next_message() {
            Ok(Some(message)) if message.is_compressed => {
                let inflated = inflate_message(encoding, &message.payload, *limit);
                let bytes = inflated.map_err(|error| cannot_inflate(error, encoding, *limit))?;
                Ok(Some(record(bytes.into(), message.compressed_len())))
            }
            Ok(message) => Ok(message.map(|message| record(message.payload, None))),
            Err(GrpcFrameError::TooLarge { size, limit }) => {
                Err(CallFailure::TooLarge { size, limit })
            }
            Err(GrpcFrameError::Flag(flag)) => Err(CallFailure::Protocol {
                address: address.clone(),
                expected: "gRPC",
                cause: Cause::UnknownFlag(flag),
            }),
        }
    }

    /// At the body's end: the whole of an HTTP body, or the failure of a message that was cut short.
    pub(super) fn end(&mut self) -> Result<Option<Bytes>, CallFailure> {
        match self {
            Self::Grpc { reader, .. } => match reader.cut_short() {
                Some((got, wanted)) => Err(CallFailure::CutShort { got, wanted }),
                None => Ok(None),
            },
            Self::Whole { body, .. } => {
                Ok(Some(std::mem::take(body).freeze()).filter(|body| !body.is_empty()))
            }
        }
    }
}

fn cannot_inflate(error: InflateError, encoding: &str, limit: usize) -> CallFailure {
    let cause = match error {
        InflateError::Unknown => Cause::NotOffered,
        InflateError::TooLarge => Cause::InflatesBeyond { limit: limit as u64 },
        InflateError::Broken => Cause::NotInflatable,
    };
    CallFailure::Compression { encoding: encoding.to_owned(), cause }
}
