//! `grpcurl` command lines, as version 1.9 reads them, into what a draft can have.
//!
//! Its flags are those of Go's package `flag`: one dash or two, the value behind `=` or as the next word.

use super::shell::{ShellLine, shell_line};
use crate::model::{Keepalive, MethodPath, PasteNote};

/// What a command line says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grpcurl {
    /// As it stands; of a Unix socket the path.
    pub address: String,
    /// The method to call.
    pub method: Option<MethodPath>,
    /// Messages, as they were written.
    pub data: String,
    /// `-plaintext`.
    pub is_plaintext: bool,
    /// `-unix`, or an address that says so.
    pub is_unix: bool,
    /// `-insecure`.
    pub is_insecure: bool,
    /// `-cacert`.
    pub ca_file: String,
    /// `-cert`.
    pub cert_file: String,
    /// `-key`.
    pub key_file: String,
    /// `-authority`, else `-servername`: each is both.
    pub authority: String,
    /// `-H`, then `-rpc-header`, then `-reflect-header`; names and values without blanks around.
    pub headers: Vec<(String, String)>,
    /// `-user-agent`.
    pub user_agent: String,
    /// `-max-time` in milliseconds.
    pub deadline_millis: Option<u64>,
    /// `-keepalive-time` in seconds, as far as we take it.
    pub keepalive_secs: Option<u64>,
    /// `-max-msg-sz` in bytes.
    pub max_message_bytes: Option<u64>,
    /// `-proto`.
    pub protos: Vec<String>,
    /// `-protoset`.
    pub protosets: Vec<String>,
    /// `-import-path`.
    pub import_paths: Vec<String>,
    /// What does not stand above, or stands otherwise.
    pub notes: Vec<PasteNote>,
}

/// Whether a text is a `grpcurl` command line, alone or behind a prompt or a comment.
pub fn is_grpcurl(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty());
    let first = lines.find(|line| !line.starts_with("# "));
    let words = first.map(|line| line.strip_prefix("$ ").unwrap_or(line));
    let mut words = words.unwrap_or_default().split_whitespace();
    // Variables may be set before it.
    let command = words.find(|word| !word.split_once('=').is_some_and(|(name, _)| is_name(name)));
    command.is_some_and(is_command) && words.next().is_some()
}

