//! A `grpcurl` command, as version 1.9 takes it.

use super::Notes;
use super::call::{CallToCopy, PeerToCopy, SchemaPlace};
use super::names::{Names, names};
use super::secrets::pieces;
use super::shell::{Line, Piece};
use crate::model::{Address, CopyLoss, Headers, Security};

pub(super) fn grpcurl(call: &CallToCopy, notes: &mut Notes) -> String {
    let mut line = Line::new("grpcurl");
    let peer = &call.peer;
    trust(&mut line, peer, notes);
    contract(&mut line, &call.schema, notes);
    headers(&mut line, "-H", &peer.headers, notes);
    headers(&mut line, "-rpc-header", &call.rpc_headers, notes);
    headers(&mut line, "-reflect-header", &call.reflect_headers, notes);
    if let Some(deadline) = peer.deadline.time() {
        line.option("-max-time", &deadline.as_secs_f64().to_string());
    }
    if let Some(keepalive) = call.keepalive {
        line.option("-keepalive-time", &keepalive.interval.as_secs_f64().to_string());
    }
    if let Some(limit) = peer.message_limit() {
        line.option("-max-msg-sz", &limit.to_string());
    }
    if call.is_text {
        line.option("-format", "text");
    }
    if call.emit_defaults {
        line.word("-emit-defaults");
    }
    // Without data it sends the empty message where one is due, as we do.
    if !call.data.trim().is_empty() {
        line.option("-d", &call.data);
    }
    match &peer.target.address {
        Address::Unix(path) => {
            line.word("-unix");
            line.word(&path.to_string_lossy());
        }
        Address::Tcp { .. } => line.word(&peer.target.authority()),
    }
    notes.lost_if(!peer.target.path.trim_end_matches('/').is_empty(), CopyLoss::Path);
    line.word(&call.method.to_string());
    line.text()
}

fn trust(line: &mut Line, peer: &PeerToCopy, notes: &mut Notes) {
    if peer.target.security == Security::Plaintext {
        line.word("-plaintext");
    } else {
        tls(line, peer, "-");
    }
    match names(peer, notes) {
        Names::Own => {}
        Names::Authority(name) => line.option("-authority", &name),
        Names::Certificate(name) => line.option("-servername", &name),
    }
}

/// The files of TLS, or that nothing is verified, as curl and all its like name them behind one dash or two.
pub(super) fn tls(line: &mut Line, peer: &PeerToCopy, dashes: &str) {
    if peer.tls.is_insecure {
        line.word(&format!("{dashes}insecure"));
    }
    let files = [
        ("cacert", peer.tls.ca_file.as_ref().filter(|_| !peer.tls.is_insecure)),
        ("cert", peer.tls.cert_file.as_ref()),
        ("key", peer.tls.key_file.as_ref()),
    ];
    for (name, file) in files {
        if let Some(file) = file {
            line.option(&format!("{dashes}{name}"), &file.to_string_lossy());
        }
    }
}

fn contract(line: &mut Line, schema: &SchemaPlace, notes: &mut Notes) {
    match schema {
        SchemaPlace::Reflection => {}
        SchemaPlace::Window => notes.lost(CopyLoss::SchemaInWindow),
        SchemaPlace::Files { protos, descriptor_sets, roots, found_roots } => {
            let has_protos = !protos.is_empty();
            // It takes one kind or the other, and roots only with the first.
            notes.lost_if(has_protos && !descriptor_sets.is_empty(), CopyLoss::MoreSchemas);
            let options = [
                ("-import-path", roots, has_protos),
                ("-import-path", found_roots, has_protos),
                ("-proto", protos, has_protos),
                ("-protoset", descriptor_sets, !has_protos),
            ];
            for (flag, paths, _) in options.into_iter().filter(|(_, _, is_taken)| *is_taken) {
                line.paths(flag, paths);
            }
        }
    }
}

fn headers(line: &mut Line, flag: &str, headers: &Headers, notes: &mut Notes) {
    for (name, value) in pieces(headers, notes) {
        // grpc-go sends no `user-agent` of the metadata.
        match value.as_slice() {
            [Piece::Text(agent)] if name.eq_ignore_ascii_case("user-agent") => {
                line.option("-user-agent", agent);
            }
            _ => line.pieced(flag, &header_line(name, value)),
        }
    }
}

/// `name: value` as curl and its like take it.
pub(super) fn header_line(name: &str, value: Vec<Piece>) -> Vec<Piece> {
    let mut pieces = vec![Piece::Text(format!("{name}: "))];
    for piece in value {
        match (pieces.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => pieces.push(piece),
        }
    }
    pieces
}
