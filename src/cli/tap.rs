//! `hoplens tap`: standing between a client and a server, on the command line.

use super::args::{TapArgs, failure_line};
use super::ask::schema;
use super::call::could_not;
use super::exit::Exit;
use super::report::{complain, print};
use super::wire;
use crate::model::Target;
use crate::schema::Schema;
use crate::session::{Headless, TapEvent, TapOptions, run_tap};
use crate::text::{fill, t};

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
    let detail = args.wire;
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
            for line in wire::calls(&reading) {
                print(&format!("{from} {line}"));
            }
            if let Some(detail) = detail {
                wire::print(&[], &reading, detail);
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
