//! A program of Python: grpcio, and stubs as `grpc_tools.protoc` generates them.

use serde_json::Value;

use super::Notes;
use super::program::{Program, RowValue, SHORT, gives_many, is_published, takes_many};
use super::shell::Piece;
use crate::model::{CopyLoss, Security};
use crate::schema::{byte_literal, literal};

pub(super) fn python(program: &Program<'_>, notes: &mut Notes) -> String {
    program.lose_path(notes);
    let contract = &program.contract;
    let (file, input_file) = (&contract.file.name, &contract.input_file.name);
    let stubs = Module::of(file, "_pb2_grpc", None);
    let mut input = Module::of(input_file, "_pb2", None);
    let own = Module::of(file, "_pb2", None);
    if input_file != file && input.name == own.name {
        input = Module::of(input_file, "_pb2", Some("input_pb2"));
    }
    let call = the_call(program, &stubs, &input, notes);
    let mut imports = [input.import.clone(), stubs.import.clone()];
    imports.sort();
    let head = format!("{}\n\n", recipe(program));
    let uses_os = call.contains("os.environ");
    let uses_importlib = imports.iter().any(|import| import.contains("importlib"));
    let standard = [(uses_importlib, "import importlib\n"), (uses_os, "import os\n")];
    let standard: String =
        standard.iter().filter(|(is_used, _)| *is_used).map(|(_, line)| *line).collect();
    let gap = if standard.is_empty() { "" } else { "\n" };
    format!(
        "{head}{standard}{gap}import grpc\nfrom google.protobuf import json_format\n\n{}\n\n{call}",
        imports.join("\n"),
    )
}

fn recipe(program: &Program<'_>) -> String {
    let is_published = program.contract.files.iter().any(|file| is_published(&file.name));
    let more = if is_published { " googleapis-common-protos" } else { "" };
    let options = ["--python_out=.".to_owned(), "--grpc_python_out=.".to_owned()];
    let protoc = program.protoc("python -m grpc_tools.protoc", &options);
    format!("# pip install grpcio grpcio-tools{more}\n# {protoc}")
}

/// A module that `protoc` generates, and how it is imported.
struct Module {
    name: String,
    import: String,
}

impl Module {
    fn of(file: &str, ending: &str, alias: Option<&str>) -> Self {
        let path = file.strip_suffix(".proto").unwrap_or(file).replace('-', "_");
        let path = format!("{}{ending}", path.replace('/', "."));
        let (package, last) = path.rsplit_once('.').unwrap_or(("", &path));
        let name = alias.unwrap_or(last).to_owned();
        let renamed = alias.map(|alias| format!(" as {alias}")).unwrap_or_default();
        let import = if package.split('.').any(is_keyword) {
            format!("{name} = importlib.import_module({})", literal(&path, false))
        } else if package.is_empty() {
            format!("import {last}{renamed}")
        } else {
            format!("from {package} import {last}{renamed}")
        };
        Self { name, import }
    }
}

fn the_call(program: &Program<'_>, stubs: &Module, input: &Module, notes: &mut Notes) -> String {
    let info = &program.contract.info;
    let service = info.path.service.rsplit('.').next().unwrap_or_default();
    let package = &program.contract.input_file.package;
    let nested = info.input.strip_prefix(&format!("{package}.")).unwrap_or(&info.input);
    let message = nested.split('.').fold(input.name.clone(), |outer, name| member(&outer, name));
    let method = member("stub", &info.path.method);
    let (before, channel) = channel(program, notes);

    let mut body =
        format!("    stub = {}(channel)\n", member(&stubs.name, &format!("{service}Stub")));
    let sent = if takes_many(program.kind()) {
        let dicts = dicts(program, 8);
        let messages = dicts.iter().map(|dict| format!("        {dict},\n"));
        let messages = messages.collect::<Vec<_>>().concat();
        body += &format!("    messages = [\n{messages}    ]\n");
        body += &format!(
            "    requests = [json_format.ParseDict(message, {message}()) for message in messages]\n"
        );
        "iter(requests)"
    } else {
        let dict = dicts(program, 4).into_iter().next().unwrap_or_else(|| "{}".to_owned());
        body += &format!("    request = json_format.ParseDict({dict}, {message}())\n");
        "request"
    };
    let mut arguments = sent.to_owned();
    if let Some(deadline) = program.peer().deadline.time() {
        arguments += &format!(", timeout={}", deadline.as_secs_f64());
    }
    let rows = metadata(program, notes);
    if !rows.is_empty() {
        body += &format!("    metadata = [\n{rows}    ]\n");
        arguments += ", metadata=metadata";
    }
    let print = "print(json_format.MessageToJson(reply))";
    body += &if gives_many(program.kind()) {
        format!("    for reply in {method}({arguments}):\n        {print}\n")
    } else {
        format!("    reply = {method}({arguments})\n    {print}\n")
    };
    format!("{before}with {channel} as channel:\n{body}")
}

