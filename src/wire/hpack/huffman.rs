//! The Huffman code of header texts (RFC 7541 section 5.2 and appendix B).
//!
//! The code is canonical: the lengths of its words say all. Words of one length
//! are consecutive numbers in the order of their symbols.

use std::sync::LazyLock;

/// Bits of each symbol's word; the last one is the end of the string.
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5,
    5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6,
    6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22,
    23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22,
    21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20,
    22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19,
    21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22,
    22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const END: u16 = 256;
const MAX_LENGTH: usize = 30;

/// Why a text is no Huffman text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadHuffman {
    /// The end-of-string symbol stands in it.
    End,
    /// What fills the last byte is longer than seven bits or not all ones.
    Padding,
}

/// For each length: the first word, and where its symbol stands in `symbols`.
struct Code {
    first: [(u32, usize, usize); MAX_LENGTH + 1],
    symbols: Vec<u16>,
}

static CODE: LazyLock<Code> = LazyLock::new(|| {
    let mut symbols: Vec<u16> = (0..=END).collect();
    symbols.sort_by_key(|symbol| (LENGTHS.get(usize::from(*symbol)), *symbol));
    let mut first = [(0, 0, 0); MAX_LENGTH + 1];
    let (mut word, mut at) = (0_u32, 0);
    for (length, slot) in first.iter_mut().enumerate() {
        let n = LENGTHS.iter().filter(|other| usize::from(**other) == length).count();
        *slot = (word, at, n);
        word = (word + n as u32) << 1;
        at += n;
    }
    Code { first, symbols }
});

/// The text that these bytes stand for.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<u8>, BadHuffman> {
    let code = &*CODE;
    let mut text = Vec::with_capacity(bytes.len() * 8 / 5);
    let (mut word, mut length) = (0_u32, 0_usize);
    for byte in bytes {
        for bit in (0..8).rev() {
            word = word << 1 | u32::from(byte >> bit & 1);
            length += 1;
            let Some((first, at, n)) = code.first.get(length) else {
                return Err(BadHuffman::End);
            };
            let Some(within) = word.checked_sub(*first).map(|within| within as usize) else {
                continue;
            };
            if within < *n {
                match code.symbols.get(at + within).map(|symbol| u8::try_from(*symbol)) {
                    Some(Ok(symbol)) => text.push(symbol),
                    _ => return Err(BadHuffman::End),
                }
                (word, length) = (0, 0);
            }
        }
    }
    let is_padding = length < 8 && word == (1 << length) - 1;
    if is_padding { Ok(text) } else { Err(BadHuffman::Padding) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(text: &[u8]) -> Vec<u8> {
        let word_of = |symbol: u8| {
            let length = LENGTHS[usize::from(symbol)];
            let (first, at, _) = CODE.first[usize::from(length)];
            let within = CODE.symbols[at..].iter().position(|s| *s == u16::from(symbol)).unwrap();
            (first + within as u32, length)
        };
        let mut bits = Vec::new();
        for symbol in text {
            let (word, length) = word_of(*symbol);
            bits.extend((0..length).rev().map(|bit| word >> bit & 1 == 1));
        }
        bits.resize(bits.len().next_multiple_of(8), true);
        bits.chunks(8)
            .map(|byte| byte.iter().fold(0, |all, bit| all << 1 | u8::from(*bit)))
            .collect()
    }

    #[test]
    fn the_texts_of_the_standard() {
        // RFC 7541 appendix C.4 and C.6.
        for (bytes, text) in [
            (
                &[0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff][..],
                "www.example.com",
            ),
            (&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf], "no-cache"),
            (&[0x64, 0x02], "302"),
            (&[0xae, 0xc3, 0x77, 0x1a, 0x4b], "private"),
        ] {
            assert_eq!(decode(bytes).unwrap(), text.as_bytes());
            assert_eq!(encode(text.as_bytes()), bytes);
        }
    }

    #[test]
    fn what_is_no_text() {
        assert_eq!(decode(&[0xff; 4]), Err(BadHuffman::End));
        assert_eq!(decode(&[0xff]), Err(BadHuffman::Padding), "eight bits of padding");
        assert_eq!(decode(&[0x00]), Err(BadHuffman::Padding), "padding of zeros");
        assert_eq!(decode(&[]), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn reads_what_is_written(text: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&text)), Ok(text));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _text = decode(&bytes);
        }
    }
}
