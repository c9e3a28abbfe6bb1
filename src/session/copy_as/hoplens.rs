//! Our own command line.

use std::time::Duration;

use super::Notes;
use super::call::{CallToCopy, DeadlineToCopy, HttpToCopy, PeerToCopy, SchemaPlace};
use super::grpcurl::{header_line, tls};
use super::secrets::pieces;
use super::shell::Line;
use crate::model::{CallKind, CopyLoss, Headers, Request, Security, Target};

/// A line of `hoplens call`.
pub(super) fn call(call: &CallToCopy, kind: Option<CallKind>, notes: &mut Notes) -> String {
    let mut line = Line::new("hoplens call");
    line.word(&call.peer.target.to_string());
    line.word(&call.method.to_string());
    data(&mut line, &call.data);
    contract(&mut line, &call.schema, notes);
    peer(&mut line, &call.peer, notes);
    headers(&mut line, "--rpc-header", &call.rpc_headers, notes);
    headers(&mut line, "--reflect-header", &call.reflect_headers, notes);
    if let Some(compression) = call.compression {
        line.option("--compress", compression.name());
    }
    if let Some(keepalive) = call.keepalive {
        line.option("--keepalive", &span(keepalive.interval));
    }
    if call.is_text {
        line.option("--format", "text");
    }
    if call.emit_defaults {
        line.word("--emit-defaults");
    }
    if let Some(web) = call.grpc_web {
        line.word(&format!("--grpc-web={}", web.name()));
    }
    // A stream has none by itself.
    let is_unary = kind.is_none_or(|kind| kind == CallKind::Unary);
    notes.lost_if(is_unary && call.peer.deadline == DeadlineToCopy::Never, CopyLoss::NoDeadline);
    line.text()
}

/// A line of `hoplens http`.
pub(super) fn http(http: &HttpToCopy, notes: &mut Notes) -> String {
    let mut line = Line::new("hoplens http");
    line.word(&http.method);
    line.word(&http.peer.target.to_string());
    data(&mut line, &http.body);
    peer(&mut line, &http.peer, notes);
    notes.lost_if(http.peer.deadline == DeadlineToCopy::Never, CopyLoss::NoDeadline);
    line.text()
}

fn data(line: &mut Line, data: &str) {
    match data.trim().as_bytes().first() {
        None => {}
        // These would be read as a file, standard input or another option.
        Some(b'@') => line.option("-d", &format!("\n{data}")),
        Some(b'-') => line.word(&format!("--data=\n{data}")),
        Some(_) => line.option("-d", data),
    }
}

fn contract(line: &mut Line, schema: &SchemaPlace, notes: &mut Notes) {
    match schema {
        SchemaPlace::Reflection => {}
        SchemaPlace::Window => notes.lost(CopyLoss::SchemaInWindow),
        SchemaPlace::Files { protos, descriptor_sets, roots, .. } => {
            let options =
                [("-I", roots), ("--proto", protos), ("--descriptor-set", descriptor_sets)];
            for (flag, paths) in options {
                line.paths(flag, paths);
            }
        }
    }
}

fn peer(line: &mut Line, peer: &PeerToCopy, notes: &mut Notes) {
    let by_itself: Option<Security> =
        peer.target.to_string().parse::<Target>().ok().map(|target| target.security);
    if by_itself != Some(peer.target.security) {
        line.word(match peer.target.security {
            Security::Plaintext => "--plaintext",
            Security::Tls => "--tls",
        });
    }
    headers(line, "-H", &peer.headers, notes);
    if let Some(deadline) = peer.deadline.time() {
        line.option("--deadline", &span(deadline));
    }
    if peer.max_message_bytes != Request::DEFAULT_MAX_MESSAGE_BYTES {
        line.option("--max-message", &peer.max_message_bytes.div_ceil(1 << 20).to_string());
    }
    if let Some(authority) = &peer.authority {
        line.option("--authority", authority);
    }
    if peer.target.security == Security::Plaintext {
        return;
    }
    tls(line, peer, "--");
    if let Some(name) = &peer.tls.server_name {
        line.option("--servername", name);
    }
}

fn headers(line: &mut Line, flag: &str, headers: &Headers, notes: &mut Notes) {
    for (name, value) in pieces(headers, notes) {
        line.pieced(flag, &header_line(name, value));
    }
}

/// `15s`, `250ms`.
fn span(deadline: Duration) -> String {
    let millis = deadline.as_millis().max(1);
    if millis.is_multiple_of(1000) { format!("{}s", millis / 1000) } else { format!("{millis}ms") }
}
