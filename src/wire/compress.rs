//! Messages compressed, as `inflate` undoes it.

use flate2::Compression as Level;
use flate2::read::{GzEncoder, ZlibEncoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::model::Compression;

/// A message compressed, even where it grows by that: whoever asks for it wants to see what the peer makes of it.
/// `None` for the empty message, which goes as it is (gRPC's compression specification allows it for every message).
pub fn compress_message(how: Compression, bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.is_empty() {
        return None;
    }
    match how {
        Compression::Gzip => all_of(GzEncoder::new(bytes, Level::default())),
        Compression::Deflate => all_of(ZlibEncoder::new(bytes, Level::default())),
        Compression::Zstd => Some(compress_to_vec(bytes, CompressionLevel::Fastest)),
    }
}

/// Reading from memory does not fail; if it did, the message would go as it is.
fn all_of(mut reader: impl std::io::Read) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    reader.read_to_end(&mut out).ok().map(|_len| out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::inflate_message;

    #[test]
    fn each_coding_begins_as_its_standard_says() {
        let text = b"hello hello hello hello hello hello hello".repeat(20);
        let check = |how: Compression, magic: &[u8]| {
            let packed = compress_message(how, &text).unwrap();
            assert!(packed.starts_with(magic), "{how:?}: {packed:x?}");
            assert!(packed.len() < text.len() / 4, "{how:?}: {}", packed.len());
            assert_eq!(compress_message(how, b""), None);
        };
        check(Compression::Gzip, &[0x1f, 0x8b, 8]);
        // CM 8 and CINFO 7; the two bytes are a multiple of 31 (RFC 1950 section 2.2).
        check(Compression::Deflate, &[0x78, 0x9c]);
        check(Compression::Zstd, &[0x28, 0xb5, 0x2f, 0xfd]);
    }

    /// Blocks of zstd have at most 128 KiB (RFC 8878 section 3.1.1.2): more than one, and a run.
    #[test]
    fn large_messages_come_back() {
        let mut noise = 1_u32;
        let mut next = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.to_be_bytes()[0]
        };
        let mixed: Vec<u8> = (0..700_000).map(|n| if n % 3 == 0 { next() } else { 7 }).collect();
        for message in [vec![0; 1_000_000], mixed] {
            for how in Compression::ALL {
                let packed = compress_message(how, &message).unwrap();
                let back = inflate_message(how.name(), &packed, message.len());
                assert!(back.as_ref() == Ok(&message), "{how:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_compressed_comes_back(message in prop::collection::vec(any::<u8>(), 1..3_000)) {
            for how in Compression::ALL {
                let packed = compress_message(how, &message).unwrap();
                prop_assert_eq!(inflate_message(how.name(), &packed, message.len()), Ok(message.clone()));
            }
        }
    }
}
