//! `--wire`: the exchange from the recorded bytes, on standard error.

use std::borrow::Cow;
use std::path::Path;

use clap::ValueEnum;

use super::args::WireArgs;
use super::call::could_not;
use super::distrust::first_fault;
use super::exit::Exit;
use super::report::complain;
use crate::model::{Call, Direction, Headers, TlsFacts, TlsTrust, without_secret_parameters};
use crate::schema::Schema;
use crate::session::{WireEntry, WireLevel, WireReading, capture};
use crate::text::{fill, format, list, t, wire_fault};
use crate::wire::{DYNAMIC_TABLE, Node, RecordKind, Step, StepKind, Sums, WireKind, certificate};

/// How much of the wire is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum WireDetail {
    /// Heads, fields and messages.
    Exchange,
    /// Every frame.
    Frames,
    /// The TLS records, as an eavesdropper sees them.
    Records,
}

/// Prints and writes what was asked for, and says what makes the answer one that cannot be trusted.
///
/// # Errors
/// How the program ends when the answer cannot be trusted, or when a file cannot be written.
pub(super) fn tell(call: &Call, schema: Option<&Schema>, args: &WireArgs) -> Result<(), Exit> {
    let reading = WireReading::of(call, schema);
    if let Some(detail) = args.detail.wire {
        let tls = call.connection.as_ref().and_then(|connection| connection.tls.as_ref());
        if let Some(tls) = tls.filter(|_| detail == WireDetail::Records) {
            session(tls);
        }
        print(&call.request.headers, &reading, detail);
    }
    if let Some(path) = &args.pcapng {
        write(path, &capture::pcapng(call))?;
    }
    if let Some(path) = &args.raw {
        for (direction, ending) in [(Direction::Sent, "sent"), (Direction::Received, "received")] {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{ending}"));
            write(Path::new(&name), &capture::raw(call, direction))?;
        }
    }
    match first_fault(call, &reading) {
        Some((at, fault)) => {
            let args: [(&str, &dyn std::fmt::Display); 2] =
                [("at", &format::thousands(at)), ("what", &wire_fault(&fault))];
            Err(could_not(&fill("cli.untrusted", &args)))
        }
        None => Ok(()),
    }
}

/// Writes a file, or says why it cannot be written.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Exit> {
    std::fs::write(path, bytes).map_err(|error| {
        could_not(&fill("cli.cannot_write", &[("what", &path.display()), ("cause", &error)]))
    })
}

/// Prints what passed; `asked` says which headers hold credentials, beside those that are known to.
pub(super) fn print(asked: &Headers, reading: &WireReading, detail: WireDetail) {
    let printer = Printer { asked: Some(asked), reading };
    match detail {
        WireDetail::Exchange => printer.steps(),
        WireDetail::Frames => printer.frames(),
        WireDetail::Records => match &reading.sealed {
            Some(sealed) => Printer { asked: None, reading: sealed }.records(),
            None => complain(t("cli.no_records")),
        },
    }
    for (way, direction) in
        [("response.wire.sent", Direction::Sent), ("response.wire.received", Direction::Received)]
    {
        complain(&sums_words(t(way), reading.exchange.sums.of(direction)));
    }
}

struct Printer<'a> {
    /// Says which fields hold credentials; none where no field can stand.
    asked: Option<&'a Headers>,
    reading: &'a WireReading,
}

