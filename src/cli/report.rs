//! A call in words: the message on standard output, everything about it on standard error.

use std::borrow::Cow;
use std::io::Write as _;

use super::args::failure_line;
use super::ask::tell;
use super::{trouble, wire};
use crate::model::{Call, Direction, Header, Headers, Outcome, PhaseTime, StatusOrigin};
use crate::session::{ReadAnswer, StreamEnd, Streamed};
use crate::text::{
    cause, code, fill, format, http_status, list, origin, outcome, phase, resent, t,
};

/// One result on standard output.
pub(super) fn print(text: &str) {
    // A reader that has closed its end, such as `head`, wants no more.
    print_heard(text);
}

/// The same; answers whether somebody still reads.
pub(super) fn print_heard(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).is_ok()
}

/// One line on standard error.
pub(super) fn complain(text: &str) {
    writeln!(std::io::stderr().lock(), "{}", tame(text)).ok();
}

/// A peer's words may hold commands to the terminal: control characters are written out.
fn tame(text: &str) -> Cow<'_, str> {
    let is_command = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(is_command) {
        return Cow::Borrowed(text);
    }
    let mut tame = String::with_capacity(text.len());
    for c in text.chars() {
        if is_command(c) {
            tame.extend(c.escape_default());
        } else {
            tame.push(c);
        }
    }
    Cow::Owned(tame)
}

/// A gRPC call.
pub(super) fn call(call: &Call, answer: &ReadAnswer, is_verbose: bool) {
    if is_verbose {
        exchange(call);
    }
    again(call);
    compression(call, is_verbose);
    if let Some(text) = &answer.text {
        print(text.text());
    }
    tell(&answer.problems);
    if let Some(bytes) = unread_of(call, answer) {
        unread(bytes);
    }
    if let Some(n) = wrong_count(call) {
        complain(&fill("cli.wrong_count", &[("n", &n)]));
    }
    complain(&status(call));
    trouble::tell_of(&answer.trouble);
}

/// The end of a stream: its messages are printed already.
pub(super) fn stream(streamed: &Streamed, answer: &ReadAnswer, is_verbose: bool) {
    let call = &streamed.call;
    if is_verbose {
        exchange(call);
    }
    compression(call, is_verbose);
    let (sent, received) = (streamed.n_sent, streamed.n_received);
    complain(&fill("cli.stream_counts", &[("sent", &sent), ("received", &received)]));
    match streamed.end {
        StreamEnd::Enough => complain(&fill("cli.stream_enough", &[("n", &received)])),
        StreamEnd::BadMessage => complain(t("cli.stream_given_up")),
        StreamEnd::Call | StreamEnd::Interrupted => {
            complain(&status(call));
            trouble::tell_of(&answer.trouble);
        }
    }
}

/// Whether and why it was sent once more.
fn again(call: &Call) {
    if let Some(why) = call.resent {
        complain(&resent(why));
    }
}

/// What compression made of the messages, where it was asked for or everything is told.
fn compression(call: &Call, is_verbose: bool) {
    if !is_verbose && call.request.compression.is_none() {
        return;
    }
    let ways = [(Direction::Sent, "cli.packed_sent"), (Direction::Received, "cli.packed_received")];
    for (direction, key) in ways {
        if let Some((payload, carried)) = call.bytes.packed(direction) {
            let (payload, carried) = (format::bytes(payload), format::bytes(carried));
            complain(&fill(key, &[("payload", &payload), ("carried", &carried)]));
        }
    }
}

/// Bytes that are no message of the contract.
pub(super) fn unread(bytes: &[u8]) {
    complain(&fill("cli.unread_bytes", &[("n", &bytes.len()), ("hex", &hex(bytes))]));
}

