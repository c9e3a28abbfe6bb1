//! The messages that a streaming call sends: read from the data one by one, each as soon as it is there.

use std::io::{BufRead as _, BufReader, Cursor, Read};

use bytes::Bytes;
use serde_json::value::RawValue;
use serde_json::{StreamDeserializer, de::IoRead};

use super::args::Format;
use super::ask::tell;
use super::call::{could_not, message_of};
use super::exit::Exit;
use super::report::complain;
use crate::model::{CallKind, Problem};
use crate::schema::Schema;
use crate::session::BadMessage;
use crate::text::{fill, t};

/// What stands between messages in text format, which has no end of its own: RECORD SEPARATOR, as with grpcurl.
const SEPARATOR: u8 = 0x1e;

/// Where the messages to send come from.
pub(super) type Source = Box<dyn Iterator<Item = Result<Bytes, BadMessage>> + Send>;

/// One message where the method takes one, else each of the data as it comes: JSON values, or texts with a
/// separator between them.
pub(super) fn source(
    data: Option<&str>,
    format: Format,
    kind: CallKind,
    input: &str,
    schema: &Schema,
) -> Result<Source, Exit> {
    if kind == CallKind::ServerStream {
        return Ok(Box::new(std::iter::once(Ok(message_of(data, format, input, schema)?))));
    }
    let reader: Box<dyn Read + Send> = match data {
        None => Box::new(std::io::empty()),
        Some("-") => Box::new(std::io::stdin()),
        Some(text) => match text.strip_prefix('@') {
            Some(path) => Box::new(BufReader::new(std::fs::File::open(path).map_err(|error| {
                could_not(&fill("cli.cannot_read", &[("what", &path), ("cause", &error)]))
            })?)),
            None => Box::new(Cursor::new(text.to_owned())),
        },
    };
    let (input, schema) = (input.to_owned(), schema.clone());
    let encoded: Box<dyn Iterator<Item = Encoded> + Send> = match format {
        Format::Json => {
            Box::new(values(reader).map(move |value| Ok(schema.encode_json(&input, value?.get()))))
        }
        Format::Text => {
            Box::new(texts(reader).map(move |text| Ok(schema.encode_text(&input, &text?))))
        }
    };
    let unread = match format {
        Format::Json => "cli.bad_message",
        Format::Text => "cli.unread_message",
    };
    Ok(Box::new((1_u64..).zip(encoded).map(move |(n, encoded)| message(n, encoded, unread))))
}

/// A message, what is wrong with it, or why it could not even be read.
type Encoded = Result<Result<Bytes, Vec<Problem>>, String>;

/// The message, or its problems told; `unread` are the words for one that could not be read.
fn message(n: u64, encoded: Encoded, unread: &'static str) -> Result<Bytes, BadMessage> {
    encoded
        .map_err(|cause| {
            complain(&fill(unread, &[("n", &n), ("cause", &cause)]));
            BadMessage
        })?
        .map_err(|problems| {
            complain(&fill("cli.in_message", &[("n", &n)]));
            tell(&problems);
            BadMessage
        })
}

/// JSON values. Each is read no further than its end, so that a message goes out as soon as it is typed.
fn values(
    reader: Box<dyn Read + Send>,
) -> impl Iterator<Item = Result<Box<RawValue>, String>> + Send {
    let values = StreamDeserializer::<_, Box<RawValue>>::new(IoRead::new(reader));
    values.map(|value| value.map_err(|error| error.to_string()))
}

/// Texts in protobuf's format; nothing after the last separator is no message.
fn texts(reader: Box<dyn Read + Send>) -> impl Iterator<Item = Result<String, String>> + Send {
    let mut reader = BufReader::new(reader);
    std::iter::from_fn(move || {
        let mut bytes = Vec::new();
        if let Err(error) = reader.read_until(SEPARATOR, &mut bytes) {
            return Some(Err(error.to_string()));
        }
        let is_ended = bytes.pop_if(|last| *last == SEPARATOR).is_some();
        // An empty file, or the newline after the last separator.
        if !is_ended && bytes.trim_ascii().is_empty() {
            return None;
        }
        Some(String::from_utf8(bytes).map_err(|_not_utf8| t("cli.data_not_text").to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sample_schema;

    fn messages(text: &'static str) -> Vec<Option<Vec<u8>>> {
        messages_in(Format::Json, text)
    }

    fn messages_in(format: Format, text: &'static str) -> Vec<Option<Vec<u8>>> {
        let kind = CallKind::Bidirectional;
        let found = source(Some(text), format, kind, "HelloRequest", &sample_schema());
        found.unwrap().map(|message| message.ok().map(|bytes| bytes.to_vec())).take(5).collect()
    }

    #[test]
    fn each_json_value_is_a_message() {
        let ada = Some(b"\x0a\x03Ada".to_vec());
        assert_eq!(messages(""), []);
        assert_eq!(messages("{}"), [Some(vec![])]);
        assert_eq!(
            messages("{\"name\":\"Ada\"}{}\n\n {\n} "),
            [ada.clone(), Some(vec![]), Some(vec![])]
        );
        assert_eq!(messages("{\"name\":\"Ada\"} {\"nam\":1}")[..2], [ada.clone(), None]);
        assert_eq!(messages("{\"name\":\"Ada\"} {\"name\":")[..2], [ada, None]);
    }

    #[test]
    fn texts_have_a_separator_between_them() {
        let check = |text: &'static str, wanted: &[Option<&[u8]>]| {
            let wanted: Vec<_> = wanted.iter().map(|one| one.map(<[u8]>::to_vec)).collect();
            assert_eq!(messages_in(Format::Text, text), wanted, "{text:?}");
        };
        let ada: Option<&[u8]> = Some(b"\x0a\x03Ada");
        check("", &[]);
        check("name: \"Ada\"\n", &[ada]);
        check("name: \"Ada\"\x1e\n", &[ada]);
        check("name: \"Ada\"\x1e\x1ename: 'Ada'", &[ada, Some(b""), ada]);
        check("name: \"Ada\"\x1enam: 1", &[ada, None]);
    }
}