impl Printer<'_> {
    fn steps(&self) {
        for (step_idx, step) in self.reading.exchange.steps.iter().enumerate() {
            let mark = mark(step.direction);
            match &step.kind {
                StepKind::Http1Head(_) => self.head(mark, step_idx),
                StepKind::Headers(fields)
                | StepKind::Trailers(fields)
                | StepKind::TrailersFrame(fields)
                | StepKind::TrailersOnly(fields) => {
                    let mark = match step.kind {
                        StepKind::Headers(_) => mark.to_owned(),
                        _ => format!("{mark}+"),
                    };
                    for (name, value) in fields {
                        let (name, value) = (lossy(name), lossy(value));
                        complain(&format!("{mark} {name}: {}", self.shown(&name, &value)));
                    }
                    complain(&mark);
                }
                StepKind::Message(_) | StepKind::Body(_) => self.message(mark, step_idx, step),
                StepKind::Reset(_) | StepKind::GoAway(_) => self.item(step.item_idx),
            }
            if let Some(fault) = &step.fault {
                complain(&format!("{mark} ! {}", wire_fault(fault)));
            }
        }
    }

    /// Line by line, as it stands.
    fn head(&self, mark: &str, step_idx: usize) {
        let Some(head) = self.reading.tree(WireEntry::Step(step_idx)) else { return };
        for line in &head.children {
            let words = match line.label.as_ref() {
                "Request Line" | "Status Line" => {
                    without_secret_parameters(&line.value).into_owned()
                }
                "Empty Line" => String::new(),
                name => format!("{name}: {}", self.shown(name, &line.value)),
            };
            let fault = line.fault.as_ref().map(wire_fault);
            let fault = fault.map(|fault| format!("  ! {fault}")).unwrap_or_default();
            complain(format!("{mark} {words}{fault}").trim_end());
        }
    }

    fn message(&self, mark: &str, step_idx: usize, step: &Step) {
        let len = format::bytes(step.gathered.bytes.len() as u64);
        let words = match &step.kind {
            StepKind::Message(message) => {
                let n = message.idx + 1;
                fill("cli.wire_message", &[("n", &n), ("size", &len)])
            }
            _ => fill("cli.wire_body", &[("size", &len)]),
        };
        complain(&format!("{mark} {words}"));
        let made = self.reading.tree(WireEntry::Made(step_idx));
        let tree = match made {
            Some(made) => Some(made),
            None => self.reading.tree(WireEntry::Step(step_idx)),
        };
        let message = tree.as_ref().and_then(|tree| {
            let inside = tree.children.iter().find(|child| child.label == "Message");
            inside.or(Some(tree))
        });
        for field in message.map(|message| &message.children[..]).unwrap_or_default() {
            self.node(mark, field, 1, |node| !is_part(node));
        }
    }

    fn frames(&self) {
        for entry in self.reading.entries(WireLevel::Frames) {
            if let WireEntry::Item(item_idx) = entry {
                self.item(item_idx);
            }
        }
    }

    fn item(&self, item_idx: usize) {
        let Some(item) = self.reading.exchange.items.get(item_idx) else { return };
        let Some(node) = self.reading.tree(WireEntry::Item(item_idx)) else { return };
        let stream = match &item.kind {
            WireKind::Frame(head) if head.stream != 0 => format!(" {}", head.stream),
            _ => String::new(),
        };
        let label = if node.label.is_empty() { t("cli.wire_bytes") } else { &node.label };
        let size = format::bytes(item.len);
        let fault = node.fault.as_ref().map(|fault| format!("  ! {}", wire_fault(fault)));
        let mark = mark(item.direction);
        let place = format::thousands(item.offset);
        let words = format!("{label}{stream} {}", node.value);
        complain(&format!(
            "{mark} @{place} {}, {size}{}",
            words.trim_end(),
            fault.unwrap_or_default()
        ));
        for child in node.children.iter().filter(|child| child.label != "Frame Header") {
            self.node(mark, child, 1, |node| !is_part(node) && node.label != "Identifier");
        }
    }

    /// What somebody sees who only listens: records in clear field by field, of the others size and time.
    fn records(&self) {
        let exchange = &self.reading.exchange;
        let begun = exchange.items.first().map(|item| item.at).unwrap_or_default();
        for (item_idx, item) in exchange.items.iter().enumerate() {
            let words = match exchange.record(item_idx).map(|record| record.kind) {
                Some(RecordKind::Encrypted) => t("cli.encrypted").to_owned(),
                Some(RecordKind::Handshake) => {
                    let messages = exchange.handshake(item_idx);
                    list(&messages.map(|message| message.name().into_owned()).collect::<Vec<_>>())
                }
                Some(RecordKind::ChangeCipherSpec) => "change_cipher_spec".to_owned(),
                Some(RecordKind::Alert(_)) => "alert".to_owned(),
                Some(RecordKind::Unknown) | None => t("cli.wire_bytes").to_owned(),
            };
            let mark = mark(item.direction);
            let place = format::thousands(item.offset);
            let after = format::duration(item.at.since(begun));
            complain(&format!("{mark} @{place} {words}, {}, +{after}", format::bytes(item.len)));
            let Some(node) = self.reading.tree(WireEntry::Item(item_idx)) else { continue };
            let is_said = |node: &&Node| {
                !matches!(
                    node.label.as_ref(),
                    "Content Type" | "Legacy Version" | "Length" | "Encrypted Record"
                ) || node.fault.is_some()
            };
            for child in node.children.iter().filter(is_said) {
                self.node(mark, child, 1, |node| !is_part(node));
            }
        }
    }

    /// A node and what is in it, as far as `is_wanted`.
    fn node(
        &self,
        mark: &str,
        node: &Node,
        depth: usize,
        is_wanted: impl Fn(&Node) -> bool + Copy,
    ) {
        let is_secret = self.is_secret(&node.label);
        let value = self.shown(&node.label, &node.value);
        let fault = node.fault.as_ref().map(|fault| format!("  ! {}", wire_fault(fault)));
        let form = form(node).unwrap_or_default();
        let words = format!("{} {value}{form}{}", node.label, fault.unwrap_or_default());
        complain(&format!("{mark} {}{}", "  ".repeat(depth), words.trim()));
        // The table's entries stood as fields where they came into it.
        if is_secret || !form.is_empty() || node.label == DYNAMIC_TABLE {
            return;
        }
        let inside = node.children.iter().filter(|child| is_wanted(child));
        for child in inside {
            self.node(mark, child, depth + 1, is_wanted);
        }
    }

    fn shown<'v>(&self, name: &str, value: &'v str) -> Cow<'v, str> {
        match name {
            _ if self.is_secret(name) => Cow::Borrowed("***"),
            ":path" | "Request Line" | "Request Target" => without_secret_parameters(value),
            _ => Cow::Borrowed(value),
        }
    }

    fn is_secret(&self, name: &str) -> bool {
        self.asked.is_some_and(|asked| asked.hide(name))
    }
}

