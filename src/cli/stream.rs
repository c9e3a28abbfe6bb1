//! `hoplens call` of a streaming method: each message as a line of JSON as soon as it comes.

use std::ops::ControlFlow;

use bytes::Bytes;
use serde_json::Value;

use super::args::CallArgs;
use super::ask::tell;
use super::call::set_up;
use super::exit::Exit;
use super::outgoing::source;
use super::report::{self, complain};
use super::report_json::{self, text_or_json};
use super::wire;
use crate::model::{CallBody, CallKind, MethodPath, Outcome, Request, Target};
use crate::schema::{Notation, Schema};
use crate::session::{Headless, ReadAnswer, StreamEnd, Streamed, read_answer, read_message};
use crate::text::fill;

/// What is called.
pub(super) struct Asked {
    pub(super) target: Target,
    pub(super) method: MethodPath,
    pub(super) kind: CallKind,
    pub(super) schema: Schema,
    /// How answers are written.
    pub(super) notation: Notation,
}

/// Runs the call and prints what comes.
pub(super) async fn run(headless: &Headless, args: CallArgs, asked: Asked) -> Exit {
    let Asked { target, method, kind, schema, notation } = asked;
    let Some(info) = schema.method(&method) else { return Exit::CouldNotAsk };
    let format = args.notation.format;
    let source = match source(args.data.as_deref(), format, kind, &info.input, &schema) {
        Ok(source) => source,
        Err(exit) => return exit,
    };
    let mut request =
        Request::new(target, CallBody::Grpc { method: method.clone(), messages: Vec::new() });
    // A stream has no natural end in time.
    request.deadline = None;
    set_up(&mut request, &args.peer);
    request.headers = args.peer.headers_and(&args.rpc_headers);
    request.compression = args.compress;
    request.keepalive = args.keepalive;
    request.grpc_web = args.grpc_web;
    let reading = Reading { method, schema, notation };
    let mut n_left = args.max_messages;
    let (mut is_readable, mut is_heard) = (true, true);
    let streamed = headless
        .stream(request, source, |message| {
            is_readable &= reading.tell(message, args.json, &mut is_heard);
            n_left = n_left.map(|n| n.saturating_sub(1));
            // Nobody reads what comes (`| head`): the call has no purpose any more.
            if n_left == Some(0) || !is_heard {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .await;
    let exit = finish(&streamed, &args, &reading);
    if streamed.end == StreamEnd::Interrupted {
        Exit::Interrupted
    } else if streamed.end == StreamEnd::BadMessage || !is_readable || is_short(&streamed, kind) {
        Exit::CouldNotAsk
    } else {
        exit
    }
}

/// What messages are read with.
struct Reading {
    method: MethodPath,
    schema: Schema,
    notation: Notation,
}

impl Reading {
    /// Prints one message, JSON as one line, unless all of it is reported at the end. Gives whether it could be
    /// read, and notes whether somebody reads what is printed.
    fn tell(&self, message: &Bytes, is_reported: bool, is_heard: &mut bool) -> bool {
        let read = self.read(message);
        tell(&read.problems);
        let printed = read.text.and_then(|text| match self.notation {
            // A message per separator, so that what comes out can go in again.
            Notation::Text => Some(format!("{}\u{1e}", text.text())),
            Notation::Json | Notation::JsonWithDefaults => {
                serde_json::from_str::<Value>(text.text()).ok().map(|value| value.to_string())
            }
        });
        match &printed {
            Some(text) if !is_reported => *is_heard &= report::print_heard(text),
            Some(_) => {}
            None => report::unread(message),
        }
        printed.is_some()
    }

    fn read(&self, message: &Bytes) -> ReadAnswer {
        read_message(message, &self.method, &self.schema, self.notation)
    }
}

/// Reports the end.
fn finish(streamed: &Streamed, args: &CallArgs, reading: &Reading) -> Exit {
    let call = &streamed.call;
    let answer = read_answer(call, Some(&reading.schema), reading.notation);
    let wire = wire::tell(call, Some(&reading.schema), &args.wire);
    if args.json {
        let read = |bytes| {
            let text = reading.read(bytes).text;
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
