//! `hoplens health`: whether a server, or one of its services, says that it is ready.

use std::ops::ControlFlow;

use bytes::Bytes;
use serde_json::{Value, json};

use super::args::HealthArgs;
use super::ask::tell;
use super::call::{could_not, set_up};
use super::exit::Exit;
use super::report::{self, complain, print};
use super::way_out;
use crate::model::{CallBody, Code, MethodPath, Outcome, ProxiedCall, Request, Target};
use crate::schema::{Notation, Schema, health_schema};
use crate::session::{Headless, StreamEnd, read_answer, read_message};
use crate::text::{fill, t};

/// What a server that is ready says.
const SERVING: &str = "SERVING";

/// Asks and prints the state; ends well when it is `SERVING`.
pub(super) async fn run(headless: &Headless, args: HealthArgs) -> Exit {
    let target = match args.peer.target(&args.target) {
        Ok(target) => target,
        Err(words) => return could_not(&words),
    };
    if let Err(exit) = way_out::choose(headless, &args.proxy, &target, ProxiedCall::Grpc) {
        return exit;
    }
    let schema = health_schema();
    let question = json!({ "service": args.service.as_deref().unwrap_or_default() }).to_string();
    let question = match schema.encode_json("grpc.health.v1.HealthCheckRequest", &question) {
        Ok(question) => question,
        Err(problems) => {
            tell(&problems);
            return Exit::CouldNotAsk;
        }
    };
    if args.watch {
        watch(headless, &args, target, question).await
    } else {
        check(headless, &args, target, question).await
    }
}

async fn check(headless: &Headless, args: &HealthArgs, target: Target, question: Bytes) -> Exit {
    let method = method("Check");
    let request = request(target, method.clone(), vec![question], args);
    let call = headless.call(request).await;
    let answer = read_answer(&call, Some(health_schema()), Notation::Json);
    let is_ok = call.outcome.as_ref().is_some_and(Outcome::is_ok);
    if !is_ok || report::is_unusable(&call, &answer) {
        report::call(&call, &answer, false);
        say_why(call.outcome.as_ref(), args);
        return if is_ok { Exit::CouldNotAsk } else { Exit::of(call.outcome.as_ref(), false) };
    }
    let Some(message) = call.received().last() else { return Exit::CouldNotAsk };
    match state_of(&message.bytes, &method, health_schema()) {
        Some(state) => {
            print(&state);
            if state == SERVING { Exit::Ok } else { Exit::NotServing }
        }
        None => Exit::CouldNotAsk,
    }
}

/// A line now and at every change, until the server ends it or Ctrl-C does.
async fn watch(headless: &Headless, args: &HealthArgs, target: Target, question: Bytes) -> Exit {
    let method = method("Watch");
    let mut request = request(target, method.clone(), Vec::new(), args);
    request.deadline = args.peer.deadline;
    let mut is_readable = true;
    let streamed = headless
        .stream(request, std::iter::once(Ok(question)), |message| {
            let state = state_of(message, &method, health_schema());
            is_readable &= state.is_some();
            print(&state.unwrap_or_default());
            ControlFlow::Continue(())
        })
        .await;
    let call = &streamed.call;
    if streamed.end == StreamEnd::Interrupted {
        return Exit::Interrupted;
    }
    let answer = read_answer(call, Some(health_schema()), Notation::Json);
    report::stream(&streamed, &answer, false);
    say_why(call.outcome.as_ref(), args);
    if is_readable { Exit::of(call.outcome.as_ref(), false) } else { Exit::CouldNotAsk }
}

fn method(name: &str) -> MethodPath {
    MethodPath { service: "grpc.health.v1.Health".to_owned(), method: name.to_owned() }
}

fn request(target: Target, method: MethodPath, messages: Vec<Bytes>, args: &HealthArgs) -> Request {
    let mut request = Request::new(target, CallBody::Grpc { method, messages });
    set_up(&mut request, &args.peer);
    request.is_internal = true;
    request
}

/// The name of the state, its number where it has none; `None` for bytes that are no such answer.
fn state_of(message: &Bytes, method: &MethodPath, schema: &Schema) -> Option<String> {
    let read = read_message(message, method, schema, Notation::JsonWithDefaults);
    tell(&read.problems);
    let Some(text) = read.text else {
        report::unread(message);
        return None;
    };
    let json: Value = serde_json::from_str(text.text()).ok()?;
    let state = &json["status"];
    Some(state.as_str().map_or_else(|| state.to_string(), str::to_owned))
}

/// What the two statuses mean that the protocol gives a meaning of its own.
fn say_why(outcome: Option<&Outcome>, args: &HealthArgs) {
    let Some(Outcome::Grpc { code, .. }) = outcome else { return };
    match (code, &args.service) {
        (Code::Unimplemented, _) => complain(t("cli.no_health")),
        (Code::NotFound, Some(service)) => {
            complain(&fill("cli.no_health_of", &[("service", service)]));
        }
        _ => {}
    }
}