/// An HTTP request: the body goes out byte by byte.
pub(super) fn http(call: &Call, is_verbose: bool) {
    if is_verbose {
        exchange(call);
    }
    again(call);
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

/// Whether a call that the server calls a success left nothing that could be printed.
pub(super) fn is_unusable(call: &Call, answer: &ReadAnswer) -> bool {
    let is_ok = call.outcome.as_ref().is_some_and(Outcome::is_ok);
    is_ok && (wrong_count(call).is_some() || unread_of(call, answer).is_some())
}

/// How many messages a unary answer has, where it is not one.
fn wrong_count(call: &Call) -> Option<usize> {
    let is_ok = call.outcome.as_ref().is_some_and(Outcome::is_ok);
    let n = call.received().count();
    (is_ok && n != 1).then_some(n)
}

/// The message that is not what the contract says.
fn unread_of<'c>(call: &'c Call, answer: &ReadAnswer) -> Option<&'c [u8]> {
    let message = call.received().last()?;
    (answer.text.is_none() && !answer.problems.is_empty()).then_some(&message.bytes)
}

/// The first bytes, enough to recognise them.
fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 48;
    let mut text: Vec<String> = bytes.iter().take(SHOWN).map(|b| format!("{b:02x}")).collect();
    if bytes.len() > SHOWN {
        text.push("...".to_owned());
    }
    text.join(" ")
}

/// `0 OK in 1.2 ms: what it means`.
fn status(call: &Call) -> String {
    let took = format::duration(call.timing.total);
    let Some(result) = &call.outcome else { return t("cli.unfinished").to_owned() };
    match result {
        Outcome::Failed(cause) => failure_line(cause),
        Outcome::Grpc { code: known, message, number, origin: by, .. } if *number != 0 => {
            let mut words = if message.is_empty() { code(*known) } else { message }.to_owned();
            // Who said so, where it was not the service.
            if let Some(who) = made_by(*by) {
                words = format!("{words} {who}");
            }
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

fn made_by(by: StatusOrigin) -> Option<String> {
    if by == StatusOrigin::TrailersOnly { None } else { origin(by) }
}

fn exchange(call: &Call) {
    complain(&call.request.operation());
    headers("> ", &call.request.headers);
    if let Some(connection) = &call.connection {
        let key = if connection.is_kept { "cli.kept_connection" } else { "cli.new_connection" };
        complain(&fill(key, &[("peer", &connection.peer), ("version", &connection.http_version)]));
        for attempt in &connection.attempts {
            let result = attempt.failure.as_ref().map(cause);
            let result = result.unwrap_or_else(|| t("cli.attempt_won").to_owned());
            complain(&format!(
                "  {} {result} ({})",
                attempt.address,
                format::duration(attempt.took)
            ));
        }
        if let Some(tls) = &connection.tls {
            wire::session(tls);
        }
    }
    headers("< ", &call.headers);
    headers("<+ ", &call.trailers);
    let mut phases: Vec<String> = call
        .timing
        .iter()
        .filter_map(|(which, time)| match time {
            PhaseTime::Took(took) => Some(format!("{} {}", phase(which), format::duration(took))),
            PhaseTime::Kept | PhaseTime::Absent => None,
        })
        .collect();
    let rest = format::duration(call.timing.rest());
    phases.push(format!("{} {rest}", t("response.phase.other")));
    complain(&list(&phases));
    let sent = format::bytes(call.bytes.sent);
    let received = format::bytes(call.bytes.received);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_cannot_command_the_terminal() {
        assert_eq!(tame("two\nlines\tä"), "two\nlines\tä");
        assert_eq!(tame("\u{1b}[31mred\r\u{9b}2J"), "\\u{1b}[31mred\\r\\u{9b}2J");
    }

    #[test]
    fn bytes_are_cut_where_they_tell_no_more() {
        assert_eq!(hex(&[0, 255]), "00 ff");
        assert!(hex(&[7; 49]).ends_with("07 ..."));
    }

    #[test]
    fn a_status_that_the_service_did_not_send_says_who_made_it() {
        let check = |by: StatusOrigin, part: Option<&str>| {
            let words = made_by(by);
            match part {
                Some(part) => assert!(words.is_some_and(|words| words.contains(part)), "{by:?}"),
                None => assert_eq!(words, None, "{by:?}"),
            }
        };
        check(StatusOrigin::Trailers, None);
        check(StatusOrigin::TrailersOnly, None);
        check(StatusOrigin::HttpStatus(503), Some("503"));
        check(StatusOrigin::Reset(8), Some("CANCEL"));
    }
}