/// What TLS was agreed on, and the certificates that the peer showed.
pub(super) fn session(tls: &TlsFacts) {
    let key = match tls.trust {
        TlsTrust::Verified => "cli.tls_verified",
        TlsTrust::Skipped => "cli.tls_unverified",
        TlsTrust::Refused => "cli.tls_refused",
    };
    complain(&fill(key, &[("version", &tls.version), ("suite", &tls.suite)]));
    if let Some(alpn) = &tls.alpn {
        complain(&format!("* ALPN {alpn}"));
    }
    for (idx, der) in tls.chain_der.iter().enumerate() {
        let Some(read) = certificate(der) else { continue };
        let (n, names) = (idx + 1, read.names_line());
        let certificate: [(&str, &dyn std::fmt::Display); 6] = [
            ("n", &n),
            ("subject", &read.subject.text),
            ("issuer", &read.issuer.text),
            ("from", &read.not_before.text),
            ("until", &read.not_after.text),
            ("names", &names),
        ];
        complain(&fill("cli.certificate", &certificate));
    }
}

fn sums_words(way: &str, sums: &Sums) -> String {
    let words = plain_sums_words(way, sums);
    if sums.tls == 0 {
        return words;
    }
    fill("cli.wire_sums_tls", &[("words", &words), ("tls", &format::bytes(sums.tls))])
}

fn plain_sums_words(way: &str, sums: &Sums) -> String {
    let size = format::bytes;
    fill(
        "cli.wire_sums",
        &[
            ("way", &way),
            ("all", &size(sums.in_all())),
            ("payload", &size(sums.payload)),
            ("headers", &size(sums.headers)),
            ("framing", &size(sums.framing)),
            ("control", &size(sums.control)),
            ("other", &size(sums.other)),
        ],
    )
}

/// How a header field is written, on one line: ` [Indexed Header Field, 3 (static)]`.
fn form(node: &Node) -> Option<String> {
    let part = |label: &str| node.children.iter().find(|child| child.label == label);
    let index = part("Index").map(|index| format!(", {}", index.value)).unwrap_or_default();
    let is_huffman = node.children.iter().any(|child| child.label.ends_with("(Huffman)"));
    let huffman = if is_huffman { ", Huffman" } else { "" };
    Some(format!(" [{}{index}{huffman}]", part("Representation")?.value))
}

/// Parts of a field that its own line says already.
fn is_part(node: &Node) -> bool {
    matches!(node.label.as_ref(), "Tag" | "Length" | "Value") || node.label.starts_with('[')
}

fn mark(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => ">",
        Direction::Received => "<",
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
