//! A request body made of pieces that exist already.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;

use crate::model::{CallFailure, Compression, GrpcWeb};
use crate::net::Body;
use crate::wire::{GrpcMessage, compress_message};

/// A message up to this size travels in one piece with its prefix, so that it makes one DATA frame.
const JOIN_UP_TO: usize = 16 * 1024 - 5;

/// The pieces, and whether their total is announced as `content-length`.
#[derive(Debug)]
struct Pieces {
    queue: VecDeque<Bytes>,
    is_announced: bool,
}

/// A body as it is.
pub(super) fn plain(body: &Bytes) -> Body {
    let queue = if body.is_empty() { VecDeque::new() } else { VecDeque::from([body.clone()]) };
    boxed(Pieces { queue, is_announced: true })
}

/// Messages with their prefixes. Over HTTP/1 a length is what every server takes, so gRPC-Web has one.
pub(super) fn framed(messages: &[GrpcMessage], web: Option<GrpcWeb>) -> Result<Body, CallFailure> {
    let mut queue = VecDeque::new();
    for message in messages {
        let (first, rest) = pieces(message, web)?;
        queue.push_back(first);
        queue.extend(rest);
    }
    Ok(boxed(Pieces { queue, is_announced: web.is_some() }))
}

/// A message with its prefix, in one piece or two; as text of gRPC-Web with its padding.
pub(super) fn pieces(
    message: &GrpcMessage,
    web: Option<GrpcWeb>,
) -> Result<(Bytes, Option<Bytes>), CallFailure> {
    let payload = &message.payload;
    let prefix = message
        .prefix()
        .ok_or(CallFailure::TooLarge { size: payload.len() as u64, limit: u64::from(u32::MAX) })?;
    let is_text = web == Some(GrpcWeb::Text);
    if payload.len() > JOIN_UP_TO && !is_text {
        return Ok((Bytes::copy_from_slice(&prefix), Some(payload.clone())));
    }
    let mut piece = BytesMut::with_capacity(prefix.len() + payload.len());
    piece.extend_from_slice(&prefix);
    piece.extend_from_slice(payload);
    let piece = if is_text { STANDARD.encode(piece).into() } else { piece.freeze() };
    Ok((piece, None))
}

/// A message as it travels.
pub(super) fn packed(message: &Bytes, how: Option<Compression>) -> GrpcMessage {
    let compressed = how.and_then(|how| compress_message(how, message));
    GrpcMessage {
        is_compressed: compressed.is_some(),
        payload: compressed.map_or_else(|| message.clone(), Bytes::from),
    }
}

fn boxed(pieces: Pieces) -> Body {
    pieces.map_err(|never| match never {}).boxed_unsync()
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.queue.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.queue.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_announced {
            SizeHint::with_exact(self.queue.iter().map(|piece| piece.len() as u64).sum())
        } else {
            SizeHint::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_messages_travel_with_their_prefix() {
        let large = Bytes::from(vec![1; 20_000]);
        let messages = [Bytes::from_static(b"ab"), large, Bytes::new()];
        let mut body = framed(&messages.map(|message| packed(&message, None)), None).unwrap();
        let mut pieces = Vec::new();
        while let Some(frame) = body.frame().await {
            pieces.push(frame.unwrap().into_data().unwrap());
        }
        let lens: Vec<_> = pieces.iter().map(Bytes::len).collect();
        assert_eq!(lens, [7, 5, 20_000, 5]);
        assert_eq!(&pieces[0][..], b"\0\0\0\0\x02ab");
    }

    #[test]
    fn the_flag_says_what_is_compressed() {
        let check = |message: &'static [u8], how: Option<Compression>, flag: u8| {
            let packed = packed(&Bytes::from_static(message), how);
            let (piece, _) = pieces(&packed, None).unwrap();
            assert_eq!((piece[0], piece.len()), (flag, 5 + packed.payload.len()), "{how:?}");
        };
        check(b"hello", None, 0);
        check(b"hello", Some(Compression::Gzip), 1);
        check(b"", Some(Compression::Gzip), 0);
    }

    #[test]
    fn text_is_one_piece_with_its_padding() {
        let message = packed(&Bytes::from(vec![0; 20_000]), None);
        let (piece, rest) = pieces(&message, Some(GrpcWeb::Text)).unwrap();
        assert_eq!((piece.len(), rest), (20_005_usize.div_ceil(3) * 4, None));
        assert!(piece.starts_with(b"AAAATiAAAAA") && piece.ends_with(b"=="));
        let body = framed(std::slice::from_ref(&message), Some(GrpcWeb::Binary)).unwrap();
        assert_eq!(http_body::Body::size_hint(&body).exact(), Some(20_005));
    }
}
