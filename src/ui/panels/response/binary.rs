//! The ways in which the bytes of a `-bin` value are read.

use crate::text::t;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum BytesLook {
    /// As they travelled.
    #[default]
    Base64,
    Hex,
    Text,
}

impl BytesLook {
    pub(super) const ALL: [Self; 3] = [Self::Base64, Self::Hex, Self::Text];

    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Text => t("response.headers.as_text"),
        }
    }

    /// The values of a line in this look, with commas between; `None` for bytes that are no text to be seen, and for
    /// base64, which stands in the line itself.
    pub(super) fn read(self, values: &[Vec<u8>]) -> Option<String> {
        let read = values.iter().map(|bytes| match self {
            Self::Base64 => None,
            Self::Hex => Some(hex(bytes)),
            Self::Text => text(bytes).map(ToOwned::to_owned),
        });
        read.collect::<Option<Vec<String>>>().map(|values| values.join(", "))
    }
}

fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// UTF-8 without what no eye sees: encoded messages are often UTF-8 by chance.
fn text(bytes: &[u8]) -> Option<&str> {
    let is_seen = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    std::str::from_utf8(bytes).ok().filter(|text| text.chars().all(is_seen))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::Queryable as _;

    use super::super::tests::{answer, call, grpc, press, table};
    use super::*;
    use crate::model::Code;

    #[test]
    fn bytes_are_read_as_hex_and_where_they_are_text_as_text() {
        let check = |values: &[&[u8]], hex: &str, text: Option<&str>| {
            let values: Vec<Vec<u8>> = values.iter().map(|bytes| bytes.to_vec()).collect();
            assert_eq!(BytesLook::Hex.read(&values).as_deref(), Some(hex));
            assert_eq!(BytesLook::Text.read(&values).as_deref(), text);
            assert_eq!(BytesLook::Base64.read(&values), None);
        };
        check(&["hé".as_bytes()], "68 c3 a9", Some("hé"));
        check(&[b"\0\xff", b"a"], "00 ff, 61", None);
        check(&[b"\x08\x05"], "08 05", None);
        check(&[b""], "", Some(""));
    }

    #[test]
    fn a_bin_value_can_be_read_as_base64_hex_or_text() {
        let mut call = call(Some(grpc(Code::Ok, "")));
        call.headers.push("note-bin", "aGk");
        call.trailers.push("raw-bin", "AP8=");
        call.trailers.push("bad-bin", "no base64!");
        Arc::make_mut(&mut call.request).headers.push_secret("key-bin", "c2VjcmV0");
        let mut shown = table(Some(answer(call)));
        press(&mut shown, "Headers");
        shown.get_by_label("aGk");
        press(&mut shown, "note-bin as text");
        shown.get_by_label("hi");
        press(&mut shown, "note-bin as hex");
        shown.get_by_label("68 69");
        press(&mut shown, "note-bin as base64");
        shown.get_by_label("aGk");
        press(&mut shown, "raw-bin as hex");
        shown.get_by_label("00 ff");
        assert!(shown.query_by_label("raw-bin as text").is_none(), "its bytes are no text");
        shown.get_by_label("no base64!");
        shown.get_by_label("no base64");
        assert!(shown.query_by_label_contains("key-bin as").is_none(), "a credential stays hidden");
    }
}
