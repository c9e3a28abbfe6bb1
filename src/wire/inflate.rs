//! Bodies and messages decompressed, up to a bound.

use std::io::Read as _;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

/// The largest result: more is a bomb, or nothing to be read by a person.
pub const MAX_INFLATED: usize = 16 << 20;

/// Codings one upon the other that are undone; nobody means more.
const MAX_CODINGS: usize = 4;

/// The window that a reader of Zstandard has room for, however short the content (RFC 8878 section 3.1.1.1.2).
const ZSTD_WINDOW: usize = 8 << 20;

/// The encodings of messages that can be read, as `grpc-accept-encoding` says them (gRPC over HTTP/2,
/// "Message-Encoding").
pub const GRPC_ENCODINGS: &str = "identity,deflate,gzip,zstd";

/// Why a compressed message cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InflateError {
    /// The encoding is none of [`GRPC_ENCODINGS`].
    #[error("the encoding is not known")]
    Unknown,
    /// It is larger than allowed.
    #[error("it is larger than allowed")]
    TooLarge,
    /// The bytes are not what the encoding says.
    #[error("the bytes are not in this encoding")]
    Broken,
}

/// A message as it was before `encoding`; at most `limit` bytes are ever held.
pub fn inflate_message(
    encoding: &str,
    bytes: &[u8],
    limit: usize,
) -> Result<Vec<u8>, InflateError> {
    let is_offered = GRPC_ENCODINGS.split(',').any(|offered| offered == encoding);
    let coding = Coding::of(encoding).filter(|_| is_offered).ok_or(InflateError::Unknown)?;
    match inflate(coding, bytes, limit) {
        (message, Ending::Whole) => Ok(message),
        (_, Ending::TooLarge) => Err(InflateError::TooLarge),
        (_, Ending::Broken) => Err(InflateError::Broken),
    }
}

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// How reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// All is there, and sound.
    Whole,
    /// There is more than is read.
    TooLarge,
    /// The bytes are not what they are said to be, or not all there.
    Broken,
}

impl Coding {
    /// By its name in `grpc-encoding` or `content-encoding`.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// A list in the order in which they were applied (RFC 9110 section 8.4); `None` when one of them is not known.
    pub(super) fn list(names: &str) -> Option<Vec<Self>> {
        let names = names.split(',').map(str::trim);
        let names = names.filter(|name| !matches!(*name, "" | "identity"));
        let codings: Option<Vec<_>> = names.map(Self::of).collect();
        codings.filter(|codings| codings.len() <= MAX_CODINGS)
    }
}

/// The bytes without any of these codings, the last of which was applied last.
pub(super) fn inflate_all(codings: &[Coding], bytes: &[u8]) -> (Vec<u8>, Ending) {
    let (mut out, mut ending) = (bytes.to_vec(), Ending::Whole);
    for coding in codings.iter().rev() {
        let (next, how) = inflate(*coding, &out, MAX_INFLATED);
        out = next;
        // What was wrong first is why the rest is.
        if ending == Ending::Whole {
            ending = how;
        }
    }
    (out, ending)
}

/// The bytes as far as they can be read, and no more than `max` of them.
fn inflate(coding: Coding, bytes: &[u8], max: usize) -> (Vec<u8>, Ending) {
    match coding {
        Coding::Gzip => read(MultiGzDecoder::new(bytes), max),
        // The standard means zlib (RFC 9110 section 8.4.1.2); some peers send it bare.
        Coding::Deflate => match read(ZlibDecoder::new(bytes), max) {
            (_, Ending::Broken) => read(DeflateDecoder::new(bytes), max),
            done => done,
        },
        Coding::Brotli => read(brotli_decompressor::Decompressor::new(bytes, 4096), max),
        Coding::Zstd => zstd(bytes, max),
    }
}

fn read(reader: impl std::io::Read, max: usize) -> (Vec<u8>, Ending) {
    let mut out = Vec::new();
    let ending = read_to(&mut out, reader, max);
    (out, ending)
}

/// Adds to `out` up to the bound.
fn read_to(out: &mut Vec<u8>, reader: impl std::io::Read, max: usize) -> Ending {
    let room = max.saturating_add(1).saturating_sub(out.len());
    let done = reader.take(room as u64).read_to_end(out);
    let is_too_large = out.len() > max;
    out.truncate(max);
    match done {
        _ if is_too_large => Ending::TooLarge,
        Ok(_) => Ending::Whole,
        Err(_) => Ending::Broken,
    }
}

