//! A `buf curl` command, as version 1.75 takes it.

use std::path::{Path, PathBuf};

use super::Notes;
use super::call::{CallToCopy, PeerToCopy, SchemaPlace};
use super::grpcurl::{header_line, tls};
use super::secrets::pieces;
use super::shell::Line;
use crate::model::{Address, CopyLoss, Security};

pub(super) fn buf(call: &CallToCopy, notes: &mut Notes) -> String {
    let mut line = Line::new("buf curl");
    let peer = &call.peer;
    line.option("--protocol", "grpc");
    trust(&mut line, peer);
    let is_reflected = contract(&mut line, call, notes);
    for (name, value) in pieces(&peer.headers, notes) {
        line.pieced("-H", &header_line(name, value));
    }
    if is_reflected && !peer.headers.is_empty() {
        // Else it keeps them to the call.
        line.option("--reflect-header", "*");
    }
    for (name, value) in pieces(&call.rpc_headers, notes) {
        line.pieced("-H", &header_line(name, value));
        notes.lost_if(is_reflected && !peer.headers.is_empty(), CopyLoss::ReflectHeaders);
    }
    for (name, value) in pieces(&call.reflect_headers, notes).into_iter().filter(|_| is_reflected) {
        line.pieced("--reflect-header", &header_line(name, value));
    }
    if let Some(deadline) = peer.deadline.time() {
        line.option("--timeout", &format!("{}ms", deadline.as_millis().max(1)));
    }
    notes.lost_if(peer.message_limit().is_some(), CopyLoss::MessageLimit);
    if call.emit_defaults {
        line.word("--emit-defaults");
    }
    notes.lost_if(call.is_text, CopyLoss::Notation);
    if !call.data.trim().is_empty() {
        line.option("-d", &call.data);
    }
    line.word(&url(call));
    line.text()
}

fn trust(line: &mut Line, peer: &PeerToCopy) {
    if let Address::Unix(path) = &peer.target.address {
        line.option("--unix-socket", &path.to_string_lossy());
    }
    if peer.target.security == Security::Plaintext {
        line.word("--http2-prior-knowledge");
    } else {
        tls(line, peer, "--");
        // A Host is the name in the certificate too, unless another one is said.
        let name = peer.tls.server_name.as_deref();
        if let Some(name) = name.or(peer.authority.is_some().then(|| peer.target.host())) {
            line.option("--servername", name);
        }
    }
    if let Some(authority) = &peer.authority {
        line.option("-H", &format!("Host: {authority}"));
    }
}

/// Says where the contract stands; gives whether the server is asked for it.
fn contract(line: &mut Line, call: &CallToCopy, notes: &mut Notes) -> bool {
    match &call.schema {
        SchemaPlace::Reflection => true,
        SchemaPlace::Window => {
            notes.lost(CopyLoss::SchemaInWindow);
            true
        }
        SchemaPlace::Files { protos, descriptor_sets, roots, found_roots } => {
            let mut schemas: Vec<String> = descriptor_sets.iter().map(|path| image(path)).collect();
            if !protos.is_empty() || !roots.is_empty() {
                schemas.extend(folder_or_file(protos, &[&**roots, &**found_roots].concat(), notes));
            }
            notes.lost_if(schemas.len() > 1, CopyLoss::MoreSchemas);
            for schema in schemas.iter().take(1) {
                line.option("--schema", schema);
            }
            schemas.is_empty()
        }
    }
}

/// It compiles one folder, all of it, or one file that stands in the folder which its imports are seen from.
fn folder_or_file(protos: &[PathBuf], roots: &[PathBuf], notes: &mut Notes) -> Option<String> {
    notes.lost_if(roots.len() > 1, CopyLoss::MoreRoots);
    let stands_in = |file: &PathBuf| match roots {
        [] => true,
        [root] => file.parent() == Some(root),
        _ => false,
    };
    let path = match protos {
        [file] if stands_in(file) => Some(file),
        _ => roots.first().or(protos.first()),
    };
    path.map(|path| path.to_string_lossy().into_owned())
}

/// It knows an image by its ending.
fn image(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_known = path.extension().is_some_and(|ending| ending == "binpb" || ending == "bin");
    if is_known { text.into_owned() } else { format!("{text}#format=binpb") }
}

fn url(call: &CallToCopy) -> String {
    let target = &call.peer.target;
    let scheme = match target.security {
        Security::Plaintext => "http",
        Security::Tls => "https",
    };
    let path = target.path.trim_end_matches('/');
    format!("{scheme}://{}{path}/{}", target.authority(), call.method)
}
