//! The body of gRPC-Web: messages as gRPC has them, and behind them a frame with the trailers
//! (gRPC-Web, "Protocol differences vs gRPC over HTTP2"), all of it in base64 where it is text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};

use super::grpc::{GrpcFrameError, GrpcMessage, GrpcReader};

/// The bit of the flag that tells the frame with the trailers from a message.
const TRAILERS: u8 = 0x80;
/// The bit that tells what is compressed.
const COMPRESSED: u8 = 1;

/// Whether the flag of a prefix says that trailers follow.
pub(super) fn is_trailers(flag: u8) -> bool {
    flag & !COMPRESSED == TRAILERS
}

fn is_known(flag: u8) -> bool {
    flag & !(TRAILERS | COMPRESSED) == 0
}

/// Why no further message can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrpcWebError {
    /// A prefix that cannot be.
    #[error(transparent)]
    Frame(#[from] GrpcFrameError),
    /// A text body that is no base64.
    #[error("the text is no base64")]
    NotBase64,
    /// Something follows the trailers, which are the last frame.
    #[error("something follows the trailers")]
    BehindTrailers,
}

/// Takes pieces of a body, gives messages, and keeps the frame with the trailers.
#[derive(Debug)]
pub struct GrpcWebReader {
    frames: GrpcReader,
    text: Option<Base64Reader>,
    trailers: Option<GrpcMessage>,
}

impl GrpcWebReader {
    /// A reader that refuses frames over `limit` bytes; `is_text` where the body is in base64.
    pub fn new(limit: usize, is_text: bool) -> Self {
        let text = is_text.then(Base64Reader::default);
        Self { frames: GrpcReader::new(limit), text, trailers: None }
    }

    /// More of the body.
    ///
    /// # Errors
    /// [`GrpcWebError::NotBase64`].
    pub fn push(&mut self, piece: &[u8]) -> Result<(), GrpcWebError> {
        match &mut self.text {
            Some(text) => self.frames.push(&text.read(piece)?),
            None => self.frames.push(piece),
        }
        Ok(())
    }

    /// The next whole message, if there is one. The trailers are none.
    ///
    /// # Errors
    /// A prefix that cannot be, and anything behind the trailers.
    pub fn next_message(&mut self) -> Result<Option<GrpcMessage>, GrpcWebError> {
        while let Some((flag, payload)) = self.frames.next_frame(is_known)? {
            if self.trailers.is_some() {
                return Err(GrpcWebError::BehindTrailers);
            }
            let frame = GrpcMessage { is_compressed: flag & COMPRESSED != 0, payload };
            if !is_trailers(flag) {
                return Ok(Some(frame));
            }
            self.trailers = Some(frame);
        }
        Ok(None)
    }

    /// What the frame with the trailers holds, once it came: see [`web_trailers`].
    pub fn trailers(&self) -> Option<&GrpcMessage> {
        self.trailers.as_ref()
    }

    /// At the end of the body: `(got, wanted)` bytes of a frame that was cut short.
    ///
    /// # Errors
    /// [`GrpcWebError::NotBase64`] for a text that ends within four characters, and
    /// [`GrpcWebError::BehindTrailers`].
    pub fn cut_short(&self) -> Result<Option<(u64, u64)>, GrpcWebError> {
        if self.text.as_ref().is_some_and(|text| !text.rest.is_empty()) {
            return Err(GrpcWebError::NotBase64);
        }
        match self.frames.cut_short() {
            Some(_) if self.trailers.is_some() => Err(GrpcWebError::BehindTrailers),
            short => Ok(short),
        }
    }
}

/// The trailers of such a frame, decompressed: lines as of an HTTP/1 head, without the empty one at the end. A line that
/// is none is given back beside those that could be read.
pub fn web_trailers(block: &Bytes) -> (Vec<(Bytes, Bytes)>, Option<Bytes>) {
    let mut bad = None;
    let lines = block.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let fields = lines.filter(|line| !line.is_empty()).filter_map(|line| {
        let field = field(block, line);
        if field.is_none() && bad.is_none() {
            bad = Some(block.slice_ref(line));
        }
        field
    });
    (fields.collect(), bad)
}

fn field(block: &Bytes, line: &[u8]) -> Option<(Bytes, Bytes)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at(colon);
    http::HeaderName::from_bytes(name).ok()?;
    let value = value.get(1..)?.trim_ascii();
    http::HeaderValue::from_bytes(value).ok()?;
    Some((name.to_ascii_lowercase().into(), block.slice_ref(value)))
}

/// Reads base64 in pieces: several texts, each with its padding, may follow each other.
#[derive(Debug, Default)]
struct Base64Reader {
    /// Fewer than four characters.
    rest: BytesMut,
}