/// Frames one behind the other, some of which may be there to be skipped (RFC 8878 section 3.1).
fn zstd(bytes: &[u8], max: usize) -> (Vec<u8>, Ending) {
    let (mut out, mut rest) = (Vec::new(), bytes);
    loop {
        // The window is memory that a peer asks for: no more than is read in all, or than every reader has room for.
        match StreamingDecoder::new_with_max_window_size(&mut rest, max.max(ZSTD_WINDOW) as u64) {
            Ok(mut frame) => {
                let ending = read_to(&mut out, &mut frame, max);
                let announced = frame.decoder.get_checksum_from_data();
                let is_sound = announced
                    .is_none_or(|sum| frame.decoder.get_calculated_checksum() == Some(sum));
                match ending {
                    Ending::Whole if !is_sound => return (out, Ending::Broken),
                    Ending::Whole => {}
                    ending => return (out, ending),
                }
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let Some(behind) = rest.get(length as usize..) else {
                    return (out, Ending::Broken);
                };
                rest = behind;
            }
            Err(_) => return (out, Ending::Broken),
        }
        if rest.is_empty() {
            return (out, Ending::Whole);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_forms_and_what_is_broken() {
        let text = b"hello hello hello".to_vec();
        assert_eq!(
            inflate(Coding::Gzip, &gzip(&text), MAX_INFLATED),
            (text.clone(), Ending::Whole)
        );
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&text).unwrap();
        assert_eq!(
            inflate(Coding::Deflate, &zlib.finish().unwrap(), MAX_INFLATED),
            (text.clone(), Ending::Whole)
        );
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(&text).unwrap();
        assert_eq!(
            inflate(Coding::Deflate, &bare.finish().unwrap(), MAX_INFLATED),
            (text.clone(), Ending::Whole)
        );
        let cut = gzip(&text);
        assert_eq!(inflate(Coding::Gzip, &cut[..cut.len() - 6], MAX_INFLATED).1, Ending::Broken);
        assert_eq!(Coding::of("snappy"), None);
    }

    fn data(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/wire/");
        std::fs::read(format!("{folder}{name}")).unwrap()
    }

    /// Written by the programs and libraries that others use: zstd 1.5.4, Google's brotli, Python's gzip.
    #[test]
    fn what_others_compressed_is_read() {
        let text = data("text");
        for (name, codings) in [
            ("text.zst", "zstd"),
            ("text.two.zst", "zstd"),
            ("text.br", "br"),
            ("text.gz.br", "gzip, br"),
            ("text.gz.br", "identity, x-gzip ,br"),
        ] {
            let codings = Coding::list(codings).unwrap();
            let bytes = data(name);
            let (out, ending) = inflate_all(&codings, &bytes);
            assert!(out == text && ending == Ending::Whole, "{name}: {ending:?}");
            let cut = inflate_all(&codings, &bytes[..bytes.len() - 20]).1;
            assert_eq!(cut, Ending::Broken, "{name}");
        }
        // One bit of the text changed on the way: the checksum knows.
        let mut broken = data("text.zst");
        let at = broken.len() - 1;
        broken[at] ^= 1;
        assert_eq!(inflate(Coding::Zstd, &broken, MAX_INFLATED).1, Ending::Broken);
        let skipped =
            [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &data("text.zst")].concat();
        assert_eq!(inflate(Coding::Zstd, &skipped, MAX_INFLATED), (text, Ending::Whole));
        assert_eq!(Coding::list("gzip, snappy"), None);
        assert_eq!(Coding::list("gzip,gzip,gzip,gzip,gzip"), None);
    }

    #[test]
    fn a_message_is_inflated_up_to_its_limit() {
        let message = vec![7; 1_000];
        let packed = gzip(&message);
        let check =
            |encoding: &str, bytes: &[u8], limit: usize, wanted: Result<usize, InflateError>| {
                let inflated = inflate_message(encoding, bytes, limit).map(|message| message.len());
                assert_eq!(inflated, wanted, "{encoding} {limit}");
            };
        check("gzip", &packed, 1_000, Ok(1_000));
        check("gzip", &packed, 999, Err(InflateError::TooLarge));
        check("gzip", &packed[..packed.len() - 9], 1_000, Err(InflateError::Broken));
        check("zstd", &packed, 1_000, Err(InflateError::Broken));
        for unknown in ["", "identity", "br", "x-gzip", "GZIP"] {
            check(unknown, &packed, 1_000, Err(InflateError::Unknown));
        }
    }

    #[test]
    fn a_bomb_is_stopped() {
        let bomb = gzip(&vec![0; 3 * MAX_INFLATED]);
        assert!(bomb.len() < 300_000);
        let bombs = [
            (vec![Coding::Gzip], bomb.clone()),
            (vec![Coding::Gzip, Coding::Gzip], gzip(&bomb)),
            (vec![Coding::Brotli], data("bomb.br")),
            (vec![Coding::Zstd], data("bomb.zst")),
        ];
        for (codings, bomb) in bombs {
            let (out, ending) = inflate_all(&codings, &bomb);
            assert_eq!((out.len(), ending), (MAX_INFLATED, Ending::TooLarge), "{codings:?}");
        }
        // A frame that asks for a window of 2 GB.
        let window = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00];
        assert_eq!(inflate(Coding::Zstd, &window, MAX_INFLATED), (Vec::new(), Ending::Broken));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
                let _read = inflate(coding, &bytes, MAX_INFLATED);
            }
            let magic = [&[0x28, 0xb5, 0x2f, 0xfd][..], &bytes].concat();
            let _read = inflate(Coding::Zstd, &magic, MAX_INFLATED);
        }
    }
}
