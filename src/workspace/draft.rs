//! Drafts: what the user is composing, kept across restarts.

use std::collections::BTreeMap;

use crate::model::{
    Compression, DraftId, GrpcWeb, MethodPath, MockAnswer, Protocol, Secret, Security,
};

/// One draft, one tab of the composer.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Which.
    pub id: DraftId,
    /// Grows with every edit, so that a late result of an older text is told apart. Not kept on disk.
    pub revision: u64,
    /// The name that the user gave its tab; empty to be named by what it calls.
    pub title: String,
    /// What it speaks.
    pub protocol: Protocol,
    /// As typed: `host:port`, `http(s)://`, `grpc(s)://`, `unix:`. Without path for HTTP, see [`Self::http_path`].
    pub target: String,
    /// The lock beside the target, where the user toggled it.
    pub security_override: Option<Security>,
    /// The gRPC method.
    pub method: Option<MethodPath>,
    /// The schema that knows the method; `None` asks the target by reflection.
    pub source: Option<SavedSource>,
    /// GET, POST, ...; kept while the draft speaks gRPC.
    pub http_method: String,
    /// Path and query, beginning with `/`; kept while the draft speaks gRPC.
    pub http_path: String,
    /// JSON text, the one truth for the form and for the JSON view; the raw body for HTTP.
    pub body: String,
    /// Metadata or headers.
    pub metadata: Vec<MetadataRow>,
    /// Credentials.
    pub auth: Auth,
    /// What a streaming method is sent by itself.
    pub script: Script,
    /// Everything else.
    pub options: DraftOptions,
}

/// Messages of a stream that are sent by themselves, at a pace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// JSON values, one after the other.
    pub text: String,
    /// Between two messages; 0 sends as fast as the peer takes them.
    pub pace_millis: u64,
    /// How often all of them are sent, from 1.
    pub n_rounds: u32,
    /// Whether the end of it ends the sending (half-close).
    pub closes: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self { text: String::new(), pace_millis: 500, n_rounds: 1, closes: true }
    }
}

/// One row of metadata. Printing it for a log hides a credential.
#[derive(Clone, PartialEq, Eq)]
pub struct MetadataRow {
    /// As the user wrote it.
    pub name: String,
    /// Its value; with a name that ends in `-bin` base64, `hex:0a0b` or `text:...`.
    pub value: String,
    /// Whether it is sent.
    pub is_enabled: bool,
    /// Whether the user marked it as a secret.
    pub is_secret: bool,
}

impl std::fmt::Debug for MetadataRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = if self.stays_in_memory() { "***" } else { &self.value };
        f.debug_struct("MetadataRow")
            .field("name", &self.name)
            .field("value", &value)
            .field("is_enabled", &self.is_enabled)
            .finish_non_exhaustive()
    }
}

impl MetadataRow {
    /// A row that is sent.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), is_enabled: true, is_secret: false }
    }

    /// Whether its value stays in memory only: marked as secret, or a name that carries a credential.
    pub fn stays_in_memory(&self) -> bool {
        self.is_secret || Secret::is_secret_name(&self.name)
    }
}

/// The credentials of a draft. Every [`Secret`] stays in memory only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// None.
    #[default]
    None,
    /// A key in a header.
    ApiKey {
        /// `x-api-key`.
        header: String,
        /// The key.
        value: Secret,
    },
    /// `authorization: Bearer ...` (RFC 6750).
    Bearer(Secret),
    /// `authorization: Basic ...` (RFC 7617).
    Basic {
        /// May be written to disk.
        user: String,
        /// May not.
        password: Secret,
    },
}

/// The Options tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftOptions {
    /// From start to end; `None` waits for ever.
    pub deadline_millis: Option<u64>,
    /// `:authority` or `Host`; empty for the target's own.
    pub authority: String,
    /// `user-agent`; empty for our own. A row of the metadata has the last word.
    pub user_agent: String,
    /// The name to verify in the certificate; empty for the host.
    pub server_name: String,
    /// A PEM file with own roots; empty for none.
    pub ca_file: String,
    /// A PEM file with the client's certificate chain; empty for none.
    pub cert_file: String,
    /// A PEM file with its key; empty for none.
    pub key_file: String,
    /// Whether the certificate goes unverified.
    pub is_insecure: bool,
    /// The largest message that is taken, in MiB.
    pub max_message_mib: u32,
    /// How messages of gRPC are compressed.
    pub compression: Option<Compression>,
    /// Seconds between signs of life that the peer is asked for while a call runs ([`Keepalive::SECONDS`]).
    ///
    /// [`Keepalive::SECONDS`]: crate::model::Keepalive::SECONDS
    pub keepalive_secs: Option<u64>,
    /// Whether a gRPC call is one of gRPC-Web, and which.
    pub grpc_web: Option<GrpcWeb>,
}

impl Default for DraftOptions {
    fn default() -> Self {
        Self {
            deadline_millis: Some(15_000),
            authority: String::new(),
            user_agent: String::new(),
            server_name: String::new(),
            ca_file: String::new(),
            cert_file: String::new(),
            key_file: String::new(),
            is_insecure: false,
            max_message_mib: 64,
            compression: None,
            keepalive_secs: None,
            grpc_web: None,
        }
    }
}

/// A schema source that opens again after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SavedSource {
    /// Files, folders and descriptor sets.
    Paths {
        /// As the user gave them.
        paths: Vec<std::path::PathBuf>,
        /// Import roots that the user added.
        roots: Vec<std::path::PathBuf>,
    },
    /// Server reflection.
    Reflection {
        /// As the user typed it.
        target: String,
        /// The lock beside the target, where the user toggled it.
        security_override: Option<Security>,
    },
    /// One that Hoplens brings: `greeter`, `shop`, `storefront`.
    BuiltIn(String),
    /// One that is being written in the window, by its name.
    Scratch(String),
}

/// A schema that is, or was, served, and what its methods answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedMock {
    /// Whose schema.
    pub source: SavedSource,
    /// Whether it is served again with the next start.
    pub is_served: bool,
    /// The port that it had last.
    pub port: Option<u16>,
    /// Answers that differ from the usual sample, as they were typed.
    pub answers: BTreeMap<MethodPath, MockAnswer>,
}

impl Draft {
    /// An empty draft with the defaults.
    pub fn new(id: DraftId, protocol: Protocol) -> Self {
        Self {
            id,
            revision: 0,
            title: String::new(),
            protocol,
            target: String::new(),
            security_override: None,
            method: None,
            source: None,
            http_method: "GET".to_owned(),
            http_path: "/".to_owned(),
            body: String::new(),
            metadata: Vec::new(),
            auth: Auth::None,
            script: Script::default(),
            options: DraftOptions::default(),
        }
    }

    /// What it calls, in the words of the field: `Greeter/SayHello`, `GET /products`; empty when nothing is chosen.
    pub fn operation(&self) -> String {
        match self.protocol {
            Protocol::Grpc => self.method.as_ref().map(ToString::to_string).unwrap_or_default(),
            Protocol::Http => format!("{} {}", self.http_method, self.http_path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_in_memory_by_name_or_by_mark() {
        let check = |name: &str, is_secret: bool, stays: bool| {
            let row = MetadataRow { is_secret, ..MetadataRow::new(name, "v") };
            assert_eq!(row.stays_in_memory(), stays, "{name}");
        };
        check("Authorization", false, true);
        check("COOKIE", false, true);
        check("x-api-key", false, true);
        check("x-tenant", true, true);
        check("x-tenant", false, false);
    }
}
