//! The five bytes before every gRPC message: a flag and a length
//! (gRPC over HTTP/2, "Length-Prefixed-Message").

use bytes::{Buf as _, Bytes, BytesMut};

/// Length of the prefix in bytes.
pub const PREFIX_LEN: usize = 5;

/// The prefix of an uncompressed message; `None` when it is too long for 32 bits.
pub fn grpc_prefix(message_len: usize) -> Option<[u8; PREFIX_LEN]> {
    let [a, b, c, d] = u32::try_from(message_len).ok()?.to_be_bytes();
    Some([0, a, b, c, d])
}

/// One message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrpcMessage {
    /// The flag of the prefix.
    pub is_compressed: bool,
    /// What follows the prefix.
    pub payload: Bytes,
}

impl GrpcMessage {
    /// The length of its payload where it is compressed.
    pub fn compressed_len(&self) -> Option<u64> {
        self.is_compressed.then_some(self.payload.len() as u64)
    }

    /// The prefix that it travels with; `None` when it is too long for 32 bits.
    pub fn prefix(&self) -> Option<[u8; PREFIX_LEN]> {
        let [_, length @ ..] = grpc_prefix(self.payload.len())?;
        let [a, b, c, d] = length;
        Some([u8::from(self.is_compressed), a, b, c, d])
    }
}

/// Why no further message can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrpcFrameError {
    /// The prefix announces more than is allowed.
    #[error("message of {size} bytes is over the limit of {limit}")]
    TooLarge {
        /// Announced, in bytes.
        size: u64,
        /// Allowed, in bytes.
        limit: u64,
    },
    /// The flag is neither 0 nor 1.
    #[error("flag {0:#04x} of a message prefix is not known")]
    Flag(u8),
}

/// Takes pieces of a body, gives messages. Holds at most one unfinished message of `limit` bytes.
#[derive(Debug)]
pub struct GrpcReader {
    buffer: BytesMut,
    limit: usize,
}

impl GrpcReader {
    /// A reader that refuses messages over `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { buffer: BytesMut::new(), limit }
    }

    /// More of the body.
    pub fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// The next whole message, if there is one.
    pub fn next_message(&mut self) -> Result<Option<GrpcMessage>, GrpcFrameError> {
        let frame = self.next_frame(|flag| flag <= 1)?;
        Ok(frame.map(|(flag, payload)| GrpcMessage { is_compressed: flag == 1, payload }))
    }

    /// The next whole frame with its flag, which must be one of those that are known.
    pub(super) fn next_frame(
        &mut self,
        is_known: fn(u8) -> bool,
    ) -> Result<Option<(u8, Bytes)>, GrpcFrameError> {
        let Some((flag, size)) = self.head() else { return Ok(None) };
        if !is_known(flag) {
            return Err(GrpcFrameError::Flag(flag));
        }
        let len = usize::try_from(size).unwrap_or(usize::MAX);
        if len > self.limit {
            return Err(GrpcFrameError::TooLarge { size, limit: self.limit as u64 });
        }
        if self.buffer.len() < PREFIX_LEN.saturating_add(len) {
            return Ok(None);
        }
        self.buffer.advance(PREFIX_LEN);
        Ok(Some((flag, self.buffer.split_to(len).freeze())))
    }

    /// At the end of the body: `(got, wanted)` bytes of a message that was cut short.
    pub fn cut_short(&self) -> Option<(u64, u64)> {
        let got = self.buffer.len() as u64;
        match self.head() {
            _ if got == 0 => None,
            None => Some((got, PREFIX_LEN as u64)),
            Some((_, size)) => Some((got - PREFIX_LEN as u64, size)),
        }
    }

    fn head(&self) -> Option<(u8, u64)> {
        let (head, _) = self.buffer.split_first_chunk::<PREFIX_LEN>()?;
        let [flag, a, b, c, d] = *head;
        Some((flag, u64::from(u32::from_be_bytes([a, b, c, d]))))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_no_reader_should_take() {
        let mut reader = GrpcReader::new(10);
        reader.push(&[0, 0, 0, 0, 11]);
        let too_large = GrpcFrameError::TooLarge { size: 11, limit: 10 };
        assert_eq!(reader.next_message(), Err(too_large));

        let mut reader = GrpcReader::new(10);
        reader.push(&[7, 0, 0, 0, 0]);
        assert_eq!(reader.next_message(), Err(GrpcFrameError::Flag(7)));

        let mut reader = GrpcReader::new(10);
        reader.push(&[0, 0, 0]);
        assert_eq!((reader.next_message(), reader.cut_short()), (Ok(None), Some((3, 5))));
        reader.push(&[0, 4, 1]);
        assert_eq!((reader.next_message(), reader.cut_short()), (Ok(None), Some((1, 4))));
    }

    proptest! {
        #[test]
        fn messages_survive_any_cutting(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..6),
            step in 1_usize..20,
        ) {
            let mut body = Vec::new();
            for message in &messages {
                body.extend_from_slice(&grpc_prefix(message.len()).unwrap());
                body.extend_from_slice(message);
            }
            let mut reader = GrpcReader::new(64);
            let mut read = Vec::new();
            for piece in body.chunks(step) {
                reader.push(piece);
                while let Some(message) = reader.next_message().unwrap() {
                    read.push(message.payload.to_vec());
                }
            }
            prop_assert_eq!(read, messages);
            prop_assert_eq!(reader.cut_short(), None);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let mut reader = GrpcReader::new(32);
            reader.push(&bytes);
            while let Ok(Some(_)) = reader.next_message() {}
            let _ = reader.cut_short();
        }
    }
}
