//! `drafts.toml`, version 1. Credentials are left out, with a mark that something was there.

use serde::{Deserialize, Serialize};

use super::sources_toml::{Source, security_from, security_name};
use super::{Auth, Draft, DraftOptions, MetadataRow, Script};
use crate::model::{
    Compression, DraftId, GrpcWeb, Keepalive, MethodPath, Place, Problem, ProblemKind, Protocol,
    Secret,
};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    #[serde(default)]
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active: Option<usize>,
    #[serde(default, rename = "draft")]
    drafts: Vec<DraftRow>,
}

#[derive(Serialize, Deserialize)]
#[serde(default)]
struct DraftRow {
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    protocol: String,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    security: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    http_method: String,
    http_path: String,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<AuthRow>,
    options: OptionsRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<ScriptRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metadata: Vec<MetadataFileRow>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct AuthRow {
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    header: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    user: String,
    is_withheld: bool,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct MetadataFileRow {
    name: String,
    value: String,
    is_enabled: bool,
    is_secret: bool,
    #[serde(skip_serializing_if = "is_false")]
    is_withheld: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(default)]
struct OptionsRow {
    /// 0 waits for ever, because TOML has no null.
    deadline_millis: u64,
    authority: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    user_agent: String,
    server_name: String,
    ca_file: String,
    cert_file: String,
    key_file: String,
    is_insecure: bool,
    max_message_mib: u32,
    /// Empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    compression: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    keepalive_secs: Option<u64>,
    /// Empty for gRPC over HTTP/2.
    #[serde(skip_serializing_if = "String::is_empty")]
    grpc_web: String,
}

#[derive(Serialize, Deserialize)]
#[serde(default)]
struct ScriptRow {
    text: String,
    pace_millis: u64,
    n_rounds: u32,
    closes: bool,
}

/// The text of the file. `active` is the draft in front.
pub(super) fn write(drafts: &[Draft], active: Option<DraftId>) -> Result<String, toml::ser::Error> {
    toml::to_string_pretty(&File {
        version: VERSION,
        active: drafts.iter().position(|draft| Some(draft.id) == active),
        drafts: drafts.iter().map(DraftRow::from).collect(),
    })
}

/// What the file holds.
#[derive(Debug, Default)]
pub(super) struct ReadDrafts {
    /// Under ids that this process has not used.
    pub(super) drafts: Vec<Draft>,
    /// The one in front.
    pub(super) active: Option<DraftId>,
    /// Values that mean nothing; the default is in force. Their place has no file.
    pub(super) problems: Vec<Problem>,
}

/// Reads the file.
pub(super) fn read(text: &str) -> Result<ReadDrafts, toml::de::Error> {
    let file: File = toml::from_str(text)?;
    let problems = file.drafts.iter().flat_map(|row| row.options.problems()).collect();
    let drafts: Vec<Draft> = file.drafts.into_iter().map(Draft::from).collect();
    let active = file.active.and_then(|idx| drafts.get(idx)).map(|draft| draft.id);
    Ok(ReadDrafts { drafts, active, problems })
}

impl Default for DraftRow {
    fn default() -> Self {
        Self::from(&Draft::new(DraftId(0), Protocol::Grpc))
    }
}

impl Default for OptionsRow {
    fn default() -> Self {
        Self::from(&DraftOptions::default())
    }
}

impl From<&Draft> for DraftRow {
    fn from(draft: &Draft) -> Self {
        Self {
            title: draft.title.clone(),
            protocol: match draft.protocol {
                Protocol::Grpc => "grpc".to_owned(),
                Protocol::Http => "http".to_owned(),
            },
            target: draft.target.clone(),
            security: draft.security_override.map(|security| security_name(security).to_owned()),
            service: draft.method.as_ref().map(|method| method.service.clone()),
            method: draft.method.as_ref().map(|method| method.method.clone()),
            http_method: draft.http_method.clone(),
            http_path: draft.http_path.clone(),
            body: draft.body.clone(),
            source: draft.source.as_ref().map(Source::from),
            auth: AuthRow::without_secret(&draft.auth),
            options: OptionsRow::from(&draft.options),
            script: (draft.script != Script::default()).then(|| ScriptRow::from(&draft.script)),
            metadata: draft.metadata.iter().map(MetadataFileRow::from).collect(),
        }
    }
}

impl From<DraftRow> for Draft {
    fn from(row: DraftRow) -> Self {
        let method = row.service.zip(row.method);
        Self {
            id: DraftId::next(),
            revision: 0,
            title: row.title,
            protocol: if row.protocol == "http" { Protocol::Http } else { Protocol::Grpc },
            target: row.target,
            security_override: row.security.as_deref().and_then(security_from),
            method: method.map(|(service, method)| MethodPath { service, method }),
            source: row.source.and_then(Source::open),
            http_method: row.http_method,
            http_path: row.http_path,
            body: row.body,
            metadata: row.metadata.into_iter().map(MetadataRow::from).collect(),
            auth: row.auth.map_or(Auth::None, AuthRow::open),
            script: row.script.map(Script::from).unwrap_or_default(),
            options: DraftOptions::from(row.options),
        }
    }
}

impl Default for ScriptRow {
    fn default() -> Self {
        Self::from(&Script::default())
    }
}

impl From<&Script> for ScriptRow {
    fn from(script: &Script) -> Self {
        let Script { text, pace_millis, n_rounds, closes } = script.clone();
        // TOML integers end at 2^63 - 1.
        Self { text, pace_millis: pace_millis.min(i64::MAX as u64), n_rounds, closes }
    }
}

impl From<ScriptRow> for Script {
    fn from(row: ScriptRow) -> Self {
        let ScriptRow { text, pace_millis, n_rounds, closes } = row;
        Self { text, pace_millis, n_rounds, closes }
    }
}

impl AuthRow {
    fn without_secret(auth: &Auth) -> Option<Self> {
        let (kind, header, user, secret) = match auth {
            Auth::None => return None,
            Auth::ApiKey { header, value } => ("api-key", header.as_str(), "", value),
            Auth::Bearer(token) => ("bearer", "", "", token),
            Auth::Basic { user, password } => ("basic", "", user.as_str(), password),
        };
        Some(Self {
            kind: kind.to_owned(),
            header: header.to_owned(),
            user: user.to_owned(),
            is_withheld: !secret.is_empty(),
        })
    }

    fn open(self) -> Auth {
        match self.kind.as_str() {
            "api-key" => Auth::ApiKey { header: self.header, value: Secret::default() },
            "bearer" => Auth::Bearer(Secret::default()),
            "basic" => Auth::Basic { user: self.user, password: Secret::default() },
            _ => Auth::None,
        }
    }
}

impl From<&MetadataRow> for MetadataFileRow {
    fn from(row: &MetadataRow) -> Self {
        let stays = row.stays_in_memory();
        Self {
            name: row.name.clone(),
            value: if stays { String::new() } else { row.value.clone() },
            is_enabled: row.is_enabled,
            is_secret: row.is_secret,
            is_withheld: stays && !row.value.is_empty(),
        }
    }
}

impl From<MetadataFileRow> for MetadataRow {
    fn from(row: MetadataFileRow) -> Self {
        Self {
            name: row.name,
            value: row.value,
            is_enabled: row.is_enabled,
            is_secret: row.is_secret,
        }
    }
}

impl OptionsRow {
    fn problems(&self) -> impl Iterator<Item = Problem> {
        let codings = Compression::ALL.map(Compression::name);
        let dialects = GrpcWeb::ALL.map(GrpcWeb::name);
        let wrong = |name: &str, known: &[&str], found: &str| {
            let kind = ProblemKind::WrongSetting {
                name: name.to_owned(),
                expected: known.join(" | "),
                found: found.to_owned(),
            };
            let place = Place { file: None, line: 0, column: 0 };
            let is_right = found.is_empty() || known.contains(&found);
            (!is_right).then(|| Problem::warning(kind).at(place))
        };
        let compression = wrong("compression", &codings, &self.compression);
        compression.into_iter().chain(wrong("grpc_web", &dialects, &self.grpc_web))
    }
}

impl From<&DraftOptions> for OptionsRow {
    fn from(options: &DraftOptions) -> Self {
        Self {
            // TOML integers end at 2^63 - 1.
            deadline_millis: options.deadline_millis.unwrap_or(0).min(i64::MAX as u64),
            authority: options.authority.clone(),
            user_agent: options.user_agent.clone(),
            server_name: options.server_name.clone(),
            ca_file: options.ca_file.clone(),
            cert_file: options.cert_file.clone(),
            key_file: options.key_file.clone(),
            is_insecure: options.is_insecure,
            max_message_mib: options.max_message_mib,
            compression: options.compression.map_or_else(String::new, |one| one.name().to_owned()),
            keepalive_secs: options.keepalive_secs,
            grpc_web: options.grpc_web.map_or_else(String::new, |one| one.name().to_owned()),
        }
    }
}

impl From<OptionsRow> for DraftOptions {
    fn from(row: OptionsRow) -> Self {
        Self {
            deadline_millis: Some(row.deadline_millis).filter(|millis| *millis > 0),
            authority: row.authority,
            user_agent: row.user_agent,
            server_name: row.server_name,
            ca_file: row.ca_file,
            cert_file: row.cert_file,
            key_file: row.key_file,
            is_insecure: row.is_insecure,
            max_message_mib: row.max_message_mib,
            compression: Compression::named(&row.compression),
            keepalive_secs: row.keepalive_secs.filter(|secs| Keepalive::SECONDS.contains(secs)),
            grpc_web: GrpcWeb::named(&row.grpc_web),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[cfg(test)]
#[path = "drafts_toml_tests.rs"]
mod tests;
