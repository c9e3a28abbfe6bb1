//! `hoplens tap`: standing between a client and a server, on the command line.

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
    let detail = args.detail.wire;
    let ran = run_tap(options, move |event| match event {
        TapEvent::Listening(address) => {
            print(&fill("cli.tap_listens", &[("address", &address), ("target", &target)]));
            complain(t("cli.tap_stop"));
        }
        TapEvent::Connected(_) => {}
        TapEvent::Unreached(from, failure) => {
            complain(&format!("{from} {}", failure_line(&failure)));
        }
        TapEvent::Passed(from, reading) => {
            for line in calls(&reading) {
                print(&format!("{from} {line}"));
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

/// One line for each call: what was asked, what was answered, how long it took, how much passed.
fn calls(reading: &WireReading) -> Vec<String> {
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
    let line = |(idx, begun, words): (usize, &Step, String)| {
        let mut answer = Vec::new();
        let mut ended = begun.ended;
        let rest = steps.get(idx + 1..).unwrap_or_default().iter();
        // Over HTTP/1 the next request ends the one before.
        let own = rest
            .take_while(|step| begun.stream != 0 || !is_request(step))
            .filter(|step| step.stream == begun.stream && step.direction == Direction::Received);
        for step in own {
            ended = ended.max(step.ended);
            match &step.kind {
                StepKind::Http1Head(head) => {
                    if let StartLine::Response { status, .. } = &head.start {
                        answer.push(status.to_string());
                    }
                }
                StepKind::Reset(code) => answer.push(format!("RST_STREAM {}", reset_words(*code))),
                _ => {
                    answer.extend(step.field(":status"));
                    let status = step.field("grpc-status");
                    answer.extend(status.map(|code| format!("grpc-status {code}")));
                }
            }
        }
        if answer.is_empty() {
            answer.push(t("cli.tap_no_answer").to_owned());
        }
        format!("{words} {} {}", answer.join(" "), format::duration(ended.since(begun.at)))
    };
    asked.map(line).collect()
}

fn is_request(step: &Step) -> bool {
    matches!(&step.kind, StepKind::Http1Head(head) if matches!(head.start, StartLine::Request { .. }))
}
