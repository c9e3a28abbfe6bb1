//! `hoplens http`: one HTTP request.

use bytes::Bytes;

use super::args::HttpArgs;
use super::ask::read_data;
use super::call::could_not;
use super::exit::Exit;
use super::{copy, report, report_json, way_out, wire};
use crate::model::{CallBody, ProxiedCall, Request};
use crate::schema::Notation;
use crate::session::{Headless, read_answer};

/// Sends the request and reports it.
pub(super) async fn run(headless: &Headless, args: HttpArgs) -> Exit {
    let target = match args.peer.target(&args.url) {
        Ok(target) => target,
        Err(words) => return could_not(&words),
    };
    if let Some(format) = args.copy_as {
        return copy::http(&args, target, format.into());
    }
    let kind = ProxiedCall::Http(target.security);
    if let Err(exit) = way_out::choose(headless, &args.proxy, &target, kind) {
        return exit;
    }
    let body = match args.data.as_deref().map(read_data).transpose() {
        Ok(body) => body.unwrap_or_default(),
        Err(words) => return could_not(&words),
    };
    let has_body = !body.is_empty();
    let method = args.method.to_ascii_uppercase();
    let mut request = Request::new(target, CallBody::Http { method, body: Bytes::from(body) });
    request.headers = args.peer.headers();
    if has_body && !request.headers.contains("content-type") {
        request.headers.push("content-type", "application/json");
    }
    request.deadline = args.peer.deadline.or(request.deadline);
    request.tls = args.peer.tls_options();
    request.authority.clone_from(&args.peer.authority);
    request.max_message_bytes = args.peer.max_message_bytes().unwrap_or(request.max_message_bytes);

    let call = headless.call(request).await;
    let wire = wire::tell(&call, None, &args.wire);
    if args.json {
        let answer = read_answer(&call, None, Notation::Json);
        report::print(&report_json::call(&call, &answer, None));
    } else if wire.is_ok() || !call.has_broken() {
        // What broke was named at its byte: what it looked like from above would only mislead.
        report::http(&call, args.verbose);
    }
    wire.err().unwrap_or_else(|| Exit::of(call.outcome.as_ref(), args.fail))
}
