//! An HTTP/1 head as a tree, line by line (RFC 9112 sections 2 to 5). It reads what
//! no strict reader takes: what is wrong stands at its line, the rest stays readable.

use std::ops::Range;

use super::tree::{Bench, Node};
use crate::model::WireFault;

/// Lines that are shown; more are one node.
const MAX_LINES: usize = 1000;

/// Whether bytes begin like a head: a token, a space.
pub(super) fn looks_like_head(bytes: &[u8]) -> bool {
    let n_token = bytes.iter().take_while(|byte| is_token(**byte) || **byte == b'/').count();
    n_token > 0 && matches!(bytes.get(n_token), Some(b' ' | b'.' | b':' | b'\r' | b'\n'))
}

/// The head that `bench` is, or the beginning of one.
pub(super) fn head_tree(bench: Bench<'_>) -> Node {
    let lines = lines(bench.bytes);
    let is_ended = lines.last().is_some_and(|line| line.text.is_empty());
    let mut root = bench.node(0..bench.bytes.len(), "Head", "");
    if !is_ended {
        root.fault = Some(WireFault::EndlessHead);
    }
    let mut lengths: Vec<String> = Vec::new();
    let mut has_coding = false;
    for (idx, line) in lines.iter().take(MAX_LINES).enumerate() {
        let node = match idx {
            0 => start_line(bench, line),
            _ if line.text.is_empty() => bench.node(line.text.start..line.end, "Empty Line", ""),
            _ => field_line(bench, line),
        };
        if node.label.eq_ignore_ascii_case("content-length") {
            lengths.push(node.value.clone());
        }
        let is_second = lengths.len() > 1 && node.label.eq_ignore_ascii_case("content-length");
        let differs = is_second && lengths.iter().any(|length| Some(length) != lengths.first());
        has_coding |= node.label.eq_ignore_ascii_case("transfer-encoding");
        let is_framing = node.label.eq_ignore_ascii_case("content-length")
            || node.label.eq_ignore_ascii_case("transfer-encoding");
        let is_both = is_framing && has_coding && !lengths.is_empty();
        let fault = node.fault.clone().or_else(|| differs.then_some(WireFault::TwoLengths));
        let fault = fault.or_else(|| is_both.then_some(WireFault::LengthAndCoding));
        root.children.push(node.wrong(fault));
    }
    if let Some(rest) = lines.get(MAX_LINES) {
        root.children.push(bench.node(rest.text.start..bench.bytes.len(), "", ""));
    }
    root
}

struct Line {
    text: Range<usize>,
    /// Behind its line end.
    end: usize,
    is_bare: bool,
}

fn lines(bytes: &[u8]) -> Vec<Line> {
    let (mut lines, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let len = rest.iter().position(|byte| *byte == b'\n');
        let end = len.map_or(bytes.len(), |len| at + len + 1);
        let text_end = len.map_or(end, |_| end - 1);
        let has_cr = text_end > at && bytes.get(text_end - 1) == Some(&b'\r');
        let text = at..if has_cr { text_end - 1 } else { text_end };
        lines.push(Line { text, end, is_bare: len.is_some() && !has_cr });
        at = end;
    }
    lines
}

fn fault_of(text: &[u8], line: &Line) -> Option<WireFault> {
    let bad = text.iter().find(|byte| matches!(byte, 0..=8 | 10..=31 | 127));
    match bad {
        Some(byte) => Some(WireFault::BadByte(*byte)),
        None => line.is_bare.then_some(WireFault::BareLf),
    }
}

