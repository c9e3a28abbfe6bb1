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
use crate::model::{CallBody, CallKind, MethodPath, Outcome, Request, Target};
use crate::schema::Schema;
use crate::session::{BadMessage, Headless, StreamEnd, Streamed, read_answer, read_message};
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
    let source = match source(args.data.as_deref(), kind, &info.input, &schema) {
        Ok(source) => source,
        Err(exit) => return exit,
    };
    let mut request =
        Request::new(target, CallBody::Grpc { method: method.clone(), messages: Vec::new() });
    // A stream has no natural end in time.
    request.deadline = None;
    set_up(&mut request, &args.peer);
    let mut n_left = args.max_messages;
    let mut is_readable = true;
    let streamed = headless
        .stream(request, source, |message| {
            is_readable &= tell_of(message, &method, &schema, args.json);
            n_left = n_left.map(|n| n.saturating_sub(1));
            if n_left == Some(0) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await;
    let exit = finish(&streamed, &args, &method, &schema);
    if streamed.end == StreamEnd::Interrupted {
        Exit::Interrupted
    } else if streamed.end == StreamEnd::BadMessage || !is_readable || is_short(&streamed, kind) {
        Exit::CouldNotAsk
    } else {
        exit
    }
}

/// Reports the end.
fn finish(streamed: &Streamed, args: &CallArgs, method: &MethodPath, schema: &Schema) -> Exit {
    let call = &streamed.call;
    let answer = read_answer(call, Some(schema));
    let wire = wire::tell(call, Some(schema), &args.wire);
    if args.json {
        let read = |bytes| {
            let text = read_message(bytes, method, schema).text;
            text.map_or(Value::Null, |text| text_or_json(text.text()))
        };
        let messages = call.received().map(|message| read(&message.bytes)).collect();
        report::print(&report_json::call(call, &answer, Some(messages)));
    } else if wire.is_ok() || !call.has_broken() {
        report::stream(streamed, &answer, args.verbose);
    }
    match wire {
        Err(exit) => exit,
        Ok(()) if streamed.end == StreamEnd::Enough => Exit::Ok,
        Ok(()) => Exit::of(call.outcome.as_ref(), false),
    }
}

/// Whether a method that answers with one message did not.
fn is_short(streamed: &Streamed, kind: CallKind) -> bool {
    let is_ok = streamed.call.outcome.as_ref().is_some_and(Outcome::is_ok);
    let is_short = kind == CallKind::ClientStream && is_ok && streamed.n_received != 1;
    if is_short {
        complain(&fill("cli.wrong_count", &[("n", &streamed.n_received)]));
    }
    is_short
}

/// Prints one message as one line, unless all of it is reported at the end. Gives whether it could be read.
fn tell_of(message: &Bytes, method: &MethodPath, schema: &Schema, is_reported: bool) -> bool {
    let read = read_message(message, method, schema);
    tell(&read.problems);
    let line = read.text.and_then(|text| serde_json::from_str::<Value>(text.text()).ok());
    match &line {
        Some(value) if !is_reported => report::print(&value.to_string()),
        Some(_) => {}
        None => report::unread(message),
    }
    line.is_some()
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
