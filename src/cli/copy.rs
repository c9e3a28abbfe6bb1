//! `--copy-as`: the call as a line for another tool or as a program, printed in place of being made.

use clap::ValueEnum;

use super::args::{CallArgs, Format, HttpArgs, PeerArgs};
use super::ask::{loaded, read_data, tell};
use super::call::could_not;
use super::exit::Exit;
use super::report::{complain, print};
use crate::model::{CopyFormat, MethodPath, Target};
use crate::session::{
    CallToCopy, Copied, DeadlineToCopy, Headless, HttpToCopy, NotCopied, PeerToCopy, SchemaPlace,
    copy_call, copy_http,
};
use crate::text::{copy_note, fill, t, target_error};

/// What a gRPC call is copied as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CallFormat {
    Grpcurl,
    Buf,
    Hoplens,
    Go,
    Python,
    Rust,
}

/// What an HTTP request is copied as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum HttpFormat {
    Curl,
    Hoplens,
}

impl From<CallFormat> for CopyFormat {
    fn from(format: CallFormat) -> Self {
        match format {
            CallFormat::Grpcurl => Self::Grpcurl,
            CallFormat::Buf => Self::BufCurl,
            CallFormat::Hoplens => Self::Hoplens,
            CallFormat::Go => Self::Go,
            CallFormat::Python => Self::Python,
            CallFormat::Rust => Self::Rust,
        }
    }
}

impl From<HttpFormat> for CopyFormat {
    fn from(format: HttpFormat) -> Self {
        match format {
            HttpFormat::Curl => Self::Curl,
            HttpFormat::Hoplens => Self::Hoplens,
        }
    }
}

/// Prints a gRPC call. Only a program needs the schema, and asks for it.
pub(super) async fn call(
    headless: &Headless,
    args: &CallArgs,
    target: Target,
    method: MethodPath,
    format: CopyFormat,
) -> Exit {
    let data = match text_of(args.data.as_deref()) {
        Ok(data) => data,
        Err(exit) => return exit,
    };
    let mut place = args.schema.place();
    let mut known = None;
    if format.is_program() {
        let Some(loaded) = loaded(headless, &args.schema, &target, &args.peer).await else {
            return Exit::CouldNotAsk;
        };
        if let SchemaPlace::Files { roots, found_roots, .. } = &mut place {
            let found = loaded.roots.into_iter().filter(|root| !roots.contains(root));
            found_roots.extend(found);
        }
        known = Some(loaded.schema);
    }
    let call = CallToCopy {
        method,
        schema: place,
        rpc_headers: PeerArgs::headers_of(&args.rpc_headers),
        reflect_headers: PeerArgs::headers_of(&args.schema.reflect_headers),
        data,
        is_text: args.notation.format == Format::Text,
        compression: args.compress,
        keepalive: args.keepalive,
        is_paced: false,
        emit_defaults: args.notation.emit_defaults,
        grpc_web: args.grpc_web,
        peer: peer(&args.peer, target),
    };
    say(copy_call(&call, format, known.as_ref()), &call.method, format)
}

/// Prints an HTTP request.
pub(super) fn http(args: &HttpArgs, target: Target, format: CopyFormat) -> Exit {
    let body = match text_of(args.data.as_deref()) {
        Ok(body) => body,
        Err(exit) => return exit,
    };
    let mut peer = peer(&args.peer, target);
    if !body.is_empty() && !peer.headers.contains("content-type") {
        peer.headers.push("content-type", "application/json");
    }
    let method = args.method.to_ascii_uppercase();
    let http = HttpToCopy { method, body, peer };
    say(copy_http(&http, format), &args.url, format)
}

fn text_of(data: Option<&str>) -> Result<String, Exit> {
    let data = data.map(read_data).transpose().map_err(|words| could_not(&words))?;
    String::from_utf8(data.unwrap_or_default())
        .map_err(|_not_utf8| could_not(t("cli.data_not_text")))
}

fn peer(args: &PeerArgs, target: Target) -> PeerToCopy {
    PeerToCopy {
        target,
        headers: args.headers(),
        deadline: args.deadline.map_or(DeadlineToCopy::Usual, DeadlineToCopy::After),
        tls: args.tls_options(),
        authority: args.authority.clone(),
        max_message_bytes: args
            .max_message_bytes()
            .unwrap_or(crate::model::Request::DEFAULT_MAX_MESSAGE_BYTES),
    }
}

/// Prints the text; what to know of it goes to standard error, so that it stays out of a file or a pipe.
fn say(
    copied: Result<Copied, NotCopied>,
    method: &dyn std::fmt::Display,
    format: CopyFormat,
) -> Exit {
    match copied {
        Ok(copied) => {
            print(copied.text.trim_end_matches('\n'));
            for note in &copied.notes {
                complain(&copy_note(note, format));
            }
            Exit::Ok
        }
        Err(NotCopied::Messages(problems)) => {
            tell(&problems);
            Exit::CouldNotAsk
        }
        Err(NotCopied::Target(error)) => could_not(&target_error(&error).one_line()),
        Err(NotCopied::UnknownMethod | NotCopied::Format) => {
            could_not(&fill("cli.copy_unknown_method", &[("method", &method)]))
        }
    }
}
