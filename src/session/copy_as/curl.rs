//! A `curl` command.

use super::Notes;
use super::call::HttpToCopy;
use super::grpcurl::{header_line, tls};
use super::secrets::pieces;
use super::shell::Line;
use crate::model::{Address, CopyLoss, Security};

pub(super) fn curl(http: &HttpToCopy, notes: &mut Notes) -> String {
    let mut line = Line::new("curl");
    let peer = &http.peer;
    let has_body = !http.body.is_empty();
    match http.method.as_str() {
        "GET" if !has_body => {}
        "HEAD" if !has_body => line.word("--head"),
        method => line.option("-X", method),
    }
    if let Address::Unix(path) = &peer.target.address {
        line.option("--unix-socket", &path.to_string_lossy());
    }
    if peer.target.security == Security::Tls {
        tls(&mut line, peer, "--");
        notes.lost_if(peer.tls.server_name.is_some(), CopyLoss::ServerName);
    }
    for (name, value) in pieces(&peer.headers, notes) {
        line.pieced("-H", &header_line(name, value));
    }
    if let Some(authority) = &peer.authority {
        line.option("-H", &format!("Host: {authority}"));
    }
    if has_body && !peer.headers.contains("content-type") {
        // Else it calls the body a form.
        line.option("-H", "content-type:");
    }
    if let Some(deadline) = peer.deadline.time() {
        line.option("--max-time", &deadline.as_secs_f64().to_string());
    }
    notes.lost_if(peer.message_limit().is_some(), CopyLoss::MessageLimit);
    if has_body {
        line.option("--data-raw", &http.body);
    }
    let scheme = match peer.target.security {
        Security::Plaintext => "http",
        Security::Tls => "https",
    };
    let path = &peer.target.path;
    if path.contains(['[', ']', '{', '}']) {
        line.word("--globoff");
    }
    let url = format!("{scheme}://{}{}", peer.target.authority(), path);
    line.word(&url);
    line.text()
}
