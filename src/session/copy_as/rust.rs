//! A program of Rust: tonic, and stubs as `tonic-prost-build` generates them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Notes;
use super::program::{Program, RowValue, gives_many, takes_many};
use super::shell::Piece;
use crate::model::{Address, CopyLoss, Security};
use crate::schema::{byte_literal, literal, modules, snake, type_name};

pub(super) fn rust(program: &Program<'_>, notes: &mut Notes) -> String {
    format!(
        "{}\n{}\n#[tokio::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {{\n{}{}{}    Ok(())\n}}\n",
        recipe(program),
        module_tree(&program.contract.packages),
        client(program, notes),
        request(program, notes),
        exchange(program),
    )
}

/// What stands in `Cargo.toml` and `build.rs`.
fn recipe(program: &Program<'_>) -> String {
    let is_plain = program.peer().target.security == Security::Plaintext;
    let features = if is_plain { "" } else { " --features tls-ring,tls-native-roots" };
    let more = if takes_many(program.kind()) { " tokio-stream" } else { "" };
    let roots = program.roots();
    let roots = if roots.is_empty() { vec![".".to_owned()] } else { roots };
    let roots: Vec<String> = roots.iter().map(|root| literal(root, true)).collect();
    let files: Vec<String> = program.files().iter().map(|file| literal(file, true)).collect();
    format!(
        "// cargo add tonic@0.14{features}\n\
         // cargo add tonic-prost@0.14 prost@0.14 prost-types@0.14{more}\n\
         // cargo add tokio --features macros,rt-multi-thread\n\
         // cargo add --build tonic-prost-build@0.14\n\
         // build.rs: fn main() -> std::io::Result<()> {{\n\
         // build.rs:     let stubs = tonic_prost_build::configure().build_server(false);\n\
         // build.rs:     stubs.compile_protos(&[{}], &[{}])\n\
         // build.rs: }}\n",
        files.join(", "),
        roots.join(", "),
    )
}

/// A module for each package, inside those of the packages around it, as the generated code expects it.
fn module_tree(packages: &[String]) -> String {
    let mut root = Node::default();
    for package in packages {
        let mut node = &mut root;
        for part in modules(package) {
            node = node.inner.entry(part).or_default();
        }
        node.packages.push(if package.is_empty() { "_" } else { package });
    }
    root.text(0)
}

#[derive(Default)]
struct Node<'a> {
    packages: Vec<&'a str>,
    inner: BTreeMap<String, Self>,
}

impl Node<'_> {
    fn text(&self, depth: usize) -> String {
        let blanks = " ".repeat(depth * 4);
        let own = self
            .packages
            .iter()
            .map(|package| format!("{blanks}tonic::include_proto!(\"{package}\");\n"));
        let inner = self.inner.iter().map(|(name, node)| {
            format!("{blanks}pub mod {name} {{\n{}{blanks}}}\n", node.text(depth + 1))
        });
        own.chain(inner).collect()
    }
}

fn client(program: &Program<'_>, notes: &mut Notes) -> String {
    let peer = program.peer();
    let scheme = match peer.target.security {
        Security::Plaintext => "http",
        Security::Tls => "https",
    };
    let url = match &peer.target.address {
        Address::Unix(path) => format!("unix:{}", path.display()),
        Address::Tcp { .. } => format!("{scheme}://{}", peer.target.authority()),
    };
    let mut text = format!(
        "    let endpoint = tonic::transport::Endpoint::from_static({});\n",
        literal(&url, true)
    );
    if peer.target.security == Security::Tls {
        text += &tls(program, notes);
    }
    if let Some(authority) = &peer.authority {
        let origin = literal(&format!("{scheme}://{authority}"), true);
        text += &format!("    let endpoint = endpoint.origin({origin}.parse()?);\n");
    }
    if let Some(agent) = program.user_agent() {
        let agent = literal(&agent, true);
        text += &format!("    let endpoint = endpoint.user_agent({agent})?;\n");
    }
    let path = &program.contract.info.path.service;
    let (package, service) = path.rsplit_once('.').unwrap_or(("", path));
    let service = type_name(service);
    let module = [modules(package), vec![format!("{}_client", lower(&service))]].concat();
    let stub = format!("{}::{service}Client", module.join("::"));
    let below = peer.target.path.trim_end_matches('/');
    text += "    let channel = endpoint.connect().await?;\n";
    text += &if below.is_empty() {
        format!("    let mut client = {stub}::new(channel)")
    } else {
        let authority = peer.authority.clone().unwrap_or_else(|| peer.target.authority());
        let origin = literal(&format!("{scheme}://{authority}{below}"), true);
        format!("    let mut client = {stub}::with_origin(channel, {origin}.parse()?)")
    };
    let limit = peer.message_limit();
    let limit = limit.map(|limit| format!(".max_decoding_message_size({limit})"));
    text + &limit.unwrap_or_default() + ";\n"
}