fn metadata(program: &Program<'_>, notes: &mut Notes) -> String {
    let rows = program.metadata(notes);
    let lines = rows.iter().map(|row| {
        let value = match &row.value {
            RowValue::Bytes(bytes) => format!("b{}", byte_literal(bytes)),
            RowValue::Text(pieces) => {
                let pieces = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => literal(text, false),
                    Piece::Variable(name) => format!("os.environ[\"{name}\"]"),
                });
                pieces.collect::<Vec<_>>().join(" + ")
            }
        };
        format!("        ({}, {value}),\n", literal(&row.name, false))
    });
    lines.collect::<Vec<_>>().concat()
}

/// What stands before it, and the expression that opens it.
fn channel(program: &Program<'_>, notes: &mut Notes) -> (String, String) {
    let peer = program.peer();
    let target = match &peer.target.address {
        crate::model::Address::Unix(path) => format!("unix:{}", path.display()),
        crate::model::Address::Tcp { .. } => peer.target.authority(),
    };
    let is_plain = peer.target.security == Security::Plaintext;
    let server_name = peer.tls.server_name.as_ref().filter(|_| !is_plain);
    // The name in the certificate would be the authority too.
    let own = server_name.map(|_| peer.target.authority());
    let options = [
        (
            "grpc.default_authority",
            peer.authority.clone().or(own).map(|name| literal(&name, false)),
        ),
        ("grpc.ssl_target_name_override", server_name.map(|name| literal(name, false))),
        ("grpc.primary_user_agent", program.user_agent().map(|name| literal(&name, false))),
        ("grpc.max_receive_message_length", peer.message_limit().map(|limit| limit.to_string())),
    ];
    let options: Vec<String> = options
        .into_iter()
        .filter_map(|(name, value)| Some(format!("(\"{name}\", {})", value?)))
        .collect();
    let options = match options.as_slice() {
        [] => String::new(),
        some => format!(", options=[{}]", some.join(", ")),
    };
    let target = literal(&target, false);
    if is_plain {
        return (String::new(), format!("grpc.insecure_channel({target}{options})"));
    }
    notes.lost_if(peer.tls.is_insecure, CopyLoss::Insecure);
    let files = [
        ("root_certificates", &peer.tls.ca_file),
        ("private_key", &peer.tls.key_file),
        ("certificate_chain", &peer.tls.cert_file),
    ];
    let files: String = files
        .into_iter()
        .filter_map(|(name, file)| {
            let file = literal(&file.as_ref()?.to_string_lossy(), false);
            Some(format!("    {name}=open({file}, \"rb\").read(),\n"))
        })
        .collect();
    let files = if files.is_empty() { files } else { format!("\n{files}") };
    let before = format!("credentials = grpc.ssl_channel_credentials({files})\n");
    (before, format!("grpc.secure_channel({target}, credentials{options})"))
}

/// The messages as dictionaries of Python, indented for a place so many blanks to the right.
fn dicts(program: &Program<'_>, indent: usize) -> Vec<String> {
    let value = |text: &String| serde_json::from_str::<Value>(text).unwrap_or_default();
    program.json().iter().map(|text| expression(&value(text), indent)).collect()
}

fn expression(value: &Value, indent: usize) -> String {
    let one_line = short(value);
    if one_line.chars().count() <= SHORT {
        return one_line;
    }
    let inner = " ".repeat(indent + 4);
    let end = " ".repeat(indent);
    match value {
        Value::Array(values) => {
            let lines =
                values.iter().map(|value| format!("{inner}{},\n", expression(value, indent + 4)));
            format!("[\n{}{end}]", lines.collect::<String>())
        }
        Value::Object(fields) => {
            let lines = fields.iter().map(|(name, value)| {
                let value = expression(value, indent + 4);
                format!("{inner}{}: {value},\n", literal(name, false))
            });
            format!("{{\n{}{end}}}", lines.collect::<String>())
        }
        _ => one_line,
    }
}

/// A value on one line.
fn short(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => literal(text, false),
        Value::Array(values) => {
            format!("[{}]", values.iter().map(short).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", literal(name, false), short(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// An attribute, also where its name is a word of the language.
fn member(of: &str, name: &str) -> String {
    if is_keyword(name) {
        format!("getattr({of}, {})", literal(name, false))
    } else {
        format!("{of}.{name}")
    }
}

fn is_keyword(name: &str) -> bool {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
        "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
        "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return",
        "try", "while", "with", "yield",
    ];
    KEYWORDS.contains(&name)
}
