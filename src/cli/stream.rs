//! `hoplens call` of a streaming method: each message as a line of JSON as soon as it comes.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use bytes::Bytes;
use serde_json::value::RawValue;
use serde_json::{StreamDeserializer, Value, de::IoRead};

use super::args::CallArgs;
use super::ask::tell;
use super::call::{could_not, message_of, set_up};
use super::exit::Exit;
use super::report::{self, complain};
use super::report_json::{self, text_or_json};
use super::wire;
use crate::model::{CallBody, CallKind, MethodPath, Request, Target};
use crate::schema::Schema;
use crate::session::{BadMessage, Headless, StreamEnd, Streamed, read_answer};
use crate::text::fill;

/// Where the messages to send come from.
type Source = Box<dyn Iterator<Item = Result<Bytes, BadMessage>> + Send>;

/// Runs the call and prints what comes.
pub(super) async fn run(
    headless: &Headless,
    args: CallArgs,
    target: Target,
    method: MethodPath,
    kind: CallKind,
    schema: Schema,
) -> Exit {
    let Some(info) = schema.method(&method) else { return Exit::CouldNotAsk };
    let (input, output) = (info.input.clone(), info.output.clone());
    let source = match source(args.data.as_deref(), kind, &input, &schema) {
        Ok(source) => source,
        Err(exit) => return exit,
    };
    let mut request = Request::new(target, CallBody::Grpc { method, messages: Vec::new() });
    // A stream has no natural end in time.
    request.deadline = None;
    set_up(&mut request, &args.peer);
    let mut n_left = args.max_messages;
    let mut is_readable = true;
    let streamed = headless
        .stream(request, source, |message| {
            is_readable &= args.json || print(message, &output, &schema);
            n_left = n_left.map(|n| n.saturating_sub(1));
            if n_left == Some(0) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await;
    finish(&streamed, &args, &output, &schema, kind, is_readable)
}

fn finish(
    streamed: &Streamed,
    args: &CallArgs,
    output: &str,
    schema: &Schema,
    kind: CallKind,
    is_readable: bool,
) -> Exit {
    let call = &streamed.call;
    let answer = read_answer(call, Some(schema));
    let wire = wire::tell(call, Some(schema), &args.wire);
    if args.json {
        let read = |bytes: &Bytes| text_or_json(&schema.decode_json(output, bytes).text);
        let messages = call.received().map(|message| read(&message.bytes)).collect();
        report::print(&report_json::call(call, &answer, Some(messages)));
    } else if wire.is_ok() || !call.has_broken() {
        report::stream(streamed, &answer, args.verbose);
    }
    match streamed.end {
        StreamEnd::BadMessage => Exit::CouldNotAsk,
        StreamEnd::Interrupted => Exit::Interrupted,
        StreamEnd::Enough if is_readable => Exit::Ok,
        _ if !is_readable => Exit::CouldNotAsk,
        _ if kind == CallKind::ClientStream && report::is_unusable(call, &answer) => {
            complain(&fill("cli.wrong_count", &[("n", &streamed.n_received)]));
            Exit::CouldNotAsk
        }
        _ => match wire {
            Ok(()) => Exit::of(call.outcome.as_ref(), false),
            Err(exit) => exit,
        },
    }
}

/// One message as one line; whether all of it could be read.
fn print(message: &Bytes, output: &str, schema: &Schema) -> bool {
    let decoded = schema.decode_json(output, message);
    tell(&decoded.problems);
    match serde_json::from_str::<Value>(&decoded.text) {
        Ok(value) => {
            report::print(&value.to_string());
            true
        }
        Err(_unreadable) => {
            report::unread(message);
            false
        }
    }
}

/// One message where the method takes one, else each JSON value of the data as it comes.
fn source(
    data: Option<&str>,
    kind: CallKind,
    input: &str,
    schema: &Schema,
) -> Result<Source, Exit> {
    if kind == CallKind::ServerStream {
        return Ok(Box::new(std::iter::once(Ok(message_of(data, input, schema)?))));
    }
    let reader: Box<dyn Read + Send> = match data {
        None => Box::new(std::io::empty()),
        Some("-") => Box::new(std::io::stdin()),
        Some(text) => match text.strip_prefix('@') {
            Some(path) => {
                Box::new(std::io::BufReader::new(std::fs::File::open(path).map_err(|error| {
                    could_not(&fill("cli.cannot_read", &[("what", &path), ("cause", &error)]))
                })?))
            }
            None => Box::new(Cursor::new(text.to_owned())),
        },
    };
    let values = StreamDeserializer::new(IoRead::new(reader));
    Ok(Box::new(Messages { values, n_read: 0, input: input.to_owned(), schema: schema.clone() }))
}

/// JSON values of a reader as encoded messages. A value is read no further than its end, so that a message
/// goes out as soon as it is typed.
struct Messages {
    values: StreamDeserializer<'static, IoRead<Box<dyn Read + Send>>, Box<RawValue>>,
    n_read: u64,
    input: String,
    schema: Schema,
}

impl Iterator for Messages {
    type Item = Result<Bytes, BadMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.values.next()?;
        self.n_read += 1;
        let value = match value {
            Ok(value) => value,
            Err(error) => {
                let args: [(&str, &dyn std::fmt::Display); 2] =
                    [("n", &self.n_read), ("cause", &error)];
                complain(&fill("cli.bad_message", &args));
                return Some(Err(BadMessage));
            }
        };
        Some(self.schema.encode_json(&self.input, value.get()).map_err(|problems| {
            complain(&fill("cli.in_message", &[("n", &self.n_read)]));
            tell(&problems);
            BadMessage
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sample_schema;

    fn messages(text: &'static str) -> Vec<Option<Vec<u8>>> {
        let found = source(Some(text), CallKind::Bidirectional, "HelloRequest", &sample_schema());
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
}
