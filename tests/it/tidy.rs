//! The rules of the house that no lint knows: who may import whom, who may name which crate, and how a
//! file looks. `docs/architecture.md` says why.

use std::fs;

use crate::source::{Token, files, rust_files, tokens};

/// Each room and the rooms that it may import.
const ROOMS: [(&str, &[&str]); 14] = [
    ("model", &[]),
    ("wire", &["model"]),
    ("schema", &["model", "wire"]),
    ("telemetry", &["model"]),
    ("net", &["model", "wire"]),
    ("engine", &["model", "wire", "schema", "telemetry", "net"]),
    ("gateway", &["model", "wire", "schema", "telemetry", "net"]),
    ("cluster", &["model", "wire", "schema", "telemetry"]),
    ("flow", &["model", "telemetry"]),
    ("workspace", &["model"]),
    (
        "session",
        &[
            "model",
            "wire",
            "schema",
            "telemetry",
            "net",
            "engine",
            "gateway",
            "cluster",
            "flow",
            "workspace",
        ],
    ),
    ("text", &["model"]),
    ("cli", &["model", "wire", "schema", "telemetry", "flow", "workspace", "session", "text"]),
    ("ui", &["model", "wire", "schema", "telemetry", "flow", "workspace", "session", "text"]),
];

/// Crates whose use is one room's job, and the rooms whose job it is.
const CRATES: [(&str, &[&str]); 9] = [
    ("tokio", &["schema", "telemetry", "net", "engine", "gateway", "cluster", "session", "main"]),
    ("tonic", &["schema", "telemetry", "cluster"]),
    ("hyper", &["net", "engine", "gateway", "cluster"]),
    ("reqwest", &["cluster"]),
    ("egui", &["ui"]),
    ("eframe", &["ui"]),
    ("rfd", &["ui"]),
    ("clap", &["cli"]),
    ("serde", &["schema", "gateway", "cluster", "workspace", "session", "cli"]),
];

const MAX_LINES: usize = 600;

