//! What the three programs share: the messages, the contract, the command that generates their stubs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;

use super::call::{CallToCopy, PeerToCopy, SchemaPlace};
use super::secrets::pieces;
use super::shell::Piece;
use super::{NotCopied, Notes};
use crate::model::{CallKind, CopyLoss, Header, Headers};
use crate::schema::{Contract, Schema};
use crate::session::streaming::read_script;
use crate::workspace::quoted;

/// Characters of a value that stands on one line.
pub(super) const SHORT: usize = 64;

/// A call whose messages fit its contract.
#[derive(Debug)]
pub(super) struct Program<'a> {
    pub(super) call: &'a CallToCopy,
    pub(super) schema: &'a Schema,
    pub(super) contract: Contract,
    /// Encoded: one, or as many as there are where the method takes many.
    pub(super) messages: Vec<Bytes>,
}

/// A line of metadata.
pub(super) struct Row {
    /// In lower case: the libraries take no other.
    pub(super) name: String,
    pub(super) value: RowValue,
}

/// Its value.
pub(super) enum RowValue {
    /// Text, in pieces.
    Text(Vec<Piece>),
    /// Of a name that ends in `-bin`.
    Bytes(Vec<u8>),
}

impl<'a> Program<'a> {
    pub(super) fn new(call: &'a CallToCopy, schema: &'a Schema) -> Result<Self, NotCopied> {
        let contract = schema.contract(&call.method).ok_or(NotCopied::UnknownMethod)?;
        let input = &contract.info.input;
        let messages = match (takes_many(contract.info.kind), call.data.trim()) {
            (true, "") => Vec::new(),
            (false, "") => vec![Bytes::new()],
            (true, _) if !call.is_text => {
                read_script(schema, input, &call.data).map_err(NotCopied::Messages)?
            }
            (true, _) => {
                let texts = call.data.split('\u{1e}').map(|text| schema.encode_text(input, text));
                texts.collect::<Result<_, _>>().map_err(NotCopied::Messages)?
            }
            (false, _) => {
                let encoded = if call.is_text {
                    schema.encode_text(input, &call.data)
                } else {
                    schema.encode_json(input, &call.data)
                };
                vec![encoded.map_err(NotCopied::Messages)?]
            }
        };
        Ok(Self { call, schema, contract, messages })
    }

    pub(super) fn kind(&self) -> CallKind {
        self.contract.info.kind
    }

    pub(super) fn peer(&self) -> &PeerToCopy {
        &self.call.peer
    }

    /// The messages in JSON, as every library reads it; on one line where that is short.
    pub(super) fn json(&self) -> Vec<String> {
        let input = &self.contract.info.input;
        let texts = self.messages.iter().map(|bytes| self.schema.decode_json(input, bytes).text);
        texts
            .map(|text| {
                let one_line = text.lines().map(str::trim_start).collect::<Vec<_>>().join(" ");
                let is_short = one_line.chars().count() <= SHORT;
                if is_short { one_line } else { text }
            })
            .collect()
    }

    /// The metadata of the call, but for `user-agent`, which no library takes there.
    pub(super) fn metadata(&self, notes: &mut Notes) -> Vec<Row> {
        let headers = self.call.peer.headers.iter().chain(self.call.rpc_headers.iter());
        let headers: Headers = headers.filter(|header| !is_agent(header)).cloned().collect();
        let rows = headers.iter().zip(pieces(&headers, notes));
        rows.map(|(header, (name, value))| {
            let name = name.to_ascii_lowercase();
            let bytes = name.ends_with("-bin").then(|| header.text());
            let bytes = bytes
                .and_then(|text| STANDARD_NO_PAD.decode(text.trim().trim_end_matches('=')).ok());
            let is_open = !value.iter().any(|piece| matches!(piece, Piece::Variable(_)));
            let value = match bytes.filter(|_| is_open) {
                Some(bytes) => RowValue::Bytes(bytes),
                None => RowValue::Text(value),
            };
            Row { name, value }
        })
        .collect()
    }

    /// What it says that it is, where that is said.
    pub(super) fn user_agent(&self) -> Option<String> {
        let agent = self.peer().headers.iter().find(|header| is_agent(header))?;
        Some(agent.text().into_owned())
    }

    /// What a library that knows nothing before the method's path cannot say.
    pub(super) fn lose_path(&self, notes: &mut Notes) {
        let path = &self.peer().target.path;
        notes.lost_if(!path.trim_end_matches('/').is_empty(), CopyLoss::Path);
    }

    /// `protoc`, or what stands for it, with these options, for all files that have to be generated.
    pub(super) fn protoc(&self, program: &str, options: &[String]) -> String {
        let mut words = vec![program.to_owned()];
        words.extend(self.import_roots());
        words.extend(options.iter().map(|option| quoted(option)));
        words.extend(self.files().iter().map(|file| quoted(file)));
        words.join(" ")
    }

    /// The files to generate from. Those that Google publishes for all come with packages of their own.
    pub(super) fn files(&self) -> Vec<String> {
        let files = self.contract.files.iter().filter(|file| !is_published(&file.name));
        files.map(|file| file.name.clone()).collect()
    }

    /// Where the imports of the contract are looked for.
    pub(super) fn roots(&self) -> Vec<String> {
        let SchemaPlace::Files { roots, found_roots, .. } = &self.call.schema else {
            return Vec::new();
        };
        roots.iter().chain(found_roots).map(|root| root.to_string_lossy().into_owned()).collect()
    }

    fn import_roots(&self) -> Vec<String> {
        let roots = self.roots().into_iter().map(|root| format!("-I {}", quoted(&root)));
        let sets = match &self.call.schema {
            SchemaPlace::Files { descriptor_sets, .. } => &**descriptor_sets,
            SchemaPlace::Reflection | SchemaPlace::Window => &[],
        };
        let sets = sets
            .iter()
            .map(|set| format!("--descriptor_set_in={}", quoted(&set.to_string_lossy())));
        let said: Vec<String> = roots.chain(sets).collect();
        if said.is_empty() { vec!["-I .".to_owned()] } else { said }
    }
}

/// Whether the client may send more than one message.
pub(super) fn takes_many(kind: CallKind) -> bool {
    matches!(kind, CallKind::ClientStream | CallKind::Bidirectional)
}

/// Whether the server may.
pub(super) fn gives_many(kind: CallKind) -> bool {
    matches!(kind, CallKind::ServerStream | CallKind::Bidirectional)
}

/// Contracts whose generated code is published, for Go and for Python.
pub(super) fn is_published(file: &str) -> bool {
    ["google/api/", "google/rpc/", "google/type/", "google/longrunning/"]
        .iter()
        .any(|folder| file.starts_with(folder))
}

fn is_agent(header: &Header) -> bool {
    header.name.eq_ignore_ascii_case("user-agent")
}
