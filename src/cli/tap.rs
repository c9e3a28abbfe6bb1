//! `hoplens tap`: standing between a client and a server, on the command line.

use std::time::Duration;

use serde_json::json;

use super::args::{TapArgs, failure_line};
use super::ask::schema;
use super::call::could_not;
use super::exit::Exit;
use super::report::{complain, print};
use super::wire;
use crate::model::{Direction, Headers, Target, reset_words};
use crate::schema::Schema;
use crate::session::{Headless, TapEvent, TapOptions, WireReading, run_tap};
use crate::text::{fill, format, t};
use crate::wire::{StartLine, Step, StepKind};

/// Forwards until Ctrl-C.
pub(super) async fn run(headless: &Headless, args: TapArgs) -> Exit {
    let Some((port, target)) = args.between.split_once('=') else {
        return could_not(t("cli.bad_tap"));
    };
    let Ok(port) = port.trim().parse::<u16>() else { return could_not(t("cli.bad_tap")) };
    let target: Target = match args.peer.target(target) {
        Ok(target) => target,
        Err(words) => return could_not(&words),
    };
    // Without a schema messages are shown by their numbers.
    let known = if args.schema.is_from_files() {
        match schema(headless, &args.schema, &target, &args.peer).await {
            Some(known) => known,
            None => return Exit::CouldNotAsk,
        }
    } else {
        reflected(headless, &args, &target).await
    };
    let options =
        TapOptions { port, target: target.clone(), tls: args.peer.tls_options(), schema: known };
    let (detail, is_json) = (args.detail.wire, args.json);
    let ran = run_tap(options, move |event| match event {
        TapEvent::Listening(address) => {
            print(&if is_json {
                let target = target.to_string();
                json!({ "version": 1, "address": address.to_string(), "target": target })
                    .to_string()
            } else {
                fill("cli.tap_listens", &[("address", &address), ("target", &target)])
            });
            complain(t("cli.tap_stop"));
        }
        TapEvent::Unreached(from, failure) => {
            complain(&format!("{from} {}", failure_line(&failure)));
        }
        TapEvent::Passed(from, reading) => {
            for call in calls(&reading) {
                print(&if is_json {
                    call.as_json(&from.to_string())
                } else {
                    format!("{from} {}", call.words())
                });
            }
            if let Some(detail) = detail {
                wire::print(&Headers::new(), &reading, detail);
            }
        }
    });
    match ran.await {
        Ok(()) => Exit::Ok,
        Err(error) => could_not(&fill("cli.cannot_tap", &[("port", &port), ("cause", &error)])),
    }
}

/// What the target tells of itself, if it does.
async fn reflected(headless: &Headless, args: &TapArgs, target: &Target) -> Schema {
    let asked = headless.schema(args.schema.from(target, &args.peer)).await;
    asked.map(|loaded| loaded.schema).unwrap_or_default()
}

/// A call that passed.
struct Passed {
    /// `POST /Greeter/SayHello`.
    asked: String,
    status: Option<String>,
    grpc_status: Option<String>,
    /// `CANCEL`, when either side gave it up.
    reset: Option<String>,
    took: Duration,
}

impl Passed {
    fn words(&self) -> String {
        let grpc_status = self.grpc_status.as_ref().map(|code| format!("grpc-status {code}"));
        let reset = self.reset.as_ref().map(|code| format!("RST_STREAM {code}"));
        let answer: Vec<_> =
            [self.status.clone(), grpc_status, reset].into_iter().flatten().collect();
        let answer =
            if answer.is_empty() { t("cli.tap_no_answer").to_owned() } else { answer.join(" ") };
        format!("{} {answer} {}", self.asked, format::duration(self.took))
    }

    fn as_json(&self, client: &str) -> String {
        let number =
            |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<u32>().ok());
        json!({
            "version": 1,
            "client": client,
            "asked": self.asked,
            "status": number(&self.status),
            "grpc_status": number(&self.grpc_status),
            "reset": self.reset,
            "took_ms": self.took.as_secs_f64() * 1000.0,
        })
        .to_string()
    }
}

/// The calls of a reading, in the order in which they began.
fn calls(reading: &WireReading) -> Vec<Passed> {
    let steps = &reading.exchange.steps;
    let asked = steps.iter().enumerate().filter_map(|(idx, step)| match &step.kind {
        StepKind::Headers(_) if step.direction == Direction::Sent => {
            let method = step.field(":method")?;
            Some((idx, step, format!("{method} {}", step.field(":path").unwrap_or_default())))
        }
        StepKind::Http1Head(head) => match &head.start {
            StartLine::Request { method, target, .. } => {
                Some((idx, step, format!("{method} {target}")))
            }
            StartLine::Response { .. } => None,
        },
        _ => None,
    });
    let passed = |(idx, begun, asked): (usize, &Step, String)| {
        let mut call =
            Passed { asked, status: None, grpc_status: None, reset: None, took: Duration::ZERO };
        let rest = steps.get(idx + 1..).unwrap_or_default().iter();
        // Over HTTP/1 the next request ends the one before.
        let own = rest
            .take_while(|step| begun.stream != 0 || !is_request(step))
            .filter(|step| step.stream == begun.stream);
        for step in own {
            call.took = call.took.max(step.ended.since(begun.at));
            if let StepKind::Reset(code) = step.kind {
                call.reset = Some(reset_words(code));
            }
            if step.direction == Direction::Sent {
                continue;
            }
            if let StepKind::Http1Head(head) = &step.kind {
                if let StartLine::Response { status, .. } = &head.start {
                    call.status = Some(status.to_string());
                }
            } else {
                call.status = step.field(":status").or(call.status);
                call.grpc_status = step.field("grpc-status").or(call.grpc_status);
            }
        }
        call
    };
    asked.map(passed).collect()
}

fn is_request(step: &Step) -> bool {
    matches!(&step.kind, StepKind::Http1Head(head) if matches!(head.start, StartLine::Request { .. }))
}