#[test]
fn every_file_keeps_the_rules() {
    let mut broken = Vec::new();
    for (name, text) in rust_files("src") {
        broken.extend(imports(&name, &text));
        broken.extend(crates(&name, &text));
        broken.extend(shape(&name, &text));
    }
    for folder in ["tests", "benches", "fuzz", "build.rs"] {
        for (name, text) in rust_files(folder) {
            broken.extend(shape(&name, &text));
        }
    }
    for (name, path) in files("") {
        let Ok(text) = fs::read_to_string(path) else { continue };
        broken.extend(words(&name, &text));
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn every_room_is_in_the_table() {
    let lib = fs::read_to_string(crate::source::root().join("src/lib.rs")).unwrap();
    let found = tokens(&lib);
    let rooms: Vec<&str> = found
        .windows(2)
        .filter(|pair| pair[0].is("mod"))
        .filter_map(|pair| pair[1].word())
        .collect();
    assert!(rooms.len() > 5, "{rooms:?}");
    for room in rooms {
        assert!(ROOMS.iter().any(|(known, _)| *known == room), "{room} is not in the table");
    }
}

/// `src/gateway/routes/host.rs` -> `gateway`; `src/main.rs` -> `main`.
fn room_of(name: &str) -> &str {
    let below = name.strip_prefix("src/").unwrap_or(name);
    below.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// How many modules lie above the file's own items, the crate not counted.
fn depth_of(name: &str) -> usize {
    let n_parts = name.split('/').count() - 1;
    if name.ends_with("/mod.rs") { n_parts - 1 } else { n_parts }
}

fn imports(name: &str, text: &str) -> Vec<String> {
    let room = room_of(name);
    if matches!(room, "main" | "lib") {
        return Vec::new();
    }
    let Some((_, allowed)) = ROOMS.iter().find(|(known, _)| *known == room) else {
        return vec![format!("{name}: no such room in the table")];
    };
    let found = tokens(text);
    let mut broken = Vec::new();
    for (at, path) in crate_paths(&found, depth_of(name)) {
        let first = path.first().map_or("", String::as_str);
        let item = path.get(1).map(String::as_str);
        if matches!(first, "*" | "self" | "") {
            broken.push(format!("{name}: names the whole crate; name the rooms"));
        }
        if first == room || !ROOMS.iter().any(|(known, _)| *known == first) {
            continue;
        }
        if !allowed.contains(&first) {
            broken.push(format!("{name}: {room} may not import {first}"));
        }
        if room == "ui" && first == "telemetry" && item != Some("Snapshot") {
            broken.push(format!("{name}: of telemetry, ui may name Snapshot only"));
        }
        if is_reexport(&found[..at]) {
            broken.push(format!("{name}: passes {first} on; a room exports its own items only"));
        }
    }
    broken
}

/// Every path that begins at the crate, without its beginning, with the index of its first token.
fn crate_paths(found: &[Token], depth: usize) -> Vec<(usize, Vec<String>)> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < found.len() {
        let begin = at;
        at += 1;
        let is_inner = begin > 0 && found[begin - 1].is("::");
        let behind = if found[begin].is("crate") && !is_inner {
            begin + 1
        } else if found[begin].is("super") && !is_inner {
            let n_supers = found[begin..].chunks(2).take_while(|pair| pair[0].is("super")).count();
            // Inside a module of the file itself, such as its tests, the crate is one step further.
            if n_supers != depth && n_supers != depth + 1 {
                continue;
            }
            begin + 2 * n_supers - 1
        } else {
            continue;
        };
        if found.get(behind).is_some_and(|token| token.is("::")) {
            let mut trees = Vec::new();
            use_tree(found, behind + 1, &mut Vec::new(), &mut trees);
            paths.extend(trees.into_iter().map(|tree| (begin, tree)));
        } else if found.get(behind).is_some_and(|token| token.is("as")) {
            paths.push((begin, vec!["self".to_owned()]));
        }
    }
    paths
}

/// Reads `a::{b, c::d}` from `at` on; returns where it ends.
fn use_tree(
    found: &[Token],
    at: usize,
    path: &mut Vec<String>,
    out: &mut Vec<Vec<String>>,
) -> usize {
    let length = path.len();
    let end = match found.get(at) {
        Some(Token::Word(word)) => {
            path.push(word.clone());
            if found.get(at + 1).is_some_and(|token| token.is("::")) {
                use_tree(found, at + 2, path, out)
            } else {
                out.push(path.clone());
                at + 1
            }
        }
        Some(Token::Mark("{")) => {
            let mut next = at + 1;
            while found.get(next).is_some_and(|token| !token.is("}")) {
                let end = use_tree(found, next, path, out);
                let comma = found[end..].iter().position(|t| t.is(",") || t.is("}"));
                let Some(comma) = comma else { return found.len() };
                next = end + comma + usize::from(found[end + comma].is(","));
            }
            next + 1
        }
        Some(Token::Mark("*")) => {
            path.push("*".to_owned());
            out.push(path.clone());
            at + 1
        }
        _ => {
            out.push(path.clone());
            at + 1
        }
    };
    path.truncate(length);
    end
}

/// Whether the tokens end in `pub use` or `pub(...) use`.
fn is_reexport(before: &[Token]) -> bool {
    let Some((last, before)) = before.split_last() else { return false };
    if !last.is("use") {
        return false;
    }
    let opened = before.iter().rposition(|token| token.is("("));
    match before.last() {
        Some(token) if token.is(")") => {
            opened.and_then(|at| at.checked_sub(1)).is_some_and(|at| before[at].is("pub"))
        }
        Some(token) => token.is("pub"),
        None => false,
    }
}

fn crates(name: &str, text: &str) -> Vec<String> {
    let room = room_of(name);
    let found = tokens(text);
    let mut broken = Vec::new();
    for (at, token) in found.iter().enumerate() {
        let Some((krate, rooms)) = CRATES.iter().find(|(krate, _)| token.is(krate)) else {
            continue;
        };
        let before = |steps: usize| at.checked_sub(steps).and_then(|at| found.get(at));
        let is_root = match before(1) {
            Some(token) if token.is("::") => before(2).is_none_or(|token| token.word().is_none()),
            Some(token) if token.is(".") => false,
            _ => true,
        };
        let is_path = found.get(at + 1).is_some_and(|token| token.is("::"));
        let is_used = before(1).is_some_and(|token| token.is("use") || token.is("crate"));
        if is_root && (is_path || is_used) && !rooms.contains(&room) {
            broken.push(format!("{name}: {room} may not name the crate {krate}"));
        }
    }
    broken
}

fn shape(name: &str, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let n_lines = text.lines().count();
    if n_lines > MAX_LINES {
        broken.push(format!("{name}: {n_lines} lines, at most {MAX_LINES}"));
    }
    if name.ends_with("mod.rs") && !text.starts_with("//!") {
        broken.push(format!("{name}: does not begin with what the module is for"));
    }
    let found = tokens(text);
    let is_allow = |three: &[Token]| {
        (three[0].is("[") || three[0].is(",")) && three[1].is("allow") && three[2].is("(")
    };
    if found.windows(3).any(is_allow) {
        broken.push(format!("{name}: allows a lint; expect it, with a reason"));
    }
    broken
}

/// Reminders belong into a tracker, and nothing may lean on the machine that it was written on.
fn words(name: &str, text: &str) -> Vec<String> {
    const REMINDERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    const MACHINE: [&str; 6] = [
        concat!("/wo", "rk/"),
        concat!("/tmp/", "wt"),
        concat!("/ro", "ot/"),
        concat!("sha", "red/design"),
        concat!("sha", "red/style"),
        concat!("brief", ".md"),
    ];
    // Foreign documents keep their authors' words.
    if name.starts_with("tests/data/") || name.starts_with("assets/protos/") {
        return Vec::new();
    }
    let reminders = REMINDERS.iter().filter(|word| text.contains(**word));
    let reminders = reminders.map(|word| format!("{name}: says {word}"));
    let machine = MACHINE.iter().filter(|place| text.contains(**place));
    reminders.chain(machine.map(|place| format!("{name}: names {place}"))).collect()
}

#[test]
fn a_forbidden_import_is_found_however_it_is_written() {
    let check = |name: &str, text: &str, n_broken: usize| {
        let broken = imports(name, text);
        assert_eq!(broken.len(), n_broken, "{name}: {text}: {broken:?}");
    };
    check("src/wire/grpc.rs", "use crate::model::Code;", 0);
    check("src/wire/grpc.rs", "use crate::engine::Engine;", 1);
    check("src/wire/grpc.rs", "use crate::{model::Code, engine::Engine, net};", 2);
    check("src/wire/grpc.rs", "use crate::{model::{Code, Span}, wire::engine::X};", 0);
    check("src/wire/grpc.rs", "fn f(e: &crate::engine::Engine) {}", 1);
    check("src/wire/grpc.rs", "use super::super::engine::Engine;", 1);
    check("src/wire/grpc.rs", "mod tests { use super::super::super::engine::Engine; }", 1);
    check("src/wire/grpc.rs", "use super::engine::Engine;", 0);
    check("src/wire/mod.rs", "use super::engine::Engine;", 1);
    check("src/wire/h2/mod.rs", "use super::super::engine::Engine;", 1);
    check("src/wire/grpc.rs", "use crate as c;", 1);
    check("src/wire/grpc.rs", "use crate::*;", 1);
    check("src/wire/grpc.rs", "use crate::{self as c};", 1);
    check("src/wire/grpc.rs", "// use crate::engine::Engine;\n\"crate::engine\"", 0);
    check("src/wire/grpc.rs", "pub use crate::model::Code;", 1);
    check("src/wire/grpc.rs", "pub(crate) use crate::{model::Code};", 1);
    check("src/model/mod.rs", "pub use crate::model::call::Call;", 0);
    check("src/gateway/mod.rs", "use crate::engine::Engine;", 1);
    check("src/ui/app.rs", "use crate::telemetry::Snapshot;", 0);
    check("src/ui/app.rs", "use crate::telemetry::{Snapshot, Recorder};", 1);
    check("src/ui/app.rs", "use crate::telemetry;", 1);
    check("src/cli/app.rs", "use crate::telemetry::Recorder; use crate::ui::App;", 1);
    check("src/attic/mod.rs", "", 1);
    check("src/main.rs", "use hoplens::cli;", 0);
}

#[test]
fn a_forbidden_crate_is_found_however_it_is_written() {
    let check = |name: &str, text: &str, n_broken: usize| {
        let broken = crates(name, text);
        assert_eq!(broken.len(), n_broken, "{name}: {text}: {broken:?}");
    };
    check("src/ui/app.rs", "use tokio::sync::watch;", 1);
    check("src/ui/app.rs", "use {tokio::sync, egui::Ui};", 1);
    check("src/ui/app.rs", "use tokio as t;", 1);
    check("src/ui/app.rs", "extern crate tokio;", 1);
    check("src/ui/app.rs", "fn f() { ::tokio::spawn(x); tokio::spawn(y) }", 2);
    check("src/ui/app.rs", "self.tokio.spawn(); our::tokio::x(); let tokio = 1;", 0);
    check("src/cli/call.rs", "#[derive(serde::Serialize, clap::Parser)]", 0);
    check("src/model/call.rs", "#[derive(serde::Serialize)]", 1);
    check("src/session/mod.rs", "use tokio::task::JoinSet;", 0);
    check("src/main.rs", "tokio::runtime::Builder::new_multi_thread()", 0);
    check("src/gateway/mod.rs", "use tonic::Status;", 1);
}

#[test]
fn a_file_out_of_shape_is_found() {
    let check = |name: &str, text: &str, n_broken: usize| {
        let broken = shape(name, text);
        assert_eq!(broken.len(), n_broken, "{name}: {broken:?}");
    };
    check("src/wire/mod.rs", "//! Bytes.\n", 0);
    check("src/wire/mod.rs", "mod grpc;\n", 1);
    check("src/wire/grpc.rs", &"\n".repeat(MAX_LINES), 0);
    check("src/wire/grpc.rs", &"\n".repeat(MAX_LINES + 1), 1);
    check("src/wire/grpc.rs", "#[allow(dead_code)]", 1);
    check("src/wire/grpc.rs", "#![allow(dead_code)]", 1);
    check("src/wire/grpc.rs", "#[cfg_attr(test, allow(dead_code))]", 1);
    check("src/wire/grpc.rs", "#[expect(dead_code, reason = \"...\")] fn f() { allow(1) }", 0);
}

#[test]
fn a_reminder_and_a_path_of_this_machine_are_found() {
    assert_eq!(words("README.md", concat!("// TO", "DO later")).len(), 1);
    assert_eq!(words("README.md", concat!("see /wo", "rk/main")).len(), 1);
    assert_eq!(words("tests/data/a.proto", concat!("// TO", "DO later")).len(), 0);
    assert_eq!(words("README.md", "all done").len(), 0);
}
