//! A call in words: the message on standard output, everything about it on standard error.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a reporter's output is its work")]

use std::io::Write as _;

use super::args::failure_line;
use super::ask::tell;
use crate::model::{Call, Header, Headers, Outcome, PhaseTime};
use crate::session::ReadAnswer;
use crate::text::{code, fill, format, http_status, outcome, phase, t};

/// One result on standard output.
pub(super) fn print(text: &str) {
    if !text.is_empty() {
        println!("{text}");
    }
}

/// One line on standard error.
pub(super) fn complain(text: &str) {
    eprintln!("{text}");
}

/// A gRPC call.
pub(super) fn call(call: &Call, answer: &ReadAnswer, is_verbose: bool) {
    if is_verbose {
        exchange(call);
    }
    if let Some(text) = &answer.text {
        print(text.text());
    }
    tell(&answer.problems);
    complain(&status(call));
    if let Some(details) = &answer.details {
        complain(details.text());
    }
}

/// An HTTP request: the body goes out byte by byte.
pub(super) fn http(call: &Call, is_verbose: bool) {
    if is_verbose {
        exchange(call);
    }
    if let Some(message) = call.received().last() {
        let mut out = std::io::stdout().lock();
        // A reader that has closed its end wants no more.
        out.write_all(&message.bytes).and_then(|()| out.flush()).ok();
        if !message.bytes.ends_with(b"\n") && std::io::IsTerminal::is_terminal(&out) {
            out.write_all(b"\n").ok();
        }
    }
    complain(&status(call));
}

/// `0 OK in 1.2 ms: what it means`.
fn status(call: &Call) -> String {
    let took = format::duration(call.timing.total);
    let Some(result) = &call.outcome else { return t("cli.unfinished").to_owned() };
    match result {
        Outcome::Failed(cause) => failure_line(cause),
        Outcome::Grpc { code: known, message, number, .. } if *number != 0 => {
            let words = if message.is_empty() { code(*known) } else { message };
            let args: [(&str, &dyn std::fmt::Display); 3] =
                [("outcome", &outcome(result)), ("took", &took), ("words", &words)];
            fill("cli.status_words", &args)
        }
        Outcome::Http { status, .. } if *status >= 400 => {
            let args: [(&str, &dyn std::fmt::Display); 3] =
                [("outcome", &outcome(result)), ("took", &took), ("words", &http_status(*status))];
            fill("cli.status_words", &args)
        }
        _ => fill("cli.status", &[("outcome", &outcome(result)), ("took", &took)]),
    }
}

fn exchange(call: &Call) {
    complain(&call.request.operation());
    headers("> ", &call.request.headers);
    if let Some(connection) = &call.connection {
        let key = if connection.is_kept { "cli.kept_connection" } else { "cli.new_connection" };
        complain(&fill(key, &[("peer", &connection.peer), ("version", &connection.http_version)]));
        for attempt in &connection.attempts {
            let result = attempt.failure.as_deref().unwrap_or(t("cli.attempt_won"));
            complain(&format!(
                "  {} {result} ({})",
                attempt.address,
                format::duration(attempt.took)
            ));
        }
        if let Some(tls) = &connection.tls {
            let key = if tls.is_verified { "cli.tls_verified" } else { "cli.tls_unverified" };
            complain(&fill(key, &[("version", &tls.version), ("suite", &tls.suite)]));
        }
    }
    headers("< ", &call.headers);
    headers("<+ ", &call.trailers);
    let phases: Vec<String> = call
        .timing
        .iter()
        .filter_map(|(which, time)| match time {
            PhaseTime::Took(took) => Some(format!("{} {}", phase(which), format::duration(took))),
            PhaseTime::Kept | PhaseTime::Absent => None,
        })
        .collect();
    complain(&phases.join(", "));
    let (sent, received) = (format::bytes(call.bytes.sent), format::bytes(call.bytes.received));
    complain(&fill("cli.bytes", &[("sent", &sent), ("received", &received)]));
}

fn headers(mark: &str, headers: &Headers) {
    for header in headers {
        complain(&format!("{mark}{}: {}", header.name, shown(header)));
    }
}

/// A header's value for eyes and files: credentials are hidden.
pub(super) fn shown(header: &Header) -> String {
    if header.is_secret() { "***".to_owned() } else { header.text().into_owned() }
}
