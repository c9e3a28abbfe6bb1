//! `hoplens serve`: a schema that nobody has implemented, or the service of gRPC's interoperability tests, until Ctrl-C.

use std::fmt::Display;
use std::time::Duration;

use serde_json::json;

use super::args::{ServeArgs, ServeInteropArgs, ServeSchemaArgs, Served};
use super::ask;
use super::call::could_not;
use super::exit::Exit;
use super::report::{complain, print};
use crate::model::{CallKind, MockStream};
use crate::session::{MockError, MockOptions, ServedMock, run_interop, run_mock};
use crate::text::{count, fill, format, not_done, problem, t};

/// Runs until Ctrl-C, then lets calls in flight end.
pub(super) async fn run(args: ServeArgs) -> Exit {
    match args.what {
        Served::Schema(args) => schema(args).await,
        Served::Interop(args) => interop(&args).await,
    }
}

async fn interop(args: &ServeInteropArgs) -> Exit {
    let served = run_interop(args.port, |address| {
        if args.json {
            let (port, address) = (address.port(), address.to_string());
            let told =
                json!({ "version": 1, "service": "interop", "address": address, "port": port });
            return print(&told.to_string());
        }
        print(&format!("{:<14} {:<22} grpc", "interop", address.to_string()));
        complain(&format!("{}\n{}", t("cli.serves_interop"), t("cli.serve_stop")));
    });
    match served.await {
        Ok(()) => Exit::Ok,
        Err(why) => could_not(&not_done("interop", &why)),
    }
}

async fn schema(args: ServeSchemaArgs) -> Exit {
    let is_json = args.json;
    let options = match options(args) {
        Ok(options) => options,
        Err(words) => return could_not(&words),
    };
    let names = options.paths.iter().map(|path| path.display().to_string());
    let named = names.collect::<Vec<_>>().join(", ");
    let stream = options.stream;
    let served = run_mock(options, |mock| {
        for found in &mock.problems {
            complain(&fill("cli.warning", &[("what", &problem(found).one_line())]));
        }
        if is_json {
            print(&as_json(mock));
        } else {
            print(&format!("{:<14} {:<22} grpc", mock.name, mock.address.to_string()));
            complain(&words_of(mock, stream));
        }
    });
    match served.await {
        Ok(()) => Exit::Ok,
        Err(error) => could_not(&error_words(&error, &named)),
    }
}

fn options(args: ServeSchemaArgs) -> Result<MockOptions, String> {
    let mut options = MockOptions {
        paths: ask::paths_of(args.files.iter(), &args.roots),
        roots: args.roots,
        port: args.port,
        fault: args.fault.unwrap_or_default(),
        stream: stream_of(args.messages, args.pace),
        ..MockOptions::default()
    };
    for (method, written) in args.answers {
        let body = String::from_utf8(ask::read_data(&written)?)
            .map_err(|_no_text| t("cli.data_not_text").to_owned())?;
        options.answers.insert(method, body);
    }
    Ok(options)
}

fn stream_of(n_messages: Option<u32>, pace: Option<Duration>) -> MockStream {
    let usual = MockStream::default();
    let n_messages = n_messages.unwrap_or(usual.n_messages);
    MockStream { n_messages, pace: pace.unwrap_or(usual.pace) }.bounded()
}

fn words_of(mock: &ServedMock, stream: MockStream) -> String {
    let methods = mock.schema.services().iter().flat_map(|service| &service.methods);
    let n_unary = methods.clone().filter(|method| method.kind == CallKind::Unary).count();
    let n_streams = methods.count() - n_unary;
    let mut lines = vec![count("cli.serves", n_unary as u64, &[])];
    if n_streams > 0 {
        let n_messages = format::thousands(stream.n_messages.into());
        let pace = format::duration(stream.pace);
        let facts = [("messages", &n_messages as &dyn Display), ("pace", &pace)];
        lines.push(count("cli.serves_streams", n_streams as u64, &facts));
    }
    lines.push(t("cli.serve_stop").to_owned());
    lines.join("\n")
}

fn as_json(mock: &ServedMock) -> String {
    let methods = mock.schema.services().iter().flat_map(|service| &service.methods);
    let methods: Vec<_> = methods.map(|method| method.path.to_string()).collect();
    let address = mock.address.to_string();
    json!({
        "version": 1,
        "service": mock.name,
        "address": address,
        "port": mock.address.port(),
        "methods": methods,
    })
    .to_string()
}

/// What went wrong with what was `named` on the command line.
fn error_words(error: &MockError, named: &str) -> String {
    match error {
        MockError::Schema(problems) => {
            let lines = problems.iter().map(|found| problem(found).one_line());
            lines.collect::<Vec<_>>().join("\n")
        }
        MockError::Answer(method, problems) => {
            let lines = problems.iter().map(|found| {
                let what = problem(found).one_line();
                fill("cli.bad_answer_of", &[("method", method), ("what", &what)])
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        MockError::NotDone(why) => not_done(named, why),
    }
}