fn words(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// METHOD SP URL SP VERSION, or VERSION SP STATUS SP REASON.
fn start_line(bench: Bench<'_>, line: &Line) -> Node {
    let text = bench.get(line.text.clone());
    let is_answer = text.starts_with(b"HTTP/");
    let first = text.iter().position(|byte| *byte == b' ');
    let second = if is_answer {
        first.and_then(|first| {
            let rest = text.get(first + 1..)?;
            rest.iter().position(|byte| *byte == b' ').map(|len| first + 1 + len)
        })
    } else {
        text.iter().rposition(|byte| *byte == b' ').filter(|last| Some(*last) != first)
    };
    let labels = if is_answer {
        ["HTTP Version", "Status Code", "Reason Phrase"]
    } else {
        ["Method", "Request Target", "HTTP Version"]
    };
    let label = if is_answer { "Status Line" } else { "Request Line" };
    let (start, end) = (line.text.start, line.text.end);
    let cuts = [Some(start), first.map(|at| start + at + 1), second.map(|at| start + at + 1)];
    let ends = [first.map_or(end, |at| start + at), second.map_or(end, |at| start + at), end];
    let parts = cuts.into_iter().zip(ends).zip(labels).filter_map(|((from, to), label)| {
        let range = from?..to;
        (!range.is_empty()).then(|| bench.node(range.clone(), label, words(bench.get(range))))
    });
    let parts: Vec<_> = parts.collect();
    let node = bench.node(start..line.end, label, words(text));
    node.with(parts).wrong(fault_of(text, line))
}

fn field_line(bench: Bench<'_>, line: &Line) -> Node {
    let text = bench.get(line.text.clone());
    let (start, end) = (line.text.start, line.text.end);
    let Some(colon) = text.iter().position(|byte| *byte == b':') else {
        let node = bench.node(start..line.end, words(text), "");
        return node.wrong(fault_of(text, line).or(Some(WireFault::NoColon)));
    };
    let name = text.get(..colon).unwrap_or_default();
    let value = text.get(colon + 1..).unwrap_or_default();
    let n_before = value.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let n_after = value.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let value_start = (start + colon + 1 + n_before).min(end);
    let value = value_start..end.saturating_sub(n_after).max(value_start);
    let bad_name =
        name.iter().copied().find(|byte| !is_token(*byte)).or(name.is_empty().then_some(b':'));
    let fault = bad_name.map(WireFault::BadByte).or_else(|| fault_of(text, line));
    let value_words = words(bench.get(value.clone()));
    bench
        .node(start..line.end, words(name), value_words.clone())
        .with([
            bench.node(start..start + colon, "Field Name", words(name)),
            bench.node(value, "Field Value", value_words),
        ])
        .wrong(fault)
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::tree::Buffer;

    fn tree(text: &[u8]) -> Node {
        head_tree(Bench { buffer: Buffer::Sent, offset: 0, bytes: text, len: text.len() as u64 })
    }

    fn short(text: &[u8]) -> String {
        let root = tree(text);
        let each = root.children.iter().map(|node| {
            let fault = node.fault.as_ref().map(|fault| format!(" !{fault:?}")).unwrap_or_default();
            format!("{}={}{fault}", node.label, node.value)
        });
        let fault = root.fault.map(|fault| format!(" !{fault:?}")).unwrap_or_default();
        each.collect::<Vec<_>>().join(" | ") + &fault
    }

    #[test]
    fn a_request_and_an_answer() {
        let request = tree(b"POST /a b HTTP/1.1\r\nHost:  x \r\n\r\n");
        let parts: Vec<_> =
            request.children[0].children.iter().map(|part| part.value.as_str()).collect();
        assert_eq!(parts, ["POST", "/a b", "HTTP/1.1"]);
        assert_eq!(request.children[1].children[1].places[0].range, 27..28);
        let answer = tree(b"HTTP/1.1 404 Not Found\r\n\r\n");
        let parts: Vec<_> =
            answer.children[0].children.iter().map(|part| part.value.as_str()).collect();
        assert_eq!(parts, ["HTTP/1.1", "404", "Not Found"]);
        assert_eq!(answer.fault, None);
    }

    #[test]
    fn what_is_wrong_stands_at_its_line() {
        let check = |text: &str, expected: &str| assert_eq!(short(text.as_bytes()), expected);
        check(
            "GET / HTTP/1.1\r\nHost x\r\n\r\n",
            "Request Line=GET / HTTP/1.1 | Host x= !NoColon | Empty Line=",
        );
        check(
            "GET / HTTP/1.1\r\nA: b\n\r\n",
            "Request Line=GET / HTTP/1.1 | A=b !BareLf | Empty Line=",
        );
        check(
            "GET / HTTP/1.1\r\nA: b\0\r\n\r\n",
            "Request Line=GET / HTTP/1.1 | A=b\0 !BadByte(0) | Empty Line=",
        );
        check(
            "GET / HTTP/1.1\r\nA b: c\r\n\r\n",
            "Request Line=GET / HTTP/1.1 | A b=c !BadByte(32) | Empty Line=",
        );
        check(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\n",
            "Status Line=HTTP/1.1 200 OK | Content-Length=1 | content-length=2 !TwoLengths | Empty Line=",
        );
        check(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "Status Line=HTTP/1.1 200 OK | Content-Length=1 | Transfer-Encoding=chunked !LengthAndCoding | Empty Line=",
        );
        check("HTTP/1.1 200 OK\r\nA: b", "Status Line=HTTP/1.1 200 OK | A=b !EndlessHead");
        assert!(looks_like_head(b"GET / HTTP/1.1") && looks_like_head(b"HTTP/1.1 200"));
        assert!(!looks_like_head(b"\x16\x03\x01") && !looks_like_head(b""));
    }

    proptest! {
        #[test]
        fn lines_cover_every_byte(text in "[a-z: \r\n\0\t/]{0,60}") {
            let root = tree(text.as_bytes());
            let mut at = 0;
            for node in &root.children {
                prop_assert_eq!(node.places[0].range.start, at);
                at = node.places[0].range.end;
            }
            prop_assert_eq!(at, text.len() as u64);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _root = tree(&bytes);
            let _looks = looks_like_head(&bytes);
        }
    }
}
