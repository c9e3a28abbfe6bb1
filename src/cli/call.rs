//! `hoplens call`: one gRPC call of any kind.

use bytes::Bytes;

use super::args::{CallArgs, Format, PeerArgs};
use super::ask::{read_data, schema, tell};
use super::exit::Exit;
use super::report::{self, complain};
use super::{copy, report_json, stream, way_out, wire};
use crate::model::{CallBody, CallKind, GrpcWeb, MethodPath, ProxiedCall, Request, Target};
use crate::schema::Schema;
use crate::session::{Headless, read_answer};
use crate::text::{fill, list, t};

/// Sends the call and reports it.
pub(super) async fn run(headless: &Headless, args: CallArgs) -> Exit {
    let target = match args.peer.target(&args.target) {
        Ok(target) => target,
        Err(words) => return could_not(&words),
    };
    let Some(method) = MethodPath::parse(&args.method) else {
        return could_not(&fill("cli.bad_method", &[("method", &args.method)]));
    };
    if let Some(format) = args.copy_as {
        return copy::call(headless, &args, target, method, format.into()).await;
    }
    if let Err(exit) = way_out::choose(headless, &args.proxy, &target, ProxiedCall::Grpc) {
        return exit;
    }
    let notation = match args.notation.notation() {
        Ok(notation) => notation,
        Err(words) => return could_not(&words),
    };
    let Some(schema) = schema(headless, &args.schema, &target, &args.peer).await else {
        if args.grpc_web.is_some() && !args.schema.is_from_files() {
            complain(t("cli.web_reflection"));
        }
        return Exit::CouldNotAsk;
    };
    let kind = schema.method(&method).map(|info| info.kind);
    if let Some(kind) = kind.filter(|kind| *kind != CallKind::Unary) {
        if args.grpc_web.is_some() && !GrpcWeb::has(kind) {
            return could_not(&fill("cli.web_streaming", &[("method", &method)]));
        }
        let asked = stream::Asked { target, method, kind, schema, notation };
        return stream::run(headless, args, asked).await;
    }
    if args.max_messages.is_some() {
        return could_not(&fill("cli.max_of_unary", &[("method", &method)]));
    }
    let data = args.data.as_deref();
    let format = args.notation.format;
    let mut request = match request_of(method, data, format, &args.peer, target, &schema) {
        Ok(request) => request,
        Err(exit) => return exit,
    };
    request.headers = args.peer.headers_and(&args.rpc_headers);
    request.compression = args.compress;
    request.keepalive = args.keepalive;
    request.grpc_web = args.grpc_web;
    let call = headless.call(request).await;
    let answer = read_answer(&call, Some(&schema), notation);
    let wire = wire::tell(&call, Some(&schema), &args.wire);
    if args.json {
        report::print(&report_json::call(&call, &answer, None));
    } else if wire.is_ok() || !call.has_broken() {
        report::call(&call, &answer, args.verbose);
    }
    if report::is_unusable(&call, &answer) {
        return Exit::CouldNotAsk;
    }
    if let Err(exit) = wire {
        return exit;
    }
    Exit::of(call.outcome.as_ref(), false)
}

/// The request of a unary method, or how the program ends.
pub(super) fn request_of(
    method: MethodPath,
    data: Option<&str>,
    format: Format,
    peer: &PeerArgs,
    target: Target,
    schema: &Schema,
) -> Result<Request, Exit> {
    let Some(info) = schema.method(&method) else {
        let known: Vec<String> = schema
            .services()
            .iter()
            .flat_map(|service| &service.methods)
            .map(|known| known.path.to_string())
            .take(12)
            .collect();
        let known = if known.is_empty() { t("cli.nothing").to_owned() } else { list(&known) };
        let args: [(&str, &dyn std::fmt::Display); 2] = [("method", &method), ("known", &known)];
        return Err(could_not(&fill("cli.unknown_method", &args)));
    };
    // Only a comparison gets here with one: it has HTTP beside it, where a call has one answer.
    if info.kind != CallKind::Unary {
        return Err(could_not(&fill("cli.streaming", &[("method", &method)])));
    }
    let message = message_of(data, format, &info.input, schema)?;
    let mut request = Request::new(target, CallBody::Grpc { method, messages: vec![message] });
    set_up(&mut request, peer);
    Ok(request)
}

/// The one message that the data is.
pub(super) fn message_of(
    data: Option<&str>,
    format: Format,
    input: &str,
    schema: &Schema,
) -> Result<Bytes, Exit> {
    let data = read_data(data.unwrap_or_default());
    let data = data.map_err(|words| could_not(&words))?;
    let text = String::from_utf8(data).map_err(|_not_utf8| could_not(t("cli.data_not_text")))?;
    // Nothing is the empty message, whatever its JSON form: every field of it is unset.
    let encoded = match (text.trim(), format) {
        ("", _) => return Ok(Bytes::new()),
        (_, Format::Json) => schema.encode_json(input, &text),
        (_, Format::Text) => schema.encode_text(input, &text),
    };
    encoded.map_err(|problems| {
        tell(&problems);
        Exit::CouldNotAsk
    })
}

/// What the peer's options say of a request.
pub(super) fn set_up(request: &mut Request, peer: &PeerArgs) {
    request.headers = peer.headers();
    request.deadline = peer.deadline.or(request.deadline);
    request.tls = peer.tls_options();
    request.authority.clone_from(&peer.authority);
    request.max_message_bytes = peer.max_message_bytes().unwrap_or(request.max_message_bytes);
}

/// Says why nothing could be asked.
pub(super) fn could_not(words: &str) -> Exit {
    complain(words);
    Exit::CouldNotAsk
}
