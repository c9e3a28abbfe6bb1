//! Walks the chunks of an HTTP/1 body (RFC 9112 section 7.1) without keeping any of it.

/// Where in the chunks the walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunks {
    /// Within the digits of a size.
    Size(u64),
    /// Behind the digits, up to the line's end.
    Extension(u64),
    /// Within the data; so much is left.
    Data(u64),
    /// Behind the data, up to the line's end.
    DataEnd,
    /// Within the trailers; the line so far has so many bytes.
    Trailer(u64),
    /// The body has ended.
    Done,
    /// These are no chunks.
    Bad,
}

impl Chunks {
    /// Takes at least one byte of `bytes` unless it is empty or the body has ended;
    /// says how many and whether they are data.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (usize, bool) {
        if let Self::Data(left) = *self {
            let n = left.min(bytes.len() as u64);
            *self = if n == left { Self::DataEnd } else { Self::Data(left - n) };
            return (n as usize, true);
        }
        let mut taken = 0;
        for byte in bytes {
            if matches!(self, Self::Data(_) | Self::Done | Self::Bad) {
                break;
            }
            self.step(*byte);
            taken += 1;
        }
        (taken, false)
    }

    /// Passes over `len` bytes that nobody kept: only data can be passed over.
    pub(super) fn skip(&mut self, len: u64) {
        *self = match *self {
            Self::Data(left) if len < left => Self::Data(left - len),
            Self::Data(left) if len == left => Self::DataEnd,
            _ => Self::Bad,
        };
    }

    fn step(&mut self, byte: u8) {
        *self = match (*self, byte) {
            (Self::Size(size) | Self::Extension(size), b'\n') => {
                if size == 0 {
                    Self::Trailer(0)
                } else {
                    Self::Data(size)
                }
            }
            (Self::Size(size), byte) => match char::from(byte).to_digit(16) {
                Some(digit) if size >> 59 == 0 => Self::Size(size << 4 | u64::from(digit)),
                None if matches!(byte, b'\r' | b';' | b' ' | b'\t') => Self::Extension(size),
                _ => Self::Bad,
            },
            (Self::DataEnd, b'\n') => Self::Size(0),
            (Self::DataEnd, byte) if byte != b'\r' => Self::Bad,
            (Self::Trailer(0), b'\n') => Self::Done,
            (Self::Trailer(_), b'\n') => Self::Trailer(0),
            (Self::Trailer(len), byte) if byte != b'\r' => Self::Trailer(len + 1),
            (state, _) => state,
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chunks_end_where_they_should() {
        let check = |text: &str, data: &str, end: Chunks| {
            for step in 1..=text.len() {
                let (mut state, mut read, mut rest) = (Chunks::Size(0), String::new(), "");
                for piece in text.as_bytes().chunks(step) {
                    let mut piece = std::str::from_utf8(piece).unwrap();
                    while !piece.is_empty() && !matches!(state, Chunks::Done | Chunks::Bad) {
                        let (n, is_data) = state.take(piece.as_bytes());
                        if is_data {
                            read.push_str(&piece[..n]);
                        }
                        piece = &piece[n..];
                    }
                    rest = piece;
                }
                assert_eq!((read.as_str(), state, rest), (data, end, ""), "{text} by {step}");
            }
        };
        check("0\r\n\r\n", "", Chunks::Done);
        check("5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nx: y\r\n\r\n", "hello!", Chunks::Done);
        check("A\r\n0123456789\r\n", "0123456789", Chunks::Size(0));
        check("2\r\nabc", "ab", Chunks::Bad);
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked_without_panic(bytes: Vec<u8>) {
            let (mut state, mut rest) = (Chunks::Size(0), &bytes[..]);
            while !rest.is_empty() && !matches!(state, Chunks::Done | Chunks::Bad) {
                let (n, _) = state.take(rest);
                prop_assert!(n > 0 && n <= rest.len());
                rest = &rest[n..];
            }
        }
    }
}