impl Base64Reader {
    fn read(&mut self, piece: &[u8]) -> Result<Vec<u8>, GrpcWebError> {
        self.rest.extend_from_slice(piece);
        let whole = self.rest.split_to(self.rest.len() / 4 * 4);
        let (mut open, mut out) = (&whole[..], Vec::with_capacity(whole.len() / 4 * 3));
        while !open.is_empty() {
            // Up to the four characters that end with padding.
            let padded = open.iter().position(|byte| *byte == b'=');
            let end = padded.map_or(open.len(), |at| (at / 4 + 1) * 4);
            let (text, behind) = open.split_at(end.min(open.len()));
            STANDARD.decode_vec(text, &mut out).map_err(|_no_base64| GrpcWebError::NotBase64)?;
            open = behind;
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::grpc_prefix;

    fn frame(flag: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = grpc_prefix(payload.len()).unwrap().to_vec();
        frame[0] = flag;
        frame.extend_from_slice(payload);
        frame
    }

    fn read(body: &[u8], is_text: bool, step: usize) -> Result<Vec<Vec<u8>>, GrpcWebError> {
        let mut reader = GrpcWebReader::new(64, is_text);
        let mut messages = Vec::new();
        for piece in body.chunks(step) {
            reader.push(piece)?;
            while let Some(message) = reader.next_message()? {
                messages.push(message.payload.to_vec());
            }
        }
        assert_eq!(reader.cut_short()?, None);
        messages.extend(reader.trailers().map(|trailers| trailers.payload.to_vec()));
        Ok(messages)
    }

    #[test]
    fn what_no_reader_should_take() {
        let check = |body: &[u8], is_text, error: GrpcWebError| {
            assert_eq!(read(body, is_text, 3), Err(error), "{body:?}");
        };
        let end = frame(0x80, b"a:b");
        check(&frame(2, b""), false, GrpcFrameError::Flag(2).into());
        check(&frame(0x90, b""), false, GrpcFrameError::Flag(0x90).into());
        check(&[&end[..], &end].concat(), false, GrpcWebError::BehindTrailers);
        check(&[&end[..], b"\0"].concat(), false, GrpcWebError::BehindTrailers);
        for bad in ["AAA", "AAAAA", "A===", "AA=A", "=AAA", "AA\r\n", "-_-_"] {
            check(bad.as_bytes(), true, GrpcWebError::NotBase64);
        }
    }

    #[test]
    fn trailers_are_lines_of_a_head() {
        let check = |block: &'static str, fields: &[(&str, &str)], bad: Option<&str>| {
            let (read, wrong) = web_trailers(&Bytes::from_static(block.as_bytes()));
            let read: Vec<_> = read
                .iter()
                .map(|(name, value)| (name.escape_ascii().to_string(), value.clone()))
                .collect();
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (name.to_string(), Bytes::copy_from_slice(value.as_bytes())))
                .collect();
            assert_eq!((read, wrong.as_deref()), (fields, bad.map(str::as_bytes)), "{block}");
        };
        let both = [("grpc-status", "5"), ("grpc-message", "no: %20")];
        check("grpc-status: 5\r\ngrpc-message: no: %20\r\n", &both, None);
        check("Grpc-Status:5\ngrpc-message:no: %20", &both, None);
        check("x:\r\n\r\n", &[("x", "")], None);
        check("", &[], None);
        check("grpc-status 5\r\nx: y\r\n", &[("x", "y")], Some("grpc-status 5"));
        check(": 5\r\n", &[], Some(": 5"));
        check("a b: 5\r\n", &[], Some("a b: 5"));
    }

    proptest! {
        #[test]
        fn a_body_survives_any_cutting(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..6),
            (step, joined) in (1_usize..20, 1_usize..4),
        ) {
            let mut frames: Vec<_> = messages.iter().map(|message| frame(0, message)).collect();
            frames.push(frame(0x80, b"grpc-status: 0\r\n"));
            let wanted = [&messages[..], &[b"grpc-status: 0\r\n".to_vec()]].concat();
            prop_assert_eq!(read(&frames.concat(), false, step).unwrap(), wanted.clone());
            // Each piece with its padding.
            let text: String =
                frames.chunks(joined).map(|some| STANDARD.encode(some.concat())).collect();
            prop_assert_eq!(read(text.as_bytes(), true, step).unwrap(), wanted);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, is_text: bool) {
            let mut reader = GrpcWebReader::new(32, is_text);
            reader.push(&bytes).ok();
            while let Ok(Some(_)) = reader.next_message() {}
            reader.cut_short().ok();
            web_trailers(&bytes.into());
        }
    }
}
