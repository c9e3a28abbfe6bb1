//! Bodies and messages decompressed, up to a bound.

use std::io::Read as _;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

/// The largest result: more is a bomb, or nothing to be read by a person.
pub const MAX_INFLATED: usize = 16 << 20;

/// Codings one upon the other that are undone; nobody means more.
const MAX_CODINGS: usize = 4;

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
        let (next, how) = inflate(*coding, &out);
        out = next;
        // What was wrong first is why the rest is.
        if ending == Ending::Whole {
            ending = how;
        }
    }
    (out, ending)
}

/// The bytes as far as they can be read.
pub(super) fn inflate(coding: Coding, bytes: &[u8]) -> (Vec<u8>, Ending) {
    match coding {
        Coding::Gzip => read(MultiGzDecoder::new(bytes)),
        // The standard means zlib (RFC 9110 section 8.4.1.2); some peers send it bare.
        Coding::Deflate => match read(ZlibDecoder::new(bytes)) {
            (_, Ending::Broken) => read(DeflateDecoder::new(bytes)),
            done => done,
        },
        Coding::Brotli => read(brotli_decompressor::Decompressor::new(bytes, 4096)),
        Coding::Zstd => zstd(bytes),
    }
}

fn read(reader: impl std::io::Read) -> (Vec<u8>, Ending) {
    let mut out = Vec::new();
    let ending = read_to(&mut out, reader);
    (out, ending)
}

/// Adds to `out` up to the bound.
fn read_to(out: &mut Vec<u8>, reader: impl std::io::Read) -> Ending {
    let room = (MAX_INFLATED + 1).saturating_sub(out.len());
    let done = reader.take(room as u64).read_to_end(out);
    let is_too_large = out.len() > MAX_INFLATED;
    out.truncate(MAX_INFLATED);
    match done {
        _ if is_too_large => Ending::TooLarge,
        Ok(_) => Ending::Whole,
        Err(_) => Ending::Broken,
    }
}

/// Frames one behind the other, some of which may be there to be skipped (RFC 8878 section 3.1).
fn zstd(bytes: &[u8]) -> (Vec<u8>, Ending) {
    let (mut out, mut rest) = (Vec::new(), bytes);
    loop {
        // The window is memory that a peer asks for: no more than is read in all.
        match StreamingDecoder::new_with_max_window_size(&mut rest, MAX_INFLATED as u64) {
            Ok(mut frame) => {
                let ending = read_to(&mut out, &mut frame);
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
        assert_eq!(inflate(Coding::Gzip, &gzip(&text)), (text.clone(), Ending::Whole));
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&text).unwrap();
        assert_eq!(
            inflate(Coding::Deflate, &zlib.finish().unwrap()),
            (text.clone(), Ending::Whole)
        );
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(&text).unwrap();
        assert_eq!(
            inflate(Coding::Deflate, &bare.finish().unwrap()),
            (text.clone(), Ending::Whole)
        );
        let cut = gzip(&text);
        assert_eq!(inflate(Coding::Gzip, &cut[..cut.len() - 6]).1, Ending::Broken);
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
        assert_eq!(inflate(Coding::Zstd, &broken).1, Ending::Broken);
        let skipped =
            [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &data("text.zst")].concat();
        assert_eq!(inflate(Coding::Zstd, &skipped), (text, Ending::Whole));
        assert_eq!(Coding::list("gzip, snappy"), None);
        assert_eq!(Coding::list("gzip,gzip,gzip,gzip,gzip"), None);
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
        assert_eq!(inflate(Coding::Zstd, &window), (Vec::new(), Ending::Broken));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
                let _read = inflate(coding, &bytes);
            }
            let magic = [&[0x28, 0xb5, 0x2f, 0xfd][..], &bytes].concat();
            let _read = inflate(Coding::Zstd, &magic);
        }
    }
}
