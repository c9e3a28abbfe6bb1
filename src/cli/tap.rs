//! `hoplens tap`: standing between a client and a server, on the command line.

use std::time::Duration;

use serde_json::json;

use super::args::{TapArgs, failure_line};
use super::ask::schema;
use super::call::could_not;
use super::exit::Exit;
use super::report::{complain, print};
use super::wire::{self, WireDetail};
use crate::model::{CallBody, Headers, Target, reset_words};
use crate::schema::Schema;
use crate::session::{Headless, TapEvent, TapOptions, TappedCall, WireReading, run_tap};
use crate::text::{fill, format, t};

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
    if args.detail.wire == Some(WireDetail::Records) {
        return could_not(t("cli.no_tap_records"));
    }
    // Without a schema messages are shown by their numbers.
    let known = if args.schema.is_from_files() {
        match schema(headless, &args.schema, &target, &args.peer).await {
            Some(known) => known,
            None => return Exit::CouldNotAsk,
        }
    } else {
        reflected(headless, &args, &target).await
    };
    let options = TapOptions { port, target: target.clone(), tls: args.peer.tls_options() };
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
        TapEvent::Passed(calls) => {
            let line = |passed: &TappedCall| {
                let told = Told::of(passed);
                if is_json {
                    told.as_json(&passed.client.to_string())
                } else {
                    format!("{} {}", passed.client, told.words())
                }
            };
            let Some(detail) = detail else {
                let lines: Vec<_> = calls.iter().map(line).collect();
                return print(&lines.join("\n"));
            };
            for passed in &calls {
                print(&line(passed));
                let reading = WireReading::of(&passed.call, Some(&known));
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

/// A call that passed, as the wire says it.
struct Told {
    /// `POST /Greeter/SayHello`.
    asked: String,
    status: Option<u16>,
    grpc_status: Option<String>,
    /// `CANCEL`, when either side gave it up.
    reset: Option<String>,
    took: Duration,
}

impl Told {
    fn of(passed: &TappedCall) -> Self {
        let call = &passed.call;
        let method = match &call.request.body {
            CallBody::Grpc { .. } => "POST",
            CallBody::Http { method, .. } => method,
        };
        let grpc_status = call.trailers.get_str("grpc-status");
        let grpc_status = grpc_status.or_else(|| call.headers.get_str("grpc-status"));
        Self {
            asked: format!("{method} {}", call.request.target.path),
            status: call.http_status,
            grpc_status: grpc_status.map(ToOwned::to_owned),
            reset: passed.reset.map(reset_words),
            took: call.timing.total,
        }
    }

    fn words(&self) -> String {
        let grpc_status = self.grpc_status.as_ref().map(|code| format!("grpc-status {code}"));
        let reset = self.reset.as_ref().map(|code| format!("RST_STREAM {code}"));
        let answer: Vec<_> = [self.status.map(|status| status.to_string()), grpc_status, reset]
            .into_iter()
            .flatten()
            .collect();
        let answer =
            if answer.is_empty() { t("cli.tap_no_answer").to_owned() } else { answer.join(" ") };
        format!("{} {answer} {}", self.asked, format::duration(self.took))
    }

    fn as_json(&self, client: &str) -> String {
        let grpc_status = self.grpc_status.as_ref().and_then(|text| text.parse::<u32>().ok());
        json!({
            "version": 1,
            "client": client,
            "asked": self.asked,
            "status": self.status,
            "grpc_status": grpc_status,
            "reset": self.reset,
            "took_ms": self.took.as_secs_f64() * 1000.0,
        })
        .to_string()
    }
}