fn tls(program: &Program<'_>, notes: &mut Notes) -> String {
    let tls = &program.peer().tls;
    notes.lost_if(tls.is_insecure, CopyLoss::Insecure);
    let file = |path: &std::path::Path| {
        format!("std::fs::read_to_string({})?", literal(&path.to_string_lossy(), true))
    };
    let mut text =
        "    let tls = tonic::transport::ClientTlsConfig::new().with_native_roots();\n".to_owned();
    if let Some(path) = &tls.ca_file {
        let pem = file(path);
        text += &format!("    let roots = tonic::transport::Certificate::from_pem({pem});\n");
        text += "    let tls = tls.ca_certificate(roots);\n";
    }
    if let (Some(cert), Some(key)) = (&tls.cert_file, &tls.key_file) {
        let (cert, key) = (file(cert), file(key));
        text +=
            &format!("    let identity = tonic::transport::Identity::from_pem({cert}, {key});\n");
        text += "    let tls = tls.identity(identity);\n";
    }
    // It takes the name in the certificate from the origin otherwise.
    let name = tls.server_name.as_deref();
    if let Some(name) =
        name.or(program.peer().authority.is_some().then(|| program.peer().target.host()))
    {
        text += &format!("    let tls = tls.domain_name({});\n", literal(name, true));
    }
    text + "    let endpoint = endpoint.tls_config(tls)?;\n"
}

fn request(program: &Program<'_>, notes: &mut Notes) -> String {
    let input = &program.contract.info.input;
    let indent = if takes_many(program.kind()) { 8 } else { 4 };
    let mut expressions = Vec::new();
    for message in &program.messages {
        let expression = program.schema.rust_expression(input, message, indent);
        notes.lost_if(
            expression.as_ref().is_none_or(|expression| expression.is_partial),
            CopyLoss::Fields,
        );
        expressions.extend(expression.map(|expression| expression.text));
    }
    let message = if takes_many(program.kind()) {
        let lines = expressions.iter().map(|text| format!("        {text},\n"));
        let lines = lines.collect::<Vec<_>>().concat();
        let of = if expressions.is_empty() {
            // Nothing to infer the type from.
            format!("Vec::<{}>::new()", program.schema.rust_type(input).unwrap_or_default())
        } else {
            format!("vec![\n{lines}    ]")
        };
        format!("tokio_stream::iter({of})")
    } else {
        expressions.into_iter().next().unwrap_or_else(|| "Default::default()".to_owned())
    };
    let mut changes = String::new();
    if let Some(deadline) = program.peer().deadline.time() {
        changes += &format!("    request.set_timeout({});\n", span(deadline));
    }
    for row in program.metadata(notes) {
        let name = literal(&row.name, true);
        changes += &match &row.value {
            RowValue::Bytes(bytes) => {
                let bytes = byte_literal(bytes);
                format!(
                    "    let value = tonic::metadata::MetadataValue::from_bytes(b{bytes});\n    \
                     request.metadata_mut().append_bin({name}, value);\n"
                )
            }
            RowValue::Text(pieces) => {
                let value = value(pieces);
                format!("    request.metadata_mut().append({name}, {value}.parse()?);\n")
            }
        };
    }
    let mutable = if changes.is_empty() { "" } else { "mut " };
    format!("    let {mutable}request = tonic::Request::new({message});\n{changes}")
}

fn value(pieces: &[Piece]) -> String {
    if let [Piece::Text(text)] = pieces {
        return literal(text, true);
    }
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => literal(text, true),
        Piece::Variable(name) => format!("&std::env::var(\"{name}\")?"),
    });
    format!("[{}].concat()", pieces.collect::<Vec<_>>().join(", "))
}

fn exchange(program: &Program<'_>) -> String {
    let method = snake(&program.contract.info.path.method);
    if gives_many(program.kind()) {
        format!(
            "    let mut replies = client.{method}(request).await?.into_inner();\n    \
             while let Some(reply) = replies.message().await? {{\n        \
             println!(\"{{reply:#?}}\");\n    }}\n"
        )
    } else {
        format!(
            "    let reply = client.{method}(request).await?.into_inner();\n    \
             println!(\"{{reply:#?}}\");\n"
        )
    }
}

/// As tonic makes the module of a client out of the name of its type.
fn lower(name: &str) -> String {
    let mut made = String::new();
    for (at, c) in name.chars().enumerate() {
        if at > 0 && c.is_uppercase() {
            made.push('_');
        }
        made.push(c.to_ascii_lowercase());
    }
    made
}

fn span(deadline: Duration) -> String {
    let millis = deadline.as_millis();
    if millis.is_multiple_of(1000) {
        format!("std::time::Duration::from_secs({})", millis / 1000)
    } else {
        format!("std::time::Duration::from_millis({millis})")
    }
}