/// Reads a command line; what is no `grpcurl` command is a note.
pub fn read_grpcurl(text: &str) -> Grpcurl {
    let line = shell_line(text);
    let mut found = Grpcurl::default();
    let Some(at) = line.words.iter().position(|word| is_command(word)) else {
        found.notes.push(PasteNote::NoCommand);
        return found;
    };
    let (before, words) = line.words.split_at(at);
    let before: Vec<&str> = before.iter().map(String::as_str).filter(|word| *word != "$").collect();
    if !before.is_empty() {
        found.notes.push(PasteNote::Before(before.join(" ")));
    }
    let mut reader =
        Reader { found, metadata: Metadata::default(), arguments: Vec::new(), input: false };
    reader.words(words.iter().skip(1).cloned());
    reader.finish(line)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_command(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    matches!(name, "grpcurl" | "grpcurl.exe")
}

#[derive(Default)]
struct Metadata {
    both: Vec<String>,
    call: Vec<String>,
    reflection: Vec<String>,
    server_name: String,
}

struct Reader {
    found: Grpcurl,
    metadata: Metadata,
    arguments: Vec<String>,
    /// Whether the message is read from standard input.
    input: bool,
}

impl Reader {
    fn words(&mut self, mut words: impl Iterator<Item = String>) {
        let mut is_over = false;
        while let Some(word) = words.next() {
            let flag = word.strip_prefix('-').map(|flag| flag.strip_prefix('-').unwrap_or(flag));
            match flag {
                Some("") if word == "--" && !is_over => is_over = true,
                Some(flag) if !flag.is_empty() && !is_over => {
                    let (name, value) = match flag.split_once('=') {
                        Some((name, value)) => (name, Some(value.to_owned())),
                        None => (flag, None),
                    };
                    self.flag(name, value, &mut words);
                }
                _ => self.arguments.push(word),
            }
        }
    }

    fn flag(
        &mut self,
        name: &str,
        value: Option<String>,
        words: &mut impl Iterator<Item = String>,
    ) {
        let is_bool = match name {
            "plaintext"
            | "insecure"
            | "unix"
            | "use-reflection"
            | "emit-defaults"
            | "allow-unknown-fields"
            | "format-error"
            | "keep-proto-names"
            | "msg-template"
            | "v"
            | "vv"
            | "expand-headers"
            | "alts"
            | "version"
            | "help" => true,
            "cacert"
            | "cert"
            | "key"
            | "authority"
            | "servername"
            | "H"
            | "rpc-header"
            | "reflect-header"
            | "d"
            | "format"
            | "max-time"
            | "max-msg-sz"
            | "proto"
            | "protoset"
            | "import-path"
            | "user-agent"
            | "connect-timeout"
            | "keepalive-time"
            | "protoset-out"
            | "proto-out-dir"
            | "alts-handshaker-service"
            | "alts-target-service-account" => false,
            _ => return self.note(PasteNote::UnknownFlag(format!("-{name}"))),
        };
        if is_bool {
            match value.as_deref().unwrap_or("true") {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => self.turn(name, true),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => self.turn(name, false),
                _ => self.note(PasteNote::BadValue(format!("-{name}"))),
            }
        } else {
            match value.or_else(|| words.next()) {
                Some(value) => self.value(name, value),
                None => self.note(PasteNote::BadValue(format!("-{name}"))),
            }
        }
    }

    fn turn(&mut self, name: &str, is_on: bool) {
        match name {
            "plaintext" => self.found.is_plaintext = is_on,
            "insecure" => self.found.is_insecure = is_on,
            "unix" => self.found.is_unix = is_on,
            // What is off has nothing to be used for.
            _ if is_on => self.note(PasteNote::UnusedFlag(format!("-{name}"))),
            _ => {}
        }
    }

    fn value(&mut self, name: &str, value: String) {
        let found = &mut self.found;
        match name {
            "cacert" => found.ca_file = value,
            "cert" => found.cert_file = value,
            "key" => found.key_file = value,
            "authority" => found.authority = value,
            "servername" => self.metadata.server_name = value,
            "H" => self.metadata.both.push(value),
            "rpc-header" => self.metadata.call.push(value),
            "reflect-header" => self.metadata.reflection.push(value),
            "user-agent" => found.user_agent = value,
            "d" => {
                self.input = value == "@";
                found.data = if self.input { String::new() } else { value };
            }
            "format" => match value.as_str() {
                "json" => {}
                "text" => self.note(PasteNote::TextFormat),
                _ => self.note(PasteNote::BadValue("-format".to_owned())),
            },
            "max-time" => match value.parse::<f64>() {
                Ok(seconds) if (0.0..=MOST_SECONDS).contains(&seconds) => {
                    // To grpcurl none is none.
                    let millis = (seconds * 1000.0).round().max(f64::from(seconds > 0.0)) as u64;
                    found.deadline_millis = Some(millis).filter(|millis| *millis > 0);
                }
                _ => self.note(PasteNote::BadValue("-max-time".to_owned())),
            },
            "keepalive-time" => {
                let seconds = value.parse::<f64>().ok().map(|seconds| seconds.round() as u64);
                match seconds.filter(|seconds| Keepalive::SECONDS.contains(seconds)) {
                    Some(seconds) => found.keepalive_secs = Some(seconds),
                    None => self.note(PasteNote::UnusedFlag(format!("-{name} {value}"))),
                }
            }
            "max-msg-sz" => match value.parse::<u64>() {
                Ok(bytes) => found.max_message_bytes = Some(bytes).filter(|bytes| *bytes > 0),
                Err(_) => self.note(PasteNote::BadValue("-max-msg-sz".to_owned())),
            },
            "proto" => found.protos.push(value),
            "protoset" => found.protosets.push(value),
            "import-path" => found.import_paths.push(value),
            _ => self.note(PasteNote::UnusedFlag(format!("-{name} {value}"))),
        }
    }

    fn note(&mut self, note: PasteNote) {
        if !self.found.notes.contains(&note) {
            self.found.notes.push(note);
        }
    }

    fn finish(mut self, line: ShellLine) -> Grpcurl {
        self.headers();
        let name = std::mem::take(&mut self.metadata.server_name);
        if self.found.authority.is_empty() {
            self.found.authority = name;
        } else if !name.is_empty() && name != self.found.authority {
            self.note(PasteNote::UnusedFlag(format!("-servername {name}")));
        }
        self.arguments();
        match line.input {
            Some(input) if self.input => self.found.data = input,
            Some(input) => self.note(PasteNote::Rest(input)),
            None if self.input => self.note(PasteNote::Input),
            None => {}
        }
        for expansion in line.expansions {
            self.note(PasteNote::Expansion(expansion));
        }
        if !line.rest.is_empty() {
            self.note(PasteNote::Rest(line.rest));
        }
        if line.is_open {
            self.note(PasteNote::OpenQuote);
        }
        self.found
    }

    fn headers(&mut self) {
        let metadata = std::mem::take(&mut self.metadata);
        if !metadata.call.is_empty() || !metadata.reflection.is_empty() {
            self.note(PasteNote::SharedMetadata);
        }
        self.metadata.server_name = metadata.server_name;
        let lines = metadata.both.into_iter().chain(metadata.call).chain(metadata.reflection);
        for line in lines {
            // grpcurl takes a line without a colon as a name without a value.
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            if name.is_empty() {
                self.note(PasteNote::BadValue(format!("-H {line}")));
            } else {
                self.found.headers.push((name, value));
            }
        }
    }

    /// `[address] [list|describe] [symbol]`.
    fn arguments(&mut self) {
        let mut arguments = std::mem::take(&mut self.arguments).into_iter().peekable();
        let is_verb = |word: &String| word == "list" || word == "describe";
        match arguments.next_if(|first| !is_verb(first)) {
            Some(address) => self.address(address),
            None => self.note(PasteNote::NoTarget),
        }
        if let Some(verb) = arguments.next_if(is_verb) {
            self.note(PasteNote::Verb(verb));
            // What is looked at is no method to call.
            for symbol in arguments {
                self.note(PasteNote::Surplus(symbol));
            }
            return;
        }
        let symbol = arguments.next();
        self.found.method = symbol.as_deref().and_then(MethodPath::parse);
        if self.found.method.is_none() {
            self.note(PasteNote::NoMethod);
            if let Some(symbol) = symbol {
                self.note(PasteNote::Surplus(symbol));
            }
        }
        for surplus in arguments {
            self.note(PasteNote::Surplus(surplus));
        }
    }

    fn address(&mut self, address: String) {
        // How grpc-go may be told to look it up.
        let looked_up = ["dns:///", "passthrough:///"];
        let rest = looked_up.iter().find_map(|scheme| address.strip_prefix(scheme));
        if let Some(path) = address.strip_prefix("unix:") {
            self.found.is_unix = true;
            path.strip_prefix("//").unwrap_or(path).clone_into(&mut self.found.address);
        } else {
            self.found.address = rest.map(str::to_owned).unwrap_or(address);
        }
    }
}

/// About 30 years: more than that is no deadline, and less than a number of milliseconds can be.
const MOST_SECONDS: f64 = 1e9;

#[cfg(test)]
mod tests {
    use super::*;
    use PasteNote as N;

    fn method(text: &str) -> Option<MethodPath> {
        MethodPath::parse(text)
    }

    #[test]
    fn a_command_line_is_told_from_other_text() {
        let check = |text: &str, is_it: bool| assert_eq!(is_grpcurl(text), is_it, "{text}");
        check("grpcurl -plaintext localhost:50051 A/B", true);
        check("  $ grpcurl \\\n localhost:1 A/B", true);
        check("# what it does\nTOKEN=x /usr/bin/grpcurl localhost:1 list", true);
        check("grpcurl", false);
        check("grpcurl.md describes it", false);
        check("use grpcurl for it", false);
        check("curl -X POST http://a", false);
        check("", false);
    }

    #[test]
    fn flags_are_read_as_by_go() {
        let found = read_grpcurl(
            "grpcurl --plaintext -insecure=false -H 'a: 1: 2' -H=b:2 --rpc-header c:3 -reflect-header 'd : 4' \
             -user-agent me -d '{\"name\": \"Ada\"}' -max-time 1.5 -max-msg-sz=2097152 -proto a.proto -import-path . \
             -keepalive-time 30 -proto b.proto -authority host -- localhost:50051 pkg.Svc.Method",
        );
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expect = Grpcurl {
            address: "localhost:50051".to_owned(),
            method: method("pkg.Svc/Method"),
            data: "{\"name\": \"Ada\"}".to_owned(),
            is_plaintext: true,
            authority: "host".to_owned(),
            headers: vec![
                header("a", "1: 2"),
                header("b", "2"),
                header("c", "3"),
                header("d", "4"),
            ],
            user_agent: "me".to_owned(),
            deadline_millis: Some(1500),
            keepalive_secs: Some(30),
            max_message_bytes: Some(1 << 21),
            protos: vec!["a.proto".to_owned(), "b.proto".to_owned()],
            import_paths: vec![".".to_owned()],
            notes: vec![N::SharedMetadata],
            ..Grpcurl::default()
        };
        assert_eq!(found, expect);
    }

    #[test]
    fn nothing_is_lost_silently() {
        let check = |text: &str, notes: &[N]| {
            assert_eq!(read_grpcurl(text).notes, notes, "{text}");
        };
        let text = |text: &str| text.to_owned();
        check("grpcurl -plaintext a:1 A/B", &[]);
        check("curl a", &[N::NoCommand]);
        check("", &[N::NoCommand]);
        check("sudo grpcurl a:1 A/B | jq .", &[N::Before(text("sudo")), N::Rest(text("| jq ."))]);
        check(
            "grpcurl -nosuch -v -plaintext=maybe a:1 A/B",
            &[
                N::UnknownFlag(text("-nosuch")),
                N::UnusedFlag(text("-v")),
                N::BadValue(text("-plaintext")),
            ],
        );
        check("grpcurl -keepalive-time 2 a:1 A/B", &[N::UnusedFlag(text("-keepalive-time 2"))]);
        check(
            "grpcurl -connect-timeout 5 -alts=false a:1 A/B C",
            &[N::UnusedFlag(text("-connect-timeout 5")), N::Surplus(text("C"))],
        );
        check(
            "grpcurl -max-time soon -max-msg-sz -1 -format xml a:1 A/B -d",
            &[
                N::BadValue(text("-max-time")),
                N::BadValue(text("-max-msg-sz")),
                N::BadValue(text("-format")),
                N::BadValue(text("-d")),
            ],
        );
        check("grpcurl -d @ a:1 A/B", &[N::Input]);
        check("grpcurl -format text -d 'a: 1' a:1 A/B", &[N::TextFormat]);
        check("grpcurl a:1 list my.Svc", &[N::Verb(text("list")), N::Surplus(text("my.Svc"))]);
        check("grpcurl -proto a.proto describe", &[N::NoTarget, N::Verb(text("describe"))]);
        check("grpcurl a:1", &[N::NoMethod]);
        check("grpcurl a:1 Method", &[N::NoMethod, N::Surplus(text("Method"))]);
        check("grpcurl", &[N::NoTarget, N::NoMethod]);
        check(
            "grpcurl -servername b -authority a a:1 A/B",
            &[N::UnusedFlag(text("-servername b"))],
        );
        check(
            "grpcurl -H \"authorization: Bearer $TOKEN\" a:1 A/B 'x",
            &[N::Surplus(text("x")), N::Expansion(text("$TOKEN")), N::OpenQuote],
        );
    }

    #[test]
    fn messages_from_a_here_document_and_addresses_of_all_kinds() {
        let found = read_grpcurl("grpcurl -d @ a:1 A/B <<EOM\n{\"a\": 1}\n{}\nEOM\n");
        assert_eq!((found.data.as_str(), found.notes), ("{\"a\": 1}\n{}\n", Vec::new()));
        let check = |text: &str, address: &str, is_unix: bool| {
            let found = read_grpcurl(&format!("grpcurl {text} A/B"));
            assert_eq!((found.address.as_str(), found.is_unix), (address, is_unix), "{text}");
        };
        check("dns:///a:1", "a:1", false);
        check("-unix /run/a.sock", "/run/a.sock", true);
        check("unix:///run/a.sock", "/run/a.sock", true);
        check("'[::1]:5'", "[::1]:5", false);
    }
}
