//! Bytes as rows of hexadecimal digits and text.

use std::fmt::Write as _;
use std::ops::Range;

/// The most bytes that UTF-8 needs for one character (RFC 3629).
const MAX_CHAR: usize = 4;

/// What bytes can be as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// Bytes of a protocol, such as compressed headers: what looks like a letter beyond ASCII is none.
    Ascii,
    /// Content, where letters of any script may stand.
    Utf8,
}

/// One row: `0010  68 65 6c 6c 6f 00 00 00   hello...`, in parts so that each has its colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HexRow {
    /// Offset from the start.
    pub offset: String,
    /// Pairs of digits, padded to the row's width.
    pub digits: String,
    /// Printable ASCII, letters of any script where their first byte stands, dots for the rest.
    pub text: String,
}

/// The row of these bytes, which begins at `offset`, up to `width` of them. All bytes are given, because a
/// letter may go on in the next row.
pub(super) fn row(
    all: &[u8],
    range: Range<usize>,
    offset: u64,
    width: usize,
    letters: Letters,
) -> HexRow {
    let range = range.start..range.end.min(range.start + width);
    let bytes = all.get(range.clone()).unwrap_or_default();
    let mut digits = String::with_capacity(width * 3);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _written = write!(digits, "{byte:02x} ");
    }
    for _ in bytes.len()..width {
        digits.push_str("   ");
    }
    HexRow { offset: format!("{offset:04x}"), digits, text: text_of(all, range, letters) }
}

fn text_of(all: &[u8], range: Range<usize>, letters: Letters) -> String {
    let letter_at = |at: usize| match letters {
        Letters::Ascii => None,
        Letters::Utf8 => letter_at(all, at),
    };
    // A letter that began before the row stands there.
    let began = range.start.saturating_sub(MAX_CHAR - 1)..range.start;
    let lead = began.filter_map(|at| Some(at + letter_at(at)?.len_utf8())).max();
    let mut at = lead.unwrap_or(0).max(range.start);
    let mut text = String::with_capacity(range.len());
    while at < range.end {
        match (letter_at(at), all.get(at)) {
            (Some(letter), _) => {
                text.push(letter);
                at += letter.len_utf8();
            }
            (None, Some(byte @ 0x20..0x7f)) => {
                text.push(char::from(*byte));
                at += 1;
            }
            (None, Some(_)) => {
                text.push('.');
                at += 1;
            }
            (None, None) => break,
        }
    }
    text
}

/// The letter beyond ASCII that begins here, if one does. Punctuation counts where Chinese writes it. Any
/// bytes may look like a letter of two bytes: such a one counts beside another letter only.
fn letter_at(all: &[u8], at: usize) -> Option<char> {
    let letter = decoded_at(all, at)?;
    let begin = at.saturating_sub(MAX_CHAR - 1);
    let is_letter = |at: usize| {
        all.get(at).is_some_and(u8::is_ascii_alphabetic) || decoded_at(all, at).is_some()
    };
    let ends_here = |from: usize| from + decoded_at(all, from).map_or(1, char::len_utf8) == at;
    let has_neighbour = is_letter(at + letter.len_utf8())
        || (begin..at).any(|from| is_letter(from) && ends_here(from));
    (letter.len_utf8() > 2 || has_neighbour).then_some(letter)
}

fn decoded_at(all: &[u8], at: usize) -> Option<char> {
    let first = *all.get(at)?;
    let len = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let letter = std::str::from_utf8(all.get(at..at + len)?).ok()?.chars().next()?;
    let is_wide_mark = matches!(letter, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}');
    (letter.is_alphanumeric() || is_wide_mark).then_some(letter)
}

/// All bytes as text, for a copy.
pub(super) fn dump(bytes: &[u8], width: usize) -> String {
    let width = width.max(1);
    let mut out = String::new();
    for start in (0..bytes.len()).step_by(width) {
        let end = bytes.len().min(start + width);
        let HexRow { offset, digits, text } =
            row(bytes, start..end, start as u64, width, Letters::Utf8);
        let _written = writeln!(out, "{offset}  {digits} {text}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_row_keeps_its_columns() {
        let got = row(b"Hi\x00", 0..3, 16, 4, Letters::Utf8);
        assert_eq!(got.offset, "0010");
        assert_eq!(got.digits, "48 69 00    ");
        assert_eq!(got.text, "Hi.");
        assert_eq!(dump(b"abcde", 4), "0000  61 62 63 64  abcd\n0004  65           e\n");
    }

    #[test]
    fn a_letter_stands_where_it_begins_and_once() {
        let texts = |bytes: &[u8], width: usize| -> Vec<String> {
            let starts = (0..bytes.len()).step_by(width);
            starts.map(|at| row(bytes, at..bytes.len(), 0, width, Letters::Utf8).text).collect()
        };
        assert_eq!(texts("\n\x06你好".as_bytes(), 16), ["..你好"]);
        assert_eq!(texts("a你好，".as_bytes(), 3), ["a你", "好", "，", ""]);
        // What is no UTF-8, and what is cut off, stays dots.
        assert_eq!(texts(b"\xe4\xbd\xff\xa0a", 8), ["....a"]);
        assert_eq!(texts(b"\xe4\xbd", 8), [".."]);
        assert_eq!(texts("\u{200b}caf\u{e9}, Да é".as_bytes(), 32), ["...caf\u{e9}, Да .."]);
        assert_eq!(row("你a".as_bytes(), 0..4, 0, 8, Letters::Ascii).text, "...a");
    }
}
