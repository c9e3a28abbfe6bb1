//! Bodies and messages decompressed, up to a bound.

use std::io::Read as _;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// The largest result: more is a bomb, or nothing to be read by a person.
pub const MAX_INFLATED: usize = 16 << 20;

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
}

impl Coding {
    /// By its name in `grpc-encoding` or `content-encoding`.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            _ => None,
        }
    }
}

/// The bytes, and whether they are whole and sound.
pub(super) fn inflate(coding: Coding, bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut read = |reader: &mut dyn std::io::Read| {
        out.clear();
        let done = reader.take(MAX_INFLATED as u64 + 1).read_to_end(&mut out);
        let is_whole = done.is_ok() && out.len() <= MAX_INFLATED;
        out.truncate(MAX_INFLATED);
        is_whole
    };
    let is_whole = match coding {
        Coding::Gzip => read(&mut MultiGzDecoder::new(bytes)),
        // The standard means zlib (RFC 9110 section 8.4.1.2); some peers send it bare.
        Coding::Deflate => {
            read(&mut ZlibDecoder::new(bytes)) || read(&mut DeflateDecoder::new(bytes))
        }
    };
    (out, is_whole)
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
        assert_eq!(inflate(Coding::Gzip, &gzip(&text)), (text.clone(), true));
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&text).unwrap();
        assert_eq!(inflate(Coding::Deflate, &zlib.finish().unwrap()), (text.clone(), true));
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(&text).unwrap();
        assert_eq!(inflate(Coding::Deflate, &bare.finish().unwrap()), (text.clone(), true));
        let cut = gzip(&text);
        assert!(!inflate(Coding::Gzip, &cut[..cut.len() - 6]).1);
        assert_eq!(Coding::of("snappy"), None);
    }

    #[test]
    fn a_bomb_is_stopped() {
        let bomb = gzip(&vec![0; 3 * MAX_INFLATED]);
        assert!(bomb.len() < 300_000);
        let (out, is_whole) = inflate(Coding::Gzip, &bomb);
        assert_eq!((out.len(), is_whole), (MAX_INFLATED, false));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _read = inflate(Coding::Gzip, &bytes);
            let _read = inflate(Coding::Deflate, &bytes);
        }
    }
}
