//! Bytes as rows of hexadecimal digits and text.

use std::fmt::Write as _;

/// One row: `0010  68 65 6c 6c 6f 00 00 00   hello...`, in parts so that each has its colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HexRow {
    /// Offset from the start.
    pub offset: String,
    /// Pairs of digits, padded to the row's width.
    pub digits: String,
    /// Printable ASCII, dots for the rest.
    pub text: String,
}

/// A row of up to `width` bytes that begins at `offset`.
pub(super) fn row(bytes: &[u8], offset: u64, width: usize) -> HexRow {
    let mut digits = String::with_capacity(width * 3);
    for byte in bytes.iter().take(width) {
        // Writing to a String cannot fail.
        let _written = write!(digits, "{byte:02x} ");
    }
    for _ in bytes.len()..width {
        digits.push_str("   ");
    }
    let text = bytes
        .iter()
        .take(width)
        .map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' })
        .collect();
    HexRow { offset: format!("{offset:04x}"), digits, text }
}

/// All bytes as text, for a copy.
pub(super) fn dump(bytes: &[u8], width: usize) -> String {
    let mut out = String::new();
    for (row_idx, chunk) in bytes.chunks(width.max(1)).enumerate() {
        let HexRow { offset, digits, text } = row(chunk, (row_idx * width) as u64, width);
        let _written = writeln!(out, "{offset}  {digits} {text}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_row_keeps_its_columns() {
        let got = row(b"Hi\x00", 16, 4);
        assert_eq!(got.offset, "0010");
        assert_eq!(got.digits, "48 69 00    ");
        assert_eq!(got.text, "Hi.");
        assert_eq!(dump(b"abcde", 4), "0000  61 62 63 64  abcd\n0004  65           e\n");
    }
}
